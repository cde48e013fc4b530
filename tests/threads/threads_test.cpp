// SPDX-License-Identifier: Apache-2.0
// Threads that use wspc at the same time: they may choose the kernel together, and share nothing but
// constants otherwise. ThreadSanitizer sees what these programs happen not to show.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/connection.hpp>
#include <wspc/cpu.hpp>
#include <wspc/masking_keys.hpp>

namespace {

constexpr std::size_t thread_count = 4;

// Runs `work` on every thread at the same moment.
void on_all_threads(const std::function<void(std::size_t)>& work) {
    std::latch start{thread_count};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < thread_count; ++i) {
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            work(i);
        });
    }
    for (std::thread& each : threads) each.join();
}

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

// Runs first, see main(): nothing has chosen a kernel before.
TEST(threads, agree_on_the_kernel_when_all_of_them_choose_it) {
    std::array<std::vector<std::byte>, thread_count> masked;
    std::array<std::string_view, thread_count> chosen;
    const wspc::masking_key key{std::byte{1}, std::byte{2}, std::byte{4}, std::byte{8}};
    on_all_threads([&](std::size_t i) {
        masked[i].resize(1000);
        // Half of them come by way of a function that runs on the kernel, half by way of the report.
        if (i % 2 == 0) wspc::mask(masked[i], key);
        chosen[i] = wspc::active_kernel().active;
        if (i % 2 != 0) wspc::mask(masked[i], key);
    });
    EXPECT_FALSE(chosen[0].empty());
    for (std::size_t i = 0; i < thread_count; ++i) {
        EXPECT_EQ(chosen[i], chosen[0]);
        for (std::size_t at = 0; at < masked[i].size(); ++at) ASSERT_EQ(masked[i][at], key[at % 4]) << at;
    }
    EXPECT_EQ(std::ranges::count(wspc::all_kernels(), chosen[0], &wspc::kernel_info::name), 1);
}

TEST(threads, run_connections_that_share_their_configuration_only) {
    constexpr std::size_t rounds = 300;
    std::array<std::size_t, thread_count> echoed{};
    on_all_threads([&](std::size_t i) {
        wspc::masking_keys keys;
        wspc::connection client{wspc::role::client, wspc::default_connection_config, {}, &keys};
        wspc::connection server{wspc::role::server};
        wspc::batch<> batch;
        std::array<std::byte, 4096> wire;
        std::array<std::byte, 4096> answer;
        for (std::size_t round = 0; round < rounds; ++round) {
            // Different on every thread and in every round, on both sides of the border of small frames.
            const std::string text(round, static_cast<char>('a' + i));
            const auto sent =
                client.write(wire, wspc::opcode::text, std::as_bytes(std::span{text.data(), text.size()}));
            ASSERT_EQ(sent.code, wspc::error::none);
            const wspc::received asked = server.receive(std::span{wire}.first(sent.size), batch);
            ASSERT_EQ(asked.events.size(), 1u);
            const wspc::write_result replied = server.write(answer, asked.events[0]);
            ASSERT_EQ(replied.code, wspc::error::none);
            const wspc::received got = client.receive(std::span{answer}.first(replied.size), batch);
            ASSERT_EQ(got.events.size(), 1u);
            ASSERT_EQ(as_text(got.events[0].bytes), text);
            ++echoed[i];
        }
    });
    for (const std::size_t count : echoed) EXPECT_EQ(count, rounds);
}

// Not the main of the other tests, which reports the kernel and so chooses it before any thread.
int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
