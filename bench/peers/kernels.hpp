// SPDX-License-Identifier: Apache-2.0
// What others offer for masking and for UTF-8 by themselves.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wspc::bench {

// XORs `bytes` in place with a key in wire order. bufferutil is the native half of Node's `ws`.
void beast_mask(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept;
void bufferutil_mask(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept;

// The validator of npm's utf-8-validate.
[[nodiscard]] bool is_utf8_valid(const std::byte* bytes, std::size_t size) noexcept;

// The same as on a machine without AVX-512; only where wspc has an AVX2 kernel that runs.
#if defined(__x86_64__)
[[nodiscard]] bool is_utf8_valid_by_avx2(const std::byte* bytes, std::size_t size) noexcept;
#endif

}  // namespace wspc::bench
