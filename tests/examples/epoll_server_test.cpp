// SPDX-License-Identifier: Apache-2.0
// tools/examples/epoll_server.cpp: with the client beside it, and octet by octet.
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/wire_frame.hpp"
#include "tools/process.hpp"
#include "tools/tcp_peer.hpp"

namespace wspc::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr unsigned continuation = 0, text = 1, binary = 2, close_op = 8, ping = 9, pong = 10;

bytes to_server(unsigned op, const bytes& payload, bool fin = true) {
    return wire_to(role::server, op, payload, fin);
}
bytes from_server(unsigned op, const bytes& payload, bool fin = true) {
    return wire_to(role::client, op, payload, fin);
}

class example_server {
public:
    example_server() : process_{{WSPC_EXAMPLE}} {
        const std::string line = process_.line();
        constexpr std::string_view words = "listening on ";
        if (!line.starts_with(words)) throw std::runtime_error{"the server said: " + line};
        url_ = line.substr(words.size());
        port_ = static_cast<std::uint16_t>(std::stoul(url_.substr(url_.rfind(':') + 1)));
    }

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    void signal(int number) const { process_.signal(number); }
    [[nodiscard]] outcome wait() { return process_.wait(); }
    [[nodiscard]] outcome stop() {
        signal(SIGTERM);
        return wait();
    }

private:
    process process_;
    std::string url_;
    std::uint16_t port_ = 0;
};

// The closing handshake, begun by us, up to the end of the stream.
void close(tcp_peer& peer) {
    const bytes status = octets({0x03, 0xe8});
    peer.send(to_server(close_op, status));
    EXPECT_EQ(peer.receive_to_end(), from_server(close_op, status));
}

// One message, which comes back in any number of frames, with nothing in between.
bytes receive_message(tcp_peer& peer, unsigned op) {
    bytes all;
    for (received_frame frame = peer.receive_frame();; frame = peer.receive_frame()) {
        EXPECT_EQ(frame.op, all.empty() ? op : continuation);
        all += frame.payload;
        if (frame.fin) return all;
    }
}

TEST(epoll_server, echoes_the_lines_of_the_client) {
    example_server server;
    process client{{WSPC_TCP_CLIENT, server.url()}};
    const std::string lines = "one\n\n" + std::string(30'000, 'x') + "\nGr\xc3\xbc\xc3\x9f\n";
    client.write(lines);
    const outcome said = client.wait();
    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.err, "");
    EXPECT_EQ(said.out, lines);

    const outcome result = server.stop();
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, "served 1 connections, 4 messages\n");
}

TEST(epoll_server, takes_frames_that_come_with_the_request_and_answers_pings_in_their_place) {
    example_server server;
    tcp_peer peer{server.port()};
    const bytes sent = to_server(text, text_bytes("Gr\xc3"), false) + to_server(ping, text_bytes("?")) +
                       to_server(pong, {}) + to_server(continuation, text_bytes("\xbc\xc3\x9f")) +
                       to_server(binary, {});
    const bytes expected = from_server(text, text_bytes("Gr\xc3"), false) +
                           from_server(pong, text_bytes("?")) +
                           from_server(continuation, text_bytes("\xbc\xc3\x9f")) + from_server(binary, {});
    peer.send(text_bytes(upgrade_request()) + sent);
    EXPECT_THAT(peer.receive_head(), StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_EQ(peer.receive(expected.size()), expected);
    close(peer);
    EXPECT_EQ(server.stop().out, "served 1 connections, 2 messages\n");
}

// The whole message does not fit into the sockets, so the server meets full ones again and again, in the
// middle of frames.
TEST(epoll_server, finishes_what_it_could_write_in_part_only) {
    example_server server;
    tcp_peer peer = open_websocket(server.port());
    const bytes payload = counted_bytes(40'000'000);
    const bytes sent = to_server(binary, payload);
    // Nothing is read until nothing more can be written: every buffer on the way is full then.
    std::size_t first = 0;
    while (first < sent.size() && peer.writable(500)) first += peer.send_some(std::span{sent}.subspan(first));
    ASSERT_LT(first, sent.size());
    std::thread rest{[&] { peer.send(std::span{sent}.subspan(first)); }};
    const bytes back = receive_message(peer, binary);
    rest.join();
    EXPECT_TRUE(back == payload);
    close(peer);
    EXPECT_EQ(server.stop().err, "");
}

TEST(epoll_server, serves_many_at_once) {
    example_server server;
    constexpr unsigned many = 200;
    std::vector<tcp_peer> peers;
    for (unsigned i = 0; i < many; ++i) peers.push_back(open_websocket(server.port()));
    // All are in the middle of a message before the first is at its end.
    const auto part = [](unsigned from, unsigned to) { return counted_bytes(to - from, from * 7); };
    for (unsigned i = 0; i < many; ++i) peers[i].send(to_server(binary, part(i, i + 100), false));
    for (unsigned i = many; i-- > 0;) peers[i].send(to_server(continuation, part(i + 100, i + 6000)));
    for (unsigned i = 0; i < many; ++i) {
        EXPECT_EQ(receive_message(peers[i], binary), part(i, i + 6000)) << i;
        close(peers[i]);
    }
    const outcome result = server.stop();
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, "served 200 connections, 200 messages\n");
}

