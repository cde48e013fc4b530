// SPDX-License-Identifier: Apache-2.0
#include <wspc/error.hpp>

namespace wspc {
inline namespace v0 {
namespace {

struct row {
    std::uint16_t close_code;
    std::string_view section;
    std::string_view text;
};

// One switch without a default, so that the compiler names an enumerator that lacks its row.
constexpr row describe(error code) noexcept {
    switch (code) {
        case error::none: return {0, "", "no error"};

        case error::reserved_bits:
            return {1002, "RFC 6455 5.2", "a reserved bit is set that no extension claimed"};
        case error::reserved_opcode: return {1002, "RFC 6455 5.2", "the opcode is reserved"};
        case error::fragmented_control:
            return {1002, "RFC 6455 5.5", "a control frame must not be fragmented"};
        case error::control_too_long:
            return {1002, "RFC 6455 5.5", "a control frame carries at most 125 bytes"};
        case error::mask_missing: return {1002, "RFC 6455 5.1", "a client must mask its frames"};
        case error::mask_unexpected: return {1002, "RFC 6455 5.1", "a server must not mask its frames"};
        case error::length_not_minimal:
            return {1002, "RFC 6455 5.2", "a length must be written in its shortest form"};
        case error::length_too_large:
            return {1002, "RFC 6455 5.2", "the most significant bit of a 64-bit length must be 0"};

        case error::unexpected_continuation:
            return {1002, "RFC 6455 5.4", "a continuation frame came while no message was open"};
        case error::expected_continuation:
            return {1002, "RFC 6455 5.4", "a new message came before the open one ended"};
        case error::close_body_too_short:
            return {1002, "RFC 6455 5.5.1",
                    "the body of a Close frame is empty or begins with a two-byte code"};
        case error::close_code_invalid:
            return {1002, "RFC 6455 7.4", "the Close code is not one that may be sent"};
        case error::close_reason_not_utf8: return {1007, "RFC 6455 5.5.1", "the Close reason is not UTF-8"};
        case error::text_not_utf8: return {1007, "RFC 6455 8.1", "the text message is not UTF-8"};

        case error::frame_too_big: return {1009, "RFC 6455 10.4", "the frame is larger than the limit"};
        case error::message_too_big: return {1009, "RFC 6455 10.4", "the message is larger than the limit"};
        case error::too_many_fragments:
            return {1008, "RFC 6455 10.4", "the message has more fragments than the limit"};

        case error::transform_failed:
            return {1007, "RFC 7692 7.2.2", "the extension could not restore the message"};

        case error::no_room: return {0, "", "the memory that was given is too small"};
        case error::no_memory: return {0, "", "out of memory"};
        case error::no_randomness: return {0, "RFC 6455 10.3", "the random generator gave no masking key"};
        case error::would_block: return {0, "", "the queue of bytes to send is full"};
        case error::frame_open:
            return {0, "RFC 6455 5.4", "a frame has been written in part and must be ended first"};
        case error::wrong_message:
            return {0, "RFC 6455 5.4", "the frame does not fit the message that is being sent"};
        case error::closed: return {0, "RFC 6455 5.5.1", "no data may be sent after a Close"};
        case error::aborted: return {0, "", "the session was aborted or can send no more"};
        case error::bad_argument: return {0, "", "an argument is out of range"};

        case error::method_not_get: return {0, "RFC 6455 4.2.1", "the method of the request must be GET"};
        case error::http_version_too_old:
            return {0, "RFC 6455 4.2.1", "the message must be HTTP/1.1 or later"};
        case error::target_invalid:
            return {0, "RFC 6455 4.2.1", "the request target is not a valid resource name"};
        case error::host_missing: return {0, "RFC 6455 4.2.1", "the request has no Host header"};
        case error::host_repeated: return {0, "RFC 9112 3.2", "the request has more than one Host header"};
        case error::upgrade_missing:
            return {0, "RFC 6455 4.2.1", "there is no Upgrade header that names websocket"};
        case error::connection_missing:
            return {0, "RFC 6455 4.2.1", "there is no Connection header that names Upgrade"};
        case error::key_missing: return {0, "RFC 6455 4.2.1", "the request has no Sec-WebSocket-Key header"};
        case error::key_repeated:
            return {0, "RFC 6455 11.3.1", "the request has more than one Sec-WebSocket-Key header"};
        case error::key_invalid:
            return {0, "RFC 6455 4.2.1", "Sec-WebSocket-Key is not the base64 form of 16 bytes"};
        case error::version_missing:
            return {0, "RFC 6455 4.2.1", "the request has no Sec-WebSocket-Version header"};
        case error::version_repeated:
            return {0, "RFC 6455 11.3.5", "the request has more than one Sec-WebSocket-Version header"};
        case error::version_unsupported:
            return {0, "RFC 6455 4.4", "the only supported version of the WebSocket protocol is 13"};
        case error::origin_invalid: return {0, "RFC 6454 7", "the Origin header is not a valid origin"};
        case error::origin_repeated:
            return {0, "RFC 6454 7.3", "the request has more than one Origin header"};
        case error::origin_refused: return {0, "RFC 6455 10.2", "requests from this origin are not accepted"};

        case error::status_not_101: return {0, "RFC 6455 4.1", "the server did not answer with status 101"};
        case error::upgrade_repeated:
            return {0, "RFC 6455 4.1", "the response has more than one Upgrade header"};
        case error::accept_missing:
            return {0, "RFC 6455 4.1", "the response has no Sec-WebSocket-Accept header"};
        case error::accept_repeated:
            return {0, "RFC 6455 11.3.3", "the response has more than one Sec-WebSocket-Accept header"};
        case error::accept_wrong:
            return {0, "RFC 6455 4.1", "Sec-WebSocket-Accept does not belong to the key that was sent"};
        case error::protocol_repeated:
            return {0, "RFC 6455 11.3.4", "the response names more than one sub-protocol"};
        case error::protocol_missing:
            return {0, "RFC 6455 4.1", "the server chose none of the offered sub-protocols"};

        case error::header_name_invalid: return {0, "RFC 9110 5.1", "a header name is not a token"};
        case error::header_value_invalid:
            return {0, "RFC 9110 5.5", "a header value contains a character that is not allowed"};
        case error::protocol_invalid:
            return {0, "RFC 6455 4.1", "the sub-protocols are not a list of different tokens"};
        case error::protocol_not_offered:
            return {0, "RFC 6455 4.2.2", "the chosen sub-protocol was not offered"};
        case error::extension_invalid:
            return {0, "RFC 6455 9.1", "the extensions are not a list that the grammar allows"};
        case error::extension_not_offered: return {0, "RFC 6455 9.1", "a chosen extension was not offered"};

        case error::http_malformed: return {0, "RFC 9112 2.2", "the HTTP message is malformed"};
        case error::http_version_unsupported: return {0, "RFC 9110 15.6.6", "only HTTP/1 is understood here"};
        case error::http_headers_too_large:
            return {0, "RFC 6585 5", "the HTTP header is larger than the limit"};
        case error::http_too_many_headers:
            return {0, "RFC 6585 5", "there are more HTTP headers than the limit"};
        case error::http_body_unexpected:
            return {0, "RFC 6455 4.1", "a request to upgrade must not carry a body"};

        case error::url_invalid: return {0, "RFC 6455 3", "the URL is not valid"};
        case error::url_scheme_unknown:
            return {0, "RFC 6455 3", "the URL does not begin with ws:// or wss://"};
        case error::url_fragment: return {0, "RFC 6455 3", "the URL must not contain a fragment"};
    }
    return {0, "", "unknown error"};
}

}  // namespace

std::uint16_t close_code(error code) noexcept { return describe(code).close_code; }

std::string_view section(error code) noexcept { return describe(code).section; }

std::string_view text(error code) noexcept { return describe(code).text; }

}  // namespace v0
}  // namespace wspc
