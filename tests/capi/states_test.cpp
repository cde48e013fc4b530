// SPDX-License-Identifier: Apache-2.0
// The states of a handle, and misuse of each (section 2); AbortHandle (4.11).
#include <websocket.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

HRESULT begin_client_result(WEB_SOCKET_HANDLE client, PCSTR* protocols = nullptr, ULONG count = 0) {
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG made = 0;
    return WebSocketBeginClientHandshake(client, protocols, count, nullptr, 0, nullptr, 0, &list, &made);
}

HRESULT begin_server_result(WEB_SOCKET_HANDLE server, header_list request = good_request()) {
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG made = 0;
    return WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(), &list,
                                         &made);
}

HRESULT end_client_result(WEB_SOCKET_HANDLE client, header_list response = {}) {
    return WebSocketEndClientHandshake(client, response.data(), response.size(), nullptr, nullptr, nullptr);
}

// The three session functions.
void expect_no_session(WEB_SOCKET_HANDLE at) {
    EXPECT_EQ(queue_send(at, text_message, text_bytes("x")), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(queue_receive(at), E_INVALID_PROTOCOL_OPERATION);
    for (const auto queue : {send_queue, receive_queue, all_queues})
        expect_failure(at, queue, E_INVALID_PROTOCOL_OPERATION);
}

TEST(states, S2_begin_that_failed_may_be_retried) {
    const handle client = make_handle(role::client);
    PCSTR wrong[] = {"not a token"};
    EXPECT_EQ(begin_client_result(client, wrong, 1), E_INVALIDARG);
    EXPECT_EQ(end_client_result(client), E_INVALID_PROTOCOL_OPERATION);  // still CREATED
    open_client(client);
    EXPECT_EQ(queue_receive(client), S_OK);

    const handle server = make_handle(role::server);
    EXPECT_EQ(begin_server_result(server, good_request().remove("Host")), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(WebSocketEndServerHandshake(server), E_INVALID_PROTOCOL_OPERATION);
    open_server(server);
    EXPECT_EQ(queue_receive(server), S_OK);
}

TEST(states, S2_begin_that_succeeded_is_handshaking) {
    const handle client = make_handle(role::client);
    ASSERT_EQ(begin_client_result(client), S_OK);
    expect_no_session(client);
    const handle server = make_handle(role::server);
    ASSERT_EQ(begin_server_result(server), S_OK);
    EXPECT_EQ(begin_server_result(server), E_INVALID_PROTOCOL_OPERATION);
}

TEST(states, S2_end_client_opens) {
    const handle client = make_handle(role::client);
    open_client(client);
    EXPECT_EQ(queue_bare(client, ping_pong), S_OK);
    EXPECT_EQ(end_client_result(client), E_INVALID_PROTOCOL_OPERATION);
}

TEST(states, S2_end_client_that_failed_may_be_called_again) {
    const handle client = make_handle(role::client);
    const handle server = make_handle(role::server);
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    ASSERT_EQ(WebSocketBeginClientHandshake(client, nullptr, 0, nullptr, 0, nullptr, 0, &list, &count), S_OK);
    header_list request{list, count};
    request.add("Host", "h");
    ASSERT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                            &list, &count),
              S_OK);
    header_list wrong{list, count};
    wrong.set("Sec-WebSocket-Accept", sample_accept);
    EXPECT_EQ(end_client_result(client, wrong), E_INVALID_PROTOCOL_FORMAT);
    expect_no_session(client);
    EXPECT_EQ(end_client_result(client, header_list{list, count}), S_OK);
    EXPECT_EQ(queue_receive(client), S_OK);
}

TEST(states, S2_end_server_opens) {
    const handle server = make_handle(role::server);
    begin_server(server);
    EXPECT_EQ(WebSocketEndServerHandshake(server), S_OK);
    EXPECT_EQ(queue_receive(server), S_OK);
}

