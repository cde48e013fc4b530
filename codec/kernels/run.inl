// SPDX-License-Identifier: Apache-2.0
// The small-frame path, once for all kernels; what it needs of the instruction set are
// unmask_to_slot(), short_is_ascii(), slot_is_utf8() and the table's utf8().
#pragma once

#include "words.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

// The event of a whole message but for its bytes, by the frame's first octet: 0x81, 0x82.
constexpr event whole_message(opcode op) noexcept {
    event made;
    made.kind = event_kind::data;
    made.op = op;
    made.first = true;
    made.last = true;
    return made;
}
constexpr event whole[2] = {whole_message(opcode::text), whole_message(opcode::binary)};

// Frames of up to 125 octets whose first two octets tell everything (RFC 6455 5.2):
//
//      byte 0          byte 1           2..5          6..
//     +-+---+-------+ +-+-------------+ +----------+ +---------+
//     |1|000|1 or 2 | |M|  0 .. 125   | | key if M | | payload |
//     +-+---+-------+ +-+-------------+ +----------+ +---------+
//      F RSV opcode
//
// The next header's position depends on nothing but byte 1: that chain (load, subtract, add) is all
// that consecutive frames wait for. Unmasking in place would stretch it, because full-width stores
// would hit the next header; hence the slots.
template <bool masked, bool check_utf8>
run_result run(std::byte* bytes, std::size_t size, event* events, std::byte* scratch,
               std::uint32_t capacity) noexcept {
    constexpr std::size_t header = masked ? 6 : 2;
    constexpr unsigned mask_bit = masked ? 0x80 : 0;
    std::size_t at = 0;
    std::uint32_t count = 0;
    std::byte* slot = scratch;
    event* out = events;
    for (; count < capacity && size - at >= header; ++count) {
        std::byte* const frame = bytes + at;
        const auto first = static_cast<unsigned>(frame[0]);
        const unsigned length = static_cast<unsigned>(frame[1]) ^ mask_bit;
        const std::size_t behind = size - at - header;
        // With the wrong mask bit, `length` is above 127; 126 and 127 announce longer forms.
        if (first - 0x81 > 1 || length > max_control_payload || length > behind) break;

        std::byte* payload = frame + header;
        const bool text = first == 0x81;
        if constexpr (masked) {
            const auto key = load_word<std::uint32_t>(frame + 2);
            const bool ascii = unmask_to_slot<check_utf8>(slot, payload, length, behind, key);
            // RFC 6455 8.1: where the text fails is for message_reader to find.
            if (check_utf8 && text && !ascii && !slot_is_utf8(slot, length)) break;
            payload = slot;
            slot += scratch_size;
        } else if (check_utf8 && text && !short_is_ascii(payload, length, behind) &&
                   utf8(payload, length, utf8_state::accept) != utf8_state::accept) {
            break;
        }

        *out = whole[first - 0x81];
        out->bytes = {payload, length};
        ++out;
        at += header + length;
    }
    return {at, count};
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
