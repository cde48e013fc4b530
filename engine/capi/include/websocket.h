// SPDX-License-Identifier: Apache-2.0
// The WebSocket Protocol Component API of Windows, for every platform: names, values, layouts and
// calling convention are those of the header of the same name in Microsoft's SDK.
//
// The library does no I/O. A program shakes hands with the Begin and End functions, queues what it
// wants with WebSocketSend and WebSocketReceive, and then does what WebSocketGetAction asks for:
//
//     do {
//         count = 2;
//         hr = WebSocketGetAction(handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action, &type,
//                                 &app_context, &action_context);
//         if (FAILED(hr)) WebSocketAbortHandle(handle);
//         bytes = 0;
//         switch (action) {
//             case WEB_SOCKET_SEND_TO_NETWORK_ACTION:        // write buffers[0..count), in order
//             case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:   // read into buffers[0]
//                 bytes = ...;                               // as many as were moved; 0: it failed
//                 break;
//             case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION:     // the send of app_context is done
//             case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:  // buffers[0] has arrived, as `type` says
//             case WEB_SOCKET_NO_ACTION:                         // nothing to do
//                 break;
//         }
//         WebSocketCompleteAction(handle, action_context, bytes);
//     } while (action != WEB_SOCKET_NO_ACTION);
//
// All functions but WebSocketDeleteHandle may be called for one handle by several threads at once.
// Success is S_OK and nothing else. No function modifies what the program lent for reading.
//
// A program that brings its own Windows types off Windows defines WSPC_HAVE_WINDOWS_TYPES before it
// includes this; for one type alone, WSPC_HAVE_ and its name, such as WSPC_HAVE_ULONG. The assertions
// below still hold it to the widths of Windows.
#ifndef WSPC_WEBSOCKET_H
#define WSPC_WEBSOCKET_H

#include <stddef.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <stdint.h>

#ifndef WSPC_HAVE_WINDOWS_TYPES
// The widths of Windows, where `long` has 32 bits.
#ifndef WSPC_HAVE_HRESULT
typedef int32_t HRESULT;
#endif
#ifndef WSPC_HAVE_ULONG
typedef uint32_t ULONG;
#endif
#ifndef WSPC_HAVE_DWORD
typedef uint32_t DWORD;
#endif
#ifndef WSPC_HAVE_USHORT
typedef uint16_t USHORT;
#endif
#ifndef WSPC_HAVE_BOOL
typedef int32_t BOOL;
#endif
#ifndef WSPC_HAVE_BYTE
typedef uint8_t BYTE;
#endif
#ifndef WSPC_HAVE_PBYTE
typedef BYTE* PBYTE;
#endif
#ifndef WSPC_HAVE_PCHAR
typedef char* PCHAR;
#endif
#ifndef WSPC_HAVE_PCSTR
typedef const char* PCSTR;
#endif
#ifndef WSPC_HAVE_PVOID
typedef void* PVOID;
#endif
#endif  // WSPC_HAVE_WINDOWS_TYPES

#ifndef VOID
#define VOID void
#endif
#ifndef WINAPI
#define WINAPI
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif
#endif  // _WIN32

#ifdef __cplusplus
#define WSPC_CAST_(type, value) static_cast<type>(value)
#define WSPC_STATIC_ASSERT_(condition, text) static_assert(condition, text)
// Fixed, so that a value that is none of the names is an error that the library reports; without it
// even passing one would be undefined behaviour in C++.
#define WSPC_ENUM_BASE_ : unsigned int
#else
#define WSPC_CAST_(type, value) ((type)(value))
#define WSPC_STATIC_ASSERT_(condition, text) _Static_assert(condition, text)
#define WSPC_ENUM_BASE_
#endif

// --- HRESULTs. Each function says which it returns.

