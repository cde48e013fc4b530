// SPDX-License-Identifier: Apache-2.0
// Group 5: messages in fragments, control frames between them, and frames out of order.
#include "case.hpp"

namespace conformance {
namespace {

std::vector<frame> five_fragments(const std::vector<frame>& between) {
    std::vector<frame> frames{text("fragment1").unfinished()};
    for (const char* const piece : {"fragment2", "fragment3", "fragment4", "fragment5"}) {
        frames.insert(frames.end(), between.begin(), between.end());
        frames.push_back(*piece != 0 && piece[8] == '5' ? continuation(piece) : more(piece));
    }
    return frames;
}

void add_accepted(std::vector<test_case>& cases) {
    const auto accept = [&](const char* name, std::vector<frame> frames) {
        cases.push_back(accepted(name, std::move(frames)));
    };
    const frame first = text("fragment1").unfinished();
    accept("text in two fragments", {first, continuation("fragment2")});
    accept("binary in two fragments", {binary(hex("00 ff fe")).unfinished(), continuation(hex("80 81 00"))});
    accept("ping between two fragments", {first, ping("ping payload"), continuation("fragment2")});
    accept("pong between two fragments", {first, pong("unsolicited"), continuation("fragment2")});
    accept("text in five fragments", five_fragments({}));
    accept("five fragments, pings between", five_fragments({ping("ping payload")}));
    accept("five fragments, two pings and a pong between", five_fragments({ping("1"), pong("2"), ping("3")}));
    accept("messages in fragments behind each other",
           {text("a").unfinished(), continuation("b"), binary("c").unfinished(), more("d"), continuation("e"),
            text("f"), text("g").unfinished(), more(""), continuation("h")});
    accept("empty first fragment", {text("").unfinished(), continuation("payload")});
    accept("empty last fragment", {text("payload").unfinished(), continuation("")});
    accept("empty fragment in the middle", {text("pay").unfinished(), more(""), continuation("load")});
    accept("three empty fragments", {text("").unfinished(), more(""), continuation("")});
    accept("empty fragments of a binary message",
           {binary("").unfinished(), more(""), more(""), continuation("")});
    accept("empty first fragment, then a ping", {text("").unfinished(), ping("p"), continuation("payload")});
    accept("only empty fragments, pings between",
           {text("").unfinished(), ping("1"), more(""), ping("2"), continuation("")});
    accept("empty fragment between pings",
           {text("pay").unfinished(), ping("1"), more(""), ping("2"), continuation("load")});
    accept("long fragments", {text(body{body::fill::text, 1024, 0, 700}).unfinished(), ping("p"),
                              continuation(body{body::fill::text, 1024, 700, 324})});
    std::vector<frame> octets;
    const std::string message = "every octet is a fragment";
    for (std::size_t i = 0; i < message.size(); ++i) {
        const std::string octet{message[i]};
        octets.push_back(i == 0                   ? text(octet).unfinished()
                         : i + 1 < message.size() ? more(octet)
                                                  : continuation(octet));
        if (i % 4 == 3) octets.push_back(ping(octet));
    }
    accept("every octet is a fragment", octets);
    // A Close may come inside a message, which then stays unfinished.
    cases.push_back(closed("Close inside a message", {first, close(1000), continuation("late")}, 1, 1000));
}

void add_unexpected_continuations(std::vector<test_case>& cases) {
    const auto refuse = [&](const char* name, std::vector<frame> frames, std::size_t at) {
        cases.push_back(refused(name, std::move(frames), header_octet(at, 0),
                                wspc::error::unexpected_continuation, 1002));
    };
    const frame whole = text("Hello, world!");
    refuse("final continuation of nothing", {continuation("nothing"), whole}, 0);
    refuse("continuation of nothing", {more("nothing"), whole}, 0);
    refuse("empty continuation of nothing", {continuation("")}, 0);
    refuse("long continuation of nothing", {continuation(body{body::fill::text, 512, 0, 512})}, 0);
    refuse("continuation behind a message", {whole, continuation("nothing")}, 1);
    refuse("continuation behind a message in fragments",
           {text("fragment1").unfinished(), continuation("fragment2"), more("fragment3"), whole}, 2);
    refuse("continuations and messages in turn",
           {more("fragment1"), text("fragment2"), more("fragment1"), text("fragment2")}, 0);
    refuse("continuation behind a ping", {ping("answered"), continuation("nothing")}, 1);
    refuse("continuation with the longest length", {continuation("").claiming(UINT64_MAX >> 1)}, 0);
}

void add_interleaved_messages(std::vector<test_case>& cases) {
    const auto refuse = [&](const char* name, std::vector<frame> frames, std::size_t at) {
        cases.push_back(
            refused(name, std::move(frames), header_octet(at, 0), wspc::error::expected_continuation, 1002));
    };
    const frame half = text("fragment1").unfinished();
    refuse("text inside text", {half, text("fragment2")}, 1);
    refuse("unfinished text inside text", {half, text("fragment2").unfinished(), continuation("")}, 1);
    refuse("binary inside text", {half, binary("fragment2")}, 1);
    refuse("text inside binary", {binary("fragment1").unfinished(), text("fragment2")}, 1);
    refuse("binary inside binary", {binary("fragment1").unfinished(), binary("fragment2")}, 1);
    refuse("empty text inside text", {half, text("")}, 1);
    refuse("text behind an empty fragment", {text("").unfinished(), text("fragment2")}, 1);
    refuse("text behind a ping inside text", {half, ping("answered"), text("fragment2")}, 2);
    refuse("text behind a continuation", {half, more("fragment2"), text("fragment3")}, 2);
    refuse("text inside text behind a message", {text("good"), half, text("fragment2")}, 2);
    refuse("long text inside text", {half, generated_text(300)}, 1);
}

void add_fragmented_control_frames(std::vector<test_case>& cases) {
    const auto refuse = [&](const std::string& name, std::vector<frame> frames, std::size_t at) {
        cases.push_back(
            refused(name, std::move(frames), header_octet(at, 0), wspc::error::fragmented_control, 1002));
    };
    struct control {
        const char* name;
        frame sent;
    };
    for (const control& c : {control{"ping", ping("fragment1")}, control{"pong", pong("fragment1")},
                             control{"close", close(1000)}, control{"empty ping", ping("")}}) {
        const std::string name = std::string{c.name} + " without FIN";
        refuse(name, {c.sent.unfinished(), continuation("fragment2")}, 0);
        refuse(name + " behind a message", {text("good"), c.sent.unfinished()}, 1);
        refuse(name + " inside a message", {text("a").unfinished(), c.sent.unfinished(), continuation("b")},
               1);
    }
}

}  // namespace

std::vector<test_case> fragmentation_cases() {
    std::vector<test_case> cases;
    add_accepted(cases);
    add_unexpected_continuations(cases);
    add_interleaved_messages(cases);
    add_fragmented_control_frames(cases);
    return cases;
}

}  // namespace conformance
