// SPDX-License-Identifier: Apache-2.0
// Which kernels a test program looks at, how thoroughly, and with what input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/dispatch.hpp"
#include "support/bytes.hpp"
#include "support/random.hpp"

namespace wspc::test {

struct subject {
    std::string_view name;
    const kernels::table* kernel;
};

// The active kernel; in the differential program every kernel that this machine can run.
const std::vector<subject>& subjects();

const kernels::table& scalar();

// How many cases to leave out between two that are run, by WSPC_TEST_SCALE: 1 for "full" and when
// it is not set, more for "sanitizer" and "emulated".
std::size_t stride();

// The lengths that matter: all up to 300, and those around 4 KiB.
std::vector<std::size_t> lengths();

// Valid UTF-8 of exactly `size` octets: runs of ASCII between characters of two to four octets.
bytes mixed_text(random_source& random, std::size_t size);

std::uint32_t load_key(const masking_key& key);

// "avx2, size 17, offset 3": what a failing case needs to be found again.
template <class... values>
std::string describe(const subject& tested, const values&... more) {
    std::string text{tested.name};
    ((text += ' ', text += std::to_string(more)), ...);
    return text;
}

}  // namespace wspc::test
