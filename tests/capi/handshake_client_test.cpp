// SPDX-License-Identifier: Apache-2.0
// The client's half of the handshake (4.2, 4.3), and what both halves share in lifetime (4.6).
#include <websocket.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "capi/support/handshakes.hpp"

namespace wspc::test {
namespace {

std::vector<std::string> names_of(const begun& from) {
    std::vector<std::string> made;
    for (const text_header& h : from.text()) made.push_back(h.first);
    return made;
}

TEST(begin_client, S4_2_inputs_are_optional) {
    const handle client = make_handle(role::client);
    EXPECT_EQ(begin_client(client).result, S_OK);
    // What .NET passes: no Host among them.
    const handle other = make_handle(role::client);
    EXPECT_EQ(begin_client(other, {}, {}, {{"Connection", "Upgrade"}, {"Upgrade", "websocket"}}).result,
              S_OK);
}

TEST(begin_client, S4_2_outputs_in_order) {
    const handle client = make_handle(role::client);
    const begun got = begin_client(client);
    ASSERT_EQ(got.result, S_OK);
    const auto text = got.text();
    ASSERT_EQ(text.size(), 4u);
    EXPECT_EQ(text[0], text_header("Connection", "Upgrade"));
    EXPECT_EQ(text[1], text_header("Upgrade", "websocket"));
    EXPECT_EQ(text[2], text_header("Sec-WebSocket-Version", "13"));
    EXPECT_EQ(text[3].first, "Sec-WebSocket-Key");
}

TEST(begin_client, S4_2_outputs_have_protocols_and_extensions_when_given) {
    const handle client = make_handle(role::client);
    const begun got = begin_client(client, {"chat", "soap.v2"}, {"x-one; level=3", "y-two"});
    ASSERT_EQ(got.result, S_OK);
    const auto text = got.text();
    ASSERT_EQ(text.size(), 6u);
    EXPECT_EQ(text[4], text_header("Sec-WebSocket-Protocol", "chat, soap.v2"));
    EXPECT_EQ(text[5], text_header("Sec-WebSocket-Extensions", "x-one; level=3, y-two"));
}

TEST(begin_client, S4_2_outputs_are_the_full_set_whatever_the_initial_headers_have) {
    const handle client = make_handle(role::client);
    const begun got = begin_client(client, {}, {},
                                   {{"connection", "keep-alive, Upgrade"},
                                    {"UPGRADE", "websocket"},
                                    {"Sec-WebSocket-Version", "8"},
                                    {"Sec-WebSocket-Key", "x"}});
    ASSERT_EQ(got.result, S_OK);
    EXPECT_EQ(names_of(got), (std::vector<std::string>{"Connection", "Upgrade", "Sec-WebSocket-Version",
                                                       "Sec-WebSocket-Key"}));
    EXPECT_EQ(value_of(got.text(), "sec-websocket-version"), "13");
}

TEST(begin_client, S4_2_not_emitted_are_host_origin_and_a_request_line) {
    const handle client = make_handle(role::client);
    const begun got = begin_client(client, {"chat"}, {}, {{"Host", "h"}, {"Origin", "http://o"}});
    ASSERT_EQ(got.result, S_OK);
    for (const text_header& h : got.text()) {
        EXPECT_FALSE(same_name(h.first, "Host") || same_name(h.first, "Origin"));
        EXPECT_EQ(h.first.find("GET"), std::string::npos);
    }
}

TEST(begin_client, S4_2_key_is_base64_of_16_bytes_and_fresh) {
    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) {
        const handle client = make_handle(role::client);
        const auto key = value_of(begin_client(client).text(), "Sec-WebSocket-Key");
        ASSERT_TRUE(key.has_value());
        ASSERT_EQ(key->size(), 24u);
        EXPECT_EQ(key->substr(22), "==");
        EXPECT_EQ(key->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"),
                  22u);
        EXPECT_NE(std::string("AQgw").find((*key)[21]), std::string::npos);  // 128 bits: the last four are 0
        EXPECT_TRUE(seen.insert(*key).second);
    }
}

TEST(begin_client, S4_2_strings_are_ascii_and_nul_terminated) {
    const handle client = make_handle(role::client);
    const begun got = begin_client(client, {"chat", "b"}, {"x"});
    ASSERT_EQ(got.result, S_OK);
    for (ULONG i = 0; i < got.count; ++i) {
        EXPECT_EQ(std::strlen(got.list[i].pcName), got.list[i].ulNameLength);
        EXPECT_EQ(std::strlen(got.list[i].pcValue), got.list[i].ulValueLength);
        for (const char c : std::string(got.list[i].pcName) + got.list[i].pcValue) {
            EXPECT_GE(c, ' ');
            EXPECT_LE(c, '~');
        }
    }
}

void expect_begin_refused(strings protocols, strings extensions = {}, header_list initial = {}) {
    const handle client = make_handle(role::client);
    const begun got = begin_client(client, std::move(protocols), std::move(extensions), std::move(initial));
    EXPECT_EQ(got.result, E_INVALIDARG);
    EXPECT_TRUE(got.empty());
    EXPECT_EQ(begin_client(client).result, S_OK);  // nothing has changed
}

TEST(begin_client, S4_2_errors_in_strings) {
    expect_begin_refused({nullptr});
    expect_begin_refused({"a", nullptr});
    expect_begin_refused({""});
    expect_begin_refused({"two words"});
    expect_begin_refused({"a,b"});
    expect_begin_refused({"a\r\nX: y"});
    expect_begin_refused({"caf\xc3\xa9"});
    expect_begin_refused({"chat", "b", "chat"});
    expect_begin_refused({}, {nullptr});
    expect_begin_refused({}, {""});
    expect_begin_refused({}, {"x", nullptr});
}

// As many names as headers, and as much text.
TEST(begin_client, S4_2_errors_in_how_many_strings_there_are) {
    const strings most(4096, "x");
    EXPECT_EQ(begin_client(make_handle(role::client), {}, most).result, S_OK);
    strings more = most;
    more.push_back("x");
    expect_begin_refused({}, more);

    const std::string long_name(1u << 20, 'x');
    EXPECT_EQ(begin_client(make_handle(role::client), {}, {long_name.c_str()}).result, S_OK);
    expect_begin_refused({"y"}, {long_name.c_str()});

    // The sum of both counts is 1, or 0.
    const handle client = make_handle(role::client);
    PCSTR names[] = {"a", "b"};
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG size = 7;
    const auto call = [&](ULONG protocols, ULONG extensions) {
        return WebSocketBeginClientHandshake(client, names, protocols, names, extensions, nullptr, 0, &list,
                                             &size);
    };
    EXPECT_EQ(call(2, 0xffffffff), E_INVALIDARG);
    EXPECT_EQ(call(0xffffffff, 2), E_INVALIDARG);
    EXPECT_EQ(call(1, 0xffffffff), E_INVALIDARG);
    EXPECT_EQ(size, 0u);
    EXPECT_EQ(call(2, 1), S_OK);
}

TEST(begin_client, S4_2_errors_in_initial_headers) {
    expect_begin_refused({}, {}, {{"", "value"}});
    expect_begin_refused({}, {}, {{"Na:me", "value"}});
    expect_begin_refused({}, {}, {{"Host:", "value"}});
}

TEST(begin_client, S4_2_errors_in_pointers) {
    const handle client = make_handle(role::client);
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 7;
    const auto call = [&](ULONG n, ULONG m, ULONG k, WEB_SOCKET_HTTP_HEADER** to, ULONG* size) {
        return WebSocketBeginClientHandshake(client, nullptr, n, nullptr, m, nullptr, k, to, size);
    };
    EXPECT_EQ(call(0, 0, 0, nullptr, &count), E_INVALIDARG);
    EXPECT_EQ(call(0, 0, 0, &list, nullptr), E_INVALIDARG);
    EXPECT_EQ(list, nullptr);
    for (int i = 0; i < 3; ++i) {
        count = 7;
        EXPECT_EQ(call(i == 0 ? 1u : 0u, i == 1 ? 1u : 0u, i == 2 ? 1u : 0u, &list, &count), E_INVALIDARG);
        EXPECT_EQ(list, nullptr);
        EXPECT_EQ(count, 0u);
    }
    EXPECT_EQ(call(0, 0, 0, &list, &count), S_OK);
}

TEST(begin_client, S4_6_array_is_readable_after_end_and_after_a_refused_begin) {
    const handle client = make_handle(role::client);
    const begun request = begin_client(client, {}, {});
    ASSERT_EQ(request.result, S_OK);
    const auto before = request.text();
    const handle server = make_handle(role::server);
    header_list sent{request.list, request.count};
    const begun response = begin_server(server, sent.add("Host", ""));
    ASSERT_EQ(response.result, S_OK);
    const auto answered = response.text();
    // The server's own array goes to the client, before the server has ended.
    ASSERT_EQ(WebSocketEndClientHandshake(client, response.list, response.count, nullptr, nullptr, nullptr),
              S_OK);
    ASSERT_EQ(WebSocketEndServerHandshake(server), S_OK);
    EXPECT_EQ(begin_client(client).result, E_INVALID_PROTOCOL_OPERATION);
    EXPECT_EQ(begin_server(server, good_request()).result, E_INVALID_PROTOCOL_OPERATION);
    for (const role side : {role::client, role::server}) {
        WEB_SOCKET_HANDLE const at = side == role::client ? client : server;
        ASSERT_EQ(queue_bare(at, close_type), S_OK);
        (void)send_all(at);
        WebSocketAbortHandle(at);
    }
    EXPECT_EQ(request.text(), before);
    EXPECT_EQ(response.text(), answered);
}

TEST(end_client, S4_3_unknown_headers_are_ignored) {
    begun_client with;
    header_list all{
        {"Date", "now"}, {"Server", "x"}, {"", "no name"}, {"Set-Cookie", "a=b"}, {"Set-Cookie", ""}};
    for (const text_header& h : to_text(with.response.data(), with.response.size()))
        all.add(h.first, h.second);
    EXPECT_EQ(with.end(all), S_OK);
}

TEST(end_client, S4_3_upgrade) {
    for (const std::string_view right : {"websocket", "WebSocket", "WEBSOCKET", " \twebsocket\t "}) {
        begun_client with;
        EXPECT_EQ(with.end(with.response.set("uPGRADE", right)), S_OK) << right;
    }
    for (const std::string_view wrong : {"", "websockets", "h2c", "web socket", "websocket, h2c"}) {
        begun_client with;
        EXPECT_EQ(with.end(with.response.set("Upgrade", wrong)), E_INVALID_PROTOCOL_FORMAT) << wrong;
    }
    begun_client without;
    EXPECT_EQ(without.end(without.response.remove("Upgrade")), E_INVALID_PROTOCOL_FORMAT);
}

TEST(end_client, S4_3_connection) {
    for (const std::string_view right :
         {"upgrade", "UPGRADE", "keep-alive, Upgrade", "Upgrade,close", " upgrade "}) {
        begun_client with;
        EXPECT_EQ(with.end(with.response.set("connection", right)), S_OK) << right;
    }
    begun_client lines;
    EXPECT_EQ(lines.end(lines.response.set("Connection", "keep-alive").add("Connection", "a, upgrade")),
              S_OK);
    for (const std::string_view wrong : {"", "keep-alive", "upgraded", "up grade", "xupgrade"}) {
        begun_client with;
        EXPECT_EQ(with.end(with.response.set("Connection", wrong)), E_INVALID_PROTOCOL_FORMAT) << wrong;
    }
    begun_client without;
    EXPECT_EQ(without.end(without.response.remove("Connection")), E_INVALID_PROTOCOL_FORMAT);
}

TEST(end_client, S4_3_accept) {
    begun_client trimmed;
    const std::string accept =
        value_of(to_text(trimmed.response.data(), trimmed.response.size()), "Sec-WebSocket-Accept")
            .value_or("");
    EXPECT_EQ(trimmed.end(trimmed.response.set("sec-websocket-accept", " \t" + accept + " ")), S_OK);

    begun_client with;
    const std::string right =
        value_of(to_text(with.response.data(), with.response.size()), "Sec-WebSocket-Accept").value_or("");
    std::string other_case = right;
    for (char& c : other_case) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const header_list without = header_list{with.response}.remove("Sec-WebSocket-Accept");
    EXPECT_EQ(with.end(without), E_INVALID_PROTOCOL_FORMAT);
    for (const std::string& wrong : {std::string{}, std::string{sample_accept}, right + "x", right.substr(1),
                                     other_case, '"' + right + '"'})
        EXPECT_EQ(with.end(header_list{without}.add("Sec-WebSocket-Accept", wrong)),
                  E_INVALID_PROTOCOL_FORMAT)
            << wrong;
    EXPECT_EQ(with.end(header_list{with.response}.add("Sec-WebSocket-Accept", right)),
              E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(with.end(), S_OK);  // none of the failures changed anything
}

TEST(end_client, S4_3_null_pointer_with_a_length_is_a_format_error) {
    begun_client with;
    char text[] = "X";
    EXPECT_EQ(with.end(header_list{with.response}.add_raw({nullptr, 1, text, 1})), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(with.end(header_list{with.response}.add_raw({text, 1, nullptr, 1})), E_INVALID_PROTOCOL_FORMAT);
    EXPECT_EQ(with.end(header_list{with.response}.add_raw({text, 1, nullptr, 0})), S_OK);
}

TEST(end_client, S4_3_outputs_may_be_null) {
    begun_client with;
    EXPECT_EQ(WebSocketEndClientHandshake(with.client, with.response.data(), with.response.size(), nullptr,
                                          nullptr, nullptr),
              S_OK);
    begun_client count_only;
    ULONG count = 0;
    EXPECT_EQ(WebSocketEndClientHandshake(count_only.client, count_only.response.data(),
                                          count_only.response.size(), nullptr, &count, nullptr),
              S_OK);
    EXPECT_EQ(count, 0u);
}

struct ended {
    HRESULT result = S_OK;
    ULONG indices[4] = {99, 99, 99, 99};
    ULONG count = 0;
    ULONG protocol = 99;
};
ended end_client(begun_client& with, header_list response, ULONG capacity) {
    ended made;
    made.count = capacity;
    made.result = WebSocketEndClientHandshake(with.client, response.data(), response.size(), made.indices,
                                              &made.count, &made.protocol);
    return made;
}

TEST(end_client, S4_3_extension_count_is_capacity_and_then_the_number) {
    begun_client with{{}, {"a", "b; x=1", "c"}};
    const ended got = end_client(with, with.response.add("Sec-WebSocket-Extensions", "c, b; x=2"), 4);
    EXPECT_EQ(got.result, S_OK);
    EXPECT_EQ(got.count, 2u);
    EXPECT_EQ(got.indices[0], 2u);
    EXPECT_EQ(got.indices[1], 1u);
    EXPECT_EQ(got.indices[2], 99u);
}

TEST(end_client, S4_3_extension_count_that_is_too_small_changes_nothing) {
    begun_client with{{}, {"a", "b", "c"}};
    with.response.add("Sec-WebSocket-Extensions", "a").add("Sec-WebSocket-Extensions", "c");
    for (const ULONG capacity : {0u, 1u}) {
        const ended got = end_client(with, with.response, capacity);
        EXPECT_EQ(got.result, insufficient_buffer());
        EXPECT_EQ(got.count, 2u);
        EXPECT_EQ(queue_receive(with.client), E_INVALID_PROTOCOL_OPERATION);
    }
    EXPECT_EQ(with.end(), insufficient_buffer());  // NULL counts as 0
    ULONG count = 4;
    EXPECT_EQ(WebSocketEndClientHandshake(with.client, with.response.data(), with.response.size(), nullptr,
                                          &count, nullptr),
              insufficient_buffer());
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(end_client(with, with.response, 2).result, S_OK);
}

TEST(end_client, S4_3_subprotocol_index_is_zero_based) {
    for (unsigned i = 0; i < 3; ++i) {
        const strings offered{"chat", "Chat", "soap"};
        begun_client with{offered};
        const ended got = end_client(with, with.response.add("Sec-WebSocket-Protocol", offered[i]), 0);
        EXPECT_EQ(got.result, S_OK);
        EXPECT_EQ(got.protocol, i);
        EXPECT_EQ(got.count, 0u);
    }
}

TEST(end_client, S4_3_subprotocol_index_is_all_ones_if_none_was_offered) {
    begun_client with;
    const ended got = end_client(with, with.response, 0);
    EXPECT_EQ(got.result, S_OK);
    EXPECT_EQ(got.protocol, 0xffffffffu);
}

TEST(end_client, S4_3_subprotocol_not_offered_or_several) {
    begun_client none;
    EXPECT_EQ(none.end(none.response.add("Sec-WebSocket-Protocol", "chat")), E_SUBPROTOCOL_NOT_SUPPORTED);
    begun_client with{{"chat", "soap"}};
    for (const std::string_view wrong : {"other", "CHAT", "chat, soap"})
        EXPECT_EQ(with.end(header_list{with.response}.add("Sec-WebSocket-Protocol", wrong)),
                  E_SUBPROTOCOL_NOT_SUPPORTED)
            << wrong;
    EXPECT_EQ(with.end(header_list{with.response}
                           .add("Sec-WebSocket-Protocol", "chat")
                           .add("Sec-WebSocket-Protocol", "soap")),
              E_SUBPROTOCOL_NOT_SUPPORTED);
    EXPECT_EQ(with.end(with.response.add("Sec-WebSocket-Protocol", "soap")), S_OK);
}

TEST(end_client, S4_3_subprotocol_none_named_although_offered) {
    begun_client with{{"chat"}};
    EXPECT_EQ(with.end(), E_SUBPROTOCOL_NOT_SUPPORTED);
}

TEST(end_client, S4_3_extension_not_offered) {
    begun_client none;
    EXPECT_EQ(none.end(none.response.add("Sec-WebSocket-Extensions", "a")),
              E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
    begun_client with{{}, {"a"}};
    const ended got = end_client(with, with.response.add("Sec-WebSocket-Extensions", "a, b"), 4);
    EXPECT_EQ(got.result, E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED);
    EXPECT_EQ(queue_receive(with.client), E_INVALID_PROTOCOL_OPERATION);
}

TEST(end_client, S4_3_extension_none_taken) {
    begun_client with{{}, {"a", "b"}};
    const ended got = end_client(with, with.response, 4);
    EXPECT_EQ(got.result, S_OK);
    EXPECT_EQ(got.count, 0u);
    EXPECT_EQ(got.indices[0], 99u);
}

}  // namespace
}  // namespace wspc::test
