// SPDX-License-Identifier: Apache-2.0
// What a session tells: messages, pieces, pongs.
#include <wspc/session.hpp>

#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "session_as.hpp"
#include "support/bytes.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

INSTANTIATE_TEST_SUITE_P(role, session_as, testing::Values(role::client, role::server),
                         [](const auto& tested) {
                             return tested.param == role::client ? "client" : "server";
                         });

TEST_P(session_as, has_nothing_to_do_until_something_is_queued) {
    session_peer peer{GetParam()};
    const action a = peer.next();
    EXPECT_EQ(a.kind, action_kind::none);
    EXPECT_EQ(a.id, 0u);
    EXPECT_EQ(a.code, error::none);
}

TEST_P(session_as, sends_a_message_and_gives_the_operation_back) {
    session_peer peer{GetParam()};
    send_operation hello{.context = &peer, .op = opcode::text, .payload = peer.keep(text_bytes("hello"))};
    ASSERT_EQ(peer.subject().send(hello), error::none);
    EXPECT_EQ(peer.subject().queued(), 5u);
    EXPECT_EQ(kinds(peer.run()), (std::vector{action_kind::send, action_kind::sent}));
    EXPECT_EQ(hello.code, error::none);
    EXPECT_EQ(peer.subject().queued(), 0u);
    const auto told = peer.told().messages();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].payload, text_bytes("hello"));
    EXPECT_EQ(told[0].op, opcode::text);
}

TEST_P(session_as, receives_a_message_and_gives_the_operation_back) {
    session_peer peer{GetParam()};
    receive_operation wanted{.context = &peer};
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    peer.arrives(from_peer(1, text_bytes("hello")));
    EXPECT_EQ(kinds(peer.run()), (std::vector{action_kind::receive, action_kind::received}));
    EXPECT_EQ(peer.received.size(), 1u);
    EXPECT_EQ(wanted.event.kind, event_kind::data);
    EXPECT_TRUE(wanted.event.whole());
    EXPECT_EQ(peer.received[0].payload, text_bytes("hello"));
}

TEST_P(session_as, reads_nothing_while_no_receive_is_queued) {
    session_peer peer{GetParam()};
    receive_operation first, second;
    ASSERT_EQ(peer.subject().receive(first), error::none);
    peer.arrives(from_peer(1, text_bytes("one")) + from_peer(1, text_bytes("two")));
    peer.run();
    EXPECT_EQ(peer.next().kind, action_kind::none);
    ASSERT_EQ(peer.subject().receive(second), error::none);
    // What came with the first read is there at once.
    EXPECT_EQ(kinds(peer.run()), (std::vector{action_kind::received}));
    EXPECT_EQ(peer.received[1].payload, text_bytes("two"));
}

TEST_P(session_as, reads_again_once_a_receive_has_come_back_with_nothing) {
    session_peer peer{GetParam()};
    for (int i = 0; i < 2; ++i) {
        receive_operation wanted;
        ASSERT_EQ(peer.subject().receive(wanted), error::none);
        const action read = peer.next();
        ASSERT_EQ(read.kind, action_kind::receive);
        peer.subject().complete(read, 0);
        const action nothing = peer.next();
        ASSERT_EQ(nothing.kind, action_kind::received);
        EXPECT_EQ(wanted.event.kind, event_kind::none);
        peer.subject().complete(nothing, 0);
    }
}

TEST_P(session_as, fills_memory_of_the_program_and_keeps_the_rest_for_the_next) {
    session_peer peer{GetParam()};
    std::array<std::byte, 4> memory{};
    receive_operation first{.into = memory}, second{.into = memory}, third;
    for (receive_operation* o : {&first, &second, &third}) ASSERT_EQ(peer.subject().receive(*o), error::none);
    peer.arrives(from_peer(2, counted_bytes(10)));
    peer.run();
    ASSERT_EQ(peer.received.size(), 3u);
    EXPECT_EQ(first.event.bytes.data(), memory.data());
    EXPECT_EQ(first.event.bytes.size(), 4u);
    EXPECT_TRUE(first.event.first && !first.event.last);
    EXPECT_TRUE(!second.event.first && !second.event.last);
    EXPECT_TRUE(!third.event.first && third.event.last);
    EXPECT_EQ(peer.received[0].payload + peer.received[1].payload + peer.received[2].payload,
              counted_bytes(10));
}

