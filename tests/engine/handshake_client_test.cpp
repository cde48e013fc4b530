// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
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

// Fills with the nonce of RFC 6455 1.3.
bool sample_nonce(void*, std::span<std::byte> bytes) noexcept {
    constexpr std::string_view nonce = "the sample nonce";
    if (bytes.size() != nonce.size()) return false;
    std::memcpy(bytes.data(), nonce.data(), nonce.size());
    return true;
}
bool failing(void*, std::span<std::byte>) noexcept { return false; }

constexpr wspc::random_source sample{nullptr, sample_nonce};
constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";

const std::string_view protocols[]{"chat", "superchat"};
const std::string_view extensions[]{"permessage-deflate; a=1", "foo", "permessage-deflate"};

std::string fields(const wspc::client_request& made) {
    std::string all;
    for (const header& h : made.headers()) {
        all.append(h.name).append(": ").append(h.value).append("\n");
        EXPECT_EQ(h.name.data()[h.name.size()], '\0');
        EXPECT_EQ(h.value.data()[h.value.size()], '\0');
        EXPECT_EQ(wspc::check_header(h), error::none);
    }
    return all;
}

TEST(handshake_client, makes_the_fields_in_their_order) {
    std::array<char, 512> storage;
    const wspc::client_request plain = wspc::make_request({}, storage, sample);
    ASSERT_EQ(plain.code, error::none);
    EXPECT_EQ(fields(plain),
              "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n");
    EXPECT_EQ(plain.key, sample_key);

    const wspc::client_request full = wspc::make_request({.host = "a.example:8080",
                                                          .origin = "http://b.example",
                                                          .protocols = protocols,
                                                          .extensions = extensions},
                                                         storage, sample);
    ASSERT_EQ(full.code, error::none);
    EXPECT_EQ(fields(full),
              "Host: a.example:8080\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Protocol: chat, superchat\n"
              "Sec-WebSocket-Extensions: permessage-deflate; a=1, foo, permessage-deflate\n"
              "Origin: http://b.example\n");
    const wspc::request request = full.as_request("/chat");
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.version, 11);
    EXPECT_EQ(wspc::read_request(request).code, error::none);
}

TEST(handshake_client, draws_a_fresh_key_each_time) {
    std::array<char, 64> first, second;
    const wspc::client_request a = wspc::make_request({}, first);
    const wspc::client_request b = wspc::make_request({}, second);
    ASSERT_EQ(a.code, error::none);
    ASSERT_EQ(b.code, error::none);
    EXPECT_EQ(a.key.size(), 24u);
    EXPECT_NE(a.key, b.key);
}

TEST(handshake_client, sends_nothing_without_randomness) {
    std::array<char, 64> storage{};
    const wspc::client_request made = wspc::make_request({}, storage, {nullptr, failing});
    EXPECT_EQ(made.code, error::no_randomness);
    EXPECT_THAT(made.headers(), IsEmpty());
    EXPECT_TRUE(made.key.empty());
    EXPECT_EQ(wspc::make_request({}, storage, wspc::random_source{}).code, error::no_randomness);
}

error request_code(const wspc::client_offer& wanted) {
    std::array<char, 512> storage;
    storage.fill('#');
    const wspc::client_request made = wspc::make_request(wanted, storage, sample);
    if (made.code != error::none) {
        EXPECT_THAT(made.headers(), IsEmpty());
        EXPECT_TRUE(std::all_of(storage.begin(), storage.end(), [](char c) { return c == '#'; }));
    }
    return made.code;
}

TEST(handshake_client, emits_nothing_that_was_injected) {
    for (const std::string_view text : {"a\r\nX: y", "a b", "a/b", "a@b", "a:b", "a\n", ":80", "[..]"}) {
        EXPECT_EQ(request_code({.host = text}), error::header_value_invalid) << text;
    }
    EXPECT_EQ(request_code({.host = {"a\0", 2}}), error::header_value_invalid);
    for (const std::string_view text :
         {"http://a\r\nX: y", "a", "http://a, http://b", "http://a ", "http://a\n"}) {
        EXPECT_EQ(request_code({.origin = text}), error::origin_invalid) << text;
    }
    EXPECT_EQ(request_code({.origin = "null"}), error::none);
    for (const std::string_view text : {"a\r\nX: y", "a, b", "", " a", "a;b", "a\n", "a\t", "chat"}) {
        const std::string_view list[]{"chat", text};
        EXPECT_EQ(request_code({.protocols = list}), error::protocol_invalid) << text;
    }
    for (const std::string_view text :
         {"a\r\nX: y", "a, b", "", " a", "a;", "a\n", "a;\tb", "a; b=\"c,d\""}) {
        const std::string_view list[]{"foo", text};
        EXPECT_EQ(request_code({.extensions = list}), error::extension_invalid) << text;
    }
}

