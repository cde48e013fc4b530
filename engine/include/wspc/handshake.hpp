// SPDX-License-Identifier: Apache-2.0
// The opening handshake (RFC 6455 4) as values: header lists in, header lists out. No HTTP text
// (that is wspc::http), no sockets, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wspc/error.hpp>
#include <wspc/extension.hpp>
#include <wspc/header.hpp>
#include <wspc/masking_keys.hpp>
#include <wspc/message_reader.hpp>

namespace wspc {
inline namespace v0 {

// A request to upgrade, as views of the caller's memory.
struct request {
    // Unknown (empty or 0) for callers who never see the start line, such as websocket.h: only the
    // checks of these three are skipped.
    std::string_view method{};
    std::string_view target{};
    std::uint16_t version = 0;  // 11 for HTTP/1.1
    std::span<const header> headers{};
};

// The answer, as views of the caller's memory.
struct response {
    std::uint16_t status = 0;  // 0: unknown, not checked
    std::span<const header> headers{};
};

// What both sides agreed on. connection takes it; the views are not kept by it.
struct agreement {
    std::string_view protocol;  // the sub-protocol; empty if none
    extension_list extensions;  // in the order of RFC 6455 9.1, with the parameters of the response
    // How to restore messages that an extension transformed; null if none was agreed. Must outlive
    // the connection.
    const transform* incoming = nullptr;
};

// The place of nothing in a list.
inline constexpr std::size_t none_offered = static_cast<std::size_t>(-1);

// The index of the first extension of that name in `offered`, or none_offered.
[[nodiscard]] std::size_t offered_index(std::span<const std::string_view> offered,
                                        std::string_view name) noexcept;

// --- Server (RFC 6455 4.2)

// Against lists whose repetitions would take more than linear work to find: protocol_invalid.
inline constexpr std::size_t max_protocols = 256;

// What a client asks for: views of the request that it was read from, its header array included.
// The lists are checked as a whole, so that going through them cannot fail.
struct offer {
    token_list protocols;       // by preference; no name twice
    extension_list extensions;  // by preference
    std::string_view origin;    // empty: the client sent none, so it is no browser; see origin_allowed
    std::string_view host;      // where the client thinks it is, with the port if it named one; may be empty
    std::string_view key;
};

// Checks a request as RFC 6455 4.2.1 demands, in its order. Errors: those of "Opening handshake,
// seen by the server" but origin_refused; header_value_invalid for a malformed Host;
// protocol_invalid; extension_invalid. http_status() has the answer that belongs to each.
[[nodiscard]] result<offer> read_request(const request& from) noexcept;

// What a server takes from an offer.
struct choice {
    std::string_view protocol{};  // empty: none
    // Each one extension with its parameters, e.g. "permessage-deflate; server_max_window_bits=10",
    // emitted as given, in the order in which they transform (RFC 6455 9.1).
    std::span<const std::string_view> extensions{};
};

// A server's answer. Names and values are NUL-terminated and lie in the storage that was given or
// are literals; the array lies in the reply.
struct [[nodiscard]] server_reply {
    std::uint16_t status = 0;
    std::uint16_t count = 0;
    error code = error::none;
    std::size_t needed = 0;  // after no_room: bytes that `storage` must have
    agreement agreed;        // after accept(); lies in the storage
    std::array<header, 5> fields{};

    [[nodiscard]] std::span<const header> headers() const& noexcept { return {fields.data(), count}; }
    std::span<const header> headers() const&& = delete;
    // What wspc::http writes.
    [[nodiscard]] response as_response() const& noexcept { return {status, headers()}; }
    response as_response() const&& = delete;

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return code == error::none; }
};

// The 101 that accepts (RFC 6455 4.2.2): Sec-WebSocket-Accept, Connection, Upgrade, and as chosen
// Sec-WebSocket-Protocol, Sec-WebSocket-Extensions. Every string of `chosen` is checked, and on any
// error there are no fields: key_invalid (an offer that read_request() did not make),
// protocol_invalid, protocol_not_offered, extension_invalid, extension_not_offered (also for a name
// chosen twice), bad_argument, no_room, no_memory (libcrypto's). `storage` must share no byte with
// what `chosen` views (bad_argument), nor with the request, which the writing would destroy.
[[nodiscard]] server_reply accept(const offer& from, const choice& chosen, std::span<char> storage) noexcept;

// The response that refuses: `status` (300 to 599; 0 for http_status(why)) with the fields that
// belong to it and with Connection: close. 426 says which versions there are (RFC 6455 4.4), 405
// which method. It has no body; fields of the application, such as WWW-Authenticate, go behind
// these. Error: bad_argument for another status.
[[nodiscard]] server_reply reject(std::uint16_t status, error why) noexcept;

// The status code of a response to a request that failed so: 400, 403, 405, 426, 431, 505, and 500
// where the client is not to blame.
[[nodiscard]] std::uint16_t http_status(error why) noexcept;

// Which pages may connect.
struct origin_policy {
    // Serialised origins, such as "https://example.com" or "http://example.com:8080".
    std::span<const std::string_view> allowed{};
    // Whether pages of this server may: those whose scheme, host and port are of the request.
    bool same_origin = true;
    // Whether the client came by TLS, be it up to a proxy only: https and port 443 for same_origin.
    bool secure = false;
};

enum class origin_verdict : std::uint8_t {
    allowed,
    refused,  // answer with reject(403, error::origin_refused)
    absent,   // no Origin: no browser sent it, and whoever did could have written any Origin
};

// Cross-site WebSocket hijacking: browsers let any page open a WebSocket to any server and send the
// user's cookies along; no same-origin policy stands before it, only the server's look at Origin
// (RFC 6455 10.2). Compares scheme, host and port (RFC 6454 5); `null` is refused, whatever is
// allowed, since every sandboxed page has it. The request's Host decides what is same_origin: on a
// server that answers to any name, rebinding defeats that, so name the origins there.
[[nodiscard]] origin_verdict origin_allowed(const offer& from, const origin_policy& policy) noexcept;

// --- Client (RFC 6455 4.1)

// What a client asks for; keep it until the response has been checked.
struct client_offer {
    std::string_view host{};    // as in Host: with the port unless it is the scheme's; empty: no such field
    std::string_view origin{};  // for browsers; empty: no such field
    std::span<const std::string_view> protocols{};   // by preference
    std::span<const std::string_view> extensions{};  // by preference, each one extension with its parameters
    // Whether a server that takes none of `protocols` is refused. RFC 6455 lets it.
    bool protocol_required = false;
};

// A client's request. Names and values are NUL-terminated and lie in the storage that was given or
// are literals; the array lies in here.
struct [[nodiscard]] client_request {
    std::uint16_t count = 0;
    error code = error::none;
    std::size_t needed = 0;  // after no_room: bytes that `storage` must have
    std::string_view key;    // for check_response(); lies in the storage
    std::array<header, 8> fields{};

