// SPDX-License-Identifier: Apache-2.0
// Sending, receiving and the actions: websocket.h's types to those of wspc::session and back. All that
// these calls mean is the session's.
#include <algorithm>
#include <array>

#include <wspc/session.hpp>

#include "handle.hpp"
#include "hresult.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {
namespace {

// --- WebSocketSend

// What the program asks for. Its members go to a node one by one: it was written by them just now, and a copy
// of the whole would have to wait for them to reach the cache.
struct wanted_frame {
    opcode op = opcode::binary;
    bool fin = true;
    std::uint16_t close_code = no_close_code;
    std::span<const std::byte> payload{};
};

// False for a type that is none, those of section "raw frame headers" of WEB_SOCKET_BUFFER_TYPE included.
[[nodiscard]] bool read_type(WEB_SOCKET_BUFFER_TYPE type, wanted_frame& to) noexcept {
    const auto is = [&](opcode op, bool fin) {
        to.op = op;
        to.fin = fin;
        return true;
    };
    switch (type) {
        case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE: return is(opcode::text, true);
        case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE: return is(opcode::text, false);
        case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE: return is(opcode::binary, true);
        case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE: return is(opcode::binary, false);
        case WEB_SOCKET_CLOSE_BUFFER_TYPE: return is(opcode::close, true);
        case WEB_SOCKET_PING_PONG_BUFFER_TYPE: return is(opcode::ping, true);
        case WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE: return is(opcode::pong, true);
    }
    return false;
}

// False for a buffer that does not go with the type in any state.
[[nodiscard]] bool read_buffer(const WEB_SOCKET_BUFFER* from, wanted_frame& to) noexcept {
    if (from == nullptr) return true;  // an empty frame
    // Nothing could say what a ping carries: the page demands NULL.
    if (to.op == opcode::ping || to.op == opcode::pong) return false;
    // Pointer and length lie at the same place in both arms.
    if (dangles(from->Data.pbBuffer, from->Data.ulBufferLength)) return false;
    to.payload = bytes_at(from->Data.pbBuffer, from->Data.ulBufferLength);
    if (to.op != opcode::close) return true;
    to.close_code = from->CloseStatus.usStatus;
    return from->CloseStatus.ulReasonLength <= WEB_SOCKET_MAX_CLOSE_REASON_LENGTH;
}

// --- WebSocketSend and WebSocketReceive

// A node for an operation of a session that is open then. The node comes first: without it nothing has
// changed, and a server's handshake has not ended either.
template <class Node>
[[nodiscard]] HRESULT take_ready(handle& h, node_pool<Node>& pool, Node*& node) noexcept {
    if (!h.may_be_ready()) return E_INVALID_PROTOCOL_OPERATION;
    node = pool.take();
    if (node == nullptr) return E_OUTOFMEMORY;
    const HRESULT result = h.ready();
    if (FAILED(result)) pool.give_back(node);
    return result;
}

// --- WebSocketGetAction

// What the call writes, in any case: as it stands, that it failed.
struct answer {
    ULONG count = 0;
    WEB_SOCKET_ACTION action = WEB_SOCKET_NO_ACTION;
    WEB_SOCKET_BUFFER_TYPE type{};
    PVOID application_context = nullptr;
    std::uintptr_t id = 0;
};

void lend(WEB_SOCKET_BUFFER& to, std::span<const std::byte> bytes) noexcept {
    to.Data.pbBuffer = lent(bytes);
    to.Data.ulBufferLength = size_of(bytes);
}

// Experimental: a message whose reserved bits belong to an extension comes with the front of a frame
// header instead: FIN, RSV1 to RSV3, opcode, and 0 for the mask (page: WEB_SOCKET_BUFFER_TYPE).
[[nodiscard]] WEB_SOCKET_BUFFER_TYPE raw_type(const event& of) noexcept {
    const unsigned fin = of.last ? 0x80u : 0u;
    const unsigned octet = fin | of.rsv | static_cast<unsigned>(of.op);
    return static_cast<WEB_SOCKET_BUFFER_TYPE>(octet << 1);
}

[[nodiscard]] WEB_SOCKET_BUFFER_TYPE data_type(const event& of) noexcept {
    if (of.rsv != 0) return raw_type(of);
    if (of.op == opcode::text)
        return of.last ? WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE : WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE;
    return of.last ? WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE : WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE;
}

void give_event(const event& what, WEB_SOCKET_BUFFER& buffer, answer& to) noexcept {
    lend(buffer, what.bytes);
    switch (what.kind) {
        case event_kind::data: to.type = data_type(what); return;
        case event_kind::pong: to.type = WEB_SOCKET_PING_PONG_BUFFER_TYPE; return;
        case event_kind::close:
            to.type = WEB_SOCKET_CLOSE_BUFFER_TYPE;
            buffer.CloseStatus.usStatus = what.code;
            // A reason that is there but empty is "", one that is not there is NULL.
            if (what.code == no_close_code) lend(buffer, {});
            return;
        // Cancelled or aborted: no type, so that nobody takes it for an empty message.
        case event_kind::none:
        case event_kind::ping:
        case event_kind::failed: lend(buffer, {}); return;
    }
}

[[nodiscard]] HRESULT translate(handle& h, const action& from, std::span<WEB_SOCKET_BUFFER> buffers,
                                answer& to) noexcept {
    to.id = from.id;
    switch (from.kind) {
        case action_kind::none:
        case action_kind::disconnect:  // of close_policy::automatic only
            if (from.code != error::none) return hresult(from.code);
            // The count stays what it was: clients take 0 for a reason not to complete the action.
            to.count = size_of(buffers);
            return S_OK;
        case action_kind::send: {
            to.action = WEB_SOCKET_SEND_TO_NETWORK_ACTION;
            for (const std::span<const std::byte> bytes : from.buffers) lend(buffers[to.count++], bytes);
            const auto* const node = static_cast<const send_node*>(from.sending);
            to.type = node != nullptr ? node->type : WEB_SOCKET_PING_PONG_BUFFER_TYPE;
            if (node != nullptr) to.application_context = node->context;
            return S_OK;
        }
        case action_kind::sent: {
            auto* const node = static_cast<send_node*>(from.sending);
            to.action = WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION;
            to.count = size_of(buffers);
            to.type = node->type;
            to.application_context = node->context;
            h.sends().give_back(node);  // the session has done with it
            return S_OK;
        }
        case action_kind::receive:
            to.action = WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION;
            lend(buffers[to.count++], from.into);
            to.application_context = from.receiving->context;
            return S_OK;
        case action_kind::received: {
            auto* const node = static_cast<receive_node*>(from.receiving);
            to.action = WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION;
            give_event(node->event, buffers[to.count++], to);
            to.application_context = node->context;
            h.receives().give_back(node);
            return S_OK;
        }
    }
    return S_OK;
}

[[nodiscard]] HRESULT next_action(handle& h, WEB_SOCKET_ACTION_QUEUE queue,
                                  std::span<WEB_SOCKET_BUFFER> buffers, answer& to) noexcept {
    const locked lock{h.guard()};
    if (const HRESULT result = h.ready(); FAILED(result)) return result;
    // A header and a payload; no client looks at more.
    std::array<std::span<const std::byte>, 2> room;
    const std::span usable{room.data(), std::min(room.size(), buffers.size())};
    return translate(h, h.opened()->next(static_cast<action_queue>(queue), usable), buffers, to);
}

}  // namespace
}  // namespace capi
}  // namespace v0
}  // namespace wspc

