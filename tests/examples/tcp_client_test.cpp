// SPDX-License-Identifier: Apache-2.0
// tools/examples/tcp_client.cpp against `wspc serve`, and against servers that do what is rare.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/wire_frame.hpp"
#include "tools/process.hpp"
#include "tools/scripted_server.hpp"

namespace wspc::test {
namespace {

using testing::HasSubstr;

constexpr unsigned continuation = 0, text = 1, close_op = 8, ping = 9, pong = 10;

bytes from_server(unsigned op, std::string_view payload, bool fin = true) {
    return wire_to(role::client, op, text_bytes(payload), fin);
}

outcome run_client(const std::vector<std::string>& arguments, std::string_view input = {}) {
    std::vector<std::string> all{WSPC_EXAMPLE};
    all.insert(all.end(), arguments.begin(), arguments.end());
    process client{all};
    client.write(input);
    return client.wait();
}

// What comes from the client next has to be this: one masked frame of less than 126 bytes.
void expect(tcp_peer& peer, unsigned op, bytes payload) {
    const bytes start = peer.receive(6);
    // No exception: a script that ends by one is nothing special to its server.
    ASSERT_EQ(start.size(), 6u) << "the stream ended before a frame";
    EXPECT_EQ(std::to_integer<unsigned>(start[0]), 0x80 | op);
    ASSERT_EQ(std::to_integer<unsigned>(start[1]), 0x80 | payload.size());
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= start[2 + i % 4];
    EXPECT_EQ(peer.receive(payload.size()), payload);
}

TEST(tcp_client, sends_one_message_and_prints_the_answer) {
    echo_server server;
    const outcome result = run_client({server.url(), "Gr\xc3\xbc\xc3\x9f Gott"});
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, "Gr\xc3\xbc\xc3\x9f Gott\n");
    EXPECT_EQ(server.stop().code, 0);
}

TEST(tcp_client, sends_each_line_of_its_input) {
    echo_server server;
    // Longer than the receive buffer, and than the send buffer; and one that is empty.
    const std::string lines = "one\n\n" + std::string(30'000, 'x') + "\nthe last, without an end";
    const outcome result = run_client({server.url()}, lines);
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, lines + "\n");
}

TEST(tcp_client, joins_the_pieces_of_an_answer_and_answers_pings_in_between) {
    scripted_server server{[](tcp_peer& peer, const std::string& request) {
        EXPECT_THAT(request, HasSubstr("GET /where?what HTTP/1.1\r\n"));
        // All of it comes with the response, before the client has said a word.
        const bytes early = from_server(text, "Gr\xc3", false) + from_server(ping, "still there?") +
                            from_server(pong, "unasked") + from_server(continuation, "\xbc\xc3\x9f");
        peer.send(text_bytes(accepting(request)) + early);
        expect(peer, text, text_bytes("hello"));
        expect(peer, pong, text_bytes("still there?"));
        expect(peer, close_op, octets({0x03, 0xe8}));
        // What is said before the answer to the Close is dropped, and nothing of it is lost.
        peer.send(from_server(text, "late") + from_server(close_op, "\x03\xe8"));
    }};
    const outcome result = run_client({server.url("/where?what"), "hello"});
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, "Gr\xc3\xbc\xc3\x9f\n");
}

TEST(tcp_client, answers_a_close_and_says_who_closed) {
    scripted_server server{[](tcp_peer& peer, const std::string& request) {
        peer.send(accepting(request));
        expect(peer, text, text_bytes("hello"));
        peer.send(from_server(close_op, "\x03\xe9see you"));
        expect(peer, close_op, octets({0x03, 0xe9}));
        EXPECT_EQ(peer.receive(1), bytes{});
    }};
    const outcome result = run_client({server.url(), "hello"});
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, server.url() + ": the server closed: 1001 see you\n");
}

TEST(tcp_client, answers_a_close_without_a_status_alike) {
    scripted_server server{[](tcp_peer& peer, const std::string& request) {
        peer.send(accepting(request));
        expect(peer, text, text_bytes("hello"));
        peer.send(from_server(close_op, ""));
        expect(peer, close_op, {});
    }};
    EXPECT_EQ(run_client({server.url(), "hello"}).err, server.url() + ": the server closed: 1005 \n");
}

TEST(tcp_client, tells_a_server_that_breaks_the_protocol_so) {
    scripted_server server{[](tcp_peer& peer, const std::string& request) {
        peer.send(accepting(request));
        expect(peer, text, text_bytes("hello"));
        peer.send(from_server(3, "reserved"));
        expect(peer, close_op, octets({0x03, 0xea}));
        EXPECT_EQ(peer.receive(1), bytes{});
    }};
    const outcome result = run_client({server.url(), "hello"});
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.err, server.url() + ": WebSocketGetAction failed: 0x83760002\n");
}

TEST(tcp_client, says_what_went_wrong) {
    {
        scripted_server server{[](tcp_peer& peer, const std::string& request) {
            peer.send(accepting(request));
            expect(peer, text, text_bytes("hello"));
        }};
        EXPECT_EQ(run_client({server.url(), "hello"}).err,
                  server.url() + ": the server ended the connection without a Close\n");
    }
    {
        scripted_server server{[](tcp_peer& peer, const std::string&) {
            peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }};
        EXPECT_EQ(run_client({server.url(), "hello"}).err,
                  server.url() + ": the server answered 404 Not Found\n");
    }
    {
        scripted_server server{[](tcp_peer& peer, const std::string& request) {
            std::string answer = accepting(request);
            answer[answer.find("Accept: ") + 8] ^= 1;
            peer.send(answer);
        }};
        EXPECT_EQ(run_client({server.url(), "hello"}).err,
                  server.url() + ": WebSocketEndClientHandshake failed: 0x83760002\n");
    }
    EXPECT_EQ(run_client({"wss://127.0.0.1/", "x"}).err,
              "wss://127.0.0.1/: there is no TLS here: use a ws:// URL\n");
    EXPECT_EQ(run_client({}).code, 2);
}

}  // namespace
}  // namespace wspc::test
