// SPDX-License-Identifier: Apache-2.0
#include <wspc/extension.hpp>

#include "text.hpp"

namespace wspc {
inline namespace v0 {
namespace {

// Takes a quoted string off `rest`, which begins with its quote; false unless what it means is a
// token. So nothing but token characters, each perhaps behind a backslash, can stand in it.
bool take_quoted(std::string_view& rest, std::string_view& content) noexcept {
    std::size_t i = 1;
    const auto at_token = [&](std::size_t at) { return at < rest.size() && is_tchar(rest[at]); };
    while (at_token(i) || (i < rest.size() && rest[i] == '\\' && at_token(i + 1)))
        i += rest[i] == '\\' ? 2 : 1;
    count_steps(i);
    // RFC 6455 9.1: the unescaped value is a token, and a token is not empty.
    if (i == 1 || i >= rest.size() || rest[i] != '"') return false;
    content = behind(front(rest, i), 1);
    rest.remove_prefix(i + 1);
    return true;
}

// Takes `; name`, `; name=token` or `; name="quoted"` off `rest` (RFC 6455 9.1, extension-param,
// with the blanks that RFC 2616 2.1 implies between any two words).
bool take_parameter(std::string_view& rest, extension_parameter& to) noexcept {
    skip_blanks(rest);
    if (rest.empty() || rest.front() != ';') return false;
    rest.remove_prefix(1);
    skip_blanks(rest);
    to = {take_token(rest), {}, false};
    if (to.name.empty()) return false;

    // Blanks belong to the parameter only if a value follows them.
    std::string_view ahead = rest;
    skip_blanks(ahead);
    if (ahead.empty() || ahead.front() != '=') return true;
    rest = behind(ahead, 1);
    skip_blanks(rest);
    to.has_value = true;
    if (!rest.empty() && rest.front() == '"') return take_quoted(rest, to.value);
    to.value = take_token(rest);
    return !to.value.empty();
}

}  // namespace

bool extension_parameter::is(std::string_view plain) const noexcept {
    if (!has_value) return false;
    std::size_t matched = 0;
    for (const char c : value) {
        // A token holds no backslash, so each of them is an escape.
        if (c == '\\') continue;
        if (matched == plain.size() || plain[matched] != c) return false;
        ++matched;
    }
    return matched == plain.size();
}

std::size_t extension_parameter::unescape(std::span<char> to) const noexcept {
    std::size_t size = 0;
    for (const char c : value) {
        if (c == '\\') continue;
        if (size < to.size()) to[size] = c;
        ++size;
    }
    return size;
}

extension::extension(std::string_view text) noexcept : text_{text} {
    std::string_view rest = text;
    name_ = take_token(rest);
}

extension::iterator& extension::iterator::operator++() noexcept {
    end_ = !take_parameter(rest_, parameter_);
    return *this;
}

error check_extension(std::string_view text) noexcept {
    if (take_token(text).empty()) return error::extension_invalid;
    extension_parameter parameter;
    while (!text.empty()) {
        if (!take_parameter(text, parameter)) return error::extension_invalid;
    }
    return error::none;
}

bool extension_list::contains(std::string_view name) const noexcept {
    for (const extension& element : *this) {
        count_steps(element.name().size());
        if (element.name() == name) return true;
    }
    return false;
}

error extension_list::check() const noexcept {
    list_cursor cursor = start_;
    while (cursor.next()) {
        if (const error code = check_extension(cursor.element()); code != error::none) return code;
    }
    return error::none;
}

}  // namespace v0
}  // namespace wspc
