// SPDX-License-Identifier: Apache-2.0
// How a step of the message reader tells its event; for its parts only.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>

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
    constexpr std::size_t facts_at = offsetof(event, kind);
    static_assert(facts_at + sizeof(piece_facts) == sizeof(event));
    static_assert(offsetof(event, op) - facts_at == offsetof(piece_facts, op) &&
                  offsetof(event, first) - facts_at == offsetof(piece_facts, first) &&
                  offsetof(event, last) - facts_at == offsetof(piece_facts, last) &&
                  offsetof(event, code) - facts_at == offsetof(piece_facts, code) &&
                  offsetof(event, rsv) - facts_at == offsetof(piece_facts, rsv));
    constexpr auto bit = [](bool piece_facts::*which) {
        piece_facts none{event_kind{}, opcode{}, false};
        none.*which = true;
        return std::bit_cast<std::uint64_t>(none);
    };
    constexpr std::uint64_t first_bit = bit(&piece_facts::first);
    constexpr std::uint64_t last_bit = bit(&piece_facts::last);

    const auto facts = std::bit_cast<std::uint64_t>(piece_);
    const std::uint64_t told = facts | (last ? last_bit : 0);
    at.bytes = bytes;
    at.offset = 0;
    std::memcpy(reinterpret_cast<std::byte*>(&at) + facts_at, &told, sizeof told);
    piece_ = std::bit_cast<piece_facts>(facts & ~first_bit);
    if (last) piece_.op = opcode::continuation;
    return next::event;
}

}  // namespace v0
}  // namespace wspc
