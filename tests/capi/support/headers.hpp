// SPDX-License-Identifier: Apache-2.0
// Header lists as the C API takes and gives them.
#pragma once

#include <cctype>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "capi/support/names.hpp"

namespace wspc::test {

using text_header = std::pair<std::string, std::string>;

[[nodiscard]] inline bool same_name(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(left[i])) !=
            std::tolower(static_cast<unsigned char>(right[i])))
            return false;
    return true;
}

// An array for the API, with memory of its own for every string; none is NUL-terminated where the
// API could see it, since lengths are what counts.
class header_list {
public:
    header_list() = default;
    header_list(std::initializer_list<text_header> from) {
        for (const text_header& h : from) add(h.first, h.second);
    }
    // What the other side's Begin gave.
    header_list(const WEB_SOCKET_HTTP_HEADER* from, ULONG count) {
        for (ULONG i = 0; i < count; ++i)
            add({from[i].pcName, from[i].ulNameLength}, {from[i].pcValue, from[i].ulValueLength});
    }
    header_list(const header_list& other) { *this = other; }
    header_list& operator=(const header_list& other) {
        if (this == &other) return *this;
        array_.clear();
        strings_.clear();
        for (const WEB_SOCKET_HTTP_HEADER& h : other.array_) {
            if (h.pcName == nullptr || h.pcValue == nullptr)
                add_raw(h);  // what these point to stays its owner's
            else
                add({h.pcName, h.ulNameLength}, {h.pcValue, h.ulValueLength});
        }
        return *this;
    }
    ~header_list() = default;

    header_list& add(std::string_view name, std::string_view value) {
        array_.push_back(
            {keep(name), static_cast<ULONG>(name.size()), keep(value), static_cast<ULONG>(value.size())});
        return *this;
    }
    // As it is, wrong pointers and all.
    header_list& add_raw(const WEB_SOCKET_HTTP_HEADER& header) {
        array_.push_back(header);
        return *this;
    }
    header_list& remove(std::string_view name) {
        std::erase_if(array_, [&](const WEB_SOCKET_HTTP_HEADER& h) {
            return same_name({h.pcName, h.ulNameLength}, name);
        });
        return *this;
    }
    header_list& set(std::string_view name, std::string_view value) { return remove(name).add(name, value); }

    [[nodiscard]] WEB_SOCKET_HTTP_HEADER* data() { return array_.data(); }
    [[nodiscard]] ULONG size() const { return static_cast<ULONG>(array_.size()); }
    [[nodiscard]] WEB_SOCKET_HTTP_HEADER& operator[](std::size_t index) { return array_[index]; }

private:
    PCHAR keep(std::string_view text) {
        strings_.emplace_back(text.begin(), text.end());
        strings_.back().push_back('!');  // where a reader beyond the length would look for the NUL
        return strings_.back().data();
    }

    std::vector<WEB_SOCKET_HTTP_HEADER> array_;
    std::deque<std::vector<char>> strings_;  // never moves its elements
};

// What the API gave, as text.
[[nodiscard]] inline std::vector<text_header> to_text(const WEB_SOCKET_HTTP_HEADER* from, ULONG count) {
    std::vector<text_header> made;
    for (ULONG i = 0; i < count; ++i)
        made.emplace_back(std::string(from[i].pcName, from[i].ulNameLength),
                          std::string(from[i].pcValue, from[i].ulValueLength));
    return made;
}

// The value of the only header of that name.
[[nodiscard]] inline std::optional<std::string> value_of(const std::vector<text_header>& in,
                                                         std::string_view name) {
    std::optional<std::string> found;
    for (const text_header& h : in) {
        if (!same_name(h.first, name)) continue;
        if (found.has_value()) return std::nullopt;
        found = h.second;
    }
    return found;
}

inline constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 1.3
inline constexpr std::string_view sample_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

// A request that every server accepts.
[[nodiscard]] inline header_list good_request() {
    return {{"Host", "example.com"},
            {"Upgrade", "websocket"},
            {"Connection", "Upgrade"},
            {"Sec-WebSocket-Key", std::string{sample_key}},
            {"Sec-WebSocket-Version", "13"}};
}

}  // namespace wspc::test
