// SPDX-License-Identifier: Apache-2.0
// WebSocketCompleteAction: what a count does to each kind of action (4.10).
#include <websocket.h>

#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

TEST(completing, S4_10_send_exact_leads_to_the_next_part_or_the_indication) {
    property_list given;
    given.send_buffer(16);
    const handle client = open_handle(role::client, given);
    const bytes payload = counted_bytes(20);  // 6 + 20: 16 and 10
    ASSERT_EQ(queue_send(client, binary_message, payload, tag(1)), S_OK);
    EXPECT_EQ(finish_action(client, send_queue, send_to_network).wire.size(), 16u);
    EXPECT_EQ(finish_action(client, send_queue, send_to_network).wire.size(), 10u);
    EXPECT_EQ(finish_action(client, send_queue, indicate_send).action.context, tag(1));
    expect_no_action(client, send_queue);
}

TEST(completing, S4_10_send_short_cancels_this_send_and_leaves_the_handle_usable) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = counted_bytes(200);
        // 0 as one program always does, the header alone as another, and what nobody should.
        const ULONG header = side == role::client ? 8 : 4;
        const ULONG counts[] = {0, header, header + 199, header + 201, 0xffffffff};
        for (const ULONG transferred : counts) {
            ASSERT_EQ(queue_send(open, binary_message, payload, tag(1)), S_OK);
            const taken got = expect_action(open, send_queue, send_to_network);
            EXPECT_EQ(got.total(), header + 200);
            complete(open, got, transferred);
            EXPECT_EQ(finish_action(open, send_queue, indicate_send).action.context, tag(1));
            expect_no_action(open, send_queue);
        }
        ASSERT_EQ(queue_send(open, binary_message, payload), S_OK);
        EXPECT_EQ(only_frame(send_all(open).wire).payload, payload);
    }
}

// The indication of the cancelled one comes before the next one's frame.
TEST(completing, S4_10_send_short_with_more_sends_queued) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes first = text_bytes("first"), second = text_bytes("second");
        ASSERT_EQ(queue_send(open, text_message, first, tag(1)), S_OK);
        ASSERT_EQ(queue_send(open, text_message, second, tag(2)), S_OK);
        complete(open, expect_action(open, send_queue, send_to_network), 0);
        EXPECT_EQ(finish_action(open, send_queue, indicate_send).action.context, tag(1));
        EXPECT_EQ(only_frame(finish_action(open, send_queue, send_to_network).wire).payload, second);
        EXPECT_EQ(finish_action(open, send_queue, indicate_send).action.context, tag(2));
    }
}

TEST(completing, S4_10_cancelled_send_never_rolls_back_the_message) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes x = text_bytes("x");
        ASSERT_EQ(queue_send(open, text_fragment, x), S_OK);
        complete(open, expect_action(open, send_queue, send_to_network), 0);
        finish_action(open, send_queue, indicate_send);
        ASSERT_EQ(queue_send(open, text_fragment, x), S_OK);
        ASSERT_EQ(queue_send(open, text_message, x), S_OK);
        ASSERT_EQ(queue_send(open, binary_message, x), S_OK);
        const auto frames = parse_frames(send_all(open).wire);
        ASSERT_EQ(frames.size(), 3u);
        EXPECT_EQ(frames[0].op, 0u);
        EXPECT_EQ(frames[1].op, 0u);
        EXPECT_EQ(frames[2].op, 2u);
    }
}

TEST(completing, S4_10_cancelled_send_of_a_close_stays_a_close) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_close(open, 1000), S_OK);
        complete(open, expect_action(open, send_queue, send_to_network), 0);
        finish_action(open, send_queue, indicate_send);
        EXPECT_EQ(queue_close(open, 1000), E_INVALID_PROTOCOL_OPERATION);
        EXPECT_EQ(queue_send(open, text_message, text_bytes("x")), E_INVALID_PROTOCOL_OPERATION);
    }
}

