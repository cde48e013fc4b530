// SPDX-License-Identifier: Apache-2.0
#include "authority.hpp"

#include <algorithm>
#include <cstddef>

#include "text.hpp"

namespace wspc {
inline namespace v0 {
namespace {

// RFC 3986 3.2.2: four decimal octets without leading zeros.
bool is_ipv4(std::string_view text) noexcept {
    for (int part = 0; part < 4; ++part) {
        std::size_t size = 0;
        unsigned value = 0;
        while (size < text.size() && size < 3 && is_digit(text[size]))
            value = value * 10 + static_cast<unsigned>(text[size++] - '0');
        count_steps(size + 1);
        if (size == 0 || value > 255 || (size > 1 && text.front() == '0')) return false;
        text.remove_prefix(size);
        if (part == 3) return text.empty();
        if (text.empty() || text.front() != '.') return false;
        text.remove_prefix(1);
    }
    return false;
}

// RFC 3986 3.2.2: eight groups of one to four hexadecimal digits; one "::" stands for one or more
// groups of zeros; an IPv4 address may stand for the last two groups. Zone identifiers (RFC 6874)
// mean nothing to the other side.
bool is_ipv6(std::string_view text) noexcept {
    int groups = 0;
    bool gap = false;
    if (text.starts_with("::")) {
        gap = true;
        text.remove_prefix(2);
    }
    while (!text.empty() && groups <= 8) {
        if (is_ipv4(text)) {
            groups += 2;
            break;
        }
        std::size_t size = 0;
        while (size < text.size() && size < 4 && is_hex_digit(text[size])) ++size;
        count_steps(size + 1);
        if (size == 0) return false;
        ++groups;
        text.remove_prefix(size);
        if (text.empty()) break;
        if (text.starts_with("::")) {
            if (gap) return false;
            gap = true;
            text.remove_prefix(2);
        } else {
            if (text.front() != ':' || text.size() == 1) return false;
            text.remove_prefix(1);
        }
    }
    return gap ? groups <= 7 : groups == 8;
}

// RFC 3986 3.2.2: what may stand between brackets. IPvFuture has no meaning that anyone could
// connect to, but its grammar is fixed.
bool is_ip_literal(std::string_view text) noexcept {
    if (text.empty() || (text.front() != 'v' && text.front() != 'V')) return is_ipv6(text);
    count_steps(2 * text.size());
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
    const std::string_view version = front(behind(text, 1), dot - 1), address = behind(text, dot + 1);
    return std::all_of(version.begin(), version.end(), is_hex_digit) &&
           std::all_of(address.begin(), address.end(), [](char c) { return is_in(c, reg_name) || c == ':'; });
}

// RFC 3986 3.2.3: any number of digits, also none; as a number it has to fit TCP.
bool parse_port(std::string_view digits, std::optional<std::uint16_t>& port) noexcept {
    count_steps(digits.size());
    std::uint32_t number = 0;
    for (const char c : digits) {
        if (!is_digit(c)) return false;
        number = number * 10 + static_cast<std::uint32_t>(c - '0');
        if (number > 65535) return false;
    }
    // RFC 3986 6.2.3: a colon without digits means the default.
    if (!digits.empty()) port = static_cast<std::uint16_t>(number);
    return true;
}

}  // namespace

std::optional<authority> parse_authority(std::string_view text) noexcept {
    count_steps(text.size() + 1);
    authority parts;
    if (text.starts_with('[')) {
        // The colons of an IPv6 address stand inside its brackets.
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return {};
        if (!is_ip_literal(front(behind(text, 1), bracket - 1))) return {};
        parts.host = front(text, bracket + 1);
    } else {
        parts.host = front(text, text.find(':'));
        // RFC 9110 4.2.1, RFC 6455 3: a host is there, and no user information, so that "@" can be
        // no part of this.
        if (parts.host.empty() || !all_or_encoded(parts.host, reg_name)) return {};
    }
    const std::string_view rest = behind(text, parts.host.size());
    if (rest.empty()) return parts;
    if (rest.front() != ':' || !parse_port(behind(rest, 1), parts.port)) return {};
    return parts;
}

bool is_scheme(std::string_view text) noexcept {
    count_steps(text.size());
    const auto fits = [](char c) { return is_alpha(c) || is_digit(c) || is_one_of(c, "+-."); };
    return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), fits);
}

}  // namespace v0
}  // namespace wspc
