// SPDX-License-Identifier: Apache-2.0
// Payloads of at most 125 octets, for run.inl: unmasked into a slot of 128 octets with a fixed
// number of full vectors, since a branch on the length would be missed for every other frame.
#pragma once

#include "utf8.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

#if defined(__AVX512BW__)

// Whether the lanes of the first `size` octets in `text` are ASCII.
WSPC_INLINE bool is_ascii(const short_text& text, std::size_t size) noexcept {
    const __m512i sign = _mm512_set1_epi8(static_cast<char>(0x80));
    const __mmask64 low_lanes = lanes_below(size);
    const __mmask64 high_lanes = lanes_below(size > width ? size - width : 0);
    return _kortestz_mask64_u8(_mm512_mask_test_epi8_mask(low_lanes, text.low, sign),
                               _mm512_mask_test_epi8_mask(high_lanes, text.high, sign)) != 0;
}

template <bool check_utf8>
WSPC_INLINE bool unmask_inside(std::byte* slot, const std::byte* from, std::size_t size, std::uint32_t key,
                               bool text) noexcept {
    const vec wide_key = spread(key);
    const short_text unmasked{load(from) ^ wide_key, load(from + width) ^ wide_key};
    store(slot, unmasked.low);
    store(slot + width, unmasked.high);
    return check_utf8 && text && is_ascii(unmasked, size);
}

template <bool check_utf8>
WSPC_INLINE bool unmask_at_end(std::byte* slot, const std::byte* from, std::size_t size,
                               std::uint32_t key) noexcept {
    short_text unmasked = load_exactly(from, size);
    unmasked.low ^= spread(key);
    unmasked.high ^= spread(key);
    store(slot, unmasked.low);
    store(slot + width, unmasked.high);
    return check_utf8 && is_ascii(unmasked, size);
}

WSPC_INLINE bool short_is_ascii(const std::byte* bytes, std::size_t size, std::size_t) noexcept {
    const short_text text = load_exactly(bytes, size);
    return !any_high(text.low | text.high);
}

#else

// AArch64 loads and stores two vectors at once, which a compiler makes of two accesses only if it need not
// fear that a store between them changes what is loaded.
#if defined(__aarch64__)
constexpr bool loads_first = true;
#else
constexpr bool loads_first = false;
#endif

struct slot_text {
    vec at[slot_vectors];
};

#if defined(__aarch64__)

// Lane j of the vector at 128 - size: in bit 7 - i, whether lane j of vector i is one of the first `size`
// octets of eight vectors, which is so for the first (size - j + 15) / 16 of them.
struct lanes_of_slot {
    std::uint8_t at[scratch_size + width];
};
constexpr lanes_of_slot make_lanes_of_slot() noexcept {
    lanes_of_slot made{};
    for (std::size_t at = 0; at < sizeof made.at; ++at)
        made.at[at] = static_cast<std::uint8_t>(0xFF00 >> (sizeof made.at - 1 - at) / width);
    return made;
}
constexpr lanes_of_slot slot_lanes = make_lanes_of_slot();

// One instruction loads four vectors.
WSPC_INLINE slot_text load_slot(const std::byte* from) noexcept {
    const auto* const octets = reinterpret_cast<const std::uint8_t*>(from);
    const uint8x16x4_t low = vld1q_u8_x4(octets);
    const uint8x16x4_t high = vld1q_u8_x4(octets + 4 * width);
    return {low.val[0],  low.val[1],  low.val[2],  low.val[3],
            high.val[0], high.val[1], high.val[2], high.val[3]};
}

// Whether all lanes of the first `size` octets are ASCII. The top bits of eight vectors fit into one, so that
// only one is cut to size: each shift inserts those of the next below the bits that are there.
WSPC_INLINE bool is_ascii(const slot_text& text, std::size_t size) noexcept {
    const auto four = [&text](std::size_t i) {
        const uint8x16_t two = vsriq_n_u8(text.at[i], text.at[i + 1], 1);
        return vsriq_n_u8(vsriq_n_u8(two, text.at[i + 2], 2), text.at[i + 3], 3);
    };
    const vec signs = vsriq_n_u8(four(0), four(4), 4);
    return !any(signs & vec::load_unaligned(slot_lanes.at + scratch_size - size));
}