#ifndef S_OK
#define S_OK WSPC_CAST_(HRESULT, 0)
#endif
#ifndef FAILED
#define FAILED(result) (WSPC_CAST_(HRESULT, result) < 0)
#endif
#ifndef SUCCEEDED
#define SUCCEEDED(result) (WSPC_CAST_(HRESULT, result) >= 0)
#endif
// An argument that no state makes right, or that does not go with the open message.
#ifndef E_INVALIDARG
#define E_INVALIDARG WSPC_CAST_(HRESULT, 0x80070057u)
#endif
// No memory, or none of what else the system lends (random numbers); the call did nothing.
#ifndef E_OUTOFMEMORY
#define E_OUTOFMEMORY WSPC_CAST_(HRESULT, 0x8007000Eu)
#endif
#ifndef ERROR_INSUFFICIENT_BUFFER
#define ERROR_INSUFFICIENT_BUFFER 122
#endif
#ifndef HRESULT_FROM_WIN32
#define HRESULT_FROM_WIN32(code)     \
    (WSPC_CAST_(HRESULT, code) <= 0  \
         ? WSPC_CAST_(HRESULT, code) \
         : WSPC_CAST_(HRESULT, (WSPC_CAST_(DWORD, code) & 0x0000FFFFu) | 0x80070000u))
#endif
// A call, or a frame of the peer, at the wrong time.
#ifndef E_INVALID_PROTOCOL_OPERATION
#define E_INVALID_PROTOCOL_OPERATION WSPC_CAST_(HRESULT, 0x83760001u)
#endif
// Bytes or header fields of the peer that RFC 6455 does not allow.
#ifndef E_INVALID_PROTOCOL_FORMAT
#define E_INVALID_PROTOCOL_FORMAT WSPC_CAST_(HRESULT, 0x83760002u)
#endif
// The two sides do not agree on an extension, a sub-protocol, or the version of the protocol.
#ifndef E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED
#define E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED WSPC_CAST_(HRESULT, 0x83760003u)
#endif
#ifndef E_SUBPROTOCOL_NOT_SUPPORTED
#define E_SUBPROTOCOL_NOT_SUPPORTED WSPC_CAST_(HRESULT, 0x83760004u)
#endif
#ifndef E_PROTOCOL_VERSION_NOT_SUPPORTED
#define E_PROTOCOL_VERSION_NOT_SUPPORTED WSPC_CAST_(HRESULT, 0x83760005u)
#endif
// What Microsoft's pages call the two, a name that stands in no header.
#ifndef E_UNSUPPORTED_EXTENSION
#define E_UNSUPPORTED_EXTENSION E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED
#endif
#ifndef E_UNSUPPORTED_SUBPROTOCOL
#define E_UNSUPPORTED_SUBPROTOCOL E_SUBPROTOCOL_NOT_SUPPORTED
#endif

