// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation of pieces of any length, alone or of what is being unmasked: ASCII by whole
// blocks, other text by find_faults(), a character that is cut by the piece's border by the automaton.
#pragma once

#include "../utf8_dfa.hpp"
#include "mask.inl"
#include "utf8_blocks.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

// The character that a piece leaves open at its end.
struct open_character {
    std::size_t size;  // 0 to 3 octets, the last of the piece
    utf8_state state;
};

// `last` holds the last four octets of the piece, zeros before its front, the last one on top.
WSPC_INLINE open_character find_open(std::uint32_t last) noexcept {
    if ((last & 0x80808080) == 0) return {0, utf8_state::accept};
    const auto octet = [last](std::size_t from_end) { return last >> (32 - 8 * from_end) & 0xFF; };
    std::size_t size = 0;
    if (octet(1) >= 0xC0) {
        size = 1;
    } else if (octet(2) >= 0xE0) {
        size = 2;
    } else if (octet(3) >= 0xF0) {
        size = 3;
    }
    utf8_state state = utf8_state::accept;
    for (std::size_t i = size; i != 0; --i) state = utf8_step(state, static_cast<std::byte>(octet(i)));
    return {size, state};
}

WSPC_INLINE std::uint32_t last_four(const std::byte* from, std::size_t size) noexcept {
    if (size >= 4) return load_word<std::uint32_t>(from + size - 4);
    std::uint32_t last = 0;
    for (std::size_t i = 0; i < size; ++i) last = last >> 8 | static_cast<std::uint32_t>(from[i]) << 24;
    return last;
}

// Fewer than two vectors: whether they are UTF-8 and leave no character open. All of it is unmasked, valid or
// not. What is judged has zeros behind it, which make a fault of a character that is cut short; a vector that
// is full to its end has not, hence find_cut().
template <bool unmask>
WSPC_INLINE bool check_short(std::byte* to, const std::byte* from, std::size_t size,
                             std::uint32_t key) noexcept {
    if (unmask && size < width && size < 32) {
        // Text that is not ASCII is loaded a second time, which costs less than the vectors would cost ASCII.
        if ((mask_short(to, from, size, key) & sign_bits) == 0) return true;
        return check_short<false>(nullptr, to, size, 0);
    }
    // One vector. Where `unmask`, only AVX-512 has sizes left here, and a full one is head and tail at once.
    if (unmask ? size < width : size <= width) {
        vec text = load_prefix(from, size);
        if (unmask) {
            text = (text ^ spread(key)) & within(size, 0);
            mask_any(to, from, size, key);
        }
        if (!any_high(text)) return true;
        left_behind left = behind_ascii();
        return !any_fault(find_faults(text, left) | find_cut(text));
    }
    vec head = load(from);
    vec tail = load(from + size - width);
    if (unmask) {
        head ^= spread(key);
        tail ^= spread(rotated(key, size));
    }
    bool valid = true;
    if (any_high(head | tail)) {
        vec rest = load_prefix(from + width, size - width);
        if (unmask) rest = (rest ^ spread(key)) & within(size, 1);
        left_behind left = behind_ascii();
        const verdict found = find_faults(head, left);
        valid = !any_fault(found | find_faults(rest, left));
    }
    if (unmask) {
        store(to, head);
        store(to + size - width, tail);
    }
    return valid;
}

// What check_short() refuses is invalid or ends in a character that is cut short: that is taken off, and the
// rest judged again. Not in line: few pieces are either.
WSPC_NOINLINE utf8_state behind_open(const std::byte* text, std::size_t size) noexcept {
    const open_character open = find_open(last_four(text, size));
    return check_short<false>(nullptr, text, size - open.size, 0) ? open.state : utf8_state::reject;
}

