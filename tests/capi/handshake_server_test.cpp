// SPDX-License-Identifier: Apache-2.0
// The server's half of the handshake (4.4, 4.5), the decisions on headers and extensions (14.8, 14.9),
// and section 9.
#include <websocket.h>

#include <cstring>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handshakes.hpp"

namespace wspc::test {
namespace {

TEST(begin_server, S4_4_host_must_be_there_and_may_be_empty) {
    EXPECT_EQ(server_result(good_request().remove("Host")), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(server_result(good_request().set("Host", "")), S_OK);
    EXPECT_EQ(server_result(good_request().set("hOST", "example.com:8080")), S_OK);
}

TEST(begin_server, S4_4_upgrade_has_the_token_websocket) {
    for (const std::string_view right : {"websocket", "WebSocket", " \twebsocket ", "h2c, websocket"})
        EXPECT_EQ(server_result(good_request().set("upgrade", right)), S_OK) << right;
    for (const std::string_view wrong : {"", "h2c", "websockets", "web socket"})
        EXPECT_EQ(server_result(good_request().set("Upgrade", wrong)), E_INVALID_PROTOCOL_FORMAT) << wrong;
    EXPECT_EQ(server_result(good_request().remove("Upgrade")), E_INVALID_PROTOCOL_FORMAT);
}

TEST(begin_server, S4_4_connection_has_the_token_upgrade) {
    for (const std::string_view right :
         {"Upgrade", "upgrade", "keep-alive, Upgrade", "UPGRADE,x"})  // Firefox
        EXPECT_EQ(server_result(good_request().set("connection", right)), S_OK) << right;
    EXPECT_EQ(server_result(good_request().set("Connection", "keep-alive").add("Connection", "Upgrade")),
              S_OK);
    for (const std::string_view wrong : {"", "keep-alive", "upgraded"})
        EXPECT_EQ(server_result(good_request().set("Connection", wrong)), E_INVALID_PROTOCOL_FORMAT) << wrong;
    EXPECT_EQ(server_result(good_request().remove("Connection")), E_INVALID_PROTOCOL_FORMAT);
}

TEST(begin_server, S4_4_key_is_there_once_and_base64_of_16_bytes) {
    const std::string padded = " \t" + std::string{sample_key} + " ";
    EXPECT_EQ(server_result(good_request().set("sec-websocket-key", padded)), S_OK);
    EXPECT_EQ(server_result(good_request().remove("Sec-WebSocket-Key")), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(server_result(good_request().add("Sec-WebSocket-Key", sample_key)), E_INVALID_PROTOCOL_FORMAT);
    for (const std::string_view wrong :
         {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
          "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZXM=", "dGhlIHNhbXBsZSBub25jZXMh",
          "dGhlIHNhbXBsZS-ub25jZQ==", "dGhlIHNhbXBsZS ub25jZQ==", "AQ=="})
        EXPECT_EQ(server_result(good_request().set("Sec-WebSocket-Key", wrong)), E_INVALID_PROTOCOL_FORMAT)
            << wrong;
}

TEST(begin_server, S4_4_version_is_there_once_and_13) {
    EXPECT_EQ(server_result(good_request().set("sec-websocket-version", " 13\t")), S_OK);
    EXPECT_EQ(server_result(good_request().remove("Sec-WebSocket-Version")), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(server_result(good_request().add("Sec-WebSocket-Version", "13")), E_INVALID_PROTOCOL_FORMAT);
    for (const std::string_view other : {"12", "14", "8", "0", "113", "130"})
        EXPECT_EQ(server_result(good_request().set("Sec-WebSocket-Version", other)),
                  E_PROTOCOL_VERSION_NOT_SUPPORTED)
            << other;
}

TEST(begin_server, S4_4_subprotocol_that_is_selected_must_be_offered) {
    const header_list offering =
        good_request().add("Sec-WebSocket-Protocol", "chat, soap").add("sec-websocket-protocol", "third");
    for (PCSTR const right : {"chat", "soap", "third"}) {
        const handle server = make_handle(role::server);
        const begun got = begin_server(server, offering, right);
        ASSERT_EQ(got.result, S_OK) << right;
        EXPECT_EQ(value_of(got.text(), "Sec-WebSocket-Protocol"), right);
    }
    for (PCSTR const wrong : {"other", "Chat", "cha"})
        EXPECT_EQ(server_result(offering, wrong), E_SUBPROTOCOL_NOT_SUPPORTED) << wrong;
    EXPECT_EQ(server_result(good_request(), "chat"), E_SUBPROTOCOL_NOT_SUPPORTED);
}

TEST(begin_server, S4_4_subprotocol_that_is_offered_need_not_be_selected) {
    const handle server = make_handle(role::server);
    const begun got = begin_server(server, good_request().add("Sec-WebSocket-Protocol", "chat"));
    EXPECT_EQ(got.result, S_OK);
    EXPECT_EQ(got.count, 3u);
}

// The page wants the header only where a sub-protocol is selected.
TEST(begin_server, S4_4_subprotocol_is_looked_at_only_if_one_is_selected) {
    for (PCSTR const odd : {"chat, chat", "a b", ",", "chat,;"}) {
        const header_list offering = good_request().add("Sec-WebSocket-Protocol", odd);
        EXPECT_EQ(server_result(offering), S_OK) << odd;
        EXPECT_EQ(server_result(offering, "chat"), E_INVALID_PROTOCOL_FORMAT) << odd;
    }
}

TEST(begin_server, S4_4_extension_that_is_selected_must_be_offered) {
    const header_list offering =
        good_request().add("Sec-WebSocket-Extensions", "a; x=1, b").add("Sec-WebSocket-Extensions", "c");
    const handle server = make_handle(role::server);
    const begun got = begin_server(server, offering, nullptr, {"c", "a; x=2"});
    ASSERT_EQ(got.result, S_OK);
    EXPECT_EQ(value_of(got.text(), "Sec-WebSocket-Extensions"), "c, a; x=2");
    EXPECT_EQ(server_result(offering, nullptr, {"d"}), E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
    EXPECT_EQ(server_result(offering, nullptr, {"a", "d"}), E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
    EXPECT_EQ(server_result(good_request(), nullptr, {"a"}), E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
}

TEST(begin_server, S4_4_null_value_of_length_0_means_empty) {
    char host[] = "Host";
    char cookie[] = "Cookie";
    EXPECT_EQ(server_result(good_request().add_raw({cookie, 6, nullptr, 0})), S_OK);
    EXPECT_EQ(server_result(good_request().remove("Host").add_raw({host, 4, nullptr, 0})), S_OK);
    EXPECT_EQ(server_result(good_request().add_raw({nullptr, 0, nullptr, 0})), S_OK);
    char upgrade[] = "Upgrade";
    EXPECT_EQ(server_result(good_request().remove("Upgrade").add_raw({upgrade, 7, nullptr, 0})),
              E_INVALID_PROTOCOL_FORMAT);
}

// http.sys' array of known headers for a plain HTTP request: a slot for each, most of them empty.
TEST(begin_server, S4_4_null_value_in_a_plain_request_is_no_crash) {
    header_list slots;
    std::deque<std::string> names;
    for (const char* const name : {"Cache-Control", "Connection", "Date", "Keep-Alive", "Pragma", "Trailer",
                                   "Transfer-Encoding", "Upgrade", "Via", "Host"}) {
        names.emplace_back(name);
        slots.add_raw({names.back().data(), static_cast<ULONG>(names.back().size()), nullptr, 0});
    }
    EXPECT_EQ(server_result(slots), E_INVALID_PROTOCOL_FORMAT);
}

TEST(begin_server, S4_4_no_headers) {
    const handle server = make_handle(role::server);
    begun got = poisoned_begin();
    EXPECT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, nullptr, 0, &got.list, &got.count),
              E_INVALID_PROTOCOL_FORMAT);
    EXPECT_TRUE(got.empty());
    got = poisoned_begin();
    EXPECT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, nullptr, 1, &got.list, &got.count),
              E_INVALIDARG);
    EXPECT_TRUE(got.empty());
}

TEST(begin_server, S4_4_subset_or_all_headers) {
    EXPECT_EQ(server_result(good_request()), S_OK);
    header_list all = good_request();
    for (const char* const name :
         {"User-Agent", "Accept", "Accept-Language", "Origin", "Pragma", "Cookie", "X-A"})
        all.add(name, "some value");
    EXPECT_EQ(server_result(all.add("Sec-WebSocket-Extensions", "permessage-deflate")), S_OK);
}

TEST(begin_server, S4_4_outputs_in_order_and_nul_terminated) {
    const handle server = make_handle(role::server);
    const begun got = begin_server(
        server, good_request().add("Sec-WebSocket-Protocol", "chat").add("Sec-WebSocket-Extensions", "a"),
        "chat", {"a"});
    ASSERT_EQ(got.result, S_OK);
    EXPECT_EQ(got.text(), (std::vector<text_header>{{"Sec-WebSocket-Accept", std::string{sample_accept}},
                                                    {"Connection", "Upgrade"},
                                                    {"Upgrade", "websocket"},
                                                    {"Sec-WebSocket-Protocol", "chat"},
                                                    {"Sec-WebSocket-Extensions", "a"}}));
    for (ULONG i = 0; i < got.count; ++i) {
        EXPECT_EQ(std::strlen(got.list[i].pcName), got.list[i].ulNameLength);
        EXPECT_EQ(std::strlen(got.list[i].pcValue), got.list[i].ulValueLength);
    }
    EXPECT_EQ(std::memcmp(got.list[2].pcName, "Upgrade", 7), 0);  // as a client program compares it
}

TEST(begin_server, S4_4_outputs_must_not_be_null) {
    const handle server = make_handle(role::server);
    header_list request = good_request();
    begun got = poisoned_begin();
    EXPECT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                            nullptr, &got.count),
              E_INVALIDARG);
    EXPECT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(),
                                            &got.list, nullptr),
              E_INVALIDARG);
    EXPECT_EQ(begin_server(server, request).result, S_OK);
}

