// SPDX-License-Identifier: Apache-2.0
// Repeatable random numbers: the same seed gives the same test on every platform, which the
// distributions of the standard library do not promise. Or choices that a fuzzer makes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

#include "support/bytes.hpp"

namespace wspc::test {

class random_source {
public:
    explicit random_source(std::uint64_t seed) : engine_{seed} {}

    // Takes what below() gives from these octets, as few as can hold it, and gives 0 when none are left.
    // Octets are still drawn at random, so that a long payload takes up none of the choices.
    explicit random_source(std::span<const std::byte> choices)
        : engine_{0}, choices_{choices}, chosen_{true} {}

    [[nodiscard]] std::uint64_t next() { return engine_(); }

    // 0 to limit - 1.
    [[nodiscard]] std::size_t below(std::size_t limit) {
        return static_cast<std::size_t>((chosen_ ? choice(limit) : engine_()) % limit);
    }

    // low to high, both inclusive.
    [[nodiscard]] std::size_t between(std::size_t low, std::size_t high) {
        return low + below(high - low + 1);
    }

    // Not when no choices are left, so that what is rare stays so.
    [[nodiscard]] bool one_in(std::size_t count) { return below(count) == (chosen_ ? count - 1 : 0); }

    [[nodiscard]] std::byte octet() { return static_cast<std::byte>(engine_() >> 56); }

    [[nodiscard]] bytes octets(std::size_t size) {
        bytes made(size);
        for (std::byte& b : made) b = octet();
        return made;
    }

private:
    std::uint64_t choice(std::size_t limit) {
        std::uint64_t value = 0;
        for (std::size_t most = limit - 1; most != 0 && !choices_.empty(); most >>= 8) {
            value = value << 8 | std::to_integer<std::uint64_t>(choices_.front());
            choices_ = choices_.subspan(1);
        }
        return value;
    }

    std::mt19937_64 engine_;
    std::span<const std::byte> choices_;
    bool chosen_ = false;
};

}  // namespace wspc::test
