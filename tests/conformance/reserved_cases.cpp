// SPDX-License-Identifier: Apache-2.0
// Groups 3 and 4: reserved bits and reserved opcodes are refused at the first octet of their frame, and
// what came before them counts. Behind them: masks and lengths that the other groups never send.
#include <utility>

#include "case.hpp"

namespace conformance {
namespace {

struct sample {
    const char* name;
    frame sent;
};

std::vector<sample> one_of_each() {
    return {{"empty text", text("")},         {"text", text("payload")},
            {"binary", binary("payload")},    {"long text", generated_text(300)},
            {"ping", ping("payload")},        {"pong", pong("payload")},
            {"close", close(1000, "reason")}, {"empty close", close_with_body("")}};
}

constexpr unsigned reserved_opcodes[] = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15};

}  // namespace

std::vector<test_case> reserved_bits_cases() {
    const auto error = wspc::error::reserved_bits;
    std::vector<test_case> cases;
    for (unsigned bits = 1; bits <= 7; ++bits) {
        const std::string name = "RSV " + std::to_string(bits) + " on ";
        for (const auto& [what, sent] : one_of_each()) {
            const frame bad = sent.reserved(bits);
            cases.push_back(refused(name + what, {bad}, header_octet(0, 0), error, 1002));
            cases.push_back(refused(name + what + " behind a message",
                                    {text("good"), bad, ping("never answered")}, header_octet(1, 0), error,
                                    1002));
            cases.push_back(refused(name + what + " behind a ping", {ping("answered"), bad},
                                    header_octet(1, 0), error, 1002));
        }
        cases.push_back(refused(name + "a continuation",
                                {text("half").unfinished(), continuation("half").reserved(bits)},
                                header_octet(1, 0), error, 1002));
        cases.push_back(refused(name + "a ping inside a message",
                                {text("half").unfinished(), ping("no").reserved(bits), continuation("half")},
                                header_octet(1, 0), error, 1002));
    }
    return cases;
}

std::vector<test_case> opcode_cases() {
    const auto error = wspc::error::reserved_opcode;
    std::vector<test_case> cases;
    for (const unsigned opcode : reserved_opcodes) {
        const std::string name = "opcode " + std::to_string(opcode);
        const frame empty = any_frame(opcode, "");
        const frame full = any_frame(opcode, "reserved opcode payload");
        cases.push_back(refused(name, {empty}, header_octet(0, 0), error, 1002));
        cases.push_back(refused(name + " with payload", {full}, header_octet(0, 0), error, 1002));
        cases.push_back(refused(name + " without FIN", {full.unfinished()}, header_octet(0, 0), error, 1002));
        cases.push_back(refused(name + " behind a message", {text("good"), empty, ping("never answered")},
                                header_octet(1, 0), error, 1002));
        cases.push_back(refused(name + " with payload behind a message",
                                {binary("good"), full, ping("never")}, header_octet(1, 0), error, 1002));
        cases.push_back(
            refused(name + " behind a ping", {ping("answered"), full}, header_octet(1, 0), error, 1002));
        cases.push_back(refused(name + " inside a message",
                                {text("half").unfinished(), full, continuation("")}, header_octet(1, 0),
                                error, 1002));
        cases.push_back(refused(name + " with the longest length", {empty.claiming(UINT64_MAX >> 1)},
                                header_octet(0, 0), error, 1002));
    }
    return cases;
}

namespace {

void add_masking(std::vector<test_case>& cases) {
    // Named alike for both roles: unmasked for the server, masked for the client.
    const auto refuse = [&](const std::string& name, std::vector<frame> frames, std::size_t at) {
        cases.push_back(refused("wrong masking of " + name, std::move(frames), header_octet(at, 1),
                                wspc::error::mask_missing, 1002));
    };
    for (const auto& [what, sent] : one_of_each()) {
        refuse(what, {sent.mismasked()}, 0);
        refuse(std::string{what} + " behind a message", {text("good"), sent.mismasked()}, 1);
    }
    refuse("a continuation", {text("half").unfinished(), continuation("half").mismasked()}, 1);
    refuse("a long text behind small ones",
           {text("a"), text("b"), text("c"), generated_text(200).mismasked()}, 3);
    refuse("a small text behind small ones", {text("a"), text("b"), text("c"), text("d").mismasked()}, 3);

    const wspc::masking_key zero{};
    const wspc::masking_key ones{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
    const wspc::masking_key low{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}};
    const wspc::masking_key high{std::byte{0x80}, std::byte{0}, std::byte{0}, std::byte{0}};
    for (const wspc::masking_key& key : {zero, ones, low, high}) {
        const std::vector<frame> frames{text("text").masked_with(key), generated_binary(300).masked_with(key),
                                        generated_text(100).masked_with(key), ping("ping").masked_with(key)};
        cases.push_back(accepted("a key of few bits", frames));
    }
}

void add_lengths(std::vector<test_case>& cases) {
    struct length_case {
        std::size_t size;
        length_form form;
        std::size_t octet;  // of the header, that decides
    };
    // 16 bits: the second length octet; 64 bits: the sixth leading zero.
    const length_case not_minimal[] = {
        {0, length_form::bits16, 3},   {1, length_form::bits16, 3},   {124, length_form::bits16, 3},
        {125, length_form::bits16, 3}, {0, length_form::bits64, 7},   {125, length_form::bits64, 7},
        {126, length_form::bits64, 7}, {256, length_form::bits64, 7}, {65535, length_form::bits64, 7}};
    const auto error = wspc::error::length_not_minimal;
    for (const length_case& l : not_minimal) {
        const std::string name = std::to_string(l.size) + " octets in " +
                                 (l.form == length_form::bits16 ? "16" : "64") + " bits of length";
        const frame t = generated_text(l.size).in(l.form);
        const frame b = generated_binary(l.size).in(l.form);
        const frame c = continuation(body{body::fill::binary, l.size, 0, l.size}).in(l.form);
        cases.push_back(refused("text, " + name, {t}, header_octet(0, l.octet), error, 1002));
        cases.push_back(refused("binary, " + name, {text("good"), b}, header_octet(1, l.octet), error, 1002));
        cases.push_back(refused("continuation, " + name, {binary("half").unfinished(), c},
                                header_octet(1, l.octet), error, 1002));
    }
    const std::uint64_t top = std::uint64_t{1} << 63;
    for (const std::uint64_t length : {top, top + 1, top | 0x10000, UINT64_MAX, UINT64_MAX - 13}) {
        cases.push_back(refused("a length with the top bit", {binary("x").claiming(length)},
                                header_octet(0, 2), wspc::error::length_too_large, 1002));
        cases.push_back(refused("a length with the top bit behind a message",
                                {text("good"), text("x").claiming(length)}, header_octet(1, 2),
                                wspc::error::length_too_large, 1002));
    }
    // No length is added to before it is compared.
    cases.push_back(refused("the longest length", {binary("x").claiming(top - 1)}, header_octet(0, 9),
                            wspc::error::frame_too_big, 1009));
    cases.push_back(refused("fragments whose sum is 2^63",
                            {text("a").unfinished(), continuation("x").claiming(top - 1)}, header_octet(1, 9),
                            wspc::error::frame_too_big, 1009));
}

}  // namespace

std::vector<test_case> masking_and_length_cases() {
    std::vector<test_case> cases;
    add_masking(cases);
    add_lengths(cases);
    return cases;
}

}  // namespace conformance
