// SPDX-License-Identifier: Apache-2.0
// WebSocketGetAction: what goes in, and what each kind of answer writes (4.9).
#include <websocket.h>

#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

// Something to do on both queues.
handle busy_handle(role side, const bytes& payload) {
    handle open = open_handle(side);
    EXPECT_EQ(queue_send(open, text_message, payload, tag(1)), S_OK);
    EXPECT_EQ(queue_receive(open, tag(2)), S_OK);
    return open;
}

TEST(actions, S4_9_capacity_0_consumes_nothing_and_writes_neutral_outputs) {
    for (const role side : both) {
        const bytes payload = text_bytes("x");
        const handle open = busy_handle(side, payload);
        for (const auto queue : {send_queue, receive_queue, all_queues}) {
            const taken got = take_action(open, queue, 0);
            EXPECT_EQ(got.result, E_INVALIDARG);
            EXPECT_EQ(got.action, no_action);
            EXPECT_EQ(got.type, no_type());
            EXPECT_EQ(got.count, 0u);
            EXPECT_EQ(got.context, nullptr);
            EXPECT_EQ(got.action_context, nullptr);
            EXPECT_TRUE(got.untouched_from(0));
        }
        (void)expect_action(open, send_queue, send_to_network);
        (void)expect_action(open, receive_queue, receive_from_network);
    }
}

TEST(actions, S4_9_capacity_and_outputs_that_are_null_consume_nothing) {
    for (const role side : both) {
        const bytes payload = text_bytes("x");
        const handle open = busy_handle(side, payload);
        WEB_SOCKET_BUFFER buffers[2];
        ULONG count = 2;
        WEB_SOCKET_ACTION action{};
        WEB_SOCKET_BUFFER_TYPE type{};
        PVOID app = nullptr;
        PVOID context = nullptr;
        const auto with = [&](int missing) {
            count = 2;
            return WebSocketGetAction(open, all_queues, missing == 0 ? nullptr : buffers,
                                      missing == 1 ? nullptr : &count, missing == 2 ? nullptr : &action,
                                      missing == 3 ? nullptr : &type, missing == 4 ? nullptr : &app,
                                      missing == 5 ? nullptr : &context);
        };
        for (const int missing : {0, 1, 2, 3, 5}) EXPECT_EQ(with(missing), E_INVALIDARG) << missing;
        EXPECT_EQ(with(4), S_OK);  // the application's context is optional
        EXPECT_EQ(action, send_to_network);
    }
}

TEST(actions, S4_9_capacity_1_splits_a_send_into_header_and_payload) {
    const handle server = open_handle(role::server);
    const bytes payload = counted_bytes(300);
    ASSERT_EQ(queue_send(server, binary_message, payload, tag(1)), S_OK);
    const taken header = expect_action(server, send_queue, send_to_network, 1);
    EXPECT_EQ(header.count, 1u);
    EXPECT_EQ(header.octets(), octets({0x82, 126, 1, 44}));
    EXPECT_EQ(header.type, binary_message);
    EXPECT_EQ(header.context, tag(1));
    EXPECT_TRUE(header.untouched_from(1));
    complete(server, header);
    const taken body = expect_action(server, send_queue, send_to_network, 1);
    EXPECT_EQ(body.count, 1u);
    EXPECT_EQ(body.buffers[0].Data.pbBuffer, as_pbyte(payload.data()));
    EXPECT_EQ(body.buffers[0].Data.ulBufferLength, 300u);
    EXPECT_EQ(body.type, binary_message);
    EXPECT_EQ(body.context, tag(1));
    EXPECT_TRUE(body.untouched_from(1));
    EXPECT_NE(body.action_context, header.action_context);
    complete(server, body);
    finish_action(server, send_queue, indicate_send, 1);
}

// The second half has the payload alone, however much room there is by then.
TEST(actions, S4_9_capacity_2_for_the_second_half_of_a_split) {
    const handle server = open_handle(role::server);
    const bytes payload = counted_bytes(10);
    ASSERT_EQ(queue_send(server, binary_message, payload), S_OK);
    finish_action(server, send_queue, send_to_network, 1);
    const taken body = expect_action(server, send_queue, send_to_network, 2);
    EXPECT_EQ(body.count, 1u);
    EXPECT_EQ(body.octets(), payload);
}

TEST(actions, S4_9_capacity_above_2_is_never_used) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = counted_bytes(10);
        for (int i = 0; i < 3; ++i) ASSERT_EQ(queue_send(open, binary_message, payload), S_OK);
        const taken got = expect_action(open, all_queues, send_to_network, 4);
        EXPECT_LE(got.count, 2u);
        EXPECT_TRUE(got.untouched_from(2));
        EXPECT_EQ(only_frame(got.octets()).payload, payload);  // one send, not several
    }
}

