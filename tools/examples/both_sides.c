// SPDX-License-Identifier: Apache-2.0
// Both sides of a WebSocket in one process, joined by memory: the opening handshake, text, fragments
// with a ping in between, an unsolicited pong, a message larger than any buffer, and the close.
//
// C11 and websocket.h, nothing else: with Microsoft's own header and library it is the same program.
// It prints what each side does and hears; exit 0 if all of it went as it should.
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <websocket.h>

// One direction of the "network": bytes that were sent and not yet received, first in first out.
struct wire {
    BYTE bytes[16 * 1024];
    size_t used;
};

// One side of the conversation.
struct side {
    const char* name;
    WEB_SOCKET_HANDLE handle;
    struct wire* out;
    struct wire* in;

    // A RECEIVE_FROM_NETWORK action for which nothing has arrived yet. It stays outstanding, as a read of
    // a socket would, and meanwhile the library goes on handing out what there is to send.
    bool reading;
    WEB_SOCKET_BUFFER read_buffer;
    PVOID read_context;

    bool closing;         // our Close is queued: no more data may be
    bool closed;          // the peer's Close has been heard: nothing comes after it
    size_t message_size;  // bytes of the message so far; it comes in pieces
};

// --- errors: each function says what went wrong where it did, and the caller just leaves

static const char* name_of(HRESULT result) {
    if (result == E_INVALIDARG) return "E_INVALIDARG";
    if (result == E_OUTOFMEMORY) return "E_OUTOFMEMORY";
    if (result == E_INVALID_PROTOCOL_OPERATION) return "E_INVALID_PROTOCOL_OPERATION";
    if (result == E_INVALID_PROTOCOL_FORMAT) return "E_INVALID_PROTOCOL_FORMAT";
    if (result == E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED) return "E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED";
    if (result == E_SUBPROTOCOL_NOT_SUPPORTED) return "E_SUBPROTOCOL_NOT_SUPPORTED";
    if (result == E_PROTOCOL_VERSION_NOT_SUPPORTED) return "E_PROTOCOL_VERSION_NOT_SUPPORTED";
    return "an HRESULT of another kind";
}

static bool succeeded(HRESULT result, const char* what) {
    if (SUCCEEDED(result)) return true;
    fprintf(stderr, "%s: %s (0x%08X)\n", what, name_of(result), (unsigned)result);
    return false;
}

// --- what a side is told

static const char* name_of_type(WEB_SOCKET_BUFFER_TYPE type) {
    switch (type) {
        case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE: return "text message";
        case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE: return "text fragment";
        case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE: return "binary message";
        case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE: return "binary fragment";
        case WEB_SOCKET_CLOSE_BUFFER_TYPE: return "close";
        case WEB_SOCKET_PING_PONG_BUFFER_TYPE: return "pong";  // a ping only when it is sent
        case WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE: break;   // sent, never received
    }
    return "nothing";
}

static bool heard_close(struct side* self, const WEB_SOCKET_BUFFER* buffer) {
    // With this type the other arm of the union holds. A Close without a status is indicated as 1005,
    // which must not be sent (page: WEB_SOCKET_CLOSE_STATUS); our answer then has none, too.
    const USHORT status = buffer->CloseStatus.usStatus;
    const int length = (int)buffer->CloseStatus.ulReasonLength;
    printf("%s: heard close, status %u, reason \"%.*s\"\n", self->name, (unsigned)status, length,
           length > 0 ? (const char*)buffer->CloseStatus.pbReason : "");
    self->closed = true;
    if (self->closing) return true;  // this is the answer to ours

    // The library never sends a Close by itself; without this the peer would wait for it.
    self->closing = true;
    WEB_SOCKET_BUFFER answer;
    memset(&answer, 0, sizeof answer);
    answer.CloseStatus.usStatus = status;
    return succeeded(WebSocketSend(self->handle, WEB_SOCKET_CLOSE_BUFFER_TYPE,
                                   status == WEB_SOCKET_EMPTY_CLOSE_STATUS ? NULL : &answer, "the answer"),
                     "WebSocketSend, to answer a close");
}

// An INDICATE_RECEIVE_COMPLETE action. `buffer` is the library's until the action is completed: what is
// to be kept must be copied here.
static bool heard(struct side* self, WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER* buffer) {
    if (type == WEB_SOCKET_CLOSE_BUFFER_TYPE) return heard_close(self, buffer);

    const char* const bytes = (const char*)buffer->Data.pbBuffer;  // NULL if the length is 0
    const int length = (int)buffer->Data.ulBufferLength;
    const bool text =
        type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE || type == WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE;
    if (text) {
        // A piece may end in the middle of a character, and is not NUL-terminated.
        printf("%s: heard %s \"%.*s\"\n", self->name, name_of_type(type), length, length > 0 ? bytes : "");
    } else {
        printf("%s: heard %s, %d bytes\n", self->name, name_of_type(type), length);
    }
    // A pong is no part of the message that it may stand in.
    if (type != WEB_SOCKET_PING_PONG_BUFFER_TYPE) self->message_size += (size_t)length;
    if (type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE || type == WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE) {
        printf("%s: that made %zu bytes\n", self->name, self->message_size);
        self->message_size = 0;
    }
    // One receive ends with one indication, a pong's included, so the next one has to be queued. It may
    // be, although this indication has not been completed yet.
    return succeeded(WebSocketReceive(self->handle, NULL, NULL), "WebSocketReceive");
}

