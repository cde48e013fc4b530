// SPDX-License-Identifier: Apache-2.0
// SHA-1 and randomness from Windows' CNG (bcrypt.dll), which is there since Windows 7.
#include <algorithm>
#include <cstdint>

// Without these windows.h defines macros called min and max, and includes half of Windows.
#ifndef NOMINMAX
#define NOMINMAX
#endif
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#include <windows.h>

#include <bcrypt.h>

#include <wspc/masking_keys.hpp>

#include "crypto.hpp"

namespace wspc {
inline namespace v0 {
namespace {

// As BCRYPT_SUCCESS, without its cast in C's style.
constexpr bool succeeded(NTSTATUS status) noexcept { return status >= 0; }

constexpr std::size_t most = 1u << 16;  // lengths are ULONG

bool fill(void*, std::span<std::byte> bytes) noexcept {
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), most);
        if (!succeeded(BCryptGenRandom(nullptr, reinterpret_cast<PUCHAR>(bytes.data()),
                                       static_cast<ULONG>(size), BCRYPT_USE_SYSTEM_PREFERRED_RNG)))
            return false;
        bytes = bytes.subspan(size);
    }
    return true;
}

// The provider of SHA-1. Opened for each use, since a handle kept for longer would be a global; the
// pseudo-handles that need no opening came with Windows 10 only.
class sha1_provider {
public:
    sha1_provider() noexcept {
        if (!succeeded(BCryptOpenAlgorithmProvider(&handle_, BCRYPT_SHA1_ALGORITHM, nullptr, 0)))
            handle_ = nullptr;
    }
    ~sha1_provider() {
        if (handle_ != nullptr) BCryptCloseAlgorithmProvider(handle_, 0);
    }
    sha1_provider(const sha1_provider&) = delete;
    sha1_provider& operator=(const sha1_provider&) = delete;

    [[nodiscard]] BCRYPT_ALG_HANDLE get() const noexcept { return handle_; }

private:
    BCRYPT_ALG_HANDLE handle_ = nullptr;
};

// One hash in the making, in memory of CNG's own.
class sha1_hash {
public:
    explicit sha1_hash(const sha1_provider& provider) noexcept {
        if (!succeeded(BCryptCreateHash(provider.get(), &handle_, nullptr, 0, nullptr, 0, 0)))
            handle_ = nullptr;
    }
    ~sha1_hash() {
        if (handle_ != nullptr) BCryptDestroyHash(handle_);
    }
    sha1_hash(const sha1_hash&) = delete;
    sha1_hash& operator=(const sha1_hash&) = delete;

    [[nodiscard]] bool add(std::string_view text) noexcept {
        while (handle_ != nullptr && !text.empty()) {
            const std::size_t size = std::min(text.size(), most);
            // Declared for mutable memory, and only ever read.
            auto* const from = reinterpret_cast<PUCHAR>(const_cast<char*>(text.data()));
            if (!succeeded(BCryptHashData(handle_, from, static_cast<ULONG>(size), 0))) return false;
            text.remove_prefix(size);
        }
        return handle_ != nullptr;
    }
    [[nodiscard]] bool finish(crypto::sha1_digest& digest) noexcept {
        return succeeded(BCryptFinishHash(handle_, reinterpret_cast<PUCHAR>(digest.data()),
                                          static_cast<ULONG>(digest.size()), 0));
    }

private:
    BCRYPT_HASH_HANDLE handle_ = nullptr;
};

}  // namespace

random_source system_random() noexcept { return {nullptr, fill}; }

namespace crypto {

bool sha1(std::string_view text, sha1_digest& digest) noexcept {
    const sha1_provider provider;
    if (provider.get() == nullptr) return false;
    sha1_hash hash{provider};
    return hash.add(text) && hash.finish(digest);
}

// CNG has none. crypt32's CryptBinaryToString would bring another library into every process for
// these lines, and may fail where base64() has no way to say so.
void base64(std::span<const std::byte> from, char* to) noexcept {
    constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; !from.empty(); from = from.subspan(std::min<std::size_t>(from.size(), 3))) {
        // Three octets are four groups of six bits; groups without a bit of their own are padding.
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < from.size() ? std::to_integer<std::uint32_t>(from[i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            *to++ = i <= from.size() ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
    *to = '\0';
}

void wipe(std::span<std::byte> bytes) noexcept { SecureZeroMemory(bytes.data(), bytes.size()); }

}  // namespace crypto
}  // namespace v0
}  // namespace wspc
