// SPDX-License-Identifier: Apache-2.0
// `wspc serve`: the conversation once a WebSocket is open.
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "process.hpp"
#include "support/wire_frame.hpp"
#include "tcp_peer.hpp"

namespace wspc::test {
namespace {

using testing::HasSubstr;

constexpr unsigned continuation = 0, text = 1, binary = 2, close_op = 8, ping = 9, pong = 10;

bytes to_server(unsigned op, const bytes& payload, bool fin = true) {
    return wire_to(role::server, op, payload, fin);
}
bytes from_server(unsigned op, const bytes& payload, bool fin = true) {
    return wire_to(role::client, op, payload, fin);
}

TEST(serve, echoes_every_frame_as_it_came) {
    const echo_server server;
    tcp_peer peer = open_websocket(server.port());
    for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 128u, 10'000u}) {
        peer.send(to_server(binary, counted_bytes(size)));
        const bytes expected = from_server(binary, counted_bytes(size));
        ASSERT_EQ(peer.receive(expected.size()), expected) << size;
    }
    // An empty fragment inside a message tells nothing and has no echo; an empty one at its end does.
    const bytes sent = to_server(text, text_bytes("Gr\xc3"), false) + to_server(continuation, {}, false) +
                       to_server(continuation, text_bytes("\xbc\xc3\x9f"), false) +
                       to_server(continuation, {}) + to_server(text, text_bytes("next"));
    const bytes expected = from_server(text, text_bytes("Gr\xc3"), false) +
                           from_server(continuation, text_bytes("\xbc\xc3\x9f"), false) +
                           from_server(continuation, {}) + from_server(text, text_bytes("next"));
    peer.send(sent);
    EXPECT_EQ(peer.receive(expected.size()), expected);
}

TEST(serve, answers_every_ping_in_its_place) {
    const echo_server server;
    tcp_peer peer = open_websocket(server.port());
    bytes sent = to_server(text, text_bytes("a"), false);
    bytes expected = from_server(text, text_bytes("a"), false);
    for (unsigned i = 0; i < 40; ++i) {
        const bytes payload = counted_bytes(i * 3, i);
        sent += to_server(ping, payload);
        expected += from_server(pong, payload);
        if (i % 4 == 0) {
            sent += to_server(continuation, text_bytes("b"), false);
            expected += from_server(continuation, text_bytes("b"), false);
        }
    }
    peer.send(sent);
    EXPECT_EQ(peer.receive(expected.size()), expected);
}

TEST(serve, echoes_a_message_larger_than_its_buffer_as_one_message) {
    const echo_server server;
    tcp_peer peer = open_websocket(server.port());
    const bytes payload = counted_bytes(3'000'000);
    std::thread sender{[&] { peer.send(to_server(binary, payload)); }};
    // RFC 6455 5.4: continuations up to one with FIN make it one message.
    const received_frame back = peer.receive_message();
    sender.join();
    EXPECT_EQ(back.op, binary);
    EXPECT_TRUE(back.payload == payload);
}

TEST(serve, echoes_long_and_short_messages_of_one_read_in_their_order) {
    const echo_server server;
    tcp_peer peer = open_websocket(server.port());
    bytes sent;
    bytes expected;
    for (unsigned i = 0; i < 30; ++i) {
        // Around the size from which payloads are sent from where they were received.
        for (const std::size_t size : {std::size_t{3}, std::size_t{16'383} + i, std::size_t{20'000}}) {
            sent += to_server(binary, counted_bytes(size, i));
            expected += counted_bytes(size, i);
        }
    }
    std::thread sender{[&] { peer.send(sent); }};
    // A message that was cut by a read comes back in fragments: what is compared is the payload.
    bytes back;
    while (back.size() < expected.size()) back += peer.receive_frame().payload;
    sender.join();
    EXPECT_TRUE(back == expected);
}

TEST(serve, answers_a_close_and_ends_the_stream_in_order) {
    const echo_server server;
    tcp_peer peer = open_websocket(server.port());
    // What follows the Close is dropped, and does not destroy the answers by a reset.
    peer.send(to_server(text, text_bytes("last")) + to_server(close_op, octets({0x0f, 0xa0, 'x'})) +
              to_server(binary, counted_bytes(200'000)));
    const std::optional<bytes> rest = peer.receive_to_end();
    ASSERT_TRUE(rest.has_value());
    EXPECT_EQ(to_hex(*rest),
              to_hex(from_server(text, text_bytes("last")) + from_server(close_op, octets({0x0f, 0xa0}))));
}

TEST(serve, tells_a_peer_that_breaks_the_protocol_what_it_did) {
    const echo_server server;
    struct wrong {
        bytes sent;
        unsigned code;
    };
    const wrong cases[] = {
        {wire_to(role::client, text, text_bytes("unmasked")), 1002},
        {to_server(3, {}), 1002},
        {to_server(text, octets({0xc3, 0x28})), 1007},
        {to_server(continuation, {}), 1002},
        {wire_header({.op = binary, .key = usual_key, .declared = (16u << 20) + 1}), 1009},
    };
    for (const wrong& each : cases) {
        tcp_peer peer = open_websocket(server.port());
        peer.send(to_server(text, text_bytes("good")) + each.sent);
        const std::optional<bytes> rest = peer.receive_to_end();
        ASSERT_TRUE(rest.has_value());
        const bytes good = from_server(text, text_bytes("good"));
        ASSERT_GE(rest->size(), good.size() + 4);
        EXPECT_EQ(bytes(rest->begin(), rest->begin() + 6), good);
        EXPECT_EQ((*rest)[6], std::byte{0x88});
        EXPECT_EQ(std::to_integer<unsigned>((*rest)[8]) << 8 | std::to_integer<unsigned>((*rest)[9]),
                  each.code);
    }
}

TEST(serve, sends_its_last_echo_to_a_peer_that_only_listens_any_more) {
    const echo_server server;
    tcp_peer peer = open_websocket(server.port());
    peer.send(to_server(text, text_bytes("and out")));
    peer.end_sending();
    EXPECT_EQ(peer.receive_to_end(), from_server(text, text_bytes("and out")));
}

TEST(serve, survives_peers_that_vanish) {
    echo_server server{{"--threads", "2"}};
    const std::string request = upgrade_request();
    const bytes frame = to_server(binary, counted_bytes(100'000));
    for (unsigned i = 0; i < 20; ++i) {
        tcp_peer{server.port()}.reset();
        tcp_peer half{server.port()};
        half.send(std::string_view{request}.substr(0, 7 * i));
        if (i % 2 == 0) half.reset();
        tcp_peer inside = open_websocket(server.port());
        inside.send(std::span{frame}.first(5'000 * i + 3));
        if (i % 2 == 0) inside.reset();
        tcp_peer unread = open_websocket(server.port());
        for (unsigned j = 0; j < 5; ++j) unread.send(frame);
        unread.reset();
    }
    tcp_peer peer = open_websocket(server.port());
    peer.send(to_server(text, text_bytes("still here")));
    EXPECT_EQ(peer.receive(12), from_server(text, text_bytes("still here")));
    peer.send(to_server(close_op, octets({3, 0xe8})));
    EXPECT_EQ(peer.receive_to_end(), from_server(close_op, octets({3, 0xe8})));
    EXPECT_EQ(server.stop().code, 0);
}

TEST(serve, says_goodbye_to_everyone_when_it_stops) {
    echo_server server{{"--threads", "2"}};
    std::vector<tcp_peer> idle;
    for (unsigned i = 0; i < 10; ++i) idle.push_back(open_websocket(server.port()));
    tcp_peer undecided{server.port()};
    // Under load: one goes on sending until it hears the goodbye.
    tcp_peer busy = open_websocket(server.port());
    const bytes frame = to_server(binary, counted_bytes(1'000));
    const bytes echo = from_server(binary, counted_bytes(1'000));
    const bytes goodbye = from_server(close_op, octets({3, 0xe9}) + text_bytes("the server stops"));
    for (unsigned i = 0; i < 10; ++i) busy.send(frame);
    ASSERT_EQ(busy.receive(echo.size()), echo);
    server.ask_to_stop();
    for (;;) {
        const bytes next = busy.receive(2);
        ASSERT_EQ(next.size(), 2u);
        if (next[0] == std::byte{0x88}) {
            EXPECT_EQ(next + busy.receive(goodbye.size() - 2), goodbye);
            break;
        }
        ASSERT_EQ(next + busy.receive(echo.size() - 2), echo);
        busy.send(frame);
    }
    busy.send(to_server(close_op, octets({3, 0xe9})));
    EXPECT_EQ(busy.receive_to_end(), bytes{});
    for (tcp_peer& each : idle) {
        EXPECT_EQ(each.receive(goodbye.size()), goodbye);
        each.send(to_server(close_op, octets({3, 0xe9})));
        EXPECT_EQ(each.receive_to_end(), bytes{});
    }
    idle.clear();
    EXPECT_EQ(undecided.receive_to_end(), bytes{});
    busy.end_sending();
    const outcome ended = server.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("stopped: 11 connections (0 refused, 0 failed)"));
}

TEST(serve, stops_although_a_peer_never_answers) {
    echo_server server{{"--close-timeout", "1"}};
    tcp_peer silent = open_websocket(server.port());
    tcp_peer deaf = open_websocket(server.port());
    // Its echoes fill all buffers, so that not even the goodbye can leave.
    const bytes frame = to_server(binary, counted_bytes(200'000));
    eventually("full buffers", [&] {
        while (deaf.writable(0)) (void)deaf.send_some(frame);
        return server.asleep() && !deaf.writable(0);
    });
    const outcome ended = server.stop();
    EXPECT_EQ(ended.code, 0) << ended.err;
}

TEST(serve, stops_on_both_signals) {
    for (const int number : {SIGINT, SIGTERM}) {
        process server{{WSPC_TOOL, "serve", "--port", "0"}};
        EXPECT_THAT(server.line(), HasSubstr("listening on ws://127.0.0.1:"));
        server.signal(number);
        EXPECT_EQ(server.wait().code, 0);
    }
}

TEST(serve, says_why_it_cannot_listen) {
    const echo_server server;
    const outcome taken = run_tool({"serve", "--port", std::to_string(server.port())});
    EXPECT_EQ(taken.code, 3);
    EXPECT_THAT(taken.err, HasSubstr("Address already in use"));
    EXPECT_EQ(taken.out, "");
    EXPECT_EQ(run_tool({"serve", "--host", "no host at all"}).code, 2);
    EXPECT_EQ(run_tool({"serve", "--port", "65536"}).code, 2);
}

}  // namespace
}  // namespace wspc::test
