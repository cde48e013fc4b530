// SPDX-License-Identifier: Apache-2.0
// Group 9: messages up to the default limits, whole, in fragments and in small writes; many small ones;
// and what passes a limit by one.
#include <algorithm>
#include <string>

#include "case.hpp"

namespace conformance {
namespace {

constexpr std::size_t mib = 1024 * kib;

// A generated message in fragments of `size` octets; a character may be in two of them.
std::vector<frame> fragments(body::fill kind, std::size_t whole, std::size_t size) {
    std::vector<frame> frames;
    for (std::size_t from = 0; from < whole; from += size) {
        const body part{kind, whole, from, std::min(size, whole - from)};
        const bool last = from + size >= whole;
        const unsigned opcode = from != 0 ? 0 : kind == body::fill::text ? 1 : 2;
        const frame f = any_frame(opcode, part);
        frames.push_back(last ? f : f.unfinished());
    }
    return frames;
}

std::vector<frame> small_messages(body::fill kind, std::size_t size) {
    std::vector<frame> frames;
    for (std::size_t i = 0; i < 1000; ++i)
        frames.push_back(
            any_frame(kind == body::fill::text ? 1 : 2, body{kind, 1000 * size, i * size, size}));
    return frames;
}

std::string amount(std::size_t octets) {
    return octets < kib   ? std::to_string(octets)
           : octets < mib ? std::to_string(octets / kib) + " KiB"
                          : std::to_string(octets / mib) + " MiB";
}

void add_messages(std::vector<test_case>& cases, body::fill kind, const std::string& name) {
    for (const std::size_t size : {64 * kib, 256 * kib, mib, 4 * mib, 8 * mib, 16 * mib}) {
        cases.push_back(accepted(name + amount(size), fragments(kind, size, size)));
        if (size == mib) cases.back().writes = {64, 128, 256, 512, 1024, 2048};
    }

    for (const std::size_t size :
         {std::size_t{64}, std::size_t{256}, kib, 4 * kib, 16 * kib, 64 * kib, 256 * kib, mib, 4 * mib})
        cases.push_back(
            accepted(name + "4 MiB in fragments of " + amount(size), fragments(kind, 4 * mib, size)));
    cases.push_back(accepted(name + "256 KiB in fragments of 64", fragments(kind, 256 * kib, 64)));
    // Fragments whose borders go through characters and words.
    cases.push_back(accepted(name + "256 KiB in fragments of 97", fragments(kind, 256 * kib, 97)));
    cases.push_back(accepted(name + "16 MiB in fragments of 4 MiB", fragments(kind, 16 * mib, 4 * mib)));

    for (const std::size_t size :
         {std::size_t{0}, std::size_t{16}, std::size_t{64}, std::size_t{256}, kib, 4 * kib})
        cases.push_back(accepted(name + "1000 messages of " + amount(size), small_messages(kind, size)));
}

void add_limits(std::vector<test_case>& cases) {
    const auto frame_too_big = wspc::error::frame_too_big;
    const auto message_too_big = wspc::error::message_too_big;
    cases.push_back(refused("a frame of 16 MiB and one octet", {binary("x").claiming(16 * mib + 1)},
                            header_octet(0, 9), frame_too_big, 1009));
    cases.push_back(refused("a frame of 16 MiB and one octet behind a message",
                            {text("good"), text("x").claiming(16 * mib + 1)}, header_octet(1, 9),
                            frame_too_big, 1009));
    std::vector<frame> sum = fragments(body::fill::binary, 16 * mib, 4 * mib);
    for (frame& f : sum) f = f.unfinished();
    sum.push_back(continuation("x"));
    cases.push_back(
        refused("fragments of 16 MiB and one octet", sum, header_octet(4, 1), message_too_big, 1009));
    cases.push_back(refused("one octet, and 16 MiB",
                            {binary("x").unfinished(), continuation("y").claiming(16 * mib)},
                            header_octet(1, 9), message_too_big, 1009));

    constexpr std::size_t most = 262'144;
    std::vector<frame> many(most, continuation("").unfinished());
    many.front() = text("").unfinished();
    many.back() = continuation("end");
    cases.push_back(accepted("262144 fragments", many));
    many.back() = many[1];
    many.push_back(continuation("end"));
    cases.push_back(
        refused("262145 fragments", many, header_octet(most, 0), wspc::error::too_many_fragments, 1008));
}

}  // namespace

std::vector<test_case> limit_cases() {
    std::vector<test_case> cases;
    add_messages(cases, body::fill::text, "text: ");
    add_messages(cases, body::fill::binary, "binary: ");
    add_limits(cases);
    return cases;
}

}  // namespace conformance
