// SPDX-License-Identifier: Apache-2.0
#include <wspc/error.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace wspc::test {
namespace {

std::vector<error> all_errors() {
    std::vector<error> made;
    for (unsigned i = 0; i <= static_cast<unsigned>(error::last_); ++i) made.push_back(static_cast<error>(i));
    return made;
}

// What follows the last enumerator is described by the row for numbers that are no enumerators.
std::string_view text_of_no_enumerator() {
    return text(static_cast<error>(static_cast<unsigned>(error::last_) + 1));
}

TEST(error, has_a_text_of_its_own_for_every_enumerator) {
    std::set<std::string_view> seen;
    for (const error code : all_errors()) {
        EXPECT_NE(text(code), text_of_no_enumerator()) << static_cast<unsigned>(code);
        EXPECT_TRUE(seen.insert(text(code)).second) << "twice: " << text(code);
    }
    EXPECT_GT(seen.size(), 50u);
}

TEST(error, has_short_plain_texts_without_a_full_stop) {
    for (const error code : all_errors()) {
        const std::string_view said = text(code);
        ASSERT_FALSE(said.empty()) << static_cast<unsigned>(code);
        EXPECT_LE(said.size(), 120u) << said;
        EXPECT_NE(said.back(), '.') << said;
        for (const char c : said) EXPECT_TRUE(c >= ' ' && c <= '~') << said;
    }
}

TEST(error, names_the_section_of_an_rfc_or_none) {
    for (const error code : all_errors()) {
        const std::string_view named = section(code);
        if (named.empty()) continue;
        EXPECT_TRUE(named.starts_with("RFC ")) << named;
        EXPECT_GE(named.find(' ', 4), 8u) << named;
        EXPECT_GE(named.back(), '0') << named;
        EXPECT_LE(named.back(), '9') << named;
    }
    EXPECT_EQ(section(error::fragmented_control), "RFC 6455 5.5");
    EXPECT_EQ(section(error::text_not_utf8), "RFC 6455 8.1");
    EXPECT_EQ(section(error::none), "");
}

TEST(error, gives_protocol_errors_the_close_code_1002) {
    for (const error code :
         {error::reserved_bits, error::reserved_opcode, error::fragmented_control, error::control_too_long,
          error::mask_missing, error::mask_unexpected, error::length_not_minimal, error::length_too_large,
          error::unexpected_continuation, error::expected_continuation, error::close_body_too_short,
          error::close_code_invalid})
        EXPECT_EQ(close_code(code), 1002) << text(code);
}

TEST(error, gives_wrong_data_the_close_code_1007) {
    for (const error code : {error::close_reason_not_utf8, error::text_not_utf8, error::transform_failed})
        EXPECT_EQ(close_code(code), 1007) << text(code);
}

TEST(error, gives_exceeded_limits_the_close_codes_1008_and_1009) {
    EXPECT_EQ(close_code(error::frame_too_big), 1009);
    EXPECT_EQ(close_code(error::message_too_big), 1009);
    EXPECT_EQ(close_code(error::too_many_fragments), 1008);
}

TEST(error, gives_no_close_code_where_the_peer_is_not_to_blame_or_no_connection_exists) {
    for (const error code : all_errors()) {
        const bool of_the_peer = code != error::none && code <= error::transform_failed;
        EXPECT_EQ(close_code(code) == 0, !of_the_peer) << text(code);
    }
}

TEST(failure, is_true_only_with_an_error) {
    EXPECT_FALSE(failure{});
    EXPECT_TRUE((failure{error::reserved_bits, 0}));
    EXPECT_EQ((failure{error::reserved_bits, 7}), (failure{error::reserved_bits, 7}));
    EXPECT_NE((failure{error::reserved_bits, 7}), (failure{error::reserved_bits, 8}));
}

TEST(result, is_true_only_without_an_error) {
    EXPECT_TRUE((result<int>{3}));
    EXPECT_FALSE((result<int>{3, error::no_room}));
}

}  // namespace
}  // namespace wspc::test
