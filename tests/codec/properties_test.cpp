// SPDX-License-Identifier: Apache-2.0
// What holds for every stream of octets: the events, the error and its offset are those of the
// reference decoder, however the stream is cut and however the reader is called.
#include <wspc/message_reader.hpp>

#include <gtest/gtest.h>

#include "support/event_log.hpp"
#include "support/feeding.hpp"
#include "support/random.hpp"
#include "support/reader_check.hpp"
#include "support/scale.hpp"
#include "support/streams.hpp"
#include "support/transforms.hpp"

namespace wspc::test {
namespace {

configuration random_configuration(random_source& random) {
    configuration made;
    made.receiver = random.one_in(2) ? role::server : role::client;
    reader_options& o = made.options;
    if (random.one_in(4)) o.limits.max_frame = random.below(300);
    if (random.one_in(4)) o.limits.max_message = random.below(600);
    if (random.one_in(4)) o.limits.max_fragments = static_cast<std::uint32_t>(random.below(5));
    o.check_utf8 = !random.one_in(6);
    o.any_masking = random.one_in(6);
    if (random.one_in(4)) o.allowed_rsv = static_cast<std::uint8_t>(random.below(8) << 4);
    return made;
}

void expect_every_way(random_source& random, const bytes& stream, configuration c, const std::string& what) {
    const event_log expected = expected_events(stream, c);
    const auto expect = [&](const split& cuts, const manner& how) {
        c.options.run = !random.one_in(4);
        ASSERT_EQ(fault(stream, c, expected, cuts, how), "") << what << "\n"
                                                             << to_string(how, cuts) << "\n"
                                                             << to_hex(stream);
    };
    expect(uncut(), manner{});
    expect(uncut(), manner{.one = true});
    expect(uncut(), random_manner(random));
    expect(octet_by_octet(stream.size()), manner{});
    expect(octet_by_octet(stream.size()), manner{.one = true});
    for (int i = 0; i < 4; ++i) expect(random_split(random, stream.size()), random_manner(random));
    if (stream.size() > 48) return;
    for (std::size_t at = 0; at <= stream.size(); ++at) expect({at}, random_manner(random));
}

TEST(properties, every_split_of_any_stream_tells_what_the_reference_decoder_tells) {
    const std::size_t count = scaled(12000);
    std::size_t failures = 0;
    for (std::size_t seed = 0; seed < count && !HasFatalFailure(); ++seed) {
        random_source random{seed};
        const configuration c = random_configuration(random);
        const stream_profile profile{.receiver = c.receiver, .message_rsv = c.options.allowed_rsv};
        const bytes stream = any_stream(random, profile);
        expect_every_way(random, stream, c, "seed " + std::to_string(seed));
        failures += expected_events(stream, c).failed() ? 1 : 0;
    }
    // The streams are worth something only if both kinds are among them.
    EXPECT_GT(failures, count / 5);
    EXPECT_LT(failures, count * 4 / 5);
}

TEST(properties, streams_of_small_messages_tell_the_same_with_and_without_the_run) {
    const std::size_t count = scaled(3000);
    std::size_t told_events = 0;
    for (std::size_t seed = 0; seed < count && !HasFatalFailure(); ++seed) {
        random_source random{seed + 1'000'000};
        configuration c;
        c.receiver = random.one_in(2) ? role::server : role::client;
        c.options.check_utf8 = !random.one_in(4);
        bytes stream = valid_stream(random, {.receiver = c.receiver, .max_messages = 60, .small_only = true});
        if (random.one_in(2)) stream = mutated(random, stream);
        const event_log expected = expected_events(stream, c);
        told_events += expected.events().size();
        for (int i = 0; i < 6 && !HasFatalFailure(); ++i) {
            const split cuts = i < 2 ? uncut() : random_split(random, stream.size());
            manner how = i < 2 ? manner{} : random_manner(random);
            how.one = false;
            for (const bool run : {true, false}) {
                c.options.run = run;
                ASSERT_EQ(fault(stream, c, expected, cuts, how), "")
                    << "seed " << seed << " run " << run << " " << to_string(how, cuts) << "\n"
                    << to_hex(stream);
            }
        }
    }
    EXPECT_GT(told_events, count * 15);
}

TEST(properties, large_frames_tell_the_same_at_every_split) {
    const std::size_t count = scaled(60);
    for (std::size_t seed = 0; seed < count && !HasFatalFailure(); ++seed) {
        random_source random{seed + 2'000'000};
        configuration c;
        c.receiver = random.one_in(2) ? role::server : role::client;
        bytes stream =
            valid_stream(random, {.receiver = c.receiver, .max_messages = 2, .max_payload = 140'000});
        if (random.one_in(2)) stream = mutated(random, stream);
        const event_log expected = expected_events(stream, c);
        for (int i = 0; i < 6; ++i) {
            const manner how = random_manner(random);
            split cuts = random_split(random, stream.size());
            while (cuts.size() > 3000) cuts = random_split(random, stream.size());
            ASSERT_EQ(fault(stream, c, expected, i == 0 ? uncut() : cuts, how), "")
                << "seed " << seed << " " << to_string(how, cuts) << "\n"
                << to_hex(stream);
        }
    }
}

// --- transformed messages

constexpr transform_kind kinds[] = {transform_kind::flip,  transform_kind::sip,     transform_kind::twice,
                                    transform_kind::hoard, transform_kind::stumble, transform_kind::truncate};

void expect_restored_every_way(std::uint64_t seed) {
    random_source random{seed + 3'000'000};
    const transform_kind kind = kinds[random.below(std::size(kinds))];
    configuration c = random_configuration(random);
    c.transformed = kind;
    const stream_profile profile{.receiver = c.receiver, .max_messages = 4, .message_rsv = rsv1};
    const bytes stream = any_stream(random, profile);
    const event_log expected = expected_events(stream, c);
    const auto expect = [&](const split& cuts, const manner& how) {
        c.options.run = !random.one_in(4);
        ASSERT_EQ(fault(stream, c, expected, cuts, how), "")
            << "seed " << seed << " kind " << static_cast<int>(kind) << "\n"
            << to_string(how, cuts) << "\n"
            << to_hex(stream);
    };
    expect(uncut(), manner{});
    expect(uncut(), manner{.capacity = 1});
    for (const std::size_t room : {1u, 2u, 3u, 7u, 4096u}) expect(uncut(), manner{.one = true, .room = room});
    expect(octet_by_octet(stream.size()), manner{.capacity = 2});
    expect(octet_by_octet(stream.size()), manner{.one = true, .room = 1});
    for (int i = 0; i < 4; ++i) expect(random_split(random, stream.size()), random_manner(random));
    if (stream.size() > 32) return;
    for (std::size_t at = 0; at <= stream.size(); ++at) expect({at}, random_manner(random));
}

TEST(properties, transformed_messages_tell_the_same_at_every_split_and_in_every_room) {
    const std::size_t count = scaled(5000);
    for (std::uint64_t seed = 0; seed < count && !HasFatalFailure(); ++seed) expect_restored_every_way(seed);
}

}  // namespace
}  // namespace wspc::test
