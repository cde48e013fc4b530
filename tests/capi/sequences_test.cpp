// SPDX-License-Identifier: Apache-2.0
// Sending and receiving as sequences of actions, step by step. Each test bears the number of its sequence.
#include <array>
#include <string_view>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

TEST(sequences, S8_1_client_sends_a_small_text) {
    const handle client = open_handle(role::client);
    const bytes hello = text_bytes("Hello World");
    ASSERT_EQ(queue_send(client, text_message, hello, tag(1)), S_OK);
    const taken write = expect_action(client, all_queues, send_to_network);
    EXPECT_EQ(write.count, 1u);
    EXPECT_EQ(write.type, text_message);
    const bytes wire = write.octets();
    ASSERT_EQ(wire.size(), 6 + 11u);
    EXPECT_EQ(bytes(wire.begin(), wire.begin() + 2), octets({0x81, 0x8b}));
    expect_frame(role::client, wire, 1, hello);
    complete(client, write, 17);
    const taken sent = expect_action(client, all_queues, indicate_send);
    EXPECT_EQ(sent.context, tag(1));
    complete(client, sent, 0);
    expect_no_action(client, all_queues);
}

TEST(sequences, S8_2_client_sends_more_than_its_send_buffer) {
    const handle client = open_handle(role::client);
    const bytes payload = counted_bytes(10'000);
    ASSERT_EQ(queue_send(client, binary_message, payload, tag(1)), S_OK);
    bytes wire;
    for (const ULONG size : {4096u, 4096u, 1816u}) {
        const taken write = expect_action(client, send_queue, send_to_network);
        EXPECT_EQ(write.count, 1u);
        EXPECT_EQ(write.total(), size);
        wire += write.octets();
        complete(client, write, size);
    }
    expect_sent_indication(client, tag(1));
    expect_no_action(client, send_queue);
    EXPECT_EQ(only_frame(wire).header_size, 8u);
    expect_frame(role::client, wire, 2, payload);
}

TEST(sequences, S8_3_server_sends_header_and_payload_in_one_action_or_two) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{125}, std::size_t{126}, std::size_t{70'000}}) {
        const handle server = open_handle(role::server);
        const bytes payload = counted_bytes(size);
        const ULONG whole = static_cast<ULONG>(size);
        const ULONG header = size < 126 ? 2 : size < 65'536 ? 4 : 10;
        ASSERT_EQ(queue_send(server, binary_message, payload, tag(1)), S_OK);
        const taken both = expect_action(server, send_queue, send_to_network, 2);
        ASSERT_EQ(both.count, 2u);
        EXPECT_EQ(both.buffers[0].Data.ulBufferLength, header);
        EXPECT_EQ(both.buffers[1].Data.pbBuffer, as_pbyte(payload.data()));
        EXPECT_EQ(both.buffers[1].Data.ulBufferLength, whole);
        const bytes wire = both.octets();
        complete(server, both, header + whole);
        expect_sent_indication(server, tag(1));

        ASSERT_EQ(queue_send(server, binary_message, payload, tag(2)), S_OK);
        const taken first = expect_action(server, send_queue, send_to_network, 1);
        ASSERT_EQ(first.count, 1u);
        EXPECT_EQ(first.total(), header);
        const bytes halves = first.octets() + payload;
        complete(server, first, header);
        const taken second = expect_action(server, send_queue, send_to_network, 1);
        ASSERT_EQ(second.count, 1u);
        EXPECT_EQ(second.buffers[0].Data.pbBuffer, as_pbyte(payload.data()));
        EXPECT_EQ(second.total(), whole);
        complete(server, second, whole);
        expect_sent_indication(server, tag(2));
        expect_frame(role::server, wire, 2, payload);
        EXPECT_EQ(halves, wire);
    }
}

