// SPDX-License-Identifier: Apache-2.0
// The opening handshake (RFC 6455 4) as values: header lists in, header lists out. No HTTP text
// (that is wspc::http), no sockets, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wspc/error.hpp>
#include <wspc/message_reader.hpp>

namespace wspc {
inline namespace v0 {

// One header field. Names compare ignoring case; blanks around the value are ignored.
struct header {
    std::string_view name;
    std::string_view value;
};

// A request to upgrade, as views of the caller's memory.
struct request {
    // Unknown (empty or 0) for callers who never see the start line, such as websocket.h: only the
    // checks of these three are skipped.
    std::string_view method;
    std::string_view target;
    std::uint16_t version = 0;  // 11 for HTTP/1.1
    std::span<const header> headers;
};

// The answer, as views of the caller's memory.
struct response {
    std::uint16_t status = 0;  // 0: unknown, not checked
    std::span<const header> headers;
};

// What both sides agreed on. connection takes it; the views are not kept by it.
struct agreement {
    std::string_view protocol;    // the sub-protocol; empty if none
    std::string_view extensions;  // with their parameters, as they stand in the response; empty if none
    // How to restore messages that an extension transformed; null if none was agreed. Must outlive
    // the connection.
    const transform* incoming = nullptr;
};

}  // namespace v0
}  // namespace wspc
