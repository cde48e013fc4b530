// SPDX-License-Identifier: Apache-2.0
// Handles that delete themselves, alone or joined by byte queues.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include <wspc/frame.hpp>

#include "capi/support/actions.hpp"
#include "capi/support/headers.hpp"

namespace wspc::test {

inline constexpr role both[] = {role::client, role::server};

// Owns a handle. Converts to it, so that every function of the API takes it.
class handle {
public:
    handle() = default;
    explicit handle(WEB_SOCKET_HANDLE from) : handle_{from} {}
    handle(handle&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    handle& operator=(handle&& other) noexcept {
        if (this != &other) reset(std::exchange(other.handle_, nullptr));
        return *this;
    }
    ~handle() { reset(); }

    void reset(WEB_SOCKET_HANDLE to = nullptr) {
        if (handle_ != nullptr) WebSocketDeleteHandle(handle_);
        handle_ = to;
    }
    [[nodiscard]] WEB_SOCKET_HANDLE release() { return std::exchange(handle_, nullptr); }
    operator WEB_SOCKET_HANDLE() const { return handle_; }  // NOLINT: on purpose

private:
    WEB_SOCKET_HANDLE handle_ = nullptr;
};

// Properties with memory of their own for the values.
class property_list {
public:
    property_list& receive_buffer(ULONG size) {
        return add(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, size);
    }
    property_list& send_buffer(ULONG size) { return add(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, size); }
    property_list& disable_masking(BOOL on = 1) { return add(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, on); }
    property_list& disable_utf8(BOOL on = 1) {
        return add(WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE, on);
    }
    // The value is the address of a pointer, the size that of the buffer.
    property_list& allocated_buffer(void* at, ULONG size) {
        add(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, at);
        array_.back().ulValueSize = size;
        return *this;
    }
    template <class Value>
    property_list& add(WEB_SOCKET_PROPERTY_TYPE type, const Value& value) {
        const auto* const from = reinterpret_cast<const char*>(&value);
        values_.emplace_back(from, from + sizeof value);
        array_.push_back({type, values_.back().data(), static_cast<ULONG>(sizeof value)});
        return *this;
    }
    property_list& add_raw(WEB_SOCKET_PROPERTY_TYPE type, void* value, ULONG size) {
        array_.push_back({type, value, size});
        return *this;
    }

    property_list() = default;
    property_list(const property_list&) = delete;  // the array points into the values
    property_list& operator=(const property_list&) = delete;
    property_list(property_list&&) = default;
    property_list& operator=(property_list&&) = default;
    ~property_list() = default;

    [[nodiscard]] WEB_SOCKET_PROPERTY* data() { return array_.data(); }
    [[nodiscard]] ULONG size() const { return static_cast<ULONG>(array_.size()); }
    [[nodiscard]] WEB_SOCKET_PROPERTY& operator[](std::size_t index) { return array_[index]; }

private:
    std::vector<WEB_SOCKET_PROPERTY> array_;
    std::deque<std::vector<char>> values_;
};

// Fails the test and returns an empty handle if creating fails.
[[nodiscard]] handle make_handle(role side);
[[nodiscard]] handle make_handle(role side, property_list& properties);
// What Create returns for these properties. The handle is deleted.
[[nodiscard]] HRESULT create_result(role side, property_list& properties);

// Both sides of a handshake, from CREATED to OPEN.
void shake_hands(WEB_SOCKET_HANDLE client, WEB_SOCKET_HANDLE server);
// Only the server's, against good_request(). Ends in HANDSHAKING without `end`.
void begin_server(WEB_SOCKET_HANDLE server);
void open_server(WEB_SOCKET_HANDLE server);
// Only the client's, against a server that is thrown away.
void open_client(WEB_SOCKET_HANDLE client);

// Handles in OPEN.
[[nodiscard]] handle open_handle(role side);
[[nodiscard]] handle open_handle(role side, property_list& properties);

// A client and a server in OPEN, and what is on the way between them.
struct joined {
    handle client;
    handle server;
    bytes to_client;
    bytes to_server;

    joined();
    joined(property_list& of_client, property_list& of_server);

    [[nodiscard]] WEB_SOCKET_HANDLE end(role side) const { return side == role::client ? client : server; }
    // The octets on their way to this side.
    [[nodiscard]] bytes& towards(role side) { return side == role::client ? to_client : to_server; }
    [[nodiscard]] bytes& from(role side) { return side == role::client ? to_server : to_client; }

    // Writes all that this side's send queue has into the other's byte queue.
    sent flush(role side, ULONG capacity = 2);
    // One receive of this side, fed from its byte queue; pongs go back into the other's.
    [[nodiscard]] piece receive(role side);
};

}  // namespace wspc::test
