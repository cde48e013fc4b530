// SPDX-License-Identifier: Apache-2.0
// What a server has to say to a request (RFC 6455 4.2.1) and to an origin (RFC 6454 5). Of hosts, origins and
// targets only what is plainly right or plainly wrong is judged, and the rest of RFC 3986 left open.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <wspc/handshake.hpp>

#include "header_model.hpp"

namespace wspc::fuzz::model {

enum class verdict { right, wrong, open };

[[nodiscard]] inline verdict must(bool holds) { return holds ? verdict::right : verdict::wrong; }

// One thing that is asked for, and the error of those who lack it.
struct rule {
    error code;
    verdict judged;
};
// Rules in no order.
using item = std::vector<rule>;

// What may be answered where items are looked at in their order.
[[nodiscard]] inline std::set<error> answers(const std::vector<item>& items) {
    std::set<error> may;
    for (const item& each : items) {
        bool wrong = false;
        for (const rule& one : each) {
            if (one.judged != verdict::right) may.insert(one.code);
            wrong = wrong || one.judged == verdict::wrong;
        }
        if (wrong) return may;
    }
    may.insert(error::none);
    return may;
}

// What a call that was given no memory would have said with some.
[[nodiscard]] inline error with_room(error code) { return code == error::no_room ? error::none : code; }

// --- URIs

inline constexpr std::string_view digits = "0123456789";
inline constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
inline const std::string alphanumeric = std::string{letters}.append(digits);

[[nodiscard]] inline bool consists_of(std::string_view text, std::string_view characters) {
    return text.find_first_not_of(characters) == std::string_view::npos;
}

// Whether it is ASCII that can be seen, and none of these.
[[nodiscard]] inline bool is_visible_without(std::string_view excluded, std::string_view text) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return c > ' ' && c < 0x7f && excluded.find(c) == std::string_view::npos;
    });
}

[[nodiscard]] inline unsigned port_number(std::string_view port) {
    unsigned number = 0;
    for (const char c : port) number = std::min(number * 10 + static_cast<unsigned>(c - '0'), 65536u);
    return number;
}

// host [":" port]
[[nodiscard]] inline verdict judge_place(std::string_view text) {
    if (!is_visible_without("/?#@\\\"<>^`{|}", text)) return verdict::wrong;
    const std::string_view host = text.substr(0, text.find(':'));
    if (host.empty() || !consists_of(host, alphanumeric + ".-")) return verdict::open;
    if (host.size() == text.size()) return verdict::right;
    const std::string_view port = text.substr(host.size() + 1);
    if (!consists_of(port, digits)) return verdict::wrong;
    return port_number(port) <= 65535 ? verdict::right : verdict::open;
}

// The authority of an absolute HTTP URI.
[[nodiscard]] inline std::optional<std::string_view> place_in(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (lower(target.substr(0, scheme.size())) == scheme) {
            const std::string_view rest = target.substr(scheme.size());
            return rest.substr(0, rest.find_first_of("/?"));
        }
    return std::nullopt;
}

// RFC 6455 4.2.1, item 1: a resource name, or an absolute HTTP URI.
[[nodiscard]] inline verdict judge_target(std::string_view target) {
    if (target.empty()) return verdict::open;
    if (!is_visible_without("#", target)) return verdict::wrong;
    const std::optional<std::string_view> place = place_in(target);
    if (place ? place->empty() : target.front() != '/') return verdict::wrong;
    if (place && judge_place(*place) != verdict::right) return judge_place(*place);
    return consists_of(target, alphanumeric + "-._~!$&'()*+,;=:@/?") ? verdict::right : verdict::open;
}

// RFC 6454 6.2: "null", or scheme "://" host [":" port].
[[nodiscard]] inline verdict judge_origin(std::string_view origin) {
    if (origin == "null") return verdict::right;
    const std::size_t colon = origin.find(':');
    const std::string_view scheme = origin.substr(0, colon);
    if (scheme.empty() || !consists_of(scheme, alphanumeric + "+-.") ||
        !consists_of(scheme.substr(0, 1), letters))
        return verdict::wrong;
    if (colon == std::string_view::npos || origin.substr(colon, 3) != "://") return verdict::wrong;
    const std::string_view place = origin.substr(colon + 3);
    // Some send "file://".
    return place.empty() ? verdict::open : judge_place(place);
}

// --- requests

