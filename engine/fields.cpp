// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include <algorithm>
#include <functional>

#include "crypto.hpp"

namespace wspc {
inline namespace v0 {

bool is_key(std::string_view key) noexcept {
    if (key.size() != key_size || !key.ends_with("==")) return false;
    const auto is_base64 = [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '/'; };
    return std::all_of(key.begin(), key.end() - 2, is_base64);
}

bool compute_accept(std::string_view key, accept_text& to) noexcept {
    // RFC 6455 1.3: a string that no endpoint unaware of the protocol would append.
    constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<char, key_size + guid.size()> text;
    std::memcpy(text.data(), key.data(), key_size);
    std::memcpy(text.data() + key_size, guid.data(), guid.size());
    crypto::sha1_digest digest;
    if (!crypto::sha1({text.data(), text.size()}, digest)) return false;
    static_assert(crypto::base64_size(digest.size()) == accept_size);
    crypto::base64(digest, to.data());
    return true;
}

bool token_set::insert(std::string_view token) noexcept {
    // FNV-1a (Fowler, Noll, Vo). A peer can make its tokens collide; the bound on their number
    // keeps what that costs small.
    std::uint32_t hash = 2166136261u;
    for (const char c : token) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    count_steps(token.size());

    std::size_t slot = hash % slot_count;
    for (; slots_[slot] != 0; slot = (slot + 1) % slot_count) {
        const entry& other = entries_[slots_[slot] - 1u];
        count_steps(1);
        if (other.hash == hash && other.token == token) return false;
    }
    if (count_ == max_protocols) return false;
    entries_[count_] = {token, hash};
    slots_[slot] = ++count_;
    return true;
}

error check_protocols(std::span<const std::string_view> protocols) noexcept {
    if (protocols.empty()) return error::none;
    token_set seen;
    for (const std::string_view& protocol : protocols) {
        // RFC 6455 4.1, item 10 of the request: tokens, no two of them equal.
        if (!is_token(protocol) || !seen.insert(protocol)) return error::protocol_invalid;
    }
    return error::none;
}

error check_extensions(std::span<const std::string_view> extensions) noexcept {
    for (const std::string_view& extension : extensions) {
        if (const error code = check_extension(extension); code != error::none) return code;
        // A tab is a blank to the grammar. Refused all the same: nobody writes one on purpose.
        if (std::any_of(extension.begin(), extension.end(), is_control_character))
            return error::extension_invalid;
    }
    return error::none;
}

bool overlaps(std::span<const char> storage, std::string_view text) noexcept {
    if (storage.empty() || text.empty()) return false;
    // Between objects that have nothing to do with each other, only std::less orders pointers.
    const std::less<const char*> before;
    return before(storage.data(), text.data() + text.size()) &&
           before(text.data(), storage.data() + storage.size());
}

bool overlaps(std::span<const char> storage, std::span<const std::string_view> list) noexcept {
    const std::span<const std::byte> views = std::as_bytes(list);
    if (overlaps(storage, {reinterpret_cast<const char*>(views.data()), views.size()})) return true;
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string_view& text) { return overlaps(storage, text); });
}

std::size_t offered_index(std::span<const std::string_view> offered, std::string_view name) noexcept {
    for (std::size_t i = 0; i < offered.size(); ++i) {
        std::string_view rest = offered[i];
        if (take_token(rest) == name) return i;
    }
    return none_offered;
}

}  // namespace v0
}  // namespace wspc