TEST_P(session_as, ends_a_message_with_the_piece_that_fits_exactly) {
    session_peer peer{GetParam()};
    std::array<std::byte, 5> memory{};
    receive_operation first{.into = memory}, second{.into = memory};
    for (receive_operation* o : {&first, &second}) ASSERT_EQ(peer.subject().receive(*o), error::none);
    peer.arrives(from_peer(2, counted_bytes(10)));
    peer.run();
    ASSERT_EQ(peer.received.size(), 2u);
    EXPECT_FALSE(first.event.last);
    EXPECT_TRUE(second.event.last);
}

TEST_P(session_as, says_first_although_the_first_frame_was_empty) {
    session_peer peer{GetParam()};
    receive_operation wanted;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    peer.arrives(from_peer(1, {}, false) + from_peer(0, text_bytes("x")));
    peer.run();
    ASSERT_EQ(peer.received.size(), 1u);
    EXPECT_TRUE(wanted.event.whole());
    EXPECT_EQ(peer.received[0].payload, text_bytes("x"));
}

// Cut at every octet, in the smallest memory, a control frame is shown as a whole in that memory.
TEST_P(session_as, shows_control_frames_in_its_own_memory_however_they_arrive) {
    const bytes payload = counted_bytes(125);
    const bytes stream = from_peer(2, counted_bytes(9)) + from_peer(10, payload) + from_peer(2, bytes(400)) +
                         from_peer(8, octets({0x03, 0xe8}) + text_bytes("bye"));
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        session_peer peer{GetParam(), default_session_config, session::min_receive};
        std::array<receive_operation, 16> wanted{};
        for (receive_operation& o : wanted) ASSERT_EQ(peer.subject().receive(o), error::none);
        peer.arrives(bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(cut)));
        peer.arrives(bytes(stream.begin() + static_cast<std::ptrdiff_t>(cut), stream.end()));
        peer.run();
        bool pong = false, close = false;
        for (const auto& got : peer.received) {
            EXPECT_TRUE(got.inside || got.kind == event_kind::none) << cut;
            if (got.kind == event_kind::pong) pong = got.payload == payload;
            if (got.kind == event_kind::close) close = got.payload == text_bytes("bye") && got.code == 1000;
        }
        ASSERT_TRUE(pong && close) << cut;
    }
}

TEST_P(session_as, answers_each_ping_while_the_wire_is_free) {
    session_peer peer{GetParam()};
    receive_operation wanted;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    bytes pings;
    std::vector<bytes> expected;
    for (unsigned i = 0; i < 10; ++i) {
        pings += from_peer(9, octets({i}));
        expected.push_back(octets({i}));
    }
    peer.arrives(pings);
    peer.run();
    EXPECT_EQ(peer.pongs(), expected);
}

TEST_P(session_as, answers_the_newest_ping_of_those_that_came_while_the_wire_was_busy) {
    session_peer peer{GetParam()};
    send_operation o{.payload = peer.keep(counted_bytes(10))};
    receive_operation wanted;
    ASSERT_EQ(peer.subject().send(o), error::none);
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    const action sending = peer.next(action_queue::send);
    ASSERT_EQ(sending.kind, action_kind::send);
    peer.arrives(from_peer(9, octets({1})) + from_peer(9, octets({2})) + from_peer(9, octets({3})));
    const action reading = peer.next(action_queue::receive);
    ASSERT_EQ(reading.kind, action_kind::receive);
    peer.perform(reading);
    ASSERT_EQ(peer.next(action_queue::receive).kind, action_kind::receive);  // the pings wait
    peer.perform(sending);
    peer.run();
    EXPECT_EQ(peer.pongs(), std::vector<bytes>{octets({3})});
}

