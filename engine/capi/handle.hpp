// SPDX-License-Identifier: Apache-2.0
// What a WEB_SOCKET_HANDLE stands for: the state of the handshake, then a session, and the memory of
// both. What happens inside a WebSocket is the session's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <wspc/handshake.hpp>
#include <wspc/masking_keys.hpp>
#include <wspc/session.hpp>

#include "api.hpp"
#include "mutex.hpp"
#include "node_pool.hpp"
#include "properties.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {

// Operations with what websocket.h wants to know of them again.
struct send_node : send_operation {
    WEB_SOCKET_BUFFER_TYPE type{};
};
struct receive_node : receive_operation {};

// What a Begin function made. Kept until the handle is deleted: programs read the header array after
// the End function, too.
struct begun_handshake {
    std::unique_ptr<char[]> text;  // what the fields show; Sec-WebSocket-Key or -Accept comes first
    std::array<WEB_SOCKET_HTTP_HEADER, 8> fields{};
    ULONG count = 0;

    // Client: the key, and what was offered, in `text`.
    std::string_view key;
    std::unique_ptr<std::string_view[]> names;
    std::span<const std::string_view> protocols;
    std::span<const std::string_view> extensions;

    // Server: what was agreed on, in `text`.
    agreement agreed;

    void set_fields(std::span<const header> from) noexcept;
};

enum class handle_state : std::uint8_t { created, handshaking, open };

class handle {
public:
    // Null if there is no memory.
    [[nodiscard]] static handle* create(role self, const settings& set) noexcept;

    // Null unless it can be a handle: null and INVALID_HANDLE_VALUE never are.
    [[nodiscard]] static handle* from(WEB_SOCKET_HANDLE api) noexcept {
        const bool invalid = reinterpret_cast<std::uintptr_t>(api) == UINTPTR_MAX;
        return invalid ? nullptr : reinterpret_cast<handle*>(api);
    }
    [[nodiscard]] WEB_SOCKET_HANDLE to_api() noexcept { return reinterpret_cast<WEB_SOCKET_HANDLE>(this); }

    handle(const handle&) = delete;
    handle& operator=(const handle&) = delete;
    ~handle() = default;

    // To be held during all that follows.
    [[nodiscard]] mutex& guard() noexcept { return mutex_; }

    [[nodiscard]] role self() const noexcept { return self_; }
    [[nodiscard]] handle_state state() const noexcept { return state_; }

    // --- handshake

    [[nodiscard]] const begun_handshake& begun() const noexcept { return begun_; }
    // From created to handshaking; returns what the handle now keeps.
    begun_handshake& begin(begun_handshake&& made) noexcept;

    // From handshaking to open. Here the memory of the session is allocated; on E_OUTOFMEMORY nothing has
    // changed.
    [[nodiscard]] HRESULT open(const agreement& agreed) noexcept;

    // Whether there is a session, or ready() can open it: any function of the session ends the handshake of a
    // server (page: WebSocketEndServerHandshake).
    [[nodiscard]] bool may_be_ready() const noexcept {
        return state_ == handle_state::open || (state_ == handle_state::handshaking && self_ == role::server);
    }
    // S_OK if there is a session now, E_INVALID_PROTOCOL_OPERATION if there cannot be one.
    [[nodiscard]] HRESULT ready() noexcept;

    // --- session; null until the handle is open
    [[nodiscard]] session* opened() noexcept { return session_ ? &*session_ : nullptr; }

    [[nodiscard]] node_pool<send_node>& sends() noexcept { return sends_; }
    [[nodiscard]] node_pool<receive_node>& receives() noexcept { return receives_; }

private:
    handle(role self, const settings& set) noexcept;
    [[nodiscard]] bool allocate() noexcept;

    mutex mutex_;
    const role self_;
    handle_state state_ = handle_state::created;
    const settings settings_;
    begun_handshake begun_;

    // Before the session, which uses them until its end.
    session_config config_;
    std::unique_ptr<std::byte[]> memory_;  // unless the program gave some
    std::unique_ptr<masking_keys> keys_;   // of each client that masks
    node_pool<send_node> sends_;
    node_pool<receive_node> receives_;
    std::optional<session> session_;
};

}  // namespace capi
}  // namespace v0
}  // namespace wspc