TEST(actions, S4_9_no_action_row) {
    for (const role side : both) {
        const handle open = open_handle(side);
        for (const auto queue : {send_queue, receive_queue, all_queues})
            for (const ULONG capacity : {1u, 2u, 3u, 4u}) {
                const taken got = take_action(open, queue, capacity);
                EXPECT_EQ(got.result, S_OK);
                EXPECT_EQ(got.action, no_action);
                EXPECT_EQ(got.count, capacity);
                EXPECT_TRUE(got.untouched_from(0));
                EXPECT_EQ(got.type, no_type());
                EXPECT_EQ(got.context, nullptr);
                EXPECT_EQ(got.action_context, nullptr);
            }
    }
}

// The count is only compared with a capacity that is never there: it may be anything above 0.
TEST(actions, S4_9_no_action_leaves_any_count_unchanged) {
    const handle server = open_handle(role::server);
    WEB_SOCKET_BUFFER buffers[1];
    ULONG count = 0xffffffffu;
    WEB_SOCKET_ACTION action{};
    WEB_SOCKET_BUFFER_TYPE type{};
    PVOID context = nullptr;
    EXPECT_EQ(WebSocketGetAction(server, all_queues, buffers, &count, &action, &type, nullptr, &context),
              S_OK);
    EXPECT_EQ(count, 0xffffffffu);
}

TEST(actions, S4_9_send_to_network_row) {
    for (const role side : both)
        for (const auto type : {text_message, text_fragment, binary_message, binary_fragment, close_type,
                                ping_pong, unsolicited_pong}) {
            const handle open = open_handle(side);
            const bytes payload = counted_bytes(10);
            const bool data = static_cast<std::uint32_t>(type) < static_cast<std::uint32_t>(close_type);
            ASSERT_EQ(data ? queue_send(open, type, payload, tag(7)) : queue_bare(open, type, tag(7)), S_OK);
            const taken got = expect_action(open, send_queue, send_to_network);
            EXPECT_EQ(got.count, data && side == role::server ? 2u : 1u);
            EXPECT_GT(got.total(), 0u);
            EXPECT_EQ(got.type, type);
            EXPECT_EQ(got.context, tag(7));
            EXPECT_TRUE(got.untouched_from(got.count));
            EXPECT_NE(got.buffers[0].Data.pbBuffer, as_pbyte(payload.data()));  // the header comes first
        }
}

TEST(actions, S4_9_indicate_send_row) {
    for (const role side : both)
        for (const ULONG capacity : {1u, 2u, 4u}) {
            const handle open = open_handle(side);
            const bytes payload = counted_bytes(10);
            ASSERT_EQ(queue_send(open, binary_fragment, payload, tag(7)), S_OK);
            finish_action(open, send_queue, send_to_network);
            const taken got = expect_action(open, send_queue, indicate_send, capacity);
            EXPECT_EQ(got.count, capacity);
            EXPECT_TRUE(got.untouched_from(0));
            EXPECT_EQ(got.type, binary_fragment);
            EXPECT_EQ(got.context, tag(7));
        }
}

TEST(actions, S4_9_receive_from_network_row) {
    for (const role side : both)
        for (const ULONG capacity : {1u, 2u, 4u}) {
            property_list given;
            given.receive_buffer(300);
            const handle open = open_handle(side, given);
            ASSERT_EQ(queue_receive(open, tag(7)), S_OK);
            taken got = expect_action(open, receive_queue, receive_from_network, capacity);
            EXPECT_EQ(got.count, 1u);
            EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 300u);
            EXPECT_NE(got.buffers[0].Data.pbBuffer, nullptr);
            EXPECT_EQ(got.type, no_type());
            EXPECT_EQ(got.context, tag(7));
            EXPECT_TRUE(got.untouched_from(1));
            // With a part of a header in there, the free part is shorter at the most.
            feed(open, got, octets({0x81}));
            got = expect_action(open, receive_queue, receive_from_network, capacity);
            EXPECT_GE(got.buffers[0].Data.ulBufferLength, 1u);
            EXPECT_LE(got.buffers[0].Data.ulBufferLength, 300u);
        }
}

TEST(actions, S4_9_indicate_receive_row) {
    for (const role side : both)
        for (const ULONG capacity : {1u, 2u, 4u}) {
            const handle open = open_handle(side);
            for (unsigned i = 0; i < 2; ++i) ASSERT_EQ(queue_receive(open, tag(i)), S_OK);
            feed(open, wire_to(side, 1, text_bytes("hello")) + wire_to(side, 2, {}));
            taken got = expect_action(open, receive_queue, indicate_receive, capacity);
            EXPECT_EQ(got.count, 1u);
            EXPECT_EQ(got.type, text_message);
            EXPECT_EQ(got.octets(), text_bytes("hello"));
            EXPECT_EQ(got.context, tag(0));
            EXPECT_TRUE(got.untouched_from(1));
            complete(open, got);
            got = expect_action(open, receive_queue, indicate_receive, capacity);  // an empty message
            EXPECT_EQ(got.count, 1u);
            EXPECT_EQ(got.type, binary_message);
            EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 0u);
            EXPECT_TRUE(got.untouched_from(1));
        }
}

