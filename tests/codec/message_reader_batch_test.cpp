// SPDX-License-Identifier: Apache-2.0
// The calls themselves: how many events, where their bytes lie, and what is to be fed again.
#include <wspc/message_reader.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "reading.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

bytes repeat(const bytes& what, std::size_t times) {
    bytes made;
    for (std::size_t i = 0; i < times; ++i) made += what;
    return made;
}

// Events in a batch that is gone would be read after its end.
static_assert(std::is_convertible_v<batch<>&, batch_memory>);
static_assert(!std::is_convertible_v<batch<>, batch_memory>);

TEST(message_reader_batch, fills_up_to_its_capacity_and_leaves_the_rest_to_be_fed_again) {
    const bytes one = to_server(2, hello);
    for (std::uint32_t capacity = 1; capacity <= 16; ++capacity) {
        for (const bool run : {true, false}) {
            reader_options options;
            options.run = run;
            message_reader reader{role::server, options};
            bytes stream = repeat(one, 40);
            batch<16> memory;
            batch_memory limited = memory;
            limited.capacity = capacity;
            std::span<std::byte> left{stream};
            std::size_t events = 0;
            while (!left.empty()) {
                const received got = reader.receive(left, limited);
                const std::size_t expected = std::min<std::size_t>(capacity, 40 - events);
                ASSERT_EQ(got.events.size(), expected);
                ASSERT_EQ(got.consumed, expected * one.size());
                for (const event& e : got.events) ASSERT_EQ(to_bytes(e.bytes), hello);
                events += got.events.size();
                left = left.subspan(got.consumed);
            }
            EXPECT_EQ(events, 40u);
        }
    }
}

TEST(message_reader_batch, says_how_much_of_a_message_can_be_received_into_its_place) {
    message_reader reader{role::server};
    batch<> memory;
    const auto feed = [&](bytes part) { (void)reader.receive(part, memory); };
    const bytes frame = to_server(1, bytes(200, std::byte{'m'}));
    EXPECT_EQ(reader.remaining(), 0u);
    feed(bytes(frame.begin(), frame.begin() + 3));
    EXPECT_EQ(reader.remaining(), 0u);
    feed(bytes(frame.begin() + 3, frame.begin() + 8));
    EXPECT_EQ(reader.remaining(), 200u);
    feed(bytes(frame.begin() + 8, frame.begin() + 18));
    EXPECT_EQ(reader.remaining(), 190u);
    feed(bytes(frame.begin() + 18, frame.end()));
    EXPECT_EQ(reader.remaining(), 0u);

    // Control frames are shown elsewhere, and behind a failure nothing is read.
    const bytes ping = to_server(9, hello);
    feed(bytes(ping.begin(), ping.end() - 1));
    EXPECT_EQ(reader.remaining(), 0u);
    feed(bytes(ping.end() - 1, ping.end()));
    feed(bytes(frame.begin(), frame.begin() + 9));
    EXPECT_EQ(reader.remaining(), 199u);
    feed(bytes(3, std::byte{0xff} ^ frame[5]));
    ASSERT_EQ(reader.failed().code, error::text_not_utf8);
    EXPECT_EQ(reader.remaining(), 0u);
}

TEST(message_reader_batch, holds_the_pieces_of_short_frames_and_leaves_those_of_longer_ones_in_place) {
    for (const std::size_t size : {std::size_t{125}, std::size_t{126}}) {
        message_reader reader{role::server};
        batch<> memory;
        const bytes frame = to_server(2, bytes(size, std::byte{'m'}));
        const std::size_t header = frame.size() - size;
        bytes begin = to_bytes(std::span{frame}.first(header + 40));
        bytes rest = to_bytes(std::span{frame}.subspan(header + 40));
        const auto inside = [](const event& e, const bytes& fed) {
            return e.bytes.data() >= fed.data() && e.bytes.data() < fed.data() + fed.size();
        };
        const received first = reader.receive(begin, memory);
        ASSERT_EQ(first.events.size(), 1u);
        EXPECT_EQ(to_bytes(first.events[0].bytes), bytes(40, std::byte{'m'}));
        EXPECT_TRUE(first.events[0].first && !first.events[0].last);
        EXPECT_EQ(inside(first.events[0], begin), size > max_control_payload);
        const received second = reader.receive(rest, memory);
        ASSERT_EQ(second.events.size(), 1u);
        EXPECT_EQ(to_bytes(second.events[0].bytes), bytes(size - 40, std::byte{'m'}));
        EXPECT_TRUE(!second.events[0].first && second.events[0].last);
        EXPECT_EQ(inside(second.events[0], rest), size > max_control_payload);
    }
}

