// SPDX-License-Identifier: Apache-2.0
// The client's side of the opening handshake (RFC 6455 4.1).
#include <algorithm>

#include <wspc/handshake.hpp>

#include "authority.hpp"
#include "crypto.hpp"
#include "fields.hpp"
#include "origin.hpp"

namespace wspc {
inline namespace v0 {
namespace {

error check_offer(const client_offer& wanted) noexcept {
    if (!wanted.host.empty() && !parse_authority(wanted.host)) return error::header_value_invalid;
    const bool has_origin = !wanted.origin.empty() && wanted.origin != "null";
    if (has_origin && !parse_origin(wanted.origin)) return error::origin_invalid;
    if (const error code = check_protocols(wanted.protocols); code != error::none) return code;
    return check_extensions(wanted.extensions);
}

std::size_t size_needed(const client_offer& wanted) noexcept {
    string_measure measure;
    measure.put(key_size);
    if (!wanted.host.empty()) measure.put(wanted.host.size());
    if (!wanted.protocols.empty()) measure.join(wanted.protocols);
    if (!wanted.extensions.empty()) measure.join(wanted.extensions);
    if (!wanted.origin.empty()) measure.put(wanted.origin.size());
    return measure.size();
}

bool lies_in(std::span<const char> storage, const client_offer& wanted) noexcept {
    return overlaps(storage, wanted.host) || overlaps(storage, wanted.origin) ||
           overlaps(storage, wanted.protocols) || overlaps(storage, wanted.extensions);
}

client_request failed_request(error code, std::size_t needed = 0) noexcept {
    client_request made;
    made.code = code;
    made.needed = needed;
    return made;
}

void add(client_request& made, std::string_view name, std::string_view value) noexcept {
    made.fields[made.count++] = {name, value};
}

// RFC 6455 4.1, items 2 to 4 of the response.
error check_upgrade(std::span<const header> headers, std::string_view key) noexcept {
    const found_field upgrade = find_field(headers, upgrade_field);
    if (upgrade.count > 1) return error::upgrade_repeated;
    // The value itself, not an element of a list: an answer names the one protocol that follows.
    if (!equal_ignoring_case(upgrade.value, "websocket")) return error::upgrade_missing;
    if (!token_list{headers, connection_field}.contains_ignoring_case("upgrade"))
        return error::connection_missing;

    // RFC 6455 11.3.3: Sec-WebSocket-Accept appears once.
    const found_field accept = find_field(headers, accept_field);
    if (accept.count == 0) return error::accept_missing;
    if (accept.count > 1) return error::accept_repeated;
    accept_text expected;
    if (!compute_accept(key, expected)) return error::no_memory;
    const bool right = accept.value == std::string_view{expected.data(), accept_size};
    return right ? error::none : error::accept_wrong;
}

// RFC 6455 4.1, item 5 of the response: extensions that were asked for, each once.
error check_extensions_taken(std::span<const header> headers, const client_offer& wanted) noexcept {
    if (only_commas(headers, extensions_field)) return error::extension_invalid;
    const extension_list taken{headers, extensions_field};
    if (const error code = taken.check(); code != error::none) return code;
    for (const extension& element : taken) {
        if (offered_index(wanted.extensions, element.name()) == none_offered)
            return error::extension_not_offered;
        // One that is taken twice would also claim its reserved bit twice. The search costs the length
        // of the list for each name of the offer, at most: the peer cannot make it more.
        std::size_t same = 0;
        for (const extension& other : taken) {
            if (other.name() == element.name() && ++same > 1) return error::extension_not_offered;
        }
    }
    return error::none;
}

// RFC 6455 4.1, item 6 of the response: at most one sub-protocol, of those that were asked for.
error check_protocol_taken(std::span<const header> headers, const client_offer& wanted,
                           checked_response& to) noexcept {
    if (only_commas(headers, protocol_field)) return error::protocol_invalid;
    list_cursor taken{headers, protocol_field};
    if (!taken.next()) {
        const bool missing = wanted.protocol_required && !wanted.protocols.empty();
        return missing ? error::protocol_missing : error::none;
    }
    const std::string_view protocol = taken.element();
    if (taken.next()) return error::protocol_repeated;
    if (!is_token(protocol)) return error::protocol_invalid;
    for (const header& field : headers) {
        // RFC 6455 4.3, Sec-WebSocket-Protocol-Server: a token, not even a list of one.
        const bool named = equal_ignoring_case(field.name, protocol_field);
        if (named && !trim(field.value).empty() && trim(field.value) != protocol)
            return error::protocol_invalid;
    }
    const auto found = std::find(wanted.protocols.begin(), wanted.protocols.end(), protocol);
    if (found == wanted.protocols.end()) return error::protocol_not_offered;
    to.protocol = static_cast<std::size_t>(found - wanted.protocols.begin());
    to.agreed.protocol = protocol;
    return error::none;
}

}  // namespace

client_request make_request(const client_offer& wanted, std::span<char> storage,
                            random_source random) noexcept {
    if (const error code = check_offer(wanted); code != error::none) return failed_request(code);
    if (lies_in(storage, wanted)) return failed_request(error::bad_argument);
    const std::size_t needed = size_needed(wanted);
    if (storage.size() < needed) return failed_request(error::no_room, needed);

    // RFC 6455 4.1, item 7 of the request: a nonce, random, new for each connection.
    std::array<std::byte, 16> nonce{};
    if (random.fill == nullptr || !random.fill(random.context, nonce))
        return failed_request(error::no_randomness);
    std::array<char, key_size + 1> key;
    static_assert(crypto::base64_size(nonce.size()) == key_size);
    crypto::base64(nonce, key.data());

    string_writer writer{storage};
    client_request made;
    // RFC 9110 7.2: Host is best sent first.
    if (!wanted.host.empty()) add(made, "Host", writer.put(wanted.host));
    add(made, connection_field, "Upgrade");
    add(made, upgrade_field, "websocket");
    add(made, version_field, "13");
    made.key = writer.put({key.data(), key_size});
    add(made, key_field, made.key);
    if (!wanted.protocols.empty()) add(made, protocol_field, writer.join(wanted.protocols));
    if (!wanted.extensions.empty()) add(made, extensions_field, writer.join(wanted.extensions));
    if (!wanted.origin.empty()) add(made, "Origin", writer.put(wanted.origin));
    return made;
}

checked_response check_response(const response& from, std::string_view key,
                                const client_offer& wanted) noexcept {
    checked_response to;
    if (!is_key(key)) {
        to.code = error::key_invalid;
    } else if (from.status != 0 && from.status != 101) {
        // RFC 6455 4.1, item 1 of the response. Redirects and 401 are the application's.
        to.code = error::status_not_101;
    } else {
        to.code = check_upgrade(from.headers, key);
        if (to.code == error::none) to.code = check_extensions_taken(from.headers, wanted);
        if (to.code == error::none) to.code = check_protocol_taken(from.headers, wanted, to);
    }
    if (to.code != error::none) return {{}, none_offered, to.code};
    to.agreed.extensions = extension_list{from.headers, extensions_field};
    return to;
}

}  // namespace v0
}  // namespace wspc
