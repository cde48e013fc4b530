// SPDX-License-Identifier: Apache-2.0
// The shortest way through websocket.h: two handles, joined by memory, shake hands and echo a message.
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <websocket.h>

namespace {

using testing::ElementsAre;

// One side of a WebSocket, and what has been sent to it.
struct side {
    explicit side(WEB_SOCKET_HANDLE made) : handle{made} {}
    side(const side&) = delete;
    side& operator=(const side&) = delete;
    ~side() { WebSocketDeleteHandle(handle); }

    // Does all that is to be done now; false once a read would find nothing.
    bool step(side& peer) {
        WEB_SOCKET_BUFFER buffers[2];
        ULONG count = 2;
        WEB_SOCKET_ACTION action{};
        WEB_SOCKET_BUFFER_TYPE type{};
        PVOID context = nullptr;
        PVOID id = nullptr;
        EXPECT_EQ(WebSocketGetAction(handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action, &type,
                                     &context, &id),
                  S_OK);
        ULONG moved = 0;
        switch (action) {
            case WEB_SOCKET_NO_ACTION: return false;
            case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
                for (ULONG i = 0; i < count; ++i) {
                    peer.arriving.append(text_of(buffers[i]));
                    moved += buffers[i].Data.ulBufferLength;
                }
                break;
            case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
                EXPECT_LE(arriving.size(), buffers[0].Data.ulBufferLength);
                moved = static_cast<ULONG>(arriving.copy(reinterpret_cast<char*>(buffers[0].Data.pbBuffer),
                                                         buffers[0].Data.ulBufferLength));
                arriving.clear();
                break;
            case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: done.emplace_back("sent"); break;
            case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
                EXPECT_EQ(type, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE);
                done.push_back(text_of(buffers[0]));
                break;
        }
        WebSocketCompleteAction(handle, id, moved);
        return true;
    }

    void send(std::string& text) {
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = reinterpret_cast<PBYTE>(text.data());
        buffer.Data.ulBufferLength = static_cast<ULONG>(text.size());
        ASSERT_EQ(WebSocketSend(handle, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &buffer, nullptr), S_OK);
    }

    static std::string text_of(const WEB_SOCKET_BUFFER& buffer) {
        return {reinterpret_cast<const char*>(buffer.Data.pbBuffer), buffer.Data.ulBufferLength};
    }

    WEB_SOCKET_HANDLE handle;
    std::string arriving;
    std::vector<std::string> done;
};

WEB_SOCKET_HANDLE new_client() {
    WEB_SOCKET_HANDLE made = nullptr;
    EXPECT_EQ(WebSocketCreateClientHandle(nullptr, 0, &made), S_OK);
    return made;
}

WEB_SOCKET_HANDLE new_server() {
    WEB_SOCKET_HANDLE made = nullptr;
    EXPECT_EQ(WebSocketCreateServerHandle(nullptr, 0, &made), S_OK);
    return made;
}

void shake_hands(const side& client, const side& server) {
    PWEB_SOCKET_HTTP_HEADER fields = nullptr;
    ULONG count = 0;
    ASSERT_EQ(
        WebSocketBeginClientHandshake(client.handle, nullptr, 0, nullptr, 0, nullptr, 0, &fields, &count),
        S_OK);
    std::vector<WEB_SOCKET_HTTP_HEADER> request(fields, fields + count);
    std::string host[] = {"Host", "example.com"};
    request.push_back({host[0].data(), 4, host[1].data(), 11});
    ASSERT_EQ(WebSocketBeginServerHandshake(server.handle, nullptr, nullptr, 0, request.data(),
                                            static_cast<ULONG>(request.size()), &fields, &count),
              S_OK);
    ASSERT_EQ(WebSocketEndClientHandshake(client.handle, fields, count, nullptr, nullptr, nullptr), S_OK);
    ASSERT_EQ(WebSocketEndServerHandshake(server.handle), S_OK);
}

TEST(capi, two_handles_shake_hands_and_echo_a_message) {
    side client{new_client()};
    side server{new_server()};
    shake_hands(client, server);

    std::string hello = "Hello World";
    client.send(hello);
    ASSERT_EQ(WebSocketReceive(server.handle, nullptr, nullptr), S_OK);
    while (client.step(server)) {
    }
    EXPECT_EQ(client.arriving, "");
    while (server.step(client)) {
    }
    EXPECT_THAT(client.done, ElementsAre("sent"));
    ASSERT_THAT(server.done, ElementsAre("Hello World"));

    server.send(server.done[0]);
    ASSERT_EQ(WebSocketReceive(client.handle, nullptr, nullptr), S_OK);
    while (server.done.size() < 2) ASSERT_TRUE(server.step(client));
    while (client.step(server)) {
    }
    EXPECT_THAT(server.done, ElementsAre("Hello World", "sent"));
    EXPECT_THAT(client.done, ElementsAre("sent", "Hello World"));
}

}  // namespace
