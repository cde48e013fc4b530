// SPDX-License-Identifier: Apache-2.0
// What the drivers for MemorySanitizer share: memory that begins as unknown, and demands on what comes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include <sanitizer/msan_interface.h>

#include <wspc/event.hpp>
#include <wspc/header.hpp>
#include <wspc/masking_keys.hpp>

#include "support/bytes.hpp"

namespace wspc::test {

// Ends the program with a report if an octet was never written, or was made from one that was not.
inline void must_be_known(std::span<const std::byte> bytes) {
    if (!bytes.empty()) __msan_check_mem_is_initialized(bytes.data(), bytes.size());
}
inline void must_be_known(std::string_view text) { must_be_known(std::as_bytes(std::span{text})); }
template <class value>
void all_known(const value& of) {
    __msan_check_mem_is_initialized(&of, sizeof of);
}

inline void must_be_known(const event& e) {
    all_known(e.bytes);
    all_known(e.offset);
    all_known(e.kind);
    all_known(e.op);
    all_known(e.first);
    all_known(e.last);
    all_known(e.code);
    all_known(e.rsv);
    must_be_known(e.bytes);
}

inline void must_be_known(std::span<const header> fields) {
    for (const header& field : fields) {
        must_be_known(field.name);
        must_be_known(field.value);
    }
}

// As if nobody had ever written there.
inline void forget(std::span<std::byte> bytes) { __msan_poison(bytes.data(), bytes.size()); }

// Memory of the heap, unknown until it is written.
class unknown_memory {
public:
    explicit unknown_memory(std::size_t size) : bytes_{new std::byte[size]}, size_{size} { forget(all()); }
    [[nodiscard]] std::span<std::byte> all() const { return {bytes_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_;
};

inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::exit(1);
}

inline bool same(std::span<const std::byte> left, std::span<const std::byte> right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (left[i] != right[i]) return false;
    return true;
}

// Text of `size` octets with characters of every length, ended by ASCII where none fits.
inline bytes text_of(std::size_t size) {
    const bytes characters = text_bytes("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80zyxwvutsrqponmlkjihgfedcba");
    bytes made;
    while (size - made.size() >= characters.size()) made += characters;
    while (made.size() < size) made.push_back(std::byte{'.'});
    return made;
}

inline constexpr std::size_t sizes[] = {0,   1,   3,   7,    16,   31,     63,    64,
                                        125, 126, 200, 1000, 4097, 65'535, 65'536};

void drive_codec();
void drive_connection();
void drive_session();
void drive_handshake();
void drive_websocket();

}  // namespace wspc::test
