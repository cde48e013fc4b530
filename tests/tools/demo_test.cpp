// SPDX-License-Identifier: Apache-2.0
// `wspc demo`, and the script that shows it.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "process.hpp"
#include "scripted_server.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(demo, talks_to_an_echo_server) {
    const echo_server server;
    const outcome ended = run_tool({"demo", server.url(), "--seconds", "0.5"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    for (const char* const words : {"-> GET / HTTP/1.1\n", "<- HTTP/1.1 101 ", "scalar ",
                                    "event: text message of ", "pong \"still there?\"", "event: close 1000",
                                    "event: close 1007", "65,536 bytes, binary", "messages/s", "\nok: "})
        EXPECT_THAT(ended.out, HasSubstr(words));
    EXPECT_THAT(ended.out, Not(HasSubstr("\r"))) << "no progress line where there is no terminal";
}

TEST(demo, measures_a_rate_in_no_time_at_all) {
    const echo_server server;
    const outcome ended = run_tool({"demo", server.url(), "--seconds", "1e-12"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("0 messages/s"));
    EXPECT_THAT(ended.out, Not(HasSubstr("nan")));
}

TEST(demo, notices_a_server_that_answers_wrongly) {
    scripted_server server{[](tcp_peer& peer, const std::string& request) {
        peer.send(text_bytes(accepting(request)));
        (void)peer.receive_some();
        peer.send(wire_to(role::client, 1, text_bytes("something else")));
        (void)peer.receive_to_end();
    }};
    const outcome ended = run_tool({"demo", server.url(), "--seconds", "0"});
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, HasSubstr("expected the message back, but got: text message of 14 bytes"));
}

TEST(demo, of_the_script_serves_until_it_is_told_to_stop) {
    // SIGHUP is what a terminal sends that is closed.
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        SCOPED_TRACE(number);
        process script{{WSPC_DEMO_SCRIPT, "--serve", "--seconds", "0.1"}, {{"WSPC_DEMO_TOOL", WSPC_TOOL}}};
        std::string said;
        while (said.find("The server goes on") == said.npos) said += script.line() + "\n";
        EXPECT_THAT(said, HasSubstr("\nok: every answer"));
        const std::size_t url = said.find("ws://");
        const std::string address = said.substr(url, said.find('\n', url) - url);
        EXPECT_EQ(run_tool({"connect", address, "--text", "still there?"}).out, "still there?\n");
        script.signal(number);
        const outcome ended = script.wait();
        EXPECT_EQ(ended.code, 0) << ended.err;
        EXPECT_THAT(ended.out, HasSubstr("wspc: server stopped: "));
    }
}

TEST(demo, of_the_script_ends_by_itself) {
    process script{{WSPC_DEMO_SCRIPT, "--seconds", "0.1"}, {{"WSPC_DEMO_TOOL", WSPC_TOOL}}};
    const outcome ended = script.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("wspc: server stopped: "));
    process wrong{{WSPC_DEMO_SCRIPT, "--seconds", "-1"}};
    EXPECT_EQ(wrong.wait().code, 2);
}

}  // namespace
}  // namespace wspc::test
