// SPDX-License-Identifier: Apache-2.0
// What the library decides where the documentation leaves room (section 14; headers and extensions are
// with the handshake, receives behind a Close with receiving).
#include <websocket.h>

#include <string>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

bytes pings(role receiver, unsigned count) {
    bytes made;
    for (unsigned i = 0; i < count; ++i) made += wire_to(receiver, 9, octets({'0' + i}));
    return made;
}

TEST(decisions, S14_1_ten_pings_get_ten_pongs_in_order_while_the_wire_is_free) {
    for (const role side : both)
        for (const auto queue : {receive_queue, all_queues}) {
            const handle open = open_handle(side);
            ASSERT_EQ(queue_receive(open), S_OK);
            feed(open, pings(side, 10));
            for (unsigned i = 0; i < 10; ++i) {
                const parsed_frame pong = only_frame(finish_action(open, queue, send_to_network).wire);
                EXPECT_EQ(pong.op, 10u);
                EXPECT_EQ(pong.payload, octets({'0' + i}));
            }
            (void)expect_action(open, queue, receive_from_network);
        }
}

TEST(decisions, S14_1_pings_collapse_to_the_newest_while_the_wire_is_busy) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(open, text_message, payload), S_OK);
        const taken busy = expect_action(open, send_queue, send_to_network);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, pings(side, 10));
        const taken read = expect_action(open, receive_queue, receive_from_network);
        complete(open, busy);
        EXPECT_EQ(only_frame(finish_action(open, receive_queue, send_to_network).wire).payload,
                  octets({'9'}));
        feed(open, read, wire_to(side, 1, payload));
        finish_action(open, receive_queue, indicate_receive);
    }
}

// Ten pings while the first pong is on the wire: that one, and the newest.
TEST(decisions, S14_1_pings_collapse_while_a_pong_is_on_the_wire) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, pings(side, 10));
        const taken first = expect_action(open, receive_queue, send_to_network);
        (void)expect_action(open, receive_queue, receive_from_network);  // the other nine have been read
        complete(open, first);
        EXPECT_EQ(only_frame(finish_action(open, receive_queue, send_to_network).wire).payload,
                  octets({'9'}));
        expect_no_action(open, receive_queue);
    }
}

TEST(decisions, S14_2_pong_comes_before_the_next_read) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, pings(side, 1));
        finish_action(open, receive_queue, send_to_network);
        (void)expect_action(open, receive_queue, receive_from_network);
    }
}

TEST(decisions, S14_2_pong_comes_before_the_indication_of_later_bytes) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, pings(side, 1) + wire_to(side, 1, text_bytes("later")));
        finish_action(open, receive_queue, send_to_network);
        EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).wire, text_bytes("later"));
    }
}

TEST(decisions, S14_2_pong_is_offered_without_a_receive_too) {
    for (const role side : both)
        for (const auto queue : {receive_queue, all_queues}) {
            const handle open = open_handle(side);
            const bytes payload = text_bytes("x");
            ASSERT_EQ(queue_send(open, text_message, payload), S_OK);
            const taken busy = expect_action(open, send_queue, send_to_network);
            ASSERT_EQ(queue_receive(open), S_OK);
            feed(open, pings(side, 1) + wire_to(side, 1, text_bytes("text")));
            finish_action(open, receive_queue, indicate_receive);  // the wire is busy: no pong yet
            expect_no_action(open, receive_queue);                 // and no receive is queued now
            complete(open, busy);
            const finished pong = finish_action(open, queue, send_to_network);
            EXPECT_EQ(only_frame(pong.wire).op, 10u);
            EXPECT_EQ(pong.action.type, ping_pong);
        }
}

TEST(decisions, S14_3_pongs_after_our_close_are_offered_and_may_be_dropped) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_close(open, 1000), S_OK);
        (void)send_all(open);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, pings(side, 2) + wire_to(side, 8, octets({0x03, 0xe8})));
        EXPECT_EQ(only_frame(finish_action(open, receive_queue, send_to_network).wire).op, 10u);
        complete(open, expect_action(open, receive_queue, send_to_network), 0);  // dropped
        EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).action.type, close_type);
        expect_no_action(open, all_queues);
    }
}

