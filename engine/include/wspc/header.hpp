// SPDX-License-Identifier: Apache-2.0
// Header fields as values, and the comma lists that stand in them (RFC 9110 5.6.1), read where they
// lie: views of the caller's memory, no allocation, work linear in the bytes.
#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>

#include <wspc/error.hpp>

namespace wspc {
inline namespace v0 {

// One header field. Names compare ignoring case; blanks around the value are ignored. A field
// without a name is ignored.
struct header {
    std::string_view name;
    std::string_view value;
};

// Whether `text` is a token (RFC 9110 5.6.2): not empty, no separators, no control characters.
[[nodiscard]] bool is_token(std::string_view text) noexcept;

// Whether a field may be sent: header_name_invalid unless the name is a token, header_value_invalid
// if the value holds CR, LF, NUL or another control character, or a blank at either end. For fields
// that a program adds to those of the handshake; nothing that passes can inject another field.
[[nodiscard]] error check_header(const header& field) noexcept;

// Steps through the comma list that all fields of one name make up together. Empty elements are
// passed over (RFC 9110 5.6.1.2), and a comma in a quoted string separates nothing. Judges nothing.
class list_cursor {
public:
    constexpr list_cursor() noexcept = default;
    constexpr explicit list_cursor(std::string_view value) noexcept : rest_{value} {}
    // `headers`, and what `name` shows, must outlive the cursor.
    constexpr list_cursor(std::span<const header> headers, std::string_view name) noexcept
        : headers_{headers}, name_{name} {}

    // Steps to the next element; false behind the last.
    [[nodiscard]] bool next() noexcept;

    // The element stepped to, without the blanks around it.
    [[nodiscard]] constexpr std::string_view element() const noexcept { return element_; }

private:
    std::string_view rest_;  // of the field that is being read
    std::string_view element_;
    std::span<const header> headers_;  // the fields behind it
    std::string_view name_;
};

// A list of tokens, such as sub-protocols. Iterate it as often as you like:
//     for (std::string_view protocol : offer.protocols) ...
class token_list {
public:
    constexpr token_list() noexcept = default;
    constexpr explicit token_list(std::string_view value) noexcept : start_{value} {}
    constexpr token_list(std::span<const header> headers, std::string_view name) noexcept
        : start_{headers, name} {}

    class iterator {
    public:
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        explicit iterator(const list_cursor& start) noexcept : cursor_{start} { ++*this; }

        [[nodiscard]] std::string_view operator*() const noexcept { return cursor_.element(); }
        iterator& operator++() noexcept {
            end_ = !cursor_.next();
            return *this;
        }
        void operator++(int) noexcept { ++*this; }
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return end_; }

    private:
        list_cursor cursor_;
        bool end_ = true;
    };

    [[nodiscard]] iterator begin() const noexcept { return iterator{start_}; }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
    [[nodiscard]] bool empty() const noexcept { return begin() == end(); }

    // Whether the list names exactly this token; case counts.
    [[nodiscard]] bool contains(std::string_view token) const noexcept;
    // The same, ignoring the case of ASCII letters, as Connection and Upgrade want it.
    [[nodiscard]] bool contains_ignoring_case(std::string_view token) const noexcept;

private:
    list_cursor start_;
};

}  // namespace v0
}  // namespace wspc