// Whether `count` vectors at `i` are ASCII; only then are they stored. `key` is that of the octet at `i`.
template <bool unmask, std::size_t count>
WSPC_INLINE bool pass_ascii(std::byte* to, const std::byte* from, std::size_t i, vec key) noexcept {
    vec text[count];
    vec seen = zero();
    for (std::size_t n = 0; n < count; ++n) {
        text[n] = load(from + i + n * width);
        if (unmask) text[n] ^= key;
        seen |= text[n];
    }
    if (any_high(seen)) return false;
    if (unmask)
        for (std::size_t n = 0; n < count; ++n) store(to + i + n * width, text[n]);
    return true;
}

// From two vectors on. Head and tail as in mask_long(); `ahead` is the vector before the tail, taken
// from the source as well, because the tail's faults may depend on three octets before it.
template <bool unmask>
WSPC_NOINLINE utf8_state check_long(std::byte* to, const std::byte* from, std::size_t size,
                                    std::uint32_t key) noexcept {
    constexpr std::size_t block = 4 * width;
    const auto take = [](const std::byte* at, vec with) { return unmask ? load(at) ^ with : load(at); };
    const vec tail_key = spread(rotated(key, size));
    const vec head = take(from, spread(key));
    const vec tail = take(from + size - width, tail_key);
    const vec ahead = take(from + size - 2 * width, tail_key);
    verdict found = no_fault();
    left_behind left = behind_ascii();
    // Aligning makes the first block overlap the head, which ASCII alone allows: then it does not
    // matter which octets stand before the block.
    std::size_t i = to_alignment(unmask ? to : from);
    bool plain = !any_high(head);
    if (!plain) {
        found |= find_faults(head, left);
        i = width;
    }
    const vec body_key = spread(rotated(key, i));
    const auto put = [to](std::size_t at, vec value) {
        if (unmask) store(to + at, value);
    };

    while (size - i >= block) {
        if (plain) {
            // Loops of their own, with nothing to carry: this is where ASCII text spends its time. The more
            // vectors a round, the fewer tests.
            while (size - i >= 2 * block && pass_ascii<unmask, 8>(to, from, i, body_key)) i += 2 * block;
            while (size - i >= block && pass_ascii<unmask, 4>(to, from, i, body_key)) i += block;
            if (size - i < block) break;
            left = behind_ascii();
        }
        const vec a = take(from + i, body_key);
        put(i, a);
        found |= find_faults(a, left);
        const vec b = take(from + i + width, body_key);
        put(i + width, b);
        found |= find_faults(b, left);
        i += 2 * width;
        plain = !any_high(a | b);
    }
    if (plain) left = behind_ascii();

    for (; size - i >= width; i += width) {
        const vec current = take(from + i, body_key);
        put(i, current);
        if (any_high(current | left.octets)) found |= find_faults(current, left);
    }
    // A tail of ASCII begins inside what was judged before it, which cannot end in an open character then.
    if (i < size && any_high(tail)) {
        left = behind(ahead);
        found |= find_faults(tail, left);
    }
    put(0, head);
    put(size - width, tail);
    if (any_fault(found)) return utf8_state::reject;
    return find_open(load_word<std::uint32_t>((unmask ? to : from) + size - 4)).state;
}

// A piece that begins with a character, unmasked as a whole; gives the state behind it.
template <bool unmask>
WSPC_INLINE utf8_state check_text(std::byte* to, const std::byte* from, std::size_t size,
                                  std::uint32_t key) noexcept {
#if !defined(__AVX512BW__)  // there, as many octets fit into one vector or two
    if (fits_two_ends(size)) {
        two_ends text = load_two_ends(from, size);
        if (unmask) text = masked(text, size, key);
        if (!any_high(text)) {
            if (unmask) store_two_ends(to, size, text);
            return utf8_state::accept;
        }
    }
#endif
    if (size < 2 * width) {
        if (check_short<unmask>(to, from, size, key)) return utf8_state::accept;
        return behind_open(unmask ? to : from, size);
    }
    return check_long<unmask>(to, from, size, key);
}