// One read may bring the rest of one frame, whole ones and the beginning of another.
TEST(message_reader_batch, takes_the_rest_whole_ones_and_the_beginning_of_a_frame_from_one_read) {
    const bytes stream = repeat(to_server(1, hello), 5);
    const std::size_t frame = stream.size() / 5;
    for (std::size_t from = 0; from <= frame; ++from) {
        for (std::uint32_t capacity = 1; capacity <= 6; ++capacity) {
            message_reader reader{role::server};
            batch<> memory;
            batch_memory limited = memory;
            limited.capacity = capacity;
            bytes before = to_bytes(std::span{stream}.first(from));
            bytes after = to_bytes(std::span{stream}.subspan(from, stream.size() - 2 - from));
            bytes told;
            std::size_t last = 0;
            std::span<std::byte> left;
            const auto read = [&] {
                const received got = reader.receive(left, limited);
                ASSERT_LE(got.events.size(), capacity);
                for (const event& e : got.events) {
                    told += to_bytes(e.bytes);
                    last += e.last ? 1 : 0;
                }
                left = left.subspan(got.consumed);
            };
            for (left = before; !left.empty();) read();
            for (left = after; !left.empty();) read();
            EXPECT_EQ(last, 4u);
            bytes expected = repeat(hello, 5);
            expected.resize(expected.size() - 2);
            EXPECT_EQ(told, expected) << from;
            EXPECT_EQ(reader.offset(), stream.size() - 2);
        }
    }
}

TEST(message_reader_batch, of_no_events_takes_nothing) {
    const bytes stream = to_server(1, bytes(20, std::byte{'m'}));
    for (std::size_t fed = 0; fed < stream.size(); ++fed) {
        message_reader reader{role::server};
        batch<> memory;
        batch_memory none = memory;
        none.capacity = 0;
        bytes begin = to_bytes(std::span{stream}.first(fed));
        bytes rest = to_bytes(std::span{stream}.subspan(fed));
        EXPECT_EQ(reader.receive(begin, none).consumed, 0u);
        EXPECT_EQ(reader.receive(begin, memory).consumed, fed);
        const received nothing = reader.receive(rest, none);
        EXPECT_EQ(nothing.consumed, 0u);
        EXPECT_TRUE(nothing.events.empty());
        const received no_few = reader.receive(std::span{rest}.first(1), none);
        EXPECT_EQ(no_few.consumed, 0u);
        EXPECT_TRUE(no_few.events.empty());
        EXPECT_EQ(reader.receive(rest, memory).consumed, rest.size());
        EXPECT_EQ(reader.offset(), stream.size());
    }
}

// Events are written over what a batch told before.
TEST(message_reader_batch, events_say_all_that_they_are) {
    const bytes stream = to_server(2, bytes(20, std::byte{'m'})) + to_server(9, hello) + to_server(1, hello);
    for (std::size_t at_once = 1; at_once <= stream.size(); ++at_once) {
        message_reader reader{role::server};
        std::array<event, 4> events;
        alignas(64) std::array<std::byte, 4 * scratch_size> scratch;
        const batch_memory memory{events.data(), scratch.data(), 4};
        bytes copy = stream;
        std::span<std::byte> left{copy};
        std::size_t told = 0;
        while (!left.empty()) {
            for (event& e : events) std::memset(static_cast<void*>(&e), 0x5c, sizeof e);
            const received got = reader.receive(left.first(std::min(at_once, left.size())), memory);
            for (const event& e : got.events) {
                EXPECT_EQ(e.offset, 0u);
                EXPECT_EQ(e.code, 0u);
                EXPECT_EQ(e.rsv, 0u);
                if (e.kind == event_kind::data) told += e.bytes.size();
            }
            left = left.subspan(got.consumed);
        }
        EXPECT_EQ(told, 20 + hello.size());
    }
}

