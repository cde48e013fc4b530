// SPDX-License-Identifier: Apache-2.0
// What the tests of the queues' rules have in common: both roles, and the situations that several of
// them begin with.
#pragma once

#include <string_view>

#include <gtest/gtest.h>

#include "capi/support/actions.hpp"
#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {

// Runs the test for a handle of each role.
template <class Test>
void on_both_sides(const Test& test) {
    for (const role side : both) {
        SCOPED_TRACE(side == role::client ? "client" : "server");
        test(side);
        if (testing::Test::HasFatalFailure()) return;
    }
}

// One frame as this side writes it.
inline void expect_frame(role side, const bytes& wire, unsigned op, const bytes& payload, bool fin = true) {
    const parsed_frame frame = only_frame(wire);
    EXPECT_EQ(frame.op, op);
    EXPECT_EQ(frame.fin, fin);
    EXPECT_EQ(frame.rsv, 0u);
    EXPECT_EQ(frame.payload, payload);
    EXPECT_EQ(frame.key.has_value(), side == role::client);  // RFC 6455 5.1
}

inline void expect_piece(const piece& got, WEB_SOCKET_BUFFER_TYPE type, const bytes& payload) {
    EXPECT_EQ(got.result, S_OK);
    EXPECT_EQ(got.type, type);
    EXPECT_EQ(got.payload, payload);
}

// An indication, which is completed then.
inline void expect_indication(WEB_SOCKET_HANDLE at, WEB_SOCKET_BUFFER_TYPE type, const bytes& payload,
                              PVOID context = nullptr) {
    const finished got = finish_action(at, receive_queue, indicate_receive, 1);
    EXPECT_EQ(got.action.type, type);
    EXPECT_EQ(got.action.count, 1u);
    EXPECT_EQ(got.wire, payload);
    EXPECT_EQ(got.action.context, context);
}

// How a receive is indicated that brought nothing ("WebSocketCompleteAction", "WebSocketAbortHandle").
inline void expect_empty_indication(WEB_SOCKET_HANDLE at, PVOID context = nullptr) {
    const taken got = expect_action(at, receive_queue, indicate_receive, 1);
    EXPECT_EQ(got.type, no_type());
    EXPECT_EQ(got.count, 1u);
    EXPECT_EQ(got.buffers[0].Data.pbBuffer, nullptr);
    EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 0u);
    EXPECT_EQ(got.context, context);
    complete(at, got);
}

inline void expect_sent_indication(WEB_SOCKET_HANDLE at, PVOID context) {
    EXPECT_EQ(finish_action(at, send_queue, indicate_send).action.context, context);
}

// A receive is queued, and its read is on the way.
[[nodiscard]] inline taken parked_read(WEB_SOCKET_HANDLE at, PVOID context = nullptr) {
    EXPECT_EQ(queue_receive(at, context), S_OK);
    return expect_action(at, receive_queue, receive_from_network, 1);
}

// A ping has arrived on a free wire, and its pong is on the way; the receive is still queued.
[[nodiscard]] inline taken outstanding_pong(WEB_SOCKET_HANDLE at, role side, const bytes& ping = {}) {
    EXPECT_EQ(queue_receive(at, tag(90)), S_OK);
    feed(at, wire_to(side, 9, ping));
    const taken pong = expect_action(at, receive_queue, send_to_network, 1);
    EXPECT_EQ(pong.type, ping_pong);
    return pong;
}

inline void expect_pong(WEB_SOCKET_HANDLE at, role side, WEB_SOCKET_ACTION_QUEUE queue,
                        const bytes& payload) {
    const finished pong = finish_action(at, queue, send_to_network);
    EXPECT_EQ(pong.action.type, ping_pong);
    EXPECT_EQ(pong.action.count, 1u);
    EXPECT_EQ(pong.action.context, nullptr);
    expect_frame(side, pong.wire, 10, payload);
}

// A ping arrived while the application's frame was on the wire, and the next read is on the way.
struct stranded_pong {
    inline static const bytes data = text_bytes("data");
    inline static const bytes ping = text_bytes("ping");
    taken write;
    taken read;

    stranded_pong(WEB_SOCKET_HANDLE at, role side) {
        EXPECT_EQ(queue_send(at, binary_message, data, tag(91)), S_OK);
        write = expect_action(at, send_queue, send_to_network);
        EXPECT_EQ(queue_receive(at, tag(92)), S_OK);
        feed(at, wire_to(side, 9, ping));
        read = expect_action(at, receive_queue, receive_from_network, 1);
    }
};

}  // namespace wspc::test
