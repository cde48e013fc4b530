// SPDX-License-Identifier: Apache-2.0
// websocket.h as its implementation sees it, and the few steps between its types and the engine's.
#pragma once

// All else in the shared library is hidden; these 13 names are what it is for.
#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility push(default)
#include <websocket.h>
#pragma GCC visibility pop
#else
#include <websocket.h>
#endif

#include <cstddef>
#include <cstdint>
#include <span>

namespace wspc {
inline namespace v0 {
namespace capi {

// HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), which is no constant in every header of Windows.
inline constexpr HRESULT insufficient_buffer = static_cast<HRESULT>(0x8007007Au);

// websocket.h has no pointers to const, and does not write through those that it lends for reading.
inline PBYTE lent(std::span<const std::byte> bytes) noexcept {
    return reinterpret_cast<PBYTE>(const_cast<std::byte*>(bytes.data()));
}

// Of something that the program lent, or lies in what it lent: its size was a ULONG before.
template <class T>
ULONG size_of(std::span<T> items) noexcept {
    return static_cast<ULONG>(items.size());
}

inline std::span<std::byte> bytes_at(PBYTE data, ULONG size) noexcept {
    return {reinterpret_cast<std::byte*>(data), size};
}

// A pointer that is to show `size` bytes, and shows none.
inline bool dangles(const void* data, ULONG size) noexcept { return data == nullptr && size > 0; }

}  // namespace capi
}  // namespace v0
}  // namespace wspc
