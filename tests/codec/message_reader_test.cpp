// SPDX-License-Identifier: Apache-2.0
// The rules of fragmentation, control frames, reserved bits and limits, each with what it accepts
// and what it rejects, at which octet.
#include <wspc/message_reader.hpp>

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "reading.hpp"
#include "support/scale.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

TEST(message_reader, reads_the_examples_of_the_rfc) {
    // RFC 6455 5.7.
    const reading as_client{.receiver = role::client};
    expect_told(octets({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), {text_message(hello)}, as_client);
    expect_told(octets({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}),
                {text_message(hello)});
    expect_told(octets({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f}), {text_message(hello)},
                as_client);
    expect_told(octets({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), {ping(hello)}, as_client);
    expect_told(octets({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}), {pong(hello)});
    expect_told(octets({0x82, 0x7e, 0x01, 0x00}) + counted_bytes(256), {binary_message(counted_bytes(256))},
                as_client);
    expect_told(octets({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}) + counted_bytes(65536),
                {binary_message(counted_bytes(65536))}, as_client);
}

TEST(message_reader, joins_fragments_with_control_frames_between_them) {
    expect_told(
        to_server(1, text_bytes("He"), false) + to_server(9, text_bytes("a")) +
            to_server(0, text_bytes("l"), false) + to_server(10) + to_server(0, text_bytes("lo")),
        {text_message(text_bytes("He"), true, false), ping(text_bytes("a")),
         text_message(text_bytes("l"), false, false), pong({}), text_message(text_bytes("lo"), false, true)});
}

TEST(message_reader, tells_empty_messages_however_they_are_fragmented) {
    expect_told(to_server(1) + to_server(2), {text_message({}), binary_message({})});
    expect_told(to_server(2, {}, false) + to_server(0, {}, false) + to_server(0), {binary_message({})});
    expect_told(
        to_server(2, {}, false) + to_server(9) + to_server(0, {}, false) + to_server(10) + to_server(0),
        {binary_message({}, true, false), ping({}), pong({}), binary_message({}, false, true)});
}

TEST(message_reader, tells_the_pieces_of_a_message_as_they_arrive) {
    bytes stream = to_server(2, counted_bytes(300));
    message_reader reader{role::server};
    batch<> memory;
    const std::span<std::byte> fed{stream};
    const received first = reader.receive(fed.first(108), memory);
    ASSERT_EQ(first.events.size(), 1u);
    EXPECT_EQ(first.events[0].bytes.size(), 100u);
    EXPECT_TRUE(first.events[0].first && !first.events[0].last);
    EXPECT_TRUE(reader.message_open());
    const received rest = reader.receive(fed.subspan(108), memory);
    ASSERT_EQ(rest.events.size(), 1u);
    EXPECT_EQ(rest.events[0].bytes.size(), 200u);
    EXPECT_TRUE(!rest.events[0].first && rest.events[0].last);
    EXPECT_FALSE(reader.message_open());
    EXPECT_EQ(reader.offset(), stream.size());
}

TEST(message_reader, rejects_a_continuation_while_no_message_is_open) {
    expect_failure(to_server(0, hello), error::unexpected_continuation, 0);
    expect_failure(to_server(0, hello, false), error::unexpected_continuation, 0);
    const bytes before = to_server(1, hello);
    expect_failure(before + to_server(0, hello), error::unexpected_continuation, before.size(), {},
                   {text_message(hello)});
}

TEST(message_reader, rejects_a_new_message_inside_an_open_one) {
    for (const unsigned op : {1u, 2u}) {
        const bytes before = to_server(op, hello, false) + to_server(9);
        expect_failure(
            before + to_server(1, hello), error::expected_continuation, before.size(), {},
            {op == 1 ? text_message(hello, true, false) : binary_message(hello, true, false), ping({})});
        expect_failure(to_server(op, {}, false) + to_server(2, hello, false), error::expected_continuation,
                       short_header);
    }
}

TEST(message_reader, judges_the_place_of_a_frame_before_the_rest_of_its_header) {
    // The continuation is out of place at its first octet; that it is unmasked shows at the second.
    expect_failure(octets({0x80, 0x05}), error::unexpected_continuation, 0);
    expect_failure(octets({0x80, 0xff, 0x80}), error::unexpected_continuation, 0);
    expect_failure(octets({0x80, 0xfe, 0, 1}), error::unexpected_continuation, 0);
    const bytes open = to_server(1, hello, false);
    expect_failure(open + octets({0x82, 0x05}), error::expected_continuation, open.size());
}

TEST(message_reader, rejects_every_reserved_bit_on_every_opcode_unless_claimed) {
    for (const unsigned op : {0u, 1u, 2u, 8u, 9u, 10u}) {
        const bytes before = op == 0 ? to_server(2, hello, false) : bytes{};
        for (unsigned rsv = 0x10; rsv <= 0x70; rsv += 0x10) {
            const bytes stream = before + to_server(op, {}, true, static_cast<std::uint8_t>(rsv));
            expect_failure(stream, error::reserved_bits, before.size());
            // No claim reaches control frames and continuations (RFC 6455 5.8, RFC 7692 6).
            reading all_claimed;
            all_claimed.options.allowed_rsv = 0x70;
            if (op != 1 && op != 2) expect_failure(stream, error::reserved_bits, before.size(), all_claimed);
        }
    }
}

TEST(message_reader, shows_claimed_reserved_bits_and_leaves_such_text_unvalidated) {
    reading how;
    how.options.allowed_rsv = rsv2;
    told expected = text_message(octets({0xff, 0x41}));
    expected.rsv = rsv2;
    expect_told(to_server(1, octets({0xff}), false, rsv2) + to_server(0, octets({0x41})), {expected}, how);
    expect_failure(to_server(1, octets({0xff}), true), error::text_not_utf8, short_header, how);
    expect_failure(to_server(1, octets({0xff}), true, rsv1), error::reserved_bits, 0, how);
}

TEST(message_reader, rejects_every_reserved_opcode_at_its_first_octet) {
    const bytes before = to_server(2, hello);
    for (unsigned op = 3; op < 16; op = op == 7 ? 11 : op + 1) {
        for (const bool fin : {false, true}) {
            const bytes stream =
                before +
                wire_header({.op = op, .fin = fin, .key = usual_key, .declared = std::uint64_t{1} << 40});
            expect_failure(stream, error::reserved_opcode, before.size(), {}, {binary_message(hello)});
        }
    }
}

TEST(message_reader, rejects_fragmented_and_long_control_frames) {
    for (const unsigned op : {8u, 9u, 10u}) {
        expect_failure(to_server(op, {}, false), error::fragmented_control, 0);
        expect_failure(to_server(op, counted_bytes(126)), error::control_too_long, 1);
        expect_failure(wire_header({.op = op, .key = usual_key, .form = length_form::bits64, .declared = 3}),
                       error::control_too_long, 1);
    }
    expect_told(to_server(9, counted_bytes(125)) + to_server(10, counted_bytes(125)),
                {ping(counted_bytes(125)), pong(counted_bytes(125))});
}

TEST(message_reader, takes_no_frame_from_inside_another) {
    // What is left of each of these looks like whole small frames.
    const bytes frames = octets({0x81, 0x01, 'a', 0x82, 0x01, 0xff, 0x81, 0x00});
    const reading as_client{.receiver = role::client};
    expect_told(wire_to(role::client, 9, frames), {ping(frames)}, as_client);
    expect_told(wire_to(role::client, 2, frames), {binary_message(frames)}, as_client);
    for (const unsigned op : {2u, 10u}) {
        const bytes stream = wire_to(role::client, op, frames);
        for (std::size_t at = 0; at <= stream.size(); ++at) {
            message_reader reader{role::client};
            const outcome got = feed(reader, stream, {at});
            EXPECT_EQ(got.broken, "");
            EXPECT_EQ(got.log.events(), std::vector{op == 2 ? binary_message(frames) : pong(frames)}) << at;
        }
    }
    // A length of 0x8101 octets, cut in front of it.
    const bytes payload = counted_bytes(0x8101);
    const bytes large = wire_to(role::client, 2, payload);
    message_reader reader{role::client};
    EXPECT_EQ(feed(reader, large, {2}).log.events(), std::vector{binary_message(payload)});
}

TEST(message_reader, demands_masks_from_clients_and_none_from_servers) {
    const bytes masked = wire_to(role::server, 1, hello);
    const bytes plain = wire_to(role::client, 1, hello);
    expect_told(masked, {text_message(hello)});
    expect_told(plain, {text_message(hello)}, {.receiver = role::client});
    expect_failure(plain, error::mask_missing, 1);
    expect_failure(masked, error::mask_unexpected, 1, {.receiver = role::client});
    reading either_way;
    either_way.options.any_masking = true;
    expect_told(masked + plain + masked, {text_message(hello), text_message(hello), text_message(hello)},
                either_way);
}

TEST(message_reader, tells_what_came_before_a_failure_and_nothing_after_it) {
    const bytes good = to_server(1, hello) + to_server(10, hello);
    expect_failure(good + to_server(3) + good, error::reserved_opcode, good.size(), {},
                   {text_message(hello), pong(hello)});
}

TEST(message_reader, ignores_everything_behind_a_close) {
    for (const bytes& behind : {to_server(1, hello), to_server(9), to_server(8), octets({0xff, 0xff, 0xff})})
        expect_told(to_server(8) + behind, {close(no_close_code)});
    // RFC 6455 5.5.1: also in the middle of a message.
    expect_told(to_server(1, hello, false) + to_server(8, octets({3, 232})) + to_server(0),
                {text_message(hello, true, false), close(1000)});
}

TEST(message_reader, counts_no_octet_behind_a_close) {
    const bytes stream = to_server(1, hello) + to_server(8, octets({3, 232}));
    for (const bool one : {false, true}) {
        message_reader reader{role::server};
        (void)feed(reader, stream + to_server(1, hello), uncut(), manner{.one = one});
        EXPECT_TRUE(reader.closed());
        EXPECT_EQ(reader.offset(), stream.size());
    }
}

// --- every order of frames

struct order_model {
    bool open = false;
    opcode op = opcode::binary;
    bool ended = false;
    std::vector<told> events{};
    failure failed{};

    void take(unsigned wire_op, bool fin, const bytes& payload, std::uint64_t at) {
        if (ended) return;
        error code = error::none;
        if (wire_op >= 8 && !fin) code = error::fragmented_control;
        if (wire_op == 0 && !open) code = error::unexpected_continuation;
        if ((wire_op == 1 || wire_op == 2) && open) code = error::expected_continuation;
        if (code != error::none) {
            failed = {code, at};
            ended = true;
        } else if (wire_op == 8) {
            events.push_back(close(1000, payload));
            ended = true;
        } else if (wire_op > 8) {
            events.push_back(wire_op == 9 ? ping(payload) : pong(payload));
        } else {
            if (wire_op != 0) op = static_cast<opcode>(wire_op);
            events.push_back(
                {.kind = event_kind::data, .payload = payload, .op = op, .first = !open, .last = fin});
            open = !fin;
        }
    }
};

// One event for each frame, since all of them are whole when they are read.
std::vector<told> read_frames(message_reader& reader, bytes stream) {
    std::vector<told> events;
    batch<> memory;
    std::span<std::byte> left{stream};
    while (!left.empty()) {
        const received got = reader.receive(left, memory);
        for (const event& e : got.events) {
            if (e.kind == event_kind::failed) continue;
            told t{e.kind, to_bytes(e.bytes), e.op, e.first, e.last, e.code, e.rsv};
            if (e.kind != event_kind::data) t.op = opcode::continuation;
            events.push_back(t);
        }
        if (got.consumed == 0) {
            ADD_FAILURE() << "a call without progress";
            return events;
        }
        left = left.subspan(got.consumed);
    }
    return events;
}

TEST(message_reader, follows_a_small_model_in_every_order_of_frames_up_to_five) {
    constexpr std::array<unsigned, 6> ops{1, 2, 0, 9, 10, 8};
    const std::size_t longest = scaled(5, 4, 3);
    std::size_t sequences = 0;
    for (std::size_t length = 1; length <= longest; ++length) {
        std::size_t count = 1;
        for (std::size_t i = 0; i < length; ++i) count *= 2 * ops.size();
        for (std::size_t number = 0; number < count; ++number) {
            bytes stream;
            order_model model;
            std::size_t left = number;
            for (std::size_t i = 0; i < length; ++i) {
                const unsigned op = ops[left % ops.size()];
                const bool fin = left / ops.size() % 2 == 0;
                left /= 2 * ops.size();
                const bytes payload = octets({0x61 + static_cast<unsigned>(i)});
                model.take(op, fin, payload, stream.size());
                stream += to_server(op, op == 8 ? octets({3, 232}) + payload : payload, fin);
            }
            message_reader reader{role::server};
            const std::vector<told> got = read_frames(reader, stream);
            ASSERT_EQ(reader.failed(), model.failed) << to_hex(stream);
            ASSERT_EQ(got, model.events) << to_hex(stream);
            ASSERT_TRUE(model.ended || reader.message_open() == model.open) << to_hex(stream);
            ++sequences;
        }
    }
    EXPECT_GE(sequences, 12u * 12 * 12);
}

// --- limits

TEST(message_reader, takes_a_frame_of_exactly_the_limit_and_none_larger) {
    for (const std::size_t most : {0u, 1u, 124u, 125u, 126u, 1000u, 65535u, 65536u}) {
        reading how;
        how.options.limits.max_frame = most;
        expect_told(to_server(2, counted_bytes(most)), {binary_message(counted_bytes(most))}, how);
        const bytes larger = to_server(2, counted_bytes(most + 1));
        expect_failure(larger, error::frame_too_big, larger.size() - (most + 1) - 5, how);
        // Control frames are small by themselves.
        expect_told(to_server(9, counted_bytes(125)), {ping(counted_bytes(125))}, how);
    }
}

TEST(message_reader, takes_a_message_of_exactly_the_limit_and_none_larger) {
    for (const std::size_t most : {0u, 1u, 125u, 126u, 1000u, 65536u}) {
        reading how;
        how.options.limits.max_message = most;
        expect_told(to_server(2, counted_bytes(most)), {binary_message(counted_bytes(most))}, how);
        const bytes larger = to_server(2, counted_bytes(most + 1));
        expect_failure(larger, error::message_too_big, larger.size() - (most + 1) - 5, how);
    }
}

TEST(message_reader, counts_all_fragments_towards_the_limit_of_a_message) {
    reading how;
    how.options.limits.max_message = 10;
    const bytes start = to_server(2, counted_bytes(4), false) + to_server(9, counted_bytes(20));
    const std::vector<told> parts{binary_message(counted_bytes(4), true, false), ping(counted_bytes(20)),
                                  binary_message(counted_bytes(6, 28), false, true)};
    expect_told(start + to_server(0, counted_bytes(6, 28)), parts, how);
    // The next message starts anew.
    std::vector<told> twice = parts;
    twice.insert(twice.end(), parts.begin(), parts.end());
    expect_told(start + to_server(0, counted_bytes(6, 28)) + start + to_server(0, counted_bytes(6, 28)),
                twice, how);
    expect_failure(start + to_server(0, counted_bytes(7)), error::message_too_big, start.size() + 1, how,
                   {parts[0], parts[1]});
    expect_failure(start + wire_header({.op = 0, .key = usual_key, .declared = (std::uint64_t{1} << 63) - 1}),
                   error::message_too_big, start.size() + 9,
                   {.options = {.limits = {.max_frame = UINT64_MAX, .max_message = 10}}},
                   {parts[0], parts[1]});
}

TEST(message_reader, takes_any_length_when_there_are_no_limits) {
    reading how;
    how.options.limits = {UINT64_MAX, UINT64_MAX, UINT32_MAX};
    expect_told(to_server(2, counted_bytes(3), false) + wire({.op = 0,
                                                              .payload = counted_bytes(5, 21),
                                                              .key = usual_key,
                                                              .declared = (std::uint64_t{1} << 63) - 1}),
                {binary_message(counted_bytes(8), true, false)}, how);
}

TEST(message_reader, takes_as_many_fragments_as_the_limit_and_none_more) {
    for (const std::uint32_t most : {1u, 2u, 5u}) {
        reading how;
        how.options.limits.max_fragments = most;
        bytes open = to_server(2, octets({1}), most == 1);
        for (std::uint32_t i = 1; i + 1 < most; ++i) open += to_server(0, octets({1}), false) + to_server(10);
        const bytes closed = most == 1 ? open : open + to_server(0, octets({1}));
        message_reader reader{role::server, how.options};
        EXPECT_EQ(feed(reader, closed + closed).log.messages().size(), 2u);
        EXPECT_EQ(reader.failed(), failure{});
        const bytes full =
            most == 1 ? to_server(2, octets({1}), false) : open + to_server(0, octets({1}), false);
        message_reader too_many{role::server, how.options};
        (void)feed(too_many, full + to_server(0, octets({1})));
        EXPECT_EQ(too_many.failed(), (failure{error::too_many_fragments, full.size()}));
    }
    reading none;
    none.options.limits.max_fragments = 0;
    expect_failure(to_server(2, hello), error::too_many_fragments, 0, none);
}

TEST(message_reader, stops_a_flood_of_empty_fragments_at_the_usual_limit) {
    const limits usual;
    message_reader reader{role::client};
    batch<> memory;
    bytes begin = octets({0x02, 0x00});
    (void)reader.receive(begin, memory);
    bytes thousand;
    for (int i = 0; i < 1000; ++i) thousand += octets({0x00, 0x00});
    std::size_t events = 0;
    for (int i = 0; i < 263; ++i) events += reader.receive(thousand, memory).events.size();
    EXPECT_EQ(reader.failed(), (failure{error::too_many_fragments, std::uint64_t{usual.max_fragments} * 2}));
    EXPECT_EQ(events, 1u);
}

}  // namespace
}  // namespace wspc::test
