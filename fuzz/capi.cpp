// SPDX-License-Identifier: Apache-2.0
// websocket.h under any order of calls: two handles that obey, whose every answer a model knows; a handle
// beside the session that it stands for; and programs that obey nothing (capi_anarchy.hpp).
#include <memory>

#include <gtest/gtest.h>

#include "capi/simulation.hpp"
#include "capi/twins.hpp"
#include "capi_anarchy.hpp"
#include "finding.hpp"
#include "input.hpp"

namespace wspc::fuzz {
namespace {

// Illegal calls, which choices of their own put in between, change nothing.
void obey(input& choices) {
    const std::span<const std::byte> of_illegal = choices.take(choices.left() / 4);
    const test::random_source random{choices.rest()};
    const test::outcome one = test::simulate(random);
    if (!one.fault.empty()) finding(one.fault);
    test::random_source illegal{of_illegal};
    const test::outcome other = test::simulate(random, &illegal);
    if (!other.fault.empty()) finding("with illegal calls in between: " + other.fault);
    expect(one.answers == other.answers, "an illegal call changed an answer");
    expect(one.frames == other.frames, "an illegal call changed what is on the wire");
}

void compare_with_session(input& choices) {
    const role side = choices.flag() ? role::client : role::server;
    test::random_source random{choices.rest()};
    const auto pair = std::make_unique<test::twins>(side, random);
    for (std::size_t left = random.between(20, 200); left != 0; --left) pair->step();
    pair->check_wires();
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    // The tests' own checks end the program, too.
    testing::GTEST_FLAG(break_on_failure) = true;
    wspc::fuzz::input choices{bytes, size};
    switch (choices.below(4)) {
        case 0: wspc::fuzz::obey(choices); break;
        case 1: wspc::fuzz::compare_with_session(choices); break;
        default: wspc::fuzz::anarchy{choices}.run();
    }
    return 0;
}
