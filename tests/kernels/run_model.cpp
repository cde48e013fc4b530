// SPDX-License-Identifier: Apache-2.0
#include "run_model.hpp"

#include <algorithm>

#include "utf8_model.hpp"

namespace wspc::test {

taken model_run(const bytes& stream, bool masked, bool check_utf8, std::size_t capacity, std::size_t most) {
    taken all;
    all.left = stream;
    while (all.payloads.size() < capacity && stream.size() - all.size >= 2) {
        const std::span rest = std::span{stream}.subspan(all.size);
        const auto first = static_cast<unsigned>(rest[0]), second = static_cast<unsigned>(rest[1]);
        const bool fin = (first & 0x80) != 0, reserved = (first & 0x70) != 0;
        const unsigned op = first & 0x0F;
        std::size_t length = second & 0x7F;
        if (!fin || reserved || (op != 1 && op != 2)) break;
        if (length == 127 || ((second & 0x80) != 0) != masked) break;
        const bool is_long = length == 126;
        const std::size_t header = (is_long ? 4u : 2u) + (masked ? 4u : 0u);
        if (rest.size() < header) break;
        if (is_long) length = static_cast<std::size_t>(rest[2]) << 8 | static_cast<std::size_t>(rest[3]);
        if (is_long && (length < 126 || length > most)) break;
        if (rest.size() - header < length) break;
        bytes payload(rest.begin() + static_cast<std::ptrdiff_t>(header),
                      rest.begin() + static_cast<std::ptrdiff_t>(header + length));
        for (std::size_t i = 0; masked && i < length; ++i) payload[i] ^= rest[header - 4 + i % 4];
        if (check_utf8 && op == 1 && model_utf8(payload) != utf8_state::accept) break;
        if (is_long)
            std::copy(payload.begin(), payload.end(),
                      all.left.begin() + static_cast<std::ptrdiff_t>(all.size + header));
        all.starts.push_back(all.size + header);
        all.payloads.push_back(std::move(payload));
        all.opcodes.push_back(static_cast<opcode>(op));
        all.size += header + length;
    }
    return all;
}

}  // namespace wspc::test
