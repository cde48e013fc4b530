// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wspc/masking_keys.hpp>

namespace {

using wspc::error;
using wspc::masking_key;
using wspc::masking_keys;

std::uint32_t number(masking_key key) {
    std::uint32_t value;
    std::memcpy(&value, key.data(), sizeof value);
    return value;
}

// Fills with numbers that no two calls share, not even in two processes: a key that occurs twice
// was handed out twice.
class numbers {
public:
    numbers() {
        void* const memory =
            mmap(nullptr, sizeof *shared_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        shared_ = new (memory) state;
    }
    ~numbers() { munmap(shared_, sizeof *shared_); }
    numbers(const numbers&) = delete;
    numbers& operator=(const numbers&) = delete;

    wspc::random_source source() { return {shared_, fill}; }
    std::uint32_t calls() const { return shared_->calls; }

private:
    struct state {
        std::atomic<std::uint32_t> next{1};
        std::atomic<std::uint32_t> calls{0};
    };
    static bool fill(void* context, std::span<std::byte> bytes) noexcept {
        state& shared = *static_cast<state*>(context);
        ++shared.calls;
        for (; bytes.size() >= 4; bytes = bytes.subspan(4)) {
            const std::uint32_t value = shared.next++;
            std::memcpy(bytes.data(), &value, 4);
        }
        return true;
    }

    state* shared_;
};

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

std::vector<std::uint32_t> draw(masking_keys& keys, std::size_t count) {
    std::vector<std::uint32_t> drawn;
    for (std::size_t i = 0; i < count; ++i) {
        const auto key = keys.next();
        EXPECT_EQ(key.code, error::none);
        drawn.push_back(number(key.value));
    }
    return drawn;
}

bool distinct(std::initializer_list<std::vector<std::uint32_t>> lists) {
    std::set<std::uint32_t> seen;
    std::size_t count = 0;
    for (const auto& list : lists) {
        count += list.size();
        seen.insert(list.begin(), list.end());
    }
    return seen.size() == count && !seen.contains(0);
}

// The bytes of the object, used keys and fresh ones.
std::size_t count_byte(const masking_keys& keys, unsigned char byte) {
    std::array<unsigned char, sizeof(masking_keys)> bytes;
    std::memcpy(bytes.data(), static_cast<const void*>(&keys), sizeof keys);
    return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), byte));
}

TEST(masking_keys, hands_out_each_key_once) {
    numbers random;
    masking_keys keys{random.source()};
    EXPECT_EQ(random.calls(), 0u);
    EXPECT_TRUE(distinct({draw(keys, 5000)}));
    EXPECT_EQ(random.calls(), 5u);
}

TEST(masking_keys, draws_from_the_system) {
    masking_keys keys, others;
    EXPECT_NE(draw(keys, 8), draw(others, 8));
    EXPECT_NE(draw(keys, 8), std::vector<std::uint32_t>(8, 0));
}

TEST(masking_keys, wipes_used_keys_from_its_pool) {
    masking_keys keys{{nullptr, [](void*, std::span<std::byte> bytes) noexcept {
                           std::fill(bytes.begin(), bytes.end(), std::byte{0xA7});
                           return true;
                       }}};
    (void)draw(keys, 1);
    const std::size_t fresh = count_byte(keys, 0xA7);
    EXPECT_GE(fresh, 4000u);
    (void)draw(keys, 100);
    const std::size_t left = count_byte(keys, 0xA7);
    EXPECT_GE(fresh - left, 400u);
    EXPECT_LE(fresh - left, 401u);  // the count of what is left may look alike
}

TEST(masking_keys, hands_out_nothing_without_randomness_and_recovers) {
    struct state {
        bool works = false;
        numbers random;
    } shared;
    masking_keys keys{{&shared, [](void* context, std::span<std::byte> bytes) noexcept {
                           state& s = *static_cast<state*>(context);
                           if (s.works) return s.random.source().fill(s.random.source().context, bytes);
                           std::fill(bytes.begin(), bytes.end(), std::byte{0xA7});
                           return false;
                       }}};
    for (int i = 0; i < 3; ++i) {
        const auto key = keys.next();
        EXPECT_EQ(key.code, error::no_randomness);
        EXPECT_EQ(number(key.value), 0u);
        // What a failing generator left behind is never used either.
        EXPECT_LE(count_byte(keys, 0xA7), 16u);
    }
    shared.works = true;
    EXPECT_TRUE(distinct({draw(keys, 1500)}));
    shared.works = false;
    std::size_t left = 0;
    while (keys.next()) ++left;
    EXPECT_EQ(left, 2 * 1023u - 1500u);
    masking_keys none{wspc::random_source{}};
    EXPECT_EQ(none.next().code, error::no_randomness);
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

TEST(masking_keys, leaves_no_key_in_its_memory) {
    alignas(masking_keys) static std::array<unsigned char, sizeof(masking_keys)> memory;
    masking_keys* const keys =
        new (memory.data()) masking_keys{{nullptr, [](void*, std::span<std::byte> bytes) noexcept {
                                              std::fill(bytes.begin(), bytes.end(), std::byte{0xA7});
                                              return true;
                                          }}};
    (void)draw(*keys, 1);
    EXPECT_GE(std::count(memory.begin(), memory.end(), 0xA7), 4000);
    keys->~masking_keys();
    EXPECT_LE(std::count(memory.begin(), memory.end(), 0xA7), 16);
}

TEST(masking_keys, leaves_errno_alone) {
    errno = 12345;
    numbers random;
    {
        masking_keys keys{random.source()};
        (void)keys.next();
    }
    EXPECT_EQ(errno, 12345);
}

}  // namespace
