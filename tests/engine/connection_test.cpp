// SPDX-License-Identifier: Apache-2.0
// What a connection makes of what it receives: echoes, pongs, and the closing handshake.
#include <wspc/connection.hpp>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connection_as.hpp"
#include "support/random.hpp"

namespace wspc::test {
namespace {

INSTANTIATE_TEST_SUITE_P(role, connection_as, testing::Values(role::client, role::server),
                         [](const auto& tested) {
                             return tested.param == role::client ? "client" : "server";
                         });

TEST_P(connection_as, echoes_a_message_with_its_fragmentation) {
    connection subject = make();
    const bytes fed = from_peer(1, text_bytes("He"), false) + from_peer(0, text_bytes("ll"), false) +
                      from_peer(9, {}) + from_peer(0, text_bytes("o"));
    const event_log log = told_to_peer(feed(subject, fed, true));
    ASSERT_EQ(log.messages().size(), 1u);
    EXPECT_EQ(log.messages()[0].payload, text_bytes("Hello"));
    EXPECT_EQ(log.messages()[0].op, opcode::text);
    event close;
    close.kind = event_kind::close;
    EXPECT_EQ(subject.write(out_, close).code, error::bad_argument);
}

TEST_P(connection_as, answers_every_ping_in_order_while_the_wire_is_free) {
    connection subject = make();
    bytes fed;
    for (unsigned i = 0; i < 10; ++i) fed += from_peer(9, octets({i}));
    const event_log log = told_to_peer(feed(subject, fed));
    ASSERT_EQ(log.events().size(), 10u);
    for (unsigned i = 0; i < 10; ++i) {
        EXPECT_EQ(log.events()[i].kind, event_kind::pong);
        EXPECT_EQ(log.events()[i].payload, octets({i}));
    }
    EXPECT_FALSE(subject.pending());
    EXPECT_EQ(subject.offset(), fed.size());
}

TEST_P(connection_as, keeps_only_the_newest_ping_of_a_caller_who_does_not_write) {
    connection subject = make();
    bytes fed;
    for (unsigned i = 0; i < 1'000; ++i) fed += from_peer(9, counted_bytes(125, i));
    std::span<std::byte> rest{fed};
    while (!rest.empty()) {
        const received got = subject.receive(rest, batch_);
        ASSERT_GT(got.consumed, 0u);
        rest = rest.subspan(got.consumed);
    }
    bytes written;
    append(written, subject.write_pending(out_));
    const event_log log = told_to_peer(written);
    ASSERT_EQ(log.events().size(), 1u);
    EXPECT_EQ(log.events()[0].payload, counted_bytes(125, 999));
}

TEST_P(connection_as, answers_a_close_with_its_code_and_then_wants_to_disconnect) {
    const std::uint16_t codes[] = {1000, 1001, 1011, 1014, 3000, 4999};
    for (const std::uint16_t code : codes) {
        connection subject = make();
        const bytes body = octets({unsigned{code} >> 8, code & 0xffu}) + text_bytes("bye");
        EXPECT_EQ(subject.disconnect(), disconnect::no);
        const event_log log = told_to_peer(feed(subject, from_peer(8, body)));
        ASSERT_EQ(log.events().size(), 1u);
        EXPECT_EQ(log.events()[0].kind, event_kind::close);
        EXPECT_EQ(log.events()[0].code, code);
        EXPECT_TRUE(subject.close_sent() && subject.close_received());
        EXPECT_EQ(subject.disconnect(),
                  GetParam() == role::server ? disconnect::now : disconnect::after_peer);
        EXPECT_EQ(subject.write(out_, opcode::ping, {}).code, error::closed);
        EXPECT_EQ(subject.write(out_, opcode::text, {}).code, error::closed);
        EXPECT_EQ(subject.write_close(out_).code, error::closed);
    }
}

TEST_P(connection_as, answers_a_close_without_code_by_one_without_code) {
    connection subject = make();
    const bytes written = feed(subject, from_peer(8, {}));
    EXPECT_EQ(written.size(), subject.frame_size(0));
    EXPECT_EQ(told_to_peer(written).events()[0].code, no_close_code);
}

TEST_P(connection_as, answers_what_came_with_a_close_before_the_close) {
    connection subject = make();
    const event_log log = told_to_peer(feed(
        subject, from_peer(1, text_bytes("a")) + from_peer(8, octets({3, 0xe8})) + from_peer(9, {}), true));
    ASSERT_EQ(log.events().size(), 2u);
    EXPECT_EQ(log.events()[0].payload, text_bytes("a"));
    EXPECT_EQ(log.events()[1].kind, event_kind::close);
    EXPECT_EQ(log_.events().size(), 2u) << "nothing behind the Close is told";
}

TEST_P(connection_as, begins_a_close_and_goes_on_receiving_until_it_is_answered) {
    connection subject = make();
    bytes written;
    append(written, subject.write_close(out_, 1001, "going away"));
    EXPECT_EQ(subject.write(out_, opcode::text, {}).code, error::closed);
    EXPECT_EQ(subject.write_close(out_).code, error::closed);
    EXPECT_EQ(subject.disconnect(), disconnect::no);
    written += feed(subject, from_peer(2, counted_bytes(3)) + from_peer(9, text_bytes("?")) +
                                 from_peer(8, octets({3, 0xe9})));
    const event_log log = told_to_peer(written);
    ASSERT_GE(log.events().size(), 1u);
    EXPECT_EQ(log.events()[0].code, 1001);
    EXPECT_EQ(log.events()[0].payload, text_bytes("going away"));
    ASSERT_EQ(log_.events().size(), 3u);
    EXPECT_EQ(log_.events()[0].payload, counted_bytes(3));
    EXPECT_NE(subject.disconnect(), disconnect::no);
    EXPECT_FALSE(subject.pending()) << "a Close is not answered twice";
}

TEST_P(connection_as, answers_no_ping_once_both_sides_have_closed) {
    connection subject = make();
    EXPECT_EQ(subject.write_close(out_).code, error::none);
    bytes fed = from_peer(9, text_bytes("late")) + from_peer(8, octets({3, 0xe8}));
    std::span<std::byte> rest{fed};
    while (!rest.empty()) rest = rest.subspan(subject.receive(rest, batch_).consumed);
    EXPECT_FALSE(subject.pending());
    EXPECT_EQ(subject.write_pending(out_).size, 0u);
}

TEST(connection, wants_to_disconnect_although_its_close_cannot_be_written) {
    const bytes failing = octets({0xff});
    const bytes ends[] = {wire_to(role::client, 8, octets({3, 0xe8})), failing,
                          wire_to(role::client, 9, {}) + failing};
    for (const bytes& end : ends)
        for (const bool by_the_program : {false, true}) {
            connection keyless{role::client};
            batch<1> batch;
            bytes fed = end;
            std::span<std::byte> rest{fed};
            while (!rest.empty()) rest = rest.subspan(keyless.receive(rest, batch).consumed);
            EXPECT_EQ(keyless.disconnect(), disconnect::no);
            std::byte out[connection::max_pending_size];
            EXPECT_EQ(keyless.write_pending(out).code, error::no_randomness);
            EXPECT_EQ(keyless.disconnect(), disconnect::now);
            // Keys that come after all are used.
            counting_source source;
            masking_keys keys{source.source()};
            keyless.use(keys);
            EXPECT_GT(by_the_program ? keyless.write_close(out) : keyless.write_pending(out), 0u);
            EXPECT_FALSE(keyless.pending());
            EXPECT_EQ(keyless.disconnect(), disconnect::after_peer);
        }
}

TEST_P(connection_as, echoes_nothing_whose_reserved_bits_it_would_lose) {
    connection_config config;
    config.receive.allowed_rsv = rsv2;
    connection subject = make(config);
    bytes fed = wire_to(GetParam(), 1, octets({0xff}), true, rsv2);
    const received got = subject.receive(fed, batch_);
    ASSERT_EQ(got.events.size(), 1u);
    EXPECT_EQ(got.events[0].rsv, rsv2);
    const write_result refused = subject.write(out_, got.events[0]);
    EXPECT_EQ(refused.code, error::bad_argument);
    EXPECT_EQ(refused.size, 0u);
}

TEST_P(connection_as, refuses_a_close_that_must_not_be_on_the_wire) {
    const std::uint16_t codes[] = {0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65535};
    connection subject = make();
    for (const std::uint16_t code : codes)
        EXPECT_EQ(subject.write_close(out_, code).code, error::bad_argument);
    EXPECT_EQ(subject.write_close(out_, no_close_code, "reason").code, error::bad_argument);
    EXPECT_EQ(subject.write_close(out_, 1000, std::string(124, 'a')).code, error::control_too_long);
    EXPECT_EQ(subject.write_close(out_, 1000, "\xc3").code, error::close_reason_not_utf8);
    const write_result small = subject.write_close(std::span{out_}.first(3), 1000, std::string(123, 'a'));
    EXPECT_EQ(small.code, error::no_room);
    EXPECT_EQ(small.needed, subject.frame_size(125));
    EXPECT_FALSE(subject.close_sent());
    EXPECT_EQ(subject.write_close(out_, 1000, std::string(123, 'a')).code, error::none);
    EXPECT_TRUE(subject.close_sent());
}

TEST_P(connection_as, tells_the_peer_what_was_wrong_and_stays_failed) {
    connection subject = make();
    const event_log log =
        told_to_peer(feed(subject, from_peer(1, text_bytes("good")) + from_peer(1, octets({0xff})), true));
    ASSERT_EQ(log.events().size(), 2u);
    EXPECT_EQ(log.events()[0].payload, text_bytes("good"));
    EXPECT_EQ(log.events()[1].code, 1007);
    EXPECT_EQ(log.events()[1].payload, text_bytes(text(error::text_not_utf8)));
    const failure first = subject.failed();
    EXPECT_EQ(first.code, error::text_not_utf8);
    EXPECT_TRUE(feed(subject, from_peer(9, {}) + from_peer(1, text_bytes("more"))).empty());
    EXPECT_EQ(subject.failed(), first);
    EXPECT_NE(subject.disconnect(), disconnect::no);
    EXPECT_EQ(subject.write(out_, opcode::ping, {}).code, error::closed);
}

TEST_P(connection_as, sends_nothing_but_pongs_by_itself_when_closing_is_manual) {
    connection_config config;
    config.closing = close_policy::manual;
    connection closed = make(config);
    EXPECT_EQ(told_to_peer(feed(closed, from_peer(9, {}))).events().at(0).kind, event_kind::pong);
    EXPECT_TRUE(feed(closed, from_peer(8, octets({3, 0xe8}))).empty());
    EXPECT_TRUE(closed.close_received());
    EXPECT_EQ(closed.write(out_, opcode::text, {}).code, error::none) << "the send side stays open";
    EXPECT_EQ(closed.write_close(out_, 1000).code, error::none);
    EXPECT_EQ(closed.disconnect(), disconnect::no);

    connection failed = make(config);
    EXPECT_TRUE(feed(failed, octets({0xff})).empty());
    EXPECT_EQ(failed.failed().code, error::reserved_bits);
    EXPECT_EQ(failed.write(out_, opcode::text, {}).code, error::none);
}

TEST_P(connection_as, writes_what_is_pending_all_at_once_or_not_at_all) {
    connection subject = make();
    bytes fed = from_peer(9, counted_bytes(125)) + octets({0xff});
    std::span<std::byte> rest{fed};
    while (!rest.empty()) rest = rest.subspan(subject.receive(rest, batch_).consumed);
    const write_result asked = subject.write_pending({});
    EXPECT_EQ(asked.code, error::no_room);
    EXPECT_LE(asked.needed, connection::max_pending_size);
    EXPECT_EQ(subject.write_pending(std::span{out_}.first(asked.needed - 1)).code, error::no_room);
    const write_result done = subject.write_pending(std::span{out_}.first(asked.needed));
    EXPECT_EQ(done.size, asked.needed);
    EXPECT_EQ(subject.write_pending(out_).size, 0u);
}

TEST_P(connection_as, writes_a_pong_where_there_is_room_for_it_alone) {
    connection subject = make();
    bytes fed = from_peer(9, counted_bytes(5));
    EXPECT_EQ(subject.receive(fed, batch_).consumed, fed.size());
    const std::size_t needed = subject.frame_size(5);
    EXPECT_EQ(subject.write_pending({}).needed, needed);
    EXPECT_EQ(subject.write_pending(std::span{out_}.first(needed)).size, needed);
}

TEST_P(connection_as, receives_one_event_at_a_time_and_answers_alike) {
    connection subject = make();
    bytes fed = from_peer(1, text_bytes("a")) + from_peer(9, text_bytes("b")) + from_peer(8, {});
    std::span<std::byte> rest{fed};
    std::vector<event_kind> kinds;
    bytes written;
    while (!rest.empty()) {
        const received_one got = subject.receive_one(rest);
        kinds.push_back(got.event.kind);
        rest = rest.subspan(got.consumed);
        append(written, subject.write_pending(out_));
    }
    EXPECT_EQ(kinds, (std::vector{event_kind::data, event_kind::ping, event_kind::close}));
    const event_log log = told_to_peer(written);
    ASSERT_EQ(log.events().size(), 2u);
    EXPECT_EQ(log.events()[0].payload, text_bytes("b"));
}

TEST_P(connection_as, names_an_internal_error_when_the_fault_is_its_own) {
    // A transform without room for what it restores: the peer did nothing wrong.
    const transform identity{nullptr,
                             [](void*, std::span<const std::byte>&, std::span<std::byte>&, bool) noexcept {
                                 return transform_status::done;
                             },
                             rsv1};
    agreement agreed;
    agreed.incoming = &identity;
    connection subject{GetParam(), default_connection_config, agreed, &keys_};
    bytes fed = wire_to(GetParam(), 1, text_bytes("a"), true, rsv1);
    const received_one got = subject.receive_one(fed);
    EXPECT_EQ(got.event.failure_code(), error::no_room);
    bytes written;
    append(written, subject.write_pending(out_));
    EXPECT_EQ(told_to_peer(written).events().at(0).code, 1011);
}

TEST(connection, holds_a_conversation_between_two_of_its_kind_cut_anywhere) {
    counting_source source;
    masking_keys keys{source.source()};
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        random_source random{seed};
        connection client{role::client, default_connection_config, {}, &keys};
        connection server{role::server};
        batch<4> batch;
        bytes to_server;
        std::vector<bytes> sent;
        for (int i = 0; i < 40; ++i) {
            sent.push_back(random.octets(random.below(i % 8 == 0 ? 70'000 : 300)));
            bytes frame(client.frame_size(sent.back().size()));
            ASSERT_EQ(client.write(frame, opcode::binary, sent.back()).code, error::none);
            to_server += frame;
        }
        bytes frame(32);
        frame.resize(client.write_close(frame, 1000));
        to_server += frame;

        bytes to_client;
        bytes room(200'000);
        for (std::size_t at = 0; at < to_server.size();) {
            const std::size_t size = std::min(to_server.size() - at, random.between(1, 5'000));
            std::span<std::byte> rest{to_server.data() + at, size};
            at += size;
            while (!rest.empty()) {
                const received got = server.receive(rest, batch);
                std::size_t written = 0;
                for (const event& e : got.events)
                    if (e.kind == event_kind::data)
                        written += server.write(std::span{room}.subspan(written), e);
                written += server.write_pending(std::span{room}.subspan(written));
                to_client.insert(to_client.end(), room.begin(),
                                 room.begin() + static_cast<std::ptrdiff_t>(written));
                rest = rest.subspan(got.consumed);
            }
        }
        EXPECT_EQ(server.disconnect(), disconnect::now);

        event_log log;
        std::span<std::byte> rest{to_client};
        while (!rest.empty()) {
            const std::size_t size = std::min(rest.size(), random.between(1, 5'000));
            const received got = client.receive(rest.first(size), batch);
            for (const event& e : got.events) log.add(e);
            rest = rest.subspan(got.consumed);
        }
        EXPECT_EQ(log.broken(), "");
        const auto messages = log.messages();
        ASSERT_EQ(messages.size(), sent.size());
        for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(messages[i].payload, sent[i]);
        EXPECT_EQ(client.disconnect(), disconnect::after_peer);
    }
}

TEST(connection, stays_within_384_bytes) { EXPECT_LE(sizeof(connection), 384u); }

}  // namespace
}  // namespace wspc::test
