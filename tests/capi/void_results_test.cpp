// SPDX-License-Identifier: Apache-2.0
// The functions that are VOID in the header, called as programs do that were written by their pages:
// they find S_OK as the result (section 1, 6). Windows only, where websocket.dll is what they load.
#include <websocket.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <windows.h>

namespace {

template <class Function>
Function* exported(const char* name) {
    WebSocketAbortHandle(nullptr);  // loads it, see load_dll.cpp
    const HMODULE module = GetModuleHandleA("websocket.dll");
    if (module == nullptr) return nullptr;
    return reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(module, name)));
}

class void_results : public testing::Test {
protected:
    using complete_type = HRESULT WINAPI(WEB_SOCKET_HANDLE, PVOID, ULONG);
    using handle_type = HRESULT WINAPI(WEB_SOCKET_HANDLE);

    complete_type* const complete = exported<complete_type>("WebSocketCompleteAction");
    handle_type* const abort = exported<handle_type>("WebSocketAbortHandle");
    handle_type* const remove = exported<handle_type>("WebSocketDeleteHandle");

    void SetUp() override {
        ASSERT_NE(complete, nullptr);
        ASSERT_NE(abort, nullptr);
        ASSERT_NE(remove, nullptr);
    }

    // A server that has shaken hands.
    static WEB_SOCKET_HANDLE open_server() {
        WEB_SOCKET_HANDLE made = nullptr;
        EXPECT_EQ(WebSocketCreateServerHandle(nullptr, 0, &made), S_OK);
        std::string texts[][2] = {{"Host", "a"},
                                  {"Upgrade", "websocket"},
                                  {"Connection", "Upgrade"},
                                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                  {"Sec-WebSocket-Version", "13"}};
        std::vector<WEB_SOCKET_HTTP_HEADER> request;
        for (auto& [name, value] : texts)
            request.push_back({name.data(), static_cast<ULONG>(name.size()), value.data(),
                               static_cast<ULONG>(value.size())});
        PWEB_SOCKET_HTTP_HEADER response = nullptr;
        ULONG count = 0;
        EXPECT_EQ(WebSocketBeginServerHandshake(made, nullptr, nullptr, 0, request.data(),
                                                static_cast<ULONG>(request.size()), &response, &count),
                  S_OK);
        EXPECT_EQ(WebSocketEndServerHandshake(made), S_OK);
        return made;
    }

    // The context of the next action, which must be the one that is named.
    static PVOID next(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION wanted) {
        WEB_SOCKET_BUFFER buffers[2];
        ULONG count = 2;
        WEB_SOCKET_ACTION action{};
        WEB_SOCKET_BUFFER_TYPE type{};
        PVOID context = nullptr;
        PVOID id = nullptr;
        EXPECT_EQ(WebSocketGetAction(from, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count, &action, &type,
                                     &context, &id),
                  S_OK);
        EXPECT_EQ(action, wanted);
        return id;
    }
};

TEST_F(void_results, S1_6_complete_leaves_s_ok_for_every_action) {
    const WEB_SOCKET_HANDLE server = open_server();
    // Nothing to do, and a context that never was one.
    EXPECT_EQ(complete(server, next(server, WEB_SOCKET_NO_ACTION), 0), S_OK);
    int nobody = 0;
    EXPECT_EQ(complete(server, &nobody, 7), S_OK);
    // In full, cut short, and the indications of either.
    for (const ULONG sent : {2u, 0u}) {
        ASSERT_EQ(WebSocketSend(server, WEB_SOCKET_PING_PONG_BUFFER_TYPE, nullptr, nullptr), S_OK);
        EXPECT_EQ(complete(server, next(server, WEB_SOCKET_SEND_TO_NETWORK_ACTION), sent), S_OK);
        EXPECT_EQ(complete(server, next(server, WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION), 99), S_OK);
    }
    ASSERT_EQ(WebSocketReceive(server, nullptr, nullptr), S_OK);
    EXPECT_EQ(complete(server, next(server, WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION), 0), S_OK);
    EXPECT_EQ(complete(server, next(server, WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION), 0), S_OK);
    EXPECT_EQ(remove(server), S_OK);
}

TEST_F(void_results, S1_6_abort_leaves_s_ok_in_every_state) {
    WEB_SOCKET_HANDLE fresh = nullptr;
    ASSERT_EQ(WebSocketCreateClientHandle(nullptr, 0, &fresh), S_OK);
    EXPECT_EQ(abort(fresh), S_OK);
    EXPECT_EQ(remove(fresh), S_OK);

    const WEB_SOCKET_HANDLE server = open_server();
    ASSERT_EQ(WebSocketReceive(server, nullptr, nullptr), S_OK);
    EXPECT_EQ(abort(server), S_OK);
    EXPECT_EQ(abort(server), S_OK);
    EXPECT_EQ(remove(server), S_OK);
}

TEST_F(void_results, S1_6_a_null_handle_leaves_s_ok) {
    EXPECT_EQ(complete(nullptr, nullptr, 0), S_OK);
    EXPECT_EQ(abort(nullptr), S_OK);
    EXPECT_EQ(remove(nullptr), S_OK);
}

}  // namespace
