// SPDX-License-Identifier: Apache-2.0
// The four functions of the opening handshake. The rules are the engine's (RFC 6455 4.1, 4.2); here its
// values become websocket.h's, and what lives longer than a call goes to the handle.
#include <algorithm>
#include <limits>
#include <new>

#include <wspc/handshake.hpp>

#include "fields.hpp"
#include "handle.hpp"
#include "hresult.hpp"
#include "lists.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {
namespace {

// pulSelectedSubprotocol when none was offered; 0 would be the first.
constexpr ULONG no_protocol = std::numeric_limits<ULONG>::max();

// Where a Begin function leaves its fields: nothing, unless it succeeds.
struct fields_out {
    PWEB_SOCKET_HTTP_HEADER* fields;
    ULONG* count;

    [[nodiscard]] bool clear() const noexcept {
        if (fields != nullptr) *fields = nullptr;
        if (count != nullptr) *count = 0;
        return fields != nullptr && count != nullptr;
    }
    void set(begun_handshake& from) const noexcept {
        *fields = from.fields.data();
        *count = from.count;
    }
};

// --- client

// Page: WEB_SOCKET_HTTP_HEADER. The fields are the program's own, and are nothing but looked at.
HRESULT check_initial_fields(const WEB_SOCKET_HTTP_HEADER* from, ULONG count) noexcept {
    field_list fields;
    const HRESULT result = read_fields(from, count, E_INVALIDARG, fields);
    if (FAILED(result)) return result == E_OUTOFMEMORY ? result : E_INVALIDARG;
    const auto is_wrong = [](const header& field) {
        return field.name.empty() || field.name.find(':') != std::string_view::npos;
    };
    const auto view = fields.view();
    return std::any_of(view.begin(), view.end(), is_wrong) ? E_INVALIDARG : S_OK;
}

// The names of the program die with the call; those in the field that was made of them, joined by
// ", ", stay.
void keep_names(std::span<std::string_view> names, std::string_view joined) noexcept {
    const char* at = joined.data();
    for (std::string_view& name : names) {
        name = {at, name.size()};
        at += name.size() + 2;
    }
}

HRESULT make_begun(name_list& names, begun_handshake& to) noexcept {
    client_offer wanted;
    wanted.protocols = names.protocols;
    wanted.extensions = names.extensions;
    const client_request measured = make_request(wanted, {});
    if (measured.code != error::no_room) return hresult(measured.code, author::program);
    to.text.reset(new (std::nothrow) char[measured.needed]);
    if (to.text == nullptr) return E_OUTOFMEMORY;
    const client_request made = make_request(wanted, {to.text.get(), measured.needed});
    if (!made) return hresult(made.code, author::program);

    to.set_fields(made.headers());
    to.key = made.key;
    for (const header& field : made.headers()) {
        if (field.name == protocol_field) keep_names(names.protocols, field.value);
        if (field.name == extensions_field) keep_names(names.extensions, field.value);
    }
    to.protocols = names.protocols;
    to.extensions = names.extensions;
    to.names = std::move(names.names);
    return S_OK;
}

// Which of the extensions that were offered the server has selected.
class selection {
public:
    selection(const agreement& agreed, std::span<const std::string_view> offered) noexcept
        : agreed_{agreed}, offered_{offered} {
        for ([[maybe_unused]] const extension& taken : agreed.extensions) ++count_;
    }

    [[nodiscard]] ULONG count() const noexcept { return count_; }
    // `to` has room for count() indices.
    void write(ULONG* to) const noexcept {
        for (const extension& taken : agreed_.extensions)
            *to++ = static_cast<ULONG>(offered_index(offered_, taken.name()));
    }

private:
    const agreement& agreed_;
    std::span<const std::string_view> offered_;
    ULONG count_ = 0;
};

// --- server

HRESULT make_begun(const request& from, const choice& chosen, begun_handshake& to) noexcept {
    const result<offer> read = read_request(from);
    if (!read) return hresult(read.code);
    const server_reply measured = accept(read.value, chosen, {});
    if (measured.code != error::no_room) return hresult(measured.code, author::program);
    to.text.reset(new (std::nothrow) char[measured.needed]);
    if (to.text == nullptr) return E_OUTOFMEMORY;
    const server_reply reply = accept(read.value, chosen, {to.text.get(), measured.needed});
    if (!reply) return hresult(reply.code, author::program);
    to.set_fields(reply.headers());
    to.agreed = reply.agreed;
    return S_OK;
}

}  // namespace
}  // namespace capi
}  // namespace v0
}  // namespace wspc

using namespace wspc::capi;

HRESULT WINAPI WebSocketBeginClientHandshake(
    WEB_SOCKET_HANDLE hWebSocket, PCSTR* pszSubprotocols, ULONG ulSubprotocolCount, PCSTR* pszExtensions,
    ULONG ulExtensionCount, const PWEB_SOCKET_HTTP_HEADER pInitialHeaders, ULONG ulInitialHeaderCount,
    PWEB_SOCKET_HTTP_HEADER* pAdditionalHeaders, ULONG* pulAdditionalHeaderCount) {
    handle* const h = handle::from(hWebSocket);
    const fields_out out{pAdditionalHeaders, pulAdditionalHeaderCount};
    if (!out.clear() || h == nullptr) return E_INVALIDARG;
    HRESULT result = check_initial_fields(pInitialHeaders, ulInitialHeaderCount);
    if (FAILED(result)) return result;
    name_list names;
    result = read_names(pszSubprotocols, ulSubprotocolCount, pszExtensions, ulExtensionCount, names);
    if (FAILED(result)) return result;

    const locked lock{h->guard()};
    if (h->self() != wspc::role::client || h->state() != handle_state::created)
        return E_INVALID_PROTOCOL_OPERATION;
    begun_handshake begun;
    result = make_begun(names, begun);
    if (SUCCEEDED(result)) out.set(h->begin(std::move(begun)));
    return result;
}

