// SPDX-License-Identifier: Apache-2.0
// Masking (RFC 6455 5.3): octet i of the payload is XORed with octet i mod 4 of the key, so that
// masking and unmasking are the same. Runs on the active kernel (cpu.hpp).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace wspc {
inline namespace v0 {

// Four octets in the order of the wire, on every machine.
using masking_key = std::array<std::byte, 4>;

// The key for the payload that begins `count` octets further on.
[[nodiscard]] constexpr masking_key key_after(masking_key key, std::uint64_t count) noexcept {
    // As one number: octets that are picked one by one wait for each other.
    const auto bits = static_cast<int>(count & 3) * 8;
    const auto word = std::bit_cast<std::uint32_t>(key);
    return std::bit_cast<masking_key>(std::endian::native == std::endian::little ? std::rotr(word, bits)
                                                                                 : std::rotl(word, bits));
}

// Masks `bytes` in place; bytes[0] meets key[0]. Touches no byte outside the span, at any length
// or alignment.
void mask(std::span<std::byte> bytes, masking_key key) noexcept;

// Writes the masked `from` to `to`. `to` must hold from.size() bytes; the two may be the same
// memory, but must not overlap otherwise.
void mask_copy(std::byte* to, std::span<const std::byte> from, masking_key key) noexcept;

}  // namespace v0
}  // namespace wspc
