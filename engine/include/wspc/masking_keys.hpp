// SPDX-License-Identifier: Apache-2.0
// Where masking keys come from (RFC 6455 5.3, 10.3): the system's generator, in batches, and never
// the same key in two processes.
#pragma once

#include <array>
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

// A pool of keys, drawn 4 KiB at a time. A peer must not be able to predict a key (RFC 6455 10.3),
// so each is handed out once, wiped from the pool at once, and not handed out by both sides of a
// fork: the child finds its pool empty and draws its own.
//
// One per thread; any number of connections of that thread may share it. It must not move, since
// the kernel knows its page. Lives anywhere: stack, heap or static storage.
class masking_keys {
public:
    // Draws nothing yet. `source` is used until the end of the object's life.
    explicit masking_keys(random_source source = system_random()) noexcept;
    ~masking_keys();
    masking_keys(const masking_keys&) = delete;
    masking_keys& operator=(const masking_keys&) = delete;

    // A fresh key, or no_randomness when the source failed; the next call tries again.
    [[nodiscard]] result<masking_key> next() noexcept {
        if (pool_.left == 0) return next_guarded();
        return {take(--pool_.left), error::none};
    }

private:
    static constexpr std::size_t page_size = 4096;
    static constexpr std::uint32_t capacity = page_size / sizeof(masking_key) - 1;

    // Exactly one page. Where the kernel wipes it in a forked child, `left` is then 0 there, which
    // is all that next() has to look at.
    struct alignas(page_size) pool {
        std::uint32_t left;
        std::array<masking_key, capacity> keys;
    };
    static_assert(sizeof(pool) == page_size);

    // How a fork comes to notice.
    enum class guard : std::uint8_t {
        undecided,  // nothing drawn yet
        no_fork,    // there is none on this system
        wiped,      // the kernel wipes the page in the child
        pid,        // it cannot: `pool_.left` stays 0, and next_guarded() compares the process id
    };

    [[nodiscard]] masking_key take(std::uint32_t index) noexcept {
        const masking_key key = pool_.keys[index];
        pool_.keys[index] = {};
        return key;
    }
    [[nodiscard]] result<masking_key> next_guarded() noexcept;

    pool pool_;
    random_source source_;
    std::uint64_t pid_ = 0;
    std::uint32_t left_ = 0;  // keys in the pool, for guard::pid
    guard guard_ = guard::undecided;
};

}  // namespace v0
}  // namespace wspc
