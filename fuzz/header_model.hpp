// SPDX-License-Identifier: Apache-2.0
// What header fields mean, said a second time and without any thought of speed: comma lists (RFC 9110 5.6.1),
// extensions (RFC 6455 9.1), and which responses make a handshake (RFC 6455 4.1); requests:
// request_model.hpp.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/handshake.hpp>

namespace wspc::fuzz::model {

[[nodiscard]] inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

[[nodiscard]] inline bool is_token(std::string_view text) {
    const auto fits = [](char c) {
        return c > ' ' && c < 0x7f &&
               std::string_view{"()<>@,;:\\\"/[]?={}"}.find(c) == std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

[[nodiscard]] inline std::string lower(std::string_view text) {
    std::string made{text};
    for (char& c : made)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return made;
}

[[nodiscard]] inline std::string trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return std::string{text};
}

using fields = std::span<const header>;

// The values of all fields of a name, as they stand.
[[nodiscard]] inline std::vector<std::string_view> values(fields from, std::string_view name) {
    std::vector<std::string_view> made;
    for (const header& each : from)
        if (lower(each.name) == lower(name)) made.push_back(each.value);
    return made;
}

[[nodiscard]] inline std::vector<std::string> elements(fields from, std::string_view name) {
    std::vector<std::string> made;
    for (const std::string_view value : values(from, name)) {
        std::string element;
        bool quoted = false;
        const auto end = [&] {
            if (!trimmed(element).empty()) made.push_back(trimmed(element));
            element.clear();
        };
        for (std::size_t i = 0; i < value.size(); ++i) {
            const char c = value[i];
            if (c == ',' && !quoted) {
                end();
                continue;
            }
            element += c;
            if (c == '"') quoted = !quoted;
            if (c == '\\' && quoted && i + 1 < value.size()) element += value[++i];
        }
        end();
    }
    return made;
}

// Something, but no element.
[[nodiscard]] inline bool only_commas(fields from, std::string_view name) {
    const std::vector<std::string_view> all = values(from, name);
    return elements(from, name).empty() && std::any_of(all.begin(), all.end(), [](std::string_view value) {
               return !trimmed(value).empty();
           });
}

[[nodiscard]] inline bool names(fields from, std::string_view name, std::string_view token) {
    const std::vector<std::string> all = elements(from, name);
    return std::any_of(all.begin(), all.end(), [&](const std::string& e) { return lower(e) == token; });
}

struct parameter {
    std::string name;
    std::optional<std::string> value{};

    friend bool operator==(const parameter&, const parameter&) = default;
};
struct extension {
    std::string name;
    std::vector<parameter> parameters{};

    friend bool operator==(const extension&, const extension&) = default;
};

// Reads one value of Sec-WebSocket-Extensions, octet by octet.
class extension_parser {
public:
    explicit extension_parser(std::string_view text) : text_{text} {}

    [[nodiscard]] bool parse(std::vector<extension>& to) {
        for (;;) {
            while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == ',')) ++at_;
            if (at_ == text_.size()) return true;
            to.push_back({token()});
            if (to.back().name.empty()) return false;
            while (skip(';'))
                if (!parse_parameter(to.back())) return false;
            if (at_ != text_.size() && text_[at_] != ',') return false;
        }
    }

private:
    void blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }
    // Blanks, then this character, then blanks again; or only the blanks in front.
    [[nodiscard]] bool skip(char c) {
        blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        blanks();
        return true;
    }
    [[nodiscard]] std::string token() {
        std::string made;
        while (at_ < text_.size() && is_token(text_.substr(at_, 1))) made += text_[at_++];
        return made;
    }
    [[nodiscard]] bool parse_parameter(extension& of) {
        of.parameters.push_back({token()});
        if (of.parameters.back().name.empty()) return false;
        if (!skip('=')) return true;
        std::string& value = of.parameters.back().value.emplace();
        if (at_ == text_.size() || text_[at_] != '"') {
            value = token();
            return !value.empty();
        }
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\' && ++at_ == text_.size()) return false;
            value += text_[at_];
        }
        if (at_ == text_.size()) return false;
        ++at_;
        return is_token(value);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// Nothing if one of the fields is malformed.
[[nodiscard]] inline std::optional<std::vector<extension>> extensions(fields from) {
    std::vector<extension> made;
    for (const std::string_view value : values(from, "Sec-WebSocket-Extensions"))
        if (!extension_parser{value}.parse(made)) return std::nullopt;
    return made;
}

[[nodiscard]] inline bool is_key(std::string_view key) {
    const auto fits = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/';
    };
    return key.size() == 24 && key.substr(22) == "==" && std::all_of(key.begin(), key.begin() + 22, fits);
}

[[nodiscard]] inline bool is_only(fields from, std::string_view name, std::string_view value) {
    const std::vector<std::string_view> all = values(from, name);
    return all.size() == 1 && trimmed(all.front()) == value;
}

// What the server took is something that was offered, and that once.
[[nodiscard]] inline bool is_taken(fields from, const client_offer& wanted) {
    const std::optional<std::vector<extension>> taken = extensions(from);
    if (!taken || only_commas(from, "Sec-WebSocket-Extensions")) return false;
    std::set<std::string> seen;
    for (const extension& each : *taken) {
        const auto is_it = [&](std::string_view offered) {
            return offered.substr(0, offered.find_first_of("; \t")) == each.name;
        };
        if (std::none_of(wanted.extensions.begin(), wanted.extensions.end(), is_it)) return false;
        if (!seen.insert(each.name).second) return false;
    }

    const std::vector<std::string> protocols = elements(from, "Sec-WebSocket-Protocol");
    if (only_commas(from, "Sec-WebSocket-Protocol") || protocols.size() > 1) return false;
    if (protocols.empty()) return !wanted.protocol_required || wanted.protocols.empty();
    for (const std::string_view value : values(from, "Sec-WebSocket-Protocol"))
        if (!trimmed(value).empty() && trimmed(value) != protocols.front()) return false;
    return std::find(wanted.protocols.begin(), wanted.protocols.end(), protocols.front()) !=
           wanted.protocols.end();
}

// RFC 6455 4.1, items 1 to 6 of the response.
[[nodiscard]] inline bool is_response(const response& from, std::string_view accept,
                                      const client_offer& wanted) {
    const std::vector<std::string_view> upgrades = values(from.headers, "Upgrade");
    return (from.status == 0 || from.status == 101) && upgrades.size() == 1 &&
           lower(trimmed(upgrades.front())) == "websocket" && names(from.headers, "Connection", "upgrade") &&
           is_only(from.headers, "Sec-WebSocket-Accept", accept) && is_taken(from.headers, wanted);
}

}  // namespace wspc::fuzz::model
