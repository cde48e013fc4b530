// SPDX-License-Identifier: Apache-2.0
// The way of whole messages, once for all kernels; what it needs of the instruction set are
// unmask_to_slot(), short_is_ascii(), slot_is_utf8() and the table's mask(), mask_utf8() and utf8().
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
constexpr event whole_messages[2] = {whole_message(opcode::text), whole_message(opcode::binary)};

WSPC_INLINE void tell_whole(event* at, unsigned first, std::byte* payload, std::size_t size) noexcept {
    *at = whole_messages[first - 0x81];
    at->bytes = {payload, size};
}

// What the first octets of a frame say, if it is one that is taken here (RFC 6455 5.2).
//
//      byte 0          byte 1           2..3, if 126   4 octets
//     +-+---+-------+ +-+-------------+ +-----------+ +----------+ +---------+
//     |1|000|1 or 2 | |M|  0 .. 126   | |  length   | | key if M | | payload |
//     +-+---+-------+ +-+-------------+ +-----------+ +----------+ +---------+
//      F RSV opcode
struct shape {
    std::size_t header = 0;  // octets; 0: another frame, or not all of it is there
    std::size_t length = 0;  // of the payload
};

template <bool masked>
WSPC_INLINE shape shape_of(const std::byte* frame, std::size_t size, std::size_t most) noexcept {
    constexpr std::size_t key_size = masked ? 4 : 0;
    constexpr unsigned mask_bit = masked ? 0x80 : 0;
    if (size < 2 + key_size || static_cast<unsigned>(frame[0]) - 0x81 > 1) return {};
    // With the wrong mask bit, `length` is above 127; 127 announces the longest form.
    std::size_t length = static_cast<unsigned>(frame[1]) ^ mask_bit;
    std::size_t header = 2 + key_size;
    if (length > max_control_payload) {
        header += 2;
        if (length != 126 || size < header) return {};
        length = static_cast<std::size_t>(frame[2]) << 8 | static_cast<std::size_t>(frame[3]);
        // A length that has a shorter form is a fault.
        if (length <= max_control_payload || length > most) return {};
    }
    return length > size - header ? shape{} : shape{header, length};
}

template <bool masked, bool check_utf8>
std::size_t whole(std::byte* bytes, std::size_t size, event* at, std::size_t most) noexcept {
    const shape found = shape_of<masked>(bytes, size, most);
    if (found.header == 0) return 0;
    const auto first = static_cast<unsigned>(bytes[0]);
    const bool text = check_utf8 && first == 0x81;
    std::byte* const payload = bytes + found.header;
    if constexpr (masked) {
        const auto key = load_word<std::uint32_t>(payload - 4);
        if (!text) {
            mask(payload, found.length, key);
        } else if (mask_utf8(payload, found.length, key, utf8_state::accept) != utf8_state::accept) {
            // RFC 6455 8.1: where the text fails is for message_reader to find.
            mask(payload, found.length, key);
            return 0;
        }
    } else if (text && utf8(payload, found.length, utf8_state::accept) != utf8_state::accept) {
        return 0;
    }
    tell_whole(at, first, payload, found.length);
    return found.header + found.length;
}

// Frames of up to 125 octets, whose first two octets tell everything; longer ones are left to whole().
// The next header's position depends on nothing but byte 1: that chain (load, subtract, add) is all
// that consecutive frames wait for. Unmasking in place would stretch it, because full-width stores
// would hit the next header; hence the slots.
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
            const std::size_t taken = whole<masked, check_utf8>(frame, size - at, events + count, most);
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
