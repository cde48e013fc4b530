// SPDX-License-Identifier: Apache-2.0
// What a program may set when it creates a handle (page: WEB_SOCKET_PROPERTY_TYPE).
#pragma once

#include <span>

#include <wspc/frame.hpp>

#include "api.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {

// Beside the two buffers: the control frame that is being sent, 6 + 125 bytes, or a received one,
// rounded up as Microsoft's own clients expect it.
inline constexpr ULONG control_area = 144;

struct settings {
    ULONG receive_size = 4096;  // bytes
    ULONG send_size = 4096;     // bytes
    bool disable_masking = false;
    bool disable_utf8 = false;
    std::byte* buffer = nullptr;  // the program's, of buffer_size() bytes at least; or null

    [[nodiscard]] ULONG buffer_size() const noexcept { return receive_size + send_size + control_area; }
};

// E_INVALIDARG unless every value is there, of its type's size, and within its bounds. Order does not
// matter, and of a type that stands twice only the last is looked at.
[[nodiscard]] HRESULT read_properties(role self, const WEB_SOCKET_PROPERTY* properties, ULONG count,
                                      settings& to) noexcept;

}  // namespace capi
}  // namespace v0
}  // namespace wspc