// A server whose header went out in part.
handle broken_server() {
    handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    EXPECT_EQ(queue_send(server, text_message, payload), S_OK);
    complete(server, expect_action(server, send_queue, send_to_network, 1), 1);
    finish_action(server, send_queue, indicate_send);
    return server;
}

TEST(decisions, S14_5_send_broken_discards_pongs_and_goes_on_parsing) {
    const handle server = broken_server();
    ASSERT_EQ(queue_receive(server), S_OK);
    feed(server, pings(role::server, 3) + wire_to(role::server, 1, text_bytes("text")));
    EXPECT_EQ(finish_action(server, receive_queue, indicate_receive).wire, text_bytes("text"));
    ASSERT_EQ(queue_receive(server), S_OK);
    feed(server, pings(role::server, 1));
    (void)expect_action(server, all_queues, receive_from_network);
}

TEST(decisions, S14_5_send_broken_discards_a_pong_that_was_pending) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_message, payload), S_OK);
    const taken header = expect_action(server, send_queue, send_to_network, 1);
    ASSERT_EQ(queue_receive(server), S_OK);
    feed(server, pings(role::server, 1));
    (void)expect_action(server, receive_queue, receive_from_network);
    complete(server, header, 0);
    finish_action(server, all_queues, indicate_send);
    expect_no_action(server, all_queues);
}

TEST(decisions, S14_5_send_broken_refuses_pings_and_close_like_data) {
    const handle server = broken_server();
    EXPECT_EQ(queue_bare(server, ping_pong), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(queue_bare(server, unsolicited_pong), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(queue_close(server, 1000), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(queue_send(server, text_message, text_bytes("x")), E_INVALID_PROTOCOL_OPERATION);
}

TEST(decisions, S14_5_send_broken_indicates_what_is_queued_in_order) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_message, payload, tag(0)), S_OK);
    ASSERT_EQ(queue_bare(server, ping_pong, tag(1)), S_OK);
    ASSERT_EQ(queue_send(server, text_message, payload, tag(2)), S_OK);
    ASSERT_EQ(queue_close(server, 1000, "", tag(3)), S_OK);
    complete(server, expect_action(server, send_queue, send_to_network, 1), 0);
    const sent got = send_all(server);
    EXPECT_TRUE(got.wire.empty());
    EXPECT_EQ(got.indicated, (std::vector<PVOID>{tag(0), tag(1), tag(2), tag(3)}));
}

TEST(decisions, S14_6_disable_utf8_covers_text_and_close_reasons) {
    for (const role side : both) {
        property_list off;
        off.disable_utf8();
        const handle open = open_handle(side, off);
        bytes incoming = wire_to(side, 1, octets({0xff})) + wire_to(side, 8, octets({0x03, 0xe8, 0xff}));
        EXPECT_EQ(receive_one(open, incoming).payload, octets({0xff}));
        const piece close = receive_one(open, incoming);
        EXPECT_EQ(close.type, close_type);
        EXPECT_EQ(close.payload, octets({0xff}));

        const handle strict = open_handle(side);
        bytes reason = wire_to(side, 8, octets({0x03, 0xe8, 0xff}));
        EXPECT_EQ(receive_one(strict, reason).result, E_INVALID_PROTOCOL_FORMAT);
    }
}

// The last of these octets decides: GetAction fails with it, and asks for more without it.
void expect_decided_by_the_last(role side, const bytes& wire) {
    const handle open = open_handle(side);
    ASSERT_EQ(queue_receive(open), S_OK);
    if (wire.size() > 1) feed(open, bytes(wire.begin(), wire.end() - 1));
    feed(open, bytes{wire.back()});
    expect_failure(open, receive_queue, E_INVALID_PROTOCOL_FORMAT);
}

TEST(decisions, S14_7_fail_at_octet_1) {
    for (const role side : both)
        for (const unsigned first :
             {0xc1u, 0xa1u, 0x91u, 0x83u, 0x87u, 0x8bu, 0x8fu, 0x03u, 0x08u, 0x09u, 0x0au})
            expect_decided_by_the_last(side, octets({first}));
}

