// SPDX-License-Identifier: Apache-2.0
// Groups 1 and 2: messages of every form of length, and pings and pongs between them.
#include "case.hpp"

namespace conformance {
namespace {

constexpr std::size_t sizes[] = {0,   1,   2,   3,    4,    7,    8,    15,    16,   17,  31,
                                 32,  33,  63,  64,   65,   124,  125,  126,   127,  128, 129,
                                 255, 256, 257, 1023, 1024, 4095, 4096, 65535, 65536};

std::vector<frame> both_types_of_every_small_size() {
    std::vector<frame> frames;
    for (std::size_t size = 0; size < 130; ++size)
        frames.push_back(size % 3 == 0 ? generated_binary(size) : generated_text(size));
    return frames;
}

// What the kernels' run must stop at, each between messages that it takes.
std::vector<frame> small_messages_and_others() {
    const frame small = text("small");
    return {small,
            small,
            generated_text(126),
            small,
            ping("p"),
            small,
            text("in ").unfinished(),
            continuation("two"),
            small,
            small,
            pong("q"),
            small,
            generated_binary(70000),
            small,
            binary(""),
            text(""),
            small};
}

}  // namespace

std::vector<test_case> framing_cases() {
    std::vector<test_case> cases;
    for (const std::size_t size : sizes) {
        for (const frame& f : {generated_text(size), generated_binary(size)}) {
            cases.push_back(
                accepted((f.first == 0x81 ? "text of " : "binary of ") + std::to_string(size), {f}));
            if (size == 65536) cases.back().writes = {997};
        }
    }
    cases.push_back(accepted("all octets", {binary(body{body::fill::binary, 2048, 0, 2048})}));
    cases.push_back(accepted("messages of 0 to 129 octets", both_types_of_every_small_size()));
    cases.push_back(accepted("twenty empty texts", std::vector<frame>(20, text(""))));
    cases.push_back(accepted("forty binaries of one octet", std::vector<frame>(40, binary("x"))));
    cases.push_back(accepted("small messages and others", small_messages_and_others()));
    return cases;
}

std::vector<test_case> ping_cases() {
    const std::string most(125, '*');
    const std::string too_long(126, '*');
    std::vector<frame> ten_pings;
    for (int i = 0; i < 10; ++i) ten_pings.push_back(ping("payload-" + std::to_string(i)));
    std::vector<frame> ten_pings_and_messages;
    for (int i = 0; i < 10; ++i) {
        ten_pings_and_messages.push_back(text("message " + std::to_string(i)));
        ten_pings_and_messages.push_back(ping("payload-" + std::to_string(i)));
    }
    std::vector<frame> all_sizes;
    for (std::size_t size = 0; size <= 125; ++size)
        all_sizes.push_back(ping(body{body::fill::binary, 125, 0, size}));

    const auto length = wspc::error::control_too_long;
    return {
        accepted("empty ping", {ping("")}),
        accepted("ping with text", {ping("Hello, world!")}),
        accepted("ping with octets that are not UTF-8", {ping(hex("00 ff fe fd fc fb 00 ff"))}),
        accepted("ping of 125 octets", {ping(most)}),
        refused("ping of 126 octets", {ping(too_long)}, header_octet(0, 1), length, 1002),
        refused("ping with a 64-bit length", {ping("x").in(length_form::bits64)}, header_octet(0, 1), length,
                1002),
        refused("ping of 126 octets behind a message", {text("good"), ping(too_long)}, header_octet(1, 1),
                length, 1002),
        accepted("unsolicited pong without payload", {pong("")}),
        accepted("unsolicited pong with payload", {pong("unsolicited")}),
        accepted("unsolicited pong of 125 octets", {pong(most)}),
        refused("pong of 126 octets", {pong(too_long)}, header_octet(0, 1), length, 1002),
        accepted("unsolicited pong, then a ping", {pong("unsolicited"), ping("answer this")}),
        accepted("ten pings", ten_pings),
        accepted("ten pings between messages", ten_pings_and_messages),
        accepted("pings of 0 to 125 octets", all_sizes),
        accepted("ping directly before Close", {text("message"), ping("last")}),
    };
}

}  // namespace conformance
