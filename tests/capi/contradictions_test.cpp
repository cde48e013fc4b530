// SPDX-License-Identifier: Apache-2.0
// Where Microsoft's pages and the programs that use the API disagree: what was chosen. Each test bears
// the number of its row.
#include <array>
#include <type_traits>
#include <vector>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

// "WebSocketCompleteAction": fewer bytes cancel the send. MOR always says 0, MAR the header's length, and
// both go on sending.
TEST(contradictions, S11_1_a_short_count_cancels_that_send_only) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = counted_bytes(300);
        const auto types = {text_fragment, text_fragment, text_message, binary_message};
        bytes wire;
        std::uintptr_t number = 0;
        for (const auto type : types) {
            ASSERT_EQ(queue_send(h, type, payload, tag(number)), S_OK);
            const taken write = expect_action(h, send_queue, send_to_network);
            wire += write.octets();
            complete(h, write, number % 2 == 0 ? 0 : 4);
            expect_sent_indication(h, tag(number++));
        }
        const std::vector<parsed_frame> frames = parse_frames(wire);
        ASSERT_EQ(frames.size(), 4u);
        for (const std::size_t i : {0u, 1u, 2u, 3u}) {
            EXPECT_EQ(frames[i].op, (std::array{1u, 0u, 0u, 2u}[i]));
            EXPECT_EQ(frames[i].fin, i >= 2);
            EXPECT_EQ(frames[i].payload, payload);
        }
    });
}

TEST(contradictions, S11_2_the_bytes_of_an_indication_are_ignored) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        for (const ULONG stale : {1u, 17u, 4096u, 0xffffffffu}) {
            ASSERT_EQ(queue_send(h, text_message, payload), S_OK);
            finish_action(h, send_queue, send_to_network);
            complete(h, expect_action(h, send_queue, indicate_send), stale);
            expect_no_action(h, send_queue);
            ASSERT_EQ(queue_receive(h), S_OK);
            feed(h, wire_to(side, 1, payload));
            complete(h, expect_action(h, receive_queue, indicate_receive), stale);
            expect_no_action(h, receive_queue);
        }
    });
}

TEST(contradictions, S11_3_no_action_may_be_completed) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        for (int i = 0; i < 3; ++i) {
            for (const auto queue : {send_queue, receive_queue, all_queues}) {
                const taken nothing = take_action(h, queue);
                ASSERT_EQ(nothing.action, no_action);
                ASSERT_EQ(nothing.action_context, nullptr);
                complete(h, nothing, 9);
            }
            ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
            const taken write = expect_action(h, all_queues, send_to_network);
            complete(h, take_action(h, all_queues), 0);
            complete(h, write);
            expect_sent_indication(h, tag(1));
        }
    });
}

TEST(contradictions, S11_4_no_host_is_needed) {
    const handle client = make_handle(role::client);
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    EXPECT_EQ(WebSocketBeginClientHandshake(client, nullptr, 0, nullptr, 0, nullptr, 0, &list, &count), S_OK);
    EXPECT_EQ(count, 4u);
    // NET's headers.
    header_list initial{{"Connection", "Upgrade"}, {"Upgrade", "websocket"}};
    const handle other = make_handle(role::client);
    EXPECT_EQ(WebSocketBeginClientHandshake(other, nullptr, 0, nullptr, 0, initial.data(), initial.size(),
                                            &list, &count),
              S_OK);
    EXPECT_EQ(count, 4u);
}

TEST(contradictions, S11_5_a_send_buffer_of_16_is_enough) {
    on_both_sides([](role side) {
        property_list fifteen;
        EXPECT_EQ(create_result(side, fifteen.send_buffer(15)), E_INVALIDARG);
        property_list sixteen;
        const handle h = open_handle(side, sixteen.send_buffer(16));
        const bytes payload = counted_bytes(100);
        ASSERT_EQ(queue_send(h, binary_message, payload), S_OK);
        expect_frame(side, send_all(h).wire, 2, payload);
    });
}

TEST(contradictions, S11_6_the_allocated_buffer_needs_144_more_and_no_alignment) {
    on_both_sides([](role side) {
        std::vector<BYTE> memory(256 + 16 + 144 + 8);
        for (std::size_t offset = 0; offset < 8; ++offset) {
            property_list one_less;
            one_less.receive_buffer(256).send_buffer(16).allocated_buffer(memory.data() + offset,
                                                                          256 + 16 + 143);
            EXPECT_EQ(create_result(side, one_less), E_INVALIDARG);
            property_list exact;
            exact.receive_buffer(256).send_buffer(16).allocated_buffer(memory.data() + offset,
                                                                       256 + 16 + 144);
            const handle h = open_handle(side, exact);
            bytes wire = wire_to(side, 9, counted_bytes(125)) + wire_to(side, 2, counted_bytes(60));
            const piece got = receive_one(h, wire);
            expect_piece(got, binary_message, counted_bytes(60));
            expect_frame(side, got.answered, 10, counted_bytes(125));
        }
    });
}

