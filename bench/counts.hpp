// SPDX-License-Identifier: Apache-2.0
// How bench/counts.cpp and bench/counts_layers.cpp mark what callgrind is to count.
#pragma once

#include <valgrind/callgrind.h>

#include <cstdint>
#include <cstdio>
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

// A generator that takes the same number of instructions whatever the platform's is. Each call costs several
// times as many as a key does, as those of real generators do: to call it more often is seen.
class counted_random {
public:
    [[nodiscard]] random_source source() noexcept { return {this, fill}; }

private:
    std::uint64_t step() noexcept {  // Marsaglia's xorshift
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        return state_ ^= state_ << 17;
    }
    static bool fill(void* self, std::span<std::byte> bytes) noexcept {
        auto& random = *static_cast<counted_random*>(self);
        for (int i = 0; i < 64; ++i) (void)random.step();
        for (std::byte& b : bytes) b = static_cast<std::byte>(random.step());
        return true;
    }

    std::uint64_t state_ = 1;
};

// Handshakes, sessions and websocket.h.
void count_layers();

}  // namespace wspc::bench
