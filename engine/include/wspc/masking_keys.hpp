// SPDX-License-Identifier: Apache-2.0
// Where masking keys come from (RFC 6455 5.3, 10.3): the system's generator, in batches, and never
// the same key in two processes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wspc/error.hpp>
#include <wspc/mask.hpp>

namespace wspc {
inline namespace v0 {

// A generator of unpredictable bytes. Tests inject their own.
struct random_source {
    void* context = nullptr;
    // Fills all of `bytes`, or answers false.
    bool (*fill)(void* context, std::span<std::byte> bytes) noexcept = nullptr;
};

// The cryptographic generator of the platform, seeded by the operating system; safe from any
// thread and across fork.
[[nodiscard]] random_source system_random() noexcept;

// A pool of keys. It is drawn 16 KiB at a time, and at first 4 KiB, so that who sends little touches little
// memory. A peer must not be able to predict a key (RFC 6455 10.3), so each is handed out once, wiped from
// the pool at once, and not handed out by both sides of a fork: the child notices, and draws its own.
//
// One per thread; any number of connections of that thread may share it, and hold its address. Lives
// anywhere but in memory that processes share: stack, heap or static storage.
class masking_keys {
public:
    // Draws nothing yet. `source` is used until the end of the object's life.
    explicit masking_keys(random_source source = system_random()) noexcept;
    ~masking_keys();
    masking_keys(const masking_keys&) = delete;
    masking_keys& operator=(const masking_keys&) = delete;

    // A fresh key, or no_randomness when the source failed; the next call tries again.
    [[nodiscard]] result<masking_key> next() noexcept {
        const std::uint32_t left = left_;  // once: compilers load it again behind an atomic load
        if (left == 0 || process_->load(std::memory_order_relaxed) != drawn_in_) return next_guarded();
        return {take(left), error::none};
    }

private:
    static constexpr std::uint32_t capacity = 16384 / sizeof(masking_key);
    static constexpr std::uint32_t first_draw = 4096 / sizeof(masking_key);

    // `left` is left_, and not 0.
    [[nodiscard]] masking_key take(std::uint32_t left) noexcept {
        left_ = left - 1;
        masking_key& next = pool_[left - 1];
        const masking_key key = next;
        next = {};
        return key;
    }
    [[nodiscard]] result<masking_key> next_guarded() noexcept;

    std::array<masking_key, capacity> pool_;  // left_ of them are keys
    std::uint32_t left_ = 0;
    std::uint32_t drawn_ = 0;  // the last time: so many have been touched
    // While this holds drawn_in_, the pool is of this process; set before there are keys.
    const std::atomic<std::uint32_t>* process_ = nullptr;
    std::uint32_t drawn_in_ = 0;
    random_source source_;
};

}  // namespace v0
}  // namespace wspc