TEST(begin_server, S4_4_bad_selection) {
    const header_list offering =
        good_request().add("Sec-WebSocket-Protocol", "chat").add("Sec-WebSocket-Extensions", "a");
    for (PCSTR const wrong : {"", "two words", "a,b", "x\r\nSet-Cookie: y", "caf\xc3\xa9"}) {
        const handle server = make_handle(role::server);
        const begun got = begin_server(server, offering, wrong);
        EXPECT_EQ(got.result, E_INVALIDARG) << wrong;
        EXPECT_TRUE(got.empty());
        EXPECT_EQ(begin_server(server, offering, "chat").result, S_OK);
    }
    const handle server = make_handle(role::server);
    begun got = poisoned_begin();
    header_list request = offering;
    EXPECT_EQ(WebSocketBeginServerHandshake(server, nullptr, nullptr, 1, request.data(), request.size(),
                                            &got.list, &got.count),
              E_INVALIDARG);
    EXPECT_TRUE(got.empty());
    EXPECT_EQ(begin_server(server, offering, nullptr, {nullptr}).result, E_INVALIDARG);
}

// Every failure, whatever its code.
TEST(begin_server, S4_4_bad_selection_and_other_failures_leave_null_and_0) {
    const handle server = make_handle(role::server);
    EXPECT_TRUE(begin_server(server, good_request().remove("Host")).empty());
    EXPECT_TRUE(begin_server(server, good_request().set("Sec-WebSocket-Version", "8")).empty());
    EXPECT_TRUE(begin_server(server, good_request(), "chat").empty());
    EXPECT_TRUE(begin_server(server, good_request(), nullptr, {"a"}).empty());
    const handle client = make_handle(role::client);
    EXPECT_TRUE(begin_server(client, good_request()).empty());
}

