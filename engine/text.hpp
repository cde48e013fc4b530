// SPDX-License-Identifier: Apache-2.0
// The characters of HTTP and of URIs, and the few things that are done with them. Every loop over
// input goes through count_steps(), so that a test can show that work is linear without a clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace wspc {
inline namespace v0 {

#ifdef WSPC_COUNT_STEPS
extern std::uint64_t steps;
inline void count_steps(std::size_t count) noexcept { steps += count; }
#else
inline void count_steps(std::size_t) noexcept {}
#endif

constexpr bool is_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
constexpr bool is_control_character(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
}
// VCHAR (RFC 5234 B.1): visible ASCII.
constexpr bool is_visible(char c) noexcept { return c > 0x20 && c < 0x7F; }

constexpr bool is_one_of(char c, std::string_view set) noexcept {
    return set.find(c) != std::string_view::npos;
}

// The classes that are more than a comparison or two, as bits of one table.
inline constexpr std::uint8_t tchar = 1;       // RFC 9110 5.6.2
inline constexpr std::uint8_t reg_name = 2;    // RFC 3986 3.2.2: unreserved, sub-delims
inline constexpr std::uint8_t path_query = 4;  // RFC 3986 3.3, 3.4: pchar, '/', '?'

inline constexpr auto character_classes = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        const bool common = is_alpha(c) || is_digit(c);
        unsigned bits = 0;
        if (common || is_one_of(c, "!#$%&'*+-.^_`|~")) bits |= tchar;
        if (common || is_one_of(c, "-._~!$&'()*+,;=")) bits |= reg_name | path_query;
        if (is_one_of(c, ":@/?")) bits |= path_query;
        table[i] = static_cast<std::uint8_t>(bits);
    }
    return table;
}();

constexpr bool is_in(char c, std::uint8_t character_class) noexcept {
    return (character_classes[static_cast<unsigned char>(c)] & character_class) != 0;
}
constexpr bool is_tchar(char c) noexcept { return is_in(c, tchar); }

// Whether all of `text` is of the class, except that RFC 3986 2.1 lets "%" and two hexadecimal
// digits stand anywhere.
inline bool all_or_encoded(std::string_view text, std::uint8_t character_class) noexcept {
    count_steps(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_in(text[i], character_class)) continue;
        if (text[i] != '%' || text.size() - i < 3) return false;
        if (!is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
        i += 2;
    }
    return true;
}

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// std::string_view::substr() can throw, which a library without exceptions must not even mention.
// Counts beyond the end mean the end, npos too.
constexpr std::string_view front(std::string_view text, std::size_t count) noexcept {
    return {text.data(), count < text.size() ? count : text.size()};
}
constexpr std::string_view behind(std::string_view text, std::size_t count) noexcept {
    text.remove_prefix(count < text.size() ? count : text.size());
    return text;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    count_steps(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

inline void skip_blanks(std::string_view& text) noexcept {
    std::size_t count = 0;
    while (count < text.size() && is_blank(text[count])) ++count;
    count_steps(count + 1);
    text.remove_prefix(count);
}

// RFC 9110 5.5: blanks around a field's value are no part of it.
inline std::string_view trim(std::string_view text) noexcept {
    skip_blanks(text);
    std::size_t size = text.size();
    while (size > 0 && is_blank(text[size - 1])) --size;
    count_steps(text.size() - size + 1);
    return front(text, size);
}

// Takes the token at the front of `text`; empty if there is none.
inline std::string_view take_token(std::string_view& text) noexcept {
    std::size_t size = 0;
    while (size < text.size() && is_tchar(text[size])) ++size;
    count_steps(size + 1);
    const std::string_view token = front(text, size);
    text.remove_prefix(size);
    return token;
}

// Views may overlap, so that their sizes can add up to more than there is memory; the sum then stays
// at what no memory has.
constexpr std::size_t saturated_sum(std::size_t a, std::size_t b) noexcept {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    return b > most - a ? most : a + b;
}

}  // namespace v0
}  // namespace wspc
