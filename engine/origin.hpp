// SPDX-License-Identifier: Apache-2.0
// Who asks: the grammar of Origin (RFC 6454 7.1); and who is asked, where the target says it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wspc {
inline namespace v0 {

struct origin_parts {
    std::string_view scheme;
    std::string_view host;   // as it stands, an IPv6 address in its brackets; may be empty
    std::uint16_t port = 0;  // 0: the scheme has no default and none is named
};

// One serialised origin, scheme "://" host [":" port]; "null" is none.
[[nodiscard]] std::optional<origin_parts> parse_origin(std::string_view text) noexcept;

// The authority of an absolute http or https URI (RFC 9112 3.2.2); nothing if it is none.
[[nodiscard]] std::optional<std::string_view> absolute_target_authority(std::string_view target) noexcept;

}  // namespace v0
}  // namespace wspc
