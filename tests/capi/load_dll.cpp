// SPDX-License-Identifier: Apache-2.0
// The 13 functions of websocket.h, by pointers from the shared library, which is loaded by name at the
// first call. So a program with this in the place of the library runs the same tests without being
// linked to it: as programs do that look for websocket.dll at run time.
#include <websocket.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace {

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "load_dll: %s\n", what);
    std::exit(1);
}

#ifdef _WIN32

// The folder of a module's file; that of the program for null.
std::string folder_of(HMODULE module) {
    char path[MAX_PATH];
    const DWORD size = GetModuleFileNameA(module, path, MAX_PATH);
    if (size == 0 || size == MAX_PATH) give_up("a module has no path");
    const std::string whole{path, size};
    return whole.substr(0, whole.find_last_of('\\'));
}

HMODULE load() {
    if (GetModuleHandleA("websocket.dll") != nullptr) give_up("the program is linked to websocket.dll");
    const HMODULE module = LoadLibraryA("websocket.dll");
    if (module == nullptr) give_up("websocket.dll cannot be loaded");
    // The system has one of the same name.
    if (folder_of(module) != folder_of(nullptr)) give_up("websocket.dll is not the one beside the program");
    return module;
}

void* address_of(const char* name) {
    static const HMODULE module = load();
    return reinterpret_cast<void*>(GetProcAddress(module, name));
}

#else

void* load() {
    constexpr const char* name = "libwebsocket.so.1";
    if (dlopen(name, RTLD_NOW | RTLD_NOLOAD) != nullptr) give_up("the program is linked to the library");
    void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) give_up(dlerror());
    return library;
}

void* address_of(const char* name) {
    static void* const library = load();
    return dlsym(library, name);
}

#endif

template <class Function>
Function* find(const char* name) {
    void* const found = address_of(name);
    if (found == nullptr) give_up(name);
    return reinterpret_cast<Function*>(found);
}

}  // namespace

// A function with these parameters that hands them on to the one of the same name in the library.
#define WSPC_FORWARD(result, name, parameters, arguments)                  \
    result WINAPI name parameters {                                        \
        static auto* const loaded = find<result WINAPI parameters>(#name); \
        return loaded arguments;                                           \
    }

extern "C" {

WSPC_FORWARD(HRESULT, WebSocketCreateClientHandle,
             (const PWEB_SOCKET_PROPERTY properties, ULONG count, WEB_SOCKET_HANDLE* handle),
             (properties, count, handle))
WSPC_FORWARD(HRESULT, WebSocketCreateServerHandle,
             (const PWEB_SOCKET_PROPERTY properties, ULONG count, WEB_SOCKET_HANDLE* handle),
             (properties, count, handle))
WSPC_FORWARD(HRESULT, WebSocketBeginClientHandshake,
             (WEB_SOCKET_HANDLE handle, PCSTR* protocols, ULONG protocol_count, PCSTR* extensions,
              ULONG extension_count, const PWEB_SOCKET_HTTP_HEADER initial, ULONG initial_count,
              PWEB_SOCKET_HTTP_HEADER* additional, ULONG* additional_count),
             (handle, protocols, protocol_count, extensions, extension_count, initial, initial_count,
              additional, additional_count))
WSPC_FORWARD(HRESULT, WebSocketEndClientHandshake,
             (WEB_SOCKET_HANDLE handle, const PWEB_SOCKET_HTTP_HEADER response, ULONG response_count,
              ULONG* extensions, ULONG* extension_count, ULONG* protocol),
             (handle, response, response_count, extensions, extension_count, protocol))
WSPC_FORWARD(HRESULT, WebSocketBeginServerHandshake,
             (WEB_SOCKET_HANDLE handle, PCSTR protocol, PCSTR* extensions, ULONG extension_count,
              const PWEB_SOCKET_HTTP_HEADER request, ULONG request_count, PWEB_SOCKET_HTTP_HEADER* response,
              ULONG* response_count),
             (handle, protocol, extensions, extension_count, request, request_count, response,
              response_count))
WSPC_FORWARD(HRESULT, WebSocketEndServerHandshake, (WEB_SOCKET_HANDLE handle), (handle))
WSPC_FORWARD(HRESULT, WebSocketSend,
             (WEB_SOCKET_HANDLE handle, WEB_SOCKET_BUFFER_TYPE type, WEB_SOCKET_BUFFER* buffer,
              PVOID context),
             (handle, type, buffer, context))
WSPC_FORWARD(HRESULT, WebSocketReceive, (WEB_SOCKET_HANDLE handle, WEB_SOCKET_BUFFER* buffer, PVOID context),
             (handle, buffer, context))
WSPC_FORWARD(HRESULT, WebSocketGetAction,
             (WEB_SOCKET_HANDLE handle, WEB_SOCKET_ACTION_QUEUE queue, WEB_SOCKET_BUFFER* buffers,
              ULONG* count, WEB_SOCKET_ACTION* action, WEB_SOCKET_BUFFER_TYPE* type, PVOID* context,
              PVOID* action_context),
             (handle, queue, buffers, count, action, type, context, action_context))
WSPC_FORWARD(VOID, WebSocketCompleteAction,
             (WEB_SOCKET_HANDLE handle, PVOID action_context, ULONG transferred),
             (handle, action_context, transferred))
WSPC_FORWARD(VOID, WebSocketAbortHandle, (WEB_SOCKET_HANDLE handle), (handle))
WSPC_FORWARD(VOID, WebSocketDeleteHandle, (WEB_SOCKET_HANDLE handle), (handle))
WSPC_FORWARD(HRESULT, WebSocketGetGlobalProperty,
             (WEB_SOCKET_PROPERTY_TYPE property, PVOID value, ULONG* size), (property, value, size))

}  // extern "C"