    [[nodiscard]] std::span<const header> headers() const& noexcept { return {fields.data(), count}; }
    std::span<const header> headers() const&& = delete;
    // What wspc::http writes.
    [[nodiscard]] request as_request(std::string_view target) const& noexcept {
        return {"GET", target, 11, headers()};
    }
    request as_request(std::string_view) const&& = delete;

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return code == error::none; }
};

// The fields of a request: Host if given, Connection, Upgrade, Sec-WebSocket-Version,
// Sec-WebSocket-Key (16 fresh bytes of `random`), and as asked for Sec-WebSocket-Protocol,
// Sec-WebSocket-Extensions, Origin. Every string of `wanted` is checked, and on any error there are
// no fields: header_value_invalid (host), origin_invalid, protocol_invalid (no token, or twice),
// extension_invalid, bad_argument (`storage` shares a byte with what `wanted` views), no_room,
// no_randomness.
[[nodiscard]] client_request make_request(const client_offer& wanted, std::span<char> storage,
                                          random_source random = system_random()) noexcept;

// What a server's response came to.
struct [[nodiscard]] checked_response {
    agreement agreed;                     // views of the response
    std::size_t protocol = none_offered;  // which of client_offer::protocols
    error code = error::none;

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return code == error::none; }
};

// Checks a response as RFC 6455 4.1 demands: the client must fail the connection on any error.
// `key` is that of the request, else key_invalid or accept_wrong. Further errors: those of "Opening
// handshake, seen by the client", upgrade_missing, connection_missing, protocol_invalid,
// protocol_not_offered, extension_invalid, extension_not_offered (also for a name that the server took
// twice), no_memory (libcrypto's). Fields of other names are ignored. offered_index() tells which offer an
// extension answers.
[[nodiscard]] checked_response check_response(const response& from, std::string_view key,
                                              const client_offer& wanted) noexcept;

}  // namespace v0
}  // namespace wspc
