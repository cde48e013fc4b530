// SPDX-License-Identifier: Apache-2.0
// `wspc connect` and `wspc kernels`: what they print, and how they end.
#include <cstdio>

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

std::string letters(std::size_t size) {
    std::string made(size, ' ');
    for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<char>('a' + (i * 7 + i / 26) % 26);
    return made;
}

TEST(connect, prints_the_lines_that_come_back) {
    const echo_server server;
    const outcome ended = run_tool({"connect", server.url()},
                                   "one\nGr\xc3\xbc\xc3\x9f"
                                   "e\r\n\nlast without end");
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out,
              "one\nGr\xc3\xbc\xc3\x9f"
              "e\n\nlast without end\n");
    EXPECT_EQ(ended.err, "");
}

TEST(connect, takes_its_input_from_a_file_or_from_nowhere) {
    const echo_server server;
    const scratch_file input{"first\nsecond\n"};
    const scratch_file output;
    const std::string tool = WSPC_TOOL;
    const std::string command =
        "(read line; " + tool + " connect " + server.url() + ") < " + input.path() + " > " + output.path();
    process shell{{"/bin/sh", "-c", command}};
    EXPECT_EQ(shell.wait().code, 0);
    EXPECT_EQ(output.content(), "second\n") << "a file is read from where it stands";
    process nothing{{"/bin/sh", "-c", tool + " connect " + server.url() + " < /dev/null"}};
    const outcome ended = nothing.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "");
}

