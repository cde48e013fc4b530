// SPDX-License-Identifier: Apache-2.0
// WebSocketSend: what is accepted, and which frames come of it (4.7).
#include <websocket.h>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

TEST(sending, S4_7_buffer_is_copied) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("payload");
    {
        WEB_SOCKET_BUFFER buffer = buffer_of(payload);
        ASSERT_EQ(WebSocketSend(server, text_message, &buffer, nullptr), S_OK);
        buffer = {};
    }
    EXPECT_EQ(only_frame(send_all(server).wire).payload, payload);
}

TEST(sending, S4_7_buffer_is_copied_and_its_memory_used_in_place) {
    const handle server = open_handle(role::server);
    bytes payload = text_bytes("before");
    ASSERT_EQ(queue_send(server, text_message, payload), S_OK);
    payload.back() = std::byte{'!'};  // read only when it is handed out
    const taken got = expect_action(server, send_queue, send_to_network);
    ASSERT_EQ(got.count, 2u);
    EXPECT_EQ(got.buffers[1].Data.pbBuffer, as_pbyte(payload.data()));
    EXPECT_EQ(got.octets(1), text_bytes("befor!"));
}

TEST(sending, S4_7_buffer_is_copied_and_its_memory_never_modified) {
    static const char literal[] = "a literal, in memory that cannot be written";
    const handle client = open_handle(role::client);
    WEB_SOCKET_BUFFER buffer{};
    buffer.Data.pbBuffer = as_pbyte(literal);
    buffer.Data.ulBufferLength = sizeof literal - 1;
    ASSERT_EQ(WebSocketSend(client, text_message, &buffer, nullptr), S_OK);
    EXPECT_EQ(only_frame(send_all(client).wire).payload, text_bytes(literal));
}

TEST(sending, S4_7_one_frame_for_one_send) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes a = text_bytes("a"), b = text_bytes("b"), c = text_bytes("c"), d = counted_bytes(3);
        ASSERT_EQ(queue_send(open, text_fragment, a), S_OK);
        ASSERT_EQ(queue_send(open, text_fragment, b), S_OK);
        ASSERT_EQ(queue_send(open, text_message, c), S_OK);
        ASSERT_EQ(queue_send(open, binary_message, d), S_OK);
        ASSERT_EQ(queue_send(open, binary_fragment, d), S_OK);
        ASSERT_EQ(queue_send(open, binary_message, a), S_OK);
        const auto frames = parse_frames(send_all(open).wire);
        ASSERT_EQ(frames.size(), 6u);
        constexpr unsigned ops[] = {1, 0, 0, 2, 2, 0};
        constexpr bool fins[] = {false, false, true, true, false, true};
        for (std::size_t i = 0; i < frames.size(); ++i) {
            EXPECT_EQ(frames[i].op, ops[i]) << i;
            EXPECT_EQ(frames[i].fin, fins[i]) << i;
            EXPECT_EQ(frames[i].rsv, 0u);
            EXPECT_EQ(frames[i].key.has_value(), side == role::client);
        }
    }
}

// The message opens when it is queued: nothing was handed out yet.
TEST(sending, S4_7_one_frame_opens_the_message_when_it_is_queued) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_fragment, payload), S_OK);
    EXPECT_EQ(queue_send(server, binary_message, payload), E_INVALIDARG);
}

TEST(sending, S4_7_one_frame_cancelled_does_not_roll_the_message_back) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_fragment, payload), S_OK);
    const taken got = expect_action(server, send_queue, send_to_network);
    complete(server, got, 0);
    finish_action(server, send_queue, indicate_send);
    EXPECT_EQ(queue_send(server, binary_message, payload), E_INVALIDARG);
    ASSERT_EQ(queue_send(server, text_message, payload), S_OK);
    EXPECT_EQ(only_frame(send_all(server).wire).op, 0u);
}

TEST(sending, S4_7_text_is_not_checked) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes wide = octets({'h', 0, 'i', 0, 0xff, 0xfe, 0xc0, 0xed, 0xa0, 0x80});
        ASSERT_EQ(queue_send(open, text_message, wide), S_OK);
        EXPECT_EQ(only_frame(send_all(open).wire).payload, wide);
    }
}

