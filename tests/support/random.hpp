// SPDX-License-Identifier: Apache-2.0
// Repeatable random numbers: the same seed gives the same test on every platform, which the
// distributions of the standard library do not promise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

#include "support/bytes.hpp"

namespace wspc::test {

class random_source {
public:
    explicit random_source(std::uint64_t seed) : engine_{seed} {}

    [[nodiscard]] std::uint64_t next() { return engine_(); }

    // 0 to limit - 1.
    [[nodiscard]] std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }

    // low to high, both inclusive.
    [[nodiscard]] std::size_t between(std::size_t low, std::size_t high) {
        return low + below(high - low + 1);
    }

    [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }

    [[nodiscard]] std::byte octet() { return static_cast<std::byte>(engine_() >> 56); }

    [[nodiscard]] bytes octets(std::size_t size) {
        bytes made(size);
        for (std::byte& b : made) b = octet();
        return made;
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace wspc::test
