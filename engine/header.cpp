// SPDX-License-Identifier: Apache-2.0
#include <wspc/header.hpp>

#include "text.hpp"

namespace wspc {
inline namespace v0 {
namespace {

// The index of the comma that ends the element at the front of `list`, or the size.
std::size_t element_end(std::string_view list) noexcept {
    bool quoted = false;
    std::size_t i = 0;
    for (; i < list.size(); ++i) {
        const char c = list[i];
        if (quoted && c == '\\') {
            ++i;  // RFC 9110 5.6.4: whatever it is, it does not end the string
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            break;
        }
    }
    if (i > list.size()) i = list.size();
    count_steps(i + 1);
    return i;
}

}  // namespace

bool is_token(std::string_view text) noexcept {
    std::string_view rest = text;
    return !take_token(rest).empty() && rest.empty();
}

error check_header(const header& field) noexcept {
    if (!is_token(field.name)) return error::header_name_invalid;
    // A line break would begin a field of its own, a NUL end this one early for C programs.
    for (const char c : field.value) {
        if (is_control_character(c)) return error::header_value_invalid;
    }
    if (trim(field.value).size() != field.value.size()) return error::header_value_invalid;
    return error::none;
}

bool list_cursor::next() noexcept {
    for (;;) {
        while (!rest_.empty()) {
            const std::size_t end = element_end(rest_);
            element_ = trim(front(rest_, end));
            rest_.remove_prefix(end < rest_.size() ? end + 1 : end);
            // RFC 9110 5.6.1.2: a recipient ignores empty elements.
            if (!element_.empty()) return true;
        }
        // RFC 9110 5.3: fields of one name, in their order, are one list.
        while (!headers_.empty() && rest_.empty()) {
            const header& field = headers_.front();
            headers_ = headers_.subspan(1);
            count_steps(1);
            if (equal_ignoring_case(field.name, name_)) rest_ = field.value;
        }
        if (rest_.empty()) break;
    }
    element_ = {};
    return false;
}

bool token_list::contains(std::string_view token) const noexcept {
    for (const std::string_view element : *this) {
        count_steps(element.size());
        if (element == token) return true;
    }
    return false;
}

bool token_list::contains_ignoring_case(std::string_view token) const noexcept {
    for (const std::string_view element : *this) {
        if (equal_ignoring_case(element, token)) return true;
    }
    return false;
}

}  // namespace v0
}  // namespace wspc