HRESULT WINAPI WebSocketEndClientHandshake(WEB_SOCKET_HANDLE hWebSocket,
                                           const PWEB_SOCKET_HTTP_HEADER pResponseHeaders,
                                           ULONG ulReponseHeaderCount, ULONG* pulSelectedExtensions,
                                           ULONG* pulSelectedExtensionCount, ULONG* pulSelectedSubprotocol) {
    handle* const h = handle::from(hWebSocket);
    if (h == nullptr || dangles(pResponseHeaders, ulReponseHeaderCount)) return E_INVALIDARG;

    const locked lock{h->guard()};
    if (h->self() != wspc::role::client || h->state() != handle_state::handshaking)
        return E_INVALID_PROTOCOL_OPERATION;
    field_list fields;
    HRESULT result = read_fields(pResponseHeaders, ulReponseHeaderCount, E_INVALID_PROTOCOL_FORMAT, fields);
    if (FAILED(result)) return result;

    const begun_handshake& begun = h->begun();
    wspc::client_offer wanted;
    wanted.protocols = begun.protocols;
    wanted.extensions = begun.extensions;
    wanted.protocol_required = true;  // page: WebSocketEndClientHandshake
    const wspc::checked_response checked =
        wspc::check_response({.status = 0, .headers = fields.view()}, begun.key, wanted);
    if (!checked) return hresult(checked.code);
    const selection selected{checked.agreed, begun.extensions};
    const ULONG room = pulSelectedExtensions != nullptr && pulSelectedExtensionCount != nullptr
                           ? *pulSelectedExtensionCount
                           : 0;
    const bool fits = selected.count() <= room;
    if (fits) result = h->open(checked.agreed);
    if (FAILED(result)) return result;
    if (pulSelectedExtensionCount != nullptr) *pulSelectedExtensionCount = selected.count();
    if (!fits) return insufficient_buffer;

    if (selected.count() > 0) selected.write(pulSelectedExtensions);
    if (pulSelectedSubprotocol != nullptr) {
        *pulSelectedSubprotocol =
            checked.protocol == wspc::none_offered ? no_protocol : static_cast<ULONG>(checked.protocol);
    }
    return S_OK;
}

HRESULT WINAPI WebSocketBeginServerHandshake(WEB_SOCKET_HANDLE hWebSocket, PCSTR pszSubprotocolSelected,
                                             PCSTR* pszExtensionSelected, ULONG ulExtensionSelectedCount,
                                             const PWEB_SOCKET_HTTP_HEADER pRequestHeaders,
                                             ULONG ulRequestHeaderCount,
                                             PWEB_SOCKET_HTTP_HEADER* pResponseHeaders,
                                             ULONG* pulResponseHeaderCount) {
    handle* const h = handle::from(hWebSocket);
    const fields_out out{pResponseHeaders, pulResponseHeaderCount};
    if (!out.clear() || h == nullptr) return E_INVALIDARG;
    name_list names;
    const ULONG protocol_count = pszSubprotocolSelected != nullptr ? 1 : 0;
    HRESULT result = read_names(&pszSubprotocolSelected, protocol_count, pszExtensionSelected,
                                ulExtensionSelectedCount, names);
    if (FAILED(result)) return result;
    field_list fields;
    result = read_fields(pRequestHeaders, ulRequestHeaderCount, E_INVALIDARG, fields);
    if (FAILED(result)) return result;
    // Whether another site's pages may connect is the program's to decide, and so is what an Origin may be.
    // What a client offers as sub-protocols matters only if one of them was selected.
    for (wspc::header& field : std::span{fields.fields.get(), fields.count}) {
        const bool unselected =
            pszSubprotocolSelected == nullptr && wspc::equal_ignoring_case(field.name, wspc::protocol_field);
        if (unselected || wspc::equal_ignoring_case(field.name, "Origin")) field = {};
    }

    const locked lock{h->guard()};
    if (h->self() != wspc::role::server || h->state() != handle_state::created)
        return E_INVALID_PROTOCOL_OPERATION;
    wspc::request request;
    request.headers = fields.view();
    wspc::choice chosen;
    if (!names.protocols.empty()) chosen.protocol = names.protocols.front();
    chosen.extensions = names.extensions;
    begun_handshake begun;
    result = make_begun(request, chosen, begun);
    if (SUCCEEDED(result)) out.set(h->begin(std::move(begun)));
    return result;
}

HRESULT WINAPI WebSocketEndServerHandshake(WEB_SOCKET_HANDLE hWebSocket) {
    handle* const h = handle::from(hWebSocket);
    if (h == nullptr) return E_INVALIDARG;
    const locked lock{h->guard()};
    return h->self() == wspc::role::server ? h->ready() : E_INVALID_PROTOCOL_OPERATION;
}
