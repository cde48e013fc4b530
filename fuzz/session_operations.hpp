// SPDX-License-Identifier: Apache-2.0
// The operations of a program that uses a session, with the memory that they need until they come back.
#pragma once

#include <cstddef>
#include <span>

#include <wspc/session.hpp>

#include "input.hpp"
#include "support/bytes.hpp"
#include "support/reference_frames.hpp"

namespace wspc::fuzz {

struct sending {
    explicit sending(std::span<const std::byte> from) : payload{from} {}
    exact_copy payload;
    test::bytes before{};
    send_operation operation{};
    frame_header wire{};
    test::bytes body{};
};
struct receiving {
    explicit receiving(std::size_t size) : into{size} {}
    exact_copy into;
    receive_operation operation{};
};
// A send that has come back.
struct done {
    frame_header wire;
    test::bytes body;
    error code;

    [[nodiscard]] bool is(const test::reference_frame& frame) const {
        return frame.header.op == wire.op && frame.header.fin == wire.fin && frame.header.rsv == 0 &&
               frame.payload == body;
    }
};

// Pongs of the program begin with this, and pings do not.
inline constexpr std::byte own_pong{0xa0};

inline bool is_own(const test::reference_frame& frame) {
    return frame.header.op == opcode::pong && (frame.payload.empty() || frame.payload.front() != own_pong);
}

inline test::bytes octets_of(const action& a) {
    test::bytes made;
    for (const std::span<const std::byte> b : a.buffers) made += test::to_bytes(b);
    return made;
}

}  // namespace wspc::fuzz
