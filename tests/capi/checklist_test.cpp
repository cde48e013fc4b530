// SPDX-License-Identifier: Apache-2.0
// The checklist of the behaviour, item by item. The tables are in tables_test.cpp, what concerns threads
// in threads_test.cpp, and memory that is gone in unmapped_buffer_test.cpp.
#include <array>
#include <cstring>
#include <vector>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

TEST(checklist, S12_1_no_action_writes_neutral_outputs) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        for (const auto queue : {send_queue, receive_queue, all_queues}) {
            expect_no_action(h, queue);
            WebSocketCompleteAction(h, nullptr, 0);
        }
    });
}

TEST(checklist, S12_2_two_receives_and_an_indication_outstanding) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        feed(h, wire_to(side, 1, text_bytes("1")) + wire_to(side, 1, text_bytes("2")) +
                    wire_to(side, 1, text_bytes("3")));
        const taken first = expect_action(h, receive_queue, indicate_receive, 1);
        EXPECT_EQ(first.context, tag(1));
        expect_no_action(h, receive_queue);
        EXPECT_EQ(queue_receive(h, tag(3)), S_OK);
        expect_no_action(h, receive_queue);
        EXPECT_EQ(first.octets(), text_bytes("1"));  // its memory is still its own
        complete(h, first);
        expect_indication(h, text_message, text_bytes("2"), tag(2));
        expect_indication(h, text_message, text_bytes("3"), tag(3));
    });
}

TEST(checklist, S12_3_server_sends_with_every_capacity_and_completion) {
    enum class completion { nothing, header, exact };
    for (const ULONG capacity : {1u, 2u})
        for (const completion how : {completion::nothing, completion::header, completion::exact}) {
            // With capacity 1 a short count for the header leaves the peer inside a frame: another test.
            if (capacity == 1 && how == completion::nothing) continue;
            const handle server = open_handle(role::server);
            const bytes payload = counted_bytes(40);
            bytes wire;
            for (const auto type :
                 {text_fragment, text_fragment, text_message, binary_message, text_message}) {
                ASSERT_EQ(queue_send(server, type, payload), S_OK);
                taken got = take_action(server, send_queue, capacity);
                for (; got.action == send_to_network; got = take_action(server, send_queue, capacity)) {
                    wire += got.octets();
                    const ULONG count = how == completion::nothing  ? 0
                                        : how == completion::header ? got.buffers[0].Data.ulBufferLength
                                                                    : got.total();
                    complete(server, got, count);
                }
                ASSERT_EQ(got.action, indicate_send);
                complete(server, got);
            }
            const std::vector<parsed_frame> frames = parse_frames(wire);
            ASSERT_EQ(frames.size(), 5u);
            for (const std::size_t i : {0u, 1u, 2u, 3u, 4u}) {
                EXPECT_EQ(frames[i].op, (std::array{1u, 0u, 0u, 2u, 1u}[i]));
                EXPECT_EQ(frames[i].fin, i >= 2);
                EXPECT_EQ(frames[i].payload, payload);
            }
        }
}

