// SPDX-License-Identifier: Apache-2.0
// The few vector operations that xsimd 8.1 lacks, for each instruction set by its own intrinsics:
// table lookup, a block shifted by bytes of the one before, tests of all lanes, partial loads.
#pragma once

#include <xsimd/xsimd.hpp>

#if defined(__aarch64__)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#include "words.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

using isa = xsimd::WSPC_ARCH;
using vec = xsimd::batch<std::uint8_t, isa>;
constexpr std::size_t width = vec::size;

WSPC_INLINE vec load(const std::byte* from) noexcept {
    return vec::load_unaligned(reinterpret_cast<const std::uint8_t*>(from));
}

WSPC_INLINE void store(std::byte* to, vec value) noexcept {
    value.store_unaligned(reinterpret_cast<std::uint8_t*>(to));
}

// (xsimd's bitwise_cast is a call on NEON, through a table of functions.)
WSPC_INLINE vec spread(std::uint32_t key) noexcept {
#if defined(__aarch64__)
    return vreinterpretq_u8_u32(vdupq_n_u32(key));
#else
    return xsimd::bitwise_cast<vec>(xsimd::batch<std::uint32_t, isa>(key));
#endif
}

WSPC_INLINE vec zero() noexcept { return vec(std::uint8_t{0}); }

// Indices for lookup16 by the upper or the lower nibble of each lane. uint8 shifts cost two operations more
// on x86.
#if defined(__AVX512VBMI__)
// Its lookup takes six bits of an index, and in a table that is repeated four times only four of them matter.
WSPC_INLINE vec high_nibbles(vec value) noexcept { return _mm512_srli_epi16(value, 4); }
WSPC_INLINE vec low_nibbles(vec value) noexcept { return value; }
#elif defined(__aarch64__)
WSPC_INLINE vec high_nibbles(vec value) noexcept { return vshrq_n_u8(value, 4); }
WSPC_INLINE vec low_nibbles(vec value) noexcept { return value & vec(std::uint8_t{0x0F}); }
#else
WSPC_INLINE vec high_nibbles(vec value) noexcept {
    const auto wide = xsimd::bitwise_cast<xsimd::batch<std::uint16_t, isa>>(value);
    return xsimd::bitwise_cast<vec>(wide >> 4) & vec(std::uint8_t{0x0F});
}
WSPC_INLINE vec low_nibbles(vec value) noexcept { return value & vec(std::uint8_t{0x0F}); }
#endif

// A table of 16 entries, repeated in every 128 bits, as lookup16 wants it.
struct alignas(16) table16 {
    std::uint8_t at[16];
};

// 128 octets of ones and 128 of zeros: a load at 128 - n gives a vector with n lanes set.
struct ones_then_zeros {
    std::uint8_t at[256];
};
constexpr ones_then_zeros make_ones_then_zeros() noexcept {
    ones_then_zeros made{};
    for (int i = 0; i < 128; ++i) made.at[i] = 0xFF;
    return made;
}
alignas(64) constexpr ones_then_zeros ones = make_ones_then_zeros();

// Ones in the lanes of vector number `index` that belong to the first `size` ≤ 128 octets.
WSPC_INLINE vec within(std::size_t size, std::size_t index) noexcept {
    return vec::load_unaligned(ones.at + 128 - size + index * width);
}

#if defined(__AVX512BW__)

WSPC_INLINE vec repeat(const table16& table) noexcept {
    return _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(table.at)));
}
// Lane i is table[index[i]]; indices are what high_nibbles() and low_nibbles() give.
WSPC_INLINE vec lookup16(vec table, vec index) noexcept {
#if defined(__AVX512VBMI__)
    return _mm512_permutexvar_epi8(index, table);
#else
    return _mm512_shuffle_epi8(table, index);
#endif
}

// Lane i is the octet n before it in the stream, which may lie in the block before.
template <int n>
WSPC_INLINE vec prev(vec current, vec before) noexcept {
    const __m512i shifted = _mm512_alignr_epi32(current, before, 12);
    return _mm512_alignr_epi8(current, shifted, 16 - n);
}

// Whether any lane has its top bit set: for text, whether it is not ASCII.
WSPC_INLINE bool any_high(vec value) noexcept { return _mm512_movepi8_mask(value) != 0; }
WSPC_INLINE bool any(vec value) noexcept { return _mm512_test_epi32_mask(value, value) != 0; }

WSPC_INLINE __mmask64 lanes_below(std::size_t size) noexcept {
    return _bzhi_u64(~0ull, static_cast<unsigned>(size));
}

// The first `size` ≤ width octets and zeros; touches no octet behind them.
WSPC_INLINE vec load_prefix(const std::byte* from, std::size_t size) noexcept {
    return _mm512_maskz_loadu_epi8(lanes_below(size), from);
}

#else

