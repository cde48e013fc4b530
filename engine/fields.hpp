// SPDX-License-Identifier: Apache-2.0
// What both sides of the handshake share: finding fields, checking lists, writing values.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include <wspc/handshake.hpp>

#include "text.hpp"

namespace wspc {
inline namespace v0 {

inline constexpr std::string_view connection_field = "Connection";
inline constexpr std::string_view upgrade_field = "Upgrade";
inline constexpr std::string_view version_field = "Sec-WebSocket-Version";
inline constexpr std::string_view key_field = "Sec-WebSocket-Key";
inline constexpr std::string_view accept_field = "Sec-WebSocket-Accept";
inline constexpr std::string_view protocol_field = "Sec-WebSocket-Protocol";
inline constexpr std::string_view extensions_field = "Sec-WebSocket-Extensions";

inline constexpr std::size_t key_size = 24;     // base64 of 16 bytes
inline constexpr std::size_t accept_size = 28;  // base64 of a SHA-1

struct found_field {
    std::string_view value;  // trimmed; of the first
    std::size_t count = 0;
};

[[nodiscard]] inline found_field find_field(std::span<const header> headers, std::string_view name) noexcept {
    found_field found;
    count_steps(headers.size());
    for (const header& field : headers) {
        if (equal_ignoring_case(field.name, name) && found.count++ == 0) found.value = trim(field.value);
    }
    return found;
}

// Whether a field of that name holds something and yet no element: "1#" wants one (RFC 2616 2.1),
// while a field that is altogether blank counts as absent.
[[nodiscard]] inline bool only_commas(std::span<const header> headers, std::string_view name) noexcept {
    if (list_cursor list{headers, name}; list.next()) return false;
    for (const header& field : headers) {
        if (equal_ignoring_case(field.name, name) && !trim(field.value).empty()) return true;
    }
    return false;
}

// Whether `key` is 16 bytes in base64 (RFC 6455 4.1): 22 characters and "==". The last character
// carries four bits that no byte needs; peers that do not leave them 0 are let through.
[[nodiscard]] bool is_key(std::string_view key) noexcept;

// The Sec-WebSocket-Accept that belongs to a key of key_size characters (RFC 6455 4.2.2), and a NUL.
// False if libcrypto failed.
using accept_text = std::array<char, accept_size + 1>;
[[nodiscard]] bool compute_accept(std::string_view key, accept_text& to) noexcept;

// Tokens of which none may occur twice. Bounded, so that a long list costs no more per token than a
// short one.
class token_set {
public:
    // False if it is in the set already, or the set holds max_protocols.
    [[nodiscard]] bool insert(std::string_view token) noexcept;

private:
    static constexpr std::size_t slot_count = 2 * max_protocols;

    struct entry {
        std::string_view token;
        std::uint32_t hash;
    };
    std::array<entry, max_protocols> entries_;
    std::array<std::uint16_t, slot_count> slots_{};  // index into entries_ + 1; 0: free
    std::uint16_t count_ = 0;
};

// Strings that a program wants sent: protocol_invalid unless they are tokens, each once.
[[nodiscard]] error check_protocols(std::span<const std::string_view> protocols) noexcept;

// extension_invalid unless each string is one extension and could not begin a field of its own.
[[nodiscard]] error check_extensions(std::span<const std::string_view> extensions) noexcept;

// Counts what a string_writer would write for the same calls.
class string_measure {
public:
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    // A string of `size` bytes, and its NUL.
    void put(std::size_t size) noexcept {
        add(size);
        add(1);
    }
    void join(std::span<const std::string_view> elements) noexcept {
        for (const std::string_view& element : elements) {
            if (&element != elements.data()) add(2);
            add(element.size());
        }
        add(1);
    }

private:
    void add(std::size_t size) noexcept { size_ = saturated_sum(size_, size); }

    std::size_t size_ = 0;
};

// Whether they share a byte; if so, writing into the storage would change the text while it is read.
[[nodiscard]] bool overlaps(std::span<const char> storage, std::string_view text) noexcept;
// The same for a list: its strings, and the array of views itself.
[[nodiscard]] bool overlaps(std::span<const char> storage, std::span<const std::string_view> list) noexcept;

// Writes NUL-terminated strings one behind the other into memory that is large enough.
class string_writer {
public:
    explicit string_writer(std::span<char> storage) noexcept : at_{storage.data()} {}

    std::string_view put(std::string_view text) noexcept {
        char* const begin = at_;
        append(text);
        return end(begin);
    }

    // The elements of a comma list.
    std::string_view join(std::span<const std::string_view> elements) noexcept {
        char* const begin = at_;
        for (const std::string_view& element : elements) {
            if (at_ != begin) append(", ");
            append(element);
        }
        return end(begin);
    }

private:
    void append(std::string_view text) noexcept {
        if (text.empty()) return;
        std::memcpy(at_, text.data(), text.size());
        at_ += text.size();
    }
    std::string_view end(char* begin) noexcept {
        const std::string_view text{begin, static_cast<std::size_t>(at_ - begin)};
        *at_++ = '\0';
        return text;
    }

    char* at_;
};

}  // namespace v0
}  // namespace wspc
