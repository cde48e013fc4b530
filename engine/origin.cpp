// SPDX-License-Identifier: Apache-2.0
#include "origin.hpp"

#include <wspc/handshake.hpp>

#include "authority.hpp"
#include "text.hpp"

namespace wspc {
inline namespace v0 {
namespace {

std::uint16_t default_port(std::string_view scheme) noexcept {
    return equal_ignoring_case(scheme, "http") ? 80 : equal_ignoring_case(scheme, "https") ? 443 : 0;
}

// RFC 6454 5: the same scheme, host and port, and nothing less.
bool same_origin(const origin_parts& a, const origin_parts& b) noexcept {
    return equal_ignoring_case(a.scheme, b.scheme) && equal_ignoring_case(a.host, b.host) && a.port == b.port;
}

// Takes `scheme://` off `text`; empty if it does not begin so (RFC 3986 3.1).
std::string_view take_scheme(std::string_view& text) noexcept {
    count_steps(text.size());
    const std::string_view scheme = front(text, text.find(':'));
    const std::string_view rest = behind(text, scheme.size());
    if (!is_scheme(scheme) || !rest.starts_with("://")) return {};
    text = behind(rest, 3);
    return scheme;
}

}  // namespace

std::optional<origin_parts> parse_origin(std::string_view text) noexcept {
    count_steps(text.size());
    const std::string_view scheme = take_scheme(text);
    if (scheme.empty()) return {};
    // Applications that run from files send "file://".
    if (text.empty()) return origin_parts{scheme, {}, default_port(scheme)};
    const std::optional<authority> where = parse_authority(text);
    if (!where) return {};
    return origin_parts{scheme, where->host, where->port.value_or(default_port(scheme))};
}

std::optional<std::string_view> absolute_target_authority(std::string_view target) noexcept {
    // RFC 6455 4.2.1: an absolute HTTP or HTTPS URI.
    const std::string_view scheme = take_scheme(target);
    if (default_port(scheme) == 0) return {};
    const std::string_view text = front(target, target.find_first_of("/?"));
    // RFC 9110 4.2.1: without a host it is invalid.
    if (!parse_authority(text)) return {};
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
    // An empty Host says nothing that a page could share.
    const std::optional<authority> here = parse_authority(from.host);
    if (!here) return origin_verdict::refused;
    const std::string_view scheme = policy.secure ? "https" : "http";
    const origin_parts own{scheme, here->host, here->port.value_or(default_port(scheme))};
    return same_origin(*origin, own) ? origin_verdict::allowed : origin_verdict::refused;
}

}  // namespace v0
}  // namespace wspc
