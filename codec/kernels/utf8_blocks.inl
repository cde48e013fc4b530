// SPDX-License-Identifier: Apache-2.0
// Which octets of a block make UTF-8 invalid, by table lookup: John Keiser and Daniel Lemire,
// "Validating UTF-8 In Less Than One Instruction Per Byte", Software: Practice and Experience 51
// (2021), with tables derived here from a list of what is forbidden.
#pragma once

#include "shim.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

#if !defined(__AVX512VBMI__)

// Every fault but one shows in two neighbouring octets, more exactly in three of their nibbles:
//
//      before        current
//     +----+----+   +----+----+
//     | hi | lo |   | hi |    |        E0 9x: hi = E, lo = 0, hi = 8 or 9 is overlong
//     +----+----+   +----+----+
//       |    |        |
//      table table   table             each names the faults that its nibble allows;
//        \    |     /
//          AND                         what all three allow has happened
//
// A fault is a product of three sets of nibbles, written as 16-bit sets with bit n for nibble n.
struct fault {
    std::uint16_t first_high, first_low, second_high;
};
constexpr std::uint16_t nibbles(unsigned from, unsigned to) noexcept {
    return static_cast<std::uint16_t>((2u << to) - (1u << from));
}
constexpr std::uint16_t any_nibble = nibbles(0x0, 0xF);
constexpr std::uint16_t continuation = nibbles(0x8, 0xB);
constexpr std::uint16_t other = any_nibble ^ continuation;

constexpr fault faults[8] = {
    {nibbles(0xC, 0xF), any_nibble, other},                     // a lead without continuation
    {nibbles(0x0, 0x7), any_nibble, continuation},              // a continuation without lead
    {nibbles(0xC, 0xC), nibbles(0x0, 0x1), continuation},       // C0, C1: overlong
    {nibbles(0xE, 0xE), nibbles(0x0, 0x0), nibbles(0x8, 0x9)},  // E0 80..9F: overlong
    {nibbles(0xE, 0xE), nibbles(0xD, 0xD), nibbles(0xA, 0xB)},  // ED A0..BF: surrogates
    {nibbles(0xF, 0xF), nibbles(0x4, 0xF), nibbles(0x9, 0xB)},  // above U+10FFFF
    {nibbles(0xF, 0xF), nibbles(0x0, 0x0) | nibbles(0x5, 0xF), nibbles(0x8, 0x8)},  // F0 8x, F5.. 8x
    // Two continuations are right as third and fourth octets only: bit 7 meets the test below.
    {continuation, any_nibble, continuation},
};

constexpr table16 make_table(std::uint16_t fault::*set) noexcept {
    table16 made{};
    for (unsigned nibble = 0; nibble < 16; ++nibble) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            const unsigned allowed = static_cast<unsigned>(faults[bit].*set) >> nibble & 1;
            made.at[nibble] = static_cast<std::uint8_t>(made.at[nibble] | allowed << bit);
        }
    }
    return made;
}
constexpr table16 by_first_high = make_table(&fault::first_high);
constexpr table16 by_first_low = make_table(&fault::first_low);
constexpr table16 by_second_high = make_table(&fault::second_high);

// Lanes that are not zero hold a fault.
using verdict = vec;
WSPC_INLINE verdict no_fault() noexcept { return zero(); }
WSPC_INLINE bool any_fault(verdict found) noexcept { return any(found); }

// The faults of `current`, judged with the octets before it. A character that `current` leaves open
// is no fault yet.
WSPC_INLINE verdict find_faults(vec current, vec before) noexcept {
    const vec first = prev<1>(current, before);
    const vec pairs = lookup16(repeat(by_first_high), high_nibbles(first)) &
                      lookup16(repeat(by_first_low), first & vec(std::uint8_t{0x0F})) &
                      lookup16(repeat(by_second_high), high_nibbles(current));
    // Bit 7 here says that a third or fourth octet is due: E0.. two before, or F0.. three before.
    const vec third = xsimd::ssub(prev<2>(current, before), vec(std::uint8_t{0xE0 - 0x80}));
    const vec fourth = xsimd::ssub(prev<3>(current, before), vec(std::uint8_t{0xF0 - 0x80}));
    return pairs ^ ((third | fourth) & vec(std::uint8_t{0x80}));
}

#else

// With VBMI a lookup takes six bits of each octet as they stand, and 11xxxxxx, 10xxxxxx are exactly
// the leads and the continuations: no nibbles need to be cut out. What remains is the shape (where
// continuations are due), and that is a comparison of bit masks:
//
//     octets         E4 B8 AD 61        cont = where 10xxxxxx stands
//     leads ≥ C0      1  0  0  0  -> due one later   ┐
//     leads ≥ E0      1  0  0  0  -> due two later   ├ OR must equal cont
//     leads ≥ F0      0  0  0  0  -> due three later ┘
struct alignas(64) table64 {
    std::uint8_t at[64];
};

// Faults of a lead and its first continuation.
constexpr unsigned after_e0 = 1, after_ed = 2, after_f0 = 4, after_f4 = 8, never = 16;

constexpr table64 make_leads() noexcept {
    table64 made{};
    made.at[0xC0 & 63] = never;
    made.at[0xC1 & 63] = never;
    made.at[0xE0 & 63] = after_e0;
    made.at[0xED & 63] = after_ed;
    made.at[0xF0 & 63] = after_f0;
    made.at[0xF4 & 63] = after_f4;
    for (unsigned lead = 0xF5; lead <= 0xFF; ++lead) made.at[lead & 63] = never;
    return made;
}
constexpr table64 make_continuations() noexcept {
    table64 made{};
    for (unsigned octet = 0x80; octet <= 0xBF; ++octet) {
        unsigned wrong = never;
        if (octet < 0xA0) wrong |= after_e0;   // overlong
        if (octet >= 0xA0) wrong |= after_ed;  // surrogates
        if (octet < 0x90) wrong |= after_f0;   // overlong
        if (octet >= 0x90) wrong |= after_f4;  // above U+10FFFF
        made.at[octet & 63] = static_cast<std::uint8_t>(wrong);
    }
    return made;
}
constexpr table64 leads = make_leads();
constexpr table64 continuations = make_continuations();

// Bits that are set mark lanes with a fault.
using verdict = __mmask64;
WSPC_INLINE verdict no_fault() noexcept { return 0; }
WSPC_INLINE bool any_fault(verdict found) noexcept { return found != 0; }

WSPC_INLINE __mmask64 at_least(vec value, std::uint8_t bound) noexcept {
    return _mm512_cmpge_epu8_mask(value, _mm512_set1_epi8(static_cast<char>(bound)));
}

WSPC_INLINE verdict find_faults(vec current, vec before) noexcept {
    const vec first = prev<1>(current, before);
    const __mmask64 second_due = at_least(first, 0xC0);
    const __mmask64 third_due = at_least(prev<2>(current, before), 0xE0);
    const __mmask64 fourth_due = at_least(prev<3>(current, before), 0xF0);
    const __mmask64 cont = _mm512_cmplt_epi8_mask(current, _mm512_set1_epi8(static_cast<char>(0xC0)));
    // Where `current` is no continuation the second lookup means nothing, but then the shape is
    // wrong already: no false alarm.
    const __m512i forbids = _mm512_maskz_permutexvar_epi8(second_due, first, _mm512_load_si512(leads.at));
    const __m512i is = _mm512_permutexvar_epi8(current, _mm512_load_si512(continuations.at));
    return ((second_due | third_due | fourth_due) ^ cont) | _mm512_test_epi8_mask(forbids, is);
}

#endif

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
