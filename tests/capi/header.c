// SPDX-License-Identifier: Apache-2.0
// Every name of websocket.h once, as C and as C++; compiled, never run. See check_header.cmake.
#include <stdint.h>

#ifdef OWN_TYPES
#define WSPC_HAVE_WINDOWS_TYPES
typedef int32_t HRESULT;
typedef uint32_t ULONG, DWORD;
typedef uint16_t USHORT;
typedef int32_t BOOL;
typedef uint8_t BYTE, *PBYTE;
typedef char* PCHAR;
typedef const char* PCSTR;
typedef void* PVOID;
#endif
#ifdef OWN_ULONG
#define WSPC_HAVE_ULONG
#ifdef WRONG_WIDTH
typedef uint64_t ULONG;
#else
typedef uint32_t ULONG;
#endif
#endif

#include <websocket.h>
// Twice, as in a program of several headers.
#include <websocket.h>

#ifdef PLANTED
// What -pedantic is there to see.
struct empty_by_extension {};
#endif

// Constants where the language wants them.
int name_of_result(HRESULT result);
int name_of_result(HRESULT result) {
    switch (result) {
        case S_OK: return 0;
        case E_INVALIDARG: return 1;
        case E_OUTOFMEMORY: return 2;
        case E_INVALID_PROTOCOL_OPERATION: return 3;
        case E_INVALID_PROTOCOL_FORMAT: return 4;
        case E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED: return 5;
        case E_SUBPROTOCOL_NOT_SUPPORTED: return 6;
        case E_PROTOCOL_VERSION_NOT_SUPPORTED: return 7;
#ifndef _WIN32
        case HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER): return 8;
#endif
        default: return FAILED(result) && !SUCCEEDED(result);
    }
}
WSPC_STATIC_ASSERT_(E_UNSUPPORTED_EXTENSION == E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED, "the page's name");
WSPC_STATIC_ASSERT_(E_UNSUPPORTED_SUBPROTOCOL == E_SUBPROTOCOL_NOT_SUPPORTED, "the page's name");
WSPC_STATIC_ASSERT_(WEB_SOCKET_MAX_CLOSE_REASON_LENGTH == 123, "RFC 6455 5.5");

struct all_functions {
    HRESULT(WINAPI* create_client)(const PWEB_SOCKET_PROPERTY, ULONG, WEB_SOCKET_HANDLE*);
    HRESULT(WINAPI* begin_client)
    (WEB_SOCKET_HANDLE, PCSTR*, ULONG, PCSTR*, ULONG, const PWEB_SOCKET_HTTP_HEADER, ULONG,
     PWEB_SOCKET_HTTP_HEADER*, ULONG*);
    HRESULT(WINAPI* end_client)
    (WEB_SOCKET_HANDLE, const PWEB_SOCKET_HTTP_HEADER, ULONG, ULONG*, ULONG*, ULONG*);
    HRESULT(WINAPI* create_server)(const PWEB_SOCKET_PROPERTY, ULONG, WEB_SOCKET_HANDLE*);
    HRESULT(WINAPI* begin_server)
    (WEB_SOCKET_HANDLE, PCSTR, PCSTR*, ULONG, const PWEB_SOCKET_HTTP_HEADER, ULONG, PWEB_SOCKET_HTTP_HEADER*,
     ULONG*);
    HRESULT(WINAPI* end_server)(WEB_SOCKET_HANDLE);
    HRESULT(WINAPI* send)(WEB_SOCKET_HANDLE, WEB_SOCKET_BUFFER_TYPE, WEB_SOCKET_BUFFER*, PVOID);
    HRESULT(WINAPI* receive)(WEB_SOCKET_HANDLE, WEB_SOCKET_BUFFER*, PVOID);
    HRESULT(WINAPI* get_action)
    (WEB_SOCKET_HANDLE, WEB_SOCKET_ACTION_QUEUE, WEB_SOCKET_BUFFER*, ULONG*, WEB_SOCKET_ACTION*,
     WEB_SOCKET_BUFFER_TYPE*, PVOID*, PVOID*);
    VOID(WINAPI* complete_action)(WEB_SOCKET_HANDLE, PVOID, ULONG);
    VOID(WINAPI* abort_handle)(WEB_SOCKET_HANDLE);
    VOID(WINAPI* delete_handle)(WEB_SOCKET_HANDLE);
    HRESULT(WINAPI* get_global_property)(WEB_SOCKET_PROPERTY_TYPE, PVOID, ULONG*);
};
extern const struct all_functions all;
const struct all_functions all = {WebSocketCreateClientHandle,
                                  WebSocketBeginClientHandshake,
                                  WebSocketEndClientHandshake,
                                  WebSocketCreateServerHandle,
                                  WebSocketBeginServerHandshake,
                                  WebSocketEndServerHandshake,
                                  WebSocketSend,
                                  WebSocketReceive,
                                  WebSocketGetAction,
                                  WebSocketCompleteAction,
                                  WebSocketAbortHandle,
                                  WebSocketDeleteHandle,
                                  WebSocketGetGlobalProperty};

// Name and value of every enumerator.
#define VALUE_(name, value) WSPC_STATIC_ASSERT_(WSPC_CAST_(uint32_t, name) == value, #name)
VALUE_(WEB_SOCKET_SUCCESS_CLOSE_STATUS, 1000);
VALUE_(WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS, 1001);
VALUE_(WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS, 1002);
VALUE_(WEB_SOCKET_INVALID_DATA_TYPE_CLOSE_STATUS, 1003);
VALUE_(WEB_SOCKET_EMPTY_CLOSE_STATUS, 1005);
VALUE_(WEB_SOCKET_ABORTED_CLOSE_STATUS, 1006);
VALUE_(WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS, 1007);
VALUE_(WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS, 1008);
VALUE_(WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS, 1009);
VALUE_(WEB_SOCKET_UNSUPPORTED_EXTENSIONS_CLOSE_STATUS, 1010);
VALUE_(WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS, 1011);
VALUE_(WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS, 1015);
VALUE_(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, 0);
VALUE_(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, 1);
VALUE_(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, 2);
VALUE_(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, 3);
VALUE_(WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE, 4);
VALUE_(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, 5);
VALUE_(WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, 6);
VALUE_(WEB_SOCKET_SEND_ACTION_QUEUE, 1);
VALUE_(WEB_SOCKET_RECEIVE_ACTION_QUEUE, 2);
VALUE_(WEB_SOCKET_ALL_ACTION_QUEUE, 3);
VALUE_(WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, 0x80000000);
VALUE_(WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, 0x80000001);
VALUE_(WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, 0x80000002);
VALUE_(WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE, 0x80000003);
VALUE_(WEB_SOCKET_CLOSE_BUFFER_TYPE, 0x80000004);
VALUE_(WEB_SOCKET_PING_PONG_BUFFER_TYPE, 0x80000005);
VALUE_(WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, 0x80000006);
VALUE_(WEB_SOCKET_NO_ACTION, 0);
VALUE_(WEB_SOCKET_SEND_TO_NETWORK_ACTION, 1);
VALUE_(WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION, 2);
VALUE_(WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION, 3);
VALUE_(WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION, 4);

// Types that nothing above needed, with their tags.
extern const union _WEB_SOCKET_BUFFER* const a_buffer;
extern const struct _WEB_SOCKET_PROPERTY* const a_property;
extern const struct _WEB_SOCKET_HTTP_HEADER* const a_header;
extern const PWEB_SOCKET_BUFFER pointer_to_buffer;
extern const PWEB_SOCKET_ACTION pointer_to_action;
extern const WEB_SOCKET_CLOSE_STATUS a_status;