using namespace wspc::capi;

HRESULT WINAPI WebSocketSend(WEB_SOCKET_HANDLE hWebSocket, WEB_SOCKET_BUFFER_TYPE BufferType,
                             WEB_SOCKET_BUFFER* pBuffer, PVOID Context) {
    handle* const h = handle::from(hWebSocket);
    wanted_frame wanted;
    if (h == nullptr || !read_type(BufferType, wanted) || !read_buffer(pBuffer, wanted)) return E_INVALIDARG;

    const locked lock{h->guard()};
    send_node* node = nullptr;
    if (const HRESULT result = take_ready(*h, h->sends(), node); FAILED(result)) return result;
    node->context = Context;
    node->type = BufferType;
    node->op = wanted.op;
    node->fin = wanted.fin;
    node->close_code = wanted.close_code;
    node->payload = wanted.payload;
    const wspc::error code = h->opened()->send(*node);
    if (code != wspc::error::none) h->sends().give_back(node);
    return hresult(code, author::program);
}

HRESULT WINAPI WebSocketReceive(WEB_SOCKET_HANDLE hWebSocket, WEB_SOCKET_BUFFER* pBuffer, PVOID pvContext) {
    handle* const h = handle::from(hWebSocket);
    if (h == nullptr) return E_INVALIDARG;
    std::span<std::byte> into;
    if (pBuffer != nullptr) {
        if (pBuffer->Data.pbBuffer == nullptr || pBuffer->Data.ulBufferLength == 0) return E_INVALIDARG;
        into = bytes_at(pBuffer->Data.pbBuffer, pBuffer->Data.ulBufferLength);
    }

    const locked lock{h->guard()};
    receive_node* node = nullptr;
    if (const HRESULT result = take_ready(*h, h->receives(), node); FAILED(result)) return result;
    node->context = pvContext;
    node->into = into;
    const wspc::error code = h->opened()->receive(*node);
    if (code != wspc::error::none) h->receives().give_back(node);
    return hresult(code);
}

