// SPDX-License-Identifier: Apache-2.0
// Which URLs are ws:// or wss:// URLs, and what their parts are (RFC 6455 3, RFC 3986).
#include <wspc/handshake.hpp>
#include <wspc/url.hpp>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "guarded.hpp"

namespace wspc {
namespace {

struct accepted {
    std::string_view text;
    bool secure;
    std::string_view host;
    std::uint16_t port;
    std::string_view host_header;
    std::string_view path;
    std::string_view query;
};

constexpr accepted good[] = {
    {"ws://example.com", false, "example.com", 80, "example.com", "/", ""},
    {"wss://example.com", true, "example.com", 443, "example.com", "/", ""},
    {"ws://example.com/", false, "example.com", 80, "example.com", "/", ""},
    {"WSS://Example.COM/Chat", true, "Example.COM", 443, "Example.COM", "/Chat", ""},
    {"wS://a/b/c?d=e&f", false, "a", 80, "a", "/b/c", "d=e&f"},
    {"ws://a?x", false, "a", 80, "a", "/", "x"},
    {"ws://a?", false, "a", 80, "a", "/", ""},
    {"ws://a/b?", false, "a", 80, "a", "/b", ""},
    {"ws://a/b?c/?d", false, "a", 80, "a", "/b", "c/?d"},
    {"ws://a//b/../c;d=e:f@g", false, "a", 80, "a", "//b/../c;d=e:f@g", ""},
    {"ws://a/%7e%C3%A4?%23", false, "a", 80, "a", "/%7e%C3%A4", "%23"},
    {"ws://a:80/", false, "a", 80, "a", "/", ""},
    {"ws://a:443/", false, "a", 443, "a:443", "/", ""},
    {"wss://a:80/", true, "a", 80, "a:80", "/", ""},
    {"wss://a:443", true, "a", 443, "a", "/", ""},
    {"ws://a:", false, "a", 80, "a", "/", ""},
    {"wss://a:/b", true, "a", 443, "a", "/b", ""},
    {"ws://a:1", false, "a", 1, "a:1", "/", ""},
    {"ws://a:65535/", false, "a", 65535, "a:65535", "/", ""},
    {"ws://a:0080/", false, "a", 80, "a", "/", ""},
    {"ws://127.0.0.1:9001/x", false, "127.0.0.1", 9001, "127.0.0.1:9001", "/x", ""},
    {"ws://[::1]", false, "::1", 80, "[::1]", "/", ""},
    {"ws://[::1]:8080/x", false, "::1", 8080, "[::1]:8080", "/x", ""},
    {"wss://[2001:DB8::7]:443/", true, "2001:DB8::7", 443, "[2001:DB8::7]", "/", ""},
    {"ws://[::]", false, "::", 80, "[::]", "/", ""},
    {"ws://[1:2:3:4:5:6:7:8]", false, "1:2:3:4:5:6:7:8", 80, "[1:2:3:4:5:6:7:8]", "/", ""},
    {"ws://[1:2:3:4:5:6:7::]", false, "1:2:3:4:5:6:7::", 80, "[1:2:3:4:5:6:7::]", "/", ""},
    {"ws://[::2:3:4:5:6:7:8]", false, "::2:3:4:5:6:7:8", 80, "[::2:3:4:5:6:7:8]", "/", ""},
    {"ws://[::ffff:192.0.2.1]", false, "::ffff:192.0.2.1", 80, "[::ffff:192.0.2.1]", "/", ""},
    {"ws://[1:2:3:4:5:6:1.2.3.4]", false, "1:2:3:4:5:6:1.2.3.4", 80, "[1:2:3:4:5:6:1.2.3.4]", "/", ""},
    {"ws://[v1.a:b]", false, "v1.a:b", 80, "[v1.a:b]", "/", ""},
    {"ws://a-b.c_d~!$&'()*+,;=%41", false, "a-b.c_d~!$&'()*+,;=%41", 80, "a-b.c_d~!$&'()*+,;=%41", "/", ""},
};

struct refused {
    std::string_view text;
    error why;
};

constexpr refused bad[] = {
    {"", error::url_invalid},
    {"example.com", error::url_invalid},
    {"/chat", error::url_invalid},
    {"//example.com/", error::url_invalid},
    {"://a", error::url_invalid},
    {"1ws://a", error::url_invalid},
    {" ws://a", error::url_invalid},
    {"w s://a", error::url_invalid},
    {"http://a/", error::url_scheme_unknown},
    {"https://a/", error::url_scheme_unknown},
    {"wsss://a/", error::url_scheme_unknown},
    {"w://a/", error::url_scheme_unknown},
    {"ws+unix://a/", error::url_scheme_unknown},
    {"localhost:8080", error::url_scheme_unknown},
    {"ws:", error::url_invalid},
    {"ws:a", error::url_invalid},
    {"ws:/a", error::url_invalid},
    {"ws:\\\\a", error::url_invalid},
    {"ws://", error::url_invalid},
    {"ws:///a", error::url_invalid},
    {"ws://?a", error::url_invalid},
    {"ws://:80/", error::url_invalid},
    {"ws://#", error::url_invalid},
    {"ws://a/#", error::url_fragment},
    {"ws://a#b", error::url_fragment},
    {"ws://a/b?c#d", error::url_fragment},
    {"ws://a/b c#d", error::url_invalid},
    {"ws://user@a/", error::url_invalid},
    {"ws://user:word@a/", error::url_invalid},
    {"ws://@a/", error::url_invalid},
    {"ws://a:1:2/", error::url_invalid},
    {"ws://a:0", error::url_invalid},
    {"wss://[::1]:00/", error::url_invalid},
    {"ws://a:65536/", error::url_invalid},
    {"ws://a:4294967376/", error::url_invalid},
    {"ws://a:18446744073709551696/", error::url_invalid},
    {"ws://a:-1/", error::url_invalid},
    {"ws://a:+1/", error::url_invalid},
    {"ws://a:8a/", error::url_invalid},
    {"ws://a: 80/", error::url_invalid},
    {"ws://a b/", error::url_invalid},
    {"ws://a\\b/", error::url_invalid},
    {"ws://a%/", error::url_invalid},
    {"ws://a%4/", error::url_invalid},
    {"ws://a%4g/", error::url_invalid},
    {"ws://a/%", error::url_invalid},
    {"ws://a/%a", error::url_invalid},
    {"ws://a/%ag", error::url_invalid},
    {"ws://a/%ga", error::url_invalid},
    {"ws://a/?%%41", error::url_invalid},
    {"ws://a/b c", error::url_invalid},
    {"ws://a/b\tc", error::url_invalid},
    {"ws://a/b\r\nX: y", error::url_invalid},
    {"ws://a\r\n/", error::url_invalid},
    {"ws://a/ ", error::url_invalid},
    {"ws://a/[", error::url_invalid},
    {"ws://a/\"", error::url_invalid},
    {"ws://a/<>", error::url_invalid},
    {"ws://a/\\", error::url_invalid},
    {"ws://a/^`{|}", error::url_invalid},
    {"ws://a/\x7f", error::url_invalid},
    {"ws://a/\xc3\xa4", error::url_invalid},
    {"ws://\xc3\xa4/", error::url_invalid},
    {std::string_view{"ws://a/\0b", 9}, error::url_invalid},
    {std::string_view{"ws://a\0b/", 9}, error::url_invalid},
    {"ws://[", error::url_invalid},
    {"ws://[]", error::url_invalid},
    {"ws://]", error::url_invalid},
    {"ws://[::1", error::url_invalid},
    {"ws://::1/", error::url_invalid},
    {"ws://[::1]a/", error::url_invalid},
    {"ws://[::1]8080/", error::url_invalid},
    {"ws://a[::1]/", error::url_invalid},
    {"ws://[:]", error::url_invalid},
    {"ws://[:::]", error::url_invalid},
    {"ws://[:1]", error::url_invalid},
    {"ws://[1:]", error::url_invalid},
    {"ws://[1::2::3]", error::url_invalid},
    {"ws://[1:2:3:4:5:6:7]", error::url_invalid},
    {"ws://[1:2:3:4:5:6:7:8:9]", error::url_invalid},
    {"ws://[1:2:3:4::5:6:7:8]", error::url_invalid},
    {"ws://[1:2:3:4:5:6:7:8:]", error::url_invalid},
    {"ws://[::1:]", error::url_invalid},
    {"ws://[12345::]", error::url_invalid},
    {"ws://[g::]", error::url_invalid},
    {"ws://[::1.2.3]", error::url_invalid},
    {"ws://[::1.2.3.256]", error::url_invalid},
    {"ws://[::1.2.3.04]", error::url_invalid},
    {"ws://[::1.2.3.4:5]", error::url_invalid},
    {"ws://[1:2:3:4:5:6:7:1.2.3.4]", error::url_invalid},
    {"ws://[fe80::1%25eth0]", error::url_invalid},
    {"ws://[127.0.0.1]", error::url_invalid},
    {"ws://[v.a]", error::url_invalid},
    {"ws://[v1.]", error::url_invalid},
    {"ws://[v1]", error::url_invalid},
    {"ws://[vg.a]", error::url_invalid},
    {"ws://[v1.a/b]", error::url_invalid},
};

TEST(url, gives_the_parts_of_valid_urls) {
    for (const accepted& want : good) {
        SCOPED_TRACE(want.text);
        testing::guarded text{want.text};
        const result<url> got = parse_url(text.text());
        ASSERT_EQ(got.code, error::none);
        EXPECT_EQ(got.value.secure, want.secure);
        EXPECT_EQ(got.value.host, want.host);
        EXPECT_EQ(got.value.port, want.port);
        EXPECT_EQ(got.value.host_header, want.host_header);
        EXPECT_EQ(got.value.path, want.path);
        EXPECT_EQ(got.value.query, want.query);
    }
}

TEST(url, names_a_host_that_the_handshake_takes) {
    for (const accepted& want : good) {
        const result<url> got = parse_url(want.text);
        char storage[128];
        EXPECT_EQ(make_request({.host = got.value.host_header}, storage).code, error::none) << want.text;
    }
}

TEST(url, says_what_is_wrong_with_others) {
    for (const refused& want : bad) {
        SCOPED_TRACE(want.text);
        testing::guarded text{want.text};
        EXPECT_EQ(parse_url(text.text()).code, want.why);
    }
}

TEST(url, reads_every_truncation_without_leaving_the_text) {
    for (const accepted& want : good) {
        for (std::size_t size = 0; size <= want.text.size(); ++size) {
            testing::guarded text{want.text.substr(0, size)};
            const result<url> got = parse_url(text.text());
            if (size < sizeof "ws://") {
                EXPECT_NE(got.code, error::none) << text.text();
            } else if (got.code == error::none) {
                EXPECT_FALSE(got.value.host.empty()) << text.text();
            }
        }
    }
}

// RFC 3986 2, 3.3, 3.4: written out here once more, so that the table of the source has a witness.
TEST(url, takes_exactly_the_characters_of_the_grammar) {
    const std::string_view unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    const std::string_view sub_delims = "!$&'()*+,;=";
    for (int c = 0; c < 256; ++c) {
        const char character = static_cast<char>(c);
        const bool common = unreserved.find(character) != std::string_view::npos ||
                            sub_delims.find(character) != std::string_view::npos;
        const bool path = common || std::string_view{":@/?"}.find(character) != std::string_view::npos;
        SCOPED_TRACE(c);
        const error fragment = character == '#' ? error::url_fragment : error::url_invalid;
        EXPECT_EQ(parse_url(std::string{"ws://a/b"} + character).code, path ? error::none : fragment);
        EXPECT_EQ(parse_url(std::string{"ws://a/?b"} + character).code, path ? error::none : fragment);
        if (std::string_view{":/?#"}.find(character) != std::string_view::npos) continue;
        EXPECT_EQ(parse_url(std::string{"ws://a"} + character + "b").code,
                  common ? error::none : error::url_invalid);
    }
}

TEST(url, knows_every_port_and_no_other) {
    for (unsigned port = 0; port <= 70000; ++port) {
        const bool known = port >= 1 && port <= 65535;
        const std::string text = "wss://a:" + std::to_string(port);
        const result<url> got = parse_url(text);
        ASSERT_EQ(got.code, known ? error::none : error::url_invalid) << port;
        if (!known) continue;
        ASSERT_EQ(got.value.port, port);
        ASSERT_EQ(got.value.host_header, port == 443 ? "a" : "a:" + std::to_string(port));
    }
}

}  // namespace
}  // namespace wspc
