// SPDX-License-Identifier: Apache-2.0
// WebSocketReceive (4.8), and the decisions on receives behind a Close (14.4).
#include <websocket.h>

#include <cstring>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

HRESULT receive_into(WEB_SOCKET_HANDLE at, bytes& memory, PVOID context = nullptr) {
    WEB_SOCKET_BUFFER buffer = buffer_of(memory);
    return WebSocketReceive(at, &buffer, context);
}

TEST(receiving, S4_8_null_buffer_lends_internal_memory_until_the_action_is_completed) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open, tag(1)), S_OK);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        feed(open, read, wire_to(side, 2, counted_bytes(100)) + wire_to(side, 2, counted_bytes(100, 1)));
        const taken got = expect_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(got.context, tag(1));
        EXPECT_GE(got.buffers[0].Data.pbBuffer, read.buffers[0].Data.pbBuffer);
        EXPECT_LE(got.buffers[0].Data.pbBuffer + 100, read.buffers[0].Data.pbBuffer + read.total());
        // What happens on the send side, and a further receive, leave it alone.
        const bytes payload = counted_bytes(5000);
        ASSERT_EQ(queue_send(open, binary_message, payload), S_OK);
        (void)send_all(open);
        ASSERT_EQ(queue_receive(open), S_OK);
        expect_no_action(open, receive_queue);
        EXPECT_EQ(got.octets(), counted_bytes(100));
        complete(open, got);
        EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).wire, counted_bytes(100, 1));
    }
}

TEST(receiving, S4_8_own_buffer_is_filled_and_returned) {
    for (const role side : both) {
        const handle open = open_handle(side);
        bytes memory(128, std::byte{0x5a});
        {
            WEB_SOCKET_BUFFER buffer = buffer_of(memory);
            ASSERT_EQ(WebSocketReceive(open, &buffer, tag(1)), S_OK);
            buffer = {};  // the struct was copied
        }
        feed(open, wire_to(side, 2, counted_bytes(100)));
        const taken got = expect_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(got.type, binary_message);
        EXPECT_EQ(got.context, tag(1));
        EXPECT_EQ(got.buffers[0].Data.pbBuffer, as_pbyte(memory.data()));
        EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 100u);
        EXPECT_EQ(got.octets(), counted_bytes(100));
        EXPECT_EQ(memory[100], std::byte{0x5a});  // nothing beyond
        complete(open, got);
    }
}

TEST(receiving, S4_8_own_buffer_is_never_overrun) {
    for (const role side : both) {
        const handle open = open_handle(side);
        bytes memory(129, std::byte{0x5a});
        WEB_SOCKET_BUFFER buffer = buffer_of(memory);
        buffer.Data.ulBufferLength = 128;
        ASSERT_EQ(WebSocketReceive(open, &buffer, nullptr), S_OK);
        const bytes all = counted_bytes(256);
        feed(open, wire_to(side, 2, all));
        const taken got = expect_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(got.type, binary_fragment);
        EXPECT_EQ(got.octets(), bytes(all.begin(), all.begin() + 128));
        EXPECT_EQ(memory[128], std::byte{0x5a});
        complete(open, got);
        ASSERT_EQ(queue_receive(open), S_OK);
        const finished rest = finish_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(rest.action.type, binary_message);
        EXPECT_EQ(rest.wire, bytes(all.begin() + 128, all.end()));
    }
}

TEST(receiving, S4_8_own_buffer_never_cuts_a_close_or_a_pong) {
    for (const role side : both) {
        const handle open = open_handle(side);
        bytes memory(1);
        bytes incoming = wire_to(side, 10, counted_bytes(125)) +
                         wire_to(side, 8, octets({0x03, 0xe8}) + text_bytes("a long reason"));
        ASSERT_EQ(receive_into(open, memory), S_OK);
        const piece pong = receive_queued(open, incoming);
        EXPECT_EQ(pong.type, ping_pong);
        EXPECT_EQ(pong.payload, counted_bytes(125));
        ASSERT_EQ(receive_into(open, memory), S_OK);
        const piece close = receive_queued(open, incoming);
        EXPECT_EQ(close.type, close_type);
        EXPECT_EQ(close.payload, text_bytes("a long reason"));
        EXPECT_EQ(memory[0], std::byte{});
    }
}

TEST(receiving, S4_8_own_buffer_without_memory_is_refused) {
    for (const role side : both) {
        const handle open = open_handle(side);
        std::byte one{};
        WEB_SOCKET_BUFFER buffer{};
        EXPECT_EQ(WebSocketReceive(open, &buffer, nullptr), E_INVALIDARG);
        buffer.Data.ulBufferLength = 10;
        EXPECT_EQ(WebSocketReceive(open, &buffer, nullptr), E_INVALIDARG);
        buffer.Data.pbBuffer = as_pbyte(&one);
        buffer.Data.ulBufferLength = 0;
        EXPECT_EQ(WebSocketReceive(open, &buffer, nullptr), E_INVALIDARG);
        expect_no_action(open, all_queues);
    }
}

// Four receives for a piece of data, a pong, data again, and a Close.
TEST(receiving, S4_8_one_indicate_for_one_receive) {
    for (const role side : both) {
        const handle open = open_handle(side);
        for (unsigned i = 0; i < 4; ++i) ASSERT_EQ(queue_receive(open, tag(i)), S_OK);
        feed(open, wire_to(side, 1, text_bytes("a")) + wire_to(side, 10, text_bytes("p")) +
                       wire_to(side, 1, text_bytes("b")) + wire_to(side, 8, {}));
        const WEB_SOCKET_BUFFER_TYPE types[] = {text_message, ping_pong, text_message, close_type};
        for (unsigned i = 0; i < 4; ++i) {
            const finished got = finish_action(open, receive_queue, indicate_receive);
            EXPECT_EQ(got.action.type, types[i]);
            EXPECT_EQ(got.action.context, tag(i));
        }
        expect_no_action(open, all_queues);
    }
}

