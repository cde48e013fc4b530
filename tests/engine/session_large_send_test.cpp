// SPDX-License-Identifier: Apache-2.0
// A payload that is larger than what one action can say: counts of actions have 32 bits.
#include <wspc/session.hpp>

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace wspc::test {
namespace {

#if SIZE_MAX > UINT32_MAX

TEST(session_of_a_server, shows_more_than_four_gibibytes_in_several_actions) {
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    constexpr std::size_t size = most + 70'000;
    // Nobody reads it, so that it takes no memory.
    void* const got = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(got, MAP_FAILED);
    const std::span payload{static_cast<const std::byte*>(got), size};

    std::array<std::byte, 4096 + 4096 + session::control_size> memory{};
    session subject{role::server, default_session_config,
                    session_memory{std::span{memory}.first(4096), std::span{memory}.subspan(4096, 4096),
                                   std::span{memory}.last(session::control_size)},
                    agreement{}, nullptr};
    send_operation large{.op = opcode::binary, .payload = payload};
    ASSERT_EQ(subject.send(large), error::none);
    std::array<std::span<const std::byte>, 8> room{};
    const auto lent = [&] {
        const action a = subject.next(action_queue::send, room);
        EXPECT_EQ(a.kind, action_kind::send);
        EXPECT_EQ(a.buffers.size(), 1u);
        const std::span<const std::byte> only = a.buffers.empty() ? room[0] : a.buffers[0];
        subject.complete(a, only.size());
        return only;
    };
    EXPECT_EQ(lent().size(), 10u);  // the header
    const std::span<const std::byte> front = lent();
    EXPECT_EQ(front.data(), payload.data());
    EXPECT_EQ(front.size(), most);
    const std::span<const std::byte> back = lent();
    EXPECT_EQ(back.data(), payload.data() + most);
    EXPECT_EQ(back.size(), size - most);
    const action done = subject.next(action_queue::send, room);
    EXPECT_EQ(done.kind, action_kind::sent);
    EXPECT_EQ(done.sending, &large);
    EXPECT_EQ(large.code, error::none);
    munmap(got, size);
}

#endif

}  // namespace
}  // namespace wspc::test
