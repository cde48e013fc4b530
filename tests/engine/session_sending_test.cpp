// SPDX-License-Identifier: Apache-2.0
// What a session takes to be sent, and how it lays it into the buffers that it lends.
#include <wspc/session.hpp>

#include <array>

#include <gtest/gtest.h>

#include "session_as.hpp"

namespace wspc::test {
namespace {

TEST_P(session_as, turns_the_later_fragments_of_a_message_into_continuations) {
    session_peer peer{GetParam()};
    send_operation first{.op = opcode::text, .fin = false, .payload = peer.keep(text_bytes("one "))};
    send_operation second{.op = opcode::text, .fin = false, .payload = peer.keep(text_bytes("two "))};
    send_operation ping{.op = opcode::ping, .payload = peer.keep(text_bytes("?"))};
    send_operation last{.op = opcode::continuation, .payload = peer.keep(text_bytes("three"))};
    for (send_operation* o : {&first, &second, &ping, &last}) ASSERT_EQ(peer.subject().send(*o), error::none);
    peer.run();
    const event_log told = peer.told();
    EXPECT_EQ(told.failed().code, error::none);
    ASSERT_EQ(told.messages().size(), 1u);
    EXPECT_EQ(told.messages()[0].payload, text_bytes("one two three"));
}

TEST_P(session_as, refuses_what_can_never_be_sent_and_changes_nothing) {
    session_peer peer{GetParam()};
    const auto refuses = [&](send_operation o, error expected) {
        EXPECT_EQ(peer.subject().send(o), expected) << text(expected);
        EXPECT_EQ(peer.next().kind, action_kind::none);
    };
    refuses({.op = static_cast<opcode>(3)}, error::bad_argument);
    refuses({.op = opcode::ping, .payload = peer.keep(bytes(126))}, error::control_too_long);
    refuses({.op = opcode::close, .close_code = 1000, .payload = peer.keep(bytes(124, std::byte{'a'}))},
            error::control_too_long);
    refuses({.op = opcode::pong, .fin = false}, error::fragmented_control);
    refuses({.op = opcode::close, .close_code = 1006}, error::bad_argument);
    refuses({.op = opcode::close, .payload = peer.keep(text_bytes("why"))}, error::bad_argument);
    refuses({.op = opcode::close, .close_code = 1000, .payload = peer.keep(octets({0xff}))},
            error::close_reason_not_utf8);
    refuses({.op = opcode::continuation}, error::wrong_message);
    refuses({.op = opcode::text, .payload = peer.keep(octets({0xc3}))}, error::text_not_utf8);

    // The message and its text are as before: half a character may still be followed by its rest.
    send_operation half{.op = opcode::text, .fin = false, .payload = peer.keep(octets({0xc3}))};
    ASSERT_EQ(peer.subject().send(half), error::none);
    send_operation wrong{.op = opcode::text, .payload = peer.keep(octets({0x28}))};
    EXPECT_EQ(peer.subject().send(wrong), error::text_not_utf8);
    send_operation other{.op = opcode::binary};
    EXPECT_EQ(peer.subject().send(other), error::wrong_message);
    send_operation rest{.op = opcode::text, .payload = peer.keep(octets({0xb6}))};
    ASSERT_EQ(peer.subject().send(rest), error::none);
    peer.run();
    ASSERT_EQ(peer.told().messages().size(), 1u);
    EXPECT_EQ(peer.told().messages()[0].payload, octets({0xc3, 0xb6}));
}

TEST_P(session_as, says_would_block_when_too_much_is_queued_but_takes_any_message_into_an_empty_queue) {
    session_config config;
    config.max_queued = 1000;
    session_peer peer{GetParam(), config};
    const auto payload = peer.keep(counted_bytes(5000));
    send_operation large{.payload = payload};
    ASSERT_EQ(peer.subject().send(large), error::none);
    send_operation small{.payload = payload.first(1)};
    EXPECT_EQ(peer.subject().send(small), error::would_block);
    peer.run();
    send_operation exact{.payload = payload.first(999)};
    ASSERT_EQ(peer.subject().send(exact), error::none);
    ASSERT_EQ(peer.subject().send(small), error::none);  // 1,000 in all
    send_operation one_more{.payload = payload.first(1)};
    EXPECT_EQ(peer.subject().send(one_more), error::would_block);
    send_operation close{.op = opcode::close, .close_code = 1008, .payload = peer.keep(text_bytes("slow"))};
    EXPECT_EQ(peer.subject().send(close), error::none);
    peer.run();
    EXPECT_EQ(peer.told().messages().size(), 3u);
    EXPECT_EQ(close.code, error::none);
}

TEST(session_of_a_client, lays_no_more_than_twice_what_a_transport_took_and_doubles_that_when_it_takes_all) {
    session_peer peer{role::client};
    std::array<send_operation, 3> operations{};
    for (send_operation& o : operations) {
        o.payload = peer.keep(counted_bytes(2000));
        ASSERT_EQ(peer.subject().send(o), error::none);
    }
    EXPECT_EQ(lend(peer, 1), 4096u);
    EXPECT_EQ(lend(peer, 0), 256u);
    EXPECT_EQ(lend(peer, 200), 256u);
    EXPECT_EQ(lend(peer, SIZE_MAX), 400u);
    EXPECT_EQ(lend(peer, SIZE_MAX), 800u);
    EXPECT_EQ(lend(peer, SIZE_MAX), 1600u);
    peer.run();
    ASSERT_EQ(peer.told().messages().size(), 3u);
    for (const told& message : peer.told().messages()) EXPECT_EQ(message.payload, counted_bytes(2000));
}

// What is only shown costs nothing, but each frame does.
TEST(session_of_a_server, lends_four_frames_behind_a_transport_that_took_little) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{5000}}) {
        session_peer peer{role::server};
        peer.capacity = 64;
        std::array<send_operation, 64> operations{};
        for (send_operation& o : operations) {
            o.payload = peer.keep(counted_bytes(size));
            ASSERT_EQ(peer.subject().send(o), error::none);
        }
        const std::size_t frame = header_size(size, false) + size;
        EXPECT_GT(lend(peer, 1), 6 * frame);
        EXPECT_EQ(lend(peer, 0), 4 * frame - 1);
        EXPECT_EQ(lend(peer, 1), 4 * frame - 1);
        EXPECT_EQ(lend(peer, SIZE_MAX), 4 * frame - 2);
        EXPECT_EQ(lend(peer, SIZE_MAX), 8 * frame);
        peer.run();
        EXPECT_EQ(peer.told().messages().size(), operations.size());
    }
}

