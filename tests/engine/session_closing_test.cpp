// SPDX-License-Identifier: Apache-2.0
// How a session ends: the closing handshake, failures, the end of the transport, abort.
#include <wspc/session.hpp>

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "connection_as.hpp"
#include "session_peer.hpp"
#include "support/bytes.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

class closing_session_of : public testing::TestWithParam<role> {
protected:
    [[nodiscard]] bytes from_peer(unsigned op, const bytes& payload, bool fin = true) const {
        return wire_to(GetParam(), op, payload, fin);
    }
    [[nodiscard]] wspc::disconnect last_word() const {
        // RFC 6455 7.1.1: the server closes first.
        return GetParam() == role::server ? disconnect::now : disconnect::after_peer;
    }
};

INSTANTIATE_TEST_SUITE_P(role, closing_session_of, testing::Values(role::client, role::server),
                         [](const auto& tested) {
                             return tested.param == role::client ? "client" : "server";
                         });

const bytes going_away = octets({0x03, 0xe9}) + text_bytes("bye");

TEST_P(closing_session_of, answers_a_close_behind_what_was_queued_and_then_disconnects) {
    session_peer peer{GetParam()};
    receive_operation wanted, never;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    peer.arrives(from_peer(8, going_away));
    peer.perform(peer.next(action_queue::receive));
    peer.perform(peer.next(action_queue::receive));
    EXPECT_EQ(wanted.event.kind, event_kind::close);
    EXPECT_EQ(wanted.event.code, 1001);
    EXPECT_TRUE(peer.subject().close_received());

    send_operation late{.payload = peer.keep(counted_bytes(3))};
    EXPECT_EQ(peer.subject().send(late), error::closed);
    EXPECT_EQ(peer.subject().receive(never), error::closed);
    peer.run();
    const auto told = peer.told().events();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].kind, event_kind::close);
    EXPECT_EQ(told[0].code, 1001);
    EXPECT_EQ(peer.disconnected, last_word());
    EXPECT_TRUE(peer.subject().aborted());
}

TEST_P(closing_session_of, sends_what_was_queued_before_the_close_was_seen) {
    session_peer peer{GetParam()};
    peer.most_sent = 2;
    receive_operation wanted;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    send_operation before{.payload = peer.keep(counted_bytes(50))};
    ASSERT_EQ(peer.subject().send(before), error::none);
    peer.perform(peer.next(action_queue::send));
    peer.arrives(from_peer(8, going_away));
    peer.perform(peer.next(action_queue::receive));
    peer.perform(peer.next(action_queue::receive));
    peer.run();
    EXPECT_EQ(before.code, error::none);
    const event_log log = peer.told();
    ASSERT_EQ(log.events().size(), 2u);
    EXPECT_EQ(log.events()[0].payload, counted_bytes(50));
    EXPECT_EQ(log.events()[1].kind, event_kind::close);
    EXPECT_EQ(peer.disconnected, last_word());
}

TEST_P(closing_session_of, closes_by_itself_and_waits_for_the_answer) {
    session_peer peer{GetParam()};
    receive_operation wanted, second;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    ASSERT_EQ(peer.subject().receive(second), error::none);
    send_operation close{.op = opcode::close, .close_code = 1000, .payload = peer.keep(text_bytes("done"))};
    ASSERT_EQ(peer.subject().send(close), error::none);
    send_operation data, again{.op = opcode::close}, ping{.op = opcode::ping};
    EXPECT_EQ(peer.subject().send(data), error::closed);
    EXPECT_EQ(peer.subject().send(again), error::closed);
    EXPECT_EQ(peer.subject().send(ping), error::none);
    peer.run();
    EXPECT_EQ(peer.disconnected, disconnect::no);
    const std::size_t before = peer.sent.size();
    peer.arrives(from_peer(1, text_bytes("still here")) + from_peer(9, {}));
    peer.run();
    EXPECT_EQ(peer.received.size(), 1u);
    // RFC 6455 5.5.2: a pong, until a Close has been received. No reader looks behind our Close.
    ASSERT_EQ(peer.sent.size() - before, GetParam() == role::client ? 6u : 2u);
    EXPECT_EQ(peer.sent[before], std::byte{0x8a});
    peer.arrives(from_peer(8, octets({0x03, 0xe8})));
    peer.run();
    EXPECT_EQ(second.event.kind, event_kind::close);
    EXPECT_EQ(peer.disconnected, last_word());
    EXPECT_EQ(peer.subject().send(ping), error::aborted);
}

