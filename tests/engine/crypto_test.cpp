// SPDX-License-Identifier: Apache-2.0
// The private header in front of the cryptographic libraries: the same answers from each of them.
#include "crypto.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/masking_keys.hpp>

namespace wspc::test {
namespace {

std::string hex(const crypto::sha1_digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : digest) {
        text += digits[std::to_integer<unsigned>(byte >> 4)];
        text += digits[std::to_integer<unsigned>(byte & std::byte{15})];
    }
    return text;
}

std::string base64(std::string_view text) {
    std::string to(crypto::base64_size(text.size()) + 1, '#');
    crypto::base64(std::as_bytes(std::span{text}), to.data());
    EXPECT_EQ(to.back(), '\0');
    to.pop_back();
    return to;
}

// RFC 3174 7.3, the FIPS 180 example of one million letters, and RFC 6455 1.3.
TEST(crypto, hashes_the_published_examples) {
    const std::pair<std::string, std::string_view> examples[]{
        {"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {std::string(1'000'000, 'a'), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
        {"dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
         "b37a4f2cc0624f1690f64606cf385945b2bec4ea"},
    };
    for (const auto& [text, expected] : examples) {
        crypto::sha1_digest digest{};
        ASSERT_TRUE(crypto::sha1(text, digest));
        EXPECT_EQ(hex(digest), expected);
    }
}

// RFC 4648 10.
TEST(crypto, encodes_the_published_examples) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("foob"), "Zm9vYg==");
    EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(crypto, encodes_every_group_of_six_bits) {
    std::string bytes;
    for (unsigned group = 0; group < 64; group += 4) {
        const unsigned bits = group << 18 | (group + 1) << 12 | (group + 2) << 6 | (group + 3);
        for (const unsigned shift : {16u, 8u, 0u}) bytes += static_cast<char>(bits >> shift & 255u);
    }
    EXPECT_EQ(base64(bytes), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}

TEST(crypto, wipes_memory) {
    std::array<std::byte, 300> bytes;
    bytes.fill(std::byte{7});
    crypto::wipe(std::span{bytes}.subspan(1, 298));
    EXPECT_EQ(std::count(bytes.begin(), bytes.end(), std::byte{0}), 298);
    EXPECT_EQ(bytes.front(), std::byte{7});
    EXPECT_EQ(bytes.back(), std::byte{7});
}

// More than the 64 KiB that one call of the library gives, and every octet of it.
TEST(crypto, fills_all_of_a_large_span_and_nothing_beside_it) {
    constexpr std::size_t size = 3 * 65536 + 77;
    const random_source source = system_random();
    std::vector<std::byte> bytes(size + 2, std::byte{9});
    // An octet that is zero after each of eight fills was not filled, or is one of 2^64.
    std::vector<std::byte> seen(size, std::byte{0});
    for (int round = 0; round < 8; ++round) {
        std::fill(bytes.begin() + 1, bytes.end() - 1, std::byte{0});
        ASSERT_TRUE(source.fill(source.context, std::span{bytes}.subspan(1, size)));
        for (std::size_t i = 0; i < size; ++i) seen[i] |= bytes[i + 1];
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), std::byte{0}), 0);
    EXPECT_EQ(bytes.front(), std::byte{9});
    EXPECT_EQ(bytes.back(), std::byte{9});
}

}  // namespace
}  // namespace wspc::test
