// SPDX-License-Identifier: Apache-2.0
// What can go wrong, as values: one enumeration for the whole library, with the Close code, the
// section of the RFC and the sentence that belong to each.
#pragma once

#include <cstdint>
#include <string_view>

namespace wspc {
inline namespace v0 {

// Every failure that a wspc call can report. The libraries neither throw nor log nor set errno.
// "Need more bytes" is no error: calls report it as a status of their own.
enum class error : std::uint16_t {
    none = 0,

    // Frames: one header alone shows the fault (RFC 6455 5.2, 5.5). Close code 1002.
    reserved_bits,       // an RSV bit that no extension claimed for this frame
    reserved_opcode,     // opcode 3 to 7 or 11 to 15
    fragmented_control,  // a control frame without FIN
    control_too_long,    // a control frame of more than 125 bytes
    mask_missing,        // a server received an unmasked frame
    mask_unexpected,     // a client received a masked frame
    length_not_minimal,  // a length that would have fitted a shorter form
    length_too_large,    // a 64-bit length with the most significant bit set

    // Messages: what came before shows the fault (RFC 6455 5.4, 5.5.1, 7.4, 8.1).
    unexpected_continuation,  // a continuation while no message is open; 1002
    expected_continuation,    // a new message inside an open one; 1002
    close_body_too_short,     // a Close frame with a body of one byte; 1002
    close_code_invalid,       // a status code that must not be on the wire; 1002
    close_reason_not_utf8,    // 1007
    text_not_utf8,            // 1007

    // Limits. Each names the attack it stops where it is declared (limits, http_limits).
    frame_too_big,       // 1009
    message_too_big,     // 1009
    too_many_fragments,  // 1008

    // Extensions.
    transform_failed,  // a message that its extension could not restore; 1007

    // Sending and resources: the caller's side; nothing was sent and the peer is not to blame.
    no_room,        // the span is too small; the call says how much it needs
    no_memory,      // the caller's `memory` would not grow
    no_randomness,  // the random generator failed
    would_block,    // the queue of bytes to send is full
    frame_open,     // a frame has been written in part: finish it first
    wrong_message,  // text inside an open binary message or the reverse, or a continuation of nothing
    closed,         // a Close was sent: no more data; or both sides have closed: nothing at all
    aborted,        // the session was aborted, or its sending broke off in the middle of a frame
    bad_argument,   // an argument that no state makes right

    // Opening handshake, seen by the server (RFC 6455 4.2.1, 4.4).
    method_not_get,
    http_version_too_old,
    target_invalid,
    host_missing,
    host_repeated,
    upgrade_missing,
    connection_missing,
    key_missing,
    key_repeated,
    key_invalid,
    version_missing,
    version_repeated,
    version_unsupported,
    origin_invalid,
    origin_repeated,
    origin_refused,

    // Opening handshake, seen by the client (RFC 6455 4.1).
    status_not_101,
    upgrade_repeated,
    accept_missing,
    accept_repeated,
    accept_wrong,
    protocol_repeated,
    protocol_missing,

    // Opening handshake, either side.
    header_name_invalid,
    header_value_invalid,
    protocol_invalid,      // a sub-protocol that is not a token, or one list that names it twice
    protocol_not_offered,  // the chosen sub-protocol is not among those offered
    extension_invalid,     // text that RFC 6455 9.1 does not allow
    extension_not_offered,

    // HTTP text (RFC 9112).
    http_malformed,
    http_version_unsupported,  // a start line of HTTP/2.0, its preface included, or of another major version
    http_headers_too_large,    // more bytes than http_limits allow
    http_too_many_headers,
    http_body_unexpected,  // a request to upgrade that carries a body

    // URLs (RFC 6455 3).
    url_invalid,
    url_scheme_unknown,
    url_fragment,

    last_ = url_fragment,
};

// The status code that a Close frame should carry after this error (RFC 6455 7.4.1), 0 when no
// Close belongs to it because there is no WebSocket connection or the peer is not to blame.
[[nodiscard]] std::uint16_t close_code(error code) noexcept;

// The section that the peer broke, e.g. "RFC 6455 5.5"; empty where none applies.
[[nodiscard]] std::string_view section(error code) noexcept;

// One sentence without a full stop, in plain words; static storage, at most 120 bytes, ASCII.
[[nodiscard]] std::string_view text(error code) noexcept;

// A value or the reason why there is none; `value` means something only if code is none.
template <class T>
struct [[nodiscard]] result {
    T value{};
    error code = error::none;

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return code == error::none; }
};

// Why a reader or a connection stopped. Sticky: the first failure stays.
struct failure {
    error code = error::none;
    // Bytes from the start of the stream (the first byte behind the handshake is 0) to the octet
    // after which nothing could have made the stream valid.
    std::uint64_t offset = 0;

    [[nodiscard]] constexpr explicit operator bool() const noexcept { return code != error::none; }
    friend constexpr bool operator==(const failure&, const failure&) noexcept = default;
};

}  // namespace v0
}  // namespace wspc
