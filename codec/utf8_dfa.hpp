// SPDX-License-Identifier: Apache-2.0
// The automaton behind utf8_state, one octet a step. Shared by the kernels, which handle a few
// octets at the ends of a piece with it, by message_reader for pieces of a few octets, and by the search
// for the octet that was wrong.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wspc/utf8.hpp>

namespace wspc {
inline namespace v0 {
// Unnamed in a header on purpose: kernel objects are compiled for other instruction sets, and a
// function with external linkage could be the one copy that the linker keeps for everybody.
namespace {

namespace utf8_dfa {

// Octets that no state tells apart (Unicode Standard, Table 3-7).
enum octet_class : std::uint8_t {
    ascii,   // 00..7F
    low,     // 80..8F
    middle,  // 90..9F
    high,    // A0..BF
    lead2,   // C2..DF
    e0,      // E0
    lead3,   // E1..EC, EE, EF
    ed,      // ED
    f0,      // F0
    lead4,   // F1..F3
    f4,      // F4
    never,   // C0, C1, F5..FF
    classes,
};

constexpr octet_class class_of(unsigned octet) noexcept {
    if (octet < 0x80) return ascii;
    if (octet < 0x90) return low;
    if (octet < 0xA0) return middle;
    if (octet < 0xC0) return high;
    if (octet < 0xC2) return never;
    if (octet < 0xE0) return lead2;
    if (octet < 0xF0) return octet == 0xE0 ? e0 : octet == 0xED ? ed : lead3;
    if (octet > 0xF4) return never;
    return octet == 0xF0 ? f0 : octet == 0xF4 ? f4 : lead4;
}

constexpr utf8_state after_lead(octet_class of) noexcept {
    switch (of) {
        case ascii: return utf8_state::accept;
        case lead2: return utf8_state::one_more;
        case e0: return utf8_state::after_e0;
        case lead3: return utf8_state::two_more;
        case ed: return utf8_state::after_ed;
        case f0: return utf8_state::after_f0;
        case lead4: return utf8_state::three_more;
        case f4: return utf8_state::after_f4;
        case low:
        case middle:
        case high:
        case never:
        case classes: break;
    }
    return utf8_state::reject;
}

constexpr utf8_state transition(utf8_state state, octet_class of) noexcept {
    const bool continues = of == low || of == middle || of == high;
    const auto if_any = [](bool allowed, utf8_state then) { return allowed ? then : utf8_state::reject; };
    switch (state) {
        case utf8_state::accept: return after_lead(of);
        case utf8_state::one_more: return if_any(continues, utf8_state::accept);
        case utf8_state::two_more: return if_any(continues, utf8_state::one_more);
        case utf8_state::three_more: return if_any(continues, utf8_state::two_more);
        case utf8_state::after_e0: return if_any(of == high, utf8_state::one_more);
        case utf8_state::after_ed: return if_any(of == low || of == middle, utf8_state::one_more);
        case utf8_state::after_f0: return if_any(of == middle || of == high, utf8_state::two_more);
        case utf8_state::after_f4: return if_any(of == low, utf8_state::two_more);
        case utf8_state::reject: break;
    }
    return utf8_state::reject;
}

inline constexpr std::size_t states = static_cast<std::size_t>(utf8_state::reject) + 1;

struct tables {
    octet_class of[256];
    utf8_state next[states][classes];
};

constexpr tables make() noexcept {
    tables made{};
    for (unsigned octet = 0; octet < 256; ++octet) made.of[octet] = class_of(octet);
    for (std::size_t state = 0; state < states; ++state) {
        for (std::size_t of = 0; of < classes; ++of) {
            made.next[state][of] = transition(static_cast<utf8_state>(state), static_cast<octet_class>(of));
        }
    }
    return made;
}

constexpr tables table = make();

}  // namespace utf8_dfa

static inline utf8_state utf8_step(utf8_state state, std::byte octet) noexcept {
    return utf8_dfa::table
        .next[static_cast<std::size_t>(state)][utf8_dfa::table.of[static_cast<std::size_t>(octet)]];
}

}  // namespace
}  // namespace v0
}  // namespace wspc
