// SPDX-License-Identifier: Apache-2.0
// The two queues: what every client of WebSocketGetAction depends on. Each test bears the number of the
// rule that it is about.
#include <algorithm>
#include <set>
#include <vector>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

// "WebSocketSend", "WebSocketReceive": they only append; the payload is read when it is handed out.
TEST(queues, Q1_send_and_receive_only_append) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes payload = text_bytes("aaaa");
        const bytes second = text_bytes("second");
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        ASSERT_EQ(queue_send(h, text_message, second, tag(2)), S_OK);
        ASSERT_EQ(queue_receive(h, tag(3)), S_OK);
        ASSERT_EQ(queue_receive(h, tag(4)), S_OK);
        std::fill(payload.begin(), payload.end(), std::byte{'b'});
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 1, payload);
        expect_sent_indication(h, tag(1));
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 1, second);
        expect_sent_indication(h, tag(2));
        expect_no_action(h, send_queue);
        feed(h, wire_to(side, 1, second) + wire_to(side, 2, second));
        expect_indication(h, text_message, second, tag(3));
        expect_indication(h, binary_message, second, tag(4));
        expect_no_action(h, receive_queue);
    });
}

TEST(queues, Q2_operations_queue_up_behind_outstanding_actions) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes one = text_bytes("1");
        const bytes two = text_bytes("2");
        // A receive while the indication of the one before is outstanding.
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 1, one));
        const taken indicated = expect_action(h, receive_queue, indicate_receive, 1);
        EXPECT_EQ(queue_receive(h, tag(2)), S_OK);
        complete(h, indicated);
        feed(h, wire_to(side, 1, two));
        expect_indication(h, text_message, two, tag(2));
        // A send while the indication of the one before has never been asked for.
        ASSERT_EQ(queue_send(h, binary_message, one, tag(3)), S_OK);
        finish_action(h, send_queue, send_to_network);
        EXPECT_EQ(queue_send(h, binary_message, two, tag(4)), S_OK);
        expect_sent_indication(h, tag(3));
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 2, two);
        expect_sent_indication(h, tag(4));
    });
}

TEST(queues, Q2_only_memory_limits_the_depth) {
    constexpr std::uintptr_t depth = 5000;
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        for (std::uintptr_t i = 0; i < depth; ++i) {
            ASSERT_EQ(queue_send(h, text_message, payload, tag(i)), S_OK);
            ASSERT_EQ(queue_receive(h, tag(i)), S_OK);
        }
        for (std::uintptr_t i = 0; i < depth; ++i) {
            finish_action(h, send_queue, send_to_network);
            ASSERT_EQ(finish_action(h, send_queue, indicate_send).action.context, tag(i));
            feed(h, wire_to(side, 1, payload));
            ASSERT_EQ(finish_action(h, receive_queue, indicate_receive).action.context, tag(i));
        }
        expect_no_action(h, all_queues);
    });
}

TEST(queues, Q3_one_action_of_each_side_is_outstanding_at_once) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        for (int i = 0; i < 2; ++i) {
            ASSERT_EQ(queue_send(h, text_message, payload), S_OK);
            ASSERT_EQ(queue_receive(h), S_OK);
        }
        const taken write = expect_action(h, send_queue, send_to_network);
        const taken read = expect_action(h, receive_queue, receive_from_network, 1);
        for (const auto queue : {send_queue, receive_queue, all_queues}) expect_no_action(h, queue);
        complete(h, write);
        const taken sent = expect_action(h, send_queue, indicate_send);
        expect_no_action(h, send_queue);
        feed(h, read, wire_to(side, 1, payload) + wire_to(side, 1, payload));
        const taken received = expect_action(h, receive_queue, indicate_receive, 1);
        for (const auto queue : {send_queue, receive_queue, all_queues}) expect_no_action(h, queue);
        complete(h, sent);
        complete(h, received);
        finish_action(h, send_queue, send_to_network);
        expect_indication(h, text_message, payload);
    });
}

