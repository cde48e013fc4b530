// SPDX-License-Identifier: Apache-2.0
#include "lists.hpp"

#include <cstring>
#include <new>

#include "fields.hpp"
#include "hresult.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {

HRESULT read_fields(const WEB_SOCKET_HTTP_HEADER* from, ULONG count, HRESULT dangling,
                    field_list& to) noexcept {
    if (dangles(from, count)) return E_INVALIDARG;
    if (count > max_list) return hresult(error::http_too_many_headers);
    std::size_t size = 0;
    for (ULONG i = 0; i < count; ++i) {
        if (dangles(from[i].pcName, from[i].ulNameLength) || dangles(from[i].pcValue, from[i].ulValueLength))
            return dangling;
        size = saturated_sum(size, saturated_sum(from[i].ulNameLength, from[i].ulValueLength));
    }
    if (size > max_text) return hresult(error::http_headers_too_large);
    if (count == 0) return S_OK;

    to.fields.reset(new (std::nothrow) header[count]);
    if (to.fields == nullptr) return E_OUTOFMEMORY;
    for (ULONG i = 0; i < count; ++i)
        to.fields[to.count++] = {{from[i].pcName, from[i].ulNameLength},
                                 {from[i].pcValue, from[i].ulValueLength}};
    return S_OK;
}

HRESULT read_names(const PCSTR* protocols, ULONG protocol_count, const PCSTR* extensions,
                   ULONG extension_count, name_list& to) noexcept {
    if (dangles(protocols, protocol_count) || dangles(extensions, extension_count)) return E_INVALIDARG;
    if (protocol_count > max_list || extension_count > max_list) return E_INVALIDARG;
    const std::size_t count = protocol_count + extension_count;
    if (count == 0) return S_OK;

    to.names.reset(new (std::nothrow) std::string_view[count]);
    if (to.names == nullptr) return E_OUTOFMEMORY;
    to.protocols = {to.names.get(), protocol_count};
    to.extensions = {to.names.get() + protocol_count, extension_count};
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const PCSTR name = i < protocol_count ? protocols[i] : extensions[i - protocol_count];
        if (name == nullptr) return E_INVALIDARG;
        to.names[i] = {name, std::strlen(name)};
        size = saturated_sum(size, to.names[i].size());
    }
    if (size > max_text) return E_INVALIDARG;

    if (const error code = check_protocols(to.protocols); code != error::none)
        return hresult(code, author::program);
    return hresult(check_extensions(to.extensions), author::program);
}

}  // namespace capi
}  // namespace v0
}  // namespace wspc