// Fewer than 16 octets as two words, zeros behind them, without touching more: for each size class
// two loads that overlap in the middle, where OR makes one of two equal octets.
struct two_words {
    std::uint64_t low, high;
};
WSPC_INLINE two_words load_short(const std::byte* from, std::size_t size) noexcept {
    if (size >= 8) {
        const auto last = load_word<std::uint64_t>(from + size - 8);
        return {load_word<std::uint64_t>(from), last >> 1 >> (127 - 8 * size)};
    }
    if (size >= 4) {
        const std::uint64_t last = load_word<std::uint32_t>(from + size - 4);
        return {load_word<std::uint32_t>(from) | last << (8 * size - 32), 0};
    }
    if (size == 0) return {0, 0};
    const auto octet = [from](std::size_t i) { return static_cast<std::uint64_t>(from[i]) << (8 * i); };
    return {octet(0) | octet(size / 2) | octet(size - 1), 0};
}

#if defined(__AVX2__)

WSPC_INLINE vec repeat(const table16& table) noexcept {
    return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table.at)));
}
WSPC_INLINE vec lookup16(vec table, vec index) noexcept { return _mm256_shuffle_epi8(table, index); }

template <int n>
WSPC_INLINE vec prev(vec current, vec before) noexcept {
    const __m256i shifted = _mm256_permute2x128_si256(before, current, 0x21);
    return _mm256_alignr_epi8(current, shifted, 16 - n);
}

WSPC_INLINE bool any_high(vec value) noexcept { return _mm256_movemask_epi8(value) != 0; }
WSPC_INLINE bool any(vec value) noexcept { return _mm256_testz_si256(value, value) == 0; }

// Indices that move a 16-octet vector down by as many lanes as the load is moved up.
alignas(32) constexpr std::uint8_t slide[32] = {
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   15,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

WSPC_INLINE __m128i load16(const void* from) noexcept {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

WSPC_INLINE vec load_prefix(const std::byte* from, std::size_t size) noexcept {
    if (size < 16) {
        const two_words words = load_short(from, size);
        const auto low = static_cast<long long>(words.low);
        const auto high = static_cast<long long>(words.high);
        return _mm256_zextsi128_si256(_mm_set_epi64x(high, low));
    }
    const __m128i last = _mm_shuffle_epi8(load16(from + size - 16), load16(slide + 32 - size));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load16(from)), last, 1);
}

#elif defined(__SSE4_2__)

WSPC_INLINE vec repeat(const table16& table) noexcept {
    return _mm_load_si128(reinterpret_cast<const __m128i*>(table.at));
}
WSPC_INLINE vec lookup16(vec table, vec index) noexcept { return _mm_shuffle_epi8(table, index); }

template <int n>
WSPC_INLINE vec prev(vec current, vec before) noexcept {
    return _mm_alignr_epi8(current, before, 16 - n);
}

WSPC_INLINE bool any_high(vec value) noexcept { return _mm_movemask_epi8(value) != 0; }
WSPC_INLINE bool any(vec value) noexcept { return _mm_testz_si128(value, value) == 0; }

WSPC_INLINE vec load_prefix(const std::byte* from, std::size_t size) noexcept {
    if (size == width) return load(from);
    const two_words words = load_short(from, size);
    return _mm_set_epi64x(static_cast<long long>(words.high), static_cast<long long>(words.low));
}

#elif defined(__aarch64__)

WSPC_INLINE vec repeat(const table16& table) noexcept { return vld1q_u8(table.at); }
WSPC_INLINE vec lookup16(vec table, vec index) noexcept { return vqtbl1q_u8(table, index); }

template <int n>
WSPC_INLINE vec prev(vec current, vec before) noexcept {
    return vextq_u8(before, current, 16 - n);
}

WSPC_INLINE bool any_high(vec value) noexcept { return vmaxvq_u8(value) >= 0x80; }
WSPC_INLINE bool any(vec value) noexcept { return vmaxvq_u8(value) != 0; }

WSPC_INLINE vec load_prefix(const std::byte* from, std::size_t size) noexcept {
    if (size == width) return load(from);
    const two_words words = load_short(from, size);
    return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(words.low), vcreate_u64(words.high)));
}

#endif

// Two to four vectors at once, without a loop and without a branch on the size: two from the front and two
// that end with the octets. All are loaded before any is stored, as in mask_long().
//
//     |--- 0 ---|--- 1 ---|         |
//               |--- 2 ---|--- 3 ---|
struct two_ends {
    vec at[4];
};
constexpr bool fits_two_ends(std::size_t size) noexcept { return size - 2 * width <= 2 * width; }

WSPC_INLINE two_ends load_two_ends(const std::byte* from, std::size_t size) noexcept {
    const std::byte* const end = from + size;
    return {load(from), load(from + width), load(end - 2 * width), load(end - width)};
}

WSPC_INLINE two_ends masked(two_ends text, std::size_t size, std::uint32_t key) noexcept {
    const vec first = spread(key);
    const vec last = spread(rotated(key, size));
    return {text.at[0] ^ first, text.at[1] ^ first, text.at[2] ^ last, text.at[3] ^ last};
}

WSPC_INLINE void store_two_ends(std::byte* to, std::size_t size, const two_ends& text) noexcept {
    std::byte* const end = to + size;
    store(to, text.at[0]);
    store(to + width, text.at[1]);
    store(end - 2 * width, text.at[2]);
    store(end - width, text.at[3]);
}

WSPC_INLINE bool any_high(const two_ends& text) noexcept {
    return any_high((text.at[0] | text.at[1]) | (text.at[2] | text.at[3]));
}

#endif

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