HRESULT WINAPI WebSocketGetAction(WEB_SOCKET_HANDLE hWebSocket, WEB_SOCKET_ACTION_QUEUE eActionQueue,
                                  WEB_SOCKET_BUFFER* pDataBuffers, ULONG* pulDataBufferCount,
                                  WEB_SOCKET_ACTION* pAction, WEB_SOCKET_BUFFER_TYPE* pBufferType,
                                  PVOID* pvApplicationContext, PVOID* pvActionContext) {
    handle* const h = handle::from(hWebSocket);
    const bool has_outputs = pulDataBufferCount != nullptr && pAction != nullptr && pBufferType != nullptr &&
                             pvActionContext != nullptr;
    const bool has_queue = (eActionQueue & ~WEB_SOCKET_ALL_ACTION_QUEUE) == 0 && eActionQueue != 0;
    const bool has_room = pDataBuffers != nullptr && pulDataBufferCount != nullptr && *pulDataBufferCount > 0;

    HRESULT result = E_INVALIDARG;
    answer to;
    if (h != nullptr && has_outputs && has_queue && has_room)
        result = next_action(*h, eActionQueue, {pDataBuffers, *pulDataBufferCount}, to);

    // After a failure, too: clients then complete what they find here.
    if (pulDataBufferCount != nullptr) *pulDataBufferCount = to.count;
    if (pAction != nullptr) *pAction = to.action;
    if (pBufferType != nullptr) *pBufferType = to.type;
    if (pvApplicationContext != nullptr) *pvApplicationContext = to.application_context;
    // A number that nobody follows.
    if (pvActionContext != nullptr) *pvActionContext = reinterpret_cast<PVOID>(to.id);
    return result;
}

VOID WINAPI WebSocketCompleteAction(WEB_SOCKET_HANDLE hWebSocket, PVOID pvActionContext,
                                    ULONG ulBytesTransferred) {
    handle* const h = handle::from(hWebSocket);
    if (h == nullptr || pvActionContext == nullptr) return;
    const locked lock{h->guard()};
    if (h->opened() == nullptr) return;
    h->opened()->complete(reinterpret_cast<std::uintptr_t>(pvActionContext), ulBytesTransferred);
}

VOID WINAPI WebSocketAbortHandle(WEB_SOCKET_HANDLE hWebSocket) {
    handle* const h = handle::from(hWebSocket);
    if (h == nullptr) return;
    const locked lock{h->guard()};
    if (h->opened() != nullptr) h->opened()->abort();
}
