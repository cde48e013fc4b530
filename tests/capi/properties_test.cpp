// SPDX-License-Identifier: Apache-2.0
// What holds for every order of calls. A failure names the seed, which repeats it.
#include <cstddef>
#include <cstdio>

#include "capi/simulation.hpp"
#include "support/scale.hpp"

#include <gtest/gtest.h>

namespace wspc::test {
namespace {

// Whatever two programs do with their handles, nothing is lost, doubled, or out of order.
TEST(properties, legal_calls_in_any_order_lose_and_reorder_nothing) {
    const std::size_t count = scaled(100'000);
    std::size_t octets = 0;
    for (std::size_t seed = 0; seed < count; ++seed) {
        const outcome got = simulate(random_source{seed});
        ASSERT_EQ(got.fault, "") << "seed " << seed;
        for (const auto& frames : got.frames)
            for (const plain_frame& frame : frames) octets += frame.payload.size();
    }
    // The simulation did something.
    EXPECT_GT(octets, count * 100);
    std::printf("%zu sequences, %zu octets\n", count, octets);
}

// Twins: the one hears illegal calls in between, and goes on as the other that does not.
TEST(properties, illegal_calls_are_refused_and_change_nothing) {
    const std::size_t count = scaled(20'000);
    for (std::size_t seed = 0; seed < count; ++seed) {
        random_source illegal{seed + 0x9e3779b97f4a7c15u};
        const outcome one = simulate(random_source{seed});
        const outcome other = simulate(random_source{seed}, &illegal);
        ASSERT_EQ(one.fault, "") << "seed " << seed;
        ASSERT_EQ(other.fault, "") << "seed " << seed;
        ASSERT_TRUE(one.answers == other.answers) << "seed " << seed;
        ASSERT_TRUE(one.frames == other.frames) << "seed " << seed;
    }
}

}  // namespace
}  // namespace wspc::test
