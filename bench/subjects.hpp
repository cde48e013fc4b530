// SPDX-License-Identifier: Apache-2.0
// What messages go through where the layers above connection are measured: sessions and handles of
// websocket.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <vector>

#include <websocket.h>
#include <wspc/session.hpp>

namespace wspc::bench {

// A session and what it works in.
struct owned_session {
    explicit owned_session(role self, masking_keys* keys = nullptr)
        : subject{self,
                  default_session_config,
                  session_memory{receive_memory, send_memory, control_memory},
                  {},
                  keys} {}

    std::array<std::byte, 4096> receive_memory;
    std::array<std::byte, 4096> send_memory;
    std::array<std::byte, session::control_size> control_memory;
    session subject;
    std::array<std::span<const std::byte>, 2> room;
};

// A server's handle behind its handshake.
class server_handle {
public:
    server_handle() {
        WEB_SOCKET_HANDLE client = nullptr;
        PWEB_SOCKET_HTTP_HEADER fields = nullptr;
        ULONG count = 0;
        if (WebSocketCreateClientHandle(nullptr, 0, &client) != S_OK ||
            WebSocketCreateServerHandle(nullptr, 0, &handle_) != S_OK ||
            WebSocketBeginClientHandshake(client, nullptr, 0, nullptr, 0, nullptr, 0, &fields, &count) !=
                S_OK)
            std::abort();
        std::vector<WEB_SOCKET_HTTP_HEADER> request(fields, fields + count);
        char host[] = "Host";
        request.push_back({host, 4, nullptr, 0});
        if (WebSocketBeginServerHandshake(handle_, nullptr, nullptr, 0, request.data(), count + 1, &fields,
                                          &count) != S_OK)
            std::abort();
        WebSocketDeleteHandle(client);
    }
    ~server_handle() { WebSocketDeleteHandle(handle_); }
    server_handle(const server_handle&) = delete;
    server_handle& operator=(const server_handle&) = delete;

    [[nodiscard]] WEB_SOCKET_HANDLE get() const { return handle_; }

    // The next action of a queue.
    WEB_SOCKET_ACTION next(WEB_SOCKET_ACTION_QUEUE queue) {
        ULONG count = 2;
        WEB_SOCKET_ACTION action;
        WEB_SOCKET_BUFFER_TYPE type;
        PVOID application;
        WebSocketGetAction(handle_, queue, buffers, &count, &action, &type, &application, &context);
        used = count;
        return action;
    }

    WEB_SOCKET_BUFFER buffers[2];
    ULONG used = 0;
    PVOID context = nullptr;

private:
    WEB_SOCKET_HANDLE handle_ = nullptr;
};

}  // namespace wspc::bench
