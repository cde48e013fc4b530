// SPDX-License-Identifier: Apache-2.0
// Close frames as a message_reader takes them: every length of body and every status code.
#include <wspc/message_reader.hpp>

#include <gtest/gtest.h>

#include "reading.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

bytes close_frame(const bytes& body, role receiver = role::server) { return wire_to(receiver, 8, body); }

bytes code_bytes(unsigned code) { return octets({code >> 8, code & 255}); }

TEST(close_rules, take_every_length_of_body_but_1_and_126) {
    for (const role receiver : {role::server, role::client}) {
        const reading how{.receiver = receiver};
        expect_told(close_frame({}, receiver), {close(no_close_code)}, how);
        expect_failure(close_frame(octets({3}), receiver), error::close_body_too_short, 1, how);
        for (std::size_t size = 2; size <= 125; ++size) {
            const bytes reason(size - 2, std::byte{'r'});
            expect_told(close_frame(code_bytes(1000) + reason, receiver), {close(1000, reason)}, how);
        }
        expect_failure(close_frame(code_bytes(1000) + bytes(124, std::byte{'r'}), receiver),
                       error::control_too_long, 1, how);
    }
}

TEST(close_rules, judge_every_status_code_at_the_octet_that_decides) {
    const bytes key(usual_key.begin(), usual_key.end());
    std::size_t accepted = 0;
    for (unsigned code = 0; code <= 65535; ++code) {
        const bool valid =
            (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
        // The first octet of a code decides unless a valid code begins with it.
        const unsigned high = code >> 8;
        const bool may_begin = high == 1000 >> 8 || (high >= 3000 >> 8 && high <= 4999 >> 8);
        const bytes stream = close_frame(code_bytes(code));
        for (const bool octets_alone : {false, true}) {
            message_reader reader{role::server};
            bytes fed = stream;
            received_one got;
            if (octets_alone)
                for (std::size_t i = 0; i < fed.size() && got.event.kind == event_kind::none; ++i)
                    got = reader.receive_one(std::span{fed}.subspan(i, 1));
            else
                got = reader.receive_one(fed);
            ASSERT_EQ(got.event.kind, valid ? event_kind::close : event_kind::failed) << code;
            ASSERT_EQ(reader.closed(), valid) << code;
            if (valid) {
                ASSERT_EQ(got.event.code, code);
                ASSERT_TRUE(got.event.bytes.empty());
                ++accepted;
            } else {
                ASSERT_EQ(reader.failed(), (failure{error::close_code_invalid, may_begin ? 7u : 6u})) << code;
            }
        }
    }
    EXPECT_EQ(accepted, 2u * (12 + 2000));
}

TEST(close_rules, reject_a_reason_that_is_not_utf8_at_the_octet_that_decides) {
    const auto stream = [](const bytes& reason) { return close_frame(code_bytes(1000) + reason); };
    constexpr std::size_t reason_at = 8;
    expect_told(stream(text_bytes("\xce\xba\xe1\xbd\xb9")),
                {close(1000, text_bytes("\xce\xba\xe1\xbd\xb9"))});
    expect_failure(stream(octets({'a', 0xff})), error::close_reason_not_utf8, reason_at + 1);
    expect_failure(stream(octets({0xc0, 0xaf})), error::close_reason_not_utf8, reason_at);
    expect_failure(stream(octets({0xed, 0xa0, 0x80})), error::close_reason_not_utf8, reason_at + 1);
    expect_failure(stream(octets({0xf4, 0x90, 0x80, 0x80})), error::close_reason_not_utf8, reason_at + 1);
    // Nothing follows a Close: a character that its body cannot hold is wrong where it begins.
    expect_failure(stream(octets({'a', 'b', 0xe2, 0x82})), error::close_reason_not_utf8, reason_at + 2);
    expect_failure(stream(octets({'a', 0xf0})), error::close_reason_not_utf8, reason_at + 1);
    reading unchecked;
    unchecked.options.check_utf8 = false;
    expect_told(stream(octets({'a', 0xff})), {close(1000, octets({'a', 0xff}))}, unchecked);
}

TEST(close_rules, judge_the_code_before_the_reason_and_before_the_rest_arrives) {
    expect_failure(close_frame(code_bytes(1005) + octets({0xff})), error::close_code_invalid, 7);
    expect_failure(octets({0x88, 125, 0x03, 0xed}), error::close_code_invalid, 3, {.receiver = role::client});
    expect_failure(octets({0x88, 125, 0x14}), error::close_code_invalid, 2, {.receiver = role::client});
    expect_failure(octets({0x88, 125, 0x03, 0xe8, 0xc1}), error::close_reason_not_utf8, 4,
                   {.receiver = role::client});
}

}  // namespace
}  // namespace wspc::test
