// SPDX-License-Identifier: Apache-2.0
// What names_in_c.c and own_types.c, compiled as C11, tell to layout_test.cpp. No name of <websocket.h>
// here, since the two include it in different ways.
#ifndef WSPC_TEST_NAMES_IN_C_H
#define WSPC_TEST_NAMES_IN_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

size_t wspc_c_size_of_buffer(void);
size_t wspc_c_size_of_header(void);
size_t wspc_c_size_of_property(void);
uint32_t wspc_c_close_type(void);
// A handle created with types of the program: the result.
int32_t wspc_c_own_types(void);

#ifdef __cplusplus
}
#endif

#endif
