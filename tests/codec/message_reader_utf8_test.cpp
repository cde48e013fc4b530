// SPDX-License-Identifier: Apache-2.0
// RFC 6455 8.1 through whole messages: text that is not UTF-8 fails at the first octet behind which
// nothing could make it valid.
#include <wspc/message_reader.hpp>

#include <array>

#include <gtest/gtest.h>

#include "reading.hpp"
#include "support/reference_decoder.hpp"
#include "support/scale.hpp"
#include "support/streams.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

// One text message in one frame of less than 126 octets.
void expect_as_reference(const bytes& text) {
    const std::size_t at = reference_first_invalid(text, 0);
    bytes stream = to_server(1, text);
    message_reader reader{role::server};
    batch<1> memory;
    const received got = reader.receive(stream, memory);
    ASSERT_EQ(got.events.size(), 1u) << to_hex(text);
    if (at == text.size()) {
        ASSERT_EQ(reader.failed(), failure{}) << to_hex(text);
        ASSERT_TRUE(got.events[0].whole()) << to_hex(text);
        ASSERT_EQ(to_bytes(got.events[0].bytes), text);
    } else {
        ASSERT_EQ(reader.failed(), (failure{error::text_not_utf8, short_header + at})) << to_hex(text);
    }
}

TEST(message_reader_utf8, judges_every_text_of_one_and_two_octets) {
    for (unsigned a = 0; a < 256; ++a) {
        expect_as_reference(octets({a}));
        for (unsigned b = 0; b < 256 && !HasFatalFailure(); ++b) expect_as_reference(octets({a, b}));
    }
}

TEST(message_reader_utf8, judges_every_beginning_of_longer_characters) {
    constexpr std::array<unsigned, 8> others{0x00, 0x7f, 0x80, 0x8f, 0x9f, 0xa0, 0xbf, 0xc0};
    for (unsigned a = 0xc0; a < 256; ++a)
        for (unsigned b = 0x70; b < 0xd0 && !HasFatalFailure(); ++b)
            for (const unsigned c : others) {
                expect_as_reference(octets({a, b, c}));
                for (const unsigned d : {0x7fu, 0x80u, 0xbfu, 0xc0u})
                    expect_as_reference(octets({a, b, c, d}));
            }
}

// What no text may hold, each wrong by its last octet or with the one behind it.
std::array<bytes, 9> wrong_parts() {
    return {octets({0x80}),
            octets({0xff}),
            octets({0xc1, 0xbf}),
            octets({0xe0, 0x9f, 0xbf}),
            octets({0xed, 0xa0, 0x80}),
            octets({0xf0, 0x8f, 0xbf, 0xbf}),
            octets({0xf4, 0x90, 0x80, 0x80}),
            octets({0xe2, 0x82, 0x41}),
            octets({0xf0, 0x9f, 0x98, 0x41})};
}

TEST(message_reader_utf8, finds_what_is_wrong_at_every_place_of_a_text) {
    for (const bytes& w : wrong_parts()) {
        for (std::size_t front = 0; front < 110 && !HasFatalFailure(); ++front) {
            expect_as_reference(bytes(front, std::byte{'a'}) + w + bytes(10, std::byte{'b'}));
            expect_as_reference(bytes(front, std::byte{'a'}) + w);
            expect_as_reference(bytes(front, std::byte{'a'}) + bytes(w.begin(), w.end() - 1));
        }
    }
}

// What follows the cut may be ASCII alone, and all that is wrong is that it does not go on with the
// character.
TEST(message_reader_utf8, finds_what_is_wrong_in_a_short_text_that_was_cut_anywhere) {
    for (const bytes& w : wrong_parts()) {
        const bytes text = bytes(20, std::byte{'a'}) + w + bytes(20, std::byte{'b'});
        const failure expected{error::text_not_utf8, short_header + reference_first_invalid(text, 0)};
        for (std::size_t cut = 0; cut <= short_header + text.size(); ++cut) {
            bytes stream = to_server(1, text);
            message_reader reader{role::server};
            batch<> memory;
            (void)reader.receive(std::span{stream}.first(cut), memory);
            (void)reader.receive(std::span{stream}.subspan(cut), memory);
            ASSERT_EQ(reader.failed(), expected) << to_hex(text) << " cut at " << cut;
        }
    }
}

