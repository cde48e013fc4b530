// SPDX-License-Identifier: Apache-2.0
#include <wspc/frame.hpp>

#include <array>
#include <optional>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/guarded_memory.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

constexpr header_rules as_server{.receiver = role::server};
constexpr header_rules as_client{.receiver = role::client};
constexpr header_rules either_way{.any_masking = true};

// Decodes what ends at a page that nobody may touch.
decoded_header decode(const bytes& header, const header_rules& rules) {
    static const guarded_memory memory{64};
    return decode_header(memory.copy_at_end(header), rules);
}

void expect_failed(const bytes& header, const header_rules& rules, error code, std::size_t octet) {
    const decoded_header got = decode(header, rules);
    EXPECT_EQ(got.status, decode_status::failed) << to_hex(header);
    EXPECT_EQ(got.code, code) << to_hex(header) << text(got.code);
    EXPECT_EQ(got.size, octet) << to_hex(header);
}

void expect_complete(const bytes& header, const header_rules& rules, std::uint64_t length) {
    const decoded_header got = decode(header, rules);
    EXPECT_EQ(got.status, decode_status::complete) << to_hex(header) << text(got.code);
    EXPECT_EQ(got.code, error::none) << to_hex(header);
    EXPECT_EQ(got.size, header.size()) << to_hex(header);
    EXPECT_EQ(got.header.length, length) << to_hex(header);
    EXPECT_TRUE(got.length_known);
}

// What RFC 6455 says of two octets, in the order in which they arrive.
struct expectation {
    error code = error::none;
    std::size_t octet = 0;
};

expectation judge(unsigned first, unsigned second, const header_rules& rules) {
    const unsigned op = first & 15;
    const bool control = op >= 8;
    const unsigned unclaimed = control ? 0x70u : 0x70u & ~unsigned{rules.allowed_rsv};
    if ((first & unclaimed) != 0) return {error::reserved_bits, 0};
    if ((op >= 3 && op <= 7) || op >= 11) return {error::reserved_opcode, 0};
    if (control && first < 0x80) return {error::fragmented_control, 0};
    const bool masked = second >= 0x80;
    if (!rules.any_masking && rules.receiver == role::server && !masked) return {error::mask_missing, 1};
    if (!rules.any_masking && rules.receiver == role::client && masked) return {error::mask_unexpected, 1};
    if (control && (second & 0x7f) > 125) return {error::control_too_long, 1};
    if (op == 8 && (second & 0x7f) == 1) return {error::close_body_too_short, 1};
    return {};
}

TEST(decode_header, judges_all_pairs_of_first_octets_for_both_roles_and_all_reserved_bits) {
    std::size_t accepted = 0;
    for (unsigned rsv = 0; rsv <= 0x70; rsv += 0x10) {
        const auto allowed = static_cast<std::uint8_t>(rsv);
        for (const header_rules& rules :
             {header_rules{role::server, allowed}, header_rules{role::client, allowed},
              header_rules{role::server, allowed, true}}) {
            for (unsigned pair = 0; pair < 65536; ++pair) {
                const unsigned first = pair >> 8;
                const unsigned second = pair & 0xff;
                const std::array two{static_cast<std::byte>(first), static_cast<std::byte>(second)};
                const decoded_header got = decode_header(two, rules);
                const expectation expected = judge(first, second, rules);
                ASSERT_EQ(got.code, expected.code) << std::hex << pair << " rsv " << rsv;
                if (expected.code != error::none) {
                    ASSERT_EQ(got.status, decode_status::failed) << std::hex << pair;
                    ASSERT_EQ(got.size, expected.octet) << std::hex << pair;
                    // One octet is enough where one octet decides.
                    const decoded_header early = decode_header(std::span{two}.first(1), rules);
                    ASSERT_EQ(early.status == decode_status::failed, expected.octet == 0) << std::hex << pair;
                    continue;
                }
                ++accepted;
                const bool whole = second <= 125;
                ASSERT_EQ(got.status, whole ? decode_status::complete : decode_status::need_more)
                    << std::hex << pair;
                ASSERT_EQ(got.header.fin, first >= 0x80);
                ASSERT_EQ(got.header.rsv, first & 0x70);
                ASSERT_EQ(static_cast<unsigned>(got.header.op), first & 15);
                ASSERT_EQ(got.header.masked, second >= 0x80);
            }
        }
    }
    EXPECT_GT(accepted, 50'000u);
}

TEST(decode_header, accepts_every_length_form_at_its_borders) {
    for (const std::uint64_t length :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{125}, std::uint64_t{126}, std::uint64_t{127},
          std::uint64_t{128}, std::uint64_t{255}, std::uint64_t{256}, std::uint64_t{65535},
          std::uint64_t{65536}, std::uint64_t{65537}, (std::uint64_t{1} << 32) - 1, std::uint64_t{1} << 32,
          (std::uint64_t{1} << 56) + 3, (std::uint64_t{1} << 63) - 1}) {
        expect_complete(wire_header({.op = 2, .declared = length}), as_client, length);
        expect_complete(wire_header({.op = 2, .key = usual_key, .declared = length}), as_server, length);
    }
}

