// SPDX-License-Identifier: Apache-2.0
// What a fork does to masking_keys; only for systems that have one.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
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

// The areas of memory that the kernel keeps account of; 0 where it does not tell.
std::size_t mappings() {
    std::ifstream maps{"/proc/self/maps"};
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>{maps}, std::istreambuf_iterator<char>{}, '\n'));
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

// The kernel keeps a page that it wipes apart from its neighbours, and a process may have only so many
// of such areas: 65,530 is usual on Linux.
TEST(masking_keys, cost_the_process_no_mapping_each) {
    std::vector<std::unique_ptr<masking_keys>> pools(1000);
    for (auto& pool : pools) pool = std::make_unique<masking_keys>();
    const std::size_t before = mappings();
    for (const auto& pool : pools) (void)draw(*pool, 1);
    EXPECT_LE(mappings(), before + 20);
}

}  // namespace
}  // namespace wspc::test