#ifdef __cplusplus
extern "C" {
#endif

// --- types

// One WebSocket. A pointer that nobody but the library follows; NULL is never a handle.
#ifdef _WIN32
DECLARE_HANDLE(WEB_SOCKET_HANDLE);
#else
struct WEB_SOCKET_HANDLE__ {
    int unused;
};
typedef struct WEB_SOCKET_HANDLE__* WEB_SOCKET_HANDLE;
#endif

// Bytes of reason that fit into a Close frame (RFC 6455 5.5).
#define WEB_SOCKET_MAX_CLOSE_REASON_LENGTH 123

// Why a WebSocket was closed (RFC 6455 7.4.1). Others of 1000 to 1014 but 1004 and 1006, and 3000 to
// 4999, may be sent and received as numbers. Page: WEB_SOCKET_CLOSE_STATUS.
typedef enum _WEB_SOCKET_CLOSE_STATUS WSPC_ENUM_BASE_ {
    WEB_SOCKET_SUCCESS_CLOSE_STATUS = 1000,
    WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS = 1001,
    WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS = 1002,
    WEB_SOCKET_INVALID_DATA_TYPE_CLOSE_STATUS = 1003,
    WEB_SOCKET_EMPTY_CLOSE_STATUS = 1005,    // a Close without a body; never on the wire
    WEB_SOCKET_ABORTED_CLOSE_STATUS = 1006,  // never on the wire
    WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS = 1007,
    WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS = 1008,
    WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS = 1009,
    WEB_SOCKET_UNSUPPORTED_EXTENSIONS_CLOSE_STATUS = 1010,
    WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS = 1011,
    WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS = 1015  // never on the wire
} WEB_SOCKET_CLOSE_STATUS;

// What can be set when a handle is created, and asked of WebSocketGetGlobalProperty. Page:
// WEB_SOCKET_PROPERTY_TYPE.
typedef enum _WEB_SOCKET_PROPERTY_TYPE WSPC_ENUM_BASE_ {
    // ULONG, bytes, at least 256; default 4096. No received piece is longer.
    WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE = 0,
    // ULONG, bytes, at least 16; default 4096 for clients and 16 for servers, which lend the program's
    // own memory and need no more.
    WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE = 1,
    // BOOL. A client masks with the key 0, which changes nothing; a server takes unmasked frames too.
    WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE = 2,
    // The address of a pointer to a buffer of the program; ulValueSize is the size of that buffer: at
    // least both buffer sizes and 144 bytes, at any alignment. All that the library lends lies in it.
    WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE = 3,
    // BOOL. Received text and reasons are not checked to be UTF-8.
    WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE = 4,
    // ULONG, milliseconds; to be asked for only.
    WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE = 5,
    // ULONG for each version of the protocol; to be asked for only.
    WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE = 6
} WEB_SOCKET_PROPERTY_TYPE;

// Which actions WebSocketGetAction may return. Page: WEB_SOCKET_ACTION_QUEUE.
typedef enum _WEB_SOCKET_ACTION_QUEUE WSPC_ENUM_BASE_ {
    WEB_SOCKET_SEND_ACTION_QUEUE = 1,     // of the program's sends
    WEB_SOCKET_RECEIVE_ACTION_QUEUE = 2,  // of its receives, and pongs that answer the peer's pings
    WEB_SOCKET_ALL_ACTION_QUEUE = 3
} WEB_SOCKET_ACTION_QUEUE;

// What a frame is, to be sent or received. A MESSAGE ends the message, a FRAGMENT does not; what is
// received need not be cut where the peer's frames were. Experimental: after an agreement on an
// extension, messages with reserved bits (RFC 6455 5.2) are received as they are, with the type
// (FIN | RSV | opcode) << 1, whose high bit is 0; they cannot be sent. Page: WEB_SOCKET_BUFFER_TYPE.
typedef enum _WEB_SOCKET_BUFFER_TYPE WSPC_ENUM_BASE_ {
    WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE = 0x80000000,
    WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE = 0x80000001,
    WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE = 0x80000002,
    WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE = 0x80000003,
    WEB_SOCKET_CLOSE_BUFFER_TYPE = 0x80000004,
    WEB_SOCKET_PING_PONG_BUFFER_TYPE = 0x80000005,        // sent: a ping; received: a pong
    WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE = 0x80000006  // sent: a pong; never received
} WEB_SOCKET_BUFFER_TYPE;

// What the program is to do next. Page: WEB_SOCKET_ACTION.
typedef enum _WEB_SOCKET_ACTION WSPC_ENUM_BASE_ {
    WEB_SOCKET_NO_ACTION = 0,
    WEB_SOCKET_SEND_TO_NETWORK_ACTION = 1,
    WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION = 2,
    WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION = 3,
    WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION = 4
} WEB_SOCKET_ACTION,
    *PWEB_SOCKET_ACTION;

// A property and its value. Page: WEB_SOCKET_PROPERTY.
typedef struct _WEB_SOCKET_PROPERTY {
    WEB_SOCKET_PROPERTY_TYPE Type;
    PVOID pvValue;      // at any alignment
    ULONG ulValueSize;  // bytes; of what is not said above: exactly those of the value's type
} WEB_SOCKET_PROPERTY, *PWEB_SOCKET_PROPERTY;

// One header field. Lengths are in bytes, without a NUL. Page: WEB_SOCKET_HTTP_HEADER.
typedef struct _WEB_SOCKET_HTTP_HEADER {
    PCHAR pcName;
    ULONG ulNameLength;
    PCHAR pcValue;
    ULONG ulValueLength;
} WEB_SOCKET_HTTP_HEADER, *PWEB_SOCKET_HTTP_HEADER;

// Bytes, or with WEB_SOCKET_CLOSE_BUFFER_TYPE a status and a reason; pointer and length of both lie at
// the same place. Page: WEB_SOCKET_BUFFER.
typedef union _WEB_SOCKET_BUFFER {
    struct {
        PBYTE pbBuffer;
        ULONG ulBufferLength;
    } Data;
    struct {
        PBYTE pbReason;
        ULONG ulReasonLength;
        USHORT usStatus;
    } CloseStatus;
} WEB_SOCKET_BUFFER, *PWEB_SOCKET_BUFFER;

// --- creating and deleting

// Makes a handle for the client's side of a WebSocket.
// State: the new handle is created; shake hands next.
// Ownership: the program owns the handle and deletes it by WebSocketDeleteHandle. The properties are
//   copied; the buffer of ALLOCATED_BUFFER is used until the handle is deleted, though nothing but
//   WebSocketGetAction ever touches it.
// Parameters: `pProperties` is ignored if `ulPropertyCount` is 0. A type that stands twice has its last
//   value. *phWebSocket is NULL after a failure.
// Errors: E_INVALIDARG (phWebSocket NULL, a count without an array, a value that is NULL, of the wrong
//   size or out of its bounds, a type that cannot be set), E_OUTOFMEMORY.
// Page: WebSocketCreateClientHandle.
HRESULT WINAPI WebSocketCreateClientHandle(const PWEB_SOCKET_PROPERTY pProperties, ULONG ulPropertyCount,
                                           WEB_SOCKET_HANDLE* phWebSocket);

// The same for the server's side. Page: WebSocketCreateServerHandle.
HRESULT WINAPI WebSocketCreateServerHandle(const PWEB_SOCKET_PROPERTY pProperties, ULONG ulPropertyCount,
                                           WEB_SOCKET_HANDLE* phWebSocket);

// Frees a handle and all that it lent, operations that are queued and actions that are outstanding
// included; in any state. NULL does nothing.
// State: no other call may be under way, and none may follow.
// Ownership: a buffer of ALLOCATED_BUFFER remains the program's, and is not touched.
// Errors: none. (Microsoft's page says that an HRESULT is returned; its header says VOID. The DLL for
//   Windows leaves S_OK where a program that believes the page will look; so do the other two.)
// Page: WebSocketDeleteHandle.
VOID WINAPI WebSocketDeleteHandle(WEB_SOCKET_HANDLE hWebSocket);

// --- the opening handshake (RFC 6455 4). The program sends and reads the HTTP text.
//
// Header arrays that a Begin function returns belong to the handle, with their strings, which are
// NUL-terminated ASCII; they stay as they are until the handle is deleted. All that is passed in is only
// read during the call, but may belong to another handle.

// Makes the fields of a client's request: Connection, Upgrade, Sec-WebSocket-Version,
// Sec-WebSocket-Key (fresh random numbers), and as asked for Sec-WebSocket-Protocol and
// Sec-WebSocket-Extensions. The program adds the request line, Host and what else it wants, and leaves
// out a field of these that it sends itself.
// State: created; afterwards handshaking. After a failure as before, and it may be tried again.
// Parameters: each of `pszExtensions` is one extension with its parameters. `pInitialHeaders`, what the
//   program will send itself, may be NULL; it is checked and otherwise ignored.
// Errors: E_INVALIDARG (NULL outputs, a count without an array, an entry that is NULL or empty, a
//   sub-protocol that is no token or stands twice, text that is no extension, a header whose name is
//   empty or has a colon or whose pointer is NULL), E_INVALID_PROTOCOL_OPERATION (a server's
//   handle, or begun before), E_OUTOFMEMORY. The outputs are then NULL and 0.
// Page: WebSocketBeginClientHandshake.
HRESULT WINAPI WebSocketBeginClientHandshake(
    WEB_SOCKET_HANDLE hWebSocket, PCSTR* pszSubprotocols, ULONG ulSubprotocolCount, PCSTR* pszExtensions,
    ULONG ulExtensionCount, const PWEB_SOCKET_HTTP_HEADER pInitialHeaders, ULONG ulInitialHeaderCount,
    PWEB_SOCKET_HTTP_HEADER* pAdditionalHeaders, ULONG* pulAdditionalHeaderCount);

// Checks the fields of the server's response; others than it needs are ignored. That its status is 101
// is for the program to check.
// State: handshaking; afterwards open. After a failure as before, and another response may be tried.
// Parameters: the three outputs may be NULL. *pulSelectedExtensionCount is the room of
//   `pulSelectedExtensions` before (0 if that is NULL), and the number of selected extensions after.
//   Extensions and sub-protocol are indices of what WebSocketBeginClientHandshake got; the sub-protocol
//   is 0xFFFFFFFF if none was offered.
// Errors: E_INVALIDARG (a count without an array), E_INVALID_PROTOCOL_OPERATION (a server's handle,
//   not begun, or ended before), E_INVALID_PROTOCOL_FORMAT (Upgrade, Connection or Sec-WebSocket-Accept
//   is missing, wrong or repeated), E_SUBPROTOCOL_NOT_SUPPORTED (one was selected that was not offered,
//   or several, or none of those offered), E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED (one that was not
//   offered, or the same twice), HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) with the room needed in
//   *pulSelectedExtensionCount, E_OUTOFMEMORY. Other outputs keep their values.
// Page: WebSocketEndClientHandshake.
HRESULT WINAPI WebSocketEndClientHandshake(WEB_SOCKET_HANDLE hWebSocket,
                                           const PWEB_SOCKET_HTTP_HEADER pResponseHeaders,
                                           ULONG ulReponseHeaderCount, ULONG* pulSelectedExtensions,
                                           ULONG* pulSelectedExtensionCount, ULONG* pulSelectedSubprotocol);

// Checks the fields of a client's request, and makes those of the response: Sec-WebSocket-Accept,
// Connection, Upgrade, and as selected Sec-WebSocket-Protocol and Sec-WebSocket-Extensions. The program
// sends the status line (101) and what else it wants. Origin is not looked at: whether pages of other
// sites may connect is for the program to decide.
// State: created; afterwards handshaking. After a failure as before, and it may be tried again.
// Parameters: `pszSubprotocolSelected` NULL selects none. A header with a NULL value of length 0 is
//   empty; one without a name is ignored.
// Errors: E_INVALIDARG (NULL outputs, a count without an array, a NULL pointer with a length, a
//   selected string that is malformed), E_INVALID_PROTOCOL_OPERATION (a client's handle, or begun
//   before), E_INVALID_PROTOCOL_FORMAT (a field is missing, malformed or repeated),
//   E_PROTOCOL_VERSION_NOT_SUPPORTED (answer 426 with those of WebSocketGetGlobalProperty, RFC 6455
//   4.4), E_SUBPROTOCOL_NOT_SUPPORTED and E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED (selected, but not
//   offered), E_OUTOFMEMORY. The outputs are then NULL and 0.
// Page: WebSocketBeginServerHandshake.
HRESULT WINAPI WebSocketBeginServerHandshake(WEB_SOCKET_HANDLE hWebSocket, PCSTR pszSubprotocolSelected,
                                             PCSTR* pszExtensionSelected, ULONG ulExtensionSelectedCount,
                                             const PWEB_SOCKET_HTTP_HEADER pRequestHeaders,
                                             ULONG ulRequestHeaderCount,
                                             PWEB_SOCKET_HTTP_HEADER* pResponseHeaders,
                                             ULONG* pulResponseHeaderCount);

// Ends the handshake of a server, as the first call to send, to receive or for an action does, too.
// State: handshaking, or open already; afterwards open. (After WebSocketAbortHandle it does nothing.)
// Errors: E_INVALIDARG (NULL), E_INVALID_PROTOCOL_OPERATION (a client's handle, or not begun),
//   E_OUTOFMEMORY.
// Page: WebSocketEndServerHandshake.
HRESULT WINAPI WebSocketEndServerHandshake(WEB_SOCKET_HANDLE hWebSocket);

// --- sending and receiving

// Queues one frame, which WebSocketGetAction then asks to be sent. Any number may be queued.
// State: open; not aborted, and not broken by a send of which only a part went out.
// Ownership: *pBuffer is copied. The bytes that it points to are read where they lie until the
//   INDICATE_SEND_COMPLETE of this send has been returned (or the handle was aborted and drained, or
//   deleted); they are never modified.
// Parameters: `pBuffer` may be NULL for an empty frame, and must be for a ping or a pong. With Close
//   it is CloseStatus: status and reason; NULL, or status 1005 with no reason, make a Close without a
//   body. `Context` returns with every action of this send. Text is not checked to be UTF-8.
// Errors: E_INVALIDARG (a type, a status or a length that cannot be sent, a NULL pointer with a length,
//   text inside a binary message or the reverse), E_INVALID_PROTOCOL_OPERATION (the state, or data or a
//   second Close behind a Close), E_OUTOFMEMORY.
// Page: WebSocketSend.
HRESULT WINAPI WebSocketSend(WEB_SOCKET_HANDLE hWebSocket, WEB_SOCKET_BUFFER_TYPE BufferType,
                             WEB_SOCKET_BUFFER* pBuffer, PVOID Context);

// Queues one receive, which ends with one INDICATE_RECEIVE_COMPLETE: a piece of a message, a pong or a
// Close. Any number may be queued.
// State: open; not aborted, and no Close was received (while that is being indicated, a receive is
//   still accepted and then ends with an empty indication).
// Ownership: *pBuffer is copied. The memory that it points to is written until the
//   INDICATE_RECEIVE_COMPLETE of this receive has been returned. With NULL the received bytes are lent by
//   the library, until that action is completed; so are Close and pong in any case.
// Parameters: `pvContext` returns with every action of this receive.
// Errors: E_INVALIDARG (a buffer that is NULL or empty), E_INVALID_PROTOCOL_OPERATION (the state), what
//   WebSocketGetAction returned once receiving has failed, E_OUTOFMEMORY.
// Page: WebSocketReceive.
HRESULT WINAPI WebSocketReceive(WEB_SOCKET_HANDLE hWebSocket, WEB_SOCKET_BUFFER* pBuffer, PVOID pvContext);

// Says what is to be done next. Each action but NO_ACTION is to be completed by one call of
// WebSocketCompleteAction. At most one of the sends' and one of the receives' actions are outstanding at
// once; until it is completed, its queue has NO_ACTION.
// State: open or aborted. After an abort, nothing but the indications of what was queued.
// Ownership: buffers are lent until the action is completed; those of SEND_TO_NETWORK are to be read,
//   that of RECEIVE_FROM_NETWORK to be written, from its front.
// Parameters: *pulDataBufferCount is the room of `pDataBuffers` before, at least 1, and how many were
//   filled after: 1 or 2 for SEND_TO_NETWORK, 1 for RECEIVE_FROM_NETWORK and INDICATE_RECEIVE_COMPLETE
//   (with a NULL pointer, length 0 and type 0 if the receive was cancelled); unchanged for NO_ACTION and
//   INDICATE_SEND_COMPLETE. *pvApplicationContext is that of the send or receive, and NULL for NO_ACTION
//   and the pong that answers a ping; the parameter may be NULL. *pvActionContext is never NULL but for
//   NO_ACTION.
// Errors: E_INVALIDARG (NULL, no room, no such queue), E_INVALID_PROTOCOL_OPERATION (the state),
//   E_OUTOFMEMORY; while a receive is queued and receives' actions are asked for, also
//   E_INVALID_PROTOCOL_FORMAT and E_INVALID_PROTOCOL_OPERATION for what the peer sent, from then on:
//   send a Close if you like, and abort. The action is then NO_ACTION, with a count of 0.
// Page: WebSocketGetAction.
HRESULT WINAPI WebSocketGetAction(WEB_SOCKET_HANDLE hWebSocket, WEB_SOCKET_ACTION_QUEUE eActionQueue,
                                  WEB_SOCKET_BUFFER* pDataBuffers, ULONG* pulDataBufferCount,
                                  WEB_SOCKET_ACTION* pAction, WEB_SOCKET_BUFFER_TYPE* pBufferType,
                                  PVOID* pvApplicationContext, PVOID* pvActionContext);

// Says that an action is done. Nothing is parsed or copied here, and no buffer touched.
// State: any; a context that is NULL, unknown or completed already does nothing.
// Parameters: `ulBytesTransferred`: for SEND_TO_NETWORK the sum of its buffers, anything else cancels
//   that send; for RECEIVE_FROM_NETWORK the bytes that were received, 0 cancels that receive. It is
//   ignored for other actions.
// Errors: none. Page: WebSocketCompleteAction.
VOID WINAPI WebSocketCompleteAction(WEB_SOCKET_HANDLE hWebSocket, PVOID pvActionContext,
                                    ULONG ulBytesTransferred);

// Gives the WebSocket up: nothing can be queued, sent or received any more. WebSocketGetAction then
// indicates what was queued, once actions that are outstanding have been completed.
// State: open; before that, and when repeated, it does nothing.
// Errors: none. Page: WebSocketAbortHandle.
VOID WINAPI WebSocketAbortHandle(WEB_SOCKET_HANDLE hWebSocket);

// --- what holds for all handles

// KEEPALIVE_INTERVAL: one ULONG, the milliseconds after which a program that has nothing to send should
// send an unsolicited pong (the library itself has no timers). SUPPORTED_VERSIONS: a ULONG for
// each version of the protocol, 13.
// Parameters: `pvValue` at any alignment. *ulSize is its size in bytes before, and what was written after.
// Errors: E_INVALIDARG (NULL, another property), HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER) with the
//   size needed in *ulSize.
// Page: WebSocketGetGlobalProperty.
HRESULT WINAPI WebSocketGetGlobalProperty(WEB_SOCKET_PROPERTY_TYPE eType, PVOID pvValue, ULONG* ulSize);

#ifdef __cplusplus
}
#endif