TEST_P(closing_session_of, tells_every_receive_of_a_failure_then_the_peer_and_then_disconnects) {
    session_peer peer{GetParam()};
    std::array<receive_operation, 3> wanted{};
    for (receive_operation& o : wanted) ASSERT_EQ(peer.subject().receive(o), error::none);
    peer.arrives(from_peer(1, text_bytes("good")) + from_peer(1, octets({0xff})));
    const auto steps = peer.run();
    EXPECT_EQ(wanted[0].event.kind, event_kind::data);
    for (std::size_t i = 1; i < 3; ++i) {
        EXPECT_EQ(wanted[i].event.kind, event_kind::failed);
        EXPECT_EQ(wanted[i].event.failure_code(), error::text_not_utf8);
        EXPECT_EQ(wanted[i].event.offset, peer.subject().failed().offset);
    }
    ASSERT_EQ(peer.told().events().size(), 1u);
    EXPECT_EQ(peer.told().events()[0].code, 1007);
    EXPECT_EQ(peer.disconnected, last_word());
    receive_operation more;
    EXPECT_EQ(peer.subject().receive(more), error::aborted);
}

TEST_P(closing_session_of, gives_back_what_a_failure_keeps_from_being_sent) {
    session_peer peer{GetParam()};
    peer.most_sent = 5;
    receive_operation wanted;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    send_operation begun{.payload = peer.keep(counted_bytes(2000))};
    send_operation queued{.payload = peer.keep(counted_bytes(2000))};
    ASSERT_EQ(peer.subject().send(begun), error::none);
    ASSERT_EQ(peer.subject().send(queued), error::none);
    peer.perform(peer.next(action_queue::send));  // a part of the first is on its way
    peer.most_sent = 2014;
    peer.arrives(octets({0xff, 0xff}));
    peer.perform(peer.next(action_queue::receive));
    peer.perform(peer.next(action_queue::receive));
    EXPECT_EQ(wanted.event.failure_code(), error::reserved_bits);
    peer.run();
    EXPECT_EQ(begun.code, error::none);
    const event_log log = peer.told();
    EXPECT_EQ(log.failed().code, error::none);
    EXPECT_EQ(log.events().back().kind, event_kind::close);
    EXPECT_EQ(log.events().back().code, 1002);
    EXPECT_EQ(queued.code == error::none, log.messages().size() == 2);
    EXPECT_EQ(peer.disconnected, last_word());
    EXPECT_EQ(peer.subject().queued(), 0u);
}

TEST_P(closing_session_of, says_that_nothing_came_when_the_transport_ends) {
    session_peer peer{GetParam()};
    receive_operation wanted;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    peer.ends();
    peer.run();
    EXPECT_EQ(peer.received.size(), 1u);
    EXPECT_EQ(wanted.event.kind, event_kind::none);
    EXPECT_FALSE(peer.subject().aborted());
}

TEST_P(closing_session_of, gives_everything_back_when_it_is_aborted) {
    session_peer peer{GetParam()};
    std::array<send_operation, 3> sends{};
    std::array<receive_operation, 3> receives{};
    for (send_operation& o : sends) ASSERT_EQ(peer.subject().send(o), error::none);
    for (receive_operation& o : receives) ASSERT_EQ(peer.subject().receive(o), error::none);
    peer.capacity = 1;
    const action sending = peer.next(action_queue::send);
    const action reading = peer.next(action_queue::receive);
    ASSERT_EQ(sending.kind, action_kind::send);
    ASSERT_EQ(reading.kind, action_kind::receive);
    peer.subject().abort();
    EXPECT_EQ(peer.next().kind, action_kind::none);  // both sides wait for what is outstanding
    peer.subject().complete(reading, 1);
    EXPECT_EQ(peer.next(action_queue::send).kind, action_kind::none);
    peer.subject().complete(sending, sending.buffers[0].size());
    std::size_t sent = 0, received = 0;
    for (action a = peer.next(); a.kind != action_kind::none; a = peer.next()) {
        if (a.kind == action_kind::sent) {
            ++sent;
            EXPECT_EQ(a.sending->code, error::aborted);
        } else {
            ++received;
            EXPECT_EQ(a.receiving->event.kind, event_kind::none);
        }
        peer.subject().complete(a, 0);
    }
    EXPECT_EQ(sent, 3u);
    EXPECT_EQ(received, 3u);
    EXPECT_EQ(peer.subject().send(sends[0]), error::aborted);
    EXPECT_EQ(peer.subject().receive(receives[0]), error::aborted);
}

