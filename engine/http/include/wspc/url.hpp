// SPDX-License-Identifier: Apache-2.0
// ws:// and wss:// URLs (RFC 6455 3), by the grammar of RFC 3986. Nothing is decoded or rewritten.
#pragma once

#include <cstdint>
#include <string_view>

#include <wspc/error.hpp>

namespace wspc {
inline namespace v0 {

// The parts of a URL, as views of the text that was parsed (or of static storage).
struct url {
    bool secure = false;     // wss
    std::uint16_t port = 0;  // 80 or 443 unless the URL names one
    // What to resolve or connect to: a name, an IPv4 address, or an IPv6 address without brackets.
    std::string_view host{};
    // The value of the Host header: with brackets, and with the port unless it is the default
    // (RFC 9110 7.2).
    std::string_view host_header{};
    // Together the resource name (RFC 6455 3): path, and if query is not empty, '?' and query.
    std::string_view path{};  // begins with '/'
    std::string_view query{};
};

// Errors: url_scheme_unknown; url_fragment (RFC 6455 3: never in such a URL); url_invalid for all
// else, user information and port 0 among it. Text outside ASCII must be percent-encoded by the caller.
[[nodiscard]] result<url> parse_url(std::string_view text) noexcept;

}  // namespace v0
}  // namespace wspc
