// SPDX-License-Identifier: Apache-2.0
// Messages that an extension restores, in any room: RFC 6455 5.8, and RFC 7692 6 for where the
// reserved bit may stand.
#include <wspc/message_reader.hpp>

#include <array>

#include <gtest/gtest.h>

#include "reading.hpp"
#include "support/transforms.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

bytes doubled(const bytes& payload) {
    bytes made;
    for (const std::byte b : payload) made.insert(made.end(), 2, b);
    return made;
}

bytes flipped(bytes payload) {
    for (std::byte& b : payload) b ^= std::byte{0x20};
    return payload;
}

// Reads the stream with a fresh transform in every manner and every small room, and gives each
// outcome to `check`.
template <class Check>
void restore_every_way(transform_kind kind, const bytes& stream, const reader_options& options,
                       const Check& check) {
    for (const std::size_t room : {0u, 1u, 2u, 3u, 5u, 64u, 1000u}) {
        for (const bool octets_alone : {false, true}) {
            test_transform made{kind};
            const transform incoming = made.get();
            message_reader reader{role::server, options, &incoming};
            // Room 0 stands for a batch; receive_one would have none.
            const manner how{.capacity = 2, .one = room != 0, .room = room};
            const split cuts = octets_alone ? octet_by_octet(stream.size()) : uncut();
            SCOPED_TRACE(to_string(how, cuts) + "\n" + to_hex(stream));
            const outcome got = feed(reader, stream, cuts, how);
            EXPECT_EQ(got.broken, "");
            EXPECT_LE(made.largest_input(), 512u);
            check(got);
        }
    }
}

void expect_restored(transform_kind kind, const bytes& stream, const std::vector<told>& expected,
                     const reader_options& options = {}) {
    restore_every_way(kind, stream, options, [&](const outcome& got) {
        EXPECT_EQ(got.log.failed(), failure{}) << text(got.log.failed().code);
        EXPECT_EQ(got.log.events(), expected) << to_string(got.log);
    });
}

void expect_not_restored(transform_kind kind, const bytes& stream, error code, std::uint64_t offset,
                         const reader_options& options = {}) {
    restore_every_way(kind, stream, options, [&](const outcome& got) {
        EXPECT_EQ(got.log.failed(), (failure{code, offset})) << text(got.log.failed().code);
        EXPECT_TRUE(got.log.messages().empty()) << to_string(got.log);
    });
}

TEST(message_reader_transform, restores_marked_messages_and_leaves_others_alone) {
    const bytes payload = counted_bytes(700);
    expect_restored(transform_kind::flip, to_server(2, payload, true, rsv1) + to_server(2, payload),
                    {binary_message(flipped(payload)), binary_message(payload)});
}

TEST(message_reader_transform, unmasks_rightly_for_one_that_takes_little_at_a_time) {
    const bytes payload = counted_bytes(1200);
    expect_restored(transform_kind::sip, to_server(2, payload, true, rsv1),
                    {binary_message(flipped(payload))});
}

TEST(message_reader_transform, restores_more_than_any_room_holds) {
    const bytes payload = counted_bytes(2000);
    expect_restored(transform_kind::twice, to_server(2, payload, true, rsv1) + to_server(9),
                    {binary_message(doubled(payload)), ping({})});
}

TEST(message_reader_transform, counts_as_consumed_what_it_reports_as_consumed) {
    test_transform made{transform_kind::twice};
    const transform incoming = made.get();
    message_reader reader{role::server, default_reader_options, &incoming};
    bytes stream = to_server(2, counted_bytes(100), true, rsv1);
    std::byte room[1];
    std::size_t consumed = 0;
    while (consumed < stream.size()) {
        const received_one got = reader.receive_one(std::span{stream}.subspan(consumed), room);
        consumed += got.consumed;
        ASSERT_EQ(reader.offset(), consumed);
    }
}

