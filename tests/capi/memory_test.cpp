// SPDX-License-Identifier: Apache-2.0
// Which memory the library uses, and when (section 5): ALLOCATED_BUFFER and the application's payload.
#include <websocket.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "capi/support/conversation.hpp"
#include "capi/support/frames.hpp"

namespace wspc::test {
namespace {

struct sizes {
    ULONG receive;
    ULONG send;
    [[nodiscard]] ULONG least() const { return receive + send + 144; }
};
constexpr sizes smallest{256, 16};

// A buffer for each side, `shift` bytes behind an aligned address, between guard bytes.
class fenced {
public:
    fenced(const sizes& of, std::size_t shift)
        : size_{of.least()}, shift_{shift}, memory_(shift + of.least() + 2 * fence_, std::byte{0xee}) {
        std::fill_n(begin(), size_, std::byte{0x11});
    }
    [[nodiscard]] std::byte* begin() { return memory_.data() + fence_ + shift_; }
    [[nodiscard]] const std::byte* begin() const { return memory_.data() + fence_ + shift_; }
    [[nodiscard]] ULONG size() const { return size_; }
    [[nodiscard]] bool has(const void* at, std::size_t length) const {
        const auto* const octet = static_cast<const std::byte*>(at);
        return octet >= begin() && length <= size_ && octet <= begin() + size_ - length;
    }
    [[nodiscard]] bool fences_stand() const {
        const auto intact = [](std::byte b) { return b == std::byte{0xee}; };
        return std::all_of(memory_.data(), begin(), intact) &&
               std::all_of(begin() + size_, memory_.data() + memory_.size(), intact);
    }
    [[nodiscard]] bytes copy() const { return {begin(), begin() + size_}; }

private:
    static constexpr std::size_t fence_ = 64;
    ULONG size_;
    std::size_t shift_;
    bytes memory_;
};

void use(property_list& in, const sizes& of, fenced& buffer) {
    in.receive_buffer(of.receive).send_buffer(of.send).allocated_buffer(buffer.begin(), buffer.size());
}

// What a program checks of every action: pointers inside or its own, lengths within the two sizes, and
// entries that were not used untouched.
void expect_inside(const conversation& talk, const fenced& buffer, const sizes& of, const taken& got) {
    if (got.action != send_to_network && got.action != receive_from_network && got.action != indicate_receive)
        return;
    EXPECT_TRUE(got.untouched_from(got.count));
    for (ULONG i = 0; i < got.count; ++i) {
        const void* const at = got.buffers[i].Data.pbBuffer;
        const ULONG length = got.buffers[i].Data.ulBufferLength;
        if (talk.is_applications(at) || (at == nullptr && length == 0)) continue;
        const bool reason_of_a_send = got.action == send_to_network && got.type == close_type && i == 1;
        if (reason_of_a_send) continue;
        EXPECT_TRUE(buffer.has(at, length)) << "action " << got.action << ", type " << got.type;
        const ULONG most = got.action == send_to_network ? std::max(of.receive, of.send) : of.receive;
        EXPECT_LE(length, most);
    }
}

// A whole conversation with these sizes; what it came to is the same for all of them.
std::vector<std::string> hold_within(const sizes& of, std::size_t shift, ULONG capacity) {
    fenced client{of, shift}, server{of, shift + 3};
    conversation talk;
    use(talk.of_client, of, client);
    use(talk.of_server, of, server);
    talk.capacity = capacity;
    talk.see = [&](role side, const taken& got) {
        expect_inside(talk, side == role::client ? client : server, of, got);
    };
    std::vector<std::string> heard = talk.hold();
    EXPECT_TRUE(client.fences_stand());
    EXPECT_TRUE(server.fences_stand());
    return heard;
}

std::vector<std::string> heard_by(const std::vector<std::string>& all, std::string_view who) {
    std::vector<std::string> made;
    for (const std::string& one : all)
        if (one.starts_with(who) && one.find("sent") == std::string::npos) made.push_back(one);
    return made;
}

TEST(memory, M1_every_pointer_lies_in_the_allocated_buffer) {
    conversation plain;
    const std::vector<std::string> wanted = plain.hold();
    ASSERT_FALSE(wanted.empty());
    ASSERT_EQ(wanted.back(), "client end");
    for (const ULONG capacity : {1u, 2u, 4u}) {
        const auto heard = hold_within({4096, 4096}, 0, capacity);
        EXPECT_EQ(heard_by(heard, "client"), heard_by(wanted, "client"));
        EXPECT_EQ(heard_by(heard, "server"), heard_by(wanted, "server"));
    }
}

// The four that are easily forgotten, each by name.
TEST(memory, M1_close_reason_pong_payload_and_headers_too) {
    for (const role side : both) {
        fenced buffer{smallest, 1};
        property_list given;
        use(given, smallest, buffer);
        const handle open = open_handle(side, given);
        for (int i = 0; i < 3; ++i) ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, wire_to(side, 9, counted_bytes(60)) + wire_to(side, 10, counted_bytes(50)) +
                       wire_to(side, 8, octets({0x03, 0xe8}) + text_bytes("reason")));
        const taken automatic = expect_action(open, receive_queue, send_to_network);
        EXPECT_TRUE(buffer.has(automatic.buffers[0].Data.pbBuffer, automatic.total()));
        const taken pong = expect_action(open, receive_queue, indicate_receive);
        EXPECT_TRUE(buffer.has(pong.buffers[0].Data.pbBuffer, 50));
        EXPECT_EQ(pong.octets(), counted_bytes(50));
        complete(open, pong);
        const taken close = expect_action(open, receive_queue, indicate_receive);
        EXPECT_TRUE(buffer.has(close.buffers[0].CloseStatus.pbReason, 6));
        EXPECT_EQ(close.octets(), text_bytes("reason"));
        complete(open, automatic);
        ASSERT_EQ(queue_bare(open, ping_pong), S_OK);
        const taken header = expect_action(open, send_queue, send_to_network);
        EXPECT_TRUE(buffer.has(header.buffers[0].Data.pbBuffer, header.total()));
    }
}

TEST(memory, M1_an_empty_reason_and_an_empty_pong_too) {
    for (const role side : both) {
        fenced buffer{smallest, 0};
        property_list given;
        use(given, smallest, buffer);
        const handle open = open_handle(side, given);
        for (int i = 0; i < 2; ++i) ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, wire_to(side, 10, {}) + wire_to(side, 8, octets({0x03, 0xe8})));
        const taken pong = expect_action(open, receive_queue, indicate_receive);
        EXPECT_TRUE(pong.buffers[0].Data.pbBuffer == nullptr || buffer.has(pong.buffers[0].Data.pbBuffer, 0));
        complete(open, pong);
        const taken close = expect_action(open, receive_queue, indicate_receive);
        EXPECT_TRUE(buffer.has(close.buffers[0].CloseStatus.pbReason, 0));  // and not NULL
    }
}