// MOR completes with 0 and leaves; its next visit finds the indication, and then the next send.
TEST(sequences, S8_3_server_sends_are_visited_one_action_at_a_time) {
    const handle server = open_handle(role::server);
    const bytes payload = counted_bytes(500);
    for (std::uintptr_t i = 1; i < 10; ++i) {
        ASSERT_EQ(queue_send(server, binary_message, payload, tag(i)), S_OK);
        taken got = take_action(server, send_queue);
        if (i > 1) {
            ASSERT_EQ(got.action, indicate_send);
            EXPECT_EQ(got.context, tag(i - 1));
            complete(server, got, 0);
            got = take_action(server, send_queue);
        }
        ASSERT_EQ(got.action, send_to_network);
        expect_frame(role::server, got.octets(), 2, payload);
        complete(server, got, 0);
    }
}

TEST(sequences, S8_4_fragments_are_a_frame_each) {
    on_both_sides([](role side) {
        for (const bool empty_end : {false, true}) {
            const handle h = open_handle(side);
            const std::array<bytes, 3> parts{text_bytes("a"), text_bytes("b"),
                                             empty_end ? bytes{} : text_bytes("c")};
            ASSERT_EQ(queue_send(h, text_fragment, parts[0], tag(1)), S_OK);
            ASSERT_EQ(queue_send(h, text_fragment, parts[1], tag(2)), S_OK);
            ASSERT_EQ(queue_bare(h, ping_pong, tag(3)), S_OK);  // in between is allowed
            ASSERT_EQ(queue_send(h, text_message, parts[2], tag(4)), S_OK);
            expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 1, parts[0], false);
            expect_sent_indication(h, tag(1));
            expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 0, parts[1], false);
            expect_sent_indication(h, tag(2));
            expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 9, {});
            expect_sent_indication(h, tag(3));
            expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 0, parts[2]);
            expect_sent_indication(h, tag(4));
        }
    });
}

TEST(sequences, S8_5_receive_into_the_library_buffer) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const taken read = parked_read(h, tag(1));
        const WEB_SOCKET_BUFFER lent = read.buffers[0];
        EXPECT_EQ(read.type, no_type());
        EXPECT_EQ(lent.Data.ulBufferLength, 4096u);
        feed(h, read, wire_to(side, 1, text_bytes("one")) + wire_to(side, 2, text_bytes("two")));
        const taken got = expect_action(h, receive_queue, indicate_receive, 1);
        EXPECT_EQ(got.type, text_message);
        EXPECT_EQ(got.context, tag(1));
        EXPECT_GE(got.buffers[0].Data.pbBuffer, lent.Data.pbBuffer);
        EXPECT_LE(got.buffers[0].Data.pbBuffer + 3, lent.Data.pbBuffer + 4096);
        EXPECT_EQ(got.octets(), text_bytes("one"));
        complete(h, got);
        expect_no_action(h, receive_queue);
        // The second one came in the same read.
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        expect_indication(h, binary_message, text_bytes("two"), tag(2));
    });
}

TEST(sequences, S8_6_a_message_larger_than_the_receive_buffer) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = counted_bytes(10'000);
        bytes wire = wire_to(side, 2, payload);
        const std::size_t header = wire.size() - payload.size();
        bytes heard;
        for (int i = 0;; ++i) {
            const piece got = receive_one(h, wire);
            ASSERT_EQ(got.result, S_OK);
            heard += got.payload;
            EXPECT_TRUE(i != 0 || heard.size() == 4096 - header) << heard.size();  // 4088 or 4092
            EXPECT_EQ(got.type, heard.size() < payload.size() ? binary_fragment : binary_message);
            if (got.type == binary_message) break;
            ASSERT_LT(i, 4);
        }
        EXPECT_EQ(heard, payload);
    });
}

TEST(sequences, S8_7_two_application_buffers_for_one_frame) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = counted_bytes(256);
        std::array<BYTE, 128> own{};
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = own.data();
        buffer.Data.ulBufferLength = 128;
        bytes wire = wire_to(side, 2, payload);
        for (const std::size_t from : {std::size_t{0}, std::size_t{128}}) {
            ASSERT_EQ(WebSocketReceive(h, &buffer, tag(from)), S_OK);
            const piece got = receive_queued(h, wire);
            EXPECT_EQ(got.type, from == 0 ? binary_fragment : binary_message);
            const auto begin = payload.begin() + static_cast<std::ptrdiff_t>(from);
            EXPECT_EQ(got.payload, bytes(begin, begin + 128));
            EXPECT_EQ(got.context, tag(from));
        }
        // No third.
        ASSERT_EQ(WebSocketReceive(h, &buffer, nullptr), S_OK);
        EXPECT_EQ(take_action(h, receive_queue).action, receive_from_network);
    });
}

