// SPDX-License-Identifier: Apache-2.0
// How bench/counts.cpp and bench/counts_layers.cpp mark what callgrind is to count.
#pragma once

#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>

#include <wspc/masking_keys.hpp>

namespace wspc::bench {

inline bool counts_failed = false;

// What `work` does twice: first so that everything lazy is done, then counted. It says whether all went
// well.
template <class Work>
void counted(const char* name, Work&& work) {
    if (!work()) counts_failed = true;
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
    const bool good = work();
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(name);
    if (good && !counts_failed) return;
    std::fprintf(stderr, "%s: not what was to be counted\n", name);
    counts_failed = true;
}

// As many times as short work is done.
inline constexpr int repetitions = 512;

// A generator that takes the same number of instructions whatever the platform's is. A call costs as much as
// is asked for, and its octets next to nothing: to call it more often is seen, and does not hide the rest.
class counted_random {
public:
    // Some six instructions a step.
    explicit counted_random(int steps = 64) noexcept : steps_{steps} {}
    [[nodiscard]] random_source source() noexcept { return {this, fill}; }

private:
    std::uint64_t step() noexcept {  // Marsaglia's xorshift
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        return state_ ^= state_ << 17;
    }
    static bool fill(void* self, std::span<std::byte> bytes) noexcept {
        auto& random = *static_cast<counted_random*>(self);
        for (int i = 0; i < random.steps_; ++i) (void)random.step();
        std::memset(bytes.data(), static_cast<int>(random.state_ % 256), bytes.size());
        return true;
    }

    std::uint64_t state_ = 1;
    int steps_;
};

// Handshakes, sessions and websocket.h.
void count_layers();

}  // namespace wspc::bench
