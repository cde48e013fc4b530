// SPDX-License-Identifier: Apache-2.0
// Rules 10 to 12 of the queues: who holds the wire, what becomes of a pong that nobody fetches, and the
// application's contexts.
#include <vector>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

const bytes reason_wire = octets({0x03, 0xe8}) + text_bytes("twenty octets of why");
constexpr std::string_view reason = "twenty octets of why";

// The first half of the rule: no frame lands inside another, whatever the pieces.
TEST(wire_order, Q10_a_pong_waits_for_the_end_of_the_frame) {
    on_both_sides([](role side) {
        property_list properties;
        const handle h = open_handle(side, properties.send_buffer(16));
        const bytes payload = counted_bytes(40);
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        bytes wire;
        const taken first = expect_action(h, send_queue, send_to_network, 1);
        wire += first.octets();
        feed(h, wire_to(side, 9, stranded_pong::ping));
        // Neither beside the piece nor between it and the next.
        EXPECT_EQ(take_action(h, receive_queue).action, receive_from_network);
        expect_no_action(h, receive_queue);
        complete(h, first);
        expect_no_action(h, receive_queue);
        while (wire.size() < payload.size() + (side == role::client ? 6 : 2)) {
            const finished next = finish_action(h, all_queues, send_to_network, 1);
            ASSERT_FALSE(next.wire.empty());
            EXPECT_EQ(next.action.context, tag(1));
            wire += next.wire;
        }
        expect_frame(side, wire, 2, payload);
        expect_pong(h, side, all_queues, stranded_pong::ping);
        expect_sent_indication(h, tag(1));
    });
}

TEST(wire_order, Q10_data_waits_for_an_outstanding_pong) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const taken pong = outstanding_pong(h, side);
        const bytes payload = text_bytes("x");
        for (const auto type : {text_fragment, text_message, binary_fragment, binary_message})
            ASSERT_EQ(queue_send(h, type, payload), S_OK);
        expect_no_action(h, send_queue);
        EXPECT_EQ(take_action(h, all_queues).action, receive_from_network);
        expect_no_action(h, all_queues);
        complete(h, pong);
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 1, payload, false);
    });
}

// The exception: NET's Close and keep-alive hang without it.
TEST(wire_order, Q10_control_frames_go_out_on_send_beside_a_pong) {
    struct control {
        WEB_SOCKET_BUFFER_TYPE type;
        unsigned op;
    };
    on_both_sides([](role side) {
        for (const control& c : {control{ping_pong, 9}, {unsolicited_pong, 10}, {close_type, 8}}) {
            const handle h = open_handle(side);
            const taken pong = outstanding_pong(h, side);
            ASSERT_EQ(queue_bare(h, c.type, tag(1)), S_OK);
            const taken read = expect_action(h, all_queues, receive_from_network, 1);
            expect_no_action(h, all_queues);  // the strict rule
            const taken write = expect_action(h, send_queue, send_to_network);
            EXPECT_EQ(write.context, tag(1));
            expect_frame(side, write.octets(), c.op, {});
            // Either may end first.
            if (c.op == 8) complete(h, pong);
            complete(h, write);
            expect_sent_indication(h, tag(1));
            if (c.op != 8) complete(h, pong);
            expect_no_action(h, all_queues);
            feed(h, read, wire_to(side, 10, {}));
            expect_indication(h, ping_pong, {}, tag(90));
        }
    });
}

// One action must hold the whole frame, and be the first of it.
TEST(wire_order, Q10_a_close_that_takes_two_actions_waits_for_the_pong) {
    {
        const handle server = open_handle(role::server);
        const taken pong = outstanding_pong(server, role::server);
        ASSERT_EQ(queue_close(server, 1000, reason), S_OK);
        EXPECT_EQ(take_action(server, send_queue, 1).action, no_action);
        const taken write = expect_action(server, send_queue, send_to_network, 2);
        expect_frame(role::server, write.octets(), 8, reason_wire);
        complete(server, pong);
    }
    {
        const handle server = open_handle(role::server);
        const taken pong = outstanding_pong(server, role::server);
        ASSERT_EQ(queue_close(server, 1000), S_OK);  // no reason: one buffer is enough
        expect_frame(role::server, expect_action(server, send_queue, send_to_network, 1).octets(), 8,
                     octets({0x03, 0xe8}));
        complete(server, pong);
    }
    for (const bool fits : {true, false}) {
        property_list properties;
        const ULONG size = static_cast<ULONG>(6 + reason_wire.size()) - (fits ? 0 : 1);
        const handle client = open_handle(role::client, properties.send_buffer(size));
        const taken pong = outstanding_pong(client, role::client);
        ASSERT_EQ(queue_close(client, 1000, reason), S_OK);
        EXPECT_EQ(take_action(client, send_queue).action, fits ? send_to_network : no_action);
        complete(client, pong);
        if (!fits) {
            const sent rest = send_all(client);
            expect_frame(role::client, rest.wire, 8, reason_wire);
        }
    }
}

