// SPDX-License-Identifier: Apache-2.0
// The one grammar of host [":" port] (RFC 3986 3.2 without user information): in URLs, in the Host
// header, in origins and in absolute targets.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wspc {
inline namespace v0 {

struct authority {
    std::string_view host;              // not empty; as it stands, an IPv6 address in its brackets
    std::optional<std::uint16_t> port;  // nothing for no port and for an empty one
};

[[nodiscard]] std::optional<authority> parse_authority(std::string_view text) noexcept;

// Whether `text` is the scheme of a URI (RFC 3986 3.1), without the colon.
[[nodiscard]] bool is_scheme(std::string_view text) noexcept;

}  // namespace v0
}  // namespace wspc
