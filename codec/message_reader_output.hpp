// SPDX-License-Identifier: Apache-2.0
// How a step of the message reader tells its event; for its parts only.
#pragma once

#include <wspc/message_reader.hpp>

#include "kernels/words.inl"

namespace wspc {
inline namespace v0 {

// Where the event of a step goes.
struct message_reader::output {
    const kernels::table& kernel;
    event& at;
    std::byte* control;         // room for a control frame's payload; null: show it in the reader
    std::span<std::byte> room;  // for what a transform restores
    std::size_t used = 0;       // of that room
};

// Tells of a piece of the open message.
WSPC_INLINE message_reader::next message_reader::deliver(std::span<std::byte> bytes, bool last,
                                                         event& at) noexcept {
    at.bytes = bytes;
    at.offset = 0;
    at.kind = event_kind::data;
    at.op = open_;
    at.first = !begun_;
    at.last = last;
    at.code = 0;
    at.rsv = static_cast<std::uint8_t>(rsv_ & ~transform_rsv());
    begun_ = true;
    if (last) open_ = opcode::continuation;
    return next::event;
}

}  // namespace v0
}  // namespace wspc
