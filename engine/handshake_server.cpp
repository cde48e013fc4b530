// SPDX-License-Identifier: Apache-2.0
// The server's side of the opening handshake (RFC 6455 4.2).
#include <algorithm>

#include <wspc/handshake.hpp>

#include "authority.hpp"
#include "fields.hpp"
#include "origin.hpp"

namespace wspc {
inline namespace v0 {
namespace {

// The target as it may stand in a request line, and the authority in it if it has one.
error check_target(std::string_view target, std::string_view& host) noexcept {
    // Wider than RFC 3986, since browsers send some of what it excludes, such as '|' and '^'. A
    // fragment is never sent (RFC 9112 3.2).
    count_steps(target.size());
    const auto is_wrong = [](char c) { return !is_visible(c) || c == '#'; };
    if (target.empty() || std::any_of(target.begin(), target.end(), is_wrong)) return error::target_invalid;
    if (target.front() == '/') return error::none;
    const std::optional<std::string_view> authority = absolute_target_authority(target);
    if (!authority) return error::target_invalid;
    // RFC 9112 3.2.2: an absolute target replaces what Host says.
    host = *authority;
    return error::none;
}

// RFC 6455 4.2.1, items 1 and 2: the request line, and Host.
error check_start(const request& from, std::string_view& host) noexcept {
    // RFC 9110 9.1: methods are case-sensitive.
    if (!from.method.empty() && from.method != "GET") return error::method_not_get;
    if (from.version != 0 && from.version < 11) return error::http_version_too_old;

    const found_field named = find_field(from.headers, "Host");
    host = named.value;
    if (!from.target.empty()) {
        if (const error code = check_target(from.target, host); code != error::none) return code;
    } else if (!from.method.empty() || from.version != 0) {
        return error::target_invalid;  // the start line is known, and has none
    }
    // RFC 9112 3.2: a request has one Host, which may be empty.
    if (named.count == 0) return error::host_missing;
    if (named.count > 1) return error::host_repeated;
    const bool right = named.value.empty() || parse_authority(named.value);
    return right ? error::none : error::header_value_invalid;
}

// RFC 6455 4.2.1, items 3 to 6: the fields that make it a WebSocket's.
error check_upgrade(std::span<const header> headers, std::string_view& key) noexcept {
    if (!token_list{headers, upgrade_field}.contains_ignoring_case("websocket"))
        return error::upgrade_missing;
    if (!token_list{headers, connection_field}.contains_ignoring_case("upgrade"))
        return error::connection_missing;

    // RFC 6455 11.3.1: Sec-WebSocket-Key appears once.
    const found_field found_key = find_field(headers, key_field);
    if (found_key.count == 0) return error::key_missing;
    if (found_key.count > 1) return error::key_repeated;
    if (!is_key(found_key.value)) return error::key_invalid;
    key = found_key.value;

    // RFC 6455 11.3.5: so does Sec-WebSocket-Version. Whatever else it says is a version that we do
    // not know, and 4.4 has an answer to that.
    const found_field version = find_field(headers, version_field);
    if (version.count == 0) return error::version_missing;
    if (version.count > 1) return error::version_repeated;
    return version.value == "13" ? error::none : error::version_unsupported;
}

// RFC 6455 4.2.1, item 7. Browsers send one origin, or "null"; the list of RFC 6454 7.1 is history.
error check_origin(std::span<const header> headers, std::string_view& origin) noexcept {
    const found_field found = find_field(headers, "Origin");
    if (found.count == 0) return error::none;
    if (found.count > 1) return error::origin_repeated;
    if (found.value != "null" && !parse_origin(found.value)) return error::origin_invalid;
    origin = found.value;
    return error::none;
}

// RFC 6455 4.2.1, items 8 and 9.
error check_lists(std::span<const header> headers) noexcept {
    if (only_commas(headers, protocol_field)) return error::protocol_invalid;
    list_cursor protocols{headers, protocol_field};
    if (protocols.next()) {
        token_set seen;
        do {
            // RFC 6455 4.1, item 10 of the request: tokens, no two of them equal.
            if (!is_token(protocols.element()) || !seen.insert(protocols.element()))
                return error::protocol_invalid;
        } while (protocols.next());
    }
    if (only_commas(headers, extensions_field)) return error::extension_invalid;
    return extension_list{headers, extensions_field}.check();
}

error check_choice(const offer& from, const choice& chosen) noexcept {
    if (!is_key(from.key)) return error::key_invalid;
    if (!chosen.protocol.empty()) {
        if (!is_token(chosen.protocol)) return error::protocol_invalid;
        // RFC 6455 4.2.2, /subprotocol/: one of those that the client named, as it named it.
        if (!from.protocols.contains(chosen.protocol)) return error::protocol_not_offered;
    }
    if (const error code = check_extensions(chosen.extensions); code != error::none) return code;
    for (std::size_t i = 0; i < chosen.extensions.size(); ++i) {
        const std::string_view name = extension{chosen.extensions[i]}.name();
        // RFC 6455 4.2.2, /extensions/: nothing that the client did not list.
        if (!from.extensions.contains(name)) return error::extension_not_offered;
        if (offered_index(chosen.extensions.first(i), name) != none_offered)
            return error::extension_not_offered;
    }
    return error::none;
}

std::size_t size_needed(const choice& chosen) noexcept {
    string_measure measure;
    measure.put(accept_size);
    if (!chosen.protocol.empty()) measure.put(chosen.protocol.size());
    if (!chosen.extensions.empty()) measure.join(chosen.extensions);
    return measure.size();
}

server_reply failed_reply(error code, std::size_t needed = 0) noexcept {
    server_reply reply;
    reply.code = code;
    reply.needed = needed;
    return reply;
}

void add(server_reply& reply, std::string_view name, std::string_view value) noexcept {
    reply.fields[reply.count++] = {name, value};
}

}  // namespace

result<offer> read_request(const request& from) noexcept {
    offer to;
    error code = check_start(from, to.host);
    if (code == error::none) code = check_upgrade(from.headers, to.key);
    if (code == error::none) code = check_origin(from.headers, to.origin);
    if (code == error::none) code = check_lists(from.headers);
    if (code != error::none) return {{}, code};
    to.protocols = token_list{from.headers, protocol_field};
    to.extensions = extension_list{from.headers, extensions_field};
    return {to, error::none};
}

server_reply accept(const offer& from, const choice& chosen, std::span<char> storage) noexcept {
    if (const error code = check_choice(from, chosen); code != error::none) return failed_reply(code);
    if (overlaps(storage, chosen.protocol) || overlaps(storage, chosen.extensions))
        return failed_reply(error::bad_argument);
    const std::size_t needed = size_needed(chosen);
    if (storage.size() < needed) return failed_reply(error::no_room, needed);

    accept_text text;
    if (!compute_accept(from.key, text)) return failed_reply(error::no_memory);
    string_writer writer{storage};
    server_reply reply;
    reply.status = 101;
    add(reply, accept_field, writer.put({text.data(), accept_size}));
    add(reply, connection_field, "Upgrade");
    add(reply, upgrade_field, "websocket");
    if (!chosen.protocol.empty()) {
        reply.agreed.protocol = writer.put(chosen.protocol);
        add(reply, protocol_field, reply.agreed.protocol);
    }
    if (!chosen.extensions.empty()) {
        const std::string_view extensions = writer.join(chosen.extensions);
        reply.agreed.extensions = extension_list{extensions};
        add(reply, extensions_field, extensions);
    }
    return reply;
}

server_reply reject(std::uint16_t status, error why) noexcept {
    if (status == 0) status = http_status(why);
    if (status < 300 || status > 599) return failed_reply(error::bad_argument);

    server_reply reply;
    reply.status = status;
    if (status == 426) {
        // RFC 9110 15.5.22: names what to upgrade to; and 7.8: Connection then names Upgrade.
        add(reply, connection_field, "Upgrade, close");
        add(reply, upgrade_field, "websocket");
    } else {
        add(reply, connection_field, "close");
    }
    // RFC 6455 4.4: all versions that the server would take, be the status what it may.
    if (status == 426 || why == error::version_unsupported) add(reply, version_field, "13");
    // RFC 9110 15.5.6: the methods that the target knows.
    if (status == 405) add(reply, "Allow", "GET");
    // RFC 9110 15.4.5: a 304 has no content to measure.
    if (status != 304) add(reply, "Content-Length", "0");
    return reply;
}

std::uint16_t http_status(error why) noexcept {
    switch (why) {
        case error::method_not_get: return 405;
        case error::http_version_too_old:
        case error::http_version_unsupported: return 505;
        case error::upgrade_missing:  // RFC 9110 15.5.22: not without another protocol
        case error::version_unsupported: return 426;
        case error::origin_refused: return 403;  // RFC 6455 4.2.2, /origin/
        case error::http_headers_too_large:
        case error::http_too_many_headers:
            return 431;  // RFC 6585 5

        // RFC 6455 4.2.1: such as 400 Bad Request.
        case error::target_invalid:
        case error::host_missing:
        case error::host_repeated:
        case error::connection_missing:
        case error::key_missing:
        case error::key_repeated:
        case error::key_invalid:
        case error::version_missing:
        case error::version_repeated:
        case error::origin_invalid:
        case error::origin_repeated:
        case error::header_name_invalid:
        case error::header_value_invalid:
        case error::protocol_invalid:
        case error::extension_invalid:
        case error::http_malformed:
        case error::http_body_unexpected: return 400;

        case error::would_block: return 503;

        // Nothing that a request can do.
        case error::none:
        case error::reserved_bits:
        case error::reserved_opcode:
        case error::fragmented_control:
        case error::control_too_long:
        case error::mask_missing:
        case error::mask_unexpected:
        case error::length_not_minimal:
        case error::length_too_large:
        case error::unexpected_continuation:
        case error::expected_continuation:
        case error::close_body_too_short:
        case error::close_code_invalid:
        case error::close_reason_not_utf8:
        case error::text_not_utf8:
        case error::frame_too_big:
        case error::message_too_big:
        case error::too_many_fragments:
        case error::transform_failed:
        case error::no_room:
        case error::no_memory:
        case error::no_randomness:
        case error::frame_open:
        case error::wrong_message:
        case error::closed:
        case error::aborted:
        case error::bad_argument:
        case error::status_not_101:
        case error::upgrade_repeated:
        case error::accept_missing:
        case error::accept_repeated:
        case error::accept_wrong:
        case error::protocol_repeated:
        case error::protocol_missing:
        case error::protocol_not_offered:
        case error::extension_not_offered:
        case error::url_invalid:
        case error::url_scheme_unknown:
        case error::url_fragment: return 500;
    }
    return 500;
}

}  // namespace v0
}  // namespace wspc
