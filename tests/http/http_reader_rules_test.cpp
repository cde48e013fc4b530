// SPDX-License-Identifier: Apache-2.0
// Which requests and responses are read, and what they give (RFC 9112).
#include <wspc/http.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "http_reading.hpp"

namespace wspc {
namespace {

using namespace std::string_literals;

TEST(request_reader, gives_the_parts_of_a_request_to_upgrade) {
    const outcome got = read_all_ways<request_reader>(upgrade_request);
    ASSERT_EQ(got.status, read_status::complete);
    EXPECT_EQ(got.consumed, upgrade_request.size());
    EXPECT_EQ(got.method, "GET");
    EXPECT_EQ(got.target, "/chat?room=1");
    EXPECT_EQ(got.version, 11u);
    const std::vector<std::pair<std::string, std::string>> want = {
        {"Host", "example.com:8000"},
        {"Upgrade", "websocket"},
        {"Connection", "Upgrade"},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
        {"Sec-WebSocket-Version", "13"}};
    EXPECT_EQ(got.headers, want);
}

TEST(response_reader, gives_the_parts_of_a_response) {
    const outcome got = read_all_ways<response_reader>(upgrade_response);
    ASSERT_EQ(got.status, read_status::complete);
    EXPECT_EQ(got.consumed, upgrade_response.size());
    EXPECT_EQ(got.status_code, 101u);
    ASSERT_EQ(got.headers.size(), 3u);
    EXPECT_EQ(got.headers[2].first, "Sec-WebSocket-Accept");
    EXPECT_EQ(got.headers[2].second, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

struct accepted_request {
    std::string text;
    std::string method, target;
    unsigned version;
    std::vector<std::pair<std::string, std::string>> headers;
};

const accepted_request good_requests[] = {
    {"GET / HTTP/1.1\r\n\r\n", "GET", "/", 11, {}},
    {"GET / HTTP/1.0\r\n\r\n", "GET", "/", 10, {}},
    {"GET / HTTP/1.2\r\nA: b\r\n\r\n", "GET", "/", 12, {{"A", "b"}}},
    {"GET / HTTP/1.9\r\n\r\n", "GET", "/", 19, {}},
    {"HEAD /a HTTP/1.1\r\n\r\n", "HEAD", "/a", 11, {}},
    {"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "POST", "/a", 11, {{"Content-Length", "0"}}},
    {"POST /a HTTP/1.1\r\nContent-Length:  000 \r\n\r\n", "POST", "/a", 11, {{"Content-Length", "000"}}},
    {"OPTIONS * HTTP/1.1\r\n\r\n", "OPTIONS", "*", 11, {}},
    {"CONNECT a:80 HTTP/1.1\r\n\r\n", "CONNECT", "a:80", 11, {}},
    {"GET http://a/b HTTP/1.1\r\n\r\n", "GET", "http://a/b", 11, {}},
    // RFC 9112 2.2: empty lines before the request line.
    {"\r\nGET / HTTP/1.1\r\n\r\n", "GET", "/", 11, {}},
    {"\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", "GET", "/", 11, {}},
    // RFC 9112 5.1: blanks around a value, none at all, empty values.
    {"GET / HTTP/1.1\r\nA:b\r\nC: \t d \t \r\nE:\r\nF: \t\r\nG: h i\tj\r\n\r\n",
     "GET",
     "/",
     11,
     {{"A", "b"}, {"C", "d"}, {"E", ""}, {"F", ""}, {"G", "h i\tj"}}},
    // RFC 9110 5.5: obs-text is opaque; 5.6.2: all characters of a token.
    {"GET / HTTP/1.1\r\nA: \x80\xff\r\n!#$%&'*+-.^_`|~09azAZ: b\r\n\r\n",
     "GET",
     "/",
     11,
     {{"A", "\x80\xff"}, {"!#$%&'*+-.^_`|~09azAZ", "b"}}},
    // Names and values that llhttp treats in a special way, whole and in part.
    {"GET / HTTP/1.1\r\nConnection:\tkeep-alive , Upgrade \r\nconnection: close\r\nUPGRADE: x\r\nConn: y\r\n"
     "Content-Lengt: z\r\nTransfer-Encodin: chunked\r\nProxy-Connection: keep-alive\r\n\r\n",
     "GET",
     "/",
     11,
     {{"Connection", "keep-alive , Upgrade"},
      {"connection", "close"},
      {"UPGRADE", "x"},
      {"Conn", "y"},
      {"Content-Lengt", "z"},
      {"Transfer-Encodin", "chunked"},
      {"Proxy-Connection", "keep-alive"}}},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET", "/", 11, {{"Host", "a"}, {"Host", "b"}}},
};

TEST(request_reader, reads_every_request_that_rfc_9112_allows_without_a_body) {
    for (const accepted_request& want : good_requests) {
        SCOPED_TRACE(want.text);
        const outcome got = read_all_ways<request_reader>(want.text);
        ASSERT_EQ(got.status, read_status::complete) << text(got.code);
        EXPECT_EQ(got.consumed, want.text.size());
        EXPECT_EQ(got.method, want.method);
        EXPECT_EQ(got.target, want.target);
        EXPECT_EQ(got.version, want.version);
        EXPECT_EQ(got.headers, want.headers);
    }
}

struct refused {
    std::string text;
    error why;
};

const refused bad_requests[] = {
    // RFC 9112 2.2: lines end with CR LF, both of them.
    {"GET / HTTP/1.1\nHost: a\r\n\r\n", error::http_malformed},
    {"GET / HTTP/1.1\rHost: a\r\n\r\n", error::http_malformed},
    {start + "Host: a\nB: c\r\n\r\n", error::http_malformed},
    {start + "Host: a\rB: c\r\n\r\n", error::http_malformed},
    {start + "Host: a\r\r\n\r\n", error::http_malformed},
    {start + "Host: a\r\n\n", error::http_malformed},
    {start + "Host: a\r\n\rb", error::http_malformed},
    {start + "Host: a\n\n", error::http_malformed},
    {start + "\n", error::http_malformed},
    {start + "A:\rB: c\r\n\r\n", error::http_malformed},
    {start + "A:\n\r\n", error::http_malformed},
    {"\nGET / HTTP/1.1\r\n\r\n", error::http_malformed},
    {"\rGET / HTTP/1.1\r\n\r\n", error::http_malformed},
    // RFC 9110 5.5: NUL and other control characters.
    {start + "Host: a\0b\r\n\r\n"s, error::http_malformed},
    {start + "Ho\0st: a\r\n\r\n"s, error::http_malformed},
    {start + "\0: a\r\n\r\n"s, error::http_malformed},
    {"GET /\0 HTTP/1.1\r\n\r\n"s, error::http_malformed},
    {start + "A: \x01\r\n\r\n", error::http_malformed},
    {start + "A: \x7f\r\n\r\n", error::http_malformed},
    {start + "A: \x0b\r\n\r\n", error::http_malformed},
    // RFC 9112 5.2: folded lines.
    {start + "Host: a\r\n b\r\n\r\n", error::http_malformed},
    {start + "Host: a\r\n\tb\r\n\r\n", error::http_malformed},
    {start + "Host:\r\n a\r\n\r\n", error::http_malformed},
    {start + "Host: a\r\n \r\n\r\n", error::http_malformed},
    // RFC 9112 2.2: blanks between start line and headers.
    {start + " Host: a\r\n\r\n", error::http_malformed},
    {start + " \r\n\r\n", error::http_malformed},
    // RFC 9112 5.1: names.
    {start + "Host : a\r\n\r\n", error::http_malformed},
    {start + "Host\t: a\r\n\r\n", error::http_malformed},
    {start + "Ho st: a\r\n\r\n", error::http_malformed},
    {start + ": a\r\n\r\n", error::http_malformed},
    {start + ":\r\n\r\n", error::http_malformed},
    {start + "Host\r\n\r\n", error::http_malformed},
    {start + "\"Host\": a\r\n\r\n", error::http_malformed},
    {start + "Host(a): a\r\n\r\n", error::http_malformed},
    {start + "H\xc3\xb6st: a\r\n\r\n", error::http_malformed},
    // RFC 9112 3: the request line.
    {"GET  / HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET /  HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET / HTTP/1.1 \r\n\r\n", error::http_malformed},
    {" GET / HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET\t/ HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET /\tHTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET / \r\n\r\n", error::http_malformed},
    {"GET /\r\n\r\n", error::http_malformed},
    {"GET /\r\nHost: a\r\n\r\n", error::http_malformed},
    {"GET\r\n\r\n", error::http_malformed},
    {"GET / HTTP/1\r\n\r\n", error::http_malformed},
    {"GET / HTTP/1.\r\n\r\n", error::http_malformed},
    {"GET / HTTP/.1\r\n\r\n", error::http_malformed},
    {"GET / HTTP/11\r\n\r\n", error::http_malformed},
    {"GET / HTTP/1.11\r\n\r\n", error::http_malformed},
    {"GET / HTTP/11.1\r\n\r\n", error::http_malformed},
    {"GET / http/1.1\r\n\r\n", error::http_malformed},
    {"GET / HTTPS/1.1\r\n\r\n", error::http_malformed},
    {"GET / RTSP/1.0\r\n\r\n", error::http_malformed},
    {"OPTIONS / RTSP/1.0\r\n\r\n", error::http_malformed},
    {"SOURCE / ICE/1.0\r\n\r\n", error::http_malformed},
    {"get / HTTP/1.1\r\n\r\n", error::http_malformed},
    {"FOO / HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET /a b HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET /\x80 HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET /#a HTTP/1.1\r\n\r\n", error::http_malformed},
    {"GET /?a# HTTP/1.1\r\n\r\n", error::http_malformed},
    // RFC 9110 15.6.6: other major versions, whatever follows; the preface of HTTP/2 (RFC 9113 3.4).
    {"GET / HTTP/2.0\r\n\r\n", error::http_version_unsupported},
    {"GET / HTTP/0.9\r\n\r\n", error::http_version_unsupported},
    {"GET / HTTP/9.9\r\nA b\n", error::http_version_unsupported},
    {"GET / HTTP/3.0\r\n a: b\r\n\r\n", error::http_version_unsupported},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", error::http_version_unsupported},
    {"GET /#a HTTP/2.0\r\n\r\n", error::http_malformed},
    {"GET / HTTP/2\r\n\r\n", error::http_malformed},
    {"GET / HTTP/10.0\r\n\r\n", error::http_malformed},
    {"PRI * HTTP/1.1\r\n\r\n", error::http_malformed},
    // Not HTTP at all: TLS, frames; or a response.
    {"\x16\x03\x01\x02\x01\x01\xfc\x03\x03", error::http_malformed},
    {"\x81\x05hello", error::http_malformed},
    {"HTTP/1.1 101 Switching Protocols\r\n\r\n", error::http_malformed},
    // RFC 9112 6: bodies.
    {start + "Content-Length: 1\r\n\r\n", error::http_body_unexpected},
    {start + "content-length: 18446744073709551615\r\n\r\n", error::http_body_unexpected},
    {start + "Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 5\r\n\r\nhello",
     error::http_body_unexpected},
    {start + "Transfer-Encoding: chunked\r\n\r\n", error::http_body_unexpected},
    {start + "TRANSFER-ENCODING: gzip, chunked\r\n\r\n", error::http_body_unexpected},
    {start + "Transfer-Encoding: identity\r\n\r\n", error::http_body_unexpected},
    {start + "Transfer-Encoding: xchunked\r\n\r\n", error::http_body_unexpected},
    {start + "Transfer-Encoding:\r\n\r\n", error::http_body_unexpected},
    {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", error::http_body_unexpected},
    {"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", error::method_not_get},
    {"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", error::method_not_get},
    // RFC 9112 6.3, 11.2: what smuggles requests.
    {start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", error::http_malformed},
    {start + "Content-Length: 0\r\nContent-Length: 5\r\n\r\n", error::http_malformed},
    {start + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", error::http_malformed},
    {start + "Content-Length: 5, 5\r\n\r\n", error::http_malformed},
    {start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", error::http_malformed},
    {start + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", error::http_malformed},
    {start + "Content-Length: +5\r\n\r\n", error::http_malformed},
    {start + "Content-Length: -1\r\n\r\n", error::http_malformed},
    {start + "Content-Length: 0x5\r\n\r\n", error::http_malformed},
    {start + "Content-Length: 5 5\r\n\r\n", error::http_malformed},
    {start + "Content-Length: 5;\r\n\r\n", error::http_malformed},
    {start + "Content-Length: \"5\"\r\n\r\n", error::http_malformed},
    {start + "Content-Length:\r\n\r\n", error::http_malformed},
    {start + "Content-Length: \r\n\r\n", error::http_malformed},
    {start + "Content-Length: 18446744073709551616\r\n\r\n", error::http_malformed},
    {start + "Content-Length : 5\r\n\r\n", error::http_malformed},
    {start + "Transfer-Encoding : chunked\r\n\r\n", error::http_malformed},
    {start + "Transfer-Encoding:\x0b"
             "chunked\r\n\r\n",
     error::http_malformed},
    {start + "Transfer-Encoding:\n chunked\r\n\r\n", error::http_malformed},
    {start + "X: y\nTransfer-Encoding: chunked\r\n\r\n", error::http_malformed},
    {start + "X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n", error::http_malformed},
};

TEST(request_reader, refuses_what_rfc_9112_does_not_allow) {
    for (const refused& want : bad_requests) {
        SCOPED_TRACE(want.text);
        const outcome got = read_all_ways<request_reader>(want.text);
        EXPECT_EQ(got.status, read_status::failed);
        EXPECT_EQ(got.code, want.why);
    }
}

// RFC 9110 5.5, 5.6.2 and RFC 9112 3.2: each octet at each place where it is the first of its kind.
TEST(request_reader, takes_exactly_the_octets_that_may_stand_there) {
    const std::string_view token =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (int c = 0; c < 256; ++c) {
        SCOPED_TRACE(c);
        const std::string octet(1, static_cast<char>(c));
        const bool in_token = token.find(octet) != std::string_view::npos;
        const bool in_value = c == '\t' || (c >= ' ' && c != 0x7f);
        const bool in_target = c > ' ' && c < 0x7f && c != '#';
        const auto reads = [](const std::string& text) {
            const outcome got = read_in<request_reader>(text, {whole});
            EXPECT_EQ(read_in<request_reader>(text, {1}), got);
            return got.status == read_status::complete;
        };
        EXPECT_EQ(reads(start + "A" + octet + "B: c\r\n\r\n"), in_token || c == ':');
        EXPECT_EQ(reads(start + octet + "B: c\r\n\r\n"), in_token);
        EXPECT_EQ(reads(start + "A: b" + octet + "c\r\n\r\n"), in_value);
        EXPECT_EQ(reads(start + "Upgrade: b" + octet + "c\r\n\r\n"), in_value);
        EXPECT_EQ(reads(start + "Connection: upgrad" + octet + "c\r\n\r\n"), in_value);
        EXPECT_EQ(reads("GET /a" + octet + "b HTTP/1.1\r\n\r\n"), in_target);
        EXPECT_EQ(reads("GET /?a" + octet + "b HTTP/1.1\r\n\r\n"), in_target);
    }
}

struct accepted_response {
    std::string text;
    unsigned status_code;
    std::size_t headers;
    std::size_t body;  // bytes that must be left
};

const accepted_response good_responses[] = {
    {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101, 0, 0},
    {"HTTP/1.1 101 \r\n\r\n", 101, 0, 0},
    {"HTTP/1.1 101\r\n\r\n", 101, 0, 0},
    {"HTTP/1.1 101 a\tb \x80!\r\nA: b\r\n\r\n", 101, 1, 0},
    {"HTTP/1.2 101 x\r\n\r\n", 101, 0, 0},
    {"HTTP/1.0 200 OK\r\n\r\nbody", 200, 0, 4},
    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nsorry", 403, 1, 5},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, 1, 5},
    {"HTTP/1.1 999 odd\r\n\r\n", 999, 0, 0},
    // RFC 9112 6.3: a 101 has no body, whatever it says.
    {"HTTP/1.1 101 x\r\nContent-Length: 5\r\n\r\n\x81\x03"
     "abc",
     101, 1, 5},
    {"HTTP/1.1 101 x\r\nTransfer-Encoding: chunked\r\n\r\n\x81\x03"
     "abc",
     101, 1, 5},
    {"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x03"
     "abc",
     101, 2, 5},
    // RFC 9110 15.2: interim responses.
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 x\r\nA: b\r\n\r\n\x81\x03"
     "abc",
     101, 1, 5},
    {"HTTP/1.1 103 Early Hints\r\nLink: a\r\nLink: b\r\nContent-Length: 7\r\n\r\nHTTP/1.1 102 x\r\n\r\n"
     "HTTP/1.1 199 x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nHTTP/1.1 200 OK\r\nC: d\r\n\r\n",
     200, 1, 0},
};

TEST(response_reader, reads_responses_and_skips_interim_ones) {
    for (const accepted_response& want : good_responses) {
        SCOPED_TRACE(want.text);
        const outcome got = read_all_ways<response_reader>(want.text);
        ASSERT_EQ(got.status, read_status::complete) << text(got.code);
        EXPECT_EQ(got.status_code, want.status_code);
        EXPECT_EQ(got.headers.size(), want.headers);
        EXPECT_EQ(got.consumed, want.text.size() - want.body);
    }
}

const refused bad_responses[] = {
    {"\r\nHTTP/1.1 101 x\r\n\r\n", error::http_malformed},
    {" HTTP/1.1 101 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 101 x\nA: b\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 101 x\n\n", error::http_malformed},
    {"HTTP/1.1 101 x\r\nA: b\r\n\n", error::http_malformed},
    {"HTTP/1.1 101 a\rb\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 101 a\0b\r\n\r\n"s, error::http_malformed},
    {"HTTP/1.1 101 a\x7f\r\n\r\n", error::http_malformed},
    {"HTTP/1.1  101 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 10 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 1 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 1010 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 099 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 000 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 \r\n\r\n", error::http_malformed},
    {"HTTP/1.1\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 101x\r\n\r\n", error::http_malformed},
    {"HTTP/1.1\t101 x\r\n\r\n", error::http_malformed},
    {"HTTP/2.0 101 x\r\n\r\n", error::http_version_unsupported},
    {"HTTP/0.9 200 x\r\nA b\r\n", error::http_version_unsupported},
    {"HTTP/1.1 100 x\r\n\r\nHTTP/2.0 101 x\r\n", error::http_version_unsupported},
    {"http/1.1 101 x\r\n\r\n", error::http_malformed},
    {"ICY 200 OK\r\n\r\n", error::http_malformed},
    {"RTSP/1.0 200 OK\r\n\r\n", error::http_malformed},
    {"GET / HTTP/1.1\r\n\r\n", error::http_malformed},
    {"\x81\x05hello", error::http_malformed},
    {"HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 101 x\r\nA : b\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 101 x\r\n: b\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 100 x\r\n\r\nGET / HTTP/1.1\r\n\r\n", error::http_malformed},
    {"HTTP/1.1 100 x\r\n\r\n\r\nHTTP/1.1 101 x\r\n\r\n", error::http_malformed},
    // RFC 9110 7.8: no Upgrade below HTTP/1.1.
    {"HTTP/1.0 101 Switching Protocols\r\n\r\n", error::http_version_too_old},
};

TEST(response_reader, refuses_what_rfc_9112_does_not_allow) {
    for (const refused& want : bad_responses) {
        SCOPED_TRACE(want.text);
        const outcome got = read_all_ways<response_reader>(want.text);
        EXPECT_EQ(got.status, read_status::failed);
        EXPECT_EQ(got.code, want.why);
    }
}

}  // namespace
}  // namespace wspc
