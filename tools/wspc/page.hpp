// SPDX-License-Identifier: Apache-2.0
// What the server says to requests that do not ask for a WebSocket: a page that tries one out, and
// proper answers to the rest.
#pragma once

#include <cstddef>
#include <span>

#include <wspc/handshake.hpp>
#include <wspc/http.hpp>

namespace tool {

[[nodiscard]] bool wants_upgrade(const wspc::request& request) noexcept;

// 200 with the page for GET of /, with any query, 404 for /favicon.ico, 426 for any other target, since
// all of them are WebSockets; the same without body for HEAD; 405 for other methods; 400 for a target
// that is none, and for HTTP/1.1 without a good Host. The target may be in the absolute form.
wspc::http_written write_page(std::span<std::byte> out, const wspc::request& request) noexcept;

// 503: there are as many connections as there may be.
wspc::http_written write_overload(std::span<std::byte> out) noexcept;

}  // namespace tool