// The side that receives waits in a read: then the side that sends takes the pong along.
TEST_P(session_as, gives_a_stranded_pong_to_the_side_that_sends) {
    session_peer peer{GetParam()};
    send_operation o{.payload = peer.keep(counted_bytes(10))};
    receive_operation wanted;
    ASSERT_EQ(peer.subject().send(o), error::none);
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    const action sending = peer.next(action_queue::send);
    peer.arrives(from_peer(9, octets({1})));
    peer.perform(peer.next(action_queue::receive));
    ASSERT_EQ(peer.next(action_queue::receive).kind, action_kind::receive);
    peer.perform(sending);
    const action sent = peer.next(action_queue::send);
    ASSERT_EQ(sent.kind, action_kind::sent);
    peer.perform(sent);
    const action pong = peer.next(action_queue::send);
    ASSERT_EQ(pong.kind, action_kind::send);
    EXPECT_EQ(pong.sending, nullptr);
    peer.perform(pong);
    EXPECT_EQ(peer.pongs(), std::vector<bytes>{octets({1})});
}

TEST_P(session_as, holds_a_pong_back_while_a_frame_is_on_its_way_in_pieces) {
    session_peer peer{GetParam()};
    peer.most_sent = 3;
    send_operation o{.payload = peer.keep(counted_bytes(10))};
    receive_operation wanted;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    ASSERT_EQ(peer.subject().send(o), error::none);
    peer.perform(peer.next(action_queue::send));  // three octets of the header
    peer.arrives(from_peer(9, octets({1})));
    peer.perform(peer.next(action_queue::receive));
    EXPECT_EQ(peer.next(action_queue::receive).kind, action_kind::receive);  // no pong yet
    peer.run();
    const event_log told = peer.told();
    EXPECT_EQ(told.failed().code, error::none);
    EXPECT_EQ(told.messages().size(), 1u);
    EXPECT_EQ(peer.pongs().size(), 1u);
}

// A transport that is slow at first, and a queue that never ends.
TEST(session, sends_a_pong_behind_the_frame_that_is_on_the_wire) {
    for (const auto& [self, size] :
         {std::pair{role::client, 50u}, std::pair{role::client, 1000u}, std::pair{role::client, 5000u},
          std::pair{role::server, 50u}, std::pair{role::server, 1000u}, std::pair{role::server, 5000u}}) {
        session_peer peer{self};
        std::vector<send_operation> operations(100);
        for (send_operation& o : operations) {
            o.payload = peer.keep(counted_bytes(size));
            ASSERT_EQ(peer.subject().send(o), error::none);
        }
        lend(peer, 1);  // the wire is busy with the first
        receive_operation wanted;
        ASSERT_EQ(peer.subject().receive(wanted), error::none);
        const action read = peer.next(action_queue::receive);
        ASSERT_EQ(read.kind, action_kind::receive);
        const bytes ping = wire_to(self, 9, text_bytes("?"));
        std::copy(ping.begin(), ping.end(), read.into.begin());
        peer.subject().complete(read, ping.size());
        ASSERT_EQ(peer.next(action_queue::receive).kind, action_kind::receive);
        const std::size_t frame = header_size(size, self == role::client) + size;
        while (peer.sent.size() < frame) lend(peer, SIZE_MAX);
        EXPECT_EQ(peer.sent.size(), frame);
        lend(peer, SIZE_MAX);
        EXPECT_EQ(peer.sent[frame], std::byte{0x8a});
    }
}

// An id from before means nothing to a session that was made at the same place with another number.
TEST(session, ids_at_the_same_place_differ_with_the_number_given) {
    bytes memory(session::min_receive + session::min_send + session::control_size);
    const std::span<std::byte> all{memory};
    const session_memory parts{all.first(session::min_receive),
                               all.subspan(session::min_receive, session::min_send),
                               all.last(session::control_size)};
    std::optional<session> subject;
    receive_operation wanted;
    std::array<std::span<const std::byte>, 1> room;
    std::set<std::uintptr_t> seen;
    for (const std::uintptr_t ids : {0u, 1u, 2u, 0x8000'0000u}) {
        subject.emplace(role::server, default_session_config, parts, agreement{}, nullptr, ids);
        ASSERT_EQ(subject->receive(wanted), error::none);
        const action read = subject->next(room);
        ASSERT_EQ(read.kind, action_kind::receive);
        for (const std::uintptr_t stale : seen) subject->complete(stale, 0);
        EXPECT_EQ(subject->next(room).kind, action_kind::none);  // still outstanding
        seen.insert(read.id);
    }
    EXPECT_EQ(seen.size(), 4u);
}

}  // namespace
}  // namespace wspc::test
