// SPDX-License-Identifier: Apache-2.0
// host [ ":" port ] (RFC 3986 3.2 without user information), as URLs and the Host header have it.
#pragma once

#include <cstdint>
#include <string_view>

namespace wspc {
inline namespace v0 {

struct authority {
    std::string_view host;  // an IPv6 address without its brackets
    std::string_view host_with_brackets;
    std::uint16_t port = 0;
    bool port_named = false;  // false for no port and for an empty one
};

[[nodiscard]] bool parse_authority(std::string_view text, authority& parts) noexcept;

}  // namespace v0
}  // namespace wspc