TEST(end_server, S4_5_implicit) {
    const std::function<HRESULT(WEB_SOCKET_HANDLE)> calls[] = {
        [](WEB_SOCKET_HANDLE server) { return queue_receive(server); },
        [](WEB_SOCKET_HANDLE server) { return queue_bare(server, ping_pong); },
        [](WEB_SOCKET_HANDLE server) { return take_action(server, all_queues).result; },
    };
    for (const auto& call : calls) {
        const handle server = make_handle(role::server);
        begin_server(server);
        EXPECT_EQ(call(server), S_OK);
        EXPECT_EQ(WebSocketEndServerHandshake(server), S_OK);  // OPEN by then
    }
}

TEST(end_server, S4_5_second_call) {
    const handle server = open_handle(role::server);
    EXPECT_EQ(WebSocketEndServerHandshake(server), S_OK);
}

TEST(end_server, S4_5_before_begin) {
    const handle server = make_handle(role::server);
    EXPECT_EQ(WebSocketEndServerHandshake(server), E_INVALID_PROTOCOL_OPERATION);
}

TEST(end_server, S4_5_then_delete) {
    handle server = make_handle(role::server);
    begin_server(server);
    EXPECT_EQ(WebSocketEndServerHandshake(server), S_OK);
    server.reset();
}

TEST(headers, S14_8_null_array_with_a_count_is_an_invalid_argument) {
    begun_client with;
    EXPECT_EQ(WebSocketEndClientHandshake(with.client, nullptr, 1, nullptr, nullptr, nullptr), E_INVALIDARG);
    EXPECT_EQ(with.end(), S_OK);
}

