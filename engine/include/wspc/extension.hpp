// SPDX-License-Identifier: Apache-2.0
// The values of Sec-WebSocket-Extensions (RFC 6455 9.1), parsed strictly and lazily: views of the
// caller's memory, no allocation, work linear in the bytes whatever they are.
#pragma once

#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>

#include <wspc/error.hpp>
#include <wspc/header.hpp>

namespace wspc {
inline namespace v0 {

// `name`, `name=token` or `name="quoted"`.
struct extension_parameter {
    std::string_view name;
    // As it stands, without the quotes. A quoted value may hold backslashes, which only make the
    // next character literal: compare it with is(), or take it out with unescape().
    std::string_view value;
    bool has_value = false;

    // Whether the value, unescaped, is exactly `plain`; false if there is none.
    [[nodiscard]] bool is(std::string_view plain) const noexcept;

    // Writes the front of the unescaped value, as much as `to` holds, and returns the size of all
    // of it.
    std::size_t unescape(std::span<char> to) const noexcept;
};

// One element of the list: a name and its parameters, in order, repeated ones included.
//     for (const extension_parameter& p : e.parameters()) ...
class extension {
public:
    constexpr extension() noexcept = default;
    // `text` must be valid: see check_extension(). Elements of an offer or an agreement are.
    explicit extension(std::string_view text) noexcept;

    // The name and the parameters as they stand.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
    // Case counts when names are compared.
    [[nodiscard]] constexpr std::string_view name() const noexcept { return name_; }

    class iterator {
    public:
        using value_type = extension_parameter;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        explicit iterator(std::string_view rest) noexcept : rest_{rest} { ++*this; }

        [[nodiscard]] const extension_parameter& operator*() const noexcept { return parameter_; }
        [[nodiscard]] const extension_parameter* operator->() const noexcept { return &parameter_; }
        iterator& operator++() noexcept;
        void operator++(int) noexcept { ++*this; }
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return end_; }

    private:
        std::string_view rest_;
        extension_parameter parameter_;
        bool end_ = true;
    };

    struct parameter_range {
        std::string_view text;

        [[nodiscard]] iterator begin() const noexcept { return iterator{text}; }
        [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
    };
    [[nodiscard]] parameter_range parameters() const noexcept {
        return {{text_.data() + name_.size(), text_.size() - name_.size()}};
    }

private:
    std::string_view text_;
    std::string_view name_;
};

// Whether `text` is exactly one extension: extension_invalid unless it is a token with parameters,
// each a token or `token=value`, the value a token or a quoted string that unescapes to a token.
[[nodiscard]] error check_extension(std::string_view text) noexcept;

// A list of extensions, valid as a whole once check() says so; iterate it as often as you like.
class extension_list {
public:
    constexpr extension_list() noexcept = default;
    constexpr explicit extension_list(std::string_view value) noexcept : start_{value} {}
    // All fields of that name as one list; both must outlive the list.
    constexpr extension_list(std::span<const header> headers, std::string_view name) noexcept
        : start_{headers, name} {}

    class iterator {
    public:
        using value_type = extension;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        explicit iterator(const list_cursor& start) noexcept : cursor_{start} { ++*this; }

        [[nodiscard]] const extension& operator*() const noexcept { return extension_; }
        [[nodiscard]] const extension* operator->() const noexcept { return &extension_; }
        iterator& operator++() noexcept {
            end_ = !cursor_.next();
            extension_ = extension{cursor_.element()};
            return *this;
        }
        void operator++(int) noexcept { ++*this; }
        [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return end_; }

    private:
        list_cursor cursor_;
        wspc::extension extension_;
        bool end_ = true;
    };

    [[nodiscard]] iterator begin() const noexcept { return iterator{start_}; }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
    [[nodiscard]] bool empty() const noexcept { return begin() == end(); }

    // Whether an element has exactly this name; case counts.
    [[nodiscard]] bool contains(std::string_view name) const noexcept;

    // extension_invalid unless every element is an extension. A list without elements passes.
    [[nodiscard]] error check() const noexcept;

private:
    list_cursor start_;
};

}  // namespace v0
}  // namespace wspc
