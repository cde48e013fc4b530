// SPDX-License-Identifier: Apache-2.0
// SHA-1, base64 and randomness from OpenSSL 3's libcrypto.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <wspc/masking_keys.hpp>

#include "crypto.hpp"

namespace wspc {
inline namespace v0 {
namespace {

// libcrypto leaves a record of each failure with the thread, where a program's own TLS code would
// take it for its own.
class error_queue_guard {
public:
    error_queue_guard() noexcept { ERR_set_mark(); }
    ~error_queue_guard() { ERR_pop_to_mark(); }
    error_queue_guard(const error_queue_guard&) = delete;
    error_queue_guard& operator=(const error_queue_guard&) = delete;
};

bool fill(void*, std::span<std::byte> bytes) noexcept {
    const error_queue_guard guard;
    constexpr std::size_t most = 1u << 16;  // the length is an int
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), most);
        if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1)
            return false;
        bytes = bytes.subspan(size);
    }
    return true;
}

}  // namespace

random_source system_random() noexcept { return {nullptr, fill}; }

namespace crypto {

// SHA1_Init() and its kin are deprecated for EVP, which takes four times as long for a handshake's 60 octets:
// it finds and allocates what is known here and lies on the stack. No secret is hashed and nothing is signed.
bool sha1(std::string_view text, sha1_digest& digest) noexcept {
#if defined(OPENSSL_NO_DEPRECATED_3_0)
    const error_queue_guard guard;
    // Fetched for each use: it costs less than the hash's own context, and a copy kept for longer
    // would be a global.
    EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA1", nullptr);
    if (algorithm == nullptr) return false;
    unsigned size = 0;
    const int done = EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()),
                                &size, algorithm, nullptr);
    EVP_MD_free(algorithm);
    return done == 1 && size == digest.size();
#else
    static_assert(sizeof digest == SHA_DIGEST_LENGTH);
    SHA_CTX context;
    return SHA1_Init(&context) == 1 && SHA1_Update(&context, text.data(), text.size()) == 1 &&
           SHA1_Final(reinterpret_cast<unsigned char*>(digest.data()), &context) == 1;
#endif
}

void base64(std::span<const std::byte> from, char* to) noexcept {
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(to), reinterpret_cast<const unsigned char*>(from.data()),
                    static_cast<int>(from.size()));
}

void wipe(std::span<std::byte> bytes) noexcept { OPENSSL_cleanse(bytes.data(), bytes.size()); }

}  // namespace crypto
}  // namespace v0
}  // namespace wspc
