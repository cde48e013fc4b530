// SPDX-License-Identifier: Apache-2.0
// websocket.h equals wspc::session with the configuration that it stands for: the same calls, the same
// octets and the same random completions give the same answers. Links the library itself.
#include <memory>

#include "capi/twins.hpp"
#include "support/scale.hpp"

namespace wspc::test {
namespace {

TEST(same_as_session, the_same_calls_give_the_same_answers) {
    const std::size_t count = scaled(10'000);
    std::size_t octets = 0;
    for (std::uint64_t seed = 0; seed < count; ++seed) {
        for (const role side : {role::client, role::server}) {
            random_source random{seed};
            const auto pair = std::make_unique<twins>(side, random);
            const std::size_t steps = random.between(20, 200);
            for (std::size_t i = 0; i < steps && !testing::Test::HasFailure(); ++i) pair->step();
            pair->check_wires();
            octets += pair->octets();
            ASSERT_FALSE(testing::Test::HasFailure())
                << "seed " << seed << ", role " << static_cast<int>(side);
        }
    }
    EXPECT_GT(octets, count * 100);
}

}  // namespace
}  // namespace wspc::test