TEST(message_reader_utf8, goes_on_from_fragment_to_fragment_wherever_they_end) {
    const bytes text = text_bytes(
        "\xc2\xa2\xe2\x82\xac\xf0\x9f\x98\x80"
        "e");
    for (std::size_t a = 0; a <= text.size(); ++a) {
        for (std::size_t b = a; b <= text.size(); ++b) {
            const auto part = [&](std::size_t from, std::size_t to) {
                return bytes(text.begin() + static_cast<std::ptrdiff_t>(from),
                             text.begin() + static_cast<std::ptrdiff_t>(to));
            };
            expect_told(to_server(1, part(0, a), false) + to_server(0, part(a, b), false) +
                            to_server(0, part(b, text.size())),
                        {text_message(text)});
        }
    }
}

TEST(message_reader_utf8, keeps_its_state_over_control_frames_and_drops_it_with_the_message) {
    expect_told(to_server(1, octets({0xe2, 0x82}), false) + to_server(9, octets({0xff})) +
                    to_server(0, octets({0xac})),
                {text_message(octets({0xe2, 0x82}), true, false), ping(octets({0xff})),
                 text_message(octets({0xac}), false, true)});
    // A binary message, and the text after it, begin anew.
    expect_told(
        to_server(2, octets({0xe2}), false) + to_server(0, octets({0xff})) + to_server(1, octets({'a'})),
        {binary_message(octets({0xe2, 0xff})), text_message(octets({'a'}))});
    expect_failure(to_server(1, octets({'a'})) + to_server(1, octets({0xac})), error::text_not_utf8,
                   2 * short_header + 1, {}, {text_message(octets({'a'}))});
}

TEST(message_reader_utf8, fails_at_a_fragment_that_goes_on_wrongly) {
    const bytes open = to_server(1, octets({'a', 0xe2, 0x82}), false);
    expect_failure(open + to_server(0, octets({'b'}), false), error::text_not_utf8,
                   open.size() + short_header);
    expect_failure(open + to_server(0, octets({0xac, 0x80})), error::text_not_utf8,
                   open.size() + short_header + 1);
}

TEST(message_reader_utf8, fails_at_the_length_of_a_last_frame_that_cannot_complete_the_character) {
    const bytes open = to_server(1, octets({'a', 0xf0}), false);
    for (std::size_t size = 0; size < 3; ++size)
        expect_failure(open + to_server(0, bytes(size, std::byte{0x90})), error::text_not_utf8,
                       open.size() + 1);
    expect_told(open + to_server(0, bytes(3, std::byte{0x90})),
                {text_message(octets({'a', 0xf0, 0x90, 0x90, 0x90}))});
    // It may still be completed by a later frame if this one is not the last.
    expect_told(open + to_server(0, {}, false) + to_server(0, bytes(3, std::byte{0x90})),
                {text_message(octets({'a', 0xf0, 0x90, 0x90, 0x90}))});
}

TEST(message_reader_utf8, fails_where_a_character_begins_that_the_last_frame_cannot_hold) {
    expect_failure(to_server(1, octets({'a', 0xe2, 0x82})), error::text_not_utf8, short_header + 1);
    expect_failure(octets({0x81, 0x03, 'a', 0xe2}), error::text_not_utf8, 3, {.receiver = role::client});
    expect_failure(octets({0x81, 0x04, 'a', 0xe2, 0x82, 0xc0}), error::text_not_utf8, 5,
                   {.receiver = role::client});
    expect_failure(octets({0x81, 0x7e, 0x01, 0x00, 0xc3, 0x28}), error::text_not_utf8, 5,
                   {.receiver = role::client});
}

TEST(message_reader_utf8, fails_in_the_middle_of_a_long_frame_before_the_rest_arrives) {
    for (std::size_t front : {0u, 1u, 63u, 64u, 200u, 4000u}) {
        const bytes start = octets({0x81, 0x7f, 0, 0, 0, 0, 0, 0x10, 0, 0}) + bytes(front, std::byte{'a'});
        expect_failure(start + octets({0xed, 0xa0}) + bytes(20, std::byte{'a'}), error::text_not_utf8,
                       start.size() + 1, {.receiver = role::client});
    }
}

TEST(message_reader_utf8, takes_anything_as_text_when_told_not_to_check) {
    reading unchecked;
    unchecked.options.check_utf8 = false;
    expect_told(to_server(1, octets({0xff, 0xc0})) + to_server(1, octets({0xe2}), false) + to_server(0, {}),
                {text_message(octets({0xff, 0xc0})), text_message(octets({0xe2}))}, unchecked);
}

}  // namespace
}  // namespace wspc::test
