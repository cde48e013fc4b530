// SPDX-License-Identifier: Apache-2.0
// What a C11 program sees of the header.
#include "support/names_in_c.h"

#include <websocket.h>

size_t wspc_c_size_of_buffer(void) { return sizeof(union _WEB_SOCKET_BUFFER); }
size_t wspc_c_size_of_header(void) { return sizeof(struct _WEB_SOCKET_HTTP_HEADER); }
size_t wspc_c_size_of_property(void) { return sizeof(struct _WEB_SOCKET_PROPERTY); }
// Beyond the range of an int, which is what an enumerator of C11 has.
uint32_t wspc_c_close_type(void) { return WEB_SOCKET_CLOSE_BUFFER_TYPE; }
