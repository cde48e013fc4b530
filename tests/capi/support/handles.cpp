// SPDX-License-Identifier: Apache-2.0
#include "capi/support/handles.hpp"

#include <gtest/gtest.h>

namespace wspc::test {

namespace {

HRESULT create(role side, WEB_SOCKET_PROPERTY* properties, ULONG count, WEB_SOCKET_HANDLE* made) {
    return side == role::client ? WebSocketCreateClientHandle(properties, count, made)
                                : WebSocketCreateServerHandle(properties, count, made);
}

}  // namespace

handle make_handle(role side) {
    WEB_SOCKET_HANDLE made = nullptr;
    EXPECT_EQ(create(side, nullptr, 0, &made), S_OK);
    return handle{made};
}

handle make_handle(role side, property_list& properties) {
    WEB_SOCKET_HANDLE made = nullptr;
    EXPECT_EQ(create(side, properties.data(), properties.size(), &made), S_OK);
    return handle{made};
}

HRESULT create_result(role side, property_list& properties) {
    WEB_SOCKET_HANDLE made = nullptr;
    const HRESULT result = create(side, properties.data(), properties.size(), &made);
    const handle owner{made};
    EXPECT_EQ(result == S_OK, made != nullptr);
    return result;
}

void shake_hands(WEB_SOCKET_HANDLE client, WEB_SOCKET_HANDLE server) {
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    ASSERT_EQ(WebSocketBeginClientHandshake(client, nullptr, 0, nullptr, 0, nullptr, 0, &list, &count), S_OK);
    header_list request{list, count};
    request.add("Host", "example.com");
    ASSERT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                            &list, &count),
              S_OK);
    ASSERT_EQ(WebSocketEndClientHandshake(client, list, count, nullptr, nullptr, nullptr), S_OK);
    ASSERT_EQ(WebSocketEndServerHandshake(server), S_OK);
}

void begin_server(WEB_SOCKET_HANDLE server) {
    header_list request = good_request();
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    ASSERT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                            &list, &count),
              S_OK);
}

void open_server(WEB_SOCKET_HANDLE server) {
    ASSERT_NO_FATAL_FAILURE(begin_server(server));
    ASSERT_EQ(WebSocketEndServerHandshake(server), S_OK);
}

void open_client(WEB_SOCKET_HANDLE client) {
    const handle server = make_handle(role::server);
    shake_hands(client, server);
}

handle open_handle(role side) {
    property_list none;
    return open_handle(side, none);
}

handle open_handle(role side, property_list& properties) {
    handle made = make_handle(side, properties);
    if (side == role::client)
        open_client(made);
    else
        open_server(made);
    return made;
}

joined::joined() : client{make_handle(role::client)}, server{make_handle(role::server)} {
    shake_hands(client, server);
}

joined::joined(property_list& of_client, property_list& of_server)
    : client{make_handle(role::client, of_client)}, server{make_handle(role::server, of_server)} {
    shake_hands(client, server);
}

sent joined::flush(role side, ULONG capacity) {
    sent made = send_all(end(side), capacity);
    from(side) += made.wire;
    return made;
}

piece joined::receive(role side) {
    piece made = receive_one(end(side), towards(side));
    from(side) += made.answered;
    return made;
}

}  // namespace wspc::test
