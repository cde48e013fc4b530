// SPDX-License-Identifier: Apache-2.0
// Group 7: the closing handshake, every kind of Close body, and what comes too late.
#include <string>

#include "case.hpp"

namespace conformance {
namespace {

void add_handshakes(std::vector<test_case>& cases) {
    cases.push_back(accepted("message, then Close", {text("Hello World!")}));
    cases.push_back(closed("two Closes", {close(1000), close(1000)}, 0, 1000));
    cases.push_back(closed("two Closes that differ", {close(1001), close(1002, "no")}, 0, 1001));
    cases.push_back(closed("ping behind Close", {close(1000), ping("late")}, 0, 1000));
    cases.push_back(closed("text behind Close", {close(1000), text("late")}, 0, 1000));
    cases.push_back(closed("a bad frame behind Close", {close(1000), any_frame(3, "").reserved(7)}, 0, 1000));
    cases.push_back(closed("a wrong mask behind Close", {close(1000), text("late").mismasked()}, 0, 1000));
    cases.push_back(closed("half a message, then Close",
                           {text("fragment1").unfinished(), close(1000), continuation("fragment2")}, 1,
                           1000));
    cases.push_back(closed(
        "half a message, Close, then a ping",
        {text("fragment1").unfinished(), close(1000), ping("late"), continuation("fragment2")}, 1, 1000));
    cases.push_back(closed("Close inside a character", {text(hex("ce")).unfinished(), close(1000)}, 1, 1000));
    cases.push_back(closed("256 KiB, Close, then a ping",
                           {generated_text(256 << 10), close(1000), ping("late")}, 1, 1000));
    cases.push_back(closed(
        "small messages, then Close and more",
        {text("1"), binary("2"), ping("3"), text("4"), close(1000, "bye"), text("late"), ping("")}, 4, 1000));

    // Both sides at once.
    const auto both = [&](const char* name, std::vector<frame> frames, std::size_t at, std::uint16_t ours) {
        cases.push_back(closed(name, std::move(frames), at, 1000));
        cases.back().closes_first = ours;
    };
    both("both close at once, with the same code", {close(1000)}, 0, 1000);
    both("both close at once, with different codes", {close(1000)}, 0, 1001);
    both("the peer sends messages until it sees our Close",
         {text("crossed"), binary("crossed").unfinished(), continuation("too"), close(1000)}, 3, 1001);
    both("pings that cross our Close are answered",
         {ping("crossed"), text("crossed"), ping("too"), close(1000)}, 3, 1001);
    both("nothing is answered behind both Closes", {close(1000), ping("late"), text("late")}, 0, 4000);
}

void add_codes(std::vector<test_case>& cases) {
    constexpr std::uint16_t valid[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
                                       1012, 1013, 1014, 3000, 3001, 3999, 4000, 4999};
    for (const std::uint16_t code : valid) {
        const std::string name = "code " + std::to_string(code);
        cases.push_back(closed(name, {close(code)}, 0, code));
        cases.push_back(closed(name + " with a reason", {text("message"), close(code, "reason")}, 1, code));
    }
    // The octet that decides: no valid code begins with 00, 04 to 0a, or 14 and more; 03 and 13 go on
    // until the second octet, as does 0b.
    struct invalid_code {
        std::uint16_t code;
        std::size_t octet;
    };
    constexpr invalid_code codes[] = {{0, 0},    {1, 0},    {255, 0},  {256, 0},  {767, 0},   {768, 1},
                                      {999, 1},  {1004, 1}, {1005, 1}, {1006, 1}, {1015, 1},  {1016, 1},
                                      {1023, 1}, {1024, 0}, {1100, 0}, {2000, 0}, {2815, 0},  {2816, 1},
                                      {2999, 1}, {5000, 1}, {5119, 1}, {5120, 0}, {32768, 0}, {65535, 0}};
    for (const auto& [code, octet] : codes) {
        const std::string name = "code " + std::to_string(code);
        const auto error = wspc::error::close_code_invalid;
        cases.push_back(refused(name, {close(code)}, payload_octet(0, octet), error, 1002));
        cases.push_back(refused(name + " with a reason, behind a message",
                                {text("good"), close(code, "reason")}, payload_octet(1, octet), error, 1002));
    }
}

void add_bodies(std::vector<test_case>& cases) {
    cases.push_back(closed("empty body", {close_with_body("")}, 0, wspc::no_close_code));
    cases.push_back(
        closed("message, then an empty body", {text("good"), close_with_body("")}, 1, wspc::no_close_code));
    const auto too_short = wspc::error::close_body_too_short;
    cases.push_back(
        refused("body of one octet", {close_with_body(hex("03"))}, header_octet(0, 1), too_short, 1002));
    cases.push_back(refused("body of one octet behind a message", {text("good"), close_with_body("a")},
                            header_octet(1, 1), too_short, 1002));
    for (const std::size_t reason : {1u, 7u, 8u, 29u, 30u, 31u, 62u, 63u, 64u, 122u, 123u})
        cases.push_back(
            closed("reason of " + std::to_string(reason), {close(1000, std::string(reason, '*'))}, 0, 1000));
    const auto too_long = wspc::error::control_too_long;
    cases.push_back(
        refused("body of 126", {close(1000, std::string(124, '*'))}, header_octet(0, 1), too_long, 1002));
    cases.push_back(refused("body of 126 behind a message",
                            {text("good"), close(1000, std::string(124, '*'))}, header_octet(1, 1), too_long,
                            1002));
    cases.push_back(
        refused("body of 70000", {close(1000, std::string(69998, '*'))}, header_octet(0, 1), too_long, 1002));
}

void add_reasons(std::vector<test_case>& cases) {
    const std::string greek = hex("ce ba e1 bd b9 cf 83 ce bc ce b5");
    for (const std::string& reason : {greek, hex("c2 80"), hex("f4 8f bf bf"), hex("ef bf bf"), hex("00"),
                                      std::string(120, 'x') + hex("e6 97 a5"), hex("ed 9f bf ee 80 80")})
        cases.push_back(closed("reason that is UTF-8", {close(1000, reason)}, 0, 1000));

    struct bad_reason {
        const char* octets;
        std::size_t at;  // the index of the octet that decides
    };
    constexpr bad_reason reasons[] = {
        {"ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64", 12},
        {"80", 0},
        {"ff", 0},
        {"61 bf", 1},
        {"c0 80", 0},
        {"c1 bf", 0},
        {"e0 9f bf", 1},
        {"ed a0 80", 1},
        {"f0 8f bf bf", 1},
        {"f4 90 80 80", 1},
        {"f5 80 80 80", 0},
        // Characters that the body's length leaves incomplete.
        {"ce", 0},
        {"61 ce", 1},
        {"e6 97", 0},
        {"f0 9f 98", 0},
        {"ce ba e6 97", 2},
        // Characters that something else cuts short.
        {"ce 61", 1},
        {"e6 97 61 61", 2},
        {"f0 9f 98 c2 80", 3},
    };
    const auto error = wspc::error::close_reason_not_utf8;
    for (const auto& [octets, at] : reasons) {
        const std::string name = std::string{"reason "} + octets;
        cases.push_back(refused(name, {close(1000, hex(octets))}, payload_octet(0, 2 + at), error, 1007));
        cases.push_back(refused(name + " far in the body, behind a message",
                                {text("good"), close(1000, std::string(90, '.') + hex(octets))},
                                payload_octet(1, 92 + at), error, 1007));
    }
    // RFC 6455 8.1: before the rest of the body arrives.
    cases.push_back(refused("bad reason without rest", {close(1000, hex("61 ed a0")).claiming(100)},
                            payload_octet(0, 4), error, 1007));
}

}  // namespace

std::vector<test_case> close_cases() {
    std::vector<test_case> cases;
    add_handshakes(cases);
    add_codes(cases);
    add_bodies(cases);
    add_reasons(cases);
    return cases;
}

}  // namespace conformance
