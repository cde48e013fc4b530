// SPDX-License-Identifier: Apache-2.0
// What a reader has to say to the text of a plain head, one of which nobody could doubt what it says, and a
// writer to what it is to write. All other text is left to the comparisons of the target.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wspc/http.hpp>

#include "fields.hpp"
#include "request_model.hpp"

namespace wspc::fuzz::model {

// RFC 9112 2.1 to 5, without anything that is optional.
struct plain_head {
    std::size_t size = 0;
    std::string method{};  // empty for a response
    unsigned status = 0;   // 0 for a request
    unsigned major = 0;
    unsigned minor = 0;
    std::vector<header> headers{};
};

[[nodiscard]] inline bool is_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

// HTTP "/" digit "." digit
[[nodiscard]] inline bool parse_version(std::string_view text, plain_head& to) {
    if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return false;
    if (!consists_of(text.substr(5, 1), digits) || !consists_of(text.substr(7), digits)) return false;
    to.major = port_number(text.substr(5, 1));
    to.minor = port_number(text.substr(7));
    return true;
}

[[nodiscard]] inline bool parse_request_line(const std::vector<std::string_view>& words, plain_head& to) {
    if (words.size() != 3 || !words[1].starts_with('/')) return false;
    to.method = words[0];
    return std::set<std::string>{"GET", "HEAD", "POST"}.contains(to.method) &&
           judge_target(words[1]) == verdict::right && parse_version(words[2], to);
}

[[nodiscard]] inline bool parse_status_line(const std::vector<std::string_view>& words, plain_head& to) {
    if (words.size() < 3 || !parse_version(words[0], to)) return false;
    if (words[1].size() != 3 || !consists_of(words[1], digits) || words[1][0] == '0') return false;
    to.status = port_number(words[1]);
    return std::all_of(words.begin() + 2, words.end(),
                       [](std::string_view word) { return consists_of(word, alphanumeric); });
}

// Two fields that tell of a body are one too many to be plain.
[[nodiscard]] inline bool tells_plainly_of_bodies(fields from) {
    const std::vector<std::string_view> lengths = values(from, "Content-Length");
    const std::vector<std::string_view> codings = values(from, "Transfer-Encoding");
    return lengths.size() + codings.size() <= 1 &&
           std::all_of(codings.begin(), codings.end(), [](auto c) { return c == "chunked"; }) &&
           std::all_of(lengths.begin(), lengths.end(), [](auto length) {
               return !length.empty() && length.size() < 10 && consists_of(length, digits);
           });
}

// The head at the front of `text`, as views of it.
[[nodiscard]] inline std::optional<plain_head> parse_plain_head(std::string_view text, bool is_request) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    plain_head made{.size = end + 4};
    std::vector<std::string_view> lines;
    for (std::string_view rest = text.substr(0, end + 2); !rest.empty();
         rest.remove_prefix(lines.back().size() + 2))
        lines.push_back(rest.substr(0, rest.find("\r\n")));
    const std::vector<std::string_view> words = split(lines.front(), ' ');
    if (!(is_request ? parse_request_line(words, made) : parse_status_line(words, made))) return std::nullopt;
    for (const std::string_view line : std::span{lines}.subspan(1)) {
        const std::size_t colon = line.find(": ");
        if (colon == std::string_view::npos) return std::nullopt;
        const header field{line.substr(0, colon), line.substr(colon + 2)};
        if (!is_token(field.name) || !is_value(field.value) || trimmed(field.value) != field.value)
            return std::nullopt;
        made.headers.push_back(field);
    }
    if (!tells_plainly_of_bodies(made.headers)) return std::nullopt;
    return made;
}

// RFC 9112 6.3: announces a body, or has one.
[[nodiscard]] inline bool has_body(fields from) {
    const std::vector<std::string_view> lengths = values(from, "Content-Length");
    return !values(from, "Transfer-Encoding").empty() ||
           std::any_of(lengths.begin(), lengths.end(),
                       [](std::string_view length) { return !consists_of(length, "0"); });
}

[[nodiscard]] inline std::set<error> answers(const plain_head& head, http_limits limits) {
    const bool is_request = head.status == 0;
    const error body = head.method == "GET" ? error::http_body_unexpected : error::method_not_get;
    // Whether the blank line counts, too, is open.
    const verdict size = head.size <= limits.bytes       ? verdict::right
                         : head.size - 2 <= limits.bytes ? verdict::open
                                                         : verdict::wrong;
    return answers({{
        {error::http_version_unsupported, must(head.major == 1)},
        {error::http_headers_too_large, size},
        {error::http_too_many_headers, must(head.headers.size() <= limits.headers)},
        {body, must(!is_request || !has_body(head.headers))},
        {error::http_version_too_old, must(head.status != 101 || head.minor >= 1)},
    }});
}

// --- writing

[[nodiscard]] inline bool has_bad_name(const header& field) { return !is_token(field.name); }

[[nodiscard]] inline bool has_bad_value(const header& field) {
    const auto is_control = [](char c) { return (c >= '\0' && c < ' ') || c == 0x7f; };
    return std::any_of(field.value.begin(), field.value.end(), is_control) ||
           trimmed(field.value) != field.value;
}

// These rules, and those of check_header().
[[nodiscard]] inline item with_rules_of_fields(item rules, fields from) {
    rules.push_back({error::header_name_invalid, must(std::none_of(from.begin(), from.end(), has_bad_name))});
    rules.push_back(
        {error::header_value_invalid, must(std::none_of(from.begin(), from.end(), has_bad_value))});
    return rules;
}

// As write_request() promises it; `from` has all fields.
[[nodiscard]] inline std::set<error> answers_to_writing(const request& from) {
    const std::vector<std::string_view> hosts = values(from.headers, "Host");
    const bool tells_of_body =
        !values(from.headers, "Content-Length").empty() || !values(from.headers, "Transfer-Encoding").empty();
    item rules{
        {error::bad_argument, must(from.method.empty() || is_token(from.method))},
        {error::target_invalid, from.target.starts_with('/') ? judge_target(from.target) : verdict::wrong},
        {error::host_missing, must(!hosts.empty())},
        {error::host_repeated, must(hosts.size() < 2)},
        {error::http_body_unexpected, must(!tells_of_body)},
    };
    for (const std::string_view each : hosts)
        rules.push_back({error::header_value_invalid, judge_place(each)});
    return answers({with_rules_of_fields(std::move(rules), from.headers)});
}

// What a response says of its body. Open is whether one that has none may say so, and whether it may be said
// twice.
[[nodiscard]] inline verdict judge_lengths(const response& from, bool bodiless, std::size_t body) {
    const std::vector<std::string_view> lengths = values(from.headers, "Content-Length");
    const bool coded = !values(from.headers, "Transfer-Encoding").empty();
    if (lengths.empty() && !coded) return verdict::right;
    if (bodiless || lengths.size() > 1) return verdict::open;
    return must(!coded && lengths.front() == std::to_string(body));
}

// As write_response() promises it; `from` has all fields.
[[nodiscard]] inline std::set<error> answers_to_writing(const response& from, std::size_t body) {
    const bool bodiless = from.status < 200 || from.status == 204 || from.status == 304;
    item rules{
        {error::bad_argument, must(from.status >= 100 && from.status <= 599)},
        {error::bad_argument, must(!bodiless || body == 0)},
        {error::http_body_unexpected, judge_lengths(from, bodiless, body)},
    };
    return answers({with_rules_of_fields(std::move(rules), from.headers)});
}

}  // namespace wspc::fuzz::model
