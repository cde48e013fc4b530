// SPDX-License-Identifier: Apache-2.0
// The frame reference alone: the examples of RFC 6455 5.7 and each of its refusals, as octets.
#include "support/reference_frames.hpp"

#include <gtest/gtest.h>

namespace wspc::test {
namespace {

constexpr header_rules as_server{.receiver = role::server};
constexpr header_rules as_client{.receiver = role::client};

void expect_one(const reference_frames& got, opcode op, const bytes& payload, bool fin = true) {
    EXPECT_EQ(got.failed, failure{});
    EXPECT_TRUE(got.partial_header.empty());
    ASSERT_EQ(got.frames.size(), 1u);
    const reference_frame& frame = got.frames[0];
    EXPECT_EQ(frame.header.op, op);
    EXPECT_EQ(frame.header.fin, fin);
    EXPECT_EQ(frame.header.rsv, 0);
    EXPECT_EQ(frame.payload, payload);
    EXPECT_TRUE(frame.complete());
}

void expect_refused(const bytes& stream, const header_rules& rules, error code, std::uint64_t offset) {
    const reference_frames got = split_into_frames(stream, rules);
    EXPECT_EQ(got.failed, (failure{code, offset})) << to_hex(stream) << text(got.failed.code);
    // One octet less, and nothing has been decided.
    const bytes before(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(offset));
    EXPECT_EQ(split_into_frames(before, rules).failed, failure{}) << to_hex(before);
}

TEST(reference_frames, gives_the_examples_of_the_rfc) {
    const bytes hello = text_bytes("Hello");
    expect_one(split_into_frames(octets({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), as_client), opcode::text,
               hello);
    const bytes masked = octets({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
    expect_one(split_into_frames(masked, as_server), opcode::text, hello);
    expect_one(split_into_frames(octets({0x01, 0x03, 0x48, 0x65, 0x6c}), as_client), opcode::text,
               text_bytes("Hel"), false);
    expect_one(split_into_frames(octets({0x80, 0x02, 0x6c, 0x6f}), as_client), opcode::continuation,
               text_bytes("lo"));
    expect_one(split_into_frames(octets({0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), as_client), opcode::ping,
               hello);
    const bytes pong = octets({0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
    expect_one(split_into_frames(pong, as_server), opcode::pong, hello);
    const bytes of_256 = counted_bytes(256);
    expect_one(split_into_frames(octets({0x82, 0x7e, 0x01, 0x00}) + of_256, as_client), opcode::binary,
               of_256);
    const bytes of_64k = counted_bytes(65536);
    expect_one(split_into_frames(octets({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}) + of_64k, as_client),
               opcode::binary, of_64k);
}

TEST(reference_frames, tells_where_each_of_several_frames_starts) {
    const bytes stream = octets({0x82, 0x01, 0xaa, 0x89, 0x00, 0x02, 0x03, 0xbb, 0xcc});
    const reference_frames got = split_into_frames(stream, as_client);
    ASSERT_EQ(got.frames.size(), 3u);
    EXPECT_EQ(got.frames[1].start, 3u);
    EXPECT_EQ(got.frames[2].start, 5u);
    EXPECT_EQ(got.frames[2].header.length, 3u);
    EXPECT_EQ(got.frames[2].payload, octets({0xbb, 0xcc}));
    EXPECT_FALSE(got.frames[2].complete());
}

TEST(reference_frames, keeps_a_header_that_is_not_complete) {
    const bytes header = octets({0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 9, 8, 7, 6});
    for (std::size_t size = 1; size < header.size(); ++size) {
        const bytes front(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(size));
        const reference_frames got = split_into_frames(front, as_server);
        EXPECT_TRUE(got.frames.empty());
        EXPECT_EQ(got.partial_header, front);
        EXPECT_EQ(got.failed, failure{});
    }
    const reference_frames whole = split_into_frames(header, as_server);
    ASSERT_EQ(whole.frames.size(), 1u);
    EXPECT_EQ(whole.frames[0].header.length, 65536u);
    EXPECT_EQ(whole.frames[0].header.key,
              (masking_key{std::byte{9}, std::byte{8}, std::byte{7}, std::byte{6}}));
    EXPECT_TRUE(whole.partial_header.empty());
}

TEST(reference_frames, refuses_what_the_rfc_refuses_with_the_octet_that_decides) {
    expect_refused(octets({0xc1}), as_client, error::reserved_bits, 0);
    expect_refused(octets({0x82, 0x00, 0x91}), as_client, error::reserved_bits, 2);
    for (const unsigned op : {3u, 7u, 11u, 15u})
        expect_refused(octets({0x80 | op}), as_client, error::reserved_opcode, 0);
    for (const unsigned op : {8u, 9u, 10u}) {
        expect_refused(octets({op}), as_client, error::fragmented_control, 0);
        expect_refused(octets({0x80 | op, 126}), as_client, error::control_too_long, 1);
        expect_refused(octets({0x80 | op, 0xff}), as_server, error::control_too_long, 1);
    }
    expect_refused(octets({0x88, 0x01}), as_client, error::close_body_too_short, 1);
    expect_refused(octets({0x81, 0x05}), as_server, error::mask_missing, 1);
    expect_refused(octets({0x81, 0x85}), as_client, error::mask_unexpected, 1);
    expect_refused(octets({0x82, 126, 0, 125}), as_client, error::length_not_minimal, 3);
    expect_refused(octets({0x82, 127, 0, 0, 0, 0, 0, 0}), as_client, error::length_not_minimal, 7);
    expect_refused(octets({0x82, 127, 0x80}), as_client, error::length_too_large, 2);
}

TEST(reference_frames, takes_the_least_and_the_most_of_each_length_form) {
    const auto length_of = [](const bytes& header) {
        const reference_frames got = split_into_frames(header, as_client);
        EXPECT_EQ(got.frames.size(), 1u) << to_hex(header);
        return got.frames.empty() ? 0 : got.frames[0].header.length;
    };
    EXPECT_EQ(length_of(octets({0x82, 125})), 125u);
    EXPECT_EQ(length_of(octets({0x82, 126, 0, 126})), 126u);
    EXPECT_EQ(length_of(octets({0x82, 126, 255, 255})), 65535u);
    EXPECT_EQ(length_of(octets({0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0})), 65536u);
    EXPECT_EQ(length_of(octets({0x82, 127, 127, 255, 255, 255, 255, 255, 255, 255})), UINT64_MAX >> 1);
}

TEST(reference_frames, takes_what_the_rules_allow) {
    const header_rules rsv{.receiver = role::client, .allowed_rsv = rsv1};
    expect_refused(octets({0xa1}), rsv, error::reserved_bits, 0);
    expect_refused(octets({0xc9}), rsv, error::reserved_bits, 0);
    const reference_frames marked = split_into_frames(octets({0xc1, 0x00}), rsv);
    ASSERT_EQ(marked.frames.size(), 1u);
    EXPECT_EQ(marked.frames[0].header.rsv, rsv1);
    const header_rules any{.receiver = role::client, .any_masking = true};
    EXPECT_EQ(split_into_frames(octets({0x81, 0x80, 1, 2, 3, 4, 0x81, 0x00}), any).frames.size(), 2u);
}

}  // namespace
}  // namespace wspc::test