TEST(receiving, S4_8_state_before_the_handshake_and_after_an_abort) {
    for (const role side : both) {
        EXPECT_EQ(queue_receive(make_handle(side)), E_INVALID_PROTOCOL_OPERATION);
        const handle open = open_handle(side);
        WebSocketAbortHandle(open);
        EXPECT_EQ(queue_receive(open), E_INVALID_PROTOCOL_OPERATION);
    }
}

TEST(receiving, S4_8_state_while_and_after_the_close_is_indicated) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, wire_to(side, 8, octets({0x03, 0xe8})));
        const taken close = expect_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(close.type, close_type);
        EXPECT_EQ(queue_receive(open), S_OK);  // as programs do while they handle any indication
        complete(open, close);
        EXPECT_EQ(queue_receive(open), E_INVALID_PROTOCOL_OPERATION);
        bytes memory(1);
        EXPECT_EQ(receive_into(open, memory), E_INVALID_PROTOCOL_OPERATION);
    }
}

TEST(receiving, S4_8_state_after_a_failure_gives_the_same_result) {
    for (const role side : both) {
        const handle format = open_handle(side);
        bytes reserved = octets({0x83});
        EXPECT_EQ(receive_one(format, reserved).result, E_INVALID_PROTOCOL_FORMAT);
        EXPECT_EQ(queue_receive(format), E_INVALID_PROTOCOL_FORMAT);
        const handle operation = open_handle(side);
        bytes continuation = wire_to(side, 0, text_bytes("x"));
        EXPECT_EQ(receive_one(operation, continuation).result, E_INVALID_PROTOCOL_OPERATION);
        EXPECT_EQ(queue_receive(operation), E_INVALID_PROTOCOL_OPERATION);
    }
}

// Two receives behind the one that the Close ends, one of them accepted during its indication.
handle with_receives_behind_a_close(role side) {
    property_list given;
    given.receive_buffer(300);
    handle open = open_handle(side, given);
    EXPECT_EQ(queue_receive(open, tag(1)), S_OK);
    EXPECT_EQ(queue_receive(open, tag(2)), S_OK);
    feed(open, wire_to(side, 8, octets({0x03, 0xe8})) + wire_to(side, 9, text_bytes("late")));
    const taken close = expect_action(open, receive_queue, indicate_receive);
    EXPECT_EQ(close.type, close_type);
    EXPECT_EQ(close.context, tag(1));
    EXPECT_EQ(queue_receive(open, tag(3)), S_OK);
    complete(open, close);
    return open;
}

TEST(behind_a_close, S14_4_reads_have_the_whole_buffer_and_are_discarded) {
    for (const role side : both) {
        const handle open = with_receives_behind_a_close(side);
        for (int i = 0; i < 3; ++i) {
            const taken read = expect_action(open, receive_queue, receive_from_network);
            EXPECT_EQ(read.total(), 300u);
            EXPECT_EQ(read.context, tag(2));
            // Neither a ping nor a violation is looked at.
            feed(open, read, i == 0 ? wire_to(side, 9, text_bytes("ping")) : octets({0xff, 0xff, 0xff}));
        }
    }
}

TEST(behind_a_close, S14_4_a_read_completed_with_0_ends_its_receive_only) {
    for (const role side : both) {
        const handle open = with_receives_behind_a_close(side);
        for (unsigned i = 2; i <= 3; ++i) {
            feed(open, bytes{});
            const taken got = expect_action(open, receive_queue, indicate_receive);
            EXPECT_EQ(got.context, tag(i));
            EXPECT_EQ(got.count, 1u);
            EXPECT_EQ(got.type, no_type());
            EXPECT_EQ(got.buffers[0].Data.pbBuffer, nullptr);
            EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 0u);
            complete(open, got);
        }
        expect_no_action(open, receive_queue);
        EXPECT_EQ(queue_close(open, 1000), S_OK);  // the answer can still be sent
        EXPECT_EQ(only_frame(send_all(open).wire).op, 8u);
    }
}

TEST(behind_a_close, S14_4_an_abort_ends_them_as_usual) {
    for (const role side : both) {
        const handle open = with_receives_behind_a_close(side);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        WebSocketAbortHandle(open);
        expect_no_action(open, receive_queue);
        complete(open, read, 5);
        for (unsigned i = 2; i <= 3; ++i)
            EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).action.context, tag(i));
        expect_no_action(open, all_queues);
    }
}

TEST(behind_a_close, S14_4_an_own_buffer_is_left_alone) {
    const handle server = open_handle(role::server);
    bytes memory(64);
    ASSERT_EQ(queue_receive(server), S_OK);
    ASSERT_EQ(receive_into(server, memory), S_OK);
    feed(server, wire_to(role::server, 8, {}));
    finish_action(server, receive_queue, indicate_receive);
    feed(server, wire_to(role::server, 2, counted_bytes(50)));
    feed(server, bytes{});
    const finished got = finish_action(server, receive_queue, indicate_receive);
    EXPECT_EQ(got.action.buffers[0].Data.pbBuffer, nullptr);
    EXPECT_EQ(memory, bytes(64));
}

}  // namespace
}  // namespace wspc::test