// An automatic pong is an action of the wire and not of the receive side.
TEST(queues, Q3_receiving_goes_on_while_a_pong_is_outstanding) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const taken pong = outstanding_pong(h, side);
        feed(h, wire_to(side, 1, text_bytes("meanwhile")));
        expect_indication(h, text_message, text_bytes("meanwhile"), tag(90));
        complete(h, pong);
        expect_no_action(h, all_queues);
    });
}

TEST(queues, Q4_every_action_is_completed_and_no_action_may_be) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        for (const auto queue : {send_queue, receive_queue, all_queues}) {
            const taken nothing = take_action(h, queue);
            EXPECT_EQ(nothing.action_context, nullptr);
            complete(h, nothing, 0);
            complete(h, nothing, 77);
        }
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        const taken write = expect_action(h, send_queue, send_to_network);
        const taken read = parked_read(h, tag(2));
        WebSocketCompleteAction(h, nullptr, 0);
        WebSocketCompleteAction(h, nullptr, 5);
        expect_no_action(h, all_queues);  // both are still outstanding
        complete(h, write);
        expect_sent_indication(h, tag(1));
        feed(h, read, wire_to(side, 1, payload));
        expect_indication(h, text_message, payload, tag(2));
    });
}

TEST(queues, Q5_contexts_are_never_null_and_never_the_same) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        std::set<PVOID> seen;
        const auto note = [&](const taken& got) {
            ASSERT_NE(got.action_context, nullptr);
            ASSERT_TRUE(seen.insert(got.action_context).second);
        };
        for (int i = 0; i < 200; ++i) {
            ASSERT_EQ(queue_send(h, text_message, payload), S_OK);
            note(finish_action(h, send_queue, send_to_network).action);
            note(finish_action(h, send_queue, indicate_send).action);
            ASSERT_EQ(queue_receive(h), S_OK);
            const taken read = expect_action(h, receive_queue, receive_from_network, 1);
            note(read);
            feed(h, read, wire_to(side, 9, payload) + wire_to(side, 1, payload));
            note(finish_action(h, receive_queue, send_to_network).action);
            note(finish_action(h, receive_queue, indicate_receive).action);
        }
        EXPECT_EQ(seen.size(), 1000u);
    });
}

TEST(queues, Q5_stale_doubled_and_unknown_contexts_are_ignored) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        const taken stale = finish_action(h, send_queue, send_to_network).action;
        complete(h, stale, 0);  // doubled: no short count
        expect_sent_indication(h, tag(1));
        ASSERT_EQ(queue_send(h, text_message, payload, tag(2)), S_OK);
        const taken write = expect_action(h, send_queue, send_to_network);
        const taken read = parked_read(h, tag(3));
        std::byte here{};
        for (PVOID stranger : {stale.action_context, static_cast<PVOID>(&here), tag(1 << 30)})
            for (const ULONG count : {0u, 1u, 7u, 0xffffffffu}) WebSocketCompleteAction(h, stranger, count);
        expect_no_action(h, all_queues);
        complete(h, write);
        expect_sent_indication(h, tag(2));
        feed(h, read, wire_to(side, 1, payload));
        expect_indication(h, text_message, payload, tag(3));
    });
}

// A program that connects again deletes a handle and makes one, which mostly gets the same address, while
// the completion of a read from before is still on its way.
TEST(queues, Q5_contexts_of_a_handle_that_was_deleted_are_foreign) {
    for (const role side : {role::client, role::server}) {
        std::set<WEB_SOCKET_HANDLE> addresses;
        std::set<PVOID> contexts;
        constexpr std::size_t handles = 8;
        for (std::size_t i = 0; i < handles; ++i) {
            joined both;  // the client's key is new each time
            const WEB_SOCKET_HANDLE h = both.end(side);
            addresses.insert(h);
            contexts.insert(parked_read(h, tag(1)).action_context);
        }
        EXPECT_EQ(contexts.size(), handles) << addresses.size() << " addresses";
    }
}

