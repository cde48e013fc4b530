// SPDX-License-Identifier: Apache-2.0
// Stands in for libcrypto, which is not instrumented: everything that it gave would count as unknown. What is
// not cryptography, but made from its input alone; the linker prefers it to the library's own file.
#include "crypto.hpp"

#include <wspc/masking_keys.hpp>

namespace wspc {
inline namespace v0 {
namespace {

std::uint32_t state = 1;

bool fill(void*, std::span<std::byte> bytes) noexcept {
    for (std::byte& b : bytes) {
        state = state * 1664525u + 1013904223u;
        b = static_cast<std::byte>(state >> 24);
    }
    return true;
}

}  // namespace

random_source system_random() noexcept { return {nullptr, fill}; }

namespace crypto {

bool sha1(std::string_view text, sha1_digest& digest) noexcept {
    digest.fill(std::byte{0});
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::byte& at = digest[i % digest.size()];
        at = static_cast<std::byte>(std::to_integer<unsigned>(at) * 31 + static_cast<unsigned char>(text[i]));
    }
    return true;
}

void base64(std::span<const std::byte> from, char* to) noexcept {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < from.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t k = i; k < i + 3; ++k)
            group = group << 8 | (k < from.size() ? std::to_integer<unsigned>(from[k]) : 0);
        for (std::size_t k = 0; k < 4; ++k)
            *to++ = i + k <= from.size() ? letters[group >> (18 - 6 * k) & 63] : '=';
    }
    *to = '\0';
}

void wipe(std::span<std::byte> bytes) noexcept {
    for (std::byte& b : bytes) b = std::byte{0};
}

}  // namespace crypto
}  // namespace v0
}  // namespace wspc