TEST(decode_header, rejects_a_16_bit_length_below_126_at_its_second_octet) {
    for (std::uint64_t length = 0; length < 126; ++length) {
        expect_failed(wire_header({.op = 2, .form = length_form::bits16, .declared = length}), as_client,
                      error::length_not_minimal, 3);
        expect_failed(octets({0x82, 0xfe, 0, static_cast<unsigned>(length)}), as_server,
                      error::length_not_minimal, 3);
    }
    expect_complete(octets({0x82, 126, 0, 126}), as_client, 126);
}

TEST(decode_header, rejects_a_64_bit_length_below_65536_at_its_sixth_octet) {
    for (const std::uint64_t length : {0u, 1u, 125u, 126u, 255u, 256u, 65535u}) {
        const bytes header = wire_header({.op = 2, .form = length_form::bits64, .declared = length});
        expect_failed(header, as_client, error::length_not_minimal, 7);
        expect_failed({header.begin(), header.begin() + 8}, as_client, error::length_not_minimal, 7);
        EXPECT_EQ(decode({header.begin(), header.begin() + 7}, as_client).status, decode_status::need_more);
    }
    expect_complete(wire_header({.op = 2, .declared = 65536}), as_client, 65536);
}

TEST(decode_header, rejects_a_64_bit_length_with_the_high_bit_set_at_its_first_octet) {
    for (const unsigned high : {0x80u, 0x81u, 0xc0u, 0xffu}) {
        expect_failed(octets({0x82, 127, high}), as_client, error::length_too_large, 2);
        expect_failed(octets({0x82, 0xff, high, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}), as_server,
                      error::length_too_large, 2);
    }
    expect_complete(wire_header({.op = 2, .declared = (std::uint64_t{1} << 63) - 1}), as_client,
                    (std::uint64_t{1} << 63) - 1);
}

TEST(decode_header, says_how_much_it_needs_of_every_truncated_header) {
    for (const bool masked : {false, true}) {
        for (const std::uint64_t length :
             {std::uint64_t{0}, std::uint64_t{125}, std::uint64_t{126}, std::uint64_t{65535},
              std::uint64_t{65536}, std::uint64_t{1} << 62}) {
            wire_frame frame{.op = 1, .declared = length};
            if (masked) frame.key = usual_key;
            const bytes header = wire_header(frame);
            const std::size_t length_end = header.size() - (masked ? 4 : 0);
            for (std::size_t size = 0; size < header.size(); ++size) {
                const decoded_header got =
                    decode({header.begin(), header.begin() + static_cast<std::ptrdiff_t>(size)}, either_way);
                ASSERT_EQ(got.status, decode_status::need_more) << size;
                EXPECT_EQ(got.code, error::none);
                EXPECT_EQ(got.size, size < 2 ? 2 : header.size()) << size;
                EXPECT_EQ(got.length_known, size >= length_end) << size;
                // One octet of a longer form says nothing about the length.
                const bool short_form = length < 126 && size >= 2;
                EXPECT_EQ(got.header.length, got.length_known || short_form ? length : 0) << size;
            }
            const decoded_header got = decode(header, either_way);
            EXPECT_EQ(got.status, decode_status::complete);
            EXPECT_EQ(got.header.length, length);
            EXPECT_EQ(got.header.masked, masked);
            EXPECT_EQ(got.header.key, masked ? usual_key : masking_key{});
        }
    }
}

