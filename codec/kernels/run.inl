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

WSPC_INLINE void tell_whole(event* at, unsigned first, std::byte* payload, std::size_t size) noexcept {
    *at = whole[first - 0x81];
    at->bytes = {payload, size};
}

// A frame with a length of 16 bits (RFC 6455 5.2), of which `size` bytes are there. Gives the bytes of the
// whole frame; 0 if it is one that run() stops before, and then its bytes are as they were.
//
//      byte 0          byte 1        2..3       4..7          8..
//     +-+---+-------+ +-+-----+ +--------+ +----------+ +---------+
//     |1|000|1 or 2 | |M| 126 | | length | | key if M | | payload |
//     +-+---+-------+ +-+-----+ +--------+ +----------+ +---------+
template <bool masked, bool check_utf8>
WSPC_NOINLINE std::size_t take_long(std::byte* frame, std::size_t size, std::size_t most,
                                    event* out) noexcept {
    constexpr std::size_t header = masked ? 8 : 4;
    if (size < header) return 0;
    const std::size_t length = static_cast<std::size_t>(frame[2]) << 8 | static_cast<std::size_t>(frame[3]);
    if (length <= max_control_payload || length > most || length > size - header) return 0;
    const auto first = static_cast<unsigned>(frame[0]);
    const bool text = check_utf8 && first == 0x81;
    std::byte* const payload = frame + header;
    if constexpr (masked) {
        const auto key = load_word<std::uint32_t>(frame + 4);
        if (!text) {
            mask(payload, length, key);
        } else if (mask_utf8(payload, length, key, utf8_state::accept) != utf8_state::accept) {
            // RFC 6455 8.1: where the text fails is for message_reader to find.
            mask(payload, length, key);
            return 0;
        }
    } else if (text && utf8(payload, length, utf8_state::accept) != utf8_state::accept) {
        return 0;
    }
    tell_whole(out, first, payload, length);
    return header + length;
}

// Frames of up to 125 octets, whose first two octets tell everything:
//
//      byte 0          byte 1           2..5          6..
//     +-+---+-------+ +-+-------------+ +----------+ +---------+
//     |1|000|1 or 2 | |M|  0 .. 125   | | key if M | | payload |
//     +-+---+-------+ +-+-------------+ +----------+ +---------+
//      F RSV opcode
//
// The next header's position depends on nothing but byte 1: that chain (load, subtract, add) is all
// that consecutive frames wait for. Unmasking in place would stretch it, because full-width stores
// would hit the next header; hence the slots. Longer frames are left to take_long().
template <bool masked, bool check_utf8>
run_result run(std::byte* bytes, std::size_t size, event* events, std::byte* scratch, std::uint32_t capacity,
               std::size_t most) noexcept {
    constexpr std::size_t header = masked ? 6 : 2;
    constexpr unsigned mask_bit = masked ? 0x80 : 0;
    std::size_t at = 0;
    std::uint32_t count = 0;
    for (; count < capacity && size - at >= header; ++count) {
        std::byte* const frame = bytes + at;
        std::byte* const slot = scratch + std::size_t{count} * scratch_size;
        const auto first = static_cast<unsigned>(frame[0]);
        const unsigned length = static_cast<unsigned>(frame[1]) ^ mask_bit;
        const std::size_t behind = size - at - header;
        if (first - 0x81 > 1) break;
        // With the wrong mask bit, `length` is above 127; 126 and 127 announce longer forms.
        if (length > max_control_payload) {
            if (length != 126) break;
            const std::size_t taken = take_long<masked, check_utf8>(frame, size - at, most, events + count);
            if (taken == 0) break;
            at += taken;
            continue;
        }
        if (length > behind) break;

        std::byte* payload = frame + header;
        const bool text = first == 0x81;
        if constexpr (masked) {
            const auto key = load_word<std::uint32_t>(frame + 2);
            const bool ascii = unmask_to_slot<check_utf8>(slot, payload, length, behind, key);
            // RFC 6455 8.1: where the text fails is for message_reader to find.
            if (check_utf8 && text && !ascii && !slot_is_utf8(slot, length)) break;
            payload = slot;
        } else if (check_utf8 && text && !short_is_ascii(payload, length, behind) &&
                   utf8(payload, length, utf8_state::accept) != utf8_state::accept) {
            break;
        }
        tell_whole(events + count, first, payload, length);
        at += header + length;
    }
    return {at, count};
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