#else

WSPC_INLINE slot_text load_slot(const std::byte* from) noexcept {
    slot_text text;
    for (std::size_t i = 0; i < slot_vectors; ++i) text.at[i] = load(from + i * width);
    return text;
}

// Whether all lanes of the first `size` octets are ASCII.
WSPC_INLINE bool is_ascii(const slot_text& text, std::size_t size) noexcept {
    vec seen = zero();
    for (std::size_t i = 0; i < slot_vectors; ++i) seen |= text.at[i] & within(size, i);
    return !any_high(seen);
}

#endif

template <bool check_utf8>
WSPC_INLINE bool unmask_inside(std::byte* slot, const std::byte* from, std::size_t size, std::uint32_t key,
                               bool text) noexcept {
    const vec wide_key = spread(key);
    slot_text unmasked;
    for (std::size_t i = 0; i < slot_vectors; ++i) {
        unmasked.at[i] = load(from + i * width) ^ wide_key;
        if constexpr (!loads_first) store(slot + i * width, unmasked.at[i]);
    }
    if constexpr (loads_first)
        for (std::size_t i = 0; i < slot_vectors; ++i) store(slot + i * width, unmasked.at[i]);
    return check_utf8 && text && is_ascii(unmasked, size);
}

// A payload of fewer than 32 octets at the end of the fed bytes, which is all that there is when each read
// brings one small frame. By words: octets that were written just now by words or short vectors are at hand
// for loads that are not wider, while a wider one waits until they have gone to the cache.
template <bool check_utf8>
WSPC_INLINE bool unmask_last(std::byte* slot, const std::byte* from, std::size_t size,
                             std::uint32_t key) noexcept {
    const std::uint64_t seen = mask_short(slot, from, size, key);
    return check_utf8 && (seen & sign_bits) == 0;
}

template <bool check_utf8>
WSPC_INLINE bool unmask_at_end(std::byte* slot, const std::byte* from, std::size_t size,
                               std::uint32_t key) noexcept {
#if defined(__aarch64__)
    if (fits_two_ends(size)) {
        const two_ends text = masked(load_two_ends(from, size), size, key);
        store_two_ends(slot, size, text);
        return check_utf8 && !any_high(text);
    }
    if (size - width < width) {
        // Seven tenths of the instructions that it takes by words, as unmask_last() does it.
        const vec head = load(from) ^ spread(key);
        const vec tail = load(from + size - width) ^ spread(rotated(key, size));
        store(slot, head);
        store(slot + size - width, tail);
        return check_utf8 && !any_high(head | tail);
    }
#endif
    if (size < 32) return unmask_last<check_utf8>(slot, from, size, key);
    const vec seen = take_clamped<true>(slot, from, size, key);
    return check_utf8 && !any_high(seen);
}

WSPC_INLINE bool short_is_ascii(const std::byte* bytes, std::size_t size, std::size_t behind) noexcept {
    if (behind >= scratch_size) return is_ascii(load_slot(bytes), size);
    if (size >= width) return !any_high(take_clamped<false>(nullptr, bytes, size, 0));
    return !any_high(load_prefix(bytes, size));
}

#endif

// A whole text: behind it stand zeros, which make a character that is cut short a fault. Hence one
// vector more than the text fills. Not inlined: ASCII has no use for the registers that this takes.
WSPC_NOINLINE bool slot_is_utf8(const std::byte* slot, std::size_t size) noexcept {
    left_behind left = behind_ascii();
    verdict found = no_fault();
    for (std::size_t i = 0; i * width <= size; ++i)
        found |= find_faults(load(slot + i * width) & within(size, i), left);
    return !any_fault(found);
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