TEST(decode_header, looks_at_nothing_behind_the_header) {
    bytes header = wire_header({.op = 2, .key = usual_key, .declared = 300});
    const std::size_t size = header.size();
    header += counted_bytes(40);
    const decoded_header got = decode(header, as_server);
    EXPECT_EQ(got.status, decode_status::complete);
    EXPECT_EQ(got.size, size);
}

TEST(encode_header, writes_what_decode_header_reads) {
    const guarded_memory memory{64};
    random_source random{1};
    for (std::size_t i = 0; i < scaled(200'000); ++i) {
        frame_header header;
        header.length = random.next() >> random.between(1, 63);
        header.op = std::array{opcode::continuation, opcode::text, opcode::binary,
                               opcode::close,        opcode::ping, opcode::pong}[random.below(6)];
        if (is_control(header.op)) header.length = header.length % 124 + 2;
        header.fin = is_control(header.op) || random.one_in(2);
        header.rsv =
            is_control(header.op) ? std::uint8_t{0} : static_cast<std::uint8_t>(random.below(8) << 4);
        header.masked = random.one_in(2);
        if (header.masked)
            for (std::byte& b : header.key) b = random.octet();
        const std::size_t size = header_size(header.length, header.masked);
        ASSERT_LE(size, max_header_size);
        const std::span<std::byte> to = memory.at_end(size);
        ASSERT_EQ(encode_header(to.data(), header), size);
        const decoded_header got = decode_header(to, {role::server, 0x70, true});
        ASSERT_EQ(got.status, decode_status::complete) << to_hex(to);
        ASSERT_EQ(got.size, size);
        ASSERT_EQ(got.header, header) << to_hex(to);
    }
}

TEST(encode_header, writes_the_octets_of_the_rfc) {
    // RFC 6455 5.7: a single-frame unmasked text message, a masked one, 256 bytes and 64 KiB of
    // binary.
    std::array<std::byte, max_header_size> to{};
    const auto encoded = [&](const frame_header& header) {
        const std::size_t size = encode_header(to.data(), header);
        return bytes(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(size));
    };
    EXPECT_EQ(encoded({.length = 5, .op = opcode::text}), octets({0x81, 0x05}));
    EXPECT_EQ(encoded({.length = 5, .key = usual_key, .op = opcode::text, .masked = true}),
              octets({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d}));
    EXPECT_EQ(encoded({.length = 3, .op = opcode::text, .fin = false}), octets({0x01, 0x03}));
    EXPECT_EQ(encoded({.length = 256, .op = opcode::binary}), octets({0x82, 0x7e, 0x01, 0x00}));
    EXPECT_EQ(encoded({.length = 65536, .op = opcode::binary}), octets({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}));
    EXPECT_EQ(encoded({.op = opcode::text, .rsv = rsv1 | rsv3}), octets({0xd1, 0x00}));
}

TEST(header_size, changes_at_126_and_65536) {
    EXPECT_EQ(header_size(125, false), 2u);
    EXPECT_EQ(header_size(126, false), 4u);
    EXPECT_EQ(header_size(65535, false), 4u);
    EXPECT_EQ(header_size(65536, false), 10u);
    EXPECT_EQ(header_size(UINT64_MAX, true), max_header_size);
}

TEST(is_close_code, accepts_exactly_the_codes_that_may_be_on_the_wire) {
    for (unsigned code = 0; code <= 65535; ++code) {
        // RFC 6455 7.4.1 and 7.4.2; 1012 to 1014 are registered with IANA, 1004 to 1006 and 1015
        // are reserved.
        const bool valid = code == 1000 || code == 1001 || code == 1002 || code == 1003 || code == 1007 ||
                           code == 1008 || code == 1009 || code == 1010 || code == 1011 || code == 1012 ||
                           code == 1013 || code == 1014 || (code >= 3000 && code <= 4999);
        ASSERT_EQ(is_close_code(static_cast<std::uint16_t>(code)), valid) << code;
    }
}

}  // namespace
}  // namespace wspc::test
