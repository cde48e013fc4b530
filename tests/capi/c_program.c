// SPDX-License-Identifier: Apache-2.0
// A program in C: two handles in one process shake hands and say one word. Exit 0 if all went well.
#include <stdio.h>
#include <string.h>
#include <websocket.h>

#define CHECK(condition)                                            \
    do {                                                            \
        if (!(condition)) {                                         \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
            return 1;                                               \
        }                                                           \
    } while (0)

// The one action that `queue` of `from` has now.
struct step {
    WEB_SOCKET_BUFFER buffers[2];
    ULONG count;
    WEB_SOCKET_ACTION action;
    WEB_SOCKET_BUFFER_TYPE type;
    PVOID context;
};

static HRESULT next(WEB_SOCKET_HANDLE from, struct step* to) {
    PVOID application_context = NULL;
    to->count = 2;
    return WebSocketGetAction(from, WEB_SOCKET_ALL_ACTION_QUEUE, to->buffers, &to->count, &to->action,
                              &to->type, &application_context, &to->context);
}

int main(void) {
    static char host_name[] = "Host";
    static BYTE word[] = "word";
    WEB_SOCKET_HANDLE client = NULL;
    WEB_SOCKET_HANDLE server = NULL;
    CHECK(WebSocketCreateClientHandle(NULL, 0, &client) == S_OK);
    CHECK(WebSocketCreateServerHandle(NULL, 0, &server) == S_OK);

    PWEB_SOCKET_HTTP_HEADER fields = NULL;
    ULONG count = 0;
    CHECK(WebSocketBeginClientHandshake(client, NULL, 0, NULL, 0, NULL, 0, &fields, &count) == S_OK);
    WEB_SOCKET_HTTP_HEADER request[5];
    CHECK(count == 4);
    memcpy(request, fields, sizeof request[0] * count);
    request[4].pcName = host_name;
    request[4].ulNameLength = 4;
    request[4].pcValue = NULL;
    request[4].ulValueLength = 0;
    CHECK(WebSocketBeginServerHandshake(server, NULL, NULL, 0, request, 5, &fields, &count) == S_OK);
    CHECK(WebSocketEndClientHandshake(client, fields, count, NULL, NULL, NULL) == S_OK);
    CHECK(WebSocketEndServerHandshake(server) == S_OK);

    WEB_SOCKET_BUFFER buffer;
    buffer.Data.pbBuffer = word;
    buffer.Data.ulBufferLength = 4;
    CHECK(WebSocketSend(client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &buffer, NULL) == S_OK);
    CHECK(WebSocketReceive(server, NULL, NULL) == S_OK);

    struct step out;
    struct step in;
    CHECK(next(client, &out) == S_OK && out.action == WEB_SOCKET_SEND_TO_NETWORK_ACTION && out.count == 1);
    CHECK(next(server, &in) == S_OK && in.action == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION && in.count == 1);
    count = out.buffers[0].Data.ulBufferLength;
    CHECK(count == 10 && count <= in.buffers[0].Data.ulBufferLength);
    memcpy(in.buffers[0].Data.pbBuffer, out.buffers[0].Data.pbBuffer, count);
    WebSocketCompleteAction(client, out.context, count);
    WebSocketCompleteAction(server, in.context, count);
    CHECK(next(server, &in) == S_OK && in.action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION);
    CHECK(in.type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE && in.buffers[0].Data.ulBufferLength == 4);
    CHECK(memcmp(in.buffers[0].Data.pbBuffer, word, 4) == 0);
    WebSocketCompleteAction(server, in.context, 0);

    WebSocketAbortHandle(client);
    WebSocketDeleteHandle(client);
    WebSocketDeleteHandle(server);
    ULONG interval = 0;
    count = sizeof interval;
    CHECK(WebSocketGetGlobalProperty(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &count) == S_OK);
    CHECK(interval >= 15000);
    return 0;
}
