// SPDX-License-Identifier: Apache-2.0
// What is written is what was asked for, byte for byte, comes back from the readers, and cannot be
// made to say more than that.
#include <wspc/http.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "guarded.hpp"

namespace wspc {
namespace {

using testing::guarded;
using namespace std::string_literals;

using fields = std::vector<header>;

// The text that `write` gives, having tried memory of every smaller size, which ends at a guard page
// and must stay as it was.
template <class Write>
std::string written(Write write) {
    const http_written need = write(std::span<std::byte>{});
    EXPECT_EQ(need.code, error::no_room);
    EXPECT_EQ(need.size, 0u);
    for (std::size_t size = 0; size < need.needed; ++size) {
        guarded out{std::string(size, '?')};
        const http_written got = write(out.bytes());
        EXPECT_EQ(got.code, error::no_room);
        EXPECT_EQ(got.needed, need.needed);
        EXPECT_EQ(got.size, 0u);
        EXPECT_EQ(out.text(), std::string(size, '?'));
    }
    guarded exact{need.needed};
    const http_written got = write(exact.bytes());
    EXPECT_EQ(got.code, error::none);
    EXPECT_EQ(got.size, need.needed);
    return std::string{exact.text()};
}

template <class Write>
error refused(Write write) {
    guarded out{std::string(1024, '?')};
    const http_written got = write(out.bytes());
    EXPECT_EQ(got.size, 0u);
    EXPECT_EQ(got.needed, 0u);
    EXPECT_EQ(out.text(), std::string(1024, '?'));
    return got.code;
}

error request_error(std::string_view target, const fields& headers, std::string_view method = "GET",
                    unsigned version = 11) {
    return refused([&](std::span<std::byte> out) {
        return write_request(out, request{method, target, static_cast<std::uint16_t>(version), headers});
    });
}

error response_error(unsigned status, const fields& headers, std::string_view body = {}) {
    return refused([&](std::span<std::byte> out) {
        return write_response(out, response{static_cast<std::uint16_t>(status), headers}, body);
    });
}

TEST(write_request, writes_start_line_headers_and_blank_line) {
    const fields headers = {{"Host", "example.com:8000"}, {"Upgrade", "websocket"}, {"X-Empty", ""}};
    const fields more = {{"Cookie", "a=b; c=\"d\""}, {"X", "\x80 y"}};
    EXPECT_EQ(written([&](std::span<std::byte> out) {
                  return write_request(out, request{"GET", "/chat?room=1", 11, headers}, more);
              }),
              "GET /chat?room=1 HTTP/1.1\r\nHost: example.com:8000\r\nUpgrade: websocket\r\nX-Empty: \r\n"
              "Cookie: a=b; c=\"d\"\r\nX: \x80 y\r\n\r\n");
    EXPECT_EQ(written([&](std::span<std::byte> out) {
                  return write_request(out, request{{}, "/", 0, headers});
              }),
              "GET / HTTP/1.1\r\nHost: example.com:8000\r\nUpgrade: websocket\r\nX-Empty: \r\n\r\n");
}

TEST(write_request, takes_resource_and_host_from_a_url) {
    const fields headers = {{"Upgrade", "websocket"}};
    const struct {
        std::string_view url;
        std::string want;
    } cases[] = {
        {"ws://a", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"},
        {"ws://a?b", "GET /?b HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"},
        {"ws://a/b?", "GET /b HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"},
        {"wss://[::1]:80/b/c?d?e", "GET /b/c?d?e HTTP/1.1\r\nHost: [::1]:80\r\nUpgrade: websocket\r\n\r\n"},
    };
    for (const auto& each : cases) {
        const result<url> to = parse_url(each.url);
        ASSERT_EQ(to.code, error::none);
        EXPECT_EQ(written([&](std::span<std::byte> out) { return write_request(out, to.value, headers); }),
                  each.want);
    }
    const fields own = {{"HOST", "other"}};
    const url to = parse_url("ws://a/").value;
    EXPECT_EQ(written([&](std::span<std::byte> out) { return write_request(out, to, own); }),
              "GET / HTTP/1.1\r\nHOST: other\r\n\r\n");
    EXPECT_EQ(written([&](std::span<std::byte> out) { return write_request(out, to, headers, own); }),
              "GET / HTTP/1.1\r\nUpgrade: websocket\r\nHOST: other\r\n\r\n");
}

TEST(write_request, checks_a_url_that_was_filled_in_by_hand) {
    const auto error_of = [](const url& to) {
        return refused([&](std::span<std::byte> out) { return write_request(out, to, {}); });
    };
    EXPECT_EQ(error_of({}), error::host_missing);
    EXPECT_EQ(error_of({.host_header = "a\r\nX: y", .path = "/"}), error::header_value_invalid);
    EXPECT_EQ(error_of({.host_header = "a", .path = ""}), error::target_invalid);
    EXPECT_EQ(error_of({.host_header = "a", .path = "/ HTTP/1.1\r\nX: y"}), error::target_invalid);
    EXPECT_EQ(error_of({.host_header = "a", .path = "/", .query = "b c"}), error::target_invalid);
}

// One grammar of host[:port], whoever reads it.
TEST(write_request, takes_the_hosts_that_both_sides_of_the_handshake_take) {
    const struct {
        std::string_view host;
        bool valid;
    } cases[] = {
        {"a", true},
        {"a:", true},
        {"a:80", true},
        {"a:0", true},
        {"%41-._~!$&'()*+,;=", true},
        {"[::1]", true},
        {"[::1]:80", true},
        {"[v1.a]", true},
        {"[VF.a:b]:1", true},
        {"1.2.3.4", true},
        {":", false},
        {":80", false},
        {"[..]", false},
        {"[..]:80", false},
        {"[:::]", false},
        {"[]", false},
        {"[1.2.3.4]", false},
        {"[::1]80", false},
        {"[v1]", false},
        {"[1::2::3]", false},
        {"a@b", false},
        {"a:65536", false},
        {"::1", false},
        {"a%4", false},
        {"[::1", false},
        {"a b", false},
        {"[fe80::1%25a]", false},
    };
    for (const auto& each : cases) {
        SCOPED_TRACE(each.host);
        const error want = each.valid ? error::none : error::header_value_invalid;
        std::array<char, 128> storage;
        EXPECT_EQ(make_request({.host = each.host}, storage).code, want);
        fields headers{{"Host", each.host},
                       {"Upgrade", "websocket"},
                       {"Connection", "Upgrade"},
                       {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                       {"Sec-WebSocket-Version", "13"}};
        EXPECT_EQ(read_request({"GET", "/", 11, headers}).code, want);
        const std::string target = "http://" + std::string{each.host} + "/";
        const std::string origin = "http://" + std::string{each.host};
        EXPECT_EQ(read_request({"GET", target, 11, fields{{"Host", ""}}}).code == error::target_invalid,
                  !each.valid);
        std::array<std::byte, 1024> out;
        EXPECT_EQ(write_request(out, request{"GET", "/", 11, headers}).code, want);
        EXPECT_EQ(write_request(out, url{.host_header = each.host, .path = "/"}, {}).code, want);
        headers.front() = {"Host", ""};
        headers.push_back({"Origin", origin});
        EXPECT_EQ(read_request({"GET", "/", 11, headers}).code,
                  each.valid ? error::none : error::origin_invalid);
    }
}

TEST(write_request, refuses_targets_that_are_no_path_and_query) {
    const fields host = {{"Host", "a"}};
    for (const std::string& target :
         {""s,          "a"s,     "*"s,   "?a"s,    "a/"s,
          "http://a/"s, "/ "s,    " /"s,  "/a b"s,  "/\r\n"s,
          "/\r"s,       "/\n"s,   "/\0"s, "/a\0b"s, "/\t"s,
          "/#"s,        "/a#b"s,  "/%"s,  "/%4"s,   "/%4g"s,
          "/\x7f"s,     "/\x80"s, "/\""s, "/<"s,    "/ HTTP/1.1\r\nX: y\r\n\r\n"s})
        EXPECT_EQ(request_error(target, host), error::target_invalid) << target;
}

TEST(write_request, demands_exactly_one_host) {
    EXPECT_EQ(request_error("/", {}), error::host_missing);
    EXPECT_EQ(request_error("/", {{"Host", "a"}, {"host", "a"}}), error::host_repeated);
    for (const std::string_view host : {"", "a b", "a/", "a@b", "http://a", "a:b", "a:65536", "[::1", "::1",
                                        "a\r\nX: y", "a#", "a?", "\x80"})
        EXPECT_EQ(request_error("/", {{"Host", host}}), error::header_value_invalid) << host;
}

TEST(write_request, refuses_other_methods_than_tokens_and_other_versions_than_1_1) {
    const fields host = {{"Host", "a"}};
    for (const std::string_view method : {" GET", "GET ", "G T", "GET / HTTP/1.1\r\n", "\r\n", "G:T"})
        EXPECT_EQ(request_error("/", host, method), error::bad_argument) << method;
    for (const unsigned version : {10u, 9u, 12u, 20u})
        EXPECT_EQ(request_error("/", host, "GET", version), error::bad_argument);
}

// Every octet in a name and at the front, in the middle and at the end of a value, in each list.
TEST(writers, let_no_header_through_that_injects_anything) {
    const std::string_view token =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const fields host = {{"Host", "a"}};
    std::vector<std::byte> room(1024);
    for (int c = 0; c < 256; ++c) {
        SCOPED_TRACE(c);
        const std::string octet(1, static_cast<char>(c));
        const bool blank = c == ' ';
        const bool control = c < ' ' || c == 0x7f;  // check_header() sends no tabs
        const error name =
            token.find(octet) != std::string_view::npos ? error::none : error::header_name_invalid;
        const error middle = control ? error::header_value_invalid : error::none;
        const error edge = control || blank ? error::header_value_invalid : error::none;
        const std::string texts[] = {octet, "a" + octet, octet + "a", "a" + octet + "b"};
        const std::pair<header, error> cases[] = {
            {{texts[0], "v"}, name},   {{texts[1], "v"}, name}, {{texts[2], "v"}, name},
            {{"X", texts[0]}, edge},   {{"X", texts[1]}, edge}, {{"X", texts[2]}, edge},
            {{"X", texts[3]}, middle},
        };
        for (const auto& [field, want] : cases) {
            const fields one = {field};
            EXPECT_EQ(write_response(room, {200, one}).code, want);
            EXPECT_EQ(write_response(room, {200, {}}, "body", one).code, want);
            EXPECT_EQ(write_request(room, {"GET", "/", 11, host}, one).code, want);
            EXPECT_EQ(write_request(room, {"GET", "/", 11, one}, host).code, want);
            EXPECT_EQ(write_request(room, parse_url("ws://a/").value, one).code, want);
        }
    }
    EXPECT_EQ(response_error(200, {{"", "v"}}), error::header_name_invalid);
    EXPECT_EQ(response_error(200, {{"X", "a\r\nSet-Cookie: b"}}), error::header_value_invalid);
    EXPECT_EQ(response_error(101, {{"X", "a\r\n\r\n\x81\x01z"}}), error::header_value_invalid);
    EXPECT_EQ(request_error("/", {{"Host", "a"}, {"X: y\r\nZ", "a"}}), error::header_name_invalid);
}

TEST(writers, frame_bodies_themselves) {
    for (const std::string_view name :
         {"Content-Length", "content-length", "Transfer-Encoding", "TRANSFER-ENCODING"}) {
        EXPECT_EQ(response_error(200, {{name, "5"}}), error::http_body_unexpected);
        EXPECT_EQ(response_error(101, {{name, "5"}}), error::http_body_unexpected);
        EXPECT_EQ(request_error("/", {{"Host", "a"}, {name, "5"}}), error::http_body_unexpected);
    }
}

TEST(write_response, takes_a_content_length_that_is_right) {
    const fields right = {{"content-length", "4"}};
    EXPECT_EQ(written([&](std::span<std::byte> out) {
                  return write_response(out, response{200, right}, "body");
              }),
              "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody");
    for (const std::string_view wrong : {"", "3", "5", "04", "+4", "4, 4", "4 4"})
        EXPECT_EQ(response_error(200, {{"Content-Length", wrong}}, "body"), error::http_body_unexpected)
            << wrong;
    EXPECT_EQ(response_error(200, {{"Content-Length", "4"}, {"Content-Length", "4"}}, "body"),
              error::http_body_unexpected);
    for (const unsigned status : {101u, 204u, 304u})
        EXPECT_EQ(response_error(status, {{"Content-Length", "0"}}), error::http_body_unexpected);
}

TEST(write_response, writes_the_replies_of_the_handshake) {
    const server_reply reply = reject(404, error::target_invalid);
    ASSERT_TRUE(reply);
    EXPECT_EQ(written([&](std::span<std::byte> out) { return write_response(out, reply.as_response()); }),
              "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST(write_response, writes_status_headers_and_body) {
    const fields headers = {{"Upgrade", "websocket"}};
    const fields more = {{"X", "y"}};
    const struct {
        std::uint16_t status;
        std::string_view body;
        std::string want;
    } cases[] = {
        {101, "", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: y\r\n\r\n"},
        {200, "", "HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nX: y\r\nContent-Length: 0\r\n\r\n"},
        {200, "hello\r\n",
         "HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nX: y\r\nContent-Length: 7\r\n\r\nhello\r\n"},
        {204, "", "HTTP/1.1 204 No Content\r\nUpgrade: websocket\r\nX: y\r\n\r\n"},
        {304, "", "HTTP/1.1 304 Not Modified\r\nUpgrade: websocket\r\nX: y\r\n\r\n"},
        {599, "", "HTTP/1.1 599 \r\nUpgrade: websocket\r\nX: y\r\nContent-Length: 0\r\n\r\n"},
    };
    for (const auto& each : cases)
        EXPECT_EQ(written([&](std::span<std::byte> out) {
                      return write_response(out, response{each.status, headers}, each.body, more);
                  }),
                  each.want);
}

TEST(write_response, refuses_impossible_statuses_and_bodies) {
    for (const unsigned status : {0u, 99u, 600u, 1000u, 65535u})
        EXPECT_EQ(response_error(status, {}), error::bad_argument);
    for (const unsigned status : {100u, 101u, 199u, 204u, 304u})
        EXPECT_EQ(response_error(status, {}, "x"), error::bad_argument);
}

TEST(write_response, does_not_wrap_when_the_sizes_are_beyond_memory) {
    // Never read, since it cannot fit.
    const std::string_view endless{"x", static_cast<std::size_t>(-1) - 3};
    guarded out{std::string(64, '?')};
    const http_written got = write_response(out.bytes(), {200, {}}, endless);
    EXPECT_EQ(got.code, error::no_room);
    EXPECT_EQ(got.needed, static_cast<std::size_t>(-1));
    EXPECT_EQ(out.text(), std::string(64, '?'));
}

struct refusal {
    error why;
    std::uint16_t status;
    std::string_view line;
    std::vector<std::pair<std::string_view, std::string_view>> headers;
};

std::string_view value_of(std::span<const header> headers, std::string_view name) {
    std::string_view found;
    int count = 0;
    for (const header& each : headers)
        if (each.name == name) found = each.value, ++count;
    EXPECT_EQ(count, 1) << name;
    return found;
}

TEST(write_refusal, answers_as_rfc_6455_and_9110_demand) {
    const refusal cases[] = {
        {error::http_malformed, 400, "HTTP/1.1 400 Bad Request\r\n", {{"Connection", "close"}}},
        {error::key_invalid, 400, "HTTP/1.1 400 Bad Request\r\n", {{"Connection", "close"}}},
        {error::origin_refused, 403, "HTTP/1.1 403 Forbidden\r\n", {{"Connection", "close"}}},
        {error::method_not_get, 405, "HTTP/1.1 405 Method Not Allowed\r\n", {{"Allow", "GET"}}},
        {error::upgrade_missing, 426, "HTTP/1.1 426 Upgrade Required\r\n", {{"Upgrade", "websocket"}}},
        {error::version_unsupported,
         426,
         "HTTP/1.1 426 Upgrade Required\r\n",
         {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}}},
        {error::http_headers_too_large, 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n", {}},
        {error::http_too_many_headers, 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n", {}},
        {error::http_version_too_old, 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n", {}},
        {error::http_version_unsupported, 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n", {}},
    };
    for (const refusal& want : cases) {
        SCOPED_TRACE(text(want.why));
        const std::string all =
            written([&](std::span<std::byte> out) { return write_refusal(out, want.why); });
        EXPECT_TRUE(all.starts_with(want.line)) << all;
        http_storage<> storage;
        response_reader reader{storage};
        const http_progress got = reader.read(std::as_bytes(std::span{all}));
        ASSERT_EQ(got.status, read_status::complete);
        EXPECT_EQ(reader.value().status, want.status);
        for (const auto& [name, value] : want.headers)
            EXPECT_EQ(value_of(reader.value().headers, name), value);
        token_list connection{reader.value().headers, "Connection"};
        EXPECT_TRUE(connection.contains_ignoring_case("close"));
        // RFC 9110 7.8: who sends Upgrade names it in Connection too.
        EXPECT_EQ(connection.contains_ignoring_case("upgrade"), want.status == 426);
        const std::string body = all.substr(got.consumed);
        EXPECT_EQ(body, std::string{text(want.why)} + "\n");
        EXPECT_EQ(value_of(reader.value().headers, "Content-Length"), std::to_string(body.size()));
        EXPECT_EQ(value_of(reader.value().headers, "Content-Type"), "text/plain");
    }
}

TEST(write_refusal, takes_a_status_and_headers_of_the_application) {
    const fields more = {{"WWW-Authenticate", "Basic realm=\"a\""}};
    const std::string all = written(
        [&](std::span<std::byte> out) { return write_refusal(out, error::origin_refused, 401, more); });
    EXPECT_TRUE(all.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << all;
    EXPECT_NE(all.find("\r\nWWW-Authenticate: Basic realm=\"a\"\r\n"), std::string::npos);
    for (const unsigned status : {101u, 299u, 304u, 600u}) {
        EXPECT_EQ(refused([&](std::span<std::byte> out) {
                      return write_refusal(out, error::key_invalid, static_cast<std::uint16_t>(status));
                  }),
                  error::bad_argument);
    }
    EXPECT_TRUE(written([](std::span<std::byte> out) {
                    return write_refusal(out, error::key_invalid, 302);
                }).starts_with("HTTP/1.1 302 Found\r\n"));
}

TEST(write_refusal, never_needs_more_than_it_says) {
    for (unsigned code = 1; code <= static_cast<unsigned>(error::last_); ++code) {
        std::vector<std::byte> out(max_refusal_size);
        const http_written got = write_refusal(out, static_cast<error>(code));
        EXPECT_EQ(got.code, error::none) << text(static_cast<error>(code));
        EXPECT_GT(got.size, 100u);
    }
}

TEST(reason_phrase, knows_the_statuses_of_the_handshake) {
    for (const unsigned status : {101u, 400u, 403u, 405u, 426u, 431u, 500u, 505u})
        EXPECT_FALSE(reason_phrase(static_cast<std::uint16_t>(status)).empty());
    EXPECT_EQ(reason_phrase(299), "");
}

TEST(writers, write_what_the_readers_read) {
    const fields headers = {{"Host", "[::1]:81"}, {"A", ""}, {"b", "c d, e"}, {"A", "\xff"}};
    std::vector<std::byte> out(4096);
    const http_written request_text = write_request(out, {"GET", "/x?y=%20", 11, headers});
    ASSERT_EQ(request_text.code, error::none);
    http_storage<> storage;
    request_reader requests{storage};
    const http_progress got = requests.read(std::span{out}.first(request_text.size));
    ASSERT_EQ(got.status, read_status::complete);
    EXPECT_EQ(got.consumed, request_text.size);
    const auto same = [&](std::span<const header> read) {
        return std::equal(
            read.begin(), read.end(), headers.begin(), headers.end(),
            [](const header& a, const header& b) { return a.name == b.name && a.value == b.value; });
    };
    EXPECT_EQ(requests.value().method, "GET");
    EXPECT_EQ(requests.value().target, "/x?y=%20");
    EXPECT_EQ(requests.value().version, 11);
    EXPECT_TRUE(same(requests.value().headers));
    for (unsigned status = 100; status <= 599; ++status) {
        const http_written response_text = write_response(out, {static_cast<std::uint16_t>(status), headers});
        ASSERT_EQ(response_text.code, error::none);
        http_storage<> other;
        response_reader responses{other};
        const http_progress read = responses.read(std::span{out}.first(response_text.size));
        EXPECT_EQ(read.consumed, response_text.size);
        if (status < 200 && status != 101) {
            EXPECT_EQ(read.status, read_status::need_more) << status;  // interim
            continue;
        }
        ASSERT_EQ(read.status, read_status::complete) << status;
        EXPECT_EQ(responses.value().status, status);
        EXPECT_TRUE(same(responses.value().headers.first(headers.size())));
    }
}

// The whole opening handshake as text: client to server to client.
TEST(writers, carry_a_handshake_from_end_to_end) {
    const url to = parse_url("wss://Example.com:8443/chat?room=1").value;
    const std::string_view protocols[] = {"chat.v2", "chat.v1"};
    const client_offer wanted{.host = to.host_header, .origin = {}, .protocols = protocols, .extensions = {}};
    std::vector<char> client_storage(1024);
    const client_request asked = make_request(wanted, client_storage);
    ASSERT_TRUE(asked) << text(asked.code);
    std::vector<std::byte> wire(2048);
    const http_written sent = write_request(wire, to, asked.headers());
    ASSERT_EQ(sent.code, error::none) << text(sent.code);

    http_storage<> server_memory;
    request_reader requests{server_memory};
    ASSERT_EQ(requests.read(std::span{wire}.first(sent.size)).status, read_status::complete);
    EXPECT_EQ(requests.value().target, "/chat?room=1");
    const request received = requests.value();
    const result<offer> offered = read_request(received);
    ASSERT_EQ(offered.code, error::none) << text(offered.code);
    EXPECT_EQ(offered.value.host, "Example.com:8443");
    std::vector<char> server_storage(1024);
    const server_reply reply =
        accept(offered.value, {.protocol = "chat.v1", .extensions = {}}, server_storage);
    ASSERT_TRUE(reply) << text(reply.code);
    const http_written answered = write_response(wire, reply.as_response());
    ASSERT_EQ(answered.code, error::none);

    http_storage<> client_memory;
    response_reader responses{client_memory};
    ASSERT_EQ(responses.read(std::span{wire}.first(answered.size)).status, read_status::complete);
    const response answer = responses.value();
    const checked_response checked = check_response(answer, asked.key, wanted);
    EXPECT_EQ(checked.code, error::none) << text(checked.code);
    EXPECT_EQ(checked.protocol, 1u);
    EXPECT_EQ(checked.agreed.protocol, "chat.v1");
    EXPECT_EQ(check_response(answer, "AAAAAAAAAAAAAAAAAAAAAA==", wanted).code, error::accept_wrong);
}

}  // namespace
}  // namespace wspc
