// SPDX-License-Identifier: Apache-2.0
// All of websocket.h, for the debugger: the types of the 13 functions stand in the debugging
// information of this object, and those of the header with them. Never linked.
#include <websocket.h>

#define FUNCTION(name) __typeof__(&name) type_of_##name

FUNCTION(WebSocketAbortHandle);
FUNCTION(WebSocketBeginClientHandshake);
FUNCTION(WebSocketBeginServerHandshake);
FUNCTION(WebSocketCompleteAction);
FUNCTION(WebSocketCreateClientHandle);
FUNCTION(WebSocketCreateServerHandle);
FUNCTION(WebSocketDeleteHandle);
FUNCTION(WebSocketEndClientHandshake);
FUNCTION(WebSocketEndServerHandshake);
FUNCTION(WebSocketGetAction);
FUNCTION(WebSocketGetGlobalProperty);
FUNCTION(WebSocketReceive);
FUNCTION(WebSocketSend);

// Macros stand in no debugging information.
enum constants {
    value_of_S_OK = S_OK,
    value_of_E_INVALIDARG = E_INVALIDARG,
    value_of_E_OUTOFMEMORY = E_OUTOFMEMORY,
    value_of_E_INVALID_PROTOCOL_OPERATION = E_INVALID_PROTOCOL_OPERATION,
    value_of_E_INVALID_PROTOCOL_FORMAT = E_INVALID_PROTOCOL_FORMAT,
    value_of_E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED = E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED,
    value_of_E_UNSUPPORTED_EXTENSION = E_UNSUPPORTED_EXTENSION,
    value_of_E_SUBPROTOCOL_NOT_SUPPORTED = E_SUBPROTOCOL_NOT_SUPPORTED,
    value_of_E_UNSUPPORTED_SUBPROTOCOL = E_UNSUPPORTED_SUBPROTOCOL,
    value_of_E_PROTOCOL_VERSION_NOT_SUPPORTED = E_PROTOCOL_VERSION_NOT_SUPPORTED,
    value_of_insufficient_buffer = HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER),
    value_of_WEB_SOCKET_MAX_CLOSE_REASON_LENGTH = WEB_SOCKET_MAX_CLOSE_REASON_LENGTH
};
