// SPDX-License-Identifier: Apache-2.0
// As much of Node-API as bufferutil's source needs, with the arguments in structures that the caller
// fills: what Node itself adds to a call is not measured.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef int napi_status;
enum { napi_ok = 0 };

struct wspc_buffer {
    void* data;
    size_t size;
};
typedef struct wspc_buffer* napi_value;  // of a buffer
typedef void* napi_env;
typedef napi_value* napi_callback_info;  // the arguments
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);

static inline napi_status napi_get_cb_info(napi_env env, napi_callback_info info, size_t* count,
                                           napi_value* values, napi_value* self, void** data) {
    (void)env, (void)self, (void)data;
    for (size_t i = 0; i < *count; ++i) values[i] = info[i];
    return napi_ok;
}

static inline napi_status napi_get_buffer_info(napi_env env, napi_value value, void** data, size_t* size) {
    (void)env;
    *data = value->data;
    if (size != NULL) *size = value->size;
    return napi_ok;
}

// The rest is for calls that nobody makes here.
static inline napi_status napi_get_value_int64(napi_env env, napi_value value, int64_t* number) {
    (void)env;
    *number = (int64_t)value->size;
    return napi_ok;
}
static inline napi_status napi_create_function(napi_env env, const char* name, size_t size,
                                               napi_callback function, void* data, napi_value* made) {
    (void)env, (void)name, (void)size, (void)function, (void)data;
    *made = NULL;
    return napi_ok;
}
static inline napi_status napi_set_named_property(napi_env env, napi_value object, const char* name,
                                                  napi_value value) {
    (void)env, (void)object, (void)name, (void)value;
    return napi_ok;
}
#define NAPI_MODULE(name, function)