TEST(sequences, S8_8_a_character_over_two_reads) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes wire = wire_to(side, 1, octets({0xe2, 0x82, 0xac}));
        bytes first(wire.begin(), wire.end() - 2);
        bytes second(wire.end() - 2, wire.end());
        expect_piece(receive_one(h, first), text_fragment, octets({0xe2}));
        expect_piece(receive_one(h, second), text_message, octets({0x82, 0xac}));
        wire = wire_to(side, 1, octets({0xe2}));
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, wire);
        expect_failure(h, receive_queue, E_INVALID_PROTOCOL_FORMAT);
    });
}

TEST(sequences, S8_9_ping_while_idle) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 9, text_bytes("are you there")));
        const taken pong = expect_action(h, receive_queue, send_to_network);
        EXPECT_EQ(pong.count, 1u);
        EXPECT_EQ(pong.type, ping_pong);
        EXPECT_EQ(pong.context, nullptr);
        expect_frame(side, pong.octets(), 10, text_bytes("are you there"));
        complete(h, pong, pong.total());
        EXPECT_EQ(expect_action(h, receive_queue, receive_from_network).context, tag(1));
    });
}

TEST(sequences, S8_10_ping_while_an_application_send_is_outstanding) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("data");
        // The sending thread has a write on the way; the receiving one goes on reading.
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(1)), S_OK);
        const taken write = expect_action(h, send_queue, send_to_network);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        feed(h, wire_to(side, 9, text_bytes("p1")) + wire_to(side, 1, text_bytes("text")));
        expect_indication(h, text_message, text_bytes("text"), tag(2));  // as data allow
        const taken read = parked_read(h, tag(3));
        complete(h, write);
        expect_sent_indication(h, tag(1));
        expect_pong(h, side, send_queue, text_bytes("p1"));  // stranded: the receiving thread is parked
        expect_no_action(h, send_queue);
        feed(h, read, wire_to(side, 1, text_bytes("x")));
        expect_indication(h, text_message, text_bytes("x"), tag(3));
    });
}

TEST(sequences, S8_10_the_receiving_thread_comes_back_first) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const stranded_pong scene{h, side};
        complete(h, scene.write);
        feed(h, scene.read, wire_to(side, 1, text_bytes("x")));
        const taken pong = expect_action(h, receive_queue, send_to_network, 1);  // before what was read
        // Data wait for it, control frames do not.
        const bytes payload = text_bytes("more");
        expect_sent_indication(h, tag(91));
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(1)), S_OK);
        expect_no_action(h, send_queue);
        expect_indication(h, text_message, text_bytes("x"), tag(92));
        complete(h, pong);
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 2, payload);
        expect_sent_indication(h, tag(1));
    });
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const taken pong = outstanding_pong(h, side);
        ASSERT_EQ(queue_close(h, 1000, {}, tag(1)), S_OK);
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 8, octets({0x03, 0xe8}));
        complete(h, pong);
        expect_sent_indication(h, tag(1));
    });
}

TEST(sequences, S8_11_unsolicited_pong_out_and_in) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_bare(h, unsolicited_pong, tag(1)), S_OK);
        const finished out = finish_action(h, send_queue, send_to_network);
        EXPECT_EQ(out.action.type, unsolicited_pong);
        EXPECT_EQ(out.wire.size(), side == role::client ? 6u : 2u);
        expect_frame(side, out.wire, 10, {});
        expect_sent_indication(h, tag(1));
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        feed(h, wire_to(side, 10, {}));
        expect_indication(h, ping_pong, {}, tag(2));
        expect_no_action(h, receive_queue);
    });
}

