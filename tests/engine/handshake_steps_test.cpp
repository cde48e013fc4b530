// SPDX-License-Identifier: Apache-2.0
// The work of the handshake, counted instead of timed: whatever 64 KiB a peer sends, it is linear.
// And sizes, which no test can reach by way of real strings.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/handshake.hpp>

#include "fields.hpp"
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

// Views may overlap: where std::size_t has 32 bits, a list that shows the same megabytes often enough
// has a size that wraps.
TEST(handshake_sizes, saturate) {
    constexpr std::size_t most = static_cast<std::size_t>(-1);
    const char memory = 'a';
    const std::string_view half{&memory, most / 2};  // never read
    const std::string_view pair[]{half, half}, three[]{half, half, half};
    wspc::string_measure two, joined, wrapped, all;
    two.put(half.size());
    two.put(half.size() - 1);
    EXPECT_EQ(two.size(), most);
    two.put(0);
    EXPECT_EQ(two.size(), most);
    joined.join(pair);
    EXPECT_EQ(joined.size(), most);
    wrapped.join(three);
    EXPECT_EQ(wrapped.size(), most);
    all.put(most);
    all.join(three);
    EXPECT_EQ(all.size(), most);
}

TEST(handshake_sizes, are_those_that_are_written) {
    const std::string_view elements[]{"a", "", "bcd"};
    char storage[64];
    wspc::string_writer writer{storage};
    wspc::string_measure measure;
    for (std::size_t count = 0; count <= std::size(elements); ++count) {
        const std::string_view text = writer.join(std::span{elements}.first(count));
        measure.join(std::span{elements}.first(count));
        EXPECT_EQ(measure.size(), static_cast<std::size_t>(text.data() + text.size() + 1 - storage));
    }
    const std::string_view text = writer.put("ef");
    measure.put(2);
    EXPECT_EQ(measure.size(), static_cast<std::size_t>(text.data() + text.size() + 1 - storage));
}

}  // namespace
