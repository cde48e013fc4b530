// SPDX-License-Identifier: Apache-2.0
// The character classes of RFC 3986 as one table, and the few rules built from them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wspc {
inline namespace v0 {
namespace characters {

inline constexpr std::uint8_t reg_name = 1;    // RFC 3986 3.2.2: unreserved, sub-delims
inline constexpr std::uint8_t path_query = 2;  // RFC 3986 3.3, 3.4: pchar, '/', '?'
inline constexpr std::uint8_t hexadecimal = 4;
inline constexpr std::uint8_t digit = 8;
inline constexpr std::uint8_t alpha = 16;

consteval std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> classes{};
    const auto mark = [&classes](std::string_view text, unsigned bits) {
        for (const char c : text) {
            auto& entry = classes[static_cast<unsigned char>(c)];
            entry = static_cast<std::uint8_t>(entry | bits);
        }
    };
    mark("0123456789", digit | hexadecimal | reg_name | path_query);
    mark("abcdefABCDEF", hexadecimal);
    mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", alpha | reg_name | path_query);
    mark("-._~!$&'()*+,;=", reg_name | path_query);
    mark(":@/?", path_query);
    return classes;
}

inline constexpr std::array<std::uint8_t, 256> classes = make_classes();

[[nodiscard]] constexpr bool is(char c, unsigned bits) noexcept {
    return (classes[static_cast<unsigned char>(c)] & bits) != 0;
}

[[nodiscard]] constexpr bool all(std::string_view text, unsigned bits) noexcept {
    for (const char c : text)
        if (!is(c, bits)) return false;
    return true;
}

// As `all`, but RFC 3986 2.1 lets "%" and two hexadecimal digits stand anywhere too.
[[nodiscard]] constexpr bool all_or_encoded(std::string_view text, unsigned bits) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is(text[i], bits)) continue;
        if (text[i] != '%' || text.size() - i < 3) return false;
        if (!is(text[i + 1], hexadecimal) || !is(text[i + 2], hexadecimal)) return false;
        i += 2;
    }
    return true;
}

[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

// std::string_view::substr() can throw, which a library without exceptions must not even mention.
// Counts beyond the end mean the end, npos too.
[[nodiscard]] constexpr std::string_view front(std::string_view text, std::size_t count) noexcept {
    return {text.data(), count < text.size() ? count : text.size()};
}
[[nodiscard]] constexpr std::string_view behind(std::string_view text, std::size_t count) noexcept {
    text.remove_prefix(count < text.size() ? count : text.size());
    return text;
}

// Names of headers and schemes are ASCII and compare ignoring case.
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

}  // namespace characters
}  // namespace v0
}  // namespace wspc