// --- Programs in other languages rely on these: widths, offsets and sizes of Windows on every system.

WSPC_STATIC_ASSERT_(sizeof(BYTE) == 1 && sizeof(USHORT) == 2, "BYTE has 8 bits, USHORT 16");
WSPC_STATIC_ASSERT_(sizeof(ULONG) == 4 && sizeof(DWORD) == 4 && sizeof(BOOL) == 4,
                    "ULONG, DWORD and BOOL have 32 bits");
WSPC_STATIC_ASSERT_(WSPC_CAST_(ULONG, -1) > 0 && WSPC_CAST_(USHORT, -1) > 0, "ULONG and USHORT are unsigned");
WSPC_STATIC_ASSERT_(sizeof(HRESULT) == 4 && WSPC_CAST_(HRESULT, -1) < 0, "HRESULT has 32 bits and a sign");
WSPC_STATIC_ASSERT_(sizeof(PBYTE) == sizeof(void*) && sizeof(WEB_SOCKET_HANDLE) == sizeof(void*),
                    "handles are pointers");
WSPC_STATIC_ASSERT_(sizeof(WEB_SOCKET_CLOSE_STATUS) == 4 && sizeof(WEB_SOCKET_PROPERTY_TYPE) == 4 &&
                        sizeof(WEB_SOCKET_ACTION_QUEUE) == 4 && sizeof(WEB_SOCKET_BUFFER_TYPE) == 4 &&
                        sizeof(WEB_SOCKET_ACTION) == 4,
                    "enumerations have 32 bits");

