// SPDX-License-Identifier: Apache-2.0
// `wspc connect` with servers, streams and files that fail it: it says so, and it never waits for ever.
#include <functional>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "process.hpp"
#include "scratch_file.hpp"
#include "scripted_server.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr int unreachable = 3;

// `wspc connect` with a server that does as it is told, and with the shortest timeout at which this
// machine, however busy, gets through the opening handshake.
outcome run_with_timeout(const std::function<void(tcp_peer&, const std::string&)>& script,
                         const std::vector<std::string>& arguments, std::string_view input = {}) {
    outcome ended;
    for (const char* const seconds : {"1", "10", "100"}) {
        scripted_server server{script};
        std::vector<std::string> all{"connect", server.url(), "--timeout", seconds};
        all.insert(all.end(), arguments.begin(), arguments.end());
        ended = run_tool(all, input);
        if (ended.code != unreachable) break;
    }
    return ended;
}

// Runs it in a shell, for what only a shell redirects.
outcome in_shell(const std::string& arguments) {
    process shell{{"/bin/sh", "-c", std::string{WSPC_TOOL} + " connect " + arguments}};
    return shell.wait();
}

bytes close_frame(unsigned code, std::string_view reason = {}) {
    return wire_to(role::client, 8, octets({code >> 8, code & 0xff}) + text_bytes(reason));
}

TEST(connect_failures, end_the_wait_for_a_server_that_never_ends) {
    // One never answers the Close, the other answers it but never closes the connection.
    for (const bool answers : {false, true}) {
        const auto script = [&](tcp_peer& peer, const std::string& request) {
            peer.send(accepting(request));
            if (answers) peer.send(close_frame(1000));
            (void)peer.receive_to_end();
        };
        const outcome ended = run_with_timeout(script, {"--text", "a"});
        EXPECT_EQ(ended.code, answers ? 0 : 1) << ended.err;
        if (!answers) {
            EXPECT_THAT(ended.err, HasSubstr("did not answer our Close in time"));
        }
    }
}

TEST(connect_failures, end_the_wait_for_messages_and_pongs_that_never_come) {
    const auto one_message = [](tcp_peer& peer, const std::string& request) {
        peer.send(text_bytes(accepting(request)) + wire_to(role::client, 1, text_bytes("one")));
        (void)peer.receive(14);  // "a" and the Close
        peer.send(close_frame(1000));
        peer.end_sending();
        (void)peer.receive_to_end();
    };
    const outcome one = run_with_timeout(one_message, {"--text", "a", "--expect", "2"});
    EXPECT_EQ(one.code, 1);
    EXPECT_EQ(one.out, "one\n");
    EXPECT_THAT(one.err, HasSubstr("1 messages came, not 2"));
    const outcome no_pong = run_with_timeout(one_message, {"--ping", "a"});
    EXPECT_EQ(no_pong.code, 1);
    EXPECT_THAT(no_pong.err, HasSubstr("no pong came"));
}

TEST(connect_failures, end_the_wait_for_a_server_that_does_not_read) {
    std::vector<tcp_peer> kept;
    const auto deaf = [&](tcp_peer& peer, const std::string& request) {
        peer.send(accepting(request));
        kept.push_back(std::move(peer));
    };
    const outcome ended = run_with_timeout(deaf, {}, std::string(30'000'000, 'x') + "\n");
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("does not read"));
}

TEST(connect_failures, end_a_handshake_that_drips) {
    scripted_server server{[&](tcp_peer& peer, const std::string&) {
        peer.send("HTTP/1.1 101 Switching Protocols\r\nX: ");
        // A byte now and then, which is progress, but too slow for any timeout.
        while (peer.try_send(text_bytes("x"))) std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }};
    const outcome ended = run_tool({"connect", server.url(), "--text", "a", "--timeout", "1"});
    EXPECT_EQ(ended.code, unreachable) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("within 1 s"));
}

TEST(connect_failures, tell_a_refusal_whatever_becomes_of_its_body) {
    struct refusal {
        const char* name;
        std::string response;
        const char* timeout;
        const char* words;
    };
    const refusal cases[] = {
        {"no body", "403 Forbidden\r\nContent-Length: 0\r\n\r\n", "1000", "refused: 403 Forbidden\n"},
        {"a body of known length", "403 Forbidden\r\nContent-Length: 5\r\n\r\nsorry", "1000",
         "Forbidden: sorry\n"},
        {"a body that never comes", "403 Forbidden\r\nContent-Length: 5\r\n\r\n", "1",
         "refused: 403 Forbidden\n"},
        {"a length that is unknown", "403 Forbidden\r\n\r\n", "1", "refused: 403 Forbidden\n"},
    };
    for (const refusal& each : cases) {
        SCOPED_TRACE(each.name);
        // All of them keep the connection open.
        scripted_server server{[&](tcp_peer& peer, const std::string&) {
            peer.send("HTTP/1.1 " + each.response);
            (void)peer.receive_to_end();
        }};
        const outcome ended = run_tool({"connect", server.url(), "--text", "a", "--timeout", each.timeout});
        EXPECT_EQ(ended.code, 4);
        EXPECT_THAT(ended.err, HasSubstr(each.words));
    }
}

