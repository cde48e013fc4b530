// SPDX-License-Identifier: Apache-2.0
// The reference decoder alone: what RFC 6455 says of messages, as octets and the events that they must tell.
#include "support/reference_decoder.hpp"

#include <gtest/gtest.h>

#include "support/transforms.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

bytes to_client(unsigned op, const bytes& payload = {}, bool fin = true, std::uint8_t rsv = 0) {
    return wire_to(role::client, op, payload, fin, rsv);
}

event_log decode(const bytes& stream, reference_options options = {}) {
    options.receiver = role::client;
    return decode_reference(stream, options);
}

told message(opcode op, const bytes& payload, bool last = true) {
    return {.kind = event_kind::data, .payload = payload, .op = op, .first = true, .last = last};
}

void expect_failure(const bytes& stream, error code, std::uint64_t offset,
                    const reference_options& options = {}) {
    EXPECT_EQ(decode(stream, options).failed(), (failure{code, offset})) << to_hex(stream);
    const bytes before(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(offset));
    EXPECT_EQ(decode(before, options).failed(), failure{}) << to_hex(before);
}

TEST(reference_decoder, gives_the_examples_of_the_rfc) {
    const std::vector<told> hello{message(opcode::text, text_bytes("Hello"))};
    const bytes masked = octets({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
    EXPECT_EQ(decode_reference(masked).events(), hello);
    EXPECT_EQ(decode(octets({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f})).events(), hello);
}

TEST(reference_decoder, tells_control_frames_between_the_fragments_of_a_message) {
    const bytes stream = to_client(1, text_bytes("a"), false) + to_client(9, text_bytes("p")) +
                         to_client(0, text_bytes("b")) + to_client(10);
    const told last{.kind = event_kind::data, .payload = text_bytes("b"), .op = opcode::text, .last = true};
    const std::vector<told> expected{message(opcode::text, text_bytes("a"), false),
                                     {.kind = event_kind::ping, .payload = text_bytes("p")},
                                     last,
                                     {.kind = event_kind::pong}};
    EXPECT_EQ(decode(stream).events(), expected);
}

TEST(reference_decoder, refuses_fragments_that_belong_to_nothing_and_messages_inside_others) {
    expect_failure(octets({0x80}), error::unexpected_continuation, 0);
    const bytes open = to_client(2, text_bytes("a"), false);
    expect_failure(open + octets({0x81}), error::expected_continuation, open.size());
    expect_failure(open + to_client(0) + octets({0x00}), error::unexpected_continuation, open.size() + 2);
}

TEST(reference_decoder, finds_the_octet_that_makes_a_text_invalid) {
    expect_failure(to_client(1, octets({'a', 0xff, 'b'})), error::text_not_utf8, 3);
    // A character that the text is too short for fails where it begins, or with the length that shows it.
    expect_failure(to_client(1, octets({'a', 0xe2})), error::text_not_utf8, 3);
    expect_failure(to_client(1, octets({0xe2}), false) + to_client(0, octets({0x82})), error::text_not_utf8,
                   4);
    const bytes euro = to_client(1, octets({0xe2}), false) + to_client(0, octets({0x82, 0xac}));
    EXPECT_EQ(decode(euro).events(), (std::vector<told>{message(opcode::text, octets({0xe2, 0x82, 0xac}))}));
    const bytes wrong = to_client(1, octets({0xff}));
    EXPECT_EQ(decode(wrong, {.check_utf8 = false}).failed(), failure{});
}

TEST(reference_decoder, judges_close_frames_octet_by_octet) {
    const std::vector<told> none{{.kind = event_kind::close, .code = no_close_code}};
    EXPECT_EQ(decode(to_client(8) + octets({0xff})).events(), none);
    const std::vector<told> bye{{.kind = event_kind::close, .payload = text_bytes("bye"), .code = 1000}};
    EXPECT_EQ(decode(to_client(8, octets({3, 0xe8}) + text_bytes("bye"))).events(), bye);
    expect_failure(to_client(8, octets({0x02, 0xff})), error::close_code_invalid, 2);
    for (const unsigned code : {1004u, 1005u, 1006u, 1015u, 2999u})
        expect_failure(to_client(8, octets({code >> 8, code & 255})), error::close_code_invalid, 3);
    for (const unsigned code : {1000u, 1003u, 1007u, 1014u, 3000u, 4999u})
        EXPECT_EQ(decode(to_client(8, octets({code >> 8, code & 255}))).failed(), failure{}) << code;
    expect_failure(to_client(8, octets({3, 0xe8, 'x', 0xc0})), error::close_reason_not_utf8, 5);
}

TEST(reference_decoder, holds_the_limits_and_not_one_octet_less) {
    const reference_options small{.limits = {.max_frame = 4, .max_message = 6, .max_fragments = 2}};
    const bytes four = to_client(2, counted_bytes(4), false);
    expect_failure(to_client(2, counted_bytes(5)), error::frame_too_big, 1, small);
    EXPECT_EQ(decode(four + to_client(0, counted_bytes(2)), small).failed(), failure{});
    expect_failure(four + to_client(0, counted_bytes(3)), error::message_too_big, four.size() + 1, small);
    const bytes two = to_client(2, {}, false) + to_client(0, {}, false);
    expect_failure(two + to_client(0), error::too_many_fragments, two.size(), small);
}

TEST(reference_decoder, takes_reserved_bits_that_are_allowed_and_restores_what_is_transformed) {
    expect_failure(to_client(2, {}, true, rsv2), error::reserved_bits, 0);
    told marked = message(opcode::text, octets({0xff}));
    marked.rsv = rsv2;
    EXPECT_EQ(decode(to_client(1, octets({0xff}), true, rsv2), {.allowed_rsv = rsv2}).events(),
              (std::vector<told>{marked}));
    reference_options flipping;
    test_transform{transform_kind::flip}.describe(flipping);
    EXPECT_EQ(decode(to_client(1, text_bytes("hI"), true, rsv1), flipping).events(),
              (std::vector<told>{message(opcode::text, text_bytes("Hi"))}));
}

TEST(reference_utf8, knows_the_borders_of_every_length) {
    struct row {
        bytes text;
        std::size_t wrong;  // index of the first octet that is; the size if none is
    };
    const row rows[] = {
        {octets({0xc2, 0x80}), 2},
        {octets({0xc1, 0xbf}), 0},
        {octets({0xe0, 0xa0, 0x80}), 3},
        {octets({0xe0, 0x9f, 0xbf}), 1},
        {octets({0xed, 0x9f, 0xbf}), 3},
        {octets({0xed, 0xa0, 0x80}), 1},
        {octets({0xee, 0x80, 0x80}), 3},
        {octets({0xf0, 0x90, 0x80, 0x80}), 4},
        {octets({0xf0, 0x8f, 0xbf}), 1},
        {octets({0xf4, 0x8f, 0xbf, 0xbf}), 4},
        {octets({0xf4, 0x90, 0x80}), 1},
        {octets({0xf5}), 0},
        {octets({0x80}), 0},
        {octets({'a', 0xe2, 'b'}), 2},
    };
    for (const row& r : rows)
        EXPECT_EQ(reference_first_invalid(r.text, UINT64_MAX), r.wrong) << to_hex(r.text);
    EXPECT_EQ(reference_first_invalid(octets({'a', 0xf0, 0x9f}), 2), 3u);
    EXPECT_EQ(reference_first_invalid(octets({'a', 0xf0, 0x9f}), 1), 1u);
    EXPECT_EQ(reference_missing(octets({'a', 0xf0, 0x9f})), 2u);
    EXPECT_EQ(reference_missing(octets({'a', 0xe2, 0x82, 0xac})), 0u);
    EXPECT_EQ(reference_missing({}), 0u);
}

}  // namespace
}  // namespace wspc::test
