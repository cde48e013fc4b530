// SPDX-License-Identifier: Apache-2.0
#include "hresult.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {

HRESULT hresult(error code, author of) noexcept {
    switch (code) {
        case error::none: return S_OK;

        // WebSocketGetAction: the peer's bytes are not what RFC 6455 5.2, 5.5, 7.4 and 8.1 allow.
        case error::reserved_bits:
        case error::reserved_opcode:
        case error::fragmented_control:
        case error::mask_missing:
        case error::mask_unexpected:
        case error::length_not_minimal:
        case error::length_too_large:
        case error::close_body_too_short:
        case error::close_code_invalid:
        case error::close_reason_not_utf8:
        case error::text_not_utf8:
        case error::transform_failed: return E_INVALID_PROTOCOL_FORMAT;

        // WebSocketGetAction: each frame is right, but not at this place (RFC 6455 5.4).
        case error::unexpected_continuation:
        case error::expected_continuation: return E_INVALID_PROTOCOL_OPERATION;

        // No limit is set; they would be the peer's doing.
        case error::frame_too_big:
        case error::message_too_big:
        case error::too_many_fragments: return E_INVALID_PROTOCOL_FORMAT;

        // WebSocketSend, WebSocketReceive: the time for that is over.
        case error::closed:
        case error::aborted:
        case error::frame_open: return E_INVALID_PROTOCOL_OPERATION;

        // WebSocketSend: E_INVALIDARG for text inside a binary message, as WinHTTP has it.
        case error::wrong_message:
        case error::bad_argument: return E_INVALIDARG;

        // Memory, or what only the system has.
        case error::no_room:
        case error::no_memory:
        case error::no_randomness:
        case error::would_block: return E_OUTOFMEMORY;

        case error::control_too_long:
        case error::header_name_invalid:
        case error::header_value_invalid:
        case error::protocol_invalid:
        case error::extension_invalid:
        case error::http_headers_too_large:
        case error::http_too_many_headers:
            return of == author::program ? E_INVALIDARG : E_INVALID_PROTOCOL_FORMAT;

        // WebSocketBeginServerHandshake, WebSocketEndClientHandshake.
        case error::method_not_get:
        case error::http_version_too_old:
        case error::target_invalid:
        case error::host_missing:
        case error::host_repeated:
        case error::upgrade_missing:
        case error::upgrade_repeated:
        case error::connection_missing:
        case error::key_missing:
        case error::key_repeated:
        case error::key_invalid:
        case error::version_missing:
        case error::version_repeated:
        case error::origin_invalid:
        case error::origin_repeated:
        case error::origin_refused:
        case error::status_not_101:
        case error::accept_missing:
        case error::accept_repeated:
        case error::accept_wrong: return E_INVALID_PROTOCOL_FORMAT;
        // RFC 6455 4.4.
        case error::version_unsupported: return E_PROTOCOL_VERSION_NOT_SUPPORTED;
        case error::protocol_repeated:
        case error::protocol_missing:
        case error::protocol_not_offered: return E_SUBPROTOCOL_NOT_SUPPORTED;
        case error::extension_not_offered: return E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED;

        // HTTP text and URLs, which websocket.h never sees.
        case error::http_malformed:
        case error::http_version_unsupported:
        case error::http_body_unexpected:
        case error::url_invalid:
        case error::url_scheme_unknown:
        case error::url_fragment: return E_INVALID_PROTOCOL_FORMAT;
    }
    return E_INVALIDARG;
}

}  // namespace capi
}  // namespace v0
}  // namespace wspc
