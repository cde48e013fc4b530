// SPDX-License-Identifier: Apache-2.0
// The work of the handshake, counted instead of timed: whatever 64 KiB a peer sends, it is linear.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/handshake.hpp>

#include "text.hpp"

namespace wspc {
inline namespace v0 {
std::uint64_t steps = 0;
}  // namespace v0
}  // namespace wspc

namespace {

using wspc::header;

constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";

std::string repeated(std::string_view piece, std::size_t size) {
    std::string text;
    while (text.size() < size) text += piece;
    return text;
}

const std::vector<std::string_view> list_names{
    "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Connection", "Upgrade", "Origin", "Host",
    "Sec-WebSocket-Key",      "Sec-WebSocket-Version",    "X-Other"};
const std::vector<std::string_view> pieces{" ",
                                           ",",
                                           "\"",
                                           "\\",
                                           "a",
                                           ";",
                                           "=",
                                           "\t",
                                           ", ",
                                           "a,",
                                           "a;",
                                           "a=",
                                           "\",",
                                           "\\\"",
                                           "a \"",
                                           "\"a,",
                                           "a; b,",
                                           ";a=\"b\"",
                                           ";a=\"\\b\"",
                                           "a ; ",
                                           "foo,",
                                           "foo;foo=foo,",
                                           "x; y=\",permessage-deflate,\"",
                                           ":",
                                           "http://",
                                           "[",
                                           "%20"};

std::uint64_t steps_of(auto&& work) {
    wspc::steps = 0;
    work();
    return wspc::steps;
}

// Each byte is looked at by a handful of passes, each header by a dozen comparisons of names.
std::uint64_t bound(std::size_t bytes, std::size_t headers) { return 16 * bytes + 256 * headers + 4096; }

TEST(handshake_steps, counts) {
    const std::string text = repeated("a", 1000);
    EXPECT_GE(steps_of([&] { EXPECT_TRUE(wspc::is_token(text)); }), 1000u);
    EXPECT_LE(wspc::steps, 2000u);
}

TEST(handshake_steps, stay_linear_in_a_request) {
    for (const std::string_view name : list_names) {
        for (const std::string_view piece : pieces) {
            for (const std::string_view front : {"", "a; b=\""}) {
                const std::string value = std::string{front} + repeated(piece, 65536);
                const header headers[]{{"Host", "a"},
                                       {"Upgrade", "websocket"},
                                       {"Connection", "Upgrade"},
                                       {"Sec-WebSocket-Key", sample_key},
                                       {"Sec-WebSocket-Version", "13"},
                                       {name, value}};
                const std::uint64_t taken = steps_of([&] {
                    const auto offer = wspc::read_request({"GET", "/", 11, headers});
                    if (!offer) return;
                    const std::string_view chosen[]{"foo"};
                    char storage[256];
                    (void)wspc::accept(offer.value, {"foo", chosen}, storage);
                });
                EXPECT_LE(taken, bound(value.size(), std::size(headers))) << name << ": " << front << piece;
            }
        }
    }
}

TEST(handshake_steps, stay_linear_in_a_response) {
    const std::string_view offered[]{"foo", "bar"};
    for (const std::string_view name : list_names) {
        for (const std::string_view piece : pieces) {
            const std::string value = repeated(piece, 65536);
            const header headers[]{{"Upgrade", "websocket"},
                                   {"Connection", "Upgrade"},
                                   {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
                                   {name, value}};
            const std::uint64_t taken = steps_of([&] {
                (void)wspc::check_response({101, headers}, sample_key,
                                           {.protocols = offered, .extensions = offered});
            });
            EXPECT_LE(taken, bound(value.size(), std::size(headers))) << name << ": " << piece;
        }
    }
}

TEST(handshake_steps, stay_linear_in_the_number_of_headers) {
    for (const std::string_view name : list_names) {
        const std::vector<header> headers(2000, {name, "foo"});
        EXPECT_LE(steps_of([&] {
                      (void)wspc::read_request({"GET", "/", 11, headers});
                  }),
                  bound(3 * headers.size(), headers.size()))
            << name;
    }
}

TEST(handshake_steps, stay_linear_in_the_number_of_protocols) {
    std::string list;
    for (int i = 0; i < 9000; ++i) list += std::to_string(i) + ',';
    const header headers[]{{"Host", "a"},
                           {"Upgrade", "websocket"},
                           {"Connection", "Upgrade"},
                           {"Sec-WebSocket-Key", sample_key},
                           {"Sec-WebSocket-Version", "13"},
                           {"Sec-WebSocket-Protocol", list}};
    EXPECT_LE(
        steps_of([&] {
            EXPECT_EQ(wspc::read_request({"GET", "/", 11, headers}).code, wspc::error::protocol_invalid);
        }),
        bound(list.size(), std::size(headers)));
}

}  // namespace
