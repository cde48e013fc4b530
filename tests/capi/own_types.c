// SPDX-License-Identifier: Apache-2.0
// A program that has the Windows types already, from a porting layer for example. On Windows they are
// those of windows.h, which the header includes.
#include <stdint.h>

#ifndef _WIN32
typedef int32_t HRESULT;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef uint16_t USHORT;
typedef int32_t BOOL;
typedef unsigned char BYTE, *PBYTE;
typedef char* PCHAR;
typedef const char* PCSTR;
typedef void* PVOID;
#define VOID void
#define WINAPI
#define S_OK ((HRESULT)0L)
#define E_INVALIDARG ((HRESULT)0x80070057L)
#define FAILED(result) ((HRESULT)(result) < 0)

#define WSPC_HAVE_WINDOWS_TYPES
#endif
#include <websocket.h>

#include "support/names_in_c.h"

int32_t wspc_c_own_types(void) {
    WEB_SOCKET_HANDLE handle = NULL;
    const HRESULT result = WebSocketCreateClientHandle(NULL, 0, &handle);
    WebSocketDeleteHandle(handle);
    return FAILED(result) ? E_INVALIDARG : result;
}
