// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>

#include <wspc/handshake.hpp>

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wspc::error;
using wspc::header;

// The example of RFC 6455 1.3 and 1.2.
const std::vector<header> example{
    {"Host", "server.example.com"},   {"Upgrade", "websocket"},
    {"Connection", "Upgrade"},        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
    {"Origin", "http://example.com"}, {"Sec-WebSocket-Protocol", "chat, superchat"},
    {"Sec-WebSocket-Version", "13"},
};

wspc::request with(const std::vector<header>& headers) { return {"GET", "/chat", 11, headers}; }

// The example with the value of one field replaced, or the field left out.
std::vector<header> replaced(std::string_view name, std::string_view value) {
    std::vector<header> headers = example;
    for (header& h : headers) {
        if (h.name == name) h.value = value;
    }
    return headers;
}
std::vector<header> without(std::string_view name) {
    std::vector<header> headers = example;
    std::erase_if(headers, [&](const header& h) { return h.name == name; });
    return headers;
}
std::vector<header> plus(std::vector<header> headers, std::string_view name, std::string_view value) {
    headers.push_back({name, value});
    return headers;
}

error verdict(const std::vector<header>& headers) { return wspc::read_request(with(headers)).code; }

TEST(handshake_server, accepts_the_example_of_the_rfc) {
    const wspc::request request = with(example);
    const auto offer = wspc::read_request(request);
    ASSERT_EQ(offer.code, error::none);
    EXPECT_EQ(offer.value.host, "server.example.com");
    EXPECT_EQ(offer.value.origin, "http://example.com");
    EXPECT_EQ(offer.value.key, "dGhlIHNhbXBsZSBub25jZQ==");
    EXPECT_THAT(std::vector<std::string>({std::string{*offer.value.protocols.begin()},
                                          std::string{*++offer.value.protocols.begin()}}),
                ElementsAre("chat", "superchat"));

    std::array<char, 64> storage;
    const wspc::server_reply reply =
        wspc::accept(offer.value, {.protocol = "chat", .extensions = {}}, storage);
    ASSERT_EQ(reply.code, error::none);
    EXPECT_EQ(reply.status, 101);
    ASSERT_EQ(reply.headers().size(), 4u);
    EXPECT_EQ(reply.headers()[0].name, "Sec-WebSocket-Accept");
    EXPECT_EQ(reply.headers()[0].value, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(reply.headers()[1].name, "Connection");
    EXPECT_EQ(reply.headers()[1].value, "Upgrade");
    EXPECT_EQ(reply.headers()[2].name, "Upgrade");
    EXPECT_EQ(reply.headers()[2].value, "websocket");
    EXPECT_EQ(reply.headers()[3].name, "Sec-WebSocket-Protocol");
    EXPECT_EQ(reply.headers()[3].value, "chat");
    EXPECT_EQ(reply.agreed.protocol, "chat");
    EXPECT_TRUE(reply.agreed.extensions.empty());
}

TEST(handshake_server, checks_the_request_line) {
    struct row {
        wspc::request request;
        error code;
    };
    const std::span<const header> h = example;
    const row rows[]{
        {{"GET", "/", 11, h}, error::none},
        {{"GET", "/a?b=%zz|^&c", 11, h}, error::none},
        {{"GET", "http://example.com/chat", 11, h}, error::none},
        {{"GET", "HTTPS://example.com:1?b", 20, h}, error::none},
        {{"", "", 0, h}, error::none},
        {{"", "/", 0, h}, error::none},
        {{"get", "/", 11, h}, error::method_not_get},
        {{"POST", "/", 11, h}, error::method_not_get},
        {{"POST", "", 10, {}}, error::method_not_get},
        {{"GET", "/", 10, h}, error::http_version_too_old},
        {{"GET", "/", 9, h}, error::http_version_too_old},
        {{"GET", "", 11, h}, error::target_invalid},
        {{"GET", "*", 11, h}, error::target_invalid},
        {{"GET", "chat", 11, h}, error::target_invalid},
        {{"GET", "/a#b", 11, h}, error::target_invalid},
        {{"GET", "/a b", 11, h}, error::target_invalid},
        {{"GET", "/a\r\nb", 11, h}, error::target_invalid},
        {{"GET", "/a\x7f", 11, h}, error::target_invalid},
        {{"GET", "/\xC3\xA9", 11, h}, error::target_invalid},
        {{"GET", "ftp://example.com/", 11, h}, error::target_invalid},
        {{"GET", "http:///", 11, h}, error::target_invalid},
        {{"GET", "http://:80/", 11, h}, error::target_invalid},
        {{"GET", "http://user@example.com/", 11, h}, error::target_invalid},
        {{"GET", "http://example.com:99999/", 11, h}, error::target_invalid},
        {{"GET", "http:/a", 11, h}, error::target_invalid},
    };
    for (const row& r : rows) {
        EXPECT_EQ(wspc::read_request(r.request).code, r.code) << r.request.method << ' ' << r.request.target;
    }
}

TEST(handshake_server, believes_an_absolute_target_over_host) {
    EXPECT_EQ(wspc::read_request({"GET", "http://a.example:81/x:y", 11, example}).value.host, "a.example:81");
    EXPECT_EQ(wspc::read_request({"GET", "/http://a.example/", 11, example}).value.host,
              "server.example.com");
}

struct field_row {
    std::string_view name;
    std::string_view value;
    error code;
};

TEST(handshake_server, checks_the_value_of_each_field) {
    const field_row rows[]{
        {"Host", "", error::none},
        {"Host", "  ", error::none},
        {"Host", "a:8080", error::none},
        {"Host", "[::1]:80", error::none},
        {"Host", "a%20b", error::none},
        {"Host", "a b", error::header_value_invalid},
        {"Host", "a/b", error::header_value_invalid},
        {"Host", "u@a", error::header_value_invalid},
        {"Host", "a%2", error::header_value_invalid},
        {"Host", "a%4", error::header_value_invalid},
        {"Host", "a%", error::header_value_invalid},
        {"Host", "a:b", error::header_value_invalid},
        {"Host", "a:65536", error::header_value_invalid},
        {"Host", ":80", error::header_value_invalid},
        {"Host", "[..]:80", error::header_value_invalid},
        {"Host", "[::1", error::header_value_invalid},
        {"Host", "[::1]a", error::header_value_invalid},
        {"Upgrade", "WebSocket", error::none},
        {"Upgrade", "h2c, \twebsocket ,x", error::none},
        {"Upgrade", "", error::upgrade_missing},
        {"Upgrade", "web", error::upgrade_missing},
        {"Upgrade", "websockets", error::upgrade_missing},
        {"Upgrade", "websocket/13", error::upgrade_missing},
        {"Connection", "keep-alive, Upgrade", error::none},
        {"Connection", "UPGRADE", error::none},
        {"Connection", "keep-alive", error::connection_missing},
        {"Connection", "", error::connection_missing},
        {"Connection", "no-upgrade", error::connection_missing},
        {"Connection", "up grade", error::connection_missing},
        {"Sec-WebSocket-Key", " dGhlIHNhbXBsZSBub25jZQ==\t", error::none},
        {"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==", error::none},
        {"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAA/==", error::none},
        {"Sec-WebSocket-Key", "", error::key_invalid},
        {"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAA", error::key_invalid},      // 15 bytes
        {"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAA=", error::key_invalid},  // 17 bytes
        {"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAAA", error::key_invalid},  // 18 bytes
        {"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAAA==", error::key_invalid},
        {"Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAA===", error::key_invalid},
        {"Sec-WebSocket-Key", "AAAAAAAAAAA-AAAAAAAAAA==", error::key_invalid},
        {"Sec-WebSocket-Key", "AAAAAAAAAAA AAAAAAAAAA==", error::key_invalid},
        {"Sec-WebSocket-Version", " 13 ", error::none},
        {"Sec-WebSocket-Version", "", error::version_unsupported},
        {"Sec-WebSocket-Version", "8", error::version_unsupported},
        {"Sec-WebSocket-Version", "013", error::version_unsupported},
        {"Sec-WebSocket-Version", "130", error::version_unsupported},
        {"Sec-WebSocket-Version", "13, 8", error::version_unsupported},
        {"Origin", "null", error::none},
        {"Origin", "https://a.example:444", error::none},
        {"Origin", "chrome-extension://abcdef", error::none},
        {"Origin", "file://", error::none},
        {"Origin", "file://:1", error::origin_invalid},
        {"Origin", "http://[..]", error::origin_invalid},
        {"Origin", "", error::origin_invalid},
        {"Origin", "example.com", error::origin_invalid},
        {"Origin", "NULL", error::origin_invalid},
        {"Origin", "http://a/", error::origin_invalid},
        {"Origin", "http://a http://b", error::origin_invalid},
        {"Origin", "1http://a", error::origin_invalid},
        {"Sec-WebSocket-Protocol", "", error::none},
        {"Sec-WebSocket-Protocol", "a,, b,", error::none},
        {"Sec-WebSocket-Protocol", "a, A", error::none},
        {"Sec-WebSocket-Protocol", ",", error::protocol_invalid},
        {"Sec-WebSocket-Protocol", "a b", error::protocol_invalid},
        {"Sec-WebSocket-Protocol", "a;b", error::protocol_invalid},
        {"Sec-WebSocket-Protocol", "\"a\"", error::protocol_invalid},
        {"Sec-WebSocket-Protocol", "a, b, a", error::protocol_invalid},
        {"Sec-WebSocket-Protocol", "a\x01", error::protocol_invalid},
    };
    for (const field_row& r : rows)
        EXPECT_EQ(verdict(replaced(r.name, r.value)), r.code) << r.name << ": " << r.value;
}

TEST(handshake_server, checks_the_list_of_extensions) {
    for (const std::string_view value : {"", " ", "foo", "foo, bar; baz=2", "foo; bar=\"2\""}) {
        EXPECT_EQ(verdict(plus(example, "Sec-WebSocket-Extensions", value)), error::none) << value;
    }
    for (const std::string_view value : {",", "foo bar", "foo;", "foo; bar=\"", "foo, bar; baz=\"a b\""}) {
        EXPECT_EQ(verdict(plus(example, "Sec-WebSocket-Extensions", value)), error::extension_invalid)
            << value;
    }
}

TEST(handshake_server, wants_every_required_field) {
    EXPECT_EQ(verdict(without("Host")), error::host_missing);
    EXPECT_EQ(verdict(without("Upgrade")), error::upgrade_missing);
    EXPECT_EQ(verdict(without("Connection")), error::connection_missing);
    EXPECT_EQ(verdict(without("Sec-WebSocket-Key")), error::key_missing);
    EXPECT_EQ(verdict(without("Sec-WebSocket-Version")), error::version_missing);
    EXPECT_EQ(verdict(without("Origin")), error::none);
    EXPECT_EQ(verdict(without("Sec-WebSocket-Protocol")), error::none);
    EXPECT_EQ(verdict({}), error::host_missing);
}

TEST(handshake_server, takes_single_fields_once_and_lists_as_often_as_they_come) {
    EXPECT_EQ(verdict(plus(example, "host", "server.example.com")), error::host_repeated);
    EXPECT_EQ(verdict(plus(example, "SEC-WEBSOCKET-KEY", "dGhlIHNhbXBsZSBub25jZQ==")), error::key_repeated);
    EXPECT_EQ(verdict(plus(example, "sec-websocket-version", "13")), error::version_repeated);
    EXPECT_EQ(verdict(plus(example, "origin", "http://example.com")), error::origin_repeated);
    EXPECT_EQ(verdict(plus(replaced("Upgrade", "h2c"), "upgrade", "websocket")), error::none);
    EXPECT_EQ(verdict(plus(replaced("Connection", "close"), "connection", "upgrade")), error::none);
    EXPECT_EQ(verdict(plus(example, "sec-websocket-protocol", "third")), error::none);
    EXPECT_EQ(verdict(plus(example, "sec-websocket-protocol", "chat")), error::protocol_invalid);
}

TEST(handshake_server, ignores_other_fields_whatever_they_are) {
    std::vector<header> headers = example;
    headers.insert(headers.begin(), {{"", ""},
                                     {{}, {}},
                                     {"", "x"},
                                     {{"Host\0", 5}, "a"},
                                     {"Host ", "a"},
                                     {"X", "\r\nSec-WebSocket-Version: 8"},
                                     {":path", "/"}});
    EXPECT_EQ(verdict(headers), error::none);
}

TEST(handshake_server, reads_two_thousand_headers) {
    std::vector<header> headers(2000, {"X-Filler", "filler"});
    headers.insert(headers.begin() + 1000, example.begin(), example.end());
    EXPECT_EQ(verdict(headers), error::none);
}

TEST(handshake_server, takes_as_many_protocols_as_promised) {
    std::string list;
    for (std::size_t i = 0; i < wspc::max_protocols; ++i)
        list.append("p").append(std::to_string(i)).append(",");
    EXPECT_EQ(verdict(replaced("Sec-WebSocket-Protocol", list)), error::none);
    EXPECT_EQ(verdict(replaced("Sec-WebSocket-Protocol", list + "p255")), error::protocol_invalid);
    EXPECT_EQ(verdict(replaced("Sec-WebSocket-Protocol", list + "p256")), error::protocol_invalid);
}

wspc::server_reply answer(const wspc::choice& chosen, std::span<char> storage) {
    static const std::vector<header> headers =
        plus(example, "Sec-WebSocket-Extensions", "foo; a=1, bar, foo; a=2, permessage-deflate");
    return wspc::accept(wspc::read_request(with(headers)).value, chosen, storage);
}

error answer_code(std::string_view protocol, const std::vector<std::string_view>& extensions) {
    std::array<char, 512> storage;
    storage.fill('#');
    const wspc::server_reply reply = answer({protocol, extensions}, storage);
    if (reply.code != error::none) {
        EXPECT_THAT(reply.headers(), IsEmpty());
        EXPECT_EQ(reply.status, 0);
        EXPECT_TRUE(std::all_of(storage.begin(), storage.end(), [](char c) { return c == '#'; }));
    }
    return reply.code;
}

TEST(handshake_server, chooses_only_what_was_offered) {
    EXPECT_EQ(answer_code("", {}), error::none);
    EXPECT_EQ(answer_code("superchat", {}), error::none);
    EXPECT_EQ(answer_code("", {"bar; x=\"y\"", "foo"}), error::none);
    for (const std::string_view other : {"Chat", "cha", "chats", "foo"}) {
        EXPECT_EQ(answer_code(other, {}), error::protocol_not_offered) << other;
    }
    for (const std::string_view other : {"Foo", "fo", "foos", "a", "permessage-delfate", "chat"}) {
        EXPECT_EQ(answer_code("", {other}), error::extension_not_offered) << other;
    }
    EXPECT_EQ(answer_code("", {"foo; a=1", "bar", "foo; a=2"}), error::extension_not_offered);
}

TEST(handshake_server, emits_nothing_that_was_injected) {
    for (const std::string_view text :
         {"chat\r\nX: y", "chat\n", "chat\r", "chat, superchat", "chat ", "chat;a", "\"chat\"", "chat\t",
          "ch\x7F"
          "at"}) {
        EXPECT_EQ(answer_code(text, {}), error::protocol_invalid) << text;
    }
    EXPECT_EQ(answer_code({"chat\0", 5}, {}), error::protocol_invalid);
    for (const std::string_view text : {"foo\r\nX: y", "foo\n", "foo, bar", "foo,", "foo ", "", " foo",
                                        "foo;\ta", "foo; a=\"\r\n\"", "foo; a=\"b,c\""}) {
        EXPECT_EQ(answer_code("", {text}), error::extension_invalid) << text;
    }
    EXPECT_EQ(answer_code("", {{"foo\0", 4}}), error::extension_invalid);
    std::array<char, 64> storage;
    wspc::offer made_up;
    made_up.key = "\r\nX: yyyyyyyyyyyyyyyyyy==";
    EXPECT_EQ(wspc::accept(made_up, {}, storage).code, error::key_invalid);
}

TEST(handshake_server, fits_its_storage_exactly_or_says_what_it_needs) {
    const std::string_view extensions[]{"foo; a=2", "permessage-deflate"};
    const wspc::choice chosen{"chat", extensions};
    const std::size_t needed = answer(chosen, {}).needed;
    EXPECT_EQ(needed, 28 + 1 + 4 + 1 + std::string_view{"foo; a=2, permessage-deflate"}.size() + 1);
    for (std::size_t size = 0; size < needed; ++size) {
        std::string storage(needed + 8, '#');
        const wspc::server_reply reply = answer(chosen, std::span{storage}.first(size));
        EXPECT_EQ(reply.code, error::no_room);
        EXPECT_EQ(reply.needed, needed);
        EXPECT_THAT(reply.headers(), IsEmpty());
        EXPECT_EQ(storage, std::string(needed + 8, '#'));
    }
    std::string storage(needed + 8, '#');
    const wspc::server_reply reply = answer(chosen, std::span{storage}.first(needed));
    ASSERT_EQ(reply.code, error::none);
    EXPECT_EQ(storage.substr(needed), "########");
    EXPECT_EQ(reply.headers().back().name, "Sec-WebSocket-Extensions");
    EXPECT_EQ(reply.headers().back().value, "foo; a=2, permessage-deflate");
    for (const header& h : reply.headers()) {
        EXPECT_EQ(h.name.data()[h.name.size()], '\0');
        EXPECT_EQ(h.value.data()[h.value.size()], '\0');
        EXPECT_EQ(wspc::check_header(h), error::none);
    }
    EXPECT_TRUE(reply.agreed.extensions.contains("foo"));
    EXPECT_TRUE(reply.agreed.extensions.contains("permessage-deflate"));
}

std::string fields(const wspc::server_reply& reply) {
    std::string all = std::to_string(reply.status);
    for (const header& h : reply.headers()) all.append("|").append(h.name).append(": ").append(h.value);
    return all;
}

TEST(handshake_server, refuses_with_the_fields_that_the_status_demands) {
    EXPECT_EQ(fields(wspc::reject(0, error::key_invalid)), "400|Connection: close|Content-Length: 0");
    EXPECT_EQ(
        fields(wspc::reject(0, error::version_unsupported)),
        "426|Connection: Upgrade, close|Upgrade: websocket|Sec-WebSocket-Version: 13|Content-Length: 0");
    EXPECT_EQ(fields(wspc::reject(400, error::version_unsupported)),
              "400|Connection: close|Sec-WebSocket-Version: 13|Content-Length: 0");
    EXPECT_EQ(fields(wspc::reject(0, error::method_not_get)),
              "405|Connection: close|Allow: GET|Content-Length: 0");
    EXPECT_EQ(fields(wspc::reject(0, error::origin_refused)), "403|Connection: close|Content-Length: 0");
    EXPECT_EQ(fields(wspc::reject(304, error::none)), "304|Connection: close");
    EXPECT_EQ(fields(wspc::reject(0, error::none)), "500|Connection: close|Content-Length: 0");
    for (const unsigned status : {1u, 101u, 200u, 299u, 600u, 65535u}) {
        EXPECT_EQ(wspc::reject(static_cast<std::uint16_t>(status), error::none).code, error::bad_argument)
            << status;
    }
}

TEST(handshake_server, has_a_status_for_every_error) {
    for (unsigned i = 0; i <= static_cast<unsigned>(error::last_); ++i) {
        EXPECT_THAT(wspc::http_status(static_cast<error>(i)),
                    testing::AnyOf(400, 403, 405, 426, 431, 500, 503, 505));
    }
    EXPECT_EQ(wspc::http_status(error::http_version_too_old), 505);
    EXPECT_EQ(wspc::http_status(error::http_version_unsupported), 505);
    EXPECT_EQ(wspc::http_status(error::upgrade_missing), 426);
    EXPECT_EQ(wspc::http_status(error::http_headers_too_large), 431);
    EXPECT_EQ(wspc::http_status(error::http_too_many_headers), 431);
    EXPECT_EQ(wspc::http_status(error::protocol_invalid), 400);
    EXPECT_EQ(wspc::http_status(error::no_memory), 500);
}

}  // namespace