// Whoever asks RECEIVE while a receive is queued hears what comes next, in every state of the handle.
TEST(queues, Q6_no_action_never_while_receive_pending) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("payload");
        const bytes message = wire_to(side, 1, payload);
        const std::size_t header = message.size() - payload.size();
        ASSERT_EQ(queue_receive(h), S_OK);
        // Octets of the header bring nothing yet; each of the payload is a piece, and ends a receive.
        for (std::size_t i = 0; i < header; ++i) feed(h, bytes{message[i]});
        for (std::size_t i = 0; i < payload.size(); ++i) {
            feed(h, bytes{message[header + i]});
            expect_indication(h, i + 1 == payload.size() ? text_message : text_fragment, bytes{payload[i]});
            ASSERT_EQ(queue_receive(h), S_OK);
        }
        EXPECT_EQ(take_action(h, receive_queue, 1).action, receive_from_network);
    });
}

TEST(queues, Q6_no_action_never_while_a_receive_waits_with_a_busy_wire) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        // Under the application's frame: the pong has to wait, the receive has not.
        const stranded_pong scene{h, side};
        complete(h, scene.write);
        feed(h, scene.read, {});  // cancelled
        EXPECT_NE(take_action(h, receive_queue, 1).action, no_action);
    });
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const taken pong = outstanding_pong(h, side);
        const taken read = expect_action(h, receive_queue, receive_from_network, 1);
        feed(h, read, wire_to(side, 9, text_bytes("another")));
        EXPECT_EQ(expect_action(h, receive_queue, receive_from_network, 1).context, tag(90));
        complete(h, pong);
    });
}

TEST(queues, Q6_a_failure_answers_a_queued_receive) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h), S_OK);
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, octets({0x83, 0x80}));
        for (int i = 0; i < 3; ++i) expect_failure(h, receive_queue, E_INVALID_PROTOCOL_FORMAT);
    });
}

// SMP's loop ends with this answer, although bytes may be buffered.
TEST(queues, Q6_without_a_receive_there_is_no_action) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes message = wire_to(side, 1, text_bytes("x"));
        expect_no_action(h, receive_queue);
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, message + message + wire_to(side, 9, {}) + octets({0xff, 0xff}));
        expect_indication(h, text_message, text_bytes("x"));
        for (const auto queue : {receive_queue, all_queues}) expect_no_action(h, queue);
    });
}

TEST(queues, Q7_no_action_never_while_a_send_may_go) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = counted_bytes(5000);
        EXPECT_EQ(parked_read(h).count, 1u);  // the other side does not matter
        ASSERT_EQ(queue_send(h, binary_fragment, payload, tag(1)), S_OK);
        ASSERT_EQ(queue_bare(h, ping_pong, tag(2)), S_OK);
        ASSERT_EQ(queue_send(h, binary_message, {}, tag(3)), S_OK);
        ASSERT_EQ(queue_bare(h, unsolicited_pong, tag(4)), S_OK);
        ASSERT_EQ(queue_close(h, 1000, "reason", tag(5)), S_OK);
        std::vector<PVOID> indicated;
        while (indicated.size() < 5) {
            const taken got = take_action(h, send_queue, 1);
            ASSERT_EQ(got.result, S_OK);
            ASSERT_NE(got.action, no_action);
            if (got.action == indicate_send) indicated.push_back(got.context);
            complete(h, got);
        }
        EXPECT_EQ(indicated, (std::vector<PVOID>{tag(1), tag(2), tag(3), tag(4), tag(5)}));
        expect_no_action(h, send_queue);
    });
}

// NET asks again and again while the receive thread's pong holds the wire.
TEST(queues, Q7_a_send_behind_a_pong_is_answered_with_no_action_however_often) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        const taken pong = outstanding_pong(h, side);
        ASSERT_EQ(queue_send(h, text_message, payload), S_OK);
        for (int i = 0; i < 20'000; ++i) {
            const taken got = take_action(h, send_queue);
            ASSERT_EQ(got.result, S_OK);
            ASSERT_EQ(got.action, no_action);
        }
        complete(h, pong);
        expect_frame(side, finish_action(h, send_queue, send_to_network).wire, 1, payload);
    });
}

