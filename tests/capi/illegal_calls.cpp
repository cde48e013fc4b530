// SPDX-License-Identifier: Apache-2.0
// Calls that must fail, and change nothing.
#include <cstring>
#include <string>

#include "capi/simulation.hpp"

namespace wspc::test {

void endpoint::refuse_send(WEB_SOCKET_BUFFER_TYPE type, WEB_SOCKET_BUFFER* buffer, HRESULT wanted) {
    log_.check(WebSocketSend(handle_, type, buffer, tag(77)) == wanted, "an illegal send has another result");
}

// What the state forbids, or what no state allows.
void endpoint::refuse_state(random_source& random) {
    static const bytes some = text_bytes("some");
    static const std::string long_reason(124, 'r');
    WEB_SOCKET_BUFFER good = buffer_of(some);
    WEB_SOCKET_BUFFER bad{};
    bad.Data.ulBufferLength = static_cast<ULONG>(random.between(1, 100));
    WEB_SOCKET_BUFFER close = close_of(1000, long_reason);
    switch (random.below(9)) {
        case 0: {
            constexpr std::uint32_t types[] = {0, 0x7ffffffe, 0x80000007, 0x10, 0xffffffff};
            return refuse_send(unlisted<WEB_SOCKET_BUFFER_TYPE>(types[random.below(5)]), &good, E_INVALIDARG);
        }
        case 1: return refuse_send(random.one_in(2) ? ping_pong : unsolicited_pong, &good, E_INVALIDARG);
        case 2: return refuse_send(random.one_in(2) ? text_message : binary_fragment, &bad, E_INVALIDARG);
        case 3: return refuse_send(close_type, &close, E_INVALIDARG);
        case 4:
            close = close_of(static_cast<USHORT>(random.one_in(2) ? 1006 : 999), "why");
            return refuse_send(close_type, &close, closing_ ? E_INVALID_PROTOCOL_OPERATION : E_INVALIDARG);
        case 5:
            if (!closing_) return;
            return refuse_send(random.one_in(2) ? close_type : text_fragment, nullptr,
                               E_INVALID_PROTOCOL_OPERATION);
        case 6:
            if (closing_ || open_ == 0) return;
            return refuse_send(open_ == 1 ? binary_message : text_message, &good, E_INVALIDARG);
        case 7:
            if (!peer_closed_) return;
            log_.check(WebSocketReceive(handle_, nullptr, nullptr) == E_INVALID_PROTOCOL_OPERATION,
                       "a receive behind a Close is accepted");
            return;
        default:
            bad.Data.pbBuffer = random.one_in(2) ? as_pbyte(some.data()) : nullptr;
            if (bad.Data.pbBuffer != nullptr) bad.Data.ulBufferLength = 0;
            log_.check(WebSocketReceive(handle_, &bad, tag(78)) == E_INVALIDARG, "a bad receive is accepted");
    }
}

// WebSocketGetAction with arguments that no state makes right, and completions of nothing.
void endpoint::refuse_questions(random_source& random) {
    taken got;
    std::memset(static_cast<void*>(&got), poison, sizeof got);
    got.count = 2;
    const std::size_t which = random.below(8);
    if (which == 0) WebSocketCompleteAction(handle_, nullptr, 5);
    if (which == 1) WebSocketCompleteAction(handle_, stale_, static_cast<ULONG>(random.below(50)));
    if (which == 2) WebSocketCompleteAction(handle_, &got, 1);
    if (which < 3) return;
    constexpr std::uint32_t values[] = {0, 4, 7, 0xfffffffc};
    const auto queue = which == 3 ? unlisted<WEB_SOCKET_ACTION_QUEUE>(values[random.below(4)]) : all_queues;
    if (which == 4) got.count = 0;
    const HRESULT result = WebSocketGetAction(
        which == 5 ? nullptr : get(), queue, which == 6 ? nullptr : got.buffers.data(), &got.count,
        which == 7 ? nullptr : &got.action, &got.type, &got.context, &got.action_context);
    log_.check(result == E_INVALIDARG, "an illegal question is answered");
}

void endpoint::refuse_handshake(random_source& random) {
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    header_list request = good_request();
    HRESULT result = S_OK;
    switch (random.below(3)) {
        case 0:
            result =
                WebSocketBeginClientHandshake(handle_, nullptr, 0, nullptr, 0, nullptr, 0, &list, &count);
            break;
        case 1:
            result = WebSocketBeginServerHandshake(handle_, nullptr, nullptr, 0, request.data(),
                                                   request.size(), &list, &count);
            break;
        default:
            if (side_ == role::server) {
                result = WebSocketEndClientHandshake(handle_, request.data(), request.size(), nullptr,
                                                     nullptr, nullptr);
            } else {
                result = WebSocketEndServerHandshake(handle_);
            }
    }
    log_.check(result == E_INVALID_PROTOCOL_OPERATION, "a second handshake is accepted");
}

void endpoint::call_illegally(random_source& random) {
    switch (random.below(8)) {
        case 0: return refuse_handshake(random);
        case 1:
        case 2:
        case 3: return refuse_questions(random);
        default: return refuse_state(random);
    }
}

}  // namespace wspc::test