// "WEB_SOCKET_PROPERTY_TYPE" says PVOID; NET passes the address of a pointer, and the buffer's size.
TEST(contradictions, S11_7_the_value_is_the_address_of_a_pointer) {
    std::vector<BYTE> memory(256 + 4096 + 144);
    void* at = memory.data();
    property_list properties;
    properties.receive_buffer(256).send_buffer(4096).add_raw(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &at,
                                                             static_cast<ULONG>(memory.size()));
    const handle h = open_handle(role::client, properties);
    at = nullptr;  // read during the call
    const taken read = parked_read(h);
    EXPECT_GE(read.buffers[0].Data.pbBuffer, memory.data());
    EXPECT_LE(read.buffers[0].Data.pbBuffer + read.buffers[0].Data.ulBufferLength,
              memory.data() + memory.size());
}

TEST(contradictions, S11_8_three_functions_are_void) {
    static_assert(std::is_void_v<decltype(WebSocketCompleteAction(nullptr, nullptr, 0))>);
    static_assert(std::is_void_v<decltype(WebSocketAbortHandle(nullptr))>);
    static_assert(std::is_void_v<decltype(WebSocketDeleteHandle(nullptr))>);
    // And silent, whatever they get.
    WebSocketCompleteAction(nullptr, nullptr, 0);
    WebSocketAbortHandle(nullptr);
    WebSocketDeleteHandle(nullptr);
    EXPECT_EQ(WebSocketReceive(nullptr, nullptr, nullptr), E_INVALIDARG);
}

// "WebSocketEndServerHandshake" frees the headers by the page; IIS reads them behind it.
TEST(contradictions, S11_9_headers_live_until_delete) {
    const handle server = make_handle(role::server);
    header_list request = good_request();
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    ASSERT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                            &list, &count),
              S_OK);
    const std::vector<text_header> before = to_text(list, count);
    ASSERT_EQ(WebSocketEndServerHandshake(server), S_OK);
    EXPECT_EQ(to_text(list, count), before);
    const bytes payload = counted_bytes(2000);
    ASSERT_EQ(queue_send(server, binary_message, payload), S_OK);
    send_all(server);
    bytes wire = wire_to(role::server, 2, payload);
    EXPECT_EQ(receive_one(server, wire).type, binary_message);
    WebSocketAbortHandle(server);
    EXPECT_EQ(to_text(list, count), before);
    EXPECT_EQ(value_of(before, "Sec-WebSocket-Accept"), sample_accept);
}

TEST(contradictions, S11_10_an_empty_reason_is_a_pointer) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        BYTE here = 'x';
        WEB_SOCKET_BUFFER close = close_of(1001);
        close.CloseStatus.pbReason = &here;  // the page wants NULL, NET passes this
        ASSERT_EQ(WebSocketSend(h, close_type, &close, nullptr), S_OK);
        expect_frame(side, send_all(h).wire, 8, octets({0x03, 0xe9}));
        const handle other = open_handle(side);
        ASSERT_EQ(queue_close(other, 1001), S_OK);
        expect_frame(side, send_all(other).wire, 8, octets({0x03, 0xe9}));
        bytes wire = wire_to(side, 8, octets({0x03, 0xe9}));
        const piece got = receive_one(h, wire);
        EXPECT_EQ(got.type, close_type);
        EXPECT_FALSE(got.null_pointer);
    });
}

TEST(contradictions, S11_11_every_pong_is_indicated_as_ping_pong) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes wire = wire_to(side, 10, {}) + wire_to(side, 10, text_bytes("unasked"));
        EXPECT_EQ(receive_one(h, wire).type, ping_pong);
        EXPECT_EQ(receive_one(h, wire).type, ping_pong);
    });
}

TEST(contradictions, S11_12_a_second_close_is_refused) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_close(h, 1000, {}, tag(1)), S_OK);
        EXPECT_EQ(queue_close(h, 1000), E_INVALID_PROTOCOL_OPERATION);  // at once, before it was sent
        EXPECT_EQ(queue_bare(h, close_type), E_INVALID_PROTOCOL_OPERATION);
        const sent drained = send_all(h);
        expect_frame(side, drained.wire, 8, octets({0x03, 0xe8}));
        EXPECT_EQ(queue_close(h, 1000), E_INVALID_PROTOCOL_OPERATION);
        ASSERT_EQ(queue_bare(h, ping_pong), S_OK);  // other control frames may follow
        expect_frame(side, send_all(h).wire, 9, {});
    });
}

