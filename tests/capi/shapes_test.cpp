// SPDX-License-Identifier: Apache-2.0
// In which buffers frames are handed out for sending (section 6).
#include <websocket.h>

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

constexpr std::size_t sizes[] = {1, 2, 125, 126, 127, 65535, 65536, 1'000'000};

std::size_t server_header(std::size_t payload) { return payload < 126 ? 2 : payload < 65536 ? 4 : 10; }

// Header in library memory, the payload where the application has it, all in one action.
void expect_two_buffers(WEB_SOCKET_HANDLE at, const bytes& payload, std::size_t header) {
    ASSERT_EQ(queue_send(at, binary_message, payload, tag(1)), S_OK);
    const taken got = expect_action(at, send_queue, send_to_network);
    ASSERT_EQ(got.count, 2u);
    EXPECT_EQ(got.buffers[0].Data.ulBufferLength, header);
    EXPECT_EQ(got.buffers[1].Data.pbBuffer, as_pbyte(payload.data()));
    EXPECT_EQ(got.buffers[1].Data.ulBufferLength, payload.size());
    EXPECT_EQ(got.type, binary_message);
    EXPECT_EQ(only_frame(got.octets()).payload, payload);
    complete(at, got);
    EXPECT_EQ(finish_action(at, send_queue, indicate_send).action.context, tag(1));
    expect_no_action(at, send_queue);
}

TEST(shapes, S6_server_hands_out_a_whole_frame_of_any_size_at_once) {
    for (const std::size_t size : sizes) {
        const handle server = open_handle(role::server);  // its send buffer has 16 bytes
        const bytes payload = counted_bytes(size);
        expect_two_buffers(server, payload, server_header(size));
    }
}

TEST(shapes, S6_server_needs_one_buffer_for_an_empty_payload) {
    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_send(server, text_message, {}), S_OK);
    const taken got = expect_action(server, send_queue, send_to_network);
    EXPECT_EQ(got.count, 1u);
    EXPECT_EQ(got.octets(), octets({0x81, 0x00}));
}

TEST(shapes, S6_client_has_one_buffer_with_header_and_masked_payload) {
    for (const std::size_t size : {0u, 1u, 125u, 126u, 4000u, 4088u}) {
        const handle client = open_handle(role::client);
        const bytes payload = counted_bytes(size);
        ASSERT_EQ(queue_send(client, binary_message, payload), S_OK);
        const taken got = expect_action(client, send_queue, send_to_network);
        EXPECT_EQ(got.count, 1u);
        EXPECT_EQ(got.total(), server_header(size) + 4 + size);
        const parsed_frame frame = only_frame(got.octets());
        EXPECT_TRUE(frame.key.has_value());
        EXPECT_EQ(frame.payload, payload);
        complete(client, got);
        finish_action(client, send_queue, indicate_send);
    }
}

TEST(shapes, S6_client_cuts_a_large_frame_into_chunks_of_the_send_buffer) {
    for (const ULONG buffer : {16u, 17u, 256u, 4096u}) {
        property_list given;
        given.send_buffer(buffer);
        const handle client = open_handle(role::client, given);
        const bytes payload = counted_bytes(10'000);
        ASSERT_EQ(queue_send(client, binary_message, payload, tag(1)), S_OK);
        const sent got = send_all(client);
        const std::size_t whole = 8 + payload.size();
        ASSERT_EQ(got.writes.size(), (whole + buffer - 1) / buffer);
        for (std::size_t i = 0; i + 1 < got.writes.size(); ++i) EXPECT_EQ(got.writes[i].size(), buffer);
        EXPECT_TRUE(
            std::all_of(got.counts.begin(), got.counts.end(), [](ULONG count) { return count == 1; }));
        EXPECT_EQ(only_frame(got.wire).payload, payload);  // one frame: the key runs on over all chunks
        EXPECT_EQ(got.indicated, std::vector<PVOID>{tag(1)});
    }
}

// A ping comes while the first chunk is being written, and the application queues one of its own.
TEST(shapes, S6_client_puts_no_other_frame_in_between) {
    property_list given;
    given.send_buffer(16);
    const handle client = open_handle(role::client, given);
    const bytes payload = counted_bytes(50);
    ASSERT_EQ(queue_send(client, binary_message, payload), S_OK);
    ASSERT_EQ(queue_bare(client, ping_pong), S_OK);
    ASSERT_EQ(queue_receive(client), S_OK);
    bytes wire;
    const taken first = expect_action(client, send_queue, send_to_network);
    wire += first.octets();
    feed(client, wire_to(role::client, 9, text_bytes("p")));
    (void)expect_action(client, receive_queue, receive_from_network);  // the pong waits
    complete(client, first);
    while (wire.size() < 6 + payload.size()) {
        const finished chunk = finish_action(client, all_queues, send_to_network);
        EXPECT_EQ(chunk.action.type, binary_message);
        wire += chunk.wire;
    }
    EXPECT_EQ(only_frame(wire).payload, payload);
    const finished pong = finish_action(client, receive_queue, send_to_network);
    EXPECT_EQ(only_frame(pong.wire).op, 10u);
    EXPECT_EQ(only_frame(pong.wire).payload, text_bytes("p"));
    finish_action(client, send_queue, indicate_send);
    EXPECT_EQ(only_frame(finish_action(client, send_queue, send_to_network).wire).op, 9u);
}

TEST(shapes, S6_client_takes_a_fresh_key_for_each_frame) {
    const handle client = open_handle(role::client);
    const bytes payload = text_bytes("x");
    std::set<masking_key> seen;
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(queue_send(client, text_message, payload), S_OK);
        const parsed_frame frame = only_frame(send_all(client).wire);
        ASSERT_TRUE(frame.key.has_value());
        seen.insert(*frame.key);
    }
    EXPECT_GE(seen.size(), 199u);  // two of 200 random keys are equal in 1 of 200,000 runs
}