TEST(actions, S4_9_indicate_receive_of_a_cancelled_or_aborted_receive) {
    for (const role side : both)
        for (const bool aborted : {false, true}) {
            const handle open = open_handle(side);
            ASSERT_EQ(queue_receive(open, tag(7)), S_OK);
            if (aborted)
                WebSocketAbortHandle(open);
            else
                feed(open, bytes{});
            const taken got = expect_action(open, all_queues, indicate_receive, 4);
            EXPECT_EQ(got.count, 1u);
            EXPECT_EQ(got.type, no_type());
            EXPECT_EQ(got.buffers[0].Data.pbBuffer, nullptr);
            EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 0u);
            EXPECT_EQ(got.context, tag(7));
            EXPECT_TRUE(got.untouched_from(1));
        }
}

TEST(actions, S4_9_failure_row) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, octets({0x83}));
        expect_failure(open, receive_queue, E_INVALID_PROTOCOL_FORMAT);
        expect_failure(open, all_queues, E_INVALID_PROTOCOL_FORMAT);
        expect_failure(make_handle(side), all_queues, E_INVALID_PROTOCOL_OPERATION);
        for (const std::uint32_t queue : {0u, 4u, 5u, 7u, 0xffffffffu})
            expect_failure(open, unlisted<WEB_SOCKET_ACTION_QUEUE>(queue), E_INVALIDARG);
    }
}

// Client programs switch on the action after a failure and complete it: nothing must come of that.
TEST(actions, S4_9_failure_may_be_completed) {
    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_receive(server), S_OK);
    feed(server, octets({0x83}));
    const taken failed = take_action(server, receive_queue);
    WebSocketAbortHandle(server);
    complete(server, failed, 0);
    finish_action(server, all_queues, indicate_receive);
    expect_no_action(server, all_queues);
}

TEST(actions, S4_9_header_stays_readable_until_the_next_send_to_network) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_bare(open, ping_pong), S_OK);
        const taken ping = expect_action(open, send_queue, send_to_network);
        const bytes frame = ping.octets();
        complete(open, ping);
        EXPECT_EQ(ping.octets(), frame);
        const taken done = expect_action(open, send_queue, indicate_send);
        EXPECT_EQ(ping.octets(), frame);
        complete(open, done);
        // A pong and receiving are no send-side actions.
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, wire_to(side, 9, counted_bytes(125)) + wire_to(side, 2, counted_bytes(1000)));
        finish_action(open, receive_queue, send_to_network);
        finish_action(open, receive_queue, indicate_receive);
        expect_no_action(open, all_queues);
        EXPECT_EQ(ping.octets(), frame);
    }
}

TEST(actions, S4_9_failure_is_sticky_on_receive_and_all_queries) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, wire_to(side, 0, text_bytes("x")) + wire_to(side, 1, text_bytes("x")));
        for (int i = 0; i < 3; ++i) {
            expect_failure(open, receive_queue, E_INVALID_PROTOCOL_OPERATION);
            expect_failure(open, all_queues, E_INVALID_PROTOCOL_OPERATION);
        }
    }
}

TEST(actions, S4_9_failure_is_sticky_but_a_close_can_still_be_sent) {
    for (const role side : both)
        for (const auto queue : {send_queue, all_queues}) {
            const handle open = open_handle(side);
            ASSERT_EQ(queue_receive(open), S_OK);
            feed(open, octets({0x83}));
            expect_failure(open, receive_queue, E_INVALID_PROTOCOL_FORMAT);
            expect_no_action(open, send_queue);
            ASSERT_EQ(queue_close(open, 1002, "", tag(1)), S_OK);
            EXPECT_EQ(only_frame(finish_action(open, queue, send_to_network).wire).op, 8u);
            EXPECT_EQ(finish_action(open, queue, indicate_send).action.context, tag(1));
            expect_failure(open, all_queues, E_INVALID_PROTOCOL_FORMAT);
            expect_no_action(open, send_queue);
        }
}

TEST(actions, S4_9_failure_is_sticky_until_an_abort) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open, tag(1)), S_OK);
        feed(open, octets({0x83}));
        expect_failure(open, receive_queue, E_INVALID_PROTOCOL_FORMAT);
        WebSocketAbortHandle(open);
        EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).action.context, tag(1));
        expect_no_action(open, all_queues);
    }
}

struct typed {
    unsigned op;
    bool fin;
    WEB_SOCKET_BUFFER_TYPE type;
};

TEST(actions, S4_9_received_type_says_whether_the_piece_ends_the_message) {
    const typed cases[] = {{1, true, text_message},     {1, false, text_fragment},
                           {0, false, text_fragment},   {0, true, text_message},
                           {2, false, binary_fragment}, {0, false, binary_fragment},
                           {0, true, binary_message},   {2, true, binary_message}};
    for (const role side : both) {
        const handle open = open_handle(side);
        for (const typed& one : cases) {
            bytes incoming = wire_to(side, one.op, text_bytes("x"), one.fin);
            const piece got = receive_one(open, incoming);
            EXPECT_EQ(got.type, one.type);
            EXPECT_EQ(got.payload, text_bytes("x"));
        }
    }
}

}  // namespace
}  // namespace wspc::test
