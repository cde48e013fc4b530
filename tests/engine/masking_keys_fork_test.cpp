// SPDX-License-Identifier: Apache-2.0
// What a fork does to masking_keys; only for systems that have one.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wspc/masking_keys.hpp>

#include "drawn_keys.hpp"

namespace wspc::test {
namespace {

// Runs `work` in a child process and returns the numbers that it gave there.
template <class Work>
std::vector<std::uint32_t> in_child(Work&& work) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const pid_t child = fork();
    if (child < 0) std::abort();
    if (child == 0) {
        close(ends[0]);
        const std::vector<std::uint32_t> given = work();
        const std::size_t size = given.size() * sizeof given[0];
        _exit(write(ends[1], given.data(), size) == static_cast<ssize_t>(size) ? 0 : 1);
    }
    close(ends[1]);
    std::vector<std::uint32_t> given;
    for (std::uint32_t value; read(ends[0], &value, sizeof value) == sizeof value;) given.push_back(value);
    close(ends[0]);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return given;
}

// Forks with a half-used pool, twice: no key may occur in two processes.
void expect_no_key_twice(masking_keys& keys) {
    const auto before = draw(keys, 10);
    std::vector<std::uint32_t> grandchild;
    const auto child = in_child([&] {
        auto own = draw(keys, 20);
        const auto below = in_child([&] { return draw(keys, 20); });
        own.insert(own.end(), below.begin(), below.end());
        const auto after = draw(keys, 20);
        own.insert(own.end(), after.begin(), after.end());
        return own;
    });
    EXPECT_EQ(child.size(), 60u);
    const auto after = draw(keys, 20);
    const auto second = in_child([&] { return draw(keys, 20); });
    EXPECT_TRUE(distinct({before, child, after, second, draw(keys, 20)}));
}

TEST(masking_keys, never_survives_a_fork_on_the_stack) {
    numbers random;
    masking_keys keys{random.source()};
    expect_no_key_twice(keys);
}

TEST(masking_keys, never_survives_a_fork_on_the_heap) {
    numbers random;
    const auto keys = std::make_unique<masking_keys>(random.source());
    expect_no_key_twice(*keys);
}

numbers& static_numbers() {
    static numbers random;
    return random;
}
masking_keys static_keys{static_numbers().source()};

TEST(masking_keys, never_survives_a_fork_in_static_storage) { expect_no_key_twice(static_keys); }

TEST(masking_keys, never_survives_a_fork_with_the_system_generator) {
    masking_keys keys;
    (void)draw(keys, 1);
    const auto child = in_child([&] { return draw(keys, 8); });
    EXPECT_EQ(child.size(), 8u);
    EXPECT_NE(child, draw(keys, 8));
}

TEST(masking_keys, notices_a_fork_where_no_kernel_wipes) {
    // A page of a file cannot be wiped on fork, so the process id has to do.
    const int file = memfd_create("masking_keys", 0);
    ASSERT_GE(file, 0);
    ASSERT_EQ(ftruncate(file, sizeof(masking_keys)), 0);
    void* const memory = mmap(nullptr, sizeof(masking_keys), PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    ASSERT_NE(memory, MAP_FAILED);
    numbers random;
    masking_keys* const keys = new (memory) masking_keys{random.source()};
    EXPECT_TRUE(distinct({draw(*keys, 3000)}));
    EXPECT_EQ(random.calls(), 3u);
    expect_no_key_twice(*keys);
    keys->~masking_keys();
    munmap(memory, sizeof(masking_keys));
    close(file);
}

TEST(masking_keys, leaves_its_memory_as_any_other) {
    constexpr std::size_t size = 2 * sizeof(masking_keys);
    void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    // The neighbour keeps its bytes while the pool lives, and its successor afterwards.
    std::byte* const neighbour = static_cast<std::byte*>(memory) + sizeof(masking_keys);
    *neighbour = std::byte{1};
    numbers random;
    masking_keys* const keys = new (memory) masking_keys{random.source()};
    (void)draw(*keys, 1);
    const auto beside =
        in_child([&] { return std::vector<std::uint32_t>{std::to_integer<std::uint32_t>(*neighbour)}; });
    EXPECT_EQ(beside, std::vector<std::uint32_t>{1});
    keys->~masking_keys();
    std::memset(memory, 0x55, size);
    const auto bytes = in_child([&] {
        const auto* at = static_cast<const unsigned char*>(memory);
        return std::vector<std::uint32_t>{at[0], at[4095], at[sizeof(masking_keys) - 1]};
    });
    EXPECT_EQ(bytes, (std::vector<std::uint32_t>{0x55, 0x55, 0x55}));
    munmap(memory, size);
}

}  // namespace
}  // namespace wspc::test
