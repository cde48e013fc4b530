// SPDX-License-Identifier: Apache-2.0
// Short names for what <websocket.h> calls at length, and buffers as tests write them down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <websocket.h>

#include "support/bytes.hpp"

namespace wspc::test {

inline constexpr auto text_message = WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE;
inline constexpr auto text_fragment = WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE;
inline constexpr auto binary_message = WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE;
inline constexpr auto binary_fragment = WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE;
inline constexpr auto close_type = WEB_SOCKET_CLOSE_BUFFER_TYPE;
inline constexpr auto ping_pong = WEB_SOCKET_PING_PONG_BUFFER_TYPE;
inline constexpr auto unsolicited_pong = WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE;

inline constexpr auto no_action = WEB_SOCKET_NO_ACTION;
inline constexpr auto send_to_network = WEB_SOCKET_SEND_TO_NETWORK_ACTION;
inline constexpr auto indicate_send = WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION;
inline constexpr auto receive_from_network = WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION;
inline constexpr auto indicate_receive = WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION;

inline constexpr auto send_queue = WEB_SOCKET_SEND_ACTION_QUEUE;
inline constexpr auto receive_queue = WEB_SOCKET_RECEIVE_ACTION_QUEUE;
inline constexpr auto all_queues = WEB_SOCKET_ALL_ACTION_QUEUE;

// An enumerator that the header does not have. The object representation is copied, since no cast
// to an enumeration without that value is defined.
template <class Enum>
[[nodiscard]] Enum unlisted(std::uint32_t value) {
    static_assert(sizeof(Enum) == sizeof value);
    Enum made;
    std::memcpy(&made, &value, sizeof made);
    return made;
}

// The type of an action that belongs to nothing.
[[nodiscard]] inline WEB_SOCKET_BUFFER_TYPE no_type() { return unlisted<WEB_SOCKET_BUFFER_TYPE>(0); }

// A number as the context of an operation; never NULL.
[[nodiscard]] inline PVOID tag(std::uintptr_t number) { return reinterpret_cast<PVOID>(0x1000 + number); }

[[nodiscard]] inline HRESULT insufficient_buffer() { return HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER); }

// The API's pointers are not const, though it writes through none of these.
[[nodiscard]] inline PBYTE as_pbyte(const void* at) {
    return static_cast<PBYTE>(const_cast<void*>(at));  // NOLINT
}

// Views: the octets and the reason must live until the send has been indicated.
[[nodiscard]] inline WEB_SOCKET_BUFFER buffer_of(const bytes& octets) {
    WEB_SOCKET_BUFFER made{};
    made.Data.pbBuffer = octets.empty() ? nullptr : as_pbyte(octets.data());
    made.Data.ulBufferLength = static_cast<ULONG>(octets.size());
    return made;
}

[[nodiscard]] inline WEB_SOCKET_BUFFER close_of(USHORT status, std::string_view reason = {}) {
    WEB_SOCKET_BUFFER made{};
    made.CloseStatus.pbReason = reason.empty() ? nullptr : as_pbyte(reason.data());
    made.CloseStatus.ulReasonLength = static_cast<ULONG>(reason.size());
    made.CloseStatus.usStatus = status;
    return made;
}

// The four ways in which tests queue operations. All return what the function returned.
inline HRESULT queue_send(WEB_SOCKET_HANDLE to, WEB_SOCKET_BUFFER_TYPE type, const bytes& payload,
                          PVOID context = nullptr) {
    WEB_SOCKET_BUFFER buffer = buffer_of(payload);
    return WebSocketSend(to, type, &buffer, context);
}

// A send without a buffer: pings, unsolicited pongs, a Close without a body.
inline HRESULT queue_bare(WEB_SOCKET_HANDLE to, WEB_SOCKET_BUFFER_TYPE type, PVOID context = nullptr) {
    return WebSocketSend(to, type, nullptr, context);
}

inline HRESULT queue_close(WEB_SOCKET_HANDLE to, USHORT status, std::string_view reason = {},
                           PVOID context = nullptr) {
    WEB_SOCKET_BUFFER buffer = close_of(status, reason);
    return WebSocketSend(to, close_type, &buffer, context);
}

inline HRESULT queue_receive(WEB_SOCKET_HANDLE to, PVOID context = nullptr) {
    return WebSocketReceive(to, nullptr, context);
}

}  // namespace wspc::test