TEST(shapes, S6_client_without_masking_has_the_servers_shapes) {
    for (const std::size_t size : sizes) {
        property_list given;
        given.disable_masking().send_buffer(16);
        const handle client = open_handle(role::client, given);
        const bytes payload = counted_bytes(size);
        expect_two_buffers(client, payload, server_header(size) + 4);
    }
}

TEST(shapes, S6_client_without_masking_has_a_zero_key) {
    property_list given;
    given.disable_masking();
    const handle client = open_handle(role::client, given);
    ASSERT_EQ(queue_close(client, 1000, "bye"), S_OK);
    const taken got = expect_action(client, send_queue, send_to_network);
    ASSERT_EQ(got.count, 2u);
    EXPECT_EQ(got.octets(0), octets({0x88, 0x85, 0, 0, 0, 0, 0x03, 0xe8}));
    EXPECT_EQ(got.octets(1), text_bytes("bye"));
}

TEST(shapes, S6_close_server_has_the_status_behind_the_header_and_the_reason_in_place) {
    const handle server = open_handle(role::server);
    const std::string reason = "going away";
    ASSERT_EQ(queue_close(server, 1001, reason), S_OK);
    const taken got = expect_action(server, send_queue, send_to_network);
    ASSERT_EQ(got.count, 2u);
    EXPECT_EQ(got.type, close_type);
    EXPECT_EQ(got.octets(0), octets({0x88, 12, 0x03, 0xe9}));
    EXPECT_EQ(got.buffers[1].Data.pbBuffer, as_pbyte(reason.data()));
    EXPECT_EQ(got.buffers[1].Data.ulBufferLength, reason.size());
}

TEST(shapes, S6_close_server_without_a_reason_is_one_buffer) {
    const handle status_only = open_handle(role::server);
    ASSERT_EQ(queue_close(status_only, 1000), S_OK);
    const taken four = expect_action(status_only, send_queue, send_to_network);
    EXPECT_EQ(four.count, 1u);
    EXPECT_EQ(four.octets(), octets({0x88, 0x02, 0x03, 0xe8}));
    const handle empty = open_handle(role::server);
    ASSERT_EQ(queue_bare(empty, close_type), S_OK);
    const taken two = expect_action(empty, send_queue, send_to_network);
    EXPECT_EQ(two.count, 1u);
    EXPECT_EQ(two.octets(), octets({0x88, 0x00}));
}

TEST(shapes, S6_close_client_is_a_masked_copy_in_one_buffer) {
    property_list given;
    given.send_buffer(131);  // the largest Close: 6 + 125
    const handle client = open_handle(role::client, given);
    const std::string reason(123, 'r');
    ASSERT_EQ(queue_close(client, 1000, reason), S_OK);
    const taken got = expect_action(client, send_queue, send_to_network);
    EXPECT_EQ(got.count, 1u);
    EXPECT_EQ(got.total(), 131u);
    EXPECT_EQ(only_frame(got.octets()).payload, octets({0x03, 0xe8}) + text_bytes(reason));
    EXPECT_EQ(reason, std::string(123, 'r'));
}

TEST(shapes, S6_close_client_is_cut_by_a_small_send_buffer) {
    for (const ULONG buffer : {16u, 130u}) {
        property_list given;
        given.send_buffer(buffer);
        const handle client = open_handle(role::client, given);
        const std::string reason(123, 'r');
        ASSERT_EQ(queue_close(client, 1000, reason), S_OK);
        const sent got = send_all(client);
        EXPECT_EQ(got.writes.size(), (131 + buffer - 1) / buffer);
        for (const bytes& write : got.writes) EXPECT_LE(write.size(), buffer);
        EXPECT_EQ(only_frame(got.wire).payload, octets({0x03, 0xe8}) + text_bytes(reason));
    }
}