TEST(epoll_server, refuses_what_is_no_handshake) {
    example_server server;
    EXPECT_THAT(ask(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(ask(server.port(), "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(ask(server.port(), "POST" + upgrade_request().substr(3)), StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(ask(server.port(), upgrade_request("Origin: http://elsewhere.example\r\n")),
                StartsWith("HTTP/1.1 403 "));
    std::string other_version = upgrade_request();
    other_version.replace(other_version.find(": 13"), 4, ": 8");
    const std::string answer = ask(server.port(), other_version);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 426 "));
    EXPECT_THAT(answer, HasSubstr("\r\nSec-WebSocket-Version: 13\r\n"));
    EXPECT_EQ(server.stop().out, "served 5 connections, 0 messages\n");
}

TEST(epoll_server, fails_a_client_that_breaks_the_protocol) {
    example_server server;
    tcp_peer peer = open_websocket(server.port());
    // What is well-formed is still answered. Of what follows the mistake nothing is.
    peer.send(to_server(text, text_bytes("good")) + to_server(3, text_bytes("reserved")) +
              to_server(text, text_bytes("ignored")));
    const bytes expected =
        from_server(text, text_bytes("good")) + from_server(close_op, octets({0x03, 0xea}));
    EXPECT_EQ(peer.receive(expected.size()), expected);
    EXPECT_EQ(peer.receive(1), bytes{});
    peer.end_sending();

    const outcome result = server.stop();
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.err, HasSubstr("WebSocketGetAction: 0x83760002\n"));
}

TEST(epoll_server, answers_each_close_alike) {
    example_server server;
    for (const bytes& body : {bytes{}, octets({0x03, 0xe8}), octets({0x0f, 0xa0})}) {
        tcp_peer peer = open_websocket(server.port());
        peer.send(to_server(close_op, body));
        EXPECT_EQ(peer.receive_to_end(), from_server(close_op, body));
    }
    EXPECT_EQ(server.stop().err, "");
}

TEST(epoll_server, goes_on_when_clients_vanish) {
    example_server server;
    tcp_peer before{server.port()};
    tcp_peer inside = open_websocket(server.port());
    tcp_peer stays = open_websocket(server.port());
    before.reset();
    inside.send(to_server(text, counted_bytes(100), false));
    inside.reset();
    stays.send(to_server(text, text_bytes("still here")));
    const bytes expected = from_server(text, text_bytes("still here"));
    EXPECT_EQ(stays.receive(expected.size()), expected);
    close(stays);
    EXPECT_EQ(server.stop().code, 0);
}

TEST(epoll_server, says_good_bye_when_it_is_asked_to_end) {
    for (const int number : {SIGTERM, SIGINT}) {
        example_server server;
        tcp_peer silent{server.port()};
        tcp_peer peer = open_websocket(server.port());
        peer.send(to_server(text, text_bytes("in the middle"), false));
        const bytes echoed = from_server(text, text_bytes("in the middle"), false);
        EXPECT_EQ(peer.receive(echoed.size()), echoed);

        server.signal(number);
        const bytes going_away = octets({0x03, 0xe9});
        const bytes good_bye = from_server(close_op, going_away);
        EXPECT_EQ(peer.receive(good_bye.size()), good_bye);
        EXPECT_EQ(silent.receive(1), bytes{});
        // It listens until the client has said the same, but echoes nothing any more.
        peer.send(to_server(continuation, text_bytes("the end")) + to_server(close_op, going_away));
        EXPECT_EQ(peer.receive(1), bytes{});
        const outcome result = server.wait();
        EXPECT_EQ(result.code, 0);
        EXPECT_EQ(result.err, "");
        EXPECT_EQ(result.out, "served 2 connections, 1 messages\n");
    }
}

TEST(epoll_server, ends_at_once_when_it_is_asked_again) {
    example_server server;
    tcp_peer peer = open_websocket(server.port());
    server.signal(SIGINT);
    const bytes good_bye = from_server(close_op, octets({0x03, 0xe9}));
    EXPECT_EQ(peer.receive(good_bye.size()), good_bye);
    server.signal(SIGINT);
    EXPECT_EQ(server.wait().code, 0);
}

}  // namespace
}  // namespace wspc::test