// Every receive hears of it, not only the one that was served.
TEST_P(closing_session_of, tells_a_failure_to_every_receive_that_waits) {
    session_peer peer{GetParam()};
    std::array<receive_operation, 3> wanted{};
    for (receive_operation& o : wanted) ASSERT_EQ(peer.subject().receive(o), error::none);
    peer.arrives(from_peer(3, {}));
    for (const receive_operation& o : wanted) {
        action a = peer.next(action_queue::receive);
        while (a.kind != action_kind::received && a.kind != action_kind::none) {
            // Disconnecting takes its time.
            if (a.kind != action_kind::disconnect) peer.perform(a);
            a = peer.next(action_queue::receive);
        }
        ASSERT_EQ(a.kind, action_kind::received);
        EXPECT_EQ(a.receiving, &o);
        EXPECT_EQ(o.event.kind, event_kind::failed);
        EXPECT_EQ(o.event.code, static_cast<std::uint16_t>(error::reserved_opcode));
        peer.perform(a);
    }
}

// Where a short send cancels, programs order their writes by themselves, and may ask for the next frame while
// a pong is on its way: a control frame that fits into one action is lent, anything else waits.
class session_with_a_pong_on_its_way {
public:
    session_with_a_pong_on_its_way(role self, std::size_t send_memory, std::size_t buffers)
        : peer_{self, {.on_short_send = short_send::cancel}, 4096, send_memory} {
        peer_.capacity = buffers;
        EXPECT_EQ(peer_.subject().receive(wanted_), error::none);
        peer_.arrives(wire_to(self, 9, text_bytes("a")));
        peer_.perform(peer_.next(action_queue::receive));
        // In a room of its own, since the next action is lent before this one is done.
        pong_ = peer_.subject().next(action_queue::receive, pong_room_);
        EXPECT_EQ(pong_.kind, action_kind::send);
    }
    // What is lent of such a frame before the pong has gone; afterwards it has to come.
    [[nodiscard]] action_kind lends(opcode op, const bytes& payload) {
        operation_.op = op;
        operation_.payload = peer_.keep(payload);
        EXPECT_EQ(peer_.subject().send(operation_), error::none);
        const action first = peer_.next(action_queue::send);
        const action_kind lent = first.kind;
        peer_.perform(pong_);
        if (lent == action_kind::send) peer_.perform(first);
        peer_.run();
        EXPECT_EQ(operation_.code, error::none);
        const auto told = peer_.told().events();
        EXPECT_EQ(told.size(), 2u);
        if (told.size() == 2) {
            EXPECT_EQ(told[0].payload, text_bytes("a"));
            EXPECT_EQ(told[1].payload, payload);
        }
        return lent;
    }

private:
    session_peer peer_;
    receive_operation wanted_;
    send_operation operation_;
    std::array<std::span<const std::byte>, 1> pong_room_;
    action pong_;
};