TEST(states, S2_end_server_is_implied_by_any_session_function) {
    const handle sending = make_handle(role::server);
    begin_server(sending);
    EXPECT_EQ(queue_bare(sending, text_message), S_OK);
    const handle receiving = make_handle(role::server);
    begin_server(receiving);
    EXPECT_EQ(queue_receive(receiving), S_OK);
    const handle asking = make_handle(role::server);
    begin_server(asking);
    expect_no_action(asking, all_queues);
}

TEST(states, S2_abort_open_ends_in_aborted) {
    for (const role side : both) {
        const handle open = open_handle(side);
        WebSocketAbortHandle(open);
        EXPECT_EQ(queue_send(open, text_message, text_bytes("x")), E_INVALID_PROTOCOL_OPERATION);
        EXPECT_EQ(queue_receive(open), E_INVALID_PROTOCOL_OPERATION);
        expect_no_action(open, all_queues);
    }
}

TEST(states, S2_abort_before_open_changes_nothing) {
    const handle client = make_handle(role::client);
    WebSocketAbortHandle(client);
    open_client(client);
    EXPECT_EQ(queue_receive(client), S_OK);
    const handle server = make_handle(role::server);
    WebSocketAbortHandle(server);
    begin_server(server);
    WebSocketAbortHandle(server);
    EXPECT_EQ(WebSocketEndServerHandshake(server), S_OK);
    EXPECT_EQ(queue_receive(server), S_OK);
}

