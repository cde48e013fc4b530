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

// Bit 7 where a third or fourth octet is due: E0.. stands two before, or F0.. three before.
WSPC_INLINE vec is_due(vec current, vec before) noexcept {
    const vec third = xsimd::ssub(prev<2>(current, before), vec(std::uint8_t{0xE0 - 0x80}));
    const vec fourth = xsimd::ssub(prev<3>(current, before), vec(std::uint8_t{0xF0 - 0x80}));
    return (third | fourth) & vec(std::uint8_t{0x80});
}

// What a vector leaves to be judged with the next one. find_faults() gives the faults of `current` after what
// was left, and leaves what `current` does; a character that `current` leaves open is no fault yet.
#if defined(__AVX512BW__)

// The octets: prev() is two operations of which one is shared, and three sets are intersected in one.
struct left_behind {
    vec octets;
};
WSPC_INLINE left_behind behind(vec octets) noexcept { return {octets}; }

WSPC_INLINE verdict find_faults(vec current, left_behind& left) noexcept {
    const vec first = prev<1>(current, left.octets);
    const vec pairs = lookup16(repeat(by_first_high), high_nibbles(first)) &
                      lookup16(repeat(by_first_low), low_nibbles(first)) &
                      lookup16(repeat(by_second_high), high_nibbles(current));
    const vec due = is_due(current, left.octets);
    left = {current};
    return pairs ^ due;
}

#else

// The octets, and what each allows as the first of a pair: so no octet's upper nibble is taken twice.
struct left_behind {
    vec octets;
    vec firsts;
};
WSPC_INLINE vec as_firsts(vec octets, vec high) noexcept {
    return lookup16(repeat(by_first_high), high) & lookup16(repeat(by_first_low), low_nibbles(octets));
}
WSPC_INLINE left_behind behind(vec octets) noexcept {
    return {octets, as_firsts(octets, high_nibbles(octets))};
}

WSPC_INLINE verdict find_faults(vec current, left_behind& left) noexcept {
    const vec high = high_nibbles(current);
    const vec firsts = as_firsts(current, high);
    const vec pairs = prev<1>(firsts, left.firsts) & lookup16(repeat(by_second_high), high);
    const vec due = is_due(current, left.octets);
    left = {current, firsts};
    return pairs ^ due;
}

#endif

// What every vector of ASCII leaves, as far as faults can tell, and what stands before the front of a text.
WSPC_INLINE left_behind behind_ascii() noexcept { return behind(zero()); }

// The greatest octet of each lane that leaves no character open behind the vector: no lead of four octets in
// the last lane but two, of three in the last but one, of two in the last.
struct alignas(width) octets_of_lanes {
    std::uint8_t at[width];
};
constexpr octets_of_lanes make_greatest_at_end() noexcept {
    octets_of_lanes made{};
    for (std::uint8_t& lane : made.at) lane = 0xFF;
    made.at[width - 3] = 0xEF;
    made.at[width - 2] = 0xDF;
    made.at[width - 1] = 0xBF;
    return made;
}
constexpr octets_of_lanes greatest_at_end = make_greatest_at_end();

// Lanes that are not zero begin a character that the vector does not end.
WSPC_INLINE verdict find_cut(vec text) noexcept {
    return xsimd::ssub(text, vec::load_aligned(greatest_at_end.at));
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