TEST_P(closing_session_of,
       lends_a_whole_control_frame_while_a_pong_is_on_its_way_where_a_short_send_cancels) {
    const bool masks = GetParam() == role::client;
    const auto lends = [](std::size_t send_memory, std::size_t buffers, opcode op, std::size_t size) {
        return session_with_a_pong_on_its_way{GetParam(), send_memory, buffers}.lends(op,
                                                                                      counted_bytes(size));
    };
    EXPECT_EQ(lends(4096, 8, opcode::ping, 125), action_kind::send);
    EXPECT_EQ(lends(4096, 8, opcode::ping, 0), action_kind::send);
    EXPECT_EQ(lends(4096, 8, opcode::binary, 3), action_kind::none);
    EXPECT_EQ(lends(4096, 8, opcode::binary, 0), action_kind::none);
    // A server's payload takes a buffer of its own, a client's has to fit into the memory for it.
    EXPECT_EQ(lends(4096, 2, opcode::ping, 3), action_kind::send);
    EXPECT_EQ(lends(4096, 1, opcode::ping, 3), masks ? action_kind::send : action_kind::none);
    EXPECT_EQ(lends(4096, 1, opcode::ping, 0), action_kind::send);
    EXPECT_EQ(lends(session::min_send, 8, opcode::ping, 10), action_kind::send);
    EXPECT_EQ(lends(session::min_send, 8, opcode::ping, 11), masks ? action_kind::none : action_kind::send);
}

// The peer would take it for a part of that frame.
TEST_P(closing_session_of, writes_no_close_into_a_frame_that_broke_off) {
    for (const bool breaks_the_protocol : {false, true}) {
        session_peer peer{GetParam(), {.on_short_send = short_send::cancel}, 4096, session::min_send};
        peer.capacity = 1;
        send_operation broken{.payload = peer.keep(counted_bytes(100))};
        receive_operation wanted;
        ASSERT_EQ(peer.subject().send(broken), error::none);
        ASSERT_EQ(peer.subject().receive(wanted), error::none);
        const action first = peer.next();
        ASSERT_EQ(first.kind, action_kind::send);
        peer.subject().complete(first, 0);
        peer.arrives(from_peer(breaks_the_protocol ? 3 : 8, going_away));
        peer.run();
        EXPECT_EQ(broken.code, error::aborted);
        EXPECT_EQ(wanted.event.kind, breaks_the_protocol ? event_kind::failed : event_kind::close);
        EXPECT_TRUE(peer.sent.empty());
        EXPECT_EQ(peer.disconnected, disconnect::now);
        EXPECT_TRUE(peer.subject().aborted());
    }
}

TEST_P(closing_session_of, ignores_ids_that_are_not_outstanding) {
    session_peer peer{GetParam()}, other{GetParam()};
    send_operation o{.payload = peer.keep(counted_bytes(9))}, theirs;
    ASSERT_EQ(peer.subject().send(o), error::none);
    ASSERT_EQ(other.subject().send(theirs), error::none);
    const action a = peer.next();
    const action foreign = other.next();
    EXPECT_NE(a.id, foreign.id);
    peer.subject().complete(0, 1);
    peer.subject().complete(foreign, 1);
    EXPECT_EQ(peer.next().kind, action_kind::none);  // still outstanding
    peer.perform(a);
    peer.subject().complete(a, 1);  // doubled
    EXPECT_EQ(peer.next().kind, action_kind::sent);
}

TEST_P(closing_session_of, aborts_when_more_was_read_than_there_was_room_for) {
    session_peer peer{GetParam()};
    receive_operation wanted;
    ASSERT_EQ(peer.subject().receive(wanted), error::none);
    const action a = peer.next();
    peer.subject().complete(a, a.into.size() + 1);
    EXPECT_TRUE(peer.subject().aborted());
    EXPECT_EQ(peer.next().kind, action_kind::received);
}

TEST(session, with_too_little_memory_is_aborted_from_the_beginning) {
    bytes memory(4096);
    const std::span<std::byte> all{memory};
    const auto aborted = [&](std::size_t receive, std::size_t send, std::size_t control) {
        return session{role::server, default_session_config,
                       session_memory{all.first(receive), all.first(send), all.first(control)}}
            .aborted();
    };
    EXPECT_FALSE(aborted(session::min_receive, session::min_send, session::control_size));
    EXPECT_TRUE(aborted(session::min_receive - 1, session::min_send, session::control_size));
    EXPECT_TRUE(aborted(session::min_receive, session::min_send - 1, session::control_size));
    EXPECT_TRUE(aborted(session::min_receive, session::min_send, session::control_size - 1));
}

