// SPDX-License-Identifier: Apache-2.0
#include "handle.hpp"

#include <limits>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace wspc {
inline namespace v0 {
namespace capi {
namespace {

// The engine as websocket.h wants it: it streams, so nothing is too large; it says nothing by itself but
// pongs; and what text the program sends is the program's affair.
session_config config_for(role self, const settings& set) noexcept {
    session_config config;
    config.connection.receive.limits = {.max_frame = std::numeric_limits<std::uint64_t>::max(),
                                        .max_message = std::numeric_limits<std::uint64_t>::max(),
                                        .max_fragments = std::numeric_limits<std::uint32_t>::max()};
    config.connection.receive.check_utf8 = !set.disable_utf8;
    config.connection.receive.any_masking = self == role::server && set.disable_masking;
    config.connection.closing = close_policy::manual;
    config.connection.check_sent_utf8 = false;
    config.connection.zero_masking = set.disable_masking;
    config.max_queued = std::numeric_limits<std::uint64_t>::max();
    config.on_short_send = short_send::cancel;
    config.coalesce = false;
    return config;
}

// A number that hardly any other handle begins with. A client's handshake has a key of its own; a server's
// depends on its peer alone, which may send the same key each time. Without randomness, that has to do.
std::uintptr_t fresh_number(role self, std::string_view handshake) noexcept {
    std::uintptr_t number = 0;
    const random_source random = system_random();
    if (self == role::server && !random.fill(random.context, std::as_writable_bytes(std::span{&number, 1})))
        number = 0;
    for (const char c : handshake) number = number * 31 + static_cast<unsigned char>(c);
    return number;
}

}  // namespace

void begun_handshake::set_fields(std::span<const header> from) noexcept {
    count = 0;
    for (const header& field : from) {
        // The names are literals, the values lie in `text`; all of them end with a NUL.
        fields[count++] = {const_cast<char*>(field.name.data()), static_cast<ULONG>(field.name.size()),
                           const_cast<char*>(field.value.data()), static_cast<ULONG>(field.value.size())};
    }
}

handle* handle::create(role self, const settings& set) noexcept {
    return new (std::nothrow) handle{self, set};
}

handle::handle(role self, const settings& set) noexcept
    : self_{self}, settings_{set}, config_{config_for(self, set)} {}

begun_handshake& handle::begin(begun_handshake&& made) noexcept {
    begun_ = std::move(made);
    state_ = handle_state::handshaking;
    return begun_;
}

bool handle::allocate() noexcept {
    if (settings_.buffer == nullptr && memory_ == nullptr)
        memory_.reset(new (std::nothrow) std::byte[settings_.buffer_size()]);
    if (settings_.buffer == nullptr && memory_ == nullptr) return false;

    const bool masks = self_ == role::client && !settings_.disable_masking;
    if (masks && keys_ == nullptr) keys_.reset(new (std::nothrow) masking_keys);
    return !masks || keys_ != nullptr;
}

HRESULT handle::open(const agreement& agreed) noexcept {
    if (!allocate()) return E_OUTOFMEMORY;
    // Bits that belong to an extension of the program's own: it gets such frames as they are.
    if (!agreed.extensions.empty()) config_.connection.receive.allowed_rsv = rsv1 | rsv2 | rsv3;

    std::byte* const memory = settings_.buffer != nullptr ? settings_.buffer : memory_.get();
    const session_memory parts{
        .receive = {memory, settings_.receive_size},
        .send = {memory + settings_.receive_size, settings_.send_size},
        .control = {memory + settings_.receive_size + settings_.send_size, control_area},
    };
    // A context that outlived its handle must not be one of the handle that got its address.
    session_.emplace(self_, config_, parts, agreed, keys_.get(), fresh_number(self_, begun_.text.get()));
    state_ = handle_state::open;
    return S_OK;
}

HRESULT handle::ready() noexcept {
    if (!may_be_ready()) return E_INVALID_PROTOCOL_OPERATION;
    return state_ == handle_state::open ? S_OK : open(begun_.agreed);
}

namespace {

HRESULT create(role self, const WEB_SOCKET_PROPERTY* properties, ULONG count,
               WEB_SOCKET_HANDLE* to) noexcept {
    if (to == nullptr) return E_INVALIDARG;
    // Programs delete what is not NULL, also after a failure.
    *to = nullptr;
    if (count > 0 && properties == nullptr) return E_INVALIDARG;
    settings set;
    if (const HRESULT result = read_properties(self, properties, count, set); FAILED(result)) return result;
    handle* const made = handle::create(self, set);
    if (made == nullptr) return E_OUTOFMEMORY;
    *to = made->to_api();
    return S_OK;
}

}  // namespace
}  // namespace capi
}  // namespace v0
}  // namespace wspc

HRESULT WINAPI WebSocketCreateClientHandle(const PWEB_SOCKET_PROPERTY pProperties, ULONG ulPropertyCount,
                                           WEB_SOCKET_HANDLE* phWebSocket) {
    return wspc::capi::create(wspc::role::client, pProperties, ulPropertyCount, phWebSocket);
}

HRESULT WINAPI WebSocketCreateServerHandle(const PWEB_SOCKET_PROPERTY pProperties, ULONG ulPropertyCount,
                                           WEB_SOCKET_HANDLE* phWebSocket) {
    return wspc::capi::create(wspc::role::server, pProperties, ulPropertyCount, phWebSocket);
}

VOID WINAPI WebSocketDeleteHandle(WEB_SOCKET_HANDLE hWebSocket) {
    // No lock: the program lets no other call run or follow.
    delete wspc::capi::handle::from(hWebSocket);
}