TEST(decisions, S14_7_fail_at_octet_2) {
    expect_decided_by_the_last(role::server, octets({0x81, 0x05}));  // not masked
    expect_decided_by_the_last(role::client, octets({0x81, 0x85}));  // masked
    for (const role side : both) {
        const unsigned mask = side == role::server ? 0x80 : 0;
        for (const unsigned op : {0x88u, 0x89u, 0x8au})
            for (const unsigned length : {126u, 127u})
                expect_decided_by_the_last(side, octets({op, mask | length}));
        expect_decided_by_the_last(side, octets({0x88, mask | 1}));  // half a status
    }
}

TEST(decisions, S14_7_fail_at_the_last_octet_of_the_length) {
    for (const role side : both) {
        const unsigned mask = side == role::server ? 0x80 : 0;
        expect_decided_by_the_last(side, octets({0x82, mask | 126, 0, 125}));
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, octets({0x82, mask | 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff}));
        expect_failure(open, receive_queue, E_INVALID_PROTOCOL_FORMAT);
        const handle top_bit = open_handle(side);
        ASSERT_EQ(queue_receive(top_bit), S_OK);
        feed(top_bit, octets({0x82, mask | 127, 0x80, 0, 0, 0, 0, 0, 0, 0}));
        expect_failure(top_bit, receive_queue, E_INVALID_PROTOCOL_FORMAT);
    }
}

TEST(decisions, S14_10_inner_pointer_null_is_an_invalid_argument) {
    for (const role side : both) {
        property_list given;
        given.allocated_buffer(nullptr, 65536);
        EXPECT_EQ(create_result(side, given), E_INVALIDARG);
    }
}

// Calls that are wrong in two ways at once.
TEST(decisions, S14_11_arguments_come_before_the_state) {
    for (const role side : both) {
        const handle created = make_handle(side);
        handle aborted = open_handle(side);
        WebSocketAbortHandle(aborted);
        handle closing = open_handle(side);
        ASSERT_EQ(queue_close(closing, 1000), S_OK);
        for (WEB_SOCKET_HANDLE const at :
             {static_cast<WEB_SOCKET_HANDLE>(created), static_cast<WEB_SOCKET_HANDLE>(aborted),
              static_cast<WEB_SOCKET_HANDLE>(closing)}) {
            EXPECT_EQ(queue_bare(at, unlisted<WEB_SOCKET_BUFFER_TYPE>(0x80000007u)), E_INVALIDARG);
            EXPECT_EQ(queue_send(at, ping_pong, text_bytes("x")), E_INVALIDARG);
            WEB_SOCKET_BUFFER null_with_length{};
            null_with_length.Data.ulBufferLength = 1;
            EXPECT_EQ(WebSocketSend(at, text_message, &null_with_length, nullptr), E_INVALIDARG);
            EXPECT_EQ(queue_close(at, 1000, std::string(124, 'r')), E_INVALIDARG);
            EXPECT_EQ(WebSocketReceive(at, &null_with_length, nullptr), E_INVALIDARG);
            EXPECT_EQ(take_action(at, unlisted<WEB_SOCKET_ACTION_QUEUE>(0)).result, E_INVALIDARG);
            EXPECT_EQ(take_action(at, all_queues, 0).result, E_INVALIDARG);
        }
        const handle failed = open_handle(side);
        bytes reserved = octets({0x83});
        EXPECT_EQ(receive_one(failed, reserved).result, E_INVALID_PROTOCOL_FORMAT);
        WEB_SOCKET_BUFFER empty{};
        EXPECT_EQ(WebSocketReceive(failed, &empty, nullptr), E_INVALIDARG);
    }
}

TEST(decisions, S14_11_the_state_comes_before_what_depends_on_both) {
    for (const role side : both) {
        const handle created = make_handle(side);
        const handle aborted = open_handle(side);
        WebSocketAbortHandle(aborted);
        EXPECT_EQ(queue_close(created, 1004), E_INVALID_PROTOCOL_OPERATION);
        EXPECT_EQ(queue_close(aborted, 1004), E_INVALID_PROTOCOL_OPERATION);
        const handle closing = open_handle(side);
        const bytes x = text_bytes("x");
        ASSERT_EQ(queue_send(closing, text_fragment, x), S_OK);
        ASSERT_EQ(queue_close(closing, 1000), S_OK);
        EXPECT_EQ(queue_send(closing, binary_message, x), E_INVALID_PROTOCOL_OPERATION);  // mixed, too
        EXPECT_EQ(queue_close(closing, 1004), E_INVALID_PROTOCOL_OPERATION);
    }
    const handle broken = broken_server();
    EXPECT_EQ(queue_close(broken, 1004), E_INVALID_PROTOCOL_OPERATION);
}