TEST(session_of_a_client, sends_nothing_without_randomness) {
    bytes memory(4096);
    const std::span<std::byte> all{memory};
    counting_source source;
    source.failing = true;
    masking_keys keys{source.source()};
    session subject{role::client, default_session_config,
                    session_memory{all.first(1000), all.subspan(1000, 1000), all.last(1000)}, agreement{},
                    &keys};
    send_operation o;
    EXPECT_EQ(subject.send(o), error::no_randomness);
    std::array<std::span<const std::byte>, 2> room;
    EXPECT_EQ(subject.next(room).kind, action_kind::none);

    // A ping stays without its pong; everything else goes on.
    receive_operation wanted;
    ASSERT_EQ(subject.receive(wanted), error::none);
    const action a = subject.next(room);
    const bytes arriving = wire_to(role::client, 9, {}) + wire_to(role::client, 1, text_bytes("x"));
    std::memcpy(a.into.data(), arriving.data(), arriving.size());
    subject.complete(a, arriving.size());
    const action got = subject.next(room);
    EXPECT_EQ(got.kind, action_kind::received);
    EXPECT_EQ(wanted.event.bytes.size(), 1u);

    // Keys that come after all are for the next.
    source.failing = false;
    subject.complete(got, 0);
    ASSERT_EQ(subject.receive(wanted), error::none);
    EXPECT_EQ(subject.next(room).kind, action_kind::receive);
    EXPECT_EQ(subject.send(o), error::none);
}

TEST(session, gives_back_operations_that_it_still_holds) {
    bytes memory(4096);
    const std::span<std::byte> all{memory};
    session subject{role::server, default_session_config,
                    session_memory{all.first(1000), all.subspan(1000, 1000), all.last(1000)}};
    std::array<send_operation, 2> sends{};
    receive_operation receive;
    for (send_operation& o : sends) ASSERT_EQ(subject.send(o), error::none);
    ASSERT_EQ(subject.receive(receive), error::none);
    EXPECT_EQ(subject.release_send(), &sends[0]);
    EXPECT_EQ(subject.release_send(), &sends[1]);
    EXPECT_EQ(subject.release_send(), nullptr);
    EXPECT_EQ(subject.release_receive(), &receive);
    EXPECT_EQ(subject.release_receive(), nullptr);
}

// A session that has read a ping, and nothing for the operation that waits.
struct after_a_ping {
    bytes memory = bytes(4096);
    session subject{role::server, default_session_config,
                    session_memory{std::span{memory}.first(1000), std::span{memory}.subspan(1000, 1000),
                                   std::span{memory}.last(1000)}};
    receive_operation waiting;
    std::array<std::span<const std::byte>, 2> room;
    action reading;

    explicit after_a_ping(bool answered) {
        EXPECT_EQ(subject.receive(waiting), error::none);
        const action first = subject.next(room);
        const bytes ping = wire_to(role::server, 9, text_bytes("ping"));
        std::memcpy(first.into.data(), ping.data(), ping.size());
        subject.complete(first, ping.size());
        const action pong = subject.next(room);
        EXPECT_EQ(pong.kind, action_kind::send);
        if (!answered) return;
        subject.complete(pong, pong.buffers[0].size());
        reading = subject.next(room);
        EXPECT_EQ(reading.kind, action_kind::receive);
    }
    void expect_nothing() const {
        EXPECT_EQ(waiting.event.kind, event_kind::none);
        EXPECT_TRUE(waiting.event.bytes.empty());
    }
};

TEST(session, shows_no_ping_to_an_operation) {
    after_a_ping reads{true};
    reads.expect_nothing();
    EXPECT_EQ(reads.reading.receiving, &reads.waiting);

    reads.subject.complete(reads.reading, 0);
    EXPECT_EQ(reads.subject.next(reads.room).receiving, &reads.waiting);
    reads.expect_nothing();

    after_a_ping aborted{false};
    aborted.subject.abort();
    EXPECT_EQ(aborted.subject.next(aborted.room).receiving, &aborted.waiting);
    aborted.expect_nothing();

    after_a_ping released{false};
    EXPECT_EQ(released.subject.release_receive(), &released.waiting);
    released.expect_nothing();
}

}  // namespace
}  // namespace wspc::test