TEST(wire_order, Q10_only_the_head_of_the_queue_passes_a_pong) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const taken pong = outstanding_pong(h, side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(h, text_message, payload), S_OK);
        ASSERT_EQ(queue_close(h, 1000), S_OK);
        expect_no_action(h, send_queue);
        complete(h, pong);
        const std::vector<parsed_frame> frames = parse_frames(send_all(h).wire);
        ASSERT_EQ(frames.size(), 2u);
        EXPECT_EQ(frames[0].op, 1u);
        EXPECT_EQ(frames[1].op, 8u);
    });
}

TEST(wire_order, Q11_a_stranded_pong_comes_with_the_next_question_of_the_receive_side) {
    on_both_sides([](role side) {
        for (const auto queue : {receive_queue, all_queues}) {
            const handle h = open_handle(side);
            const stranded_pong scene{h, side};
            expect_no_action(h, queue);  // the wire is busy, the read outstanding
            complete(h, scene.write);
            expect_pong(h, side, queue, stranded_pong::ping);
            // The read is not disturbed.
            feed(h, scene.read, wire_to(side, 1, text_bytes("x")));
            expect_indication(h, text_message, text_bytes("x"), tag(92));
        }
    });
}

TEST(wire_order, Q11_a_stranded_pong_takes_the_place_of_no_action_on_send) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const stranded_pong scene{h, side};
        expect_no_action(h, send_queue);
        complete(h, scene.write);
        const taken sent = expect_action(h, send_queue, indicate_send);
        EXPECT_EQ(sent.context, tag(91));
        complete(h, sent);
        expect_pong(h, side, send_queue, stranded_pong::ping);
        expect_no_action(h, send_queue);
    });
}

// MOR writes one SEND_TO_NETWORK for each send and leaves: a pong there would cost its message.
TEST(wire_order, Q11_no_pong_comes_before_application_data_on_send) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const stranded_pong scene{h, side};
        const bytes payload = text_bytes("more");
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(1)), S_OK);
        complete(h, scene.write);
        expect_sent_indication(h, tag(91));
        const finished write = finish_action(h, send_queue, send_to_network);
        expect_frame(side, write.wire, 2, payload);
        expect_sent_indication(h, tag(1));
        expect_pong(h, side, send_queue, stranded_pong::ping);
    });
}

TEST(wire_order, Q12_the_context_comes_back_on_every_action_of_the_operation) {
    on_both_sides([](role side) {
        property_list properties;
        const handle h = open_handle(side, properties.send_buffer(16));
        const bytes payload = counted_bytes(50);
        ASSERT_EQ(queue_send(h, binary_message, payload, tag(1)), S_OK);
        int writes = 0;
        taken got = take_action(h, send_queue, 1);
        for (; got.action == send_to_network; got = take_action(h, send_queue, 1)) {
            EXPECT_EQ(got.context, tag(1));
            ASSERT_LT(++writes, 9);
            complete(h, got);
        }
        EXPECT_EQ(writes, side == role::client ? 4 : 2);
        EXPECT_EQ(got.action, indicate_send);
        EXPECT_EQ(got.context, tag(1));
        complete(h, got);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        for (const std::byte octet : wire_to(side, 10, text_bytes("pong"))) {
            const taken read = expect_action(h, receive_queue, receive_from_network, 1);
            EXPECT_EQ(read.context, tag(2));
            feed(h, read, {octet});
        }
        expect_indication(h, ping_pong, text_bytes("pong"), tag(2));
    });
}

TEST(wire_order, Q12_no_action_and_pongs_have_the_context_null) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        EXPECT_EQ(take_action(h, all_queues).context, nullptr);
        const taken pong = outstanding_pong(h, side);
        EXPECT_EQ(pong.context, nullptr);
        complete(h, pong);
    });
}

TEST(wire_order, Q12_the_context_need_not_be_asked_for) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        WEB_SOCKET_BUFFER buffers[2]{};
        for (const auto wanted : {send_to_network, indicate_send, no_action}) {
            ULONG count = 2;
            WEB_SOCKET_ACTION action{};
            WEB_SOCKET_BUFFER_TYPE type{};
            PVOID context = nullptr;
            ASSERT_EQ(WebSocketGetAction(h, all_queues, buffers, &count, &action, &type, nullptr, &context),
                      S_OK);
            EXPECT_EQ(action, wanted);
            ULONG total = 0;
            if (action == send_to_network)
                for (ULONG i = 0; i < count; ++i) total += buffers[i].Data.ulBufferLength;
            WebSocketCompleteAction(h, context, total);
        }
    });
}

}  // namespace
}  // namespace wspc::test