TEST(sending, S4_7_ping_and_unsolicited_pong_are_empty) {
    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_bare(server, ping_pong), S_OK);
    ASSERT_EQ(queue_bare(server, unsolicited_pong), S_OK);
    EXPECT_EQ(send_all(server).wire, octets({0x89, 0x00, 0x8a, 0x00}));
    const handle client = open_handle(role::client);
    ASSERT_EQ(queue_bare(client, ping_pong), S_OK);
    ASSERT_EQ(queue_bare(client, unsolicited_pong), S_OK);
    const sent got = send_all(client);
    ASSERT_EQ(got.writes.size(), 2u);
    EXPECT_EQ(got.writes[0].size(), 6u);
    EXPECT_EQ(got.writes[1].size(), 6u);
    const auto frames = parse_frames(got.wire);
    EXPECT_EQ(frames[0].op, 9u);
    EXPECT_EQ(frames[1].op, 10u);
}

TEST(sending, S4_7_close_without_a_buffer_has_no_body) {
    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_bare(server, close_type), S_OK);
    EXPECT_EQ(send_all(server).wire, octets({0x88, 0x00}));
    const handle client = open_handle(role::client);
    ASSERT_EQ(queue_bare(client, close_type), S_OK);
    const parsed_frame frame = only_frame(send_all(client).wire);
    EXPECT_EQ(frame.op, 8u);
    EXPECT_TRUE(frame.payload.empty());
}

TEST(sending, S4_7_close_has_the_status_in_network_order_and_the_reason) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_close(open, 0x0bb8 + 1, "bye"), S_OK);  // 3001
        const parsed_frame frame = only_frame(send_all(open).wire);
        EXPECT_EQ(frame.op, 8u);
        EXPECT_TRUE(frame.fin);
        EXPECT_EQ(frame.payload, octets({0x0b, 0xb9, 'b', 'y', 'e'}));
    }
}

TEST(sending, S4_7_close_takes_a_reason_pointer_with_length_0) {
    for (const role side : both) {
        const handle open = open_handle(side);
        char nothing[] = "";
        WEB_SOCKET_BUFFER buffer{};
        buffer.CloseStatus.pbReason = as_pbyte(nothing);
        buffer.CloseStatus.usStatus = 1000;
        ASSERT_EQ(WebSocketSend(open, close_type, &buffer, nullptr), S_OK);
        EXPECT_EQ(only_frame(send_all(open).wire).payload, octets({0x03, 0xe8}));
    }
}

TEST(sending, S4_7_no_close_by_itself_on_a_close) {
    for (const role side : both) {
        const handle open = open_handle(side);
        bytes incoming = wire_to(side, 8, octets({0x03, 0xe8}));
        const piece got = receive_one(open, incoming);
        EXPECT_EQ(got.type, close_type);
        EXPECT_TRUE(got.answered.empty());
        expect_no_action(open, all_queues);
        EXPECT_EQ(queue_close(open, 1000), S_OK);  // the application's to send
        EXPECT_EQ(only_frame(send_all(open).wire).op, 8u);
    }
}

TEST(sending, S4_7_no_close_by_itself_on_an_error) {
    for (const role side : both) {
        const handle open = open_handle(side);
        bytes incoming = octets({0xff, 0x00});
        EXPECT_EQ(receive_one(open, incoming).result, E_INVALID_PROTOCOL_FORMAT);
        expect_no_action(open, send_queue);
        expect_failure(open, all_queues, E_INVALID_PROTOCOL_FORMAT);
    }
}

TEST(sending, S4_7_no_keepalive_of_its_own) {
    for (const role side : both) {
        const handle open = open_handle(side);
        for (int i = 0; i < 100; ++i) expect_no_action(open, all_queues);
    }
}

void expect_all_sends_refused(WEB_SOCKET_HANDLE at, HRESULT wanted) {
    EXPECT_EQ(queue_send(at, text_message, text_bytes("x")), wanted);
    EXPECT_EQ(queue_send(at, binary_fragment, text_bytes("x")), wanted);
    EXPECT_EQ(queue_bare(at, close_type), wanted);
    EXPECT_EQ(queue_close(at, 1000), wanted);
    EXPECT_EQ(queue_bare(at, ping_pong), wanted);
    EXPECT_EQ(queue_bare(at, unsolicited_pong), wanted);
}

TEST(sending, S4_7_wrong_state_before_the_handshake) {
    for (const role side : both) expect_all_sends_refused(make_handle(side), E_INVALID_PROTOCOL_OPERATION);
}

TEST(sending, S4_7_wrong_state_aborted) {
    for (const role side : both) {
        const handle open = open_handle(side);
        WebSocketAbortHandle(open);
        expect_all_sends_refused(open, E_INVALID_PROTOCOL_OPERATION);
    }
}

TEST(sending, S4_7_wrong_state_send_broken) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_message, payload), S_OK);
    const taken header = expect_action(server, send_queue, send_to_network, 1);
    complete(server, header, 0);
    expect_all_sends_refused(server, E_INVALID_PROTOCOL_OPERATION);
}

