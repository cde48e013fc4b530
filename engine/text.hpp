// SPDX-License-Identifier: Apache-2.0
// The characters of HTTP and the few things the handshake does with them. Every loop over input
// goes through count_steps(), so that a test can show that work is linear without a clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

inline constexpr auto token_characters = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        const char character = static_cast<char>(c);
        // RFC 9110 5.6.2, tchar.
        table[c] = is_alpha(character) || is_digit(character) || is_one_of(character, "!#$%&'*+-.^_`|~");
    }
    return table;
}();

constexpr bool is_tchar(char c) noexcept { return token_characters[static_cast<unsigned char>(c)]; }

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// std::string_view::substr() can throw, which a library without exceptions must not even mention.
// `count` is at most the size.
constexpr std::string_view front(std::string_view text, std::size_t count) noexcept {
    return {text.data(), count};
}
constexpr std::string_view behind(std::string_view text, std::size_t count) noexcept {
    text.remove_prefix(count);
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

}  // namespace v0
}  // namespace wspc
