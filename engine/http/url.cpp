// SPDX-License-Identifier: Apache-2.0
// ws:// and wss:// URLs: RFC 6455 3 says which parts there are, RFC 3986 how each is written.
#include <wspc/url.hpp>

#include <algorithm>
#include <cstddef>

#include "authority.hpp"
#include "characters.hpp"

namespace wspc {
inline namespace v0 {

using namespace characters;

namespace {

// RFC 3986 3.2.2: four decimal octets without leading zeros.
bool is_ipv4(std::string_view text) noexcept {
    for (int part = 0; part < 4; ++part) {
        std::size_t size = 0;
        unsigned value = 0;
        while (size < text.size() && size < 3 && is(text[size], digit))
            value = value * 10 + static_cast<unsigned>(text[size++] - '0');
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
    while (!text.empty()) {
        if (is_ipv4(text)) {
            groups += 2;
            break;
        }
        std::size_t size = 0;
        while (size < text.size() && size < 4 && is(text[size], hexadecimal)) ++size;
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
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
    if (!all(front(behind(text, 1), dot - 1), hexadecimal)) return false;
    for (const char c : behind(text, dot + 1))
        if (!is(c, reg_name) && c != ':') return false;
    return true;
}

// RFC 3986 3.2.3: any number of digits, also none; as a number it has to fit TCP.
bool read_port(std::string_view digits, std::uint16_t& port) noexcept {
    std::uint32_t value = 0;
    for (const char c : digits) {
        if (!is(c, digit)) return false;
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
        if (value > 65535) return false;
    }
    port = static_cast<std::uint16_t>(value);
    return true;
}

// RFC 3986 3.1.
bool is_scheme(std::string_view text) noexcept {
    if (text.empty() || !is(text.front(), alpha)) return false;
    for (const char c : text)
        if (!is(c, alpha | digit) && c != '+' && c != '-' && c != '.') return false;
    return true;
}

}  // namespace

bool parse_authority(std::string_view text, authority& parts) noexcept {
    parts = {};
    std::size_t host_end = 0;
    if (!text.empty() && text.front() == '[') {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return false;
        parts.host = front(behind(text, 1), bracket - 1);
        if (!is_ip_literal(parts.host)) return false;
        host_end = bracket + 1;
    } else {
        host_end = text.find(':');
        if (host_end == std::string_view::npos) host_end = text.size();
        parts.host = front(text, host_end);
        // RFC 6455 3 has no user information, so that "@" can be no part of this.
        if (parts.host.empty() || !all_or_encoded(parts.host, reg_name)) return false;
    }
    parts.host_with_brackets = front(text, host_end);
    const std::string_view rest = behind(text, host_end);
    if (rest.empty()) return true;
    if (rest.front() != ':') return false;
    parts.port_named = rest.size() > 1;
    return read_port(behind(rest, 1), parts.port);
}

result<url> parse_url(std::string_view text) noexcept {
    const auto invalid = [](error why) { return result<url>{{}, why}; };
    const std::size_t colon = text.find(':');
    const std::string_view scheme = front(text, colon);
    if (colon == std::string_view::npos || !is_scheme(scheme)) return invalid(error::url_invalid);
    url found;
    found.secure = equal_ignoring_case(scheme, "wss");
    if (!found.secure && !equal_ignoring_case(scheme, "ws")) return invalid(error::url_scheme_unknown);
    text.remove_prefix(colon + 1);
    if (!text.starts_with("//")) return invalid(error::url_invalid);
    text.remove_prefix(2);

    const std::size_t authority_size = std::min(text.find_first_of("/?#"), text.size());
    authority parts;
    if (!parse_authority(front(text, authority_size), parts)) return invalid(error::url_invalid);
    found.host = parts.host;
    const std::uint16_t default_port = found.secure ? 443 : 80;
    found.port = parts.port_named ? parts.port : default_port;
    found.host_header = found.port == default_port ? parts.host_with_brackets : front(text, authority_size);
    text.remove_prefix(authority_size);

    const std::size_t hash = text.find('#');
    const std::string_view resource = front(text, hash);
    if (!all_or_encoded(resource, path_query)) return invalid(error::url_invalid);
    // RFC 6455 3: a fragment means nothing here and is an error, even an empty one.
    if (hash != std::string_view::npos) return invalid(error::url_fragment);
    const std::size_t question = resource.find('?');
    found.path = front(resource, question);
    // RFC 6455 3: "/" if the path is empty, and "?" only before a query that is not.
    if (found.path.empty()) found.path = "/";
    if (question != std::string_view::npos) found.query = behind(resource, question + 1);
    return {found, error::none};
}

}  // namespace v0
}  // namespace wspc