TEST(sending, S4_7_after_close_data_and_a_second_close_are_refused_at_once) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_close(open, 1000), S_OK);  // queued only
        for (int i = 0; i < 2; ++i) {
            for (const auto type : {text_message, text_fragment, binary_message, binary_fragment})
                EXPECT_EQ(queue_send(open, type, text_bytes("x")), E_INVALID_PROTOCOL_OPERATION);
            EXPECT_EQ(queue_close(open, 1000), E_INVALID_PROTOCOL_OPERATION);
            EXPECT_EQ(queue_bare(open, close_type), E_INVALID_PROTOCOL_OPERATION);
            const sent got = send_all(open);  // sent now; the second time round there is nothing
            EXPECT_EQ(parse_frames(got.wire).size(), i == 0 ? 1u : 0u);
        }
    }
}

TEST(sending, S4_7_control_after_close_is_accepted) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_close(open, 1000), S_OK);
        EXPECT_EQ(queue_bare(open, ping_pong), S_OK);
        EXPECT_EQ(queue_bare(open, unsolicited_pong), S_OK);
        const auto frames = parse_frames(send_all(open).wire);
        ASSERT_EQ(frames.size(), 3u);
        EXPECT_EQ(frames[0].op, 8u);
        EXPECT_EQ(frames[1].op, 9u);
        EXPECT_EQ(frames[2].op, 10u);
    }
}

TEST(sending, S4_7_mixed_message_is_an_invalid_argument) {
    const bytes x = text_bytes("x");
    for (const role side : both) {
        const handle binary = open_handle(side);
        ASSERT_EQ(queue_send(binary, binary_fragment, x), S_OK);
        EXPECT_EQ(queue_send(binary, text_message, x), E_INVALIDARG);
        EXPECT_EQ(queue_send(binary, text_fragment, x), E_INVALIDARG);
        EXPECT_EQ(queue_send(binary, binary_message, x), S_OK);
        EXPECT_EQ(queue_send(binary, text_fragment, x), S_OK);
        EXPECT_EQ(queue_send(binary, binary_message, x), E_INVALIDARG);
        EXPECT_EQ(queue_send(binary, binary_fragment, x), E_INVALIDARG);
        EXPECT_EQ(queue_send(binary, text_message, x), S_OK);
        EXPECT_EQ(parse_frames(send_all(binary).wire).size(), 4u);
    }
}

TEST(sending, S4_7_unknown_type_and_high_bit_clear) {
    for (const role side : both) {
        const handle open = open_handle(side);
        for (const std::uint32_t type :
             {0x80000007u, 0x80000008u, 0xffffffffu, 0x90000000u, 0u, 1u, 4u, 5u, 0x182u})
            for (const bytes& payload : {bytes{}, text_bytes("x")})
                EXPECT_EQ(queue_send(open, unlisted<WEB_SOCKET_BUFFER_TYPE>(type), payload), E_INVALIDARG)
                    << type;
        EXPECT_EQ(queue_bare(open, unlisted<WEB_SOCKET_BUFFER_TYPE>(0x80000007u)), E_INVALIDARG);
        expect_no_action(open, all_queues);
    }
}

TEST(sending, S4_7_ping_with_buffer_is_an_invalid_argument) {
    for (const role side : both) {
        const handle open = open_handle(side);
        for (const auto type : {ping_pong, unsolicited_pong})
            for (const bytes& payload : {bytes{}, text_bytes("x")})
                EXPECT_EQ(queue_send(open, type, payload), E_INVALIDARG);
        expect_no_action(open, all_queues);
    }
}

TEST(sending, S4_7_bad_pointer) {
    for (const role side : both) {
        const handle open = open_handle(side);
        WEB_SOCKET_BUFFER data{};
        data.Data.ulBufferLength = 1;
        for (const auto type : {text_message, text_fragment, binary_message, binary_fragment})
            EXPECT_EQ(WebSocketSend(open, type, &data, nullptr), E_INVALIDARG);
        WEB_SOCKET_BUFFER close = close_of(1000);
        close.CloseStatus.ulReasonLength = 1;
        EXPECT_EQ(WebSocketSend(open, close_type, &close, nullptr), E_INVALIDARG);
        const std::string reason(124, 'r');
        EXPECT_EQ(queue_close(open, 1000, reason), E_INVALIDARG);
        expect_no_action(open, all_queues);
        EXPECT_EQ(queue_close(open, 1000, std::string_view{reason}.substr(1)), S_OK);  // 123
        EXPECT_EQ(only_frame(send_all(open).wire).payload.size(), 125u);
    }
}

