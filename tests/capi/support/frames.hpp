// SPDX-License-Identifier: Apache-2.0
// Frames that a handle wrote, taken apart without any help from the codec. (For frames to a handle:
// wire_to() of support/wire_frame.hpp.)
#pragma once

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {

struct parsed_frame {
    bool fin = false;
    unsigned rsv = 0;  // the three bits, in place
    unsigned op = 0;
    std::optional<masking_key> key;
    std::size_t header_size = 0;
    bytes payload;  // unmasked
};

// Fails the test if the octets are not whole frames, or a length is not in its shortest form.
[[nodiscard]] inline std::vector<parsed_frame> parse_frames(const bytes& wire) {
    std::vector<parsed_frame> made;
    const auto octet = [&](std::size_t i) {
        return i < wire.size() ? std::to_integer<unsigned>(wire[i]) : 0u;
    };
    std::size_t at = 0;
    while (at < wire.size()) {
        const std::size_t begin = at;
        parsed_frame frame;
        frame.fin = (octet(at) & 0x80) != 0;
        frame.rsv = octet(at) & 0x70;
        frame.op = octet(at) & 15;
        const bool masked = (octet(at + 1) & 0x80) != 0;
        std::uint64_t length = octet(at + 1) & 0x7f;
        at += 2;
        const unsigned extended = length == 127 ? 8 : length == 126 ? 2 : 0;
        if (extended != 0) {
            length = 0;
            for (unsigned i = 0; i < extended; ++i) length = length << 8 | octet(at++);
            EXPECT_GE(length, extended == 2 ? 126u : 0x10000u);  // RFC 6455 5.2: the minimal number of bytes
        }
        if (masked) {
            frame.key.emplace();
            for (std::byte& b : *frame.key) b = static_cast<std::byte>(octet(at++));
        }
        frame.header_size = at - begin;
        if (at > wire.size() || length > wire.size() - at) {
            ADD_FAILURE() << "a frame is cut off: " << to_hex(wire);
            return made;
        }
        for (std::size_t i = 0; i < length; ++i)
            frame.payload.push_back(masked ? wire[at + i] ^ (*frame.key)[i % 4] : wire[at + i]);
        at += static_cast<std::size_t>(length);
        made.push_back(std::move(frame));
    }
    return made;
}

// The only frame in there; an empty one after a failure.
[[nodiscard]] inline parsed_frame only_frame(const bytes& wire) {
    const std::vector<parsed_frame> all = parse_frames(wire);
    EXPECT_EQ(all.size(), 1u) << to_hex(wire);
    return all.size() == 1 ? all.front() : parsed_frame{};
}

}  // namespace wspc::test
