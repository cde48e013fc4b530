// SPDX-License-Identifier: Apache-2.0
// The way of whole messages, once for all kernels; what it needs of the instruction set are
// unmask_inside(), unmask_at_end(), short_is_ascii(), slot_is_utf8(), unmask_message() and the table's mask()
// and utf8().
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
    // All but the bytes in one piece; whole, the constant would be written over in part just after.
    constexpr std::size_t facts = offsetof(event, offset);
    std::memcpy(reinterpret_cast<std::byte*>(at) + facts,
                reinterpret_cast<const std::byte*>(&whole_messages[first - 0x81]) + facts,
                sizeof(event) - facts);
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

bool unmask_short(std::byte* slot, const std::byte* from, std::size_t size, std::uint32_t key) noexcept {
    return unmask_at_end<true>(slot, from, size, key);
}

// One whole message, of any length that is taken here, which stays where it lies. Gives the frame's bytes; 0:
// it is not taken.
template <bool masked, bool check_utf8, bool in_line>
WSPC_INLINE std::size_t take_in_place(std::byte* bytes, std::size_t size, event* at,
                                      std::size_t most) noexcept {
    const shape found = shape_of<masked>(bytes, size, most);
    if (found.header == 0) return 0;
    const auto first = static_cast<unsigned>(bytes[0]);
    const bool text = check_utf8 && first == 0x81;
    std::byte* const payload = bytes + found.header;
    if constexpr (masked) {
        const auto key = load_word<std::uint32_t>(payload - 4);
        if (!unmask_message<in_line>(payload, found.length, key, text)) [[unlikely]] {
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

template <bool masked, bool check_utf8>
std::size_t whole(std::byte* bytes, std::size_t size, event* at, std::size_t most) noexcept {
    return take_in_place<masked, check_utf8, false>(bytes, size, at, most);
}

// A frame of up to 125 octets, whose first two octets tell everything; longer ones are taken in place.
// `inside` says that a slot's worth of fed bytes lies behind the header, so that nothing has to be compared
// and full vectors may be loaded; otherwise there is too little for a longer frame. Gives the frame's bytes;
// 0: it is not taken.
template <bool masked, bool check_utf8, bool inside>
WSPC_INLINE std::size_t take(std::byte* frame, std::size_t size, event* at, std::byte* slot,
                             std::size_t most) noexcept {
    constexpr std::size_t header = masked ? 6 : 2;
    static_assert(inside || header + scratch_size <= header + 2 + (max_control_payload + 1));
    const auto first = static_cast<unsigned>(frame[0]);
    // With the wrong mask bit this is above 127, or wraps to what is; 126 and 127 announce longer forms.
    const std::size_t length = static_cast<std::size_t>(frame[1]) - (masked ? 0x80 : 0);
    if (first - 0x81 > 1) [[unlikely]]
        return 0;
    if (length > max_control_payload) [[unlikely]]
        return inside ? take_in_place<masked, check_utf8, true>(frame, size, at, most) : 0;
    const std::size_t behind = size - header;
    if (!inside && length > behind) return 0;

    std::byte* payload = frame + header;
    const bool text = check_utf8 && first == 0x81;
    if constexpr (masked) {
        const auto key = load_word<std::uint32_t>(frame + 2);
        const bool ascii = inside ? unmask_inside<check_utf8>(slot, payload, length, key, text)
                                  : unmask_at_end<check_utf8>(slot, payload, length, key);
        // RFC 6455 8.1: where the text fails is for message_reader to find.
        if (text && !ascii) [[unlikely]]
            if (!slot_is_utf8(slot, length)) return 0;
        payload = slot;
    } else if (text && !short_is_ascii(payload, length, behind) &&
               utf8(payload, length, utf8_state::accept) != utf8_state::accept) {
        return 0;
    }
    tell_whole(at, first, payload, length);
    return header + length;
}

// The next header's position depends on nothing but byte 1: that chain (load, add) is all that consecutive
// frames wait for. Unmasking in place would stretch it, because full-width stores would hit the next header;
// hence the slots.
template <bool masked, bool check_utf8>
WSPC_NOINLINE run_result run_many(std::byte* bytes, std::size_t size, event* events, std::byte* scratch,
                                  std::uint32_t capacity, std::size_t most) noexcept {
    constexpr std::size_t header = masked ? 6 : 2;
    std::byte* frame = bytes;
    std::byte* const end = bytes + size;
    std::byte* slot = scratch;
    event* at = events;
    event* const full = events + capacity;
    std::size_t taken = 1;
    for (; at != full; ++at, slot += scratch_size, frame += taken) {
        const auto left = static_cast<std::size_t>(end - frame);
        if (left < header + scratch_size) break;
        // Binary payloads that need no unmasking are not loaded here: only headers would be, one after the
        // other.
        if constexpr (!masked) prefetch(frame + scratch_size);
        taken = take<masked, check_utf8, true>(frame, left, at, slot, most);
        if (taken == 0) [[unlikely]]
            break;
    }
    for (; taken != 0 && at != full; ++at, slot += scratch_size, frame += taken) {
        const auto left = static_cast<std::size_t>(end - frame);
        if (left < header) break;
        taken = take<masked, check_utf8, false>(frame, left, at, slot, most);
        if (taken == 0) [[unlikely]]
            break;
    }
    return {static_cast<std::size_t>(frame - bytes), static_cast<std::uint32_t>(at - events)};
}

// One short frame that fills the bytes, as most reads of most servers bring it, without the loop over frames
// and without a call; anything else goes on.
template <bool masked, bool check_utf8>
run_result run(std::byte* bytes, std::size_t size, event* events, std::byte* scratch, std::uint32_t capacity,
               std::size_t most) noexcept {
    constexpr std::size_t header = masked ? 6 : 2;
    if (size - header > max_control_payload || capacity == 0)
        return run_many<masked, check_utf8>(bytes, size, events, scratch, capacity, most);
    const auto first = static_cast<unsigned>(bytes[0]);
    const std::size_t length = static_cast<std::size_t>(bytes[1]) - (masked ? 0x80 : 0);
    const bool text = check_utf8 && first == 0x81;
    std::byte* payload = bytes + header;
    if (length != size - header || first - 0x81 > 1)
        return run_many<masked, check_utf8>(bytes, size, events, scratch, capacity, most);
    bool good = !text;
    if constexpr (masked) {
        good |= unmask_at_end<check_utf8>(scratch, payload, length, load_word<std::uint32_t>(bytes + 2));
        payload = scratch;
    } else if (text) {
        good = short_is_ascii(payload, length, length);
    }
    if (!good) return run_many<masked, check_utf8>(bytes, size, events, scratch, capacity, most);
    tell_whole(events, first, payload, length);
    return {size, 1};
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