TEST(connect, loses_nothing_of_a_long_input) {
    const echo_server server;
    std::string lines;
    for (unsigned i = 0; i < 2'000; ++i) lines += letters(i * 5) + "\n";
    const scratch_file input{lines};
    process shell{
        {"/bin/sh", "-c", std::string{WSPC_TOOL} + " connect " + server.url() + " < " + input.path()}};
    const outcome ended = shell.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_TRUE(ended.out == lines);
}

TEST(connect, answers_while_its_input_stays_open) {
    const echo_server server;
    process tool{{WSPC_TOOL, "connect", server.url()}};
    tool.write("are you there?\n");
    EXPECT_EQ(tool.line(), "are you there?");
    tool.write("and now?\n");
    EXPECT_EQ(tool.line(), "and now?");
    EXPECT_EQ(tool.wait().code, 0);
}

TEST(connect, sends_texts_and_summarises_binary) {
    const echo_server server;
    const outcome ended =
        run_tool({"connect", server.url(), "--text", "a", "--text", "bcd", "--expect", "2"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "a\nbcd\n");
    const outcome binary = run_tool({"connect", server.url(), "--binary", "--text", letters(300)});
    EXPECT_EQ(binary.out, "binary, 300 bytes: 61 68 6f 76 63 6a 71 78 65 6c 73 7a 67 6e 75 62 ...\n");
}

TEST(connect, carries_a_file_there_and_back) {
    const echo_server server;
    std::string content = letters(10'000'000);
    content[5] = '\0';
    const scratch_file input{content};
    const scratch_file output;
    const outcome ended =
        run_tool({"connect", server.url(), "--file", input.path(), "--output", output.path()});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_TRUE(output.content() == content);
    EXPECT_EQ(run_tool({"connect", server.url(), "--file", input.path() + ".missing"}).code, 2);
    const outcome same =
        run_tool({"connect", server.url(), "--file", input.path(), "--output", input.path()});
    EXPECT_EQ(same.code, 0) << same.err;
    EXPECT_TRUE(input.content() == content) << "what is sent has been read before it is replaced";
}

TEST(connect, traces_handshakes_frames_and_events) {
    const echo_server server;
    const outcome ended = run_tool({"connect", server.url(), "--trace", "--ping", "tick", "--text", "hello",
                                    "--close", "3001", "--reason", "enough"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, HasSubstr("pong: \"tick\"\n"));
    EXPECT_THAT(ended.err, HasSubstr("-> GET / HTTP/1.1\n"));
    EXPECT_THAT(ended.err, HasSubstr("<- HTTP/1.1 101 Switching Protocols\n"));
    EXPECT_THAT(ended.err, ContainsRegex("-> @0 +ping +fin +4 bytes  mask [0-9a-f]{8}  \"tick\"\n"));
    EXPECT_THAT(ended.err, ContainsRegex("-> @10 +text +fin +5 bytes  mask [0-9a-f]{8}  \"hello\"\n"));
    EXPECT_THAT(ended.err, ContainsRegex("-> @21 +close +fin +8 bytes  mask [0-9a-f]{8}  3001 \"enough\"\n"));
    EXPECT_THAT(ended.err,
                ContainsRegex("<- @6 +text +fin +5 bytes  \"hello\"\n   event: text message of 5 bytes\n"));
    EXPECT_THAT(ended.err, ContainsRegex("<- @13 +close +fin +2 bytes  3001\n   event: close 3001\n"));
}

TEST(connect, says_what_is_wrong_with_its_arguments) {
    const auto error = [](const std::vector<std::string>& arguments) {
        const outcome ended = run_tool(arguments);
        EXPECT_EQ(ended.code, 2) << ended.err;
        return ended.err;
    };
    EXPECT_THAT(error({"connect", "http://a/"}), HasSubstr("http://a/: "));
    EXPECT_THAT(error({"connect", "ws://a/#b"}), HasSubstr("ws://a/#b: "));
    EXPECT_THAT(error({"connect", "wss://a/"}), HasSubstr("TLS"));
    EXPECT_THAT(error({"connect"}), HasSubstr("URL"));
    EXPECT_THAT(error({"connect", "ws://a/", "--close", "1005"}), HasSubstr("1005"));
    const std::string latin1 = "\xfc";
    EXPECT_THAT(error({"connect", "ws://a/", "--reason", std::string(124, 'x')}), HasSubstr("too long"));
    EXPECT_THAT(error({"connect", "ws://a/", "--reason", latin1}), HasSubstr("UTF-8"));
    EXPECT_THAT(error({"connect", "ws://a/", "--text", latin1}), HasSubstr("UTF-8"));
    EXPECT_THAT(error({"connect", "ws://a/", "--ping", std::string(126, 'x')}), HasSubstr("too long"));
    EXPECT_THAT(error({"connect", "ws://a/", "--file", "/no/such/file"}), HasSubstr("/no/such/file"));
    EXPECT_THAT(error({"connect", "ws://a/", "--protocol", "no token"}), HasSubstr("--protocol"));
    EXPECT_THAT(error({"connect", "ws://a/", "--origin", "no origin"}), HasSubstr("--origin"));
    EXPECT_THAT(error({"connect", "--conformance", "ws://a/", "--text", "a"}), HasSubstr("excludes"));
    EXPECT_THAT(error({"serve", "--origin", "example.com"}), HasSubstr("--origin"));
    EXPECT_THAT(error({"serve", "--protocol", "no token"}), HasSubstr("--protocol"));
    for (const char* const seconds : {"-1", "1e300", "inf", "nan", "86401"})
        EXPECT_THAT(error({"demo", "ws://a/", "--seconds", seconds}), HasSubstr("--seconds"));
    EXPECT_THAT(error({"connect", "ws://a/", "--expect", "-1"}), HasSubstr("-1 is negative"));
    EXPECT_THAT(error({"serve", "--port", "0", "--max-message", "-1"}), HasSubstr("-1 is negative"));
    for (const char* const count : {"0", "18446744073709551615", "99999999999999999999"})
        EXPECT_THAT(error({"serve", "--port", "0", "--host", "no.host.invalid", "--max-connections", count}),
                    HasSubstr("not in range 1 to 1000000000"));
    EXPECT_THAT(error({"serve", "--host", ""}), HasSubstr("--host: is empty"));
    EXPECT_THAT(error({"serve", "--host", "no.host.invalid", "--port", ""}), HasSubstr("--port: is empty"));
    EXPECT_THAT(error({"connect", "ws://a/", "--timeout", ""}), HasSubstr("--timeout: is empty"));
    for (const char* const field : {"a b: c", "a: b\r\nc: d", ": c"})
        EXPECT_THAT(error({"connect", "ws://no.host.invalid/", "--header", field}), HasSubstr("header"));
    EXPECT_NE(error({"talk"}), "");
    const echo_server server;
    EXPECT_THAT(error({"connect", server.url(), "--header", "no colon"}), HasSubstr("NAME: VALUE"));
    const outcome ended = run_tool({"connect", server.url()}, "good\n\xc3\x28\n");
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("line 2 is not UTF-8"));
}

TEST(connect, says_why_there_is_no_connection) {
    std::string gone;
    {
        const echo_server server;
        gone = server.url();
    }
    const outcome ended = run_tool({"connect", gone, "--text", "a"});
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, HasSubstr("Connection refused"));
    EXPECT_EQ(run_tool({"connect", "ws://host.invalid/", "--text", "a"}).code, 3);
}

TEST(connect, repeats_the_sentence_of_a_server_that_refuses) {
    const echo_server server;
    const outcome ended =
        run_tool({"connect", server.url(), "--origin", "https://evil.example", "--text", "a"});
    EXPECT_EQ(ended.code, 4);
    EXPECT_THAT(ended.err, ContainsRegex("refused: 403 Forbidden: .+origin.+\n"));
}

TEST(connect, sends_what_it_is_told_to_in_the_request) {
    std::string seen;
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        seen = request;
        // With the response, in one piece, a message and a Close.
        peer.send(text_bytes(accepting(request, "b")) + wire_to(role::client, 1, text_bytes("early")) +
                  wire_to(role::client, 8, octets({3, 0xe9})));
        peer.end_sending();
        (void)peer.receive_to_end();
    }};
    const outcome ended =
        run_tool({"connect", server.url("/room?x=1"), "--origin", "https://example.com", "--protocol", "a",
                  "--protocol", "b", "--header", "Cookie: c=d", "--expect", "1", "--text", "a"});
    server.join();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "early\n");
    EXPECT_THAT(ended.err, HasSubstr("sub-protocol: b\n"));
    EXPECT_THAT(ended.err, HasSubstr("closed by the server: 1001"));
    EXPECT_THAT(seen, HasSubstr("GET /room?x=1 HTTP/1.1\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nOrigin: https://example.com\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nSec-WebSocket-Protocol: a, b\r\n"));
    EXPECT_THAT(seen, HasSubstr("\r\nCookie: c=d\r\n"));
}

