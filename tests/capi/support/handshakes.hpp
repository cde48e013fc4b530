// SPDX-License-Identifier: Apache-2.0
// One half of a handshake at a time, with everything that can be passed in.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "capi/support/handles.hpp"

namespace wspc::test {

using strings = std::vector<PCSTR>;  // NULL entries are possible

// What a Begin function returned; the list is poisoned before.
struct begun {
    HRESULT result;
    WEB_SOCKET_HTTP_HEADER* list;
    ULONG count;

    [[nodiscard]] std::vector<text_header> text() const { return to_text(list, count); }
    // A failure leaves NULL and 0.
    [[nodiscard]] bool empty() const { return list == nullptr && count == 0; }
};

[[nodiscard]] inline begun poisoned_begin() {
    return {S_OK, reinterpret_cast<WEB_SOCKET_HTTP_HEADER*>(std::uintptr_t{0xa5a5}), 0xa5a5};
}

inline begun begin_client(WEB_SOCKET_HANDLE client, strings protocols = {}, strings extensions = {},
                          header_list initial = {}) {
    begun made = poisoned_begin();
    made.result = WebSocketBeginClientHandshake(
        client, protocols.data(), static_cast<ULONG>(protocols.size()), extensions.data(),
        static_cast<ULONG>(extensions.size()), initial.data(), initial.size(), &made.list, &made.count);
    return made;
}

inline begun begin_server(WEB_SOCKET_HANDLE server, header_list request, PCSTR protocol = nullptr,
                          strings extensions = {}) {
    begun made = poisoned_begin();
    made.result = WebSocketBeginServerHandshake(server, protocol, extensions.data(),
                                                static_cast<ULONG>(extensions.size()), request.data(),
                                                request.size(), &made.list, &made.count);
    return made;
}

// What a new server handle answers to this request.
[[nodiscard]] inline HRESULT server_result(const header_list& request, PCSTR protocol = nullptr,
                                           strings extensions = {}) {
    const handle server = make_handle(role::server);
    return begin_server(server, request, protocol, std::move(extensions)).result;
}

// A client in HANDSHAKING and the response that it is content with, if it offered nothing.
struct begun_client {
    handle client = make_handle(role::client);
    header_list response;

    explicit begun_client(strings protocols = {}, strings extensions = {}) {
        const begun made = begin_client(client, std::move(protocols), std::move(extensions));
        if (made.result != S_OK) return;  // the test sees a client that is not HANDSHAKING
        header_list request{made.list, made.count};
        request.remove("Sec-WebSocket-Protocol").remove("Sec-WebSocket-Extensions").add("Host", "h");
        const handle server = make_handle(role::server);
        const begun answer = begin_server(server, request);
        response = header_list{answer.list, answer.count};
    }

    // EndClientHandshake without outputs.
    [[nodiscard]] HRESULT end(header_list with) {
        return WebSocketEndClientHandshake(client, with.data(), with.size(), nullptr, nullptr, nullptr);
    }
    [[nodiscard]] HRESULT end() { return end(response); }
};

}  // namespace wspc::test
