// SPDX-License-Identifier: Apache-2.0
#include <wspc/masking_keys.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <new>
#include <span>

#include <gtest/gtest.h>

#include "drawn_keys.hpp"

namespace wspc::test {
namespace {

// Keys in memory whose bytes before, during and after their life can be counted. What an object does not
// write keeps what the memory held (a stack: the keys of whoever stood there), so it is filled first.
class observed_keys {
public:
    explicit observed_keys(random_source source, unsigned char before = 0) {
        // volatile: a compiler may leave out what is written where an object is about to begin
        std::fill_n(static_cast<volatile unsigned char*>(bytes_.data()), bytes_.size(), before);
        keys_ = new (bytes_.data()) masking_keys{source};
    }
    observed_keys(const observed_keys&) = delete;
    observed_keys& operator=(const observed_keys&) = delete;
    ~observed_keys() {
        if (keys_) end();
    }

    masking_keys& keys() { return *keys_; }
    void end() {
        keys_->~masking_keys();
        keys_ = nullptr;
    }
    std::ptrdiff_t count(unsigned char byte) const { return std::count(bytes_.begin(), bytes_.end(), byte); }

private:
    alignas(masking_keys) std::array<unsigned char, sizeof(masking_keys)> bytes_;
    masking_keys* keys_;
};

constexpr unsigned char drawn = 0xA7;

bool fill_drawn(void*, std::span<std::byte> bytes) noexcept {
    std::fill(bytes.begin(), bytes.end(), std::byte{drawn});
    return true;
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
    observed_keys observed{{nullptr, fill_drawn}};
    (void)draw(observed.keys(), 1);
    const std::ptrdiff_t fresh = observed.count(drawn);
    EXPECT_GE(fresh, 4000);
    (void)draw(observed.keys(), 100);
    const std::ptrdiff_t left = observed.count(drawn);
    EXPECT_GE(fresh - left, 400);
    EXPECT_LE(fresh - left, 401);  // the count of what is left may look alike
}

TEST(masking_keys, hands_out_nothing_without_randomness_and_recovers) {
    struct state {
        bool works = false;
        numbers random;
    } shared;
    observed_keys observed{{&shared, [](void* context, std::span<std::byte> bytes) noexcept {
                                state& s = *static_cast<state*>(context);
                                if (s.works) return s.random.source().fill(s.random.source().context, bytes);
                                (void)fill_drawn(nullptr, bytes);
                                return false;
                            }}};
    masking_keys& keys = observed.keys();
    for (int i = 0; i < 3; ++i) {
        const auto key = keys.next();
        EXPECT_EQ(key.code, error::no_randomness);
        EXPECT_EQ(number(key.value), 0u);
        // What a failing generator left behind is never used either.
        EXPECT_LE(observed.count(drawn), 16);
    }
    shared.works = true;
    EXPECT_TRUE(distinct({draw(keys, 1500)}));
    shared.works = false;
    std::size_t left = 0;
    while (keys.next()) ++left;
    EXPECT_EQ(left, 1024u + 4096u - 1500u);
    masking_keys none{random_source{}};
    EXPECT_EQ(none.next().code, error::no_randomness);
}

TEST(masking_keys, leaves_no_key_in_its_memory) {
    observed_keys observed{{nullptr, fill_drawn}};
    (void)draw(observed.keys(), 1);
    EXPECT_GE(observed.count(drawn), 4000);
    observed.end();
    EXPECT_LE(observed.count(drawn), 16);
}

TEST(masking_keys, of_one_that_sends_little_touches_little_memory) {
    numbers random;
    observed_keys observed{random.source(), 0x5c};
    (void)draw(observed.keys(), 1024);
    EXPECT_GE(observed.count(0x5c), 12 * 1024 - 16);
    observed.end();
    EXPECT_GE(observed.count(0x5c), 12 * 1024 - 16);
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