TEST(sending, S4_7_empty_data_is_an_empty_frame) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes x = text_bytes("x");
        WEB_SOCKET_BUFFER pointed = buffer_of(x);
        pointed.Data.ulBufferLength = 0;
        ASSERT_EQ(queue_send(open, text_fragment, x), S_OK);
        ASSERT_EQ(queue_bare(open, text_fragment), S_OK);                        // no buffer
        ASSERT_EQ(WebSocketSend(open, text_fragment, &pointed, nullptr), S_OK);  // a pointer, no length
        ASSERT_EQ(queue_send(open, text_message, {}), S_OK);                     // neither; ends the message
        const sent got = send_all(open);
        const auto frames = parse_frames(got.wire);
        ASSERT_EQ(frames.size(), 4u);
        for (std::size_t i = 1; i < 4; ++i) {
            EXPECT_TRUE(frames[i].payload.empty());
            EXPECT_EQ(frames[i].op, 0u);
            EXPECT_EQ(frames[i].fin, i == 3);
            EXPECT_EQ(got.counts[i], 1u);
        }
    }
}

void expect_status(USHORT status, HRESULT wanted, std::string_view reason = {}) {
    for (const role side : both) {
        const handle open = open_handle(side);
        EXPECT_EQ(queue_close(open, status, reason), wanted) << status;
        const bytes wire = send_all(open).wire;
        EXPECT_EQ(wire.empty(), wanted != S_OK) << status;
    }
}

// One handle for all of them: what is refused changes nothing.
void expect_statuses_refused(unsigned first, unsigned last) {
    for (const role side : both) {
        const handle open = open_handle(side);
        for (unsigned status = first; status <= last; ++status) {
            EXPECT_EQ(queue_close(open, static_cast<USHORT>(status)), E_INVALIDARG) << status;
            EXPECT_EQ(queue_close(open, static_cast<USHORT>(status), "r"), E_INVALIDARG) << status;
        }
        expect_no_action(open, all_queues);
        EXPECT_EQ(queue_close(open, 1000), S_OK);
    }
}

TEST(sending, S4_7_close_status_0_to_999_is_invalid) { expect_statuses_refused(0, 999); }
TEST(sending, S4_7_close_status_1004_is_invalid) { expect_statuses_refused(1004, 1004); }
TEST(sending, S4_7_close_status_1006_is_invalid) { expect_statuses_refused(1006, 1006); }
TEST(sending, S4_7_close_status_1015_is_invalid) { expect_statuses_refused(1015, 1015); }
TEST(sending, S4_7_close_status_1016_to_2999_is_invalid) { expect_statuses_refused(1016, 2999); }
TEST(sending, S4_7_close_status_5000_and_above_is_invalid) { expect_statuses_refused(5000, 65535); }

TEST(sending, S4_7_close_status_1005_without_a_reason_is_an_empty_close) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_close(open, 1005), S_OK);
        EXPECT_TRUE(only_frame(send_all(open).wire).payload.empty());
    }
}

TEST(sending, S4_7_close_status_1005_with_a_reason_is_invalid) { expect_status(1005, E_INVALIDARG, "r"); }

TEST(sending, S4_7_close_status_1010_from_a_server_is_allowed) { expect_status(1010, S_OK); }

TEST(sending, S4_7_close_status_of_all_other_ranges_is_allowed) {
    for (const unsigned status : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u,
                                  1014u, 3000u, 3999u, 4000u, 4999u}) {
        expect_status(static_cast<USHORT>(status), S_OK);
        expect_status(static_cast<USHORT>(status), S_OK, "because");
    }
}

TEST(sending, S4_7_reason_is_not_checked) {
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_close(open, 1000, "\xe9\xff"), S_OK);
        EXPECT_EQ(only_frame(send_all(open).wire).payload, octets({0x03, 0xe8, 0xe9, 0xff}));
    }
}

TEST(sending, S4_7_control_inside_message_is_queued_in_order) {
    for (const role side : both) {
        const handle open = open_handle(side);
        const bytes x = text_bytes("x");
        ASSERT_EQ(queue_send(open, text_fragment, x), S_OK);
        ASSERT_EQ(queue_bare(open, ping_pong), S_OK);
        ASSERT_EQ(queue_bare(open, unsolicited_pong), S_OK);
        ASSERT_EQ(queue_send(open, text_fragment, x), S_OK);
        ASSERT_EQ(queue_close(open, 1000), S_OK);
        std::vector<unsigned> ops;
        for (const parsed_frame& frame : parse_frames(send_all(open).wire)) ops.push_back(frame.op);
        EXPECT_EQ(ops, (std::vector<unsigned>{1, 9, 10, 0, 8}));
    }
}

}  // namespace
}  // namespace wspc::test