TEST(session_of_a_server, copies_1024_octets_beside_their_header_and_shows_more) {
    for (const std::size_t size : {1024u, 1025u}) {
        session_peer peer{role::server};
        send_operation o{.payload = peer.keep(bytes(size))};
        ASSERT_EQ(peer.subject().send(o), error::none);
        EXPECT_EQ(peer.next().buffers.size(), size == 1024 ? 1u : 2u);
    }
}

TEST_P(session_as, takes_16_mebibytes_into_the_queue_unless_it_is_told_another_limit) {
    session_peer peer{GetParam()};
    const auto payload = peer.keep(bytes(16u << 20));
    send_operation most{.payload = payload};
    ASSERT_EQ(peer.subject().send(most), error::none);
    send_operation more{.payload = payload.first(1)};
    EXPECT_EQ(peer.subject().send(more), error::would_block);
}

// The operation has the key that another session masked it with.
TEST(session_of_a_client, masks_with_the_key_0_what_was_masked_before) {
    session_config plain;
    plain.connection.zero_masking = true;
    session_peer masking{role::client};
    session_peer other{role::client, plain};
    send_operation o{.op = opcode::text, .payload = masking.keep(text_bytes("plain"))};
    for (session_peer* const peer : {&masking, &other}) {
        ASSERT_EQ(peer->subject().send(o), error::none);
        peer->run();
        ASSERT_EQ(peer->told().messages().size(), 1u);
        EXPECT_EQ(peer->told().messages()[0].payload, text_bytes("plain"));
    }
    EXPECT_EQ(other.sent, octets({0x81, 0x85, 0, 0, 0, 0}) + text_bytes("plain"));
}