// --- the network

// A SEND_TO_NETWORK action: all of its buffers, in order, or it counts as failed.
static bool write_wire(struct side* self, const WEB_SOCKET_BUFFER* buffers, ULONG count, ULONG* moved) {
    for (ULONG i = 0; i < count; ++i) {
        const ULONG length = buffers[i].Data.ulBufferLength;
        if (length > sizeof self->out->bytes - self->out->used) {
            fprintf(stderr, "%s: the wire is full\n", self->name);
            return false;
        }
        memcpy(self->out->bytes + self->out->used, buffers[i].Data.pbBuffer, length);
        self->out->used += length;
        *moved += length;
    }
    return true;
}

// What has arrived, as far as the outstanding read has room for it.
static void finish_read(struct side* self) {
    ULONG length = self->read_buffer.Data.ulBufferLength;
    if (length > self->in->used) length = (ULONG)self->in->used;
    memcpy(self->read_buffer.Data.pbBuffer, self->in->bytes, length);
    self->in->used -= length;
    memmove(self->in->bytes, self->in->bytes + length, self->in->used);
    self->reading = false;
    // The number of bytes, which may be less than the buffer has. 0 would cancel the receive.
    WebSocketCompleteAction(self->handle, self->read_context, length);
}

// --- the action loop

// Does one thing that the library asks for. *more is false once there is nothing to do for now.
static bool step(struct side* self, bool* more) {
    if (self->reading && self->in->used > 0) finish_read(self);

    WEB_SOCKET_BUFFER buffers[2];  // no action has more
    ULONG count = 2;               // in: how many there are; out: how many the action has
    WEB_SOCKET_ACTION action = WEB_SOCKET_NO_ACTION;
    WEB_SOCKET_BUFFER_TYPE type;
    PVOID our_context = NULL;  // what we gave WebSocketSend or WebSocketReceive
    PVOID action_context = NULL;
    // A failure here is the peer's, which has sent what RFC 6455 does not allow.
    if (!succeeded(WebSocketGetAction(self->handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action,
                                      &type, &our_context, &action_context),
                   "WebSocketGetAction"))
        return false;

    bool good = true;
    ULONG moved = 0;
    switch (action) {
        case WEB_SOCKET_NO_ACTION: *more = false; return true;  // nothing to complete
        case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
            good = write_wire(self, buffers, count, &moved);
            // Without a context it is no send of ours: the library answers a ping.
            printf("%s: sent %s, %u bytes\n", self->name,
                   our_context != NULL ? (const char*)our_context : "a pong", (unsigned)moved);
            break;
        case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
            self->reading = true;
            self->read_buffer = buffers[0];
            self->read_context = action_context;
            return true;  // completed by finish_read(), once something is there
        case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION:
            // From here on the memory that was given to WebSocketSend is ours again.
            printf("%s: done with %s\n", self->name, (const char*)our_context);
            break;
        case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION: good = heard(self, type, &buffers[0]); break;
    }
    WebSocketCompleteAction(self->handle, action_context, moved);
    return good;
}

// Both sides, until neither has anything left to do.
static bool settle(struct side* client, struct side* server) {
    bool more = true;
    while (more) {
        bool client_more = true;
        bool server_more = true;
        if (!step(client, &client_more) || !step(server, &server_more)) return false;
        more = client_more || server_more;
    }
    return true;
}

// --- the conversation

// Queues one frame. `bytes` must live until "done with `label`" is printed; it is never changed.
static bool say(struct side* self, WEB_SOCKET_BUFFER_TYPE type, const void* bytes, size_t size,
                const char* label) {
    WEB_SOCKET_BUFFER buffer;
    buffer.Data.pbBuffer = (PBYTE)bytes;
    buffer.Data.ulBufferLength = (ULONG)size;
    // Pings and pongs have no payload in this API (page: WebSocketSend).
    return succeeded(WebSocketSend(self->handle, type, bytes != NULL ? &buffer : NULL, (PVOID)label),
                     "WebSocketSend");
}

