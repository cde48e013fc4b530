// SPDX-License-Identifier: Apache-2.0
// A model of which pongs a session owes its peer (RFC 6455 5.5.2, 5.5.3): what is due for sure.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include <wspc/frame.hpp>

#include "session_wire.hpp"
#include "support/bytes.hpp"
#include "support/reference_frames.hpp"

namespace wspc::fuzz {

class due_pongs {
public:
    explicit due_pongs(role self) : self_{self} {}

    // When the session wants to read it has read all that came, and knows of each ping; if the newest is not
    // the one that was answered last, its pong is due. (If it looks the same, nothing is known.)
    void look(const pipe& to_here) {
        const auto begin = to_here.everything.begin();
        const test::bytes read{begin + static_cast<std::ptrdiff_t>(looked_at_),
                               begin + static_cast<std::ptrdiff_t>(to_here.read)};
        std::size_t whole = 0;
        for (const test::reference_frame& frame : test::split_into_frames(read, {.receiver = self_}).frames) {
            if (!frame.complete()) break;
            whole =
                frame.start + header_size(frame.header.length, frame.header.masked) + frame.payload.size();
            closed_ = closed_ || frame.header.op == opcode::close;
            if (frame.header.op == opcode::ping && !closed_) due_ = frame.payload != answered_;
        }
        looked_at_ += whole;
    }

    // A pong of the session's own begins.
    void answer(test::bytes payload) {
        answered_ = std::move(payload);
        due_ = false;
    }
    // It had no key.
    void lose() { due_ = false; }

    [[nodiscard]] bool any() const { return due_; }

private:
    role self_;
    std::optional<test::bytes> answered_;  // the payload of the newest pong that was begun
    std::size_t looked_at_ = 0;            // octets, whole frames
    bool closed_ = false;                  // among them is a Close
    bool due_ = false;
};

}  // namespace wspc::fuzz