[[nodiscard]] inline bool is_protocol_list(fields from) {
    const std::vector<std::string> all = elements(from, "Sec-WebSocket-Protocol");
    return std::all_of(all.begin(), all.end(), [](const auto& p) { return is_token(p); }) &&
           std::set<std::string>(all.begin(), all.end()).size() == all.size() &&
           all.size() <= max_protocols && !only_commas(from, "Sec-WebSocket-Protocol");
}

// A field that has to be there, and once.
struct single {
    std::string_view name;
    error missing, repeated, invalid;
};
[[nodiscard]] inline item judge_single(fields all, const single& field, verdict (*judge)(std::string_view)) {
    const std::vector<std::string_view> found = values(all, field.name);
    if (found.empty()) return {{field.missing, verdict::wrong}};
    if (found.size() > 1) return {{field.repeated, verdict::wrong}};
    return {{field.invalid, judge(trimmed(found.front()))}};
}

// RFC 6455 4.2.1.
[[nodiscard]] inline std::vector<item> items(const request& from) {
    const fields all = from.headers;
    constexpr single host_field{"Host", error::host_missing, error::host_repeated,
                                error::header_value_invalid};
    constexpr single key_field{"Sec-WebSocket-Key", error::key_missing, error::key_repeated,
                               error::key_invalid};
    constexpr single version_field{"Sec-WebSocket-Version", error::version_missing, error::version_repeated,
                                   error::version_unsupported};
    constexpr single origin_field{"Origin", error::origin_invalid, error::origin_repeated,
                                  error::origin_invalid};
    const auto host = [](std::string_view value) {
        return value.empty() ? verdict::right : judge_place(value);
    };
    const auto key = [](std::string_view value) { return must(is_key(value)); };
    const auto version = [](std::string_view value) { return must(value == "13"); };
    return {
        {{error::method_not_get, must(from.method.empty() || from.method == "GET")},
         {error::http_version_too_old, must(from.version == 0 || from.version >= 11)},
         {error::target_invalid, judge_target(from.target)}},
        judge_single(all, host_field, host),
        {{error::upgrade_missing, must(names(all, "Upgrade", "websocket"))}},
        {{error::connection_missing, must(names(all, "Connection", "upgrade"))}},
        judge_single(all, key_field, key),
        judge_single(all, version_field, version),
        values(all, "Origin").empty() ? item{} : judge_single(all, origin_field, judge_origin),
        {{error::protocol_invalid, must(is_protocol_list(all))}},
        {{error::extension_invalid,
          must(extensions(all).has_value() && !only_commas(all, "Sec-WebSocket-Extensions"))}},
    };
}

// RFC 9112 3.2.2: an absolute target replaces what Host says.
[[nodiscard]] inline std::string host_of(const request& from) {
    return std::string{place_in(from.target).value_or(trimmed(values(from.headers, "Host").front()))};
}

// --- origins

// Scheme, host and port; nothing if it is not plainly an origin.
using site = std::tuple<std::string, std::string, unsigned>;

[[nodiscard]] inline std::optional<site> site_of(std::string_view origin) {
    if (origin == "null" || judge_origin(origin) != verdict::right) return std::nullopt;
    const std::string all = lower(origin);
    const std::string scheme = all.substr(0, all.find(':'));
    const std::string place = all.substr(scheme.size() + 3);
    const std::string host = place.substr(0, place.find(':'));
    if (place.size() > host.size() + 1) return site{scheme, host, port_number(place.substr(host.size() + 1))};
    return site{scheme, host, scheme == "http" ? 80 : scheme == "https" ? 443 : 0};
}

// RFC 6454 5; nothing where it is open.
[[nodiscard]] inline std::optional<origin_verdict> judge(const offer& from, const origin_policy& policy) {
    if (from.origin.empty()) return origin_verdict::absent;
    if (from.origin == "null") return origin_verdict::refused;
    const std::optional<site> page = site_of(from.origin);
    if (!page) return std::nullopt;
    for (const std::string_view each : policy.allowed)
        if (site_of(each) == page) return origin_verdict::allowed;
    if (!policy.same_origin) return origin_verdict::refused;
    const std::optional<site> own =
        site_of((policy.secure ? "https://" : "http://") + std::string{from.host});
    if (!own) return std::nullopt;
    return own == page ? origin_verdict::allowed : origin_verdict::refused;
}

}  // namespace wspc::fuzz::model