TEST(contradictions, S11_13_errors_have_the_values_of_winerror) {
    EXPECT_EQ(static_cast<std::uint32_t>(E_INVALID_PROTOCOL_OPERATION), 0x83760001u);
    EXPECT_EQ(static_cast<std::uint32_t>(E_INVALID_PROTOCOL_FORMAT), 0x83760002u);
    EXPECT_EQ(static_cast<std::uint32_t>(E_UNSUPPORTED_EXTENSION), 0x83760003u);
    EXPECT_EQ(static_cast<std::uint32_t>(E_UNSUPPORTED_SUBPROTOCOL), 0x83760004u);
    EXPECT_EQ(E_UNSUPPORTED_EXTENSION, E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
    EXPECT_EQ(E_UNSUPPORTED_SUBPROTOCOL, E_SUBPROTOCOL_NOT_SUPPORTED);
    EXPECT_EQ(static_cast<std::uint32_t>(E_PROTOCOL_VERSION_NOT_SUPPORTED), 0x83760005u);
}

TEST(contradictions, S11_14_text_inside_binary_is_an_invalid_argument) {
    on_both_sides([](role side) {
        const bytes payload = text_bytes("x");
        for (const bool text : {true, false}) {
            const handle h = open_handle(side);
            ASSERT_EQ(queue_send(h, text ? text_fragment : binary_fragment, payload), S_OK);
            EXPECT_EQ(queue_send(h, text ? binary_fragment : text_fragment, payload), E_INVALIDARG);
            EXPECT_EQ(queue_send(h, text ? binary_message : text_message, payload), E_INVALIDARG);
            ASSERT_EQ(queue_send(h, text ? text_message : binary_message, payload), S_OK);
            ASSERT_EQ(queue_send(h, text ? binary_message : text_message, payload), S_OK);
            const std::vector<parsed_frame> frames = parse_frames(send_all(h).wire);
            ASSERT_EQ(frames.size(), 3u);
            EXPECT_EQ(frames[1].op, 0u);
            EXPECT_EQ(frames[2].op, text ? 2u : 1u);
        }
    });
}

TEST(contradictions, S11_15_a_pong_has_one_buffer_and_comes_on_receive) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, wire_to(side, 9, counted_bytes(125)));
        expect_no_action(h, send_queue);  // not parsed yet: no pong to hand out
        const taken pong = expect_action(h, receive_queue, send_to_network, 2);
        EXPECT_EQ(pong.count, 1u);
        complete(h, pong);
    });
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const stranded_pong scene{h, side};
        complete(h, scene.write);
        expect_sent_indication(h, tag(91));
        EXPECT_EQ(expect_action(h, send_queue, send_to_network, 2).count, 1u);
    });
}

// MAR's ping routine leaves without completing the action if it finds 0.
TEST(contradictions, S11_16_count_unchanged_on_no_action) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        for (const auto queue : {send_queue, receive_queue, all_queues})
            for (const ULONG capacity : {1u, 2u, 3u, 4u}) {
                const taken got = take_action(h, queue, capacity);
                EXPECT_EQ(got.action, no_action);
                EXPECT_EQ(got.count, capacity);
                EXPECT_TRUE(got.untouched_from(0));
            }
    });
}

TEST(contradictions, S11_16_count_unchanged_on_indicate_send_complete) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        for (const ULONG capacity : {1u, 2u, 3u, 4u}) {
            ASSERT_EQ(queue_send(h, text_message, payload), S_OK);
            taken got = take_action(h, all_queues, capacity);
            for (; got.action == send_to_network; got = take_action(h, all_queues, capacity))
                complete(h, got);
            ASSERT_EQ(got.action, indicate_send);
            EXPECT_EQ(got.count, capacity);
            EXPECT_TRUE(got.untouched_from(0));
            complete(h, got);
        }
    });
}

// NET unpins the buffer right after Abort: nothing but GetAction may look at it.
TEST(contradictions, S11_17_complete_parses_nothing) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const taken read = parked_read(h);
        const bytes wrong = octets({0xff, 0xff});
        std::memcpy(read.buffers[0].Data.pbBuffer, wrong.data(), 2);
        complete(h, read, 2);
        // What lies there when GetAction comes is what counts.
        const bytes right = wire_to(side, 10, {});
        std::memcpy(read.buffers[0].Data.pbBuffer, right.data(), 2);
        if (side == role::client) {
            expect_indication(h, ping_pong, {});
        } else {
            const taken rest = expect_action(h, receive_queue, receive_from_network, 1);
            feed(h, rest, bytes(right.begin() + 2, right.end()));
            expect_indication(h, ping_pong, {});
        }
    });
}

}  // namespace
}  // namespace wspc::test
