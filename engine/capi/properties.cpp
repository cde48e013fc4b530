// SPDX-License-Identifier: Apache-2.0
#include "properties.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace wspc {
inline namespace v0 {
namespace capi {
namespace {

constexpr ULONG least_receive_size = 256;
// The page says 256; clients set 16 on servers, whose payloads need no copy.
constexpr ULONG least_send_size = 16;
constexpr ULONG server_send_size = 16;

// Milliseconds (page: WEB_SOCKET_PROPERTY_TYPE).
constexpr ULONG default_keepalive = 30'000;
constexpr ULONG least_keepalive = 15'000;

// RFC 6455 4.1, item 9 of the request.
constexpr ULONG supported_version = 13;

// The last property of each type that can be set.
using settable =
    std::array<const WEB_SOCKET_PROPERTY*, WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE + 1>;

// Values lie at any alignment: .NET packs them behind each other.
template <class T>
[[nodiscard]] bool read_value(const WEB_SOCKET_PROPERTY* from, T& to) noexcept {
    if (from == nullptr) return true;
    if (from->pvValue == nullptr || from->ulValueSize != sizeof to) return false;
    std::memcpy(&to, from->pvValue, sizeof to);
    return true;
}

[[nodiscard]] bool read_flag(const WEB_SOCKET_PROPERTY* from, bool& to) noexcept {
    BOOL value = FALSE;
    if (!read_value(from, value)) return false;
    to = value != FALSE;
    return true;
}

// pvValue is the address of the pointer, ulValueSize the size of what that points to.
[[nodiscard]] bool read_buffer(const WEB_SOCKET_PROPERTY* from, settings& to) noexcept {
    if (from == nullptr) return true;
    if (from->pvValue == nullptr || from->ulValueSize < to.buffer_size()) return false;
    std::memcpy(&to.buffer, from->pvValue, sizeof to.buffer);
    return to.buffer != nullptr;
}

[[nodiscard]] ULONG keepalive_interval() noexcept {
    ULONG interval = default_keepalive;
#ifdef _WIN32
    DWORD found = 0;
    DWORD size = sizeof found;
    if (RegGetValueA(HKEY_LOCAL_MACHINE, "SOFTWARE\\Microsoft\\WebSocket", "KeepaliveInterval",
                     RRF_RT_REG_DWORD, nullptr, &found, &size) == ERROR_SUCCESS)
        interval = found;
#endif
    return std::max(interval, least_keepalive);
}

}  // namespace

HRESULT read_properties(role self, const WEB_SOCKET_PROPERTY* properties, ULONG count,
                        settings& to) noexcept {
    settable last{};
    for (ULONG i = 0; i < count; ++i) {
        const std::size_t type = properties[i].Type;
        if (type >= last.size()) return E_INVALIDARG;
        last[type] = &properties[i];
    }

    if (self == role::server) to.send_size = server_send_size;
    if (!read_value(last[WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE], to.receive_size) ||
        !read_value(last[WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE], to.send_size) ||
        !read_flag(last[WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE], to.disable_masking) ||
        !read_flag(last[WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE], to.disable_utf8))
        return E_INVALIDARG;
    if (to.receive_size < least_receive_size || to.send_size < least_send_size) return E_INVALIDARG;
    // Both and the control area are one piece of memory, whose size is a ULONG.
    constexpr ULONG most = std::numeric_limits<ULONG>::max() - control_area;
    if (to.receive_size > most || to.send_size > most - to.receive_size) return E_INVALIDARG;

    return read_buffer(last[WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE], to) ? S_OK : E_INVALIDARG;
}

}  // namespace capi
}  // namespace v0
}  // namespace wspc

HRESULT WINAPI WebSocketGetGlobalProperty(WEB_SOCKET_PROPERTY_TYPE eType, PVOID pvValue, ULONG* ulSize) {
    using namespace wspc::capi;
    if (pvValue == nullptr || ulSize == nullptr) return E_INVALIDARG;
    ULONG value = 0;
    if (eType == WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE) {
        value = keepalive_interval();
    } else if (eType == WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE) {
        value = supported_version;
    } else {
        return E_INVALIDARG;
    }

    const ULONG room = *ulSize;
    *ulSize = sizeof value;
    if (room < sizeof value) return insufficient_buffer;
    std::memcpy(pvValue, &value, sizeof value);
    return S_OK;
}