TEST(states, S2_misuse_of_the_wrong_side_changes_nothing) {
    const handle client = make_handle(role::client);
    EXPECT_EQ(begin_server_result(client), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(WebSocketEndServerHandshake(client), E_INVALID_PROTOCOL_OPERATION);
    const handle server = make_handle(role::server);
    EXPECT_EQ(begin_client_result(server), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(end_client_result(server), E_INVALID_PROTOCOL_OPERATION);
    shake_hands(client, server);
    EXPECT_EQ(WebSocketEndServerHandshake(client), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(end_client_result(server), E_INVALID_PROTOCOL_OPERATION);
}

TEST(states, S2_misuse_begin_twice) {
    const handle client = make_handle(role::client);
    ASSERT_EQ(begin_client_result(client), S_OK);
    EXPECT_EQ(begin_client_result(client), E_INVALID_PROTOCOL_OPERATION);
    const handle server = make_handle(role::server);
    ASSERT_EQ(begin_server_result(server), S_OK);
    EXPECT_EQ(begin_server_result(server), E_INVALID_PROTOCOL_OPERATION);
    const handle open = open_handle(role::client);
    EXPECT_EQ(begin_client_result(open), E_INVALID_PROTOCOL_OPERATION);
}

TEST(states, S2_misuse_end_before_begin) {
    const handle client = make_handle(role::client);
    EXPECT_EQ(end_client_result(client), E_INVALID_PROTOCOL_OPERATION);
    const handle server = make_handle(role::server);
    EXPECT_EQ(WebSocketEndServerHandshake(server), E_INVALID_PROTOCOL_OPERATION);
}

TEST(states, S2_misuse_session_functions_too_early) {
    expect_no_session(make_handle(role::client));
    expect_no_session(make_handle(role::server));
    const handle begun = make_handle(role::client);
    ASSERT_EQ(begin_client_result(begun), S_OK);
    expect_no_session(begun);
    WebSocketCompleteAction(begun, tag(1), 5);  // ignored
    expect_no_session(begun);
}

TEST(states, S2_null_handle) {
    EXPECT_EQ(begin_client_result(nullptr), E_INVALIDARG);
    EXPECT_EQ(end_client_result(nullptr), E_INVALIDARG);
    EXPECT_EQ(begin_server_result(nullptr), E_INVALIDARG);
    EXPECT_EQ(WebSocketEndServerHandshake(nullptr), E_INVALIDARG);
    EXPECT_EQ(queue_send(nullptr, text_message, text_bytes("x")), E_INVALIDARG);
    EXPECT_EQ(queue_receive(nullptr), E_INVALIDARG);
    expect_failure(nullptr, all_queues, E_INVALIDARG);
    WebSocketCompleteAction(nullptr, tag(1), 1);
    WebSocketAbortHandle(nullptr);
    WebSocketDeleteHandle(nullptr);
}

TEST(states, S2_delete_from_any_state) {
    for (const role side : both) make_handle(side).reset();
    handle client = make_handle(role::client);
    ASSERT_EQ(begin_client_result(client), S_OK);
    client.reset();
    handle server = make_handle(role::server);
    begin_server(server);
    server.reset();
    for (const role side : both) {
        open_handle(side).reset();
        handle aborted = open_handle(side);
        WebSocketAbortHandle(aborted);
        aborted.reset();
    }
}

// Two threads send, two ask for actions; every send is indicated once. (threads/ has the load test.)
TEST(states, S2_threads_share_one_handle) {
    const handle server = open_handle(role::server);
    constexpr std::size_t each = 500;
    const bytes payload = text_bytes("x");
    std::vector<std::atomic<int>> indicated(2 * each);
    std::atomic<std::size_t> done{0};
    std::atomic<std::size_t> refused{0};
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 2; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < each; ++i)
                if (queue_send(server, text_message, payload, tag(t * each + i)) != S_OK) ++refused;
        });
        threads.emplace_back([&] {
            while (done + refused < 2 * each) {
                const taken got = take_action(server, all_queues);
                if (got.action == indicate_send) {
                    ++indicated[reinterpret_cast<std::uintptr_t>(got.context) - 0x1000];
                    ++done;
                } else if (got.action == no_action) {
                    std::this_thread::yield();
                }
                complete(server, got);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(refused, 0u);
    EXPECT_TRUE(std::all_of(indicated.begin(), indicated.end(), [](const auto& n) { return n == 1; }));
}

TEST(abort, S4_11_drain_gives_every_operation_with_its_context) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = text_bytes("never sent");
        for (unsigned i = 0; i < 3; ++i) ASSERT_EQ(queue_send(open, text_message, payload, tag(i)), S_OK);
        for (unsigned i = 0; i < 2; ++i) ASSERT_EQ(queue_receive(open, tag(10 + i)), S_OK);
        WebSocketAbortHandle(open);
        for (unsigned i = 0; i < 3; ++i) {
            const finished got = finish_action(open, send_queue, indicate_send);
            EXPECT_EQ(got.action.context, tag(i));
            EXPECT_EQ(got.action.type, text_message);
        }
        expect_no_action(open, send_queue);
        for (unsigned i = 0; i < 2; ++i) {
            const taken got = expect_action(open, receive_queue, indicate_receive);
            EXPECT_EQ(got.context, tag(10 + i));
            EXPECT_EQ(got.count, 1u);
            EXPECT_EQ(got.type, no_type());
            EXPECT_EQ(got.buffers[0].Data.pbBuffer, nullptr);
            EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 0u);
            EXPECT_TRUE(got.untouched_from(1));
            complete(open, got, 0);
        }
        expect_no_action(open, all_queues);
    }
}

TEST(abort, S4_11_drain_through_all_queues) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_message, payload), S_OK);
    ASSERT_EQ(queue_receive(server), S_OK);
    WebSocketAbortHandle(server);
    finish_action(server, all_queues, indicate_send);
    finish_action(server, all_queues, indicate_receive);
    expect_no_action(server, all_queues);
}