TEST(message_reader_transform, tells_control_frames_where_they_stand_between_fragments) {
    expect_restored(transform_kind::flip,
                    to_server(2, octets({1, 2}), false, rsv1) + to_server(9, octets({7})) +
                        to_server(0, octets({3}), false) + to_server(10) + to_server(0, octets({4, 5})),
                    {binary_message(flipped(octets({1, 2})), true, false), ping(octets({7})),
                     binary_message(flipped(octets({3})), false, false), pong({}),
                     binary_message(flipped(octets({4, 5})), false, true)});
}

TEST(message_reader_transform, waits_for_one_that_gives_everything_at_the_end) {
    const bytes payload = counted_bytes(300);
    expect_restored(
        transform_kind::hoard,
        to_server(2, payload, false, rsv1) + to_server(9) + to_server(0, payload, false) + to_server(0),
        {ping({}), binary_message(payload + payload)});
    expect_restored(transform_kind::hoard, to_server(1, {}, true, rsv1), {text_message({})});
    expect_restored(transform_kind::hoard, to_server(1, {}, false, rsv1) + to_server(0, {}),
                    {text_message({})});
}

TEST(message_reader_transform, puts_what_it_refuses_down_to_the_end_of_the_frame) {
    const bytes good = to_server(2, octets({1, 2, 3}), false, rsv1);
    const bytes bad = to_server(0, octets({1, 0x55, 3, 4}));
    expect_not_restored(transform_kind::stumble, to_server(2, octets({0x55}), true, rsv1),
                        error::transform_failed, 6);
    expect_not_restored(transform_kind::stumble, good + bad, error::transform_failed,
                        good.size() + bad.size() - 1);
}

TEST(message_reader_transform, fails_when_the_restored_message_ends_before_its_frames_do) {
    // RFC 7692 7.2.2 knows one end of a message: that of its last frame.
    const bytes early = to_server(2, octets({1, 0x55, 3}), true, rsv1);
    expect_not_restored(transform_kind::truncate, early, error::transform_failed, early.size() - 1);
    const bytes first = to_server(2, octets({1, 0x55}), false, rsv1);
    expect_not_restored(transform_kind::truncate, first + to_server(0), error::transform_failed,
                        first.size() - 1);
    // The text may lack a part for that reason alone.
    const bytes torn = to_server(1, flipped(octets({0xe3, 0xbf})) + octets({0x55, 3}), true, rsv1);
    expect_not_restored(transform_kind::truncate, torn, error::transform_failed, torn.size() - 1);
    expect_restored(transform_kind::truncate, to_server(2, octets({1, 0x55}), true, rsv1),
                    {binary_message(octets({0x21}))});
}

TEST(message_reader_transform, fails_when_the_extension_stands_still) {
    constexpr auto still = [](void*, std::span<const std::byte>&, std::span<std::byte>&, bool) noexcept {
        return transform_status::more;
    };
    const transform incoming{nullptr, still, rsv1};
    for (const bytes& stream : {to_server(2, octets({1}), true, rsv1), to_server(2, {}, true, rsv1),
                                to_server(2, octets({1}), false, rsv1)}) {
        message_reader reader{role::server, default_reader_options, &incoming};
        const outcome got = feed(reader, stream);
        EXPECT_EQ(got.broken, "");
        EXPECT_EQ(reader.failed(), (failure{error::transform_failed, stream.size() - 1}));
    }
}

TEST(message_reader_transform, validates_text_after_restoring_it) {
    const bytes euro = text_bytes("\xe2\x82\xac");
    expect_restored(
        transform_kind::flip,
        to_server(1, flipped(octets({0xe2})), false, rsv1) + to_server(0, flipped(octets({0x82, 0xac}))),
        {text_message(euro)});
    const bytes wrong = to_server(1, flipped(octets({0xe2, 0x28, 0xa1})), true, rsv1);
    expect_not_restored(transform_kind::flip, wrong, error::text_not_utf8, wrong.size() - 1);
    const bytes cut = to_server(1, flipped(octets({'a', 0xe2, 0x82})), true, rsv1);
    expect_not_restored(transform_kind::flip, cut, error::text_not_utf8, cut.size() - 1);
    // What is no text on the wire may be text behind the transform.
    expect_restored(transform_kind::twice, to_server(2, octets({0xff}), true, rsv1),
                    {binary_message(octets({0xff, 0xff}))});
    reader_options unchecked;
    unchecked.check_utf8 = false;
    expect_restored(transform_kind::flip, wrong, {text_message(octets({0xe2, 0x28, 0xa1}))}, unchecked);
}