TEST(headers, S14_8_null_pointer_with_a_length_is_an_invalid_argument) {
    char text[] = "X";
    EXPECT_EQ(server_result(good_request().add_raw({nullptr, 1, text, 1})), E_INVALIDARG);
    EXPECT_EQ(server_result(good_request().add_raw({text, 1, nullptr, 1})), E_INVALIDARG);
    const handle client = make_handle(role::client);
    EXPECT_EQ(begin_client(client, {}, {}, header_list{}.add_raw({nullptr, 1, text, 1})).result,
              E_INVALIDARG);
    EXPECT_EQ(begin_client(client, {}, {}, header_list{}.add_raw({text, 1, nullptr, 1})).result,
              E_INVALIDARG);
    EXPECT_EQ(begin_client(client, {}, {}, header_list{}.add_raw({text, 1, nullptr, 0})).result, S_OK);
}

TEST(headers, S14_8_empty_names_are_ignored) {
    EXPECT_EQ(server_result(good_request().add("", "x").add_raw({nullptr, 0, nullptr, 0})), S_OK);
    begun_client with;
    EXPECT_EQ(with.end(with.response.add("", "x").add_raw({nullptr, 0, nullptr, 0})), S_OK);
}

TEST(headers, S14_8_two_host_headers_are_a_format_error) {
    EXPECT_EQ(server_result(good_request().add("host", "example.com")), E_INVALID_PROTOCOL_FORMAT);
}