// After a frame of which parts were never handed out.
void expect_send_broken(WEB_SOCKET_HANDLE at, std::initializer_list<PVOID> indicated) {
    for (PVOID const context : indicated)
        EXPECT_EQ(finish_action(at, send_queue, indicate_send).action.context, context);
    expect_no_action(at, send_queue);
    EXPECT_EQ(queue_send(at, binary_message, text_bytes("x")), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(queue_bare(at, ping_pong), E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(queue_close(at, 1000), E_INVALID_PROTOCOL_OPERATION);
}

TEST(completing, S4_10_send_broken_by_a_chunk_of_a_client) {
    for (const ULONG transferred : {0u, 15u, 17u}) {
        property_list given;
        given.send_buffer(16);
        const handle client = open_handle(role::client, given);
        const bytes payload = counted_bytes(100);
        for (unsigned i = 0; i < 3; ++i) ASSERT_EQ(queue_send(client, binary_message, payload, tag(i)), S_OK);
        finish_action(client, send_queue, send_to_network);
        complete(client, expect_action(client, send_queue, send_to_network), transferred);
        expect_send_broken(client, {tag(0), tag(1), tag(2)});
    }
}

TEST(completing, S4_10_send_broken_by_the_header_of_a_split) {
    for (const ULONG transferred : {0u, 1u, 3u}) {
        const handle server = open_handle(role::server);
        const bytes payload = counted_bytes(100);
        for (unsigned i = 0; i < 2; ++i) ASSERT_EQ(queue_send(server, binary_message, payload, tag(i)), S_OK);
        complete(server, expect_action(server, send_queue, send_to_network, 1), transferred);
        expect_send_broken(server, {tag(0), tag(1)});
    }
}

TEST(completing, S4_10_send_broken_leaves_receiving_alone) {
    const handle server = open_handle(role::server);
    const bytes payload = counted_bytes(100);
    ASSERT_EQ(queue_send(server, binary_message, payload), S_OK);
    complete(server, expect_action(server, send_queue, send_to_network, 1), 0);
    bytes incoming = wire_to(role::server, 1, text_bytes("still here"));
    EXPECT_EQ(receive_one(server, incoming).payload, text_bytes("still here"));
}

// All parts were handed out: the peer may have got the frame.
TEST(completing, S4_10_send_short_in_its_last_part_breaks_nothing) {
    property_list given;
    given.send_buffer(16);
    const handle client = open_handle(role::client, given);
    const bytes payload = counted_bytes(20);
    ASSERT_EQ(queue_send(client, binary_message, payload), S_OK);
    finish_action(client, send_queue, send_to_network);
    complete(client, expect_action(client, send_queue, send_to_network), 0);
    finish_action(client, send_queue, indicate_send);
    EXPECT_EQ(queue_send(client, binary_message, payload), S_OK);

    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_send(server, binary_message, payload), S_OK);
    finish_action(server, send_queue, send_to_network, 1);
    complete(server, expect_action(server, send_queue, send_to_network, 1), 0);
    finish_action(server, send_queue, indicate_send);
    EXPECT_EQ(queue_send(server, binary_message, payload), S_OK);
    EXPECT_EQ(only_frame(send_all(server).wire).payload, payload);
}

TEST(completing, S4_10_pong_short_is_dropped_and_nothing_else) {
    for (const role side : both)
        for (const ULONG transferred : {0u, 1u, 0xffffffffu}) {
            const handle open = open_handle(side);
            ASSERT_EQ(queue_receive(open), S_OK);
            feed(open, wire_to(side, 9, text_bytes("p")) + wire_to(side, 1, text_bytes("text")));
            complete(open, expect_action(open, receive_queue, send_to_network), transferred);
            EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).wire, text_bytes("text"));
            const bytes payload = text_bytes("x");
            ASSERT_EQ(queue_send(open, text_message, payload), S_OK);
            EXPECT_EQ(only_frame(send_all(open).wire).payload, payload);
            bytes incoming = wire_to(side, 9, text_bytes("q")) + wire_to(side, 1, text_bytes("more"));
            const piece got = receive_one(open, incoming);
            EXPECT_EQ(only_frame(got.answered).payload, text_bytes("q"));
        }
}

TEST(completing, S4_10_receive_some_bytes_are_parsed) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes frame = wire_to(side, 1, text_bytes("hello"));
        ASSERT_EQ(queue_receive(open), S_OK);
        for (std::size_t i = 0; i + 5 < frame.size(); ++i)
            feed(open, bytes{frame[i]});  // the header, octet by octet
        feed(open, bytes(frame.end() - 5, frame.end()));
        const finished got = finish_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(got.wire, text_bytes("hello"));
        EXPECT_EQ(got.action.type, text_message);
    }
}

TEST(completing, S4_10_receive_some_may_be_the_whole_length) {
    property_list given;
    given.receive_buffer(256);
    const handle client = open_handle(role::client, given);
    ASSERT_EQ(queue_receive(client), S_OK);
    const taken read = expect_action(client, receive_queue, receive_from_network);
    ASSERT_EQ(read.total(), 256u);
    feed(client, read, wire_to(role::client, 2, counted_bytes(252)));
    EXPECT_EQ(finish_action(client, receive_queue, indicate_receive).wire, counted_bytes(252));
}

TEST(completing, S4_10_receive_zero_cancels_this_receive_and_keeps_the_parser) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes frame = wire_to(side, 1, text_bytes("hello"));
        ASSERT_EQ(queue_receive(open, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(open, tag(2)), S_OK);
        feed(open, bytes{frame[0]});
        feed(open, bytes{});
        const taken got = expect_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(got.context, tag(1));
        EXPECT_EQ(got.type, no_type());
        EXPECT_EQ(got.count, 1u);
        EXPECT_EQ(got.buffers[0].Data.pbBuffer, nullptr);
        EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 0u);
        complete(open, got);
        // The next one goes on where the octets stopped, and so does one that is queued only now.
        feed(open, bytes{frame[1]});
        feed(open, bytes{});
        EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).action.context, tag(2));
        ASSERT_EQ(queue_receive(open, tag(3)), S_OK);
        feed(open, bytes(frame.begin() + 2, frame.end()));
        const finished text = finish_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(text.wire, text_bytes("hello"));
        EXPECT_EQ(text.action.context, tag(3));
    }
}

