// SPDX-License-Identifier: Apache-2.0
#include <wspc/masking_keys.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include <gtest/gtest.h>

#include "drawn_keys.hpp"

namespace wspc::test {
namespace {

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
    EXPECT_TRUE(distinct({draw(keys, 1024 + 2 * 4096)}));
    EXPECT_EQ(random.calls(), 3u);
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
    EXPECT_EQ(left, 1024u + 4096u - 1500u);
    masking_keys none{wspc::random_source{}};
    EXPECT_EQ(none.next().code, error::no_randomness);
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

TEST(masking_keys, of_one_that_sends_little_touches_little_memory) {
    alignas(masking_keys) static std::array<unsigned char, sizeof(masking_keys)> memory;
    memory.fill(0x5c);
    numbers random;
    masking_keys* const keys = new (memory.data()) masking_keys{random.source()};
    (void)draw(*keys, 1024);
    const auto untouched = [] { return std::count(memory.begin(), memory.end(), 0x5c); };
    EXPECT_GE(untouched(), 12 * 1024 - 16);
    keys->~masking_keys();
    EXPECT_GE(untouched(), 12 * 1024 - 16);
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
}  // namespace wspc::test