static bool shake_hands(struct side* client, struct side* server) {
    // The client's fields. Request line, Host and whatever else belongs into the request are ours to add;
    // a program with a network would now send all of it as text.
    PCSTR protocols[] = {"superchat", "chat"};
    PWEB_SOCKET_HTTP_HEADER fields = NULL;
    ULONG count = 0;
    if (!succeeded(
            WebSocketBeginClientHandshake(client->handle, protocols, 2, NULL, 0, NULL, 0, &fields, &count),
            "WebSocketBeginClientHandshake"))
        return false;
    WEB_SOCKET_HTTP_HEADER request[16];
    if (count >= sizeof request / sizeof request[0]) return false;
    memcpy(request, fields, count * sizeof request[0]);
    static char host_name[] = "Host";
    static char host_value[] = "example.com";
    request[count].pcName = host_name;
    request[count].ulNameLength = sizeof host_name - 1;
    request[count].pcValue = host_value;
    request[count].ulValueLength = sizeof host_value - 1;
    printf("client: asks with %u fields\n", (unsigned)count + 1);

    // The server takes what it knows of what was offered, here "chat", and gets the fields of its answer;
    // the status line, 101, is its own affair.
    if (!succeeded(WebSocketBeginServerHandshake(server->handle, protocols[1], NULL, 0, request, count + 1,
                                                 &fields, &count),
                   "WebSocketBeginServerHandshake"))
        return false;
    printf("server: answers with %u fields\n", (unsigned)count);

    // Had it come from a network, the client would have seen to it that the status was 101.
    ULONG selected = 0;
    if (!succeeded(WebSocketEndClientHandshake(client->handle, fields, count, NULL, NULL, &selected),
                   "WebSocketEndClientHandshake"))
        return false;
    printf("client: the sub-protocol is \"%s\"\n", protocols[selected]);
    return succeeded(WebSocketEndServerHandshake(server->handle), "WebSocketEndServerHandshake");
}

static bool converse(struct side* client, struct side* server) {
    static BYTE numbers[10000];  // more than a receive buffer, which has 4096 bytes
    static const char reason[] = "that was all";
    if (!shake_hands(client, server)) return false;
    // From now on both sides listen.
    if (!succeeded(WebSocketReceive(client->handle, NULL, NULL), "WebSocketReceive")) return false;
    if (!succeeded(WebSocketReceive(server->handle, NULL, NULL), "WebSocketReceive")) return false;

    puts("-- text");
    if (!say(client, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "Hello", 5, "the greeting")) return false;
    if (!settle(client, server)) return false;

    puts("-- one message in three fragments, and a ping in between");
    // Any number of sends may be queued. The client's library answers the ping; its program hears nothing
    // of that, and the server's hears a pong.
    if (!say(server, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, "one, ", 5, "the first part")) return false;
    if (!say(server, WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, "two, ", 5, "the second part")) return false;
    if (!say(server, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL, 0, "the ping")) return false;
    if (!say(server, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, "three", 5, "the last part")) return false;
    if (!settle(client, server)) return false;

    puts("-- an unsolicited pong, with which a side says that it is alive");
    if (!say(client, WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, NULL, 0, "the pong")) return false;
    if (!settle(client, server)) return false;

    puts("-- a message that is larger than the buffers");
    if (!say(client, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, numbers, sizeof numbers, "the numbers"))
        return false;
    if (!settle(client, server)) return false;

    puts("-- the close");
    WEB_SOCKET_BUFFER close;
    close.CloseStatus.pbReason = (PBYTE)reason;
    close.CloseStatus.ulReasonLength = sizeof reason - 1;
    close.CloseStatus.usStatus = WEB_SOCKET_SUCCESS_CLOSE_STATUS;
    client->closing = true;
    if (!succeeded(WebSocketSend(client->handle, WEB_SOCKET_CLOSE_BUFFER_TYPE, &close, "the close"),
                   "WebSocketSend"))
        return false;
    if (!settle(client, server)) return false;
    return client->closed && server->closed;
}

// Ends a side in any state: what is queued comes out once more, as indications, and has to be completed
// before the handle is deleted (page: WebSocketDeleteHandle).
static void end(struct side* self) {
    if (self->handle == NULL) return;
    WebSocketAbortHandle(self->handle);
    if (self->reading) WebSocketCompleteAction(self->handle, self->read_context, 0);
    WEB_SOCKET_ACTION action = WEB_SOCKET_NO_ACTION;
    do {
        WEB_SOCKET_BUFFER buffers[2];
        ULONG count = 2;
        WEB_SOCKET_BUFFER_TYPE type;
        PVOID our_context = NULL;
        PVOID action_context = NULL;
        if (FAILED(WebSocketGetAction(self->handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action,
                                      &type, &our_context, &action_context)))
            break;  // the handshake never ended, so there is nothing queued
        WebSocketCompleteAction(self->handle, action_context, 0);
    } while (action != WEB_SOCKET_NO_ACTION);
    WebSocketDeleteHandle(self->handle);
}

int main(void) {
    static struct wire to_server;
    static struct wire to_client;
    struct side client = {.name = "client", .out = &to_server, .in = &to_client};
    struct side server = {.name = "server", .out = &to_client, .in = &to_server};

    // No properties: the sizes of the buffers and all else are as usual.
    const bool good =
        succeeded(WebSocketCreateClientHandle(NULL, 0, &client.handle), "WebSocketCreateClientHandle") &&
        succeeded(WebSocketCreateServerHandle(NULL, 0, &server.handle), "WebSocketCreateServerHandle") &&
        converse(&client, &server);
    end(&client);
    end(&server);
    puts(good ? "-- good bye" : "-- it went wrong");
    return good ? 0 : 1;
}