// The smallest buffers, and guard bytes around: no pointer outside, no byte written outside.
TEST(checklist, S12_4_smallest_allocated_buffer_between_guards) {
    constexpr ULONG size = 256 + 16 + 144;
    constexpr std::size_t guard = 64;
    on_both_sides([](role side) {
        std::vector<BYTE> memory(guard + size + guard + 1, BYTE{0xee});
        BYTE* const begin = memory.data() + guard + 1;  // at an odd place
        property_list properties;
        properties.receive_buffer(256).send_buffer(16).allocated_buffer(begin, size);
        const handle h = open_handle(side, properties);
        const bytes payload = counted_bytes(700);
        const auto inside = [&](const WEB_SOCKET_BUFFER& lent) {
            return lent.Data.pbBuffer >= begin &&
                   lent.Data.pbBuffer + lent.Data.ulBufferLength <= begin + size;
        };
        bytes incoming = wire_to(side, 2, payload) + wire_to(side, 9, counted_bytes(125)) +
                         wire_to(side, 10, counted_bytes(125)) +
                         wire_to(side, 8, octets({0x03, 0xe8}) + bytes(123, std::byte{'r'}));
        ASSERT_EQ(queue_send(h, binary_fragment, payload), S_OK);
        ASSERT_EQ(queue_bare(h, ping_pong), S_OK);
        ASSERT_EQ(queue_close(h, 1000, "reason"), S_OK);
        for (int i = 0; i < 40; ++i) (void)queue_receive(h);
        for (taken got = take_action(h, all_queues); got.action != no_action;
             got = take_action(h, all_queues)) {
            ASSERT_EQ(got.result, S_OK);
            ULONG count = got.total();
            const bool has_buffers = got.action != indicate_send;
            for (ULONG i = 0; has_buffers && i < got.count; ++i) {
                const WEB_SOCKET_BUFFER& lent = got.buffers[i];
                if (i == 1) continue;  // the application's own memory
                EXPECT_LE(lent.Data.ulBufferLength, 256u);
                EXPECT_TRUE(inside(lent) || lent.Data.pbBuffer == nullptr);
            }
            if (got.action == receive_from_network) {
                count = std::min(count, static_cast<ULONG>(incoming.size()));
                if (count != 0) std::memcpy(got.buffers[0].Data.pbBuffer, incoming.data(), count);
                incoming.erase(incoming.begin(), incoming.begin() + count);
            }
            complete(h, got, has_buffers ? count : 0);
        }
        EXPECT_TRUE(incoming.empty());
        for (std::size_t i = 0; i < memory.size(); ++i)
            ASSERT_TRUE((i > guard && i <= guard + size) || memory[i] == 0xee) << i;
    });
}

TEST(checklist, S12_5_client_with_a_send_buffer_of_16) {
    property_list properties;
    const handle client = open_handle(role::client, properties.send_buffer(16));
    const bytes payload = counted_bytes(70'000);
    ASSERT_EQ(queue_send(client, binary_message, payload), S_OK);
    ASSERT_EQ(queue_close(client, 1000, "good bye"), S_OK);
    const sent drained = send_all(client);
    for (const bytes& write : drained.writes) EXPECT_LE(write.size(), 16u);
    const std::vector<parsed_frame> frames = parse_frames(drained.wire);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].payload, payload);
    EXPECT_EQ(frames[1].payload, octets({0x03, 0xe8}) + text_bytes("good bye"));
}

TEST(checklist, S12_6_close_with_an_empty_reason_round_trip) {
    for (const role side : {role::client, role::server}) {
        const role other = side == role::client ? role::server : role::client;
        joined pair;
        ASSERT_EQ(queue_close(pair.end(side), 1001), S_OK);
        pair.flush(side);
        const piece got = pair.receive(other);
        EXPECT_EQ(got.type, close_type);
        EXPECT_EQ(got.status, 1001);
        EXPECT_TRUE(got.payload.empty());
        EXPECT_FALSE(got.null_pointer);
    }
}

TEST(checklist, S12_7_close_without_a_body_round_trip) {
    for (const role side : {role::client, role::server}) {
        const role other = side == role::client ? role::server : role::client;
        for (const bool status_1005 : {true, false}) {
            joined pair;
            ASSERT_EQ(
                status_1005 ? queue_close(pair.end(side), 1005) : queue_bare(pair.end(side), close_type),
                S_OK);
            EXPECT_EQ(pair.flush(side).wire.size(), side == role::client ? 6u : 2u);
            const piece got = pair.receive(other);
            EXPECT_EQ(got.type, close_type);
            EXPECT_EQ(got.status, 1005);
            EXPECT_TRUE(got.null_pointer);
        }
    }
}

TEST(checklist, S12_8_a_pong_has_the_type_of_ping_pong_and_consumes_the_receive) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 10, text_bytes("p")));
        const finished got = finish_action(h, receive_queue, indicate_receive, 1);
        EXPECT_EQ(static_cast<std::uint32_t>(got.action.type), 0x80000005u);
        EXPECT_EQ(got.action.context, tag(1));
        EXPECT_EQ(got.wire, text_bytes("p"));
        expect_no_action(h, receive_queue);
    });
}

TEST(checklist, S12_9_ping_under_an_outstanding_send) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const stranded_pong scene{h, side};
        expect_no_action(h, all_queues);
        complete(h, scene.write);
        expect_sent_indication(h, tag(91));
        expect_pong(h, side, send_queue, stranded_pong::ping);
        expect_no_action(h, all_queues);
    });
}