TEST(connect, answers_every_ping_of_one_read) {
    std::vector<received_frame> answers;
    scripted_server server{[&](tcp_peer& peer, const std::string& request) {
        bytes pings;
        for (unsigned i = 0; i < 5; ++i) pings += wire_to(role::client, 9, counted_bytes(i, i));
        peer.send(text_bytes(accepting(request)) + pings + wire_to(role::client, 8, {}));
        // Masked, each with a key of its own, in the order of the pings, and the Close behind them.
        for (unsigned i = 0; i < 5; ++i) {
            const bytes start = peer.receive(6);
            bytes payload = peer.receive(i);
            for (std::size_t at = 0; at < payload.size(); ++at) payload[at] ^= start[2 + at];
            answers.push_back({std::to_integer<unsigned>(start[0]), true, payload});
        }
        peer.end_sending();
        (void)peer.receive_to_end();
    }};
    process tool{{WSPC_TOOL, "connect", server.url()}};
    server.join();
    EXPECT_EQ(tool.wait().code, 0);
    ASSERT_EQ(answers.size(), 5u);
    for (unsigned i = 0; i < 5; ++i) {
        EXPECT_EQ(answers[i].op, 0x8au);
        EXPECT_EQ(answers[i].payload, counted_bytes(i, i));
    }
}

TEST(connect, tells_how_a_server_went_wrong) {
    struct wrong {
        const char* name;
        std::function<bytes(const std::string&)> answer;
        int code;
        const char* words;
    };
    const auto after_101 = [](const bytes& frames) {
        return [frames](const std::string& request) { return text_bytes(accepting(request)) + frames; };
    };
    const wrong cases[] = {
        {"wrong Accept",
         [](const std::string& request) {
             std::string response = accepting(request);
             response[response.find("Accept: ") + 8] ^= 1;
             return text_bytes(response);
         },
         4, "response is wrong"},
        {"no HTTP", [](const std::string&) { return text_bytes("hello?\r\n\r\n"); }, 4,
         "no response of a WebSocket"},
        {"no response", [](const std::string&) { return bytes{}; }, 4, "closed the connection before"},
        {"masked", after_101(wire_to(role::server, 1, text_bytes("x"))), 1, "broke the protocol at offset 1"},
        {"no Close", after_101(wire_to(role::client, 1, text_bytes("x"))), 1, "without a Close"},
        {"an error", after_101(wire_to(role::client, 8, octets({3, 0xf3}) + text_bytes("oh"))), 1,
         "closed by the server: 1011 \"oh\""},
    };
    for (const wrong& each : cases) {
        SCOPED_TRACE(each.name);
        scripted_server server{[&](tcp_peer& peer, const std::string& request) {
            peer.send(each.answer(request));
            peer.end_sending();
            (void)peer.receive_to_end();
        }};
        const outcome ended = run_tool({"connect", server.url(), "--text", "a", "--expect", "5"});
        EXPECT_EQ(ended.code, each.code) << ended.err;
        EXPECT_THAT(ended.err, HasSubstr(each.words));
    }
}

TEST(kernels, shows_which_one_was_chosen) {
    const outcome ended = run_tool({"kernels"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, ContainsRegex("scalar +yes +yes"));
    EXPECT_THAT(ended.out, ContainsRegex("yes +yes +yes "));
    process forced{{WSPC_TOOL, "kernels"}, {{"WSPC_KERNEL", "scalar"}}};
    EXPECT_THAT(forced.wait().out, ContainsRegex("scalar +yes +yes +yes "));
    process unknown{{WSPC_TOOL, "kernels"}, {{"WSPC_KERNEL", "abacus"}}};
    EXPECT_EQ(unknown.wait().code, 1);
}

}  // namespace
}  // namespace wspc::test
