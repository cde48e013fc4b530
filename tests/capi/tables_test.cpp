// SPDX-License-Identifier: Apache-2.0
// The tables of WebSocketSend and WebSocketCompleteAction on one handle, row behind row.
#include <array>
#include <string>
#include <vector>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

// Those of received data are in violations_test.cpp.
TEST(checklist, S12_14_rows_of_send_in_sequence) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes x = text_bytes("x");
        const bytes not_utf8 = octets({0xff});
        const std::string long_reason(124, 'r');
        WEB_SOCKET_BUFFER no_bytes{};
        no_bytes.Data.ulBufferLength = 1;
        WEB_SOCKET_BUFFER no_reason = close_of(1000);
        no_reason.CloseStatus.ulReasonLength = 1;
        WEB_SOCKET_BUFFER some = buffer_of(x);
        EXPECT_EQ(WebSocketSend(h, text_message, &no_bytes, nullptr), E_INVALIDARG);
        EXPECT_EQ(WebSocketSend(h, close_type, &no_reason, nullptr), E_INVALIDARG);
        EXPECT_EQ(queue_close(h, 1000, long_reason), E_INVALIDARG);
        for (const auto type : {ping_pong, unsolicited_pong})
            EXPECT_EQ(WebSocketSend(h, type, &some, nullptr), E_INVALIDARG);
        for (const std::uint32_t type : {0u, 1u, 0x10u, 0x1feu, 0x7fffffffu, 0x80000007u, 0xffffffffu})
            EXPECT_EQ(queue_send(h, unlisted<WEB_SOCKET_BUFFER_TYPE>(type), x), E_INVALIDARG);
        for (const unsigned status : {0u, 999u, 1004u, 1006u, 1015u, 1016u, 2999u, 5000u, 65535u})
            EXPECT_EQ(queue_close(h, static_cast<USHORT>(status)), E_INVALIDARG);
        EXPECT_EQ(queue_close(h, 1005, "why"), E_INVALIDARG);
        EXPECT_EQ(queue_bare(h, text_fragment), S_OK);  // empty
        EXPECT_EQ(queue_send(h, binary_message, x), E_INVALIDARG);
        EXPECT_EQ(queue_bare(h, ping_pong), S_OK);
        EXPECT_EQ(queue_send(h, text_message, {}), S_OK);
        EXPECT_EQ(queue_send(h, text_message, not_utf8), S_OK);  // not checked
        EXPECT_EQ(queue_close(h, 1010, std::string_view{long_reason}.substr(1)), S_OK);
        EXPECT_EQ(queue_send(h, text_message, x), E_INVALID_PROTOCOL_OPERATION);
        EXPECT_EQ(queue_bare(h, close_type), E_INVALID_PROTOCOL_OPERATION);
        EXPECT_EQ(queue_bare(h, unsolicited_pong), S_OK);
        const sent drained = send_all(h);
        EXPECT_EQ(drained.indicated.size(), 6u);
        const std::vector<parsed_frame> frames = parse_frames(drained.wire);
        ASSERT_EQ(frames.size(), 6u);
        for (const std::size_t i : {0u, 1u, 2u, 3u, 4u, 5u})
            EXPECT_EQ(frames[i].op, (std::array{1u, 9u, 0u, 1u, 8u, 10u}[i]));
        EXPECT_EQ(frames[4].payload.size(), 125u);
        WebSocketAbortHandle(h);
        EXPECT_EQ(queue_bare(h, ping_pong), E_INVALID_PROTOCOL_OPERATION);
    });
}

TEST(checklist, S12_14_rows_of_complete_in_sequence) {
    on_both_sides([](role side) {
        property_list properties;
        const handle h = open_handle(side, properties.send_buffer(16));
        const bytes payload = counted_bytes(30);
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(1)), S_OK);
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(2)), S_OK);
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(3)), S_OK);
        for (int part = side == role::client ? 3 : 1; part != 0; --part)
            finish_action(h, send_queue, send_to_network);  // exact: the next part
        expect_sent_indication(h, tag(1));
        complete(h, parked_read(h, tag(4)), 0);  // this receive is cancelled
        expect_empty_indication(h, tag(4));
        WebSocketCompleteAction(h, tag(7), 1);  // no-op
        // Short, before all parts were handed out: the peer is inside a frame for ever.
        complete(h, expect_action(h, send_queue, send_to_network, 1), 1);
        expect_sent_indication(h, tag(2));
        expect_sent_indication(h, tag(3));
        expect_no_action(h, send_queue);
        EXPECT_EQ(queue_send(h, binary_message, payload), E_INVALID_PROTOCOL_OPERATION);
        bytes wire = wire_to(side, 2, payload);
        EXPECT_EQ(receive_one(h, wire).type, binary_message);  // receiving goes on
        // More than was lent: as AbortHandle.
        const taken read = parked_read(h, tag(5));
        complete(h, read, read.total() + 1);
        EXPECT_EQ(queue_receive(h), E_INVALID_PROTOCOL_OPERATION);
        expect_empty_indication(h, tag(5));
        expect_no_action(h, all_queues);
    });
}

}  // namespace
}  // namespace wspc::test