// Masked and unmasked frames on one connection, each in pieces of few octets.
TEST(message_reader_batch, unmasks_only_what_is_masked) {
    reader_options options;
    options.any_masking = true;
    for (std::size_t at_once = 1; at_once <= 9; ++at_once) {
        message_reader reader{role::client, options};
        batch<> memory;
        bytes stream = to_server(2, hello) + wire_to(role::client, 2, hello) + to_server(2, hello);
        std::span<std::byte> left{stream};
        bytes told;
        while (!left.empty()) {
            const received got = reader.receive(left.first(std::min(at_once, left.size())), memory);
            for (const event& e : got.events) told += to_bytes(e.bytes);
            left = left.subspan(got.consumed);
        }
        EXPECT_EQ(told, hello + hello + hello) << at_once;
    }
}

TEST(message_reader_batch, ends_with_a_ping) {
    bytes stream =
        to_server(1, hello) + to_server(9, hello) + to_server(9) + to_server(10) + to_server(1, hello);
    message_reader reader{role::server};
    batch<> memory;
    std::span<std::byte> left{stream};
    std::vector<std::size_t> counts;
    while (!left.empty()) {
        const received got = reader.receive(left, memory);
        counts.push_back(got.events.size());
        left = left.subspan(got.consumed);
    }
    EXPECT_EQ(counts, (std::vector<std::size_t>{2, 1, 2}));
}

TEST(message_reader_batch, consumes_a_partial_frame_behind_its_last_event) {
    const bytes whole = to_server(2, hello);
    const bytes next = to_server(2, counted_bytes(200));
    for (std::size_t part = 0; part < next.size(); ++part) {
        bytes stream = whole + bytes(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(part));
        message_reader reader{role::server};
        batch<> memory;
        EXPECT_EQ(reader.receive(stream, memory).consumed, stream.size()) << part;
        EXPECT_EQ(reader.offset(), stream.size()) << part;
    }
}

TEST(message_reader_batch, of_nothing_tells_nothing) {
    message_reader reader{role::server};
    batch<> memory;
    EXPECT_TRUE(reader.receive({}, memory).events.empty());
    EXPECT_EQ(reader.receive({}, memory).consumed, 0u);
    const received_one got = reader.receive_one({});
    EXPECT_EQ(got.event.kind, event_kind::none);
    EXPECT_EQ(got.consumed, 0u);
    EXPECT_EQ(reader.failed(), failure{});
}

TEST(message_reader_batch, holds_control_frames_that_came_in_pieces_beyond_the_next_call_of_the_reader) {
    // The span lies in the batch, not in the reader: another connection's call does not spoil it.
    bytes stream = to_server(10, counted_bytes(125));
    message_reader reader{role::server};
    batch<> memory;
    (void)reader.receive(std::span{stream}.first(50), memory);
    const received got = reader.receive(std::span{stream}.subspan(50), memory);
    ASSERT_EQ(got.events.size(), 1u);
    const auto* const begin = reinterpret_cast<const std::byte*>(&memory);
    EXPECT_GE(got.events[0].bytes.data(), begin);
    EXPECT_LT(got.events[0].bytes.data(), begin + sizeof memory);
    EXPECT_EQ(to_bytes(got.events[0].bytes), counted_bytes(125));
}

TEST(message_reader_batch, consumes_and_ignores_everything_behind_a_failure) {
    bytes stream = to_server(2, hello) + octets({0x83}) + to_server(2, hello);
    message_reader reader{role::server};
    batch<> memory;
    const received got = reader.receive(stream, memory);
    ASSERT_EQ(got.events.size(), 2u);
    EXPECT_EQ(got.events[1].kind, event_kind::failed);
    EXPECT_EQ(got.events[1].failure_code(), error::reserved_opcode);
    EXPECT_EQ(got.events[1].offset, 11u);
    EXPECT_EQ(got.consumed, stream.size());
    for (int i = 0; i < 3; ++i) {
        bytes more = to_server(2, hello);
        const received ignored = reader.receive(more, memory);
        EXPECT_TRUE(ignored.events.empty());
        EXPECT_EQ(ignored.consumed, more.size());
        EXPECT_EQ(reader.receive_one(more).consumed, more.size());
        EXPECT_EQ(reader.failed(), (failure{error::reserved_opcode, 11}));
    }
}

