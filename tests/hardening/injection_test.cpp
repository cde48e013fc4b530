// SPDX-License-Identifier: Apache-2.0
// undici: a program hands on strings of its users, and they become headers. Every octet at the front, in the
// middle and at the end of every string that a caller supplies: it is refused, or goes out as what it is.
#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include <wspc/http.hpp>

#include "capi/support/handshakes.hpp"

namespace wspc::test {
namespace {

// What went out, a line for each field; nothing if the string was refused.
using emitter = std::function<std::optional<std::string>(const std::string&)>;

template <class Fields>
std::string lines_of(const Fields& fields) {
    std::string made;
    for (const header& h : fields) made.append(h.name).append(": ").append(h.value).append("\n");
    return made;
}

// `good` is accepted; with an octet put into it, what goes out has as many lines as before, and as many of
// each separator.
void expect_no_injection(const char* what, const std::string& good, const emitter& emit,
                         std::string_view separators = ",") {
    const std::optional<std::string> usual = emit(good);
    ASSERT_TRUE(usual.has_value()) << what;
    const auto count = [](const std::string& in, char c) { return std::count(in.begin(), in.end(), c); };
    std::size_t refused = 0;
    for (unsigned octet = 0; octet < 256; ++octet)
        for (const std::size_t at : {std::size_t{0}, good.size() / 2, good.size()}) {
            std::string text = good;
            text.insert(at, 1, static_cast<char>(octet));
            const std::optional<std::string> got = emit(text);
            if (!got.has_value()) {
                ++refused;
                continue;
            }
            EXPECT_EQ(count(*got, '\n'), count(*usual, '\n')) << what << " with " << octet << " at " << at;
            for (const char c : std::string{"\r\0\x7f\x01\x1f", 5})
                EXPECT_EQ(count(*got, c), count(*usual, c)) << what << " with " << octet << " at " << at;
            for (const char c : separators)
                EXPECT_EQ(count(*got, c), count(*usual, c)) << what << " with " << octet << " at " << at;
        }
    EXPECT_GE(refused, 3u * 4) << what;  // CR, LF, NUL and DEL everywhere
    for (const std::string& bad :
         {good + "\r\nX: y", good + "\r\n\r\n", good + "\nX: y", good + std::string(1, 0)})
        EXPECT_FALSE(emit(bad).has_value()) << what;
}

TEST(injection, into_a_clients_request) {
    const auto asked = [](auto&& fill) {
        return [fill](const std::string& text) -> std::optional<std::string> {
            std::array<char, 1024> storage;
            const std::array<std::string_view, 1> list{text};
            client_offer wanted;
            fill(wanted, text, list);
            const client_request made = make_request(wanted, storage);
            if (made.code != error::none) return std::nullopt;
            return lines_of(made.headers());
        };
    };
    expect_no_injection("host", "example.com:8080",
                        asked([](client_offer& to, const std::string& text, auto&) { to.host = text; }), "");
    expect_no_injection("origin", "http://example.com",
                        asked([](client_offer& to, const std::string& text, auto&) { to.origin = text; }),
                        "");
    expect_no_injection("protocol", "chat",
                        asked([](client_offer& to, const std::string&, auto& list) { to.protocols = list; }));
    expect_no_injection("extension", "foo; a=b", asked([](client_offer& to, const std::string&, auto& list) {
                            to.extensions = list;
                        }));
}

TEST(injection, into_a_servers_answer) {
    const auto answered = [](bool protocol) {
        return [protocol](const std::string& text) -> std::optional<std::string> {
            // The client offered the same, so that nothing else stands in the way.
            const header fields[]{{"Host", "a"},
                                  {"Upgrade", "websocket"},
                                  {"Connection", "Upgrade"},
                                  {"Sec-WebSocket-Key", sample_key},
                                  {"Sec-WebSocket-Version", "13"},
                                  {protocol ? "Sec-WebSocket-Protocol" : "Sec-WebSocket-Extensions", text}};
            const auto offer = read_request({"GET", "/", 11, fields});
            std::array<char, 512> storage;
            const std::array<std::string_view, 1> list{text};
            if (!offer) return std::nullopt;
            const server_reply reply = protocol ? accept(offer.value, {text, {}}, storage)
                                                : accept(offer.value, {{}, list}, storage);
            if (reply.code != error::none) return std::nullopt;
            return lines_of(reply.headers());
        };
    };
    expect_no_injection("protocol", "chat", answered(true));
    expect_no_injection("extension", "foo; a=b", answered(false));
}

// HTTP text: what is written is read again, and must hold as many headers.
template <class Reader>
std::optional<std::string> read_back(std::span<std::byte> out, const http_written& written) {
    if (written.code != error::none) return std::nullopt;
    http_storage<> storage;
    Reader reader{storage};
    const http_progress got = reader.read(out.first(written.size));
    if (got.status != read_status::complete) {
        ADD_FAILURE() << "what was written is not read: " << text(got.code);
        return std::nullopt;
    }
    // A sentence as the body of a refusal, and nothing else.
    for (const std::byte b : out.subspan(got.consumed, written.size - got.consumed))
        EXPECT_NE(b, std::byte{'\r'});
    return lines_of(reader.value().headers);
}

TEST(injection, into_http_text) {
    std::array<std::byte, 2048> out;
    const auto request_with = [&](const header& more, std::string_view target = "/") {
        const header host[]{{"Host", "a"}};
        const header own[]{more};
        return read_back<request_reader>(out, write_request(out, request{"GET", target, 11, host}, own));
    };
    expect_no_injection("name of a header", "X-Name", [&](const std::string& text) {
        return request_with({text, "b"});
    });
    expect_no_injection(
        "value of a header", "value",
        [&](const std::string& text) {
            return request_with({"a", text});
        },
        "");
    expect_no_injection("target", "/chat?a=b", [&](const std::string& text) {
        return request_with({"a", "b"}, text);
    });
    expect_no_injection("method", "GET", [&](const std::string& text) -> std::optional<std::string> {
        const header host[]{{"Host", "a"}};
        const http_written written = write_request(out, request{text, "/", 11, host});
        if (written.code != error::none) return std::nullopt;
        // A method that no reader here knows, but one token in front of the target.
        const std::string_view all{reinterpret_cast<const char*>(out.data()), written.size};
        EXPECT_EQ(all.substr(0, all.find(" / HTTP/1.1\r\n")), text);
        return std::string{"\n"};
    });
    const auto response_with = [&](const header& more) {
        const header own[]{more};
        return read_back<response_reader>(out, write_response(out, response{101, own}));
    };
    expect_no_injection("name in a response", "X-Name", [&](const std::string& text) {
        return response_with({text, "b"});
    });
    expect_no_injection(
        "value in a response", "value",
        [&](const std::string& text) {
            return response_with({"a", text});
        },
        "");
    expect_no_injection(
        "header of a refusal", "value",
        [&](const std::string& text) {
            const header own[]{{"a", text}};
            return read_back<response_reader>(out, write_refusal(out, error::origin_refused, 0, own));
        },
        "");
}

TEST(injection, into_the_headers_of_a_handle) {
    const auto client = [](auto&& begin) {
        return [begin](const std::string& text) -> std::optional<std::string> {
            // A string of C ends with its NUL: what stands behind it was never given.
            if (text.find('\0') != text.npos) return std::nullopt;
            const handle made = make_handle(role::client);
            const begun got = begin(made, text);
            if (got.result != S_OK) return std::nullopt;
            std::string all;
            for (const auto& [name, value] : got.text()) all += name + ": " + value + "\n";
            return all;
        };
    };
    expect_no_injection("protocol", "chat", client([](const handle& h, const std::string& text) {
                            return begin_client(h, {text.c_str()});
                        }));
    expect_no_injection("extension", "foo; a=b", client([](const handle& h, const std::string& text) {
                            return begin_client(h, {}, {text.c_str()});
                        }));
    const auto server = [](bool protocol) {
        return [protocol](const handle&, const std::string& text) {
            static handle kept;
            kept = make_handle(role::server);
            header_list request = good_request();
            request.add(protocol ? "Sec-WebSocket-Protocol" : "Sec-WebSocket-Extensions", text);
            return protocol ? begin_server(kept, request, text.c_str())
                            : begin_server(kept, request, nullptr, {text.c_str()});
        };
    };
    expect_no_injection("protocol of a server", "chat", client(server(true)));
    expect_no_injection("extension of a server", "foo; a=b", client(server(false)));
    // Headers of the program are only looked at: whatever is in them, nothing of them goes out.
    for (const char* const bad : {"a\r\nX: y", "a\n", "\x01"})
        for (const text_header& own : {text_header{"X-Own", bad}, text_header{bad, "own"}}) {
            const handle h = make_handle(role::client);
            const begun got = begin_client(h, {}, {}, {own});
            EXPECT_EQ(got.count, got.result == S_OK ? 4u : 0u);
            for (const auto& [name, value] : got.text())
                EXPECT_TRUE(name != own.first && value.find(bad) == value.npos);
        }
}

}  // namespace
}  // namespace wspc::test
