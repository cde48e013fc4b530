// SPDX-License-Identifier: Apache-2.0
// What a connection writes: frames, their order, and what it refuses.
#include <wspc/connection.hpp>

#include <array>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connection_as.hpp"
#include "support/random.hpp"

namespace wspc::test {
namespace {

TEST_P(connection_as, writes_frames_that_the_peer_reads_as_they_were_meant) {
    connection subject = make();
    bytes written;
    append(written, subject.write(out_, opcode::text, text_bytes("hello")));
    append(written, subject.write(out_, opcode::binary, counted_bytes(70'000), false));
    append(written, subject.write(out_, opcode::ping, text_bytes("?")));
    append(written, subject.write(out_, opcode::continuation, counted_bytes(300)));
    const event_log log = told_to_peer(written);
    ASSERT_EQ(log.failed().code, error::none);
    const auto messages = log.messages();
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].payload, text_bytes("hello"));
    EXPECT_EQ(messages[1].payload, counted_bytes(70'000) + counted_bytes(300));
    EXPECT_EQ(messages[1].op, opcode::binary);
}

TEST_P(connection_as, masks_every_frame_of_a_client_with_a_key_of_its_own_and_none_of_a_server) {
    connection subject = make();
    std::vector<masking_key> seen;
    for (int i = 0; i < 50; ++i) {
        bytes written;
        append(written, subject.write(out_, opcode::binary, counted_bytes(10)));
        const decoded_header decoded =
            decode_header(written, {.receiver = GetParam() == role::client ? role::server : role::client});
        ASSERT_EQ(decoded.status, decode_status::complete);
        EXPECT_EQ(decoded.header.masked, GetParam() == role::client);
        for (const masking_key& key : seen) EXPECT_TRUE(!decoded.header.masked || key != decoded.header.key);
        seen.push_back(decoded.header.key);
    }
    EXPECT_EQ(source_.next == 1, GetParam() == role::server);
}

TEST_P(connection_as, sends_nothing_when_there_is_no_key) {
    source_.failing = true;
    connection subject = make();
    const error expected = GetParam() == role::client ? error::no_randomness : error::none;
    EXPECT_EQ(subject.write(out_, opcode::text, text_bytes("a"), false).code, expected);
    // The message has not begun, so it may be begun again.
    source_.failing = false;
    EXPECT_EQ(subject.write(out_, expected == error::none ? opcode::continuation : opcode::text, {}).code,
              error::none);
    connection keyless{GetParam()};
    EXPECT_EQ(keyless.write(out_, opcode::text, {}).code, expected);
    EXPECT_EQ(keyless.write_close(out_).code, expected);
    EXPECT_EQ(keyless.close_sent(), expected == error::none);
}

TEST_P(connection_as, asks_once_for_a_key_that_it_does_not_get) {
    source_.failing = true;
    connection subject = make();
    const bool masks = GetParam() == role::client;
    // A whole short message, and one that is neither.
    for (const std::size_t size : {std::size_t{3}, std::size_t{300}}) {
        const std::size_t before = source_.calls;
        const write_result result = subject.write(out_, opcode::binary, counted_bytes(size));
        EXPECT_EQ(result.code, masks ? error::no_randomness : error::none);
        EXPECT_EQ(source_.calls - before, masks ? 1u : 0u);
    }
}

TEST_P(connection_as, says_how_much_room_a_frame_needs_and_changes_nothing_without_it) {
    const std::size_t sizes[] = {0, 1, 125, 126, 65'535, 65'536};
    for (const std::size_t size : sizes) {
        const bytes payload = counted_bytes(size);
        connection subject = make();
        const std::size_t needed = subject.frame_size(payload.size());
        for (const std::size_t room : {std::size_t{0}, std::size_t{1}, needed - 1}) {
            const write_result result =
                subject.write(std::span{out_}.first(room), opcode::binary, payload, false);
            EXPECT_EQ(result.code, error::no_room);
            EXPECT_EQ(result.size, 0u);
            EXPECT_EQ(result.needed, needed);
        }
        const write_result result =
            subject.write(std::span{out_}.first(needed), opcode::binary, payload, false);
        EXPECT_EQ(result.code, error::none);
        EXPECT_EQ(result.size, needed);
    }
}

TEST_P(connection_as, keeps_the_frames_of_a_message_in_their_order) {
    connection subject = make();
    EXPECT_EQ(subject.write(out_, opcode::continuation, {}).code, error::wrong_message);
    EXPECT_EQ(subject.write(out_, opcode::text, {}, false).code, error::none);
    EXPECT_EQ(subject.write(out_, opcode::text, {}).code, error::wrong_message);
    EXPECT_EQ(subject.write(out_, opcode::binary, {}).code, error::wrong_message);
    EXPECT_EQ(subject.write(out_, opcode::continuation, {}).code, error::none);
    EXPECT_EQ(subject.write(out_, opcode::continuation, {}).code, error::wrong_message);
    EXPECT_EQ(subject.write(out_, opcode::binary, {}).code, error::none);
}

TEST_P(connection_as, refuses_control_frames_that_are_long_or_fragmented) {
    connection subject = make();
    for (const opcode op : {opcode::ping, opcode::pong}) {
        EXPECT_EQ(subject.write(out_, op, counted_bytes(125)).code, error::none);
        EXPECT_EQ(subject.write(out_, op, counted_bytes(126)).code, error::control_too_long);
        EXPECT_EQ(subject.write(out_, op, {}, false).code, error::fragmented_control);
    }
    EXPECT_EQ(subject.write(out_, opcode::close, {}).code, error::bad_argument);
    EXPECT_EQ(subject.write(out_, static_cast<opcode>(3), {}).code, error::bad_argument);
    EXPECT_EQ(subject.write(out_, static_cast<opcode>(15), {}).code, error::bad_argument);
}

TEST_P(connection_as, sends_text_only_if_it_is_utf8_across_frames) {
    connection subject = make();
    const bytes euro = octets({0xe2, 0x82, 0xac});
    EXPECT_EQ(subject.write(out_, opcode::text, octets({0xff})).code, error::text_not_utf8);
    EXPECT_EQ(subject.write(out_, opcode::text, octets({0xe2})).code, error::text_not_utf8);
    EXPECT_EQ(subject.write(out_, opcode::text, octets({0xe2}), false).code, error::none);
    EXPECT_EQ(subject.write(out_, opcode::continuation, octets({0x41})).code, error::text_not_utf8);
    EXPECT_EQ(subject.write(out_, opcode::continuation, octets({0x82})).code, error::text_not_utf8);
    EXPECT_EQ(subject.write(out_, opcode::continuation, octets({0x82, 0xac})).code, error::none);
    EXPECT_EQ(subject.write(out_, opcode::text, euro).code, error::none);
    EXPECT_EQ(subject.write(out_, opcode::binary, octets({0xff})).code, error::none);

    connection_config unchecked;
    unchecked.check_sent_utf8 = false;
    connection trusting = make(unchecked);
    EXPECT_EQ(trusting.write(out_, opcode::text, octets({0xff})).code, error::none);
    EXPECT_EQ(trusting.write_close(out_, 1000, "\xff").code, error::none);
}

TEST_P(connection_as, writes_a_large_frame_in_pieces_of_any_size) {
    random_source random{7};
    for (int round = 0; round < 200; ++round) {
        connection subject = make();
        const bytes payload = counted_bytes(random.below(3000));
        std::span<const std::byte> rest{payload};
        bytes written;
        bool first = true;
        while (first || !rest.empty()) {
            const std::size_t room =
                first ? subject.frame_size(payload.size()) - payload.size() + random.below(5)
                      : random.between(1, 400);
            append(written, subject.write_some(std::span{out_}.first(room), opcode::binary, rest));
            first = false;
        }
        const event_log log = told_to_peer(written);
        ASSERT_EQ(log.messages().size(), 1u);
        EXPECT_EQ(log.messages()[0].payload, payload);
    }
}

TEST_P(connection_as, keeps_the_wire_for_a_frame_that_is_open) {
    connection subject = make();
    const bytes payload = counted_bytes(100);
    std::span<const std::byte> rest{payload};
    EXPECT_EQ(subject.write_some(std::span{out_}.first(1), opcode::binary, rest).code, error::no_room);
    EXPECT_EQ(rest.size(), payload.size());
    bytes written;
    append(written, subject.write_some(std::span{out_}.first(20), opcode::binary, rest));
    EXPECT_LT(rest.size(), payload.size());

    EXPECT_EQ(subject.write(out_, opcode::binary, {}).code, error::frame_open);
    EXPECT_EQ(subject.write(out_, opcode::ping, {}).code, error::frame_open);
    EXPECT_EQ(subject.write_close(out_).code, error::frame_open);
    std::span<const std::byte> other = rest.subspan(1);
    EXPECT_EQ(subject.write_some(out_, opcode::binary, other).code, error::bad_argument);
    EXPECT_EQ(subject.write_some({}, opcode::binary, rest).code, error::no_room);
    // A ping in the meantime waits until the frame has ended.
    EXPECT_TRUE(feed(subject, from_peer(9, text_bytes("a"))).empty());
    EXPECT_FALSE(subject.pending());
    append(written, subject.write_some(out_, opcode::binary, rest));
    EXPECT_TRUE(rest.empty());
    EXPECT_TRUE(subject.pending());
    append(written, subject.write_pending(out_));
    const event_log log = told_to_peer(written);
    ASSERT_EQ(log.events().size(), 2u);
    EXPECT_EQ(log.events()[0].payload, payload);
    EXPECT_EQ(log.events()[1].kind, event_kind::pong);
    EXPECT_EQ(log.events()[1].payload, text_bytes("a"));
}

// RFC 6455 5.4, 5.6: the frame counts as sent from its header on, as one that is written at once does.
TEST_P(connection_as, goes_on_with_the_message_whose_fragment_went_in_pieces) {
    const bytes euro = octets({0xe2, 0x82, 0xac});
    connection subject = make();
    bytes written;
    const bytes front = text_bytes("ab") + bytes(euro.begin(), euro.begin() + 1);
    std::span<const std::byte> rest{front};
    append(written,
           subject.write_some(std::span{out_}.first(subject.frame_size(3) - 1), opcode::text, rest, false));
    ASSERT_EQ(rest.size(), 1u);
    append(written, subject.write_some(out_, opcode::text, rest, false));
    EXPECT_EQ(subject.write(out_, opcode::text, text_bytes("c")).code, error::wrong_message);
    EXPECT_EQ(subject.write(out_, opcode::continuation, text_bytes("c")).code, error::text_not_utf8);
    append(written, subject.write(out_, opcode::continuation, bytes(euro.begin() + 1, euro.end())));
    EXPECT_EQ(subject.write(out_, opcode::continuation, text_bytes("c")).code, error::wrong_message);
    const event_log log = told_to_peer(written);
    ASSERT_EQ(log.messages().size(), 1u);
    EXPECT_EQ(log.messages()[0].payload, text_bytes("ab") + euro);
}

TEST(connection, lets_a_server_send_the_payload_from_its_own_memory) {
    connection subject{role::server};
    std::byte header[max_header_size];
    const bytes payload = counted_bytes(70'000);
    const write_result result = subject.write_header(header, opcode::binary, payload);
    ASSERT_EQ(result.code, error::none);
    const event_log log = read_back(role::server, bytes(header, header + result.size) + payload);
    ASSERT_EQ(log.messages().size(), 1u);
    EXPECT_EQ(log.messages()[0].payload, payload);
    EXPECT_EQ(subject.write_header(std::span{header}.first(9), opcode::binary, payload).code, error::no_room);
    EXPECT_EQ(subject.write_header(header, opcode::text, octets({0xc0})).code, error::text_not_utf8);

    counting_source source;
    masking_keys keys{source.source()};
    connection client{role::client, default_connection_config, {}, &keys};
    EXPECT_EQ(client.write_header(header, opcode::binary, payload).code, error::bad_argument);
}

}  // namespace
}  // namespace wspc::test