TEST(memory, M2_no_piece_is_longer_than_the_sizes_allow) {
    for (const sizes of : {sizes{256, 4096}, sizes{4096, 16}, sizes{300, 301}, sizes{70'000, 131}})
        EXPECT_FALSE(hold_within(of, 0, 2).empty());
}

TEST(memory, M2_pieces_of_a_large_frame_fill_the_receive_buffer_at_most) {
    for (const role side : both) {
        property_list given;
        given.receive_buffer(256);
        const handle open = open_handle(side, given);
        const bytes payload = counted_bytes(3000);
        bytes incoming = wire_to(side, 2, payload);
        bytes joined;
        while (joined.size() < payload.size()) {
            const piece got = receive_one(open, incoming);
            ASSERT_EQ(got.result, S_OK);
            ASSERT_LE(got.payload.size(), 256u);
            ASSERT_FALSE(got.payload.empty());
            joined += got.payload;
            EXPECT_EQ(got.type, joined.size() < payload.size() ? binary_fragment : binary_message);
        }
        EXPECT_EQ(joined, payload);
    }
}

TEST(memory, M3_value_is_the_address_of_a_pointer_and_the_size_is_the_buffers) {
    for (const role side : both) {
        fenced buffer{smallest, 0};
        void* pointer = buffer.begin();
        property_list given;
        given.receive_buffer(256).send_buffer(16);
        given.add_raw(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &pointer, buffer.size());
        const handle open = open_handle(side, given);
        pointer = nullptr;  // read during Create only
        ASSERT_EQ(queue_receive(open), S_OK);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        EXPECT_TRUE(buffer.has(read.buffers[0].Data.pbBuffer, read.total()));
    }
}

TEST(memory, M3_a_size_of_the_pointer_is_refused) {
    std::vector<char> memory(65536);
    void* pointer = memory.data();
    for (const role side : both) {
        property_list given;
        given.add_raw(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &pointer, sizeof pointer);
        EXPECT_EQ(create_result(side, given), E_INVALIDARG);
    }
}

TEST(memory, M3_values_of_all_properties_may_be_unaligned) {
    for (const role side : both) {
        fenced buffer{smallest, 0};
        alignas(8) char values[64] = {};
        const auto put = [&](std::size_t at, const auto& value) {
            std::memcpy(values + at, &value, sizeof value);
            return values + at;
        };
        property_list given;
        given.add_raw(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, put(1, ULONG{256}), 4);
        given.add_raw(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, put(7, ULONG{16}), 4);
        given.add_raw(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, put(13, BOOL{1}), 4);
        given.add_raw(WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE, put(19, BOOL{1}), 4);
        void* const pointer = buffer.begin();
        given.add_raw(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, put(25, pointer), buffer.size());
        const handle open = open_handle(side, given);
        ASSERT_EQ(queue_receive(open), S_OK);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        EXPECT_EQ(read.total(), 256u);
        EXPECT_TRUE(buffer.has(read.buffers[0].Data.pbBuffer, 256));
    }
}

TEST(memory, M4_allocated_buffer_of_exactly_plus_144) {
    conversation plain;
    const auto wanted = plain.hold();
    for (const ULONG capacity : {1u, 2u}) {
        const auto heard = hold_within(smallest, 0, capacity);
        ASSERT_FALSE(heard.empty());
        EXPECT_EQ(heard.back(), "client end");
        EXPECT_EQ(heard_by(heard, "client"), heard_by(wanted, "client"));
        EXPECT_EQ(heard_by(heard, "server"), heard_by(wanted, "server"));
    }
}

// A ping of 125 octets is on the wire as a pong while the next one comes in, in two reads, and both ends
// of the buffer hold.
TEST(memory, M4_allocated_buffer_of_exactly_plus_144_holds_the_largest_control_frames) {
    for (const role side : both) {
        fenced buffer{smallest, 0};
        property_list given;
        use(given, smallest, buffer);
        const handle open = open_handle(side, given);
        for (int i = 0; i < 2; ++i) ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, wire_to(side, 9, counted_bytes(125, 1)));
        const taken pong = expect_action(open, receive_queue, send_to_network);
        EXPECT_TRUE(buffer.has(pong.buffers[0].Data.pbBuffer, pong.total()));
        const std::string reason(123, 'r');
        const bytes rest = wire_to(side, 9, counted_bytes(125, 2)) +
                           wire_to(side, 10, counted_bytes(125, 3)) +
                           wire_to(side, 8, octets({0x03, 0xe8}) + text_bytes(reason));
        bytes fed = rest;
        while (!fed.empty()) {
            const taken got = take_action(open, receive_queue);
            if (got.action == indicate_receive) {
                EXPECT_EQ(got.type, ping_pong);
                EXPECT_EQ(got.octets(), counted_bytes(125, 3));
                EXPECT_TRUE(buffer.has(got.buffers[0].Data.pbBuffer, 125));
                complete(open, got);
                continue;
            }
            ASSERT_EQ(got.action, receive_from_network);
            const auto middle =
                fed.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(fed.size(), 100));
            feed(open, got, bytes(fed.begin(), middle));
            fed.erase(fed.begin(), middle);
        }
        EXPECT_EQ(only_frame(pong.octets()).payload, counted_bytes(125, 1));  // still on the wire
        complete(open, pong);
        const finished newest = finish_action(open, receive_queue, send_to_network);
        EXPECT_EQ(only_frame(newest.wire).payload, counted_bytes(125, 2));
        EXPECT_TRUE(buffer.has(newest.action.buffers[0].Data.pbBuffer, newest.wire.size()));
        const taken close = expect_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(close.octets(), text_bytes(reason));
        EXPECT_TRUE(buffer.has(close.buffers[0].CloseStatus.pbReason, 123));
        complete(open, close);
        ASSERT_EQ(queue_close(open, 1000, reason), S_OK);
        EXPECT_EQ(only_frame(send_all(open).wire).payload.size(), 125u);
        EXPECT_TRUE(buffer.fences_stand());
    }
}

TEST(memory, M4_allocated_buffer_of_less_is_refused) {
    std::vector<char> memory(65536);
    for (const role side : both)
        for (const sizes of : {smallest, sizes{4096, 4096}, sizes{1000, 300}}) {
            const ULONG too_small[] = {0, 1, 144, of.receive + of.send, of.least() - 1};
            for (const ULONG size : too_small) {
                property_list given;
                given.receive_buffer(of.receive).send_buffer(of.send).allocated_buffer(memory.data(), size);
                EXPECT_EQ(create_result(side, given), E_INVALIDARG) << size;
            }
            property_list enough;
            enough.receive_buffer(of.receive)
                .send_buffer(of.send)
                .allocated_buffer(memory.data(), of.least());
            EXPECT_EQ(create_result(side, enough), S_OK);
        }
}

// 32 bits must not wrap around to a small sum.
TEST(memory, M4_allocated_buffer_is_not_fooled_by_a_sum_that_wraps) {
    std::vector<char> memory(65536);
    constexpr ULONG most = std::numeric_limits<ULONG>::max();
    for (const role side : both)
        for (const sizes of :
             {sizes{most - 255, 256}, sizes{most, most}, sizes{256, most - 300}, sizes{most - 99, 16}}) {
            property_list given;
            given.receive_buffer(of.receive).send_buffer(of.send).allocated_buffer(memory.data(), 65536);
            EXPECT_EQ(create_result(side, given), E_INVALIDARG);
        }
}

TEST(memory, M5_no_alignment_is_demanded) {
    for (std::size_t shift = 1; shift < 9; ++shift) {
        const auto heard = hold_within(smallest, shift, 2);
        ASSERT_FALSE(heard.empty());
        EXPECT_EQ(heard.back(), "client end");
    }
}

// Nothing but octets of frames lies in there: when none is, all of it may be overwritten.
TEST(memory, M5_no_bookkeeping_lies_in_the_buffer) {
    for (const role side : both) {
        fenced buffer{smallest, 0};
        property_list given;
        use(given, smallest, buffer);
        const handle open = open_handle(side, given);
        for (int round = 0; round < 3; ++round) {
            std::fill_n(buffer.begin(), buffer.size(), static_cast<std::byte>(0xff - round));
            const bytes payload = counted_bytes(200);
            ASSERT_EQ(queue_send(open, binary_message, payload), S_OK);
            ASSERT_EQ(queue_receive(open), S_OK);
            std::fill_n(buffer.begin(), buffer.size(), std::byte{0x77});
            EXPECT_EQ(only_frame(send_all(open).wire).payload, payload);
            feed(open, wire_to(side, 9, text_bytes("p")) + wire_to(side, 2, payload));
            EXPECT_EQ(only_frame(finish_action(open, receive_queue, send_to_network).wire).payload,
                      text_bytes("p"));
            EXPECT_EQ(finish_action(open, receive_queue, indicate_receive).wire, payload);
        }
    }
}

TEST(memory, M6_areas_do_not_overlap) {
    for (const role side : both) {
        fenced buffer{smallest, 0};
        property_list given;
        use(given, smallest, buffer);
        const handle open = open_handle(side, given);
        ASSERT_EQ(queue_receive(open), S_OK);
        feed(open, wire_to(side, 9, counted_bytes(125)));
        const taken pong = expect_action(open, receive_queue, send_to_network);
        ASSERT_EQ(queue_bare(open, ping_pong), S_OK);
        const taken ping = expect_action(open, send_queue, send_to_network);  // beside the pong
        const taken read = expect_action(open, receive_queue, receive_from_network);
        EXPECT_EQ(read.total(), 256u);
        const bytes pong_before = pong.octets(), ping_before = ping.octets();
        std::memset(read.buffers[0].Data.pbBuffer, 0xcc, read.total());
        EXPECT_EQ(pong.octets(), pong_before);
        EXPECT_EQ(ping.octets(), ping_before);
        EXPECT_EQ(only_frame(pong_before).payload, counted_bytes(125));
        EXPECT_EQ(only_frame(ping_before).op, 9u);
    }
}

TEST(memory, M6_own_allocation_when_no_buffer_is_given) {
    conversation talk;
    talk.of_client.receive_buffer(256).send_buffer(16);
    talk.of_server.receive_buffer(256).send_buffer(16);
    const auto heard = talk.hold();
    ASSERT_FALSE(heard.empty());
    EXPECT_EQ(heard.back(), "client end");
}

// A copy before and after each call that is not GetAction. (memory_posix_test.cpp takes the memory away.)
TEST(memory, M8_only_get_action_changes_the_buffer) {
    for (const role side : both) {
        fenced buffer{smallest, 0};
        property_list given;
        use(given, smallest, buffer);
        const bytes untouched = buffer.copy();
        handle open = open_handle(side, given);
        const bytes payload = counted_bytes(100);
        const bytes small = counted_bytes(8);  // one action, whichever side
        ASSERT_EQ(queue_receive(open), S_OK);
        ASSERT_EQ(queue_send(open, binary_message, small), S_OK);
        EXPECT_EQ(buffer.copy(), untouched);  // Create, handshake, Send and Receive
        const taken send = expect_action(open, send_queue, send_to_network);
        const taken read = expect_action(open, receive_queue, receive_from_network);
        bytes incoming = wire_to(side, 9, text_bytes("p")) + wire_to(side, 2, payload);
        std::memcpy(read.buffers[0].Data.pbBuffer, incoming.data(), incoming.size());
        const bytes filled = buffer.copy();
        complete(open, read, static_cast<ULONG>(incoming.size()));
        complete(open, send);
        ASSERT_EQ(queue_receive(open), S_OK);
        ASSERT_EQ(queue_send(open, binary_message, small), S_OK);
        EXPECT_EQ(buffer.copy(), filled);  // nothing was unmasked, moved or framed
        (void)expect_action(open, receive_queue, send_to_network);
        const taken got = expect_action(open, receive_queue, indicate_receive);
        const bytes parsed = buffer.copy();
        complete(open, got);
        WebSocketAbortHandle(open);
        EXPECT_EQ(buffer.copy(), parsed);
        open.reset();
        EXPECT_EQ(buffer.copy(), parsed);  // nothing was wiped
    }
}

}  // namespace
}  // namespace wspc::test