// RFC 6455 5.2: also where frames behind it are in the read, so that the kernels look at it first.
TEST(message_reader_batch, refuses_a_length_that_is_not_minimal_amid_other_messages) {
    for (const role receiver : {role::server, role::client}) {
        const bytes others = repeat(wire_to(receiver, 2, bytes(200)), 3);
        for (const std::size_t size : {0u, 1u, 124u, 125u}) {
            for (const bool run : {true, false}) {
                reader_options options;
                options.run = run;
                message_reader reader{receiver, options};
                bytes stream = others +
                               wire({.op = 2,
                                     .payload = bytes(size),
                                     .key = key_for(receiver),
                                     .form = length_form::bits16}) +
                               others;
                batch<> memory;
                EXPECT_EQ(reader.receive(stream, memory).events.size(), 4u) << size;
                EXPECT_EQ(reader.failed(), (failure{error::length_not_minimal, others.size() + 3})) << size;
                message_reader one{receiver, options};
                EXPECT_EQ(one.receive_one(std::span{stream}.subspan(others.size())).event.failure_code(),
                          error::length_not_minimal)
                    << size;
            }
        }
    }
}

TEST(message_reader_batch, tells_a_failure_also_when_it_was_full_before) {
    bytes stream = to_server(2, hello) + octets({0x83});
    message_reader reader{role::server};
    batch<1> memory;
    const received first = reader.receive(stream, memory);
    ASSERT_EQ(first.events.size(), 1u);
    EXPECT_EQ(first.events[0].kind, event_kind::data);
    const received second = reader.receive(std::span{stream}.subspan(first.consumed), memory);
    ASSERT_EQ(second.events.size(), 1u);
    EXPECT_EQ(second.events[0].kind, event_kind::failed);
}

TEST(message_reader_one, shows_every_payload_where_it_was_fed) {
    for (const std::size_t size : {1u, 5u, 125u, 126u, 1000u}) {
        for (const unsigned op : {2u, 10u}) {
            if (op == 10 && size > 125) continue;
            bytes stream = to_server(op, counted_bytes(size)) + to_server(1, hello);
            const std::size_t header = stream.size() - 11 - size;
            message_reader reader{role::server};
            const received_one got = reader.receive_one(stream);
            EXPECT_EQ(got.event.bytes.data(), stream.data() + header);
            EXPECT_EQ(to_bytes(got.event.bytes), counted_bytes(size));
            EXPECT_EQ(got.consumed, header + size);
        }
    }
}

TEST(message_reader_one, stops_behind_every_event) {
    bytes stream = to_server(1, hello) + to_server(9) + to_server(2, hello);
    message_reader reader{role::server};
    std::span<std::byte> left{stream};
    std::vector<event_kind> kinds;
    while (!left.empty()) {
        const received_one got = reader.receive_one(left);
        kinds.push_back(got.event.kind);
        left = left.subspan(got.consumed);
    }
    EXPECT_EQ(kinds, (std::vector{event_kind::data, event_kind::ping, event_kind::data}));
}

TEST(message_reader, can_be_copied_in_the_middle_of_a_stream) {
    static_assert(std::is_trivially_copyable_v<message_reader>);
    bytes stream =
        to_server(1, octets({0xe2, 0x82}), false) + to_server(9, hello) + to_server(0, octets({0xac}));
    for (std::size_t at = 0; at <= stream.size(); ++at) {
        event_log log;
        message_reader reader{role::server};
        const auto read = [&](message_reader& by, bytes part) {
            std::span<std::byte> left{part};
            while (!left.empty()) {
                const received_one got = by.receive_one(left);
                if (got.event.kind != event_kind::none) log.add(got.event);
                left = left.subspan(got.consumed);
            }
        };
        read(reader, bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(at)));
        message_reader copy = reader;
        read(copy, bytes(stream.begin() + static_cast<std::ptrdiff_t>(at), stream.end()));
        EXPECT_EQ(log.messages(), std::vector{text_message(octets({0xe2, 0x82, 0xac}))}) << at;
        EXPECT_EQ(log.broken(), "");
    }
}

}  // namespace
}  // namespace wspc::test
