// SPDX-License-Identifier: Apache-2.0
#include "origin.hpp"

#include <algorithm>

#include <wspc/handshake.hpp>

#include "text.hpp"

namespace wspc {
inline namespace v0 {
namespace {

// RFC 3986 3.2.2: a registered name or an IPv4 address, percent-encoding included.
bool is_registered_name(std::string_view host) noexcept {
    for (std::size_t i = 0; i < host.size(); ++i) {
        const char c = host[i];
        if (c == '%') {
            if (host.size() - i < 3 || !is_hex_digit(host[i + 1]) || !is_hex_digit(host[i + 2])) return false;
            i += 2;
        } else if (!is_alpha(c) && !is_digit(c) && !is_one_of(c, "-._~!$&'()*+,;=")) {
            return false;
        }
    }
    return true;
}

// RFC 3986 3.2.2: an IPv6 address, judged by its characters only.
bool is_ip_literal(std::string_view host) noexcept {
    if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
    host = behind(front(host, host.size() - 1), 1);
    return std::all_of(host.begin(), host.end(),
                       [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; });
}

bool parse_port(std::string_view text, std::optional<std::uint16_t>& port) noexcept {
    std::uint32_t number = 0;
    for (const char c : text) {
        if (!is_digit(c)) return false;
        number = number * 10 + static_cast<std::uint32_t>(c - '0');
        if (number > 65535) return false;
    }
    // RFC 3986 6.2.3: a colon without digits means the default.
    if (!text.empty()) port = static_cast<std::uint16_t>(number);
    return true;
}

std::uint16_t default_port(std::string_view scheme) noexcept {
    return equal_ignoring_case(scheme, "http") ? 80 : equal_ignoring_case(scheme, "https") ? 443 : 0;
}

// RFC 6454 5: the same scheme, host and port, and nothing less.
bool same_origin(const origin_parts& a, const origin_parts& b) noexcept {
    return equal_ignoring_case(a.scheme, b.scheme) && equal_ignoring_case(a.host, b.host) && a.port == b.port;
}

// Takes `scheme://` off `text`; empty if it does not begin so (RFC 3986 3.1).
std::string_view take_scheme(std::string_view& text) noexcept {
    std::size_t size = 0;
    while (size < text.size() &&
           (is_alpha(text[size]) || is_digit(text[size]) || is_one_of(text[size], "+-."))) {
        ++size;
    }
    const std::string_view scheme = front(text, size);
    if (size == 0 || !is_alpha(scheme.front()) || text.size() - size < 3 ||
        front(behind(text, size), 3) != "://")
        return {};
    text.remove_prefix(size + 3);
    return scheme;
}

}  // namespace

std::optional<host_port> parse_host_port(std::string_view text) noexcept {
    count_steps(3 * text.size() + 1);
    // The colons of an IPv6 address stand inside its brackets.
    const std::size_t host_end = text.starts_with('[') ? text.find(']') : 0;
    if (host_end == std::string_view::npos) return {};
    const std::size_t colon = text.find(':', host_end);
    host_port parts{front(text, std::min(colon, text.size())), {}};
    if (!is_registered_name(parts.host) && !is_ip_literal(parts.host)) return {};
    if (colon != std::string_view::npos && !parse_port(behind(text, colon + 1), parts.port)) return {};
    return parts;
}

std::optional<origin_parts> parse_origin(std::string_view text) noexcept {
    count_steps(text.size());
    const std::string_view scheme = take_scheme(text);
    if (scheme.empty()) return {};
    const std::optional<host_port> where = parse_host_port(text);
    if (!where) return {};
    return origin_parts{scheme, where->host, where->port.value_or(default_port(scheme))};
}

std::optional<std::string_view> absolute_target_authority(std::string_view target) noexcept {
    // RFC 6455 4.2.1: an absolute HTTP or HTTPS URI.
    const std::string_view scheme = take_scheme(target);
    if (default_port(scheme) == 0) return {};
    const std::string_view text = front(target, std::min(target.find_first_of("/?"), target.size()));
    const std::optional<host_port> parts = parse_host_port(text);
    // RFC 9110 4.2.1: without a host it is invalid.
    if (!parts || parts->host.empty()) return {};
    return text;
}

origin_verdict origin_allowed(const offer& from, const origin_policy& policy) noexcept {
    if (from.origin.empty()) return origin_verdict::absent;
    // RFC 6454 4: "null" stands for an origin that is equal to none, not even to itself.
    const std::optional<origin_parts> origin = parse_origin(from.origin);
    if (!origin) return origin_verdict::refused;

    for (const std::string_view& allowed : policy.allowed) {
        const std::optional<origin_parts> other = parse_origin(allowed);
        if (other && same_origin(*origin, *other)) return origin_verdict::allowed;
    }
    if (!policy.same_origin) return origin_verdict::refused;
    const std::optional<host_port> here = parse_host_port(from.host);
    // An empty Host says nothing that a page could share.
    if (!here || here->host.empty()) return origin_verdict::refused;
    const std::string_view scheme = policy.secure ? "https" : "http";
    const origin_parts own{scheme, here->host, here->port.value_or(default_port(scheme))};
    return same_origin(*origin, own) ? origin_verdict::allowed : origin_verdict::refused;
}

}  // namespace v0
}  // namespace wspc
