// SPDX-License-Identifier: Apache-2.0
#include <wspc/session.hpp>

#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "session_peer.hpp"
#include "support/bytes.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

class session_as : public testing::TestWithParam<role> {
protected:
    [[nodiscard]] bytes from_peer(unsigned op, const bytes& payload, bool fin = true) const {
        return wire_to(GetParam(), op, payload, fin);
    }
};

INSTANTIATE_TEST_SUITE_P(role, session_as, testing::Values(role::client, role::server),
                         [](const auto& tested) {
                             return tested.param == role::client ? "client" : "server";
                         });

std::vector<action_kind> kinds(const std::vector<session_peer::step>& steps) {
    std::vector<action_kind> made;
    for (const auto& s : steps) made.push_back(s.kind);
    return made;
}

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

// Performs the next `send`, of which the transport takes so many bytes at most. Gives how many were lent.
std::size_t lend(session_peer& peer, std::size_t most) {
    action a = peer.next();
    for (; a.kind == action_kind::sent; a = peer.next()) peer.subject().complete(a, 0);
    EXPECT_EQ(a.kind, action_kind::send);
    bytes all;
    for (const std::span<const std::byte> b : a.buffers) all += to_bytes(b);
    const std::size_t taken = std::min(all.size(), most);
    peer.subject().complete(a, taken);
    peer.sent.insert(peer.sent.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(taken));
    return all.size();
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

TEST(session_of_a_server, copies_1024_octets_beside_their_header_and_shows_more) {
    for (const std::size_t size : {1024u, 1025u}) {
        session_peer peer{role::server};
        send_operation o{.payload = peer.keep(bytes(size))};
        ASSERT_EQ(peer.subject().send(o), error::none);
        EXPECT_EQ(peer.next().buffers.size(), size == 1024 ? 1u : 2u);
    }
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

TEST(session_of_a_client, tries_a_pong_that_lacks_a_key_once) {
    bool there = false;
    masking_keys keys{{&there, [](void* context, std::span<std::byte> to) noexcept {
                           std::fill(to.begin(), to.end(), std::byte{7});
                           return *static_cast<bool*>(context);
                       }}};
    bytes memory(4096);
    const std::span<std::byte> all{memory};
    session subject{role::client, default_session_config,
                    session_memory{all.first(1000), all.subspan(1000, 1000), all.last(1000)}, agreement{},
                    &keys};
    receive_operation wanted;
    ASSERT_EQ(subject.receive(wanted), error::none);
    std::array<std::span<const std::byte>, 2> room;
    const action read = subject.next(room);
    ASSERT_EQ(read.kind, action_kind::receive);
    const bytes ping = wire_to(role::client, 9, {});
    std::copy(ping.begin(), ping.end(), read.into.begin());
    subject.complete(read, ping.size());
    EXPECT_EQ(subject.next(room).kind, action_kind::receive);
    there = true;
    EXPECT_EQ(subject.next(room).kind, action_kind::none);
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