TEST(message_reader_transform, limits_what_unfolds_and_not_what_was_sent) {
    reader_options options;
    options.limits.max_message = 20;
    expect_restored(transform_kind::twice, to_server(2, counted_bytes(10), true, rsv1),
                    {binary_message(doubled(counted_bytes(10)))}, options);
    const bytes larger = to_server(2, counted_bytes(11), true, rsv1);
    expect_not_restored(transform_kind::twice, larger, error::message_too_big, larger.size() - 1, options);
    const bytes first = to_server(2, counted_bytes(10), false, rsv1);
    const bytes second = to_server(0, counted_bytes(1));
    expect_not_restored(transform_kind::twice, first + second, error::message_too_big,
                        first.size() + second.size() - 1, options);
    // The limit of a frame is on what was sent.
    options.limits = {.max_frame = 5};
    expect_restored(transform_kind::twice, to_server(2, counted_bytes(5), true, rsv1),
                    {binary_message(doubled(counted_bytes(5)))}, options);
    expect_not_restored(transform_kind::twice, to_server(2, counted_bytes(6), true, rsv1),
                        error::frame_too_big, 1, options);
}

TEST(message_reader_transform, tells_first_what_is_wrong_first_in_the_restored_bytes) {
    reader_options options;
    options.limits.max_message = 3;
    // The wrong octet is inside the limit, or the first behind it.
    const bytes inside = to_server(1, flipped(octets({'a', 'b', 0xff, 'd'})), true, rsv1);
    expect_not_restored(transform_kind::flip, inside, error::text_not_utf8, inside.size() - 1, options);
    const bytes behind = to_server(1, flipped(octets({'a', 'b', 'c', 0xff})), true, rsv1);
    expect_not_restored(transform_kind::flip, behind, error::message_too_big, behind.size() - 1, options);
    const bytes refused = to_server(1, octets({0x41, 0xdf, 0x55}), true, rsv1);
    expect_not_restored(transform_kind::stumble, refused, error::text_not_utf8, refused.size() - 1);
}

TEST(message_reader_transform, takes_its_bit_on_the_first_frame_of_a_message_only) {
    const bytes first = to_server(2, octets({1}), false, rsv1);
    expect_not_restored(transform_kind::flip, first + to_server(0, octets({1}), true, rsv1),
                        error::reserved_bits, first.size());
    expect_not_restored(transform_kind::flip, to_server(2, {}, false) + to_server(0, octets({1}), true, rsv1),
                        error::reserved_bits, 6);
    expect_not_restored(transform_kind::flip, to_server(9, {}, true, rsv1), error::reserved_bits, 0);
    expect_not_restored(transform_kind::flip, to_server(2, octets({1}), true, rsv2), error::reserved_bits, 0);
}

TEST(message_reader_transform, leaves_the_bits_of_others_to_the_application) {
    reader_options options;
    options.allowed_rsv = rsv2;
    told expected = text_message(octets({0xff}));
    expected.rsv = rsv2;
    expect_restored(transform_kind::flip, to_server(1, octets({0xdf}), true, rsv1 | rsv2), {expected},
                    options);
}

TEST(message_reader_transform, fails_without_room) {
    test_transform made{transform_kind::flip};
    const transform incoming = made.get();
    message_reader reader{role::server, default_reader_options, &incoming};
    bytes stream = to_server(1, octets({'a'})) + to_server(1, octets({'a', 'b'}), true, rsv1);
    const received_one plain = reader.receive_one(stream);
    EXPECT_EQ(plain.event.kind, event_kind::data);
    const received_one got = reader.receive_one(std::span{stream}.subspan(plain.consumed));
    EXPECT_EQ(got.event.failure_code(), error::no_room);
    EXPECT_EQ(reader.failed(), (failure{error::no_room, stream.size() - 1}));
}

}  // namespace
}  // namespace wspc::test