TEST(completing, S4_10_receive_too_much_aborts) {
    for (const role side : both)
        for (const ULONG over : {1u, 0x7fffffffu}) {
            const handle open = open_handle(side);
            const bytes payload = text_bytes("x");
            ASSERT_EQ(queue_receive(open, tag(1)), S_OK);
            ASSERT_EQ(queue_send(open, text_message, payload, tag(2)), S_OK);
            const taken read = expect_action(open, receive_queue, receive_from_network);
            complete(open, read, read.total() + over);
            EXPECT_EQ(queue_receive(open), E_INVALID_PROTOCOL_OPERATION);
            EXPECT_EQ(queue_send(open, text_message, payload), E_INVALID_PROTOCOL_OPERATION);
            EXPECT_EQ(finish_action(open, all_queues, indicate_send).action.context, tag(2));
            const finished got = finish_action(open, all_queues, indicate_receive);
            EXPECT_EQ(got.action.context, tag(1));
            EXPECT_EQ(got.action.type, no_type());
            expect_no_action(open, all_queues);
        }
}

TEST(completing, S4_10_indicate_any_count_is_ignored) {
    for (const role side : both)
        for (const ULONG transferred : {0u, 1u, 5u, 0xffffffffu}) {
            const handle open = open_handle(side);
            const bytes payload = text_bytes("x");
            ASSERT_EQ(queue_send(open, text_message, payload), S_OK);
            finish_action(open, send_queue, send_to_network);
            complete(open, expect_action(open, send_queue, indicate_send), transferred);
            ASSERT_EQ(queue_receive(open), S_OK);
            feed(open, wire_to(side, 1, text_bytes("hello")) + wire_to(side, 1, text_bytes("again")));
            complete(open, expect_action(open, receive_queue, indicate_receive), transferred);
            expect_no_action(open, all_queues);
            ASSERT_EQ(queue_receive(open), S_OK);
            EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).wire, text_bytes("again"));
        }
}

TEST(completing, S4_10_unknown_context_is_a_no_op) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const handle other = open_handle(side);
        const bytes payload = text_bytes("x");
        for (int i = 0; i < 2; ++i) ASSERT_EQ(queue_send(open, text_message, payload), S_OK);
        ASSERT_EQ(queue_receive(open), S_OK);
        const taken send = expect_action(open, send_queue, send_to_network);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        WebSocketCompleteAction(open, nullptr, 0);
        WebSocketCompleteAction(open, tag(0xdead), 1);  // foreign
        WebSocketCompleteAction(open, reinterpret_cast<PVOID>(std::intptr_t{-1}), 1);
        complete(other, send);  // of another handle, which has none outstanding
        expect_no_action(open, send_queue);
        expect_no_action(open, receive_queue);
        complete(open, send);
        complete(open, send, 0);  // doubled
        const taken done = expect_action(open, send_queue, indicate_send);
        complete(open, send, 0);  // stale
        expect_no_action(open, send_queue);
        complete(open, done);
        const taken next = expect_action(open, send_queue, send_to_network);
        complete(open, done);
        complete(open, send);
        expect_no_action(open, send_queue);
        complete(open, next);
        feed(open, read, wire_to(side, 1, payload));
        complete(open, read, 0);
        EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).wire, payload);
    }
}

// Of handles that follow each other most get the same address, and their peer may send the same key each
// time.
TEST(completing, S4_10_unknown_context_of_a_handle_that_is_gone_is_a_no_op) {
    std::set<PVOID> known;
    for (int i = 0; i < 50; ++i) {
        const handle open = open_handle(role::server);
        ASSERT_EQ(queue_receive(open), S_OK);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        for (PVOID stale : known) WebSocketCompleteAction(open, stale, 0);
        expect_no_action(open, receive_queue);
        EXPECT_TRUE(known.insert(read.action_context).second) << i;
    }
}

TEST(completing, S4_10_other_thread_may_complete) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(open, text_message, payload, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(open, tag(2)), S_OK);
        const taken send = expect_action(open, send_queue, send_to_network);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        std::thread{[&] { complete(open, send); }}.join();
        std::thread{[&] { feed(open, read, wire_to(side, 1, payload)); }}.join();
        EXPECT_EQ(finish_action(open, send_queue, indicate_send).action.context, tag(1));
        EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).wire, payload);
    }
}

}  // namespace
}  // namespace wspc::test
