// SPDX-License-Identifier: Apache-2.0
// Header fields out of fuzz input: names and values are separated by octets that no field holds, the ASCII
// separators for units (1F) and records (1E), so that CR, LF, NUL and all others can stand in them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/header.hpp>

#include "finding.hpp"
#include "input.hpp"

namespace wspc::fuzz {

inline constexpr char unit_separator = '\x1f';
inline constexpr char record_separator = '\x1e';

[[nodiscard]] inline std::string_view text_of(std::span<const std::byte> octets) {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

[[nodiscard]] inline std::span<const std::byte> octets_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

// The parts of `text` between separators; one empty part if there is nothing.
[[nodiscard]] inline std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> made;
    for (;;) {
        const std::size_t at = text.find(separator);
        made.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return made;
        text.remove_prefix(at + 1);
    }
}

// `name US value RS name US value ...`; views of `text`.
[[nodiscard]] inline std::vector<header> fields_of(std::string_view text) {
    std::vector<header> made;
    if (text.empty()) return made;
    for (const std::string_view record : split(text, record_separator)) {
        const std::size_t at = record.find(unit_separator);
        const std::string_view value =
            at == std::string_view::npos ? std::string_view{} : record.substr(at + 1);
        made.push_back({record.substr(0, at), value});
    }
    return made;
}

// Copies of strings, each in memory of exactly its size.
class exact_strings {
public:
    std::string_view add(std::string_view text) {
        return text_of(kept_.emplace_back(octets_of(text)).bytes());
    }
    [[nodiscard]] std::vector<header> add(std::span<const header> fields) {
        std::vector<header> made;
        for (const header& each : fields) made.push_back({add(each.name), add(each.value)});
        return made;
    }

private:
    std::deque<exact_copy> kept_;
};

// That nothing of a field ends it, or the head, early (RFC 9110 5.5), and that its name is a token.
inline void expect_no_injection(std::span<const header> fields) {
    constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} \t";
    for (const header& each : fields) {
        expect(!each.name.empty(), "a field without a name is sent");
        for (const char c : each.name)
            expect(c > ' ' && c < 0x7f && separators.find(c) == std::string_view::npos, "no name of a field");
        for (const char c : each.value)
            expect(c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f),
                   "a value could end early");
        const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
        expect(each.value.empty() || (!is_blank(each.value.front()) && !is_blank(each.value.back())),
               "blanks at the ends of a value");
    }
}

[[nodiscard]] inline bool same_fields(std::span<const header> a, std::span<const header> b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const header& x, const header& y) {
        return x.name == y.name && x.value == y.value;
    });
}

}  // namespace wspc::fuzz