TEST_P(session_as, joins_small_messages_into_one_action) {
    session_peer peer{GetParam()};
    std::array<send_operation, 20> operations{};
    for (send_operation& o : operations) {
        o.payload = peer.keep(counted_bytes(30));
        ASSERT_EQ(peer.subject().send(o), error::none);
    }
    const auto steps = peer.run();
    ASSERT_EQ(steps.size(), 21u);
    EXPECT_EQ(steps[0].kind, action_kind::send);
    EXPECT_EQ(steps[0].buffers, 1u);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        EXPECT_EQ(steps[i + 1].kind, action_kind::sent);
        EXPECT_EQ(steps[i + 1].sending, &operations[i]);
    }
    EXPECT_EQ(peer.told().messages().size(), 20u);
}

// A count that is too small must say which operation it cancels.
TEST_P(session_as, joins_nothing_where_a_short_send_cancels) {
    session_config config;
    config.on_short_send = short_send::cancel;
    session_peer peer{GetParam(), config};
    std::array<send_operation, 3> operations{};
    for (send_operation& o : operations) {
        o.payload = peer.keep(counted_bytes(30));
        ASSERT_EQ(peer.subject().send(o), error::none);
    }
    const action first = peer.next();
    peer.subject().complete(first, 0);
    peer.run();
    EXPECT_EQ(operations[0].code, error::aborted);
    EXPECT_EQ(operations[1].code, error::none);
    EXPECT_EQ(operations[2].code, error::none);
    EXPECT_EQ(peer.told().messages().size(), 2u);
}

TEST(session_of_a_server, shows_a_large_payload_where_it_lies) {
    session_peer peer{role::server};
    const auto payload = peer.keep(counted_bytes(100'000));
    send_operation large{.payload = payload};
    ASSERT_EQ(peer.subject().send(large), error::none);
    const action a = peer.next();
    ASSERT_EQ(a.kind, action_kind::send);
    ASSERT_EQ(a.buffers.size(), 2u);
    EXPECT_EQ(a.buffers[0].size(), 10u);
    EXPECT_EQ(a.buffers[1].data(), payload.data());
    EXPECT_EQ(a.buffers[1].size(), payload.size());
}

TEST(session_of_a_client, masks_a_large_payload_piece_by_piece_and_leaves_it_as_it_is) {
    session_peer peer{role::client};
    const bytes original = counted_bytes(100'000);
    send_operation large{.payload = peer.keep(original)};
    ASSERT_EQ(peer.subject().send(large), error::none);
    std::size_t sends = 0;
    for (const auto& s : peer.run()) sends += s.kind == action_kind::send ? 1 : 0;
    EXPECT_EQ(sends, (100'014 + session_peer::send_size - 1) / session_peer::send_size);
    EXPECT_EQ(to_bytes(large.payload), original);
    ASSERT_EQ(peer.told().messages().size(), 1u);
    EXPECT_EQ(peer.told().messages()[0].payload, original);
}

// A transport that takes any number of bytes: nothing is lost, doubled or moved.
TEST_P(session_as, goes_on_where_a_short_send_ended) {
    for (std::size_t step = 1; step < 40; ++step) {
        for (const std::size_t capacity : {1u, 2u, 5u}) {
            session_peer peer{GetParam()};
            peer.capacity = capacity;
            peer.most_sent = step;
            peer.arrives(from_peer(9, text_bytes("ping")));
            std::array<send_operation, 5> operations{};
            bytes all;
            for (std::size_t i = 0; i < operations.size(); ++i) {
                operations[i].payload = peer.keep(counted_bytes(i * 37, static_cast<unsigned>(i)));
                all += to_bytes(operations[i].payload);
                ASSERT_EQ(peer.subject().send(operations[i]), error::none);
            }
            receive_operation wanted;
            ASSERT_EQ(peer.subject().receive(wanted), error::none);
            peer.run();
            const event_log told = peer.told();
            ASSERT_EQ(told.failed().code, error::none) << step;
            bytes got;
            for (const auto& m : told.messages()) got += m.payload;
            ASSERT_EQ(got, all) << step;
            ASSERT_EQ(peer.pongs(), std::vector<bytes>{text_bytes("ping")}) << step;
        }
    }
}

}  // namespace
}  // namespace wspc::test