TEST(shapes, S6_ping_and_unsolicited_pong_are_one_buffer) {
    for (const role side : {role::client, role::server})
        for (const auto type : {ping_pong, unsolicited_pong}) {
            const handle open = open_handle(side);
            ASSERT_EQ(queue_bare(open, type), S_OK);
            const taken got = expect_action(open, send_queue, send_to_network);
            EXPECT_EQ(got.count, 1u);
            EXPECT_EQ(got.total(), side == role::client ? 6u : 2u);
            EXPECT_EQ(got.type, type);
        }
}

TEST(shapes, S6_pong_is_one_contiguous_buffer_with_the_pings_payload) {
    for (const role side : {role::client, role::server})
        for (const std::size_t size : {0u, 1u, 125u})
            for (const ULONG capacity : {1u, 2u}) {
                property_list given;
                given.send_buffer(16);  // not where pongs are made
                const handle open = open_handle(side, given);
                ASSERT_EQ(queue_receive(open), S_OK);
                feed(open, wire_to(side, 9, counted_bytes(size)));
                const taken got = expect_action(open, receive_queue, send_to_network, capacity);
                EXPECT_EQ(got.count, 1u);
                EXPECT_EQ(got.type, ping_pong);
                EXPECT_EQ(got.context, nullptr);
                const parsed_frame frame = only_frame(got.octets());
                EXPECT_EQ(frame.op, 10u);
                EXPECT_EQ(frame.key.has_value(), side == role::client);
                EXPECT_EQ(frame.payload, counted_bytes(size));
            }
}

// RFC 6455 5.5.3: only the newest of several unanswered pings needs an answer. An older pong on the
// wire keeps its bytes meanwhile.
TEST(shapes, S6_pong_answers_the_newest_ping_only) {
    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_receive(server), S_OK);
    feed(server, wire_to(role::server, 9, text_bytes("first")));
    const taken first = expect_action(server, receive_queue, send_to_network);
    const bytes on_the_wire = first.octets();
    feed(server, wire_to(role::server, 9, text_bytes("second")));
    feed(server, wire_to(role::server, 9, text_bytes("third")));
    (void)take_action(server, send_queue);
    EXPECT_EQ(first.octets(), on_the_wire);
    EXPECT_EQ(only_frame(on_the_wire).payload, text_bytes("first"));
    const taken read = expect_action(server, receive_queue, receive_from_network);
    complete(server, first);
    const finished newest = finish_action(server, receive_queue, send_to_network);
    EXPECT_EQ(only_frame(newest.wire).payload, text_bytes("third"));
    expect_no_action(server, receive_queue);  // the read is still outstanding, and no pong is left
    complete(server, read, 0);
}

TEST(shapes, S6_shortest_length_always) {
    for (const role side : {role::client, role::server})
        for (const std::size_t size : {0u, 125u, 126u, 65535u, 65536u}) {
            const handle open = open_handle(side);
            const bytes payload = counted_bytes(size);
            ASSERT_EQ(queue_send(open, binary_message, payload), S_OK);
            const parsed_frame frame = only_frame(send_all(open).wire);
            EXPECT_EQ(frame.header_size, server_header(size) + (side == role::client ? 4u : 0u));
            EXPECT_EQ(frame.payload.size(), size);
        }
}

// Nobody reads the payload: a server lends the pointer as it is.
TEST(shapes, S6_huge_frame_hands_out_the_header_alone) {
    std::byte only_one{};
    for (const ULONG over : {0u, 1u}) {
        const handle server = open_handle(role::server);
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = as_pbyte(&only_one);
        buffer.Data.ulBufferLength = 0xffffffffu - 10 + over;
        ASSERT_EQ(WebSocketSend(server, binary_message, &buffer, nullptr), S_OK);
        taken got = expect_action(server, send_queue, send_to_network);
        EXPECT_EQ(got.buffers[0].Data.ulBufferLength, 10u);
        if (over == 1) {  // the sum would not fit a ULONG
            ASSERT_EQ(got.count, 1u);
            complete(server, got, 10);
            got = expect_action(server, send_queue, send_to_network);
            ASSERT_EQ(got.count, 1u);
            EXPECT_EQ(got.buffers[0].Data.pbBuffer, as_pbyte(&only_one));
            complete(server, got, got.buffers[0].Data.ulBufferLength);
        } else {
            ASSERT_EQ(got.count, 2u);
            complete(server, got, 0xffffffffu);
        }
        finish_action(server, send_queue, indicate_send);
        EXPECT_EQ(queue_bare(server, ping_pong), S_OK);  // not taken for a send that broke off
    }
}

}  // namespace
}  // namespace wspc::test
