// SPDX-License-Identifier: Apache-2.0
// The contract of the kernels' run() (dispatch.hpp), written down frame by frame.
#pragma once

#include <cstddef>
#include <vector>

#include <wspc/frame.hpp>

#include "support/bytes.hpp"

namespace wspc::test {

// What run() must tell of one stream, by the words of its contract.
struct taken {
    std::size_t size = 0;
    std::vector<std::size_t> starts;  // of each payload in the stream
    std::vector<bytes> payloads;
    std::vector<opcode> opcodes;
    bytes left;  // the stream as it is left
};

taken model_run(const bytes& stream, bool masked, bool check_utf8, std::size_t capacity, std::size_t most);

}  // namespace wspc::test