TEST(queues, Q8_a_read_is_offered_only_where_it_helps) {
    on_both_sides([](role side) {
        property_list properties;
        const handle h = open_handle(side, properties.receive_buffer(256));
        const bytes message = wire_to(side, 2, counted_bytes(100));
        expect_no_action(h, receive_queue);  // no receive
        taken read = parked_read(h);
        EXPECT_EQ(read.buffers[0].Data.ulBufferLength, 256u);
        feed(h, read, message + message);
        expect_indication(h, binary_message, counted_bytes(100));
        ASSERT_EQ(queue_receive(h), S_OK);  // satisfied by what is there
        expect_indication(h, binary_message, counted_bytes(100));
        // Half a control frame is kept; the room beside it is offered, and takes the rest.
        const bytes pong = wire_to(side, 10, counted_bytes(125));
        read = parked_read(h);
        feed(h, read, bytes(pong.begin(), pong.begin() + 60));
        read = expect_action(h, receive_queue, receive_from_network, 1);
        EXPECT_GE(read.buffers[0].Data.ulBufferLength, pong.size() - 60);
        EXPECT_LE(read.buffers[0].Data.ulBufferLength, 256u);
        feed(h, read, bytes(pong.begin() + 60, pong.end()));
        expect_indication(h, ping_pong, counted_bytes(125));
    });
}

TEST(queues, Q8_behind_a_close_the_whole_buffer_is_offered) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        feed(h, wire_to(side, 8, {}) + wire_to(side, 1, text_bytes("late")));
        expect_indication(h, close_type, {}, tag(1));
        for (int i = 0; i < 3; ++i) {
            const taken read = expect_action(h, receive_queue, receive_from_network, 1);
            EXPECT_EQ(read.buffers[0].Data.ulBufferLength, 4096u);
            feed(h, read, counted_bytes(4096));
        }
    });
}

TEST(queues, Q9_the_send_queue_has_the_sends_only) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h), S_OK);
        expect_no_action(h, send_queue);
        ASSERT_EQ(queue_send(h, text_message, stranded_pong::data, tag(1)), S_OK);
        EXPECT_EQ(finish_action(h, send_queue, send_to_network).action.type, text_message);
        expect_sent_indication(h, tag(1));
        expect_no_action(h, send_queue);
    });
}

TEST(queues, Q9_the_receive_queue_has_the_receives_and_the_pongs) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_send(h, text_message, stranded_pong::data), S_OK);
        expect_no_action(h, receive_queue);
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, wire_to(side, 9, stranded_pong::ping));
        expect_pong(h, side, receive_queue, stranded_pong::ping);
        EXPECT_EQ(take_action(h, receive_queue).action, receive_from_network);
    });
}

TEST(queues, Q9_all_gives_the_pong_then_the_sends_then_the_receives) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = text_bytes("x");
        const stranded_pong scene{h, side};
        ASSERT_EQ(queue_send(h, text_message, payload, tag(1)), S_OK);
        feed(h, scene.read, wire_to(side, 1, payload));
        complete(h, scene.write);
        // All three have something now.
        expect_pong(h, side, all_queues, stranded_pong::ping);
        EXPECT_EQ(finish_action(h, all_queues, indicate_send).action.context, tag(91));
        EXPECT_EQ(finish_action(h, all_queues, send_to_network).action.context, tag(1));
        EXPECT_EQ(finish_action(h, all_queues, indicate_send).action.context, tag(1));
        EXPECT_EQ(finish_action(h, all_queues, indicate_receive).action.context, tag(92));
        expect_no_action(h, all_queues);
    });
}

TEST(queues, Q9_other_queues_are_refused) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_send(h, text_message, stranded_pong::data), S_OK);
        ASSERT_EQ(queue_receive(h), S_OK);
        for (const std::uint32_t value : {0u, 4u, 5u, 7u, 8u, 0x80000001u, 0xffffffffu})
            expect_failure(h, unlisted<WEB_SOCKET_ACTION_QUEUE>(value), E_INVALIDARG);
        finish_action(h, all_queues, send_to_network);  // nothing was taken
    });
}

}  // namespace
}  // namespace wspc::test
