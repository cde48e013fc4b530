// SPDX-License-Identifier: Apache-2.0
// Opening handshakes of a hostile peer, as text in every split beside guard pages, as values, and as the
// header lists of websocket.h.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/connection.hpp>
#include <wspc/handshake.hpp>

#include "capi/support/handshakes.hpp"
#include "http/http_reading.hpp"
#include "support/event_log.hpp"
#include "support/guarded_memory.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

using lines = std::vector<std::string>;

const lines good_request_lines{"Host: example.com", "Upgrade: websocket", "Connection: Upgrade",
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"};
const lines good_response_lines{"Upgrade: websocket", "Connection: Upgrade",
                                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="};

std::string head(const std::string& start_line, const lines& all) {
    std::string made = start_line + "\r\n";
    for (const std::string& line : all) made += line + "\r\n";
    return made + "\r\n";
}

// The lines without those of this name, and with others at their end.
lines changed(lines from, const std::string& without, const lines& with) {
    std::erase_if(from, [&](const std::string& line) { return line.starts_with(without + ":"); });
    from.insert(from.end(), with.begin(), with.end());
    return from;
}

std::vector<header> fields_of(const wspc::outcome& read) {
    std::vector<header> made;
    for (const auto& [name, value] : read.headers) made.push_back({name, value});
    return made;
}

header_list as_list(const wspc::outcome& read) {
    header_list made;
    for (const auto& [name, value] : read.headers) made.add(name, value);
    return made;
}

struct judged {
    error code;
    HRESULT result;
};

// What a server makes of a request, from the text on; the handle's result of the same headers.
judged judge_request(const std::string& start_line, const lines& all) {
    const auto read = read_all_ways<request_reader>(head(start_line, all));
    if (read.status != read_status::complete) return {read.code, E_INVALIDARG};
    const std::vector<header> fields = fields_of(read);
    const error code =
        read_request({read.method, read.target, static_cast<std::uint16_t>(read.version), fields}).code;
    return {code, server_result(as_list(read))};
}

// What a client that offered nothing makes of a response.
error judge_response(const std::string& start_line, const lines& all) {
    const auto read = read_all_ways<response_reader>(head(start_line, all));
    if (read.status != read_status::complete) return read.code;
    const std::vector<header> fields = fields_of(read);
    return check_response({static_cast<std::uint16_t>(read.status_code), fields}, sample_key, {}).code;
}

constexpr const char* get = "GET / HTTP/1.1";
constexpr const char* switching = "HTTP/1.1 101 Switching Protocols";

struct change {
    const char* without;
    lines with;
    error code;
};

TEST(not_upgraded, request_without_what_it_must_have_or_with_two_of_it) {
    EXPECT_EQ(judge_request(get, good_request_lines).code, error::none);
    EXPECT_EQ(judge_request(get, good_request_lines).result, S_OK);
    const change changes[] = {
        {"Upgrade", {}, error::upgrade_missing},
        {"Upgrade", {"Upgrade: websockets"}, error::upgrade_missing},
        {"Upgrade", {"Upgrade: web socket"}, error::upgrade_missing},
        {"Upgrade", {"Upgrade: \"websocket\""}, error::upgrade_missing},
        {"Upgrade", {"Upgrade: h2c;websocket"}, error::upgrade_missing},
        {"Upgrade", {"Upgrade: \"h2c, websocket, x\""}, error::upgrade_missing},
        {"Connection", {}, error::connection_missing},
        {"Connection", {"Connection: Upgrade-Insecure"}, error::connection_missing},
        {"Connection", {"Connection: keep-alive"}, error::connection_missing},
        {"Connection", {"Connection: \"keep-alive, Upgrade, x\""}, error::connection_missing},
        {"Sec-WebSocket-Version", {}, error::version_missing},
        {"Sec-WebSocket-Version", {"Sec-WebSocket-Version: 12"}, error::version_unsupported},
        {"Sec-WebSocket-Version", {"Sec-WebSocket-Version: 013"}, error::version_unsupported},
        {"Sec-WebSocket-Version", {"Sec-WebSocket-Version: 13, 8"}, error::version_unsupported},
        {"", {"Sec-WebSocket-Version: 13"}, error::version_repeated},
        {"Sec-WebSocket-Key", {}, error::key_missing},
        {"Sec-WebSocket-Key", {"Sec-WebSocket-Key:"}, error::key_invalid},
        {"Sec-WebSocket-Key", {"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2Rl"}, error::key_invalid},
        {"Sec-WebSocket-Key", {"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZmc="}, error::key_invalid},
        {"Sec-WebSocket-Key", {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!=="}, error::key_invalid},
        {"Sec-WebSocket-Key", {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"}, error::key_invalid},
        {"", {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}, error::key_repeated},
        {"Host", {}, error::host_missing},
        {"", {"Host: example.com"}, error::host_repeated},
    };
    for (const change& c : changes) {
        const judged got = judge_request(get, changed(good_request_lines, c.without, c.with));
        EXPECT_EQ(got.code, c.code) << c.without << ": " << text(got.code);
        EXPECT_NE(got.result, S_OK) << c.without;
    }
    EXPECT_EQ(judge_request("POST / HTTP/1.1", good_request_lines).code, error::method_not_get);
    EXPECT_EQ(judge_request("GET / HTTP/1.0", good_request_lines).code, error::http_version_too_old);
}

TEST(not_upgraded, response_without_what_it_must_have_or_with_something_else) {
    EXPECT_EQ(judge_response(switching, good_response_lines), error::none);
    const change changes[] = {
        {"Upgrade", {}, error::upgrade_missing},
        {"Upgrade", {"Upgrade: h2c"}, error::upgrade_missing},
        {"", {"Upgrade: websocket"}, error::upgrade_repeated},
        {"Connection", {}, error::connection_missing},
        {"Connection", {"Connection: close"}, error::connection_missing},
        {"Sec-WebSocket-Accept", {}, error::accept_missing},
        {"Sec-WebSocket-Accept", {"Sec-WebSocket-Accept:"}, error::accept_wrong},
        {"Sec-WebSocket-Accept", {"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo"}, error::accept_wrong},
        {"Sec-WebSocket-Accept", {"Sec-WebSocket-Accept: t3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, error::accept_wrong},
        {"Sec-WebSocket-Accept", {"Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO="}, error::accept_wrong},
        {"Sec-WebSocket-Accept", {"Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ=="}, error::accept_wrong},
        {"", {"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}, error::accept_repeated},
        {"", {"Sec-WebSocket-Protocol: chat"}, error::protocol_not_offered},
        {"", {"Sec-WebSocket-Extensions: permessage-deflate"}, error::extension_not_offered},
    };
    for (const change& c : changes) {
        const error code = judge_response(switching, changed(good_response_lines, c.without, c.with));
        EXPECT_EQ(code, c.code) << c.without << ": " << text(code);
        // The handle's own key makes other answers right; what is missing or too much is the same.
        begun_client asked;
        for (const std::string& line : c.with) {
            const std::size_t colon = line.find(':');
            if (*c.without != 0) asked.response.remove(c.without);
            asked.response.add(line.substr(0, colon), line.substr(std::min(line.size(), colon + 2)));
        }
        if (c.with.empty()) asked.response.remove(c.without);
        EXPECT_NE(asked.end(), S_OK) << c.without;
    }
    for (const char* const start_line : {"HTTP/1.1 200 OK", "HTTP/1.1 301 Moved", "HTTP/1.1 403 Forbidden"})
        EXPECT_EQ(judge_response(start_line, good_response_lines), error::status_not_101);
}

// ws: 2,000 headers bring a server down.
TEST(header_count, is_limited_and_thousands_are_read_where_there_is_room) {
    lines many = good_request_lines;
    while (many.size() < 2000) many.push_back(many.size() % 2 == 0 ? "X-Same: a" : "x-same:");
    const std::string text = head(get, many);
    const auto refused = read_in<request_reader>(text, {1}, 1 << 20, 100);
    EXPECT_EQ(refused.code, error::http_too_many_headers);
    EXPECT_EQ(read_in<request_reader>(text, {whole}, 1 << 20, 1999).code, error::http_too_many_headers);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, whole}) {
        const auto read = read_in<request_reader>(text, {piece}, 1 << 20, 2000);
        ASSERT_EQ(read.status, read_status::complete);
        EXPECT_EQ(read.headers.size(), 2000u);
        EXPECT_EQ(read_request({read.method, read.target, 11, fields_of(read)}).code, error::none);
        EXPECT_EQ(server_result(as_list(read)), S_OK);
    }
    header_list most = good_request();
    while (most.size() < 4096) most.add("a", "b");
    EXPECT_EQ(server_result(most), S_OK);
    EXPECT_EQ(server_result(most.add("a", "b")), E_INVALID_PROTOCOL_FORMAT);
    header_list large = good_request();
    EXPECT_EQ(server_result(large.add("a", std::string(1 << 20, 'b'))), E_INVALID_PROTOCOL_FORMAT);
}

TEST(header_count, names_that_are_none_are_refused_at_every_split) {
    const std::string names[] = {"",        " ",     "\t",   "a b", "a ",  " a",         {"a\0b", 3},
                                 {"\0", 1}, "a\x80", "\x7f", "(a)", "a\"", "Host\rHost", "a\nb"};
    for (const std::string& name : names) {
        const lines with = changed(good_request_lines, "-", {name + ": b"});
        const auto read = read_all_ways<request_reader>(head(get, with));
        // A line that begins with a blank would belong to the one before it (RFC 9112 5.2).
        EXPECT_EQ(read.status, read_status::failed) << name;
        EXPECT_EQ(read.code, error::http_malformed) << name;
    }
    for (const std::string& value : {std::string{"a\0b", 3}, std::string{"\0", 1}, std::string{"a\rb"},
                                     std::string{"a\x01"}, std::string{"\x7f"}}) {
        const auto read =
            read_all_ways<request_reader>(head(get, changed(good_request_lines, "-", {"a: " + value})));
        EXPECT_EQ(read.code, error::http_malformed) << value;
    }
    // As values: a field without a name is passed over, and others are none of the handshake's.
    for (const std::string& name : {std::string{}, std::string{"a\0b", 3}, std::string{"Host\0", 5}}) {
        header_list with = good_request();
        EXPECT_EQ(server_result(with.add(name, "b")), S_OK) << name;
        const header fields[]{{"Host", "a"},
                              {"Upgrade", "websocket"},
                              {"Connection", "Upgrade"},
                              {"Sec-WebSocket-Key", sample_key},
                              {"Sec-WebSocket-Version", "13"},
                              {name, "b"}};
        EXPECT_EQ(read_request({"GET", "/", 11, fields}).code, error::none) << name;
    }
}

// libwebsockets, mosquitto: a value is taken to end with NUL. Each name and value of both sides ends at a
// guard page, cut at every octet.
TEST(handshake_memory_of_handles, ends_where_the_lengths_say) {
    const guarded_memory memory{4096};
    const auto cut = [&](std::string_view text, std::size_t size) {
        const auto at = memory.copy_at_end(std::as_bytes(std::span{text.substr(0, size)}));
        return reinterpret_cast<PCHAR>(at.data());
    };
    header_list request = good_request();
    request.add("Sec-WebSocket-Protocol", "chat, superchat").add("Sec-WebSocket-Extensions", "a; b=\"c\\d\"");
    std::size_t accepted = 0, all = 0;
    for (ULONG i = 0; i < request.size(); ++i)
        for (const bool value : {false, true}) {
            header_list with = request;
            WEB_SOCKET_HTTP_HEADER& field = with[i];
            const std::string whole_text{value ? field.pcValue : field.pcName,
                                         value ? field.ulValueLength : field.ulNameLength};
            for (std::size_t size = 0; size <= whole_text.size(); ++size) {
                (value ? field.pcValue : field.pcName) = cut(whole_text, size);
                (value ? field.ulValueLength : field.ulNameLength) = static_cast<ULONG>(size);
                const handle server = make_handle(role::server);
                WEB_SOCKET_HTTP_HEADER* list = nullptr;
                ULONG count = 0;
                const HRESULT result = WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, with.data(),
                                                                     with.size(), &list, &count);
                accepted += result == S_OK ? 1 : 0;
                ++all;
                EXPECT_EQ(result == S_OK, list != nullptr);
                if (size == whole_text.size()) {
                    EXPECT_EQ(result, S_OK) << whole_text;
                }
            }
        }
    EXPECT_GT(accepted, 2u * request.size());
    EXPECT_LT(accepted, all * 3 / 4);

    const begun_client known;
    for (ULONG i = 0; i < 3; ++i)
        for (std::size_t size = 0;; ++size) {
            begun_client asked;
            WEB_SOCKET_HTTP_HEADER& field = asked.response[i];
            if (size > field.ulValueLength) break;
            const bool complete = size == field.ulValueLength;
            field.pcValue = cut({field.pcValue, field.ulValueLength}, size);
            field.ulValueLength = static_cast<ULONG>(size);
            EXPECT_EQ(WebSocketEndClientHandshake(asked.client, asked.response.data(), asked.response.size(),
                                                  nullptr, nullptr, nullptr) == S_OK,
                      complete);
        }
}

// ws, http-kit, uWebSockets: looked for as a part of the text, or by the sum of its characters.
TEST(extension_tokens, are_whole_names_outside_of_quotes) {
    const std::string_view wanted[]{"permessage-deflate"};
    const std::string strange[] = {R"(x; y=",permessage-deflate,")",
                                   R"(x; y="\",permessage-deflate,\"")",
                                   R"(x; y="a\\", z; permessage-deflate)",
                                   "x; permessage-deflate",
                                   "x; y=permessage-deflate",
                                   "permessage-deflaet",
                                   "etalfed-egassemrep",
                                   "permessage-deflatf",
                                   "permessage-deflate2",
                                   "x-permessage-deflate",
                                   "permessage deflate",
                                   "Permessage-Deflate",
                                   R"("permessage-deflate")",
                                   R"(x; y=",permessage-deflate)",
                                   "permessage-deflate;",
                                   "permessage-deflate; =",
                                   "permessage-deflate; a=",
                                   "permessage-deflate/",
                                   ""};
    for (const std::string& offered : strange) {
        const auto read = read_all_ways<request_reader>(
            head(get, changed(good_request_lines, "-", {"Sec-WebSocket-Extensions: " + offered})));
        ASSERT_EQ(read.status, read_status::complete);
        const std::vector<header> fields = fields_of(read);
        const auto offer = read_request({"GET", "/", 11, fields});
        if (offer.code != error::none) {
            EXPECT_EQ(offer.code, error::extension_invalid) << offered;
        } else {
            char storage[256];
            EXPECT_EQ(accept(offer.value, {{}, wanted}, storage).code, error::extension_not_offered)
                << offered;
        }
        EXPECT_NE(server_result(as_list(read), nullptr, {"permessage-deflate"}), S_OK) << offered;
        // The same from a server: what was not offered is not taken.
        if (offered.empty()) continue;
        const auto answer = read_all_ways<response_reader>(
            head(switching, changed(good_response_lines, "-", {"Sec-WebSocket-Extensions: " + offered})));
        const std::vector<header> answered = fields_of(answer);
        EXPECT_NE(check_response({101, answered}, sample_key, {.extensions = wanted}).code, error::none)
            << offered;
    }
    for (const std::string offered : {"permessage-deflate", R"(x; y="z", permessage-deflate)",
                                      "permessage-deflate, permessage-deflate"}) {
        header_list request = good_request();
        request.add("Sec-WebSocket-Extensions", offered);
        EXPECT_EQ(server_result(request, nullptr, {"permessage-deflate"}), S_OK) << offered;
        EXPECT_NE(server_result(request, nullptr, {"permessage-deflate", "permessage-deflate"}), S_OK);
    }
}

// A page of another site, and the user's cookies.
TEST(cross_site, origin_is_told_and_judged) {
    const auto verdict = [](const lines& origins) -> std::optional<origin_verdict> {
        const auto read = read_all_ways<request_reader>(head(get, changed(good_request_lines, "-", origins)));
        const std::vector<header> fields = fields_of(read);
        const auto offer = read_request({"GET", "/", 11, fields});
        if (!offer) {
            EXPECT_TRUE(offer.code == error::origin_invalid || offer.code == error::origin_repeated);
            return std::nullopt;
        }
        return origin_allowed(offer.value, {});
    };
    EXPECT_EQ(verdict({}), origin_verdict::absent);
    EXPECT_EQ(verdict({"Origin: http://example.com"}), origin_verdict::allowed);
    for (const char* const foreign :
         {"Origin: http://evil.example", "Origin: null", "Origin: https://example.com",
          "Origin: http://example.com:81", "Origin: http://example.com.evil.example",
          "Origin: http://evil.example.com", "Origin: http://example.co", "Origin: file://"})
        EXPECT_NE(verdict({foreign}), origin_verdict::allowed) << foreign;
    EXPECT_EQ(verdict({"Origin: http://evil.example"}), origin_verdict::refused);
    EXPECT_EQ(verdict({"Origin: null"}), origin_verdict::refused);
    for (const lines& bad : {lines{"Origin: http://example.com", "Origin: http://evil.example"},
                             lines{"Origin: http://example.com", "Origin: http://example.com"},
                             lines{"Origin: http://example.com http://evil.example"},
                             lines{"Origin: http://example.com, http://evil.example"}})
        EXPECT_EQ(verdict(bad), std::nullopt);
}

// websocketpp, netty, tokio-tungstenite: frames that come in the same read as the handshake are lost.
template <class Reader>
void expect_frames_after(const std::string& text, role receiver) {
    const bytes frames = wire_to(receiver, 1, text_bytes("first")) + wire_to(receiver, 9, text_bytes("p")) +
                         wire_to(receiver, 2, counted_bytes(150), false) +
                         wire_to(receiver, 0, counted_bytes(9));
    const bytes all = text_bytes(text) + frames;
    for (std::size_t at = 0; at <= all.size(); ++at) {
        const std::size_t step = std::max<std::size_t>(at, 1);
        http_storage<> storage;
        Reader reader{storage};
        read_status status = read_status::need_more;
        connection peer{receiver};
        event_log heard;
        const guarded_memory memory{all.size()};
        // Octet by octet, then each split in two.
        for (std::size_t from = 0; from < all.size();) {
            const std::size_t size =
                at == 0 || from == 0 ? std::min(step, all.size() - from) : all.size() - from;
            std::span<std::byte> piece = memory.copy_at_end(std::span{all}.subspan(from, size));
            from += size;
            if (status == read_status::need_more) {
                const http_progress got = reader.read(piece);
                ASSERT_NE(got.status, read_status::failed);
                status = got.status;
                piece = piece.subspan(got.consumed);
            }
            while (!piece.empty()) {
                const received_one got = peer.receive_one(piece);
                if (got.event.kind != event_kind::none) heard.add(got.event);
                piece = piece.subspan(got.consumed);
            }
        }
        EXPECT_EQ(status, read_status::complete);
        ASSERT_EQ(heard.broken(), "") << at;
        ASSERT_EQ(heard.failed(), failure{}) << at;
        const std::vector<told> messages = heard.messages();
        ASSERT_EQ(messages.size(), 2u) << at;
        EXPECT_EQ(messages[0].payload, text_bytes("first"));
        EXPECT_EQ(messages[1].payload, counted_bytes(150) + counted_bytes(9));
        EXPECT_TRUE(peer.pending());  // the pong
    }
}

TEST(frames_after_the_handshake, are_not_lost_at_any_split) {
    expect_frames_after<response_reader>(upgrade_response, role::client);
    expect_frames_after<request_reader>(upgrade_request, role::server);
}

}  // namespace
}  // namespace wspc::test
