// SPDX-License-Identifier: Apache-2.0
// `wspc serve`: the opening handshake, and requests that are none.
#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "process.hpp"
#include "support/wire_frame.hpp"
#include "tcp_peer.hpp"

namespace wspc::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(serve_handshake, answers_the_example_of_the_rfc) {
    const echo_server server;
    tcp_peer peer{server.port()};
    peer.send(upgrade_request());
    const std::string head = peer.receive_head();
    EXPECT_THAT(head, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    EXPECT_THAT(head, HasSubstr("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("Sec-WebSocket-Protocol")));
}

TEST(serve_handshake, takes_frames_that_come_with_the_request) {
    const echo_server server;
    tcp_peer peer{server.port()};
    const bytes frames = wire_to(role::server, 1, text_bytes("early")) +
                         wire_to(role::server, 9, text_bytes("?")) +
                         wire_to(role::server, 8, octets({3, 0xe8}));
    peer.send(text_bytes(upgrade_request()) + frames);
    EXPECT_THAT(peer.receive_head(), StartsWith("HTTP/1.1 101 "));
    EXPECT_EQ(peer.receive_to_end(), wire_to(role::client, 1, text_bytes("early")) +
                                         wire_to(role::client, 10, text_bytes("?")) +
                                         wire_to(role::client, 8, octets({3, 0xe8})));
}

TEST(serve_handshake, takes_a_request_octet_by_octet) {
    const echo_server server;
    tcp_peer peer{server.port()};
    const bytes all = text_bytes(upgrade_request()) + wire_to(role::server, 1, text_bytes("slowly"));
    for (const std::byte& each : all) peer.send(std::span{&each, 1});
    EXPECT_THAT(peer.receive_head(), StartsWith("HTTP/1.1 101 "));
    const received_frame echo = peer.receive_message();
    EXPECT_EQ(echo.op, 1u);
    EXPECT_EQ(echo.payload, text_bytes("slowly"));
}

TEST(serve_handshake, refuses_with_a_status_and_a_sentence) {
    const echo_server server;
    struct wrong {
        const char* name;
        std::string request;
        const char* status;
        const char* header;
    };
    const std::string upgrade{plain_upgrade};
    const std::string old_version =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string short_key =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        "c2hvcnQ=\r\n";
    const wrong cases[] = {
        {"no HTTP", "\x16\x03\x01\x02\r\n\r\n", "400 Bad Request", ""},
        {"no Host", "GET / HTTP/1.1\r\n" + upgrade + "\r\n", "400 Bad Request", ""},
        {"short key", "GET / HTTP/1.1\r\nHost: a\r\n" + short_key + "\r\n", "400 Bad Request", ""},
        {"POST", "POST / HTTP/1.1\r\nHost: a\r\n" + upgrade + "\r\n", "405 Method Not Allowed", "Allow: GET"},
        {"version 8", "GET / HTTP/1.1\r\nHost: a\r\n" + old_version + "\r\n", "426 Upgrade Required",
         "Sec-WebSocket-Version: 13"},
        {"another protocol", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
         "426 Upgrade Required", "Upgrade: websocket"},
        {"HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n" + upgrade + "\r\n", "505 HTTP Version Not Supported",
         ""},
        {"too large", upgrade_request("X: " + std::string(20'000, 'x') + "\r\n"),
         "431 Request Header Fields Too Large", ""},
        {"plain GET elsewhere", "GET /chat HTTP/1.1\r\nHost: a\r\n\r\n", "426 Upgrade Required",
         "Upgrade: websocket"},
        {"plain POST", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "405 Method Not Allowed", "Allow: GET"},
        {"POST with a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
         "405 Method Not Allowed", "Allow: GET"},
        {"plain GET without Host", "GET / HTTP/1.1\r\n\r\n", "400 Bad Request", ""},
        {"plain GET with two", "GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n", "400 Bad Request", ""},
        {"plain GET with a bad one", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400 Bad Request", ""},
        {"plain GET of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request", ""},
        {"absolute form elsewhere", "GET http://a/chat HTTP/1.1\r\nHost: a\r\n\r\n", "426 Upgrade Required",
         "Upgrade: websocket"},
        {"icon", "GET /favicon.ico HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", ""},
    };
    for (const wrong& each : cases) {
        SCOPED_TRACE(each.name);
        const std::string answer = ask(server.port(), each.request);
        EXPECT_THAT(answer, StartsWith(std::string{"HTTP/1.1 "} + each.status + "\r\n"));
        EXPECT_THAT(answer, ContainsRegex("\r\nConnection: (Upgrade, )?close\r\n"));
        EXPECT_THAT(answer, HasSubstr(each.header));
        const std::size_t blank = answer.find("\r\n\r\n");
        ASSERT_NE(blank, answer.npos);
        EXPECT_GT(answer.size(), blank + 14) << "a sentence says why";
    }
}

TEST(serve_handshake, refuses_pages_of_other_sites) {
    const echo_server server{{"--origin", "https://good.example", "--origin", "http://also.example:8080"}};
    struct origin {
        const char* value;
        const char* status;
    };
    const origin cases[] = {
        {"https://evil.example", "403"},
        {"https://good.example", "101"},
        {"http://also.example:8080", "101"},
        {"http://also.example", "403"},
        {"http://server.example.com", "101"},
        {"http://server.example.com.evil.example", "403"},
        {"null", "403"},
    };
    for (const origin& each : cases) {
        tcp_peer peer{server.port()};
        peer.send(upgrade_request(std::string{"Origin: "} + each.value + "\r\n"));
        EXPECT_THAT(peer.receive_head(), StartsWith(std::string{"HTTP/1.1 "} + each.status)) << each.value;
    }
}

TEST(serve_handshake, takes_the_first_sub_protocol_that_it_knows) {
    const echo_server server{{"--protocol", "echo", "--protocol", "mirror"}};
    const auto chosen = [&](const std::string& offered) {
        tcp_peer peer{server.port()};
        peer.send(upgrade_request("Sec-WebSocket-Protocol: " + offered + "\r\n"));
        return peer.receive_head();
    };
    EXPECT_THAT(chosen("chat, mirror, echo"), HasSubstr("Sec-WebSocket-Protocol: mirror\r\n"));
    EXPECT_THAT(chosen("chat"), Not(HasSubstr("Sec-WebSocket-Protocol")));
}

TEST(serve_handshake, shows_a_page_that_tries_it_out) {
    const echo_server server;
    const std::string page = ask(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(page, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_THAT(page, HasSubstr("id=\"result\""));
    EXPECT_THAT(page, Not(HasSubstr("src="))) << "nothing is loaded from elsewhere";
}

TEST(serve_handshake, shows_the_page_with_any_query_in_either_form_and_without_body_for_head) {
    const echo_server server;
    const std::string page = ask(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(ask(server.port(), "GET /?q=1 HTTP/1.1\r\nHost: a\r\n\r\n"), page);
    for (const char* const target : {"http://a/", "http://a", "HTTP://a:80/?q=/chat", "http://a?q=/chat"})
        EXPECT_EQ(ask(server.port(), std::string{"GET "} + target + " HTTP/1.1\r\nHost: a\r\n\r\n"), page)
            << target;
    EXPECT_EQ(ask(server.port(), "GET / HTTP/1.0\r\n\r\n"), page);
    const std::string head = page.substr(0, page.find("\r\n\r\n") + 4);
    ASSERT_LT(head.size(), page.size());
    EXPECT_EQ(ask(server.port(), "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), head);
    EXPECT_EQ(ask(server.port(), "HEAD / HTTP/1.1\r\nHost: a\r\n" + std::string{plain_upgrade} + "\r\n"),
              head);
    EXPECT_THAT(ask(server.port(), "HEAD /chat HTTP/1.1\r\nHost: a\r\n\r\n"),
                ContainsRegex("^HTTP/1.1 426 (.+\r\n)+\r\n$"));
}

TEST(serve_handshake, does_not_wait_for_ever) {
    const echo_server server{{"--handshake-timeout", "1"}};
    tcp_peer silent{server.port()};
    tcp_peer slow{server.port()};
    slow.send(std::string_view{"GET / HTTP/1.1\r\nHost: "});
    EXPECT_EQ(silent.receive_to_end(), bytes{});
    EXPECT_EQ(slow.receive_to_end(), bytes{});
    // The timeout is that of the handshake, not of the connection that follows. On a machine that is
    // too busy for a handshake within it, another one must do.
    std::optional<tcp_peer> opened;
    eventually("a handshake within the timeout", [&] {
        tcp_peer peer{server.port()};
        if (!peer.try_send(text_bytes(upgrade_request())) || peer.receive(12) != text_bytes("HTTP/1.1 101"))
            return false;
        (void)peer.receive_head();
        opened.emplace(std::move(peer));
        return true;
    });
    tcp_peer& open = *opened;
    tcp_peer later{server.port()};
    EXPECT_EQ(later.receive_to_end(), bytes{});
    open.send(wire_to(role::server, 1, text_bytes("on")));
    EXPECT_EQ(open.receive(4), wire_to(role::client, 1, text_bytes("on")));
}

}  // namespace
}  // namespace wspc::test