TEST(sequences, S8_12_the_peer_closes) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes close = wire_to(side, 8, octets({0x0f, 0xa0}) + text_bytes("bye"));
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, close);
        const taken got = expect_action(h, receive_queue, indicate_receive, 1);
        EXPECT_EQ(got.type, close_type);
        EXPECT_EQ(got.status(), 4000);
        EXPECT_EQ(got.octets(), text_bytes("bye"));
        complete(h, got);
        expect_no_action(h, all_queues);  // no answer by itself
        EXPECT_EQ(queue_receive(h), E_INVALID_PROTOCOL_OPERATION);
        ASSERT_EQ(queue_close(h, 4000, {}, tag(2)), S_OK);
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 8, octets({0x0f, 0xa0}));
        expect_sent_indication(h, tag(2));
        expect_no_action(h, all_queues);
    });
}

TEST(sequences, S8_13_we_close) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_close(h, 1000, {}, tag(1)), S_OK);
        finish_action(h, send_queue, send_to_network);
        expect_sent_indication(h, tag(1));
        EXPECT_EQ(queue_send(h, text_message, payload), E_INVALID_PROTOCOL_OPERATION);
        bytes wire = wire_to(side, 1, text_bytes("still")) + wire_to(side, 9, text_bytes("ping")) +
                     wire_to(side, 2, text_bytes("talking")) + wire_to(side, 8, octets({0x03, 0xe8}));
        expect_piece(receive_one(h, wire), text_message, text_bytes("still"));
        const piece got = receive_one(h, wire);
        expect_piece(got, binary_message, text_bytes("talking"));
        expect_frame(side, got.answered, 10, text_bytes("ping"));
        EXPECT_EQ(receive_one(h, wire).status, 1000);
    });
}

// NET drops the pongs of a handle that has sent Close by completing them with 0.
TEST(sequences, S8_13_we_close_and_drop_pongs) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_close(h, 1000), S_OK);
        send_all(h);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 9, text_bytes("1")) + wire_to(side, 9, text_bytes("2")) + wire_to(side, 8, {}));
        for (int i = 0; i < 2; ++i) complete(h, expect_action(h, receive_queue, send_to_network, 1), 0);
        expect_indication(h, close_type, {}, tag(1));
    });
}

TEST(sequences, S8_14_network_errors) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        complete(h, expect_action(h, send_queue, send_to_network), 0);
        expect_sent_indication(h, tag(1));
        expect_no_action(h, send_queue);
        complete(h, parked_read(h, tag(2)), 0);
        expect_empty_indication(h, tag(2));
        expect_no_action(h, receive_queue);
    });
}

TEST(sequences, S8_15_protocol_error) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, octets({0xc1}));
        expect_failure(h, all_queues, E_INVALID_PROTOCOL_FORMAT);
        expect_failure(h, receive_queue, E_INVALID_PROTOCOL_FORMAT);
        ASSERT_EQ(queue_close(h, 1002, {}, tag(2)), S_OK);
        const sent drained = send_all(h);
        expect_frame(side, drained.wire, 8, octets({0x03, 0xea}));
        EXPECT_EQ(drained.indicated, std::vector<PVOID>{tag(2)});
        WebSocketAbortHandle(h);
        expect_empty_indication(h, tag(1));
        expect_no_action(h, all_queues);
    });
}

TEST(sequences, S8_16_abort_and_drain) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        ASSERT_EQ(queue_send(h, text_message, payload, tag(2)), S_OK);
        const taken read = parked_read(h, tag(3));
        WebSocketAbortHandle(h);
        expect_sent_indication(h, tag(1));
        expect_sent_indication(h, tag(2));
        expect_no_action(h, send_queue);
        expect_no_action(h, receive_queue);  // its owner still has the read
        complete(h, read, 5);
        expect_empty_indication(h, tag(3));
        expect_no_action(h, receive_queue);
    });
}

TEST(sequences, S8_17_re_entrant_receive) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 1, text_bytes("x")));
        const taken got = expect_action(h, receive_queue, indicate_receive, 1);
        // In its handler:
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        const taken nothing = take_action(h, receive_queue);
        EXPECT_EQ(nothing.action, no_action);
        complete(h, nothing, 0);
        // And back:
        complete(h, got);
        EXPECT_EQ(expect_action(h, receive_queue, receive_from_network).context, tag(2));
    });
}

}  // namespace
}  // namespace wspc::test
