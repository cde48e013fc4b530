// SPDX-License-Identifier: Apache-2.0
// Masking keys that can be told apart, for the tests of masking_keys.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#ifndef _WIN32
#include <sys/mman.h>
#endif

#include <wspc/masking_keys.hpp>

namespace wspc::test {

inline std::uint32_t number(masking_key key) {
    std::uint32_t value;
    std::memcpy(&value, key.data(), sizeof value);
    return value;
}

// Fills with numbers that no two calls share, not even in two processes: a key that occurs twice
// was handed out twice.
class numbers {
public:
#ifdef _WIN32
    numbers() : shared_{new state} {}
    ~numbers() { delete shared_; }
#else
    numbers() {
        void* const memory =
            mmap(nullptr, sizeof *shared_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        shared_ = new (memory) state;
    }
    ~numbers() { munmap(shared_, sizeof *shared_); }
#endif
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

inline std::vector<std::uint32_t> draw(masking_keys& keys, std::size_t count) {
    std::vector<std::uint32_t> drawn;
    for (std::size_t i = 0; i < count; ++i) {
        const auto key = keys.next();
        EXPECT_EQ(key.code, error::none);
        drawn.push_back(number(key.value));
    }
    return drawn;
}

inline bool distinct(std::initializer_list<std::vector<std::uint32_t>> lists) {
    std::set<std::uint32_t> seen;
    std::size_t count = 0;
    for (const auto& list : lists) {
        count += list.size();
        seen.insert(list.begin(), list.end());
    }
    return seen.size() == count && !seen.contains(0);
}

}  // namespace wspc::test
