// SPDX-License-Identifier: Apache-2.0
// Octets as tests write them down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wspc::test {

using bytes = std::vector<std::byte>;

[[nodiscard]] inline bytes octets(std::initializer_list<unsigned> values) {
    bytes made;
    for (const unsigned value : values) made.push_back(static_cast<std::byte>(value));
    return made;
}

[[nodiscard]] inline bytes text_bytes(std::string_view text) {
    bytes made;
    for (const char c : text) made.push_back(static_cast<std::byte>(c));
    return made;
}

// `size` octets of which no two neighbours are equal, so that a byte in the wrong place shows.
[[nodiscard]] inline bytes counted_bytes(std::size_t size, unsigned start = 0) {
    bytes made(size);
    for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<std::byte>((start + i * 7) & 0xff);
    return made;
}

[[nodiscard]] inline bytes to_bytes(std::span<const std::byte> span) { return {span.begin(), span.end()}; }

inline bytes& operator+=(bytes& left, const bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

[[nodiscard]] inline bytes operator+(bytes left, const bytes& right) {
    left += right;
    return left;
}

// For messages of failing tests; the middle of long ones is left out.
[[nodiscard]] inline std::string to_hex(std::span<const std::byte> span) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string made;
    for (std::size_t i = 0; i < span.size(); ++i) {
        if (span.size() > 400 && i == 300) {
            made += "... ";
            i = span.size() - 100;
        }
        const auto value = std::to_integer<unsigned>(span[i]);
        made += digits[value >> 4];
        made += digits[value & 15];
        made += ' ';
    }
    return made + "(" + std::to_string(span.size()) + ")";
}

}  // namespace wspc::test
