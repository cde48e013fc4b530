// SPDX-License-Identifier: Apache-2.0
#include "capi/support/actions.hpp"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

namespace wspc::test {

bool taken::untouched_from(std::size_t first) const {
    const auto* const begin = reinterpret_cast<const unsigned char*>(buffers.data() + first);
    const auto* const end = reinterpret_cast<const unsigned char*>(buffers.data() + buffers.size());
    return std::all_of(begin, end, [](unsigned char octet) { return octet == poison; });
}

// Of another action than the test expected, the array holds poison, and no pointers.
ULONG taken::used() const {
    const bool has =
        action == send_to_network || action == indicate_receive || action == receive_from_network;
    return has ? std::min(count, static_cast<ULONG>(array_size)) : 0;
}

ULONG taken::total() const {
    ULONG sum = 0;
    for (ULONG i = 0; i < used(); ++i) sum += buffers[i].Data.ulBufferLength;
    return sum;
}

bytes taken::octets(std::size_t index) const {
    if (index >= used()) return {};
    const auto* const at = reinterpret_cast<const std::byte*>(buffers[index].Data.pbBuffer);
    return at == nullptr ? bytes{} : bytes(at, at + buffers[index].Data.ulBufferLength);
}

bytes taken::octets() const {
    bytes made;
    for (ULONG i = 0; i < used(); ++i) made += octets(i);
    return made;
}

taken take_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue, ULONG capacity) {
    taken made;
    std::memset(static_cast<void*>(&made), poison, sizeof made);
    made.capacity = capacity;
    made.count = capacity;
    made.result = WebSocketGetAction(from, queue, made.buffers.data(), &made.count, &made.action, &made.type,
                                     &made.context, &made.action_context);
    return made;
}

void complete(WEB_SOCKET_HANDLE of, const taken& action, ULONG transferred) {
    WebSocketCompleteAction(of, action.action_context, transferred);
}

void complete(WEB_SOCKET_HANDLE of, const taken& action) {
    complete(of, action, action.action == send_to_network ? action.total() : 0);
}

taken expect_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue, WEB_SOCKET_ACTION wanted,
                    ULONG capacity) {
    const taken got = take_action(from, queue, capacity);
    EXPECT_EQ(got.result, S_OK);
    EXPECT_EQ(got.action, wanted);
    EXPECT_TRUE(wanted == no_action || got.action_context != nullptr);
    return got;
}

finished finish_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue, WEB_SOCKET_ACTION wanted,
                       ULONG capacity) {
    finished made{expect_action(from, queue, wanted, capacity), {}};
    const bool has_octets = made.action.action == send_to_network || made.action.action == indicate_receive;
    if (has_octets) made.wire = made.action.octets();
    complete(from, made.action);
    return made;
}

void expect_no_action(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue) {
    const taken got = take_action(from, queue);
    EXPECT_EQ(got.result, S_OK);
    EXPECT_EQ(got.action, no_action);
    EXPECT_EQ(got.type, no_type());
    EXPECT_EQ(got.count, got.capacity);
    EXPECT_EQ(got.context, nullptr);
    EXPECT_EQ(got.action_context, nullptr);
    EXPECT_TRUE(got.untouched_from(0));
}

void expect_failure(WEB_SOCKET_HANDLE from, WEB_SOCKET_ACTION_QUEUE queue, HRESULT wanted) {
    const taken got = take_action(from, queue);
    EXPECT_EQ(got.result, wanted);
    EXPECT_EQ(got.action, no_action);
    EXPECT_EQ(got.type, no_type());
    EXPECT_EQ(got.count, 0u);
    EXPECT_EQ(got.context, nullptr);
    EXPECT_EQ(got.action_context, nullptr);
    EXPECT_TRUE(got.untouched_from(0));
}

sent send_all(WEB_SOCKET_HANDLE from, ULONG capacity, WEB_SOCKET_ACTION_QUEUE queue) {
    sent made;
    for (;;) {
        const taken got = take_action(from, queue, capacity);
        EXPECT_EQ(got.result, S_OK);
        if (got.action == send_to_network) {
            made.writes.push_back(got.octets());
            made.counts.push_back(got.count);
            made.wire += made.writes.back();
        } else if (got.action == indicate_send) {
            made.indicated.push_back(got.context);
        } else {
            EXPECT_EQ(got.action, no_action);
            return made;
        }
        complete(from, got);
        if (made.writes.size() + made.indicated.size() > 20'000) {
            ADD_FAILURE() << "the send queue never ends";
            return made;
        }
    }
}

void feed(WEB_SOCKET_HANDLE at, const taken& read, const bytes& incoming) {
    ASSERT_EQ(read.action, receive_from_network);
    ASSERT_EQ(read.count, 1u);
    ASSERT_GE(read.buffers[0].Data.ulBufferLength, incoming.size());
    if (!incoming.empty()) std::memcpy(read.buffers[0].Data.pbBuffer, incoming.data(), incoming.size());
    complete(at, read, static_cast<ULONG>(incoming.size()));
}

void feed(WEB_SOCKET_HANDLE at, const bytes& incoming, WEB_SOCKET_ACTION_QUEUE queue) {
    const taken read = expect_action(at, queue, receive_from_network);
    ASSERT_NO_FATAL_FAILURE(feed(at, read, incoming));
}

piece receive_queued(WEB_SOCKET_HANDLE at, bytes& incoming) {
    piece made;
    for (;;) {
        const taken got = take_action(at, receive_queue, 1);
        made.result = got.result;
        if (got.result != S_OK) return made;
        if (got.action == receive_from_network) {
            const std::size_t size =
                std::min<std::size_t>(incoming.size(), got.buffers[0].Data.ulBufferLength);
            const auto end = incoming.begin() + static_cast<std::ptrdiff_t>(size);
            feed(at, got, bytes(incoming.begin(), end));
            incoming.erase(incoming.begin(), end);
        } else if (got.action == send_to_network) {
            made.answered += got.octets();
            complete(at, got);
        } else if (got.action == indicate_receive) {
            EXPECT_EQ(got.count, 1u);
            made.type = got.type;
            made.payload = got.octets();
            made.null_pointer = got.buffers[0].Data.pbBuffer == nullptr;
            made.status = got.type == close_type ? got.status() : USHORT{0};
            made.context = got.context;
            complete(at, got);
            return made;
        } else {
            ADD_FAILURE() << "action " << got.action << " while a receive is queued";
            return made;
        }
    }
}

piece receive_one(WEB_SOCKET_HANDLE at, bytes& incoming, PVOID context) {
    piece made;
    made.result = queue_receive(at, context);
    if (made.result != S_OK) return made;
    return receive_queued(at, incoming);
}

}  // namespace wspc::test
