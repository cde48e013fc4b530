// SPDX-License-Identifier: Apache-2.0
// What the engine needs of a cryptographic library; one source per library implements it, together
// with system_random().
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace wspc {
inline namespace v0 {
namespace crypto {

using sha1_digest = std::array<std::byte, 20>;

// False if the library cannot: out of memory, or a policy that has no SHA-1.
[[nodiscard]] bool sha1(std::string_view text, sha1_digest& digest) noexcept;

constexpr std::size_t base64_size(std::size_t size) noexcept { return (size + 2) / 3 * 4; }

// Writes the padded base64 of `from` (RFC 4648 4), base64_size(from.size()) characters,
// and a NUL.
void base64(std::span<const std::byte> from, char* to) noexcept;

// Zeroes memory whose content nobody reads any more, which a compiler would leave out.
void wipe(std::span<std::byte> bytes) noexcept;

}  // namespace crypto
}  // namespace v0
}  // namespace wspc