TEST(checklist, S12_10_a_pong_completed_with_0_is_dropped) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        complete(h, outstanding_pong(h, side, text_bytes("1")), 0);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        expect_frame(side, finish_action(h, all_queues, send_to_network).wire, 1, payload);
        expect_sent_indication(h, tag(1));
        feed(h, wire_to(side, 9, text_bytes("2")));
        expect_pong(h, side, receive_queue, text_bytes("2"));
        feed(h, wire_to(side, 1, payload));
        expect_indication(h, text_message, payload, tag(90));
    });
}

TEST(checklist, S12_12_headers_are_readable_after_end) {
    const handle client = make_handle(role::client);
    const handle server = make_handle(role::server);
    WEB_SOCKET_HTTP_HEADER* asked = nullptr;
    WEB_SOCKET_HTTP_HEADER* answered = nullptr;
    ULONG asked_count = 0;
    ULONG answered_count = 0;
    ASSERT_EQ(WebSocketBeginClientHandshake(client, nullptr, 0, nullptr, 0, nullptr, 0, &asked, &asked_count),
              S_OK);
    header_list request{asked, asked_count};
    request.add("Host", "");
    ASSERT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                            &answered, &answered_count),
              S_OK);
    ASSERT_EQ(WebSocketEndServerHandshake(server), S_OK);
    // The client's End reads memory of the server's handle (SMP).
    ASSERT_EQ(WebSocketEndClientHandshake(client, answered, answered_count, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(value_of(to_text(asked, asked_count), "Upgrade"), "websocket");
    EXPECT_EQ(value_of(to_text(answered, answered_count), "Connection"), "Upgrade");
}

TEST(checklist, S12_13_host_and_connection_in_every_form) {
    const auto answer = [](header_list request) {
        const handle server = make_handle(role::server);
        WEB_SOCKET_HTTP_HEADER* list = nullptr;
        ULONG count = 0;
        return WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                             &list, &count);
    };
    EXPECT_EQ(answer(good_request()), S_OK);
    EXPECT_EQ(answer(good_request().set("Host", "")), S_OK);  // NET
    EXPECT_EQ(answer(good_request().remove("Host")), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(answer(good_request().set("Connection", "keep-alive, Upgrade")), S_OK);  // Firefox
    EXPECT_EQ(answer(good_request().set("Connection", "keep-alive")), E_INVALID_PROTOCOL_FORMAT);
}

TEST(checklist, S12_15_an_exact_fit_ends_the_message) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        std::array<BYTE, 100> own{};
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = own.data();
        buffer.Data.ulBufferLength = 100;
        for (const std::size_t size : {std::size_t{100}, std::size_t{200}}) {
            bytes wire = wire_to(side, 2, counted_bytes(size));
            for (std::size_t left = size; left != 0; left -= 100) {
                ASSERT_EQ(WebSocketReceive(h, &buffer, nullptr), S_OK);
                const piece got = receive_queued(h, wire);
                EXPECT_EQ(got.payload.size(), 100u);
                EXPECT_EQ(got.type, left == 100 ? binary_message : binary_fragment);
            }
            ASSERT_EQ(WebSocketReceive(h, &buffer, tag(1)), S_OK);
            const taken read = expect_action(h, receive_queue, receive_from_network, 1);
            complete(h, read, 0);
            expect_empty_indication(h, tag(1));
        }
    });
}

TEST(checklist, S12_16_utf8_cut_at_every_byte) {
    const bytes text = text_bytes("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z\xf4\x8f\xbf\xbf\xee\x80\x80");
    on_both_sides([&](role side) {
        for (std::size_t cut = 1; cut < text.size(); ++cut)
            for (const bool frames : {true, false}) {
                const handle h = open_handle(side);
                const auto middle = text.begin() + static_cast<std::ptrdiff_t>(cut);
                bytes first;
                bytes second;
                if (frames) {
                    first = wire_to(side, 1, bytes(text.begin(), middle), false);
                    second = wire_to(side, 0, bytes(middle, text.end()));
                } else {
                    const bytes wire = wire_to(side, 1, text);
                    const auto at = wire.end() - (text.end() - middle);
                    first.assign(wire.begin(), at);
                    second.assign(at, wire.end());
                }
                expect_piece(receive_one(h, first), text_fragment, bytes(text.begin(), middle));
                expect_piece(receive_one(h, second), text_message, bytes(middle, text.end()));
                // And the end of the message there: good only between characters.
                bytes whole = wire_to(side, 1, bytes(text.begin(), middle));
                const bool between = (std::to_integer<unsigned>(*middle) & 0xc0) != 0x80;
                EXPECT_EQ(receive_one(h, whole).result, between ? S_OK : E_INVALID_PROTOCOL_FORMAT);
            }
    });
}