TEST(handshake_client, fits_its_storage_exactly_or_says_what_it_needs) {
    const wspc::client_offer wanted{
        .host = "h", .origin = "http://o", .protocols = protocols, .extensions = extensions};
    const std::size_t needed = wspc::make_request(wanted, {}, sample).needed;
    for (std::size_t size = 0; size <= needed; ++size) {
        std::string storage(needed + 8, '#');
        const wspc::client_request made = wspc::make_request(wanted, std::span{storage}.first(size), sample);
        EXPECT_EQ(made.code, size < needed ? error::no_room : error::none);
        EXPECT_EQ(made.needed, size < needed ? needed : 0);
        EXPECT_EQ(storage.substr(size), std::string(needed + 8 - size, '#'));
        EXPECT_EQ(storage.back() == '#' && storage[0] == '#', size < needed);
    }
}

const std::vector<header> example{
    {"Upgrade", "websocket"},
    {"Connection", "Upgrade"},
    {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
    {"Sec-WebSocket-Protocol", "superchat"},
};
const wspc::client_offer offered{.protocols = protocols, .extensions = extensions};

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
std::vector<header> plus(std::string_view name, std::string_view value) {
    std::vector<header> headers = example;
    headers.push_back({name, value});
    return headers;
}
error verdict(const std::vector<header>& headers, const wspc::client_offer& wanted = offered) {
    const wspc::checked_response checked = wspc::check_response({101, headers}, sample_key, wanted);
    if (checked.code != error::none) {
        EXPECT_TRUE(checked.agreed.protocol.empty());
        EXPECT_EQ(checked.protocol, wspc::none_offered);
    }
    return checked.code;
}

TEST(handshake_client, accepts_the_example_of_the_rfc) {
    const wspc::checked_response checked = wspc::check_response({101, example}, sample_key, offered);
    EXPECT_EQ(checked.code, error::none);
    EXPECT_EQ(checked.agreed.protocol, "superchat");
    EXPECT_EQ(checked.protocol, 1u);
    EXPECT_TRUE(checked.agreed.extensions.empty());
}

TEST(handshake_client, checks_the_status_if_it_is_known) {
    EXPECT_EQ(wspc::check_response({0, example}, sample_key, offered).code, error::none);
    for (const unsigned status : {100u, 102u, 200u, 302u, 401u, 426u}) {
        EXPECT_EQ(
            wspc::check_response({static_cast<std::uint16_t>(status), example}, sample_key, offered).code,
            error::status_not_101);
    }
}

TEST(handshake_client, wants_its_own_key_back) {
    for (const std::string_view key : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==="}) {
        EXPECT_EQ(wspc::check_response({101, example}, key, offered).code, error::key_invalid);
    }
    EXPECT_EQ(wspc::check_response({101, example}, "AAAAAAAAAAAAAAAAAAAAAA==", offered).code,
              error::accept_wrong);
}

TEST(handshake_client, checks_the_value_of_each_field) {
    struct row {
        std::string_view name;
        std::string_view value;
        error code;
    };
    const row rows[]{
        {"Upgrade", " WebSocket ", error::none},
        {"Upgrade", "", error::upgrade_missing},
        {"Upgrade", "websocket, h2c", error::upgrade_missing},
        {"Upgrade", "websocke", error::upgrade_missing},
        {"Connection", "keep-alive, UPGRADE", error::none},
        {"Connection", "close", error::connection_missing},
        {"Connection", "", error::connection_missing},
        {"Sec-WebSocket-Accept", "\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo= ", error::none},
        {"Sec-WebSocket-Accept", "", error::accept_wrong},
        {"Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", error::accept_wrong},
        {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo", error::accept_wrong},
        {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo==", error::accept_wrong},
        {"Sec-WebSocket-Accept", "dGhlIHNhbXBsZSBub25jZQ==", error::accept_wrong},
        {"Sec-WebSocket-Protocol", "chat", error::none},
        {"Sec-WebSocket-Protocol", "", error::none},
        {"Sec-WebSocket-Protocol", "Chat", error::protocol_not_offered},
        {"Sec-WebSocket-Protocol", "other", error::protocol_not_offered},
        {"Sec-WebSocket-Protocol", "chat, superchat", error::protocol_repeated},
        {"Sec-WebSocket-Protocol", "chat,", error::protocol_invalid},
        {"Sec-WebSocket-Protocol", ",", error::protocol_invalid},
        {"Sec-WebSocket-Protocol", "chat;a", error::protocol_invalid},
    };
    for (const row& r : rows)
        EXPECT_EQ(verdict(replaced(r.name, r.value)), r.code) << r.name << ": " << r.value;
}

TEST(handshake_client, wants_every_required_field_once) {
    EXPECT_EQ(verdict(without("Upgrade")), error::upgrade_missing);
    EXPECT_EQ(verdict(without("Connection")), error::connection_missing);
    EXPECT_EQ(verdict(without("Sec-WebSocket-Accept")), error::accept_missing);
    EXPECT_EQ(verdict(plus("upgrade", "websocket")), error::upgrade_repeated);
    EXPECT_EQ(verdict(plus("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")), error::accept_repeated);
    EXPECT_EQ(verdict(plus("sec-websocket-protocol", "superchat")), error::protocol_repeated);
    EXPECT_EQ(verdict(plus("sec-websocket-protocol", " ")), error::none);
    EXPECT_EQ(verdict(plus("connection", "close")), error::none);
}

TEST(handshake_client, may_insist_on_a_protocol) {
    wspc::client_offer insisting = offered;
    insisting.protocol_required = true;
    EXPECT_EQ(verdict(without("Sec-WebSocket-Protocol")), error::none);
    EXPECT_EQ(verdict(without("Sec-WebSocket-Protocol"), insisting), error::protocol_missing);
    EXPECT_EQ(verdict(example, insisting), error::none);
    EXPECT_EQ(verdict(without("Sec-WebSocket-Protocol"), {.protocol_required = true}), error::none);
    EXPECT_EQ(verdict(example, {}), error::protocol_not_offered);
}

TEST(handshake_client, takes_only_extensions_that_it_offered) {
    const auto code = [](std::string_view value) { return verdict(plus("Sec-WebSocket-Extensions", value)); };
    EXPECT_EQ(code(""), error::none);
    EXPECT_EQ(code("foo; x=\"y\", permessage-deflate"), error::none);
    for (const std::string_view value : {",", "foo;", "foo bar", "foo; x=\""}) {
        EXPECT_EQ(code(value), error::extension_invalid) << value;
    }
    for (const std::string_view value : {"bar", "Foo", "a", "foo, bar", "foo, foo", "permessage-delfate",
                                         "foo, permessage-deflate, foo", "foo, foo, foo, foo"}) {
        EXPECT_EQ(code(value), error::extension_not_offered) << value;
    }
    EXPECT_EQ(wspc::check_response({101, plus("Sec-WebSocket-Extensions", "foo")}, sample_key,
                                   {.protocols = protocols})
                  .code,
              error::extension_not_offered);
}

TEST(handshake_client, tells_which_offer_was_taken) {
    std::vector<header> headers = plus("Sec-WebSocket-Extensions", "foo");
    headers.push_back({"sec-websocket-extensions", "permessage-deflate; b"});
    const wspc::checked_response checked = wspc::check_response({101, headers}, sample_key, offered);
    ASSERT_EQ(checked.code, error::none);
    std::vector<std::size_t> taken;
    for (const wspc::extension& e : checked.agreed.extensions) {
        taken.push_back(wspc::offered_index(extensions, e.name()));
    }
    EXPECT_THAT(taken, ElementsAre(1u, 0u));
    EXPECT_EQ(wspc::offered_index(extensions, "permessage"), wspc::none_offered);
}

TEST(handshake_client, agrees_with_what_the_server_of_this_library_answers) {
    std::array<char, 512> storage, answer;
    const wspc::client_offer wanted{.host = "a", .protocols = protocols, .extensions = extensions};
    const wspc::client_request made = wspc::make_request(wanted, storage);
    ASSERT_EQ(made.code, error::none);
    const wspc::request request = made.as_request("/");
    const auto offer = wspc::read_request(request);
    ASSERT_EQ(offer.code, error::none);
    const std::string_view chosen[]{"foo"};
    const wspc::server_reply reply = wspc::accept(offer.value, {"superchat", chosen}, answer);
    ASSERT_EQ(reply.code, error::none);
    const wspc::checked_response checked = wspc::check_response(reply.as_response(), made.key, wanted);
    EXPECT_EQ(checked.code, error::none);
    EXPECT_EQ(checked.agreed.protocol, "superchat");
    EXPECT_TRUE(checked.agreed.extensions.contains("foo"));
}

}  // namespace