WSPC_STATIC_ASSERT_(offsetof(WEB_SOCKET_BUFFER, Data.pbBuffer) == 0 &&
                        offsetof(WEB_SOCKET_BUFFER, Data.ulBufferLength) == sizeof(void*),
                    "WEB_SOCKET_BUFFER, Data: pointer, length");
WSPC_STATIC_ASSERT_(offsetof(WEB_SOCKET_BUFFER, CloseStatus.pbReason) == 0 &&
                        offsetof(WEB_SOCKET_BUFFER, CloseStatus.ulReasonLength) == sizeof(void*) &&
                        offsetof(WEB_SOCKET_BUFFER, CloseStatus.usStatus) == sizeof(void*) + 4,
                    "WEB_SOCKET_BUFFER, CloseStatus: pointer, length, status");
WSPC_STATIC_ASSERT_(sizeof(WEB_SOCKET_BUFFER) == sizeof(void*) + 8, "WEB_SOCKET_BUFFER has 16 bytes, or 12");

WSPC_STATIC_ASSERT_(offsetof(WEB_SOCKET_HTTP_HEADER, pcName) == 0 &&
                        offsetof(WEB_SOCKET_HTTP_HEADER, ulNameLength) == sizeof(void*) &&
                        offsetof(WEB_SOCKET_HTTP_HEADER, pcValue) == 2 * sizeof(void*) &&
                        offsetof(WEB_SOCKET_HTTP_HEADER, ulValueLength) == 3 * sizeof(void*),
                    "WEB_SOCKET_HTTP_HEADER: name, length, value, length");
WSPC_STATIC_ASSERT_(sizeof(WEB_SOCKET_HTTP_HEADER) == 4 * sizeof(void*),
                    "WEB_SOCKET_HTTP_HEADER has four words");

WSPC_STATIC_ASSERT_(offsetof(WEB_SOCKET_PROPERTY, Type) == 0 &&
                        offsetof(WEB_SOCKET_PROPERTY, pvValue) == sizeof(void*) &&
                        offsetof(WEB_SOCKET_PROPERTY, ulValueSize) == 2 * sizeof(void*),
                    "WEB_SOCKET_PROPERTY: type, pointer, size");
WSPC_STATIC_ASSERT_(sizeof(WEB_SOCKET_PROPERTY) == 3 * sizeof(void*), "WEB_SOCKET_PROPERTY has three words");

#endif  // WSPC_WEBSOCKET_H
