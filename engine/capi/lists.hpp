// SPDX-License-Identifier: Apache-2.0
// The arrays of the handshake functions as the engine takes them: views, in arrays that are allocated
// for the length of the call.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <wspc/header.hpp>

#include "api.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {

// Against floods of header fields, and of strings of one's own.
inline constexpr ULONG max_list = 4096;            // entries
inline constexpr std::size_t max_text = 1u << 20;  // bytes in all

// Header fields.
struct field_list {
    std::unique_ptr<header[]> fields;
    std::size_t count = 0;

    [[nodiscard]] std::span<const header> view() const noexcept { return {fields.get(), count}; }
};

// E_INVALIDARG for an array that is NULL, `dangling` for a pointer that is NULL although its length is
// not 0, E_INVALID_PROTOCOL_FORMAT for more than the limits, E_OUTOFMEMORY.
[[nodiscard]] HRESULT read_fields(const WEB_SOCKET_HTTP_HEADER* from, ULONG count, HRESULT dangling,
                                  field_list& to) noexcept;

// Strings of the program; `protocols`, then `extensions`.
struct name_list {
    std::unique_ptr<std::string_view[]> names;
    std::span<std::string_view> protocols;
    std::span<std::string_view> extensions;
};

// Checks each as it may be sent. E_INVALIDARG for an array or an entry that is NULL, a sub-protocol that
// is no token or stands twice, text that is no extension, and more than the limits; E_OUTOFMEMORY.
[[nodiscard]] HRESULT read_names(const PCSTR* protocols, ULONG protocol_count, const PCSTR* extensions,
                                 ULONG extension_count, name_list& to) noexcept;

}  // namespace capi
}  // namespace v0
}  // namespace wspc