TEST(headers, S14_8_two_upgrade_headers_in_a_response_are_a_format_error) {
    begun_client with;
    EXPECT_EQ(with.end(header_list{with.response}.add("Upgrade", "websocket")), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(with.end(), S_OK);
}

TEST(headers, S14_8_several_upgrade_lines_in_a_request_are_one_list) {
    EXPECT_EQ(server_result(good_request().set("Upgrade", "h2c").add("Upgrade", "websocket")), S_OK);
}

TEST(headers, S14_8_empty_protocol_and_extension_values_count_as_absent) {
    EXPECT_EQ(
        server_result(good_request().add("Sec-WebSocket-Protocol", "").add("Sec-WebSocket-Extensions", "")),
        S_OK);
    EXPECT_EQ(server_result(good_request().add("Sec-WebSocket-Protocol", ""), "chat"),
              E_SUBPROTOCOL_NOT_SUPPORTED);
    begun_client none;
    EXPECT_EQ(none.end(none.response.add("Sec-WebSocket-Protocol", "").add("Sec-WebSocket-Extensions", "")),
              S_OK);
    begun_client offering{{"chat"}};
    EXPECT_EQ(offering.end(offering.response.add("Sec-WebSocket-Protocol", "")), E_SUBPROTOCOL_NOT_SUPPORTED);
}

TEST(headers, S14_8_trailing_bits_of_a_key_are_ignored) {
    EXPECT_EQ(server_result(good_request().set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZR==")), S_OK);
    EXPECT_EQ(server_result(good_request().set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZf==")), S_OK);
}

TEST(extensions, S14_9_names_match_case_sensitively) {
    EXPECT_EQ(server_result(good_request().add("Sec-WebSocket-Extensions", "Abc"), nullptr, {"abc"}),
              E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
    begun_client with{{}, {"abc"}};
    EXPECT_EQ(with.end(with.response.add("Sec-WebSocket-Extensions", "ABC")),
              E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
}

TEST(extensions, S14_9_parameters_are_emitted_as_given) {
    const handle client = make_handle(role::client);
    const begun asked = begin_client(client, {}, {"a;x;  y=\"1\"", "b; z=2"});
    ASSERT_EQ(asked.result, S_OK);
    EXPECT_EQ(value_of(asked.text(), "Sec-WebSocket-Extensions"), "a;x;  y=\"1\", b; z=2");
    const handle server = make_handle(role::server);
    const begun answered =
        begin_server(server, good_request().add("Sec-WebSocket-Extensions", "a; q"), nullptr, {"a;r ;s=3"});
    ASSERT_EQ(answered.result, S_OK);
    EXPECT_EQ(value_of(answered.text(), "Sec-WebSocket-Extensions"), "a;r ;s=3");
}

TEST(extensions, S14_9_a_name_that_the_server_selects_twice_is_refused) {
    EXPECT_EQ(
        server_result(good_request().add("Sec-WebSocket-Extensions", "a; x, a"), nullptr, {"a", "a; x"}),
        E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
    begun_client with{{}, {"a", "b"}};
    ULONG indices[4] = {};
    ULONG count = 4;
    with.response.add("Sec-WebSocket-Extensions", "a, a");
    EXPECT_EQ(WebSocketEndClientHandshake(with.client, with.response.data(), with.response.size(), indices,
                                          &count, nullptr),
              E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
}

TEST(extensions, S14_9_the_index_is_that_of_the_first_offer) {
    begun_client with{{}, {"b", "a; x=1", "a"}};
    ULONG indices[1] = {99};
    ULONG count = 1;
    with.response.add("Sec-WebSocket-Extensions", "a");
    EXPECT_EQ(WebSocketEndClientHandshake(with.client, with.response.data(), with.response.size(), indices,
                                          &count, nullptr),
              S_OK);
    EXPECT_EQ(indices[0], 1u);
}

TEST(extensions, S14_9_text_that_does_not_parse_is_an_invalid_argument) {
    for (PCSTR const wrong :
         {"a b", "a;", "a;=1", "a\r\nX: y", "a\x01", ";x", "a; x=", "a; x=\"", "\x7f", "a\t\n"}) {
        const handle client = make_handle(role::client);
        const begun asked = begin_client(client, {}, {wrong});
        EXPECT_EQ(asked.result, E_INVALIDARG) << wrong;
        EXPECT_TRUE(asked.empty());
        const handle server = make_handle(role::server);
        const begun answered =
            begin_server(server, good_request().add("Sec-WebSocket-Extensions", "a"), nullptr, {wrong});
        EXPECT_EQ(answered.result, E_INVALIDARG) << wrong;
        EXPECT_TRUE(answered.empty());
    }
}

TEST(extensions, S9_raw_type_refused) {
    const handle server = open_handle(role::server);
    for (const std::uint32_t type : {0u, 2u, 0x102u, 0x182u, 0x1feu, 0x7ffffffeu})
        EXPECT_EQ(queue_send(server, unlisted<WEB_SOCKET_BUFFER_TYPE>(type), text_bytes("x")), E_INVALIDARG);
    expect_no_action(server, all_queues);
}

TEST(extensions, S9_rsv_fails_unless_negotiated) {
    for (const std::uint8_t rsv : {rsv1, rsv2, rsv3}) {
        const handle server = open_handle(role::server);
        bytes incoming = wire_to(role::server, 1, text_bytes("x"), true, rsv);
        EXPECT_EQ(receive_one(server, incoming).result, E_INVALID_PROTOCOL_FORMAT);
    }
}

// 0x82 is FIN and binary, 0xC1 FIN, RSV1 and text; the type is that octet, and a 0 for the mask bit.
TEST(extensions, S9_rsv_delivered_when_negotiated) {
    for (const std::uint8_t rsv : {rsv1, rsv2, rsv3})
        for (const unsigned op : {1u, 2u}) {
            const handle server = make_handle(role::server);
            ASSERT_EQ(
                begin_server(server, good_request().add("Sec-WebSocket-Extensions", "a"), nullptr, {"a"})
                    .result,
                S_OK);
            bytes incoming = wire_to(role::server, op, octets({0xff, 0xc0}), true, rsv) +
                             wire_to(role::server, 1, text_bytes("plain"));
            const piece raw = receive_one(server, incoming);
            EXPECT_EQ(raw.result, S_OK);
            EXPECT_EQ(static_cast<std::uint32_t>(raw.type), (0x80u | rsv | op) << 1);
            EXPECT_EQ(raw.payload, octets({0xff, 0xc0}));  // no UTF-8 check
            const piece plain = receive_one(server, incoming);
            EXPECT_EQ(plain.type, text_message);
            EXPECT_EQ(plain.payload, text_bytes("plain"));
        }
}

TEST(extensions, S9_negotiation_works_on_both_sides) {
    const handle client = make_handle(role::client);
    const begun request = begin_client(client, {}, {"a; x", "b"});
    ASSERT_EQ(request.result, S_OK);
    const handle server = make_handle(role::server);
    const begun response =
        begin_server(server, header_list{request.list, request.count}.add("Host", ""), nullptr, {"b"});
    ASSERT_EQ(response.result, S_OK);
    ULONG indices[2] = {99, 99};
    ULONG count = 2;
    EXPECT_EQ(WebSocketEndClientHandshake(client, response.list, response.count, indices, &count, nullptr),
              S_OK);
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(indices[0], 1u);
    const bytes payload = text_bytes("hello");
    ASSERT_EQ(queue_send(client, text_message, payload), S_OK);
    bytes wire = send_all(client).wire;
    EXPECT_EQ(receive_one(server, wire).payload, payload);
}

}  // namespace
}  // namespace wspc::test
