// SPDX-License-Identifier: Apache-2.0
// One call of WebSocketGetAction with everything it may write, and the loops that tests are made of.
#pragma once

#include <array>
#include <vector>

#include "capi/support/names.hpp"

namespace wspc::test {

inline constexpr int poison = 0xa5;
inline constexpr std::size_t array_size = 4;  // two more than any action uses

// What WebSocketGetAction wrote. Everything was filled with poison before, but the count.
struct taken {
    HRESULT result;
    ULONG capacity;  // the count that was passed in
    ULONG count;
    WEB_SOCKET_ACTION action;
    WEB_SOCKET_BUFFER_TYPE type;
    PVOID context;         // of the application
    PVOID action_context;  // for WebSocketCompleteAction
    std::array<WEB_SOCKET_BUFFER, array_size> buffers;

    // Whether the entries from this one on still hold the poison.
    [[nodiscard]] bool untouched_from(std::size_t first) const;
    [[nodiscard]] ULONG used() const;    // buffers; 0 for an action without
    [[nodiscard]] ULONG total() const;   // bytes in all used buffers
    [[nodiscard]] bytes octets() const;  // a copy of them
    [[nodiscard]] bytes octets(std::size_t index) const;
    [[nodiscard]] USHORT status() const { return buffers[0].CloseStatus.usStatus; }
};

// Capacity may be 0 to 4. Allocates nothing.
[[nodiscard]] taken take_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue, ULONG capacity = 2);

// Completes it; without a count, with the one that says "all of it".
void complete(WEB_SOCKET_HANDLE of, const taken& action);
void complete(WEB_SOCKET_HANDLE of, const taken& action, ULONG transferred);

// Takes the next action, which must be this one (else the test fails), and does not complete it.
[[nodiscard]] taken expect_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue,
                                  WEB_SOCKET_ACTION wanted, ULONG capacity = 2);

// The same, completed at once. Buffers may be read no more; `octets` are in `wire`.
struct finished {
    taken action;
    bytes wire;
};
finished finish_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue, WEB_SOCKET_ACTION wanted,
                       ULONG capacity = 2);

// NO_ACTION with neutral outputs on this queue (else the test fails).
void expect_no_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue);
// A failing GetAction with neutral outputs.
void expect_failure(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue, HRESULT wanted);

// All that the send queue has to give, up to its NO_ACTION.
struct sent {
    bytes wire;
    std::vector<PVOID> indicated;  // contexts of finished sends, in order
    std::vector<bytes> writes;     // one for each SEND_TO_NETWORK
    std::vector<ULONG> counts;     // its buffers
};
sent send_all(WEB_SOCKET_HANDLE from, ULONG capacity = 2, WEB_SOCKET_ACTION_QUEUE queue = send_queue);

// What one receive ended with.
struct piece {
    HRESULT result = S_OK;  // of WebSocketReceive or WebSocketGetAction
    WEB_SOCKET_BUFFER_TYPE type{};
    bytes payload;      // or the reason of a Close
    USHORT status = 0;  // of a Close
    bool null_pointer = false;
    PVOID context = nullptr;
    bytes answered;  // pongs on the way there
};
// Queues one receive and feeds it from the front of `incoming` until it is indicated or fails. The
// read is completed with 0 if `incoming` runs dry.
[[nodiscard]] piece receive_one(WEB_SOCKET_HANDLE at, bytes& incoming, PVOID context = nullptr);
// The same for a receive that is queued already.
[[nodiscard]] piece receive_queued(WEB_SOCKET_HANDLE at, bytes& incoming);

// Takes the next RECEIVE_FROM_NETWORK and completes it with these octets, which must fit.
void feed(WEB_SOCKET_HANDLE at, const bytes& incoming, WEB_SOCKET_ACTION_QUEUE queue = receive_queue);
// Into an action that was taken already.
void feed(WEB_SOCKET_HANDLE at, const taken& read, const bytes& incoming);

}  // namespace wspc::test