TEST(checklist, S12_17_failure_writes_neutral_outputs) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, octets({0xf1}));
        expect_failure(h, receive_queue, E_INVALID_PROTOCOL_FORMAT);
        expect_failure(h, all_queues, E_INVALID_PROTOCOL_FORMAT);
        complete(h, take_action(h, all_queues), 0);  // SMP, GAM and CPC do that
    });
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 0, {}));
        expect_failure(h, all_queues, E_INVALID_PROTOCOL_OPERATION);
    });
}

TEST(checklist, S12_19_receives_around_a_close) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 8, octets({0x03, 0xe8})));
        const taken close = expect_action(h, receive_queue, indicate_receive, 1);
        EXPECT_EQ(close.type, close_type);
        EXPECT_EQ(queue_receive(h, tag(2)), S_OK);  // while it is being indicated
        complete(h, close);
        EXPECT_EQ(queue_receive(h, tag(3)), E_INVALID_PROTOCOL_OPERATION);
        feed(h, wire_to(side, 1, text_bytes("dropped")) + octets({0xff}));
        const taken read = expect_action(h, receive_queue, receive_from_network, 1);
        EXPECT_EQ(read.context, tag(2));
        feed(h, read, {});
        expect_empty_indication(h, tag(2));
        expect_no_action(h, all_queues);
        EXPECT_EQ(queue_receive(h, tag(4)), E_INVALID_PROTOCOL_OPERATION);
    });
}

TEST(checklist, S12_21_close_and_unsolicited_pong_pass_a_pong_on_send) {
    on_both_sides([](role side) {
        for (const auto type : {close_type, unsolicited_pong}) {
            const handle h = open_handle(side);
            const taken pong = outstanding_pong(h, side);
            ASSERT_EQ(queue_bare(h, type, tag(1)), S_OK);
            expect_frame(side, finish_action(h, send_queue, send_to_network).wire,
                         type == close_type ? 8 : 10, {});
            expect_sent_indication(h, tag(1));
            complete(h, pong);
        }
        const handle h = open_handle(side);
        const taken pong = outstanding_pong(h, side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(h, binary_message, payload), S_OK);
        expect_no_action(h, send_queue);
        complete(h, pong);
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 2, payload);
    });
}

// NET's structures are packed: no value need be aligned.
TEST(checklist, S12_23_values_of_properties_are_anywhere) {
    on_both_sides([](role side) {
        std::vector<BYTE> memory(300 + 50 + 144);
        std::array<char, 64> values{};
        const ULONG receive = 300;
        const ULONG send = 50;
        const BOOL yes = 1;
        void* const at = memory.data();
        std::memcpy(values.data() + 1, &receive, sizeof receive);
        std::memcpy(values.data() + 7, &send, sizeof send);
        std::memcpy(values.data() + 13, &yes, sizeof yes);
        std::memcpy(values.data() + 19, &at, sizeof at);
        property_list properties;
        properties.add_raw(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, values.data() + 1, sizeof receive)
            .add_raw(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, values.data() + 7, sizeof send)
            .add_raw(WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE, values.data() + 13, sizeof yes)
            .add_raw(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, values.data() + 19,
                     static_cast<ULONG>(memory.size()));
        const handle h = open_handle(side, properties);
        const taken read = parked_read(h);
        EXPECT_EQ(read.total(), 300u);
        EXPECT_GE(read.buffers[0].Data.pbBuffer, memory.data());
        feed(h, read, wire_to(side, 1, octets({0xff})));
        expect_indication(h, text_message, octets({0xff}));
    });
}

}  // namespace
}  // namespace wspc::test