TEST(abort, S4_11_outstanding_send_is_indicated_only_once_it_is_completed) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = counted_bytes(100);
        ASSERT_EQ(queue_send(open, binary_message, payload, tag(1)), S_OK);
        ASSERT_EQ(queue_send(open, binary_message, payload, tag(2)), S_OK);
        const taken outstanding = expect_action(open, send_queue, send_to_network);
        const bytes before = outstanding.octets();
        WebSocketAbortHandle(open);
        expect_no_action(open, send_queue);
        expect_no_action(open, all_queues);
        EXPECT_EQ(outstanding.octets(), before);  // its memory is still there
        complete(open, outstanding, 12345);       // any count
        EXPECT_EQ(finish_action(open, send_queue, indicate_send).action.context, tag(1));
        EXPECT_EQ(finish_action(open, send_queue, indicate_send).action.context, tag(2));
        expect_no_action(open, all_queues);
    }
}

TEST(abort, S4_11_outstanding_read_is_indicated_only_once_it_is_completed) {
    for (const ULONG transferred : {0u, 7u, 4096u, 0xffffffffu}) {
        const handle server = open_handle(role::server);
        ASSERT_EQ(queue_receive(server, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(server, tag(2)), S_OK);
        const taken outstanding = expect_action(server, receive_queue, receive_from_network);
        WebSocketAbortHandle(server);
        expect_no_action(server, receive_queue);
        std::memset(outstanding.buffers[0].Data.pbBuffer, 'x', outstanding.total());  // memory still there
        complete(server, outstanding, transferred);
        for (unsigned i = 1; i <= 2; ++i) {
            const taken got = expect_action(server, receive_queue, indicate_receive);
            EXPECT_EQ(got.context, tag(i));
            EXPECT_EQ(got.type, no_type());
            EXPECT_EQ(got.buffers[0].Data.pbBuffer, nullptr);
            complete(server, got, 0);
        }
        expect_no_action(server, all_queues);
    }
}

TEST(abort, S4_11_discards_received_bytes_and_pending_pongs) {
    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_receive(server), S_OK);
    feed(server, wire_to(role::server, 9, text_bytes("ping")) + wire_to(role::server, 1, text_bytes("text")));
    WebSocketAbortHandle(server);
    const taken got = expect_action(server, receive_queue, indicate_receive);
    EXPECT_EQ(got.type, no_type());
    complete(server, got, 0);
    expect_no_action(server, all_queues);
}

TEST(abort, S4_11_discards_the_rest_of_half_sent_frames) {
    property_list small;
    small.send_buffer(16);
    const handle client = open_handle(role::client, small);
    const bytes payload = counted_bytes(100);
    ASSERT_EQ(queue_send(client, binary_message, payload), S_OK);
    finish_action(client, send_queue, send_to_network);
    WebSocketAbortHandle(client);
    finish_action(client, send_queue, indicate_send);
    expect_no_action(client, all_queues);
}

// The capacity-1 split of a server: the second action would have been the application's memory.
TEST(abort, S4_11_discards_payload_pointers) {
    const handle server = open_handle(role::server);
    const bytes payload = counted_bytes(100);
    ASSERT_EQ(queue_send(server, binary_message, payload), S_OK);
    const taken header = expect_action(server, send_queue, send_to_network, 1);
    complete(server, header);
    WebSocketAbortHandle(server);
    const taken got = expect_action(server, send_queue, indicate_send);
    EXPECT_TRUE(got.untouched_from(0));
}

TEST(abort, S4_11_discards_nothing_twice) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_message, payload), S_OK);
    WebSocketAbortHandle(server);
    WebSocketAbortHandle(server);
    finish_action(server, all_queues, indicate_send);
    WebSocketAbortHandle(server);
    expect_no_action(server, all_queues);
}

TEST(abort, S4_11_before_open_is_a_no_op) {
    for (const role side : both) {
        const handle made = make_handle(side);
        WebSocketAbortHandle(made);
        WebSocketAbortHandle(made);
        if (side == role::client)
            open_client(made);
        else
            open_server(made);
        EXPECT_EQ(queue_receive(made), S_OK);
    }
}

}  // namespace
}  // namespace wspc::test
