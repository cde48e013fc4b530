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

// The faults of `current`, judged with the octets before it. A character that `current` leaves open
// is no fault yet.
WSPC_INLINE verdict find_faults(vec current, vec before) noexcept {
    const vec first = prev<1>(current, before);
    const vec pairs = lookup16(repeat(by_first_high), high_nibbles(first)) &
                      lookup16(repeat(by_first_low), low_nibbles(first)) &
                      lookup16(repeat(by_second_high), high_nibbles(current));
    // Bit 7 here says that a third or fourth octet is due: E0.. two before, or F0.. three before.
    const vec third = xsimd::ssub(prev<2>(current, before), vec(std::uint8_t{0xE0 - 0x80}));
    const vec fourth = xsimd::ssub(prev<3>(current, before), vec(std::uint8_t{0xF0 - 0x80}));
    return pairs ^ ((third | fourth) & vec(std::uint8_t{0x80}));
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