// A piece of which up to three octets belong to a character that an earlier piece began. Not in line: most
// text arrives whole.
template <bool unmask>
WSPC_NOINLINE utf8_state check_inside(std::byte* to, const std::byte* from, std::size_t size,
                                      std::uint32_t key, utf8_state state) noexcept {
    for (; state != utf8_state::accept && size != 0; --size) {
        if (state == utf8_state::reject) {
            if (unmask) mask_copy(to, from, size, key);
            return state;
        }
        std::byte octet = *from++;
        if (unmask) *to++ = octet ^= first_octet(key);
        state = utf8_step(state, octet);
        key = rotated(key, 1);
    }
    return size == 0 ? state : check_text<unmask>(to, from, size, key);
}

template <bool unmask>
WSPC_INLINE utf8_state check(std::byte* to, const std::byte* from, std::size_t size, std::uint32_t key,
                             utf8_state state) noexcept {
    if (state != utf8_state::accept) return check_inside<unmask>(to, from, size, key, state);
    return check_text<unmask>(to, from, size, key);
}

utf8_state utf8(const std::byte* bytes, std::size_t size, utf8_state state) noexcept {
    return check<false>(nullptr, bytes, size, 0, state);
}

utf8_state mask_copy_utf8(std::byte* to, const std::byte* from, std::size_t size, std::uint32_t key,
                          utf8_state state) noexcept {
    return check<true>(to, from, size, key, state);
}

utf8_state mask_utf8(std::byte* bytes, std::size_t size, std::uint32_t key, utf8_state state) noexcept {
    return check<true>(bytes, bytes, size, key, state);
}

// The rest of a text that is to be unmasked in place, from an octet on before which nothing is open; whether
// it is UTF-8.
WSPC_INLINE bool unmask_rest(std::byte* text, std::size_t from, std::size_t size,
                             std::uint32_t key) noexcept {
    return mask_utf8(text + from, size - from, rotated(key, from), utf8_state::accept) == utf8_state::accept;
}

// The text of a whole message, of more than 125 octets, unmasked in place as mask_long() does it; whether it
// is UTF-8. As long as there is nothing but ASCII, as in most text, nothing has to be remembered, and nothing
// is called.
WSPC_INLINE bool unmask_text(std::byte* text, std::size_t size, std::uint32_t key) noexcept {
    static_assert(width <= max_control_payload + 1);
    const vec head = load(text) ^ spread(key);
    if (any_high(head)) return unmask_rest(text, 0, size, key);
    const vec tail = load(text + size - width) ^ spread(rotated(key, size));
    std::size_t i = to_alignment(text);
    const vec body_key = spread(rotated(key, i));
    while (size - i >= 4 * width && pass_ascii<true, 4>(text, text, i, body_key)) i += 4 * width;
    bool ascii = true;
    for (; ascii && i + width < size; i += width) {
        const vec a = load(text + i) ^ body_key;
        ascii = !any_high(a);
        if (!ascii) break;
        store(text + i, a);
    }
    ascii = ascii && !any_high(tail);
    store(text, head);
    // The head has taken along what is before the body, which may have come to nothing yet.
    if (!ascii) return unmask_rest(text, i > width ? i : width, size, key);
    store(text + size - width, tail);
    return true;
}

WSPC_NOINLINE bool call_unmask_text(std::byte* text, std::size_t size, std::uint32_t key) noexcept {
    return unmask_text(text, size, key);
}

// The payload of a whole message, unmasked in place; false: it is text that is not UTF-8. In line, long
// messages are faster, and short ones, which have no use for it, slower.
template <bool in_line>
WSPC_INLINE bool unmask_message(std::byte* payload, std::size_t size, std::uint32_t key, bool text) noexcept {
    if (!text) {
        in_line ? mask_any(payload, payload, size, key) : mask(payload, size, key);
        return true;
    }
    if (size <= max_control_payload) return unmask_rest(payload, 0, size, key);
    return in_line ? unmask_text(payload, size, key) : call_unmask_text(payload, size, key);
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