TEST(connect_failures, do_not_come_of_a_server_that_pings_and_does_not_read) {
    constexpr unsigned count = 200'000;
    const auto payload_of = [](unsigned i) { return counted_bytes(125, i); };
    bytes answers;
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        bytes pings;
        for (unsigned i = 0; i < count; ++i) pings += wire_to(role::client, 9, payload_of(i));
        peer.send(text_bytes(accepting(request)) + pings + close_frame(1000));
        answers = peer.receive_to_end().value_or(bytes{});
    }};
    process tool{{WSPC_TOOL, "connect", server.url()}};
    server.join();
    const outcome ended = tool.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    // RFC 6455 5.5.3: the newest ping is answered, older ones need not be.
    constexpr std::size_t pong_size = 131, close_size = 8;
    ASSERT_GE(answers.size(), pong_size + close_size);
    EXPECT_LT(answers.size(), count * pong_size);
    bytes last{answers.end() - pong_size - close_size, answers.end() - close_size};
    ASSERT_EQ(bytes(last.begin(), last.begin() + 2), octets({0x8a, 0xfd}));
    for (std::size_t i = 6; i < last.size(); ++i) last[i] ^= last[2 + (i - 6) % 4];
    EXPECT_EQ(bytes(last.begin() + 6, last.end()), payload_of(count - 1));
}

TEST(connect_failures, are_told_by_the_close_of_the_server) {
    // Refuses a message of which it has read the beginning only.
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        peer.send(text_bytes(accepting(request)) + close_frame(1009, "too big\x1b[31m\xc2\x9b"));
        peer.end_sending();
        (void)peer.receive(1000);
        peer.reset();
    }};
    process tool{{WSPC_TOOL, "connect", server.url()}};
    tool.write(std::string(30'000'000, 'x') + "\n");
    const outcome ended = tool.wait();
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("closed by the server: 1009 \"too big\\x1b[31m\\xc2\\x9b\"\n"));
    EXPECT_THAT(ended.err, Not(HasSubstr("without a Close")));
}

TEST(connect_failures, include_lines_that_came_too_late_for_the_server) {
    std::promise<void> closing;
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        peer.send(accepting(request));
        (void)peer.receive(9);  // "one"
        peer.send(close_frame(1000));
        (void)peer.receive(8);  // the answer, behind which nothing can be sent
        closing.set_value();
        (void)peer.receive_to_end();
    }};
    process tool{{WSPC_TOOL, "connect", server.url()}};
    tool.write("one\n");
    closing.get_future().wait();
    tool.write("two\n");
    const outcome ended = tool.wait();
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("closed before all was sent"));
}

TEST(connect_failures, include_input_that_is_left_when_the_server_has_closed) {
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        peer.send(accepting(request) + "\x88\x02\x03\xe8");
        (void)peer.receive_to_end();
    }};
    std::string input;
    for (unsigned i = 0; i < 300'000; ++i)
        input += "line " + std::to_string(i) + std::string(100, '.') + "\n";
    const outcome ended = run_tool({"connect", server.url()}, input);
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("closed before all was sent"));
}

TEST(connect_failures, include_messages_that_a_closing_server_does_not_end) {
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        peer.send(text_bytes(accepting(request)) + wire_to(role::client, 1, text_bytes("the beginn"), false) +
                  close_frame(1000));
        (void)peer.receive_to_end();
    }};
    const outcome ended = run_tool({"connect", server.url(), "--text", "a"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.out, "the beginn");
    EXPECT_THAT(ended.err, HasSubstr("closed in the middle of a message"));
}

TEST(connect_failures, are_no_resets_behind_the_closing_handshake) {
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        peer.send(accepting(request));
        (void)peer.receive(8);  // the Close
        peer.send(close_frame(1000));
        peer.reset();
    }};
    process tool{{WSPC_TOOL, "connect", server.url()}};
    const outcome ended = tool.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
}

TEST(connect_failures, leave_the_file_for_output_as_it_was) {
    const scratch_file output{"kept"};
    scripted_server server{[](tcp_peer& peer, const std::string&) {
        peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    }};
    const outcome ended = run_tool({"connect", server.url(), "--text", "a", "--output", output.path()});
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_EQ(output.content(), "kept");
}

TEST(connect_failures, include_output_that_is_lost) {
    const echo_server server;
    for (const char* const redirection : {" > /dev/full", " --output /dev/full", " >&-"}) {
        SCOPED_TRACE(redirection);
        const outcome ended = in_shell(server.url() + " --text a" + redirection);
        EXPECT_EQ(ended.code, 1);
        EXPECT_THAT(ended.err, HasSubstr("cannot be written"));
    }
}

TEST(connect_failures, include_input_that_cannot_be_read) {
    const echo_server server;
    const outcome directory = in_shell(server.url() + " < /");
    EXPECT_EQ(directory.code, 2);
    EXPECT_THAT(directory.err, HasSubstr("standard input cannot be read"));
    // Closed, it is empty; it is not the first socket that is opened.
    const outcome closed = in_shell(server.url() + " <&-");
    EXPECT_EQ(closed.code, 0) << closed.err;
    EXPECT_EQ(closed.out, "");
}

}  // namespace
}  // namespace wspc::test