TEST(decisions, S14_12_an_indication_outstanding_at_an_abort_keeps_its_memory_and_is_not_repeated) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(open, text_message, payload, tag(1)), S_OK);
        finish_action(open, send_queue, send_to_network);
        ASSERT_EQ(queue_receive(open, tag(2)), S_OK);
        ASSERT_EQ(queue_receive(open, tag(3)), S_OK);
        feed(open, wire_to(side, 2, counted_bytes(300)) + wire_to(side, 2, counted_bytes(10)));
        const taken done = expect_action(open, send_queue, indicate_send);
        const taken got = expect_action(open, receive_queue, indicate_receive);
        WebSocketAbortHandle(open);
        expect_no_action(open, all_queues);
        EXPECT_EQ(got.octets(), counted_bytes(300));
        complete(open, done);
        complete(open, got);
        const taken cancelled = expect_action(open, all_queues, indicate_receive);  // only the one behind it
        EXPECT_EQ(cancelled.context, tag(3));
        EXPECT_EQ(cancelled.type, no_type());
        complete(open, cancelled);
        expect_no_action(open, all_queues);
    }
}

TEST(decisions, S14_13_client_without_masking_splits_at_capacity_1_like_a_server) {
    property_list off;
    off.disable_masking();
    const handle client = open_handle(role::client, off);
    const bytes payload = counted_bytes(5000);
    ASSERT_EQ(queue_send(client, binary_message, payload), S_OK);
    const finished header = finish_action(client, send_queue, send_to_network, 1);
    EXPECT_EQ(header.wire, octets({0x82, 0x80 | 126, 0x13, 0x88, 0, 0, 0, 0}));
    const taken body = expect_action(client, send_queue, send_to_network, 1);
    EXPECT_EQ(body.buffers[0].Data.pbBuffer, as_pbyte(payload.data()));
    EXPECT_EQ(body.total(), 5000u);
    complete(client, body);
    finish_action(client, send_queue, indicate_send);
    ASSERT_EQ(queue_close(client, 1000, "bye"), S_OK);
    EXPECT_EQ(finish_action(client, send_queue, send_to_network, 1).wire,
              octets({0x88, 0x85, 0, 0, 0, 0, 0x03, 0xe8}));
    EXPECT_EQ(finish_action(client, send_queue, send_to_network, 1).wire, text_bytes("bye"));
}

TEST(decisions, S14_14_a_pong_that_is_never_completed_holds_the_wire) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, pings(side, 1) + wire_to(side, 1, text_bytes("text")));
        const taken pong = expect_action(open, receive_queue, send_to_network);
        ASSERT_EQ(queue_send(open, text_message, payload), S_OK);
        for (int i = 0; i < 3; ++i) expect_no_action(open, send_queue);
        finish_action(open, receive_queue, indicate_receive);  // receiving goes on
        expect_no_action(open, all_queues);
        complete(open, pong);
        finish_action(open, send_queue, send_to_network);
    }
}

TEST(decisions, S14_15_one_send_is_one_frame_on_both_sides) {
    for (const role side : both)
        for (const ULONG capacity : {1u, 2u}) {
            property_list small;
            small.send_buffer(16);
            const handle open = open_handle(side, small);
            const bytes large = counted_bytes(70'000);
            ASSERT_EQ(queue_send(open, binary_message, large), S_OK);
            ASSERT_EQ(queue_send(open, binary_message, large), S_OK);
            const auto frames = parse_frames(send_all(open, capacity).wire);
            ASSERT_EQ(frames.size(), 2u);
            for (const parsed_frame& frame : frames) {
                EXPECT_TRUE(frame.fin);
                EXPECT_EQ(frame.op, 2u);
                EXPECT_EQ(frame.payload, large);
            }
        }
}

}  // namespace
}  // namespace wspc::test
