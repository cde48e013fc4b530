// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation (RFC 3629, as RFC 6455 8.1 demands it): of whole texts, and of texts that
// arrive in pieces cut anywhere, failing at the first octet that decides it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace wspc {
inline namespace v0 {

// What may follow the octets seen so far. The ranges are Table 3-7 of the Unicode Standard, which
// is what makes a wrong *second* octet fail at once: E0 must not be followed by 80..9F, and so on.
enum class utf8_state : std::uint8_t {
    accept = 0,  // at the border of two characters
    one_more,    // 80..BF, then accept
    two_more,    // 80..BF, then one_more
    three_more,  // 80..BF, then two_more
    after_e0,    // A0..BF, then one_more: no overlong forms
    after_ed,    // 80..9F, then one_more: no surrogates
    after_f0,    // 90..BF, then two_more: no overlong forms
    after_f4,    // 80..8F, then two_more: nothing above U+10FFFF
    reject,      // no continuation can make the text valid
};

// How many octets the character that has begun still lacks; 0 for accept and reject.
[[nodiscard]] constexpr std::size_t missing(utf8_state state) noexcept {
    switch (state) {
        case utf8_state::accept:
        case utf8_state::reject: return 0;
        case utf8_state::one_more: return 1;
        case utf8_state::two_more:
        case utf8_state::after_e0:
        case utf8_state::after_ed: return 2;
        case utf8_state::three_more:
        case utf8_state::after_f0:
        case utf8_state::after_f4: return 3;
    }
    return 0;
}

// Whether `text` is valid and ends at the border of a character.
[[nodiscard]] bool is_utf8(std::span<const std::byte> text) noexcept;

// Goes on validating a text with its next piece; start with accept. The text as a whole is valid
// if the state after the last piece is accept.
[[nodiscard]] utf8_state validate(std::span<const std::byte> piece, utf8_state state) noexcept;

// The index of the first octet of `piece` that makes the text invalid, or piece.size() if none
// does. With `following`, the number of octets that will follow the piece before the text ends, it
// is also an error to begin a character that those cannot complete.
[[nodiscard]] std::size_t first_invalid(std::span<const std::byte> piece, utf8_state state,
                                        std::uint64_t following = UINT64_MAX) noexcept;

}  // namespace v0
}  // namespace wspc
