// SPDX-License-Identifier: Apache-2.0
// What every kernel needs of plain words: loads at any address, and the masking key at any phase. Of no
// instruction set, so that the message reader may mask a few octets with it.
// All of it unnamed, since kernel objects must not share a function (see dispatch.hpp).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dispatch.hpp"

#if defined(_MSC_VER) && !defined(__clang__)
#define WSPC_INLINE __forceinline
#define WSPC_NOINLINE __declspec(noinline)
#else
#define WSPC_INLINE [[gnu::always_inline]] inline
#define WSPC_NOINLINE [[gnu::noinline]]
#endif
#if defined(WSPC_COVERAGE) && !defined(WSPC_ARCH)
// The preset coverage: a function counts once, however many places it is compiled into.
#undef WSPC_INLINE
#define WSPC_INLINE inline
#endif

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

// Asks for the cache line at `at` without waiting for it. Measured on x86-64 only, so it is not done
// elsewhere.
WSPC_INLINE void prefetch([[maybe_unused]] const std::byte* at) noexcept {
#if defined(__x86_64__)
    __builtin_prefetch(at);
#endif
}

template <class word>
WSPC_INLINE word load_word(const std::byte* from) noexcept {
    word value;
    std::memcpy(&value, from, sizeof(word));
    return value;
}

template <class word>
WSPC_INLINE void store_word(std::byte* to, word value) noexcept {
    std::memcpy(to, &value, sizeof(word));
}

// The key for the payload `count` octets further on. Keys lie in registers as they lie in memory,
// so that the direction of the rotation depends on the machine.
WSPC_INLINE std::uint32_t rotated(std::uint32_t key, std::size_t count) noexcept {
    const unsigned shift = (static_cast<unsigned>(count) & 3) * 8;
    const unsigned back = (32 - shift) & 31;
    if constexpr (std::endian::native == std::endian::big) return (key << shift) | (key >> back);
    return (key >> shift) | (key << back);
}

// The top bit of each octet, which ASCII leaves clear.
constexpr std::uint64_t sign_bits = 0x8080808080808080;

WSPC_INLINE std::uint64_t doubled(std::uint32_t key) noexcept {
    return static_cast<std::uint64_t>(key) << 32 | key;
}

// The octet of the key that meets the first byte.
WSPC_INLINE std::byte first_octet(std::uint32_t key) noexcept {
    return static_cast<std::byte>(std::endian::native == std::endian::big ? key >> 24 : key);
}

// Fewer than 32 bytes, by words that overlap where the size is between two powers of two. From 8 bytes on
// without a branch: up to 15, the inner two words are the outer ones once more. All loads come before all
// stores, since `to` may equal `from`, where a byte that was XORed twice would be as it was. Gives the OR of
// the words that it wrote.
//
//     0                     16       size - 16             size
//     |------ first two words ------|
//                |------- last two words, key rotated by size -------|
WSPC_INLINE std::uint64_t mask_short(std::byte* to, const std::byte* from, std::size_t size,
                                     std::uint32_t key) noexcept {
    const std::uint32_t last_key = rotated(key, size);
    if (size >= 8) {
        const std::size_t inner = (size & 16) / 2;
        const std::size_t end = size - 8;
        const std::uint64_t first = load_word<std::uint64_t>(from) ^ doubled(key);
        const std::uint64_t second = load_word<std::uint64_t>(from + inner) ^ doubled(key);
        const std::uint64_t last_but_one = load_word<std::uint64_t>(from + end - inner) ^ doubled(last_key);
        const std::uint64_t last = load_word<std::uint64_t>(from + end) ^ doubled(last_key);
        store_word(to, first);
        store_word(to + inner, second);
        store_word(to + end - inner, last_but_one);
        store_word(to + end, last);
        return first | second | last_but_one | last;
    }
    if (size >= 4) {
        const std::uint32_t first = load_word<std::uint32_t>(from) ^ key;
        const std::uint32_t last = load_word<std::uint32_t>(from + size - 4) ^ last_key;
        store_word(to, first);
        store_word(to + size - 4, last);
        return first | last;
    }
    if (size == 0) return 0;
    const std::size_t middle = size / 2;
    const std::byte first = from[0] ^ first_octet(key);
    const std::byte second = from[middle] ^ first_octet(rotated(key, middle));
    const std::byte last = from[size - 1] ^ first_octet(rotated(key, size - 1));
    to[0] = first;
    to[middle] = second;
    to[size - 1] = last;
    return static_cast<std::uint64_t>(first | second | last);
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
