// SPDX-License-Identifier: Apache-2.0
// What holds for both readers: where they stop, their memory, limits of http_limits, and their states.
#include <wspc/http.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "http_reading.hpp"

namespace wspc {
namespace {

using namespace std::string_literals;

// Frames in the same read as the handshake: each byte of them stays the caller's, at every split.
TEST(http_reader, leaves_every_byte_behind_the_blank_line) {
    std::string frames;
    for (int c = 0; c < 256; ++c) frames += static_cast<char>(c);
    frames += "\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    const outcome request = read_all_ways<request_reader>(upgrade_request + frames);
    EXPECT_EQ(request.status, read_status::complete);
    EXPECT_EQ(request.consumed, upgrade_request.size());
    const outcome plain = read_all_ways<request_reader>(start + "Host: a\r\n\r\n" + frames);
    EXPECT_EQ(plain.consumed, (start + "Host: a\r\n\r\n").size());
    const outcome response = read_all_ways<response_reader>(upgrade_response + frames);
    EXPECT_EQ(response.status, read_status::complete);
    EXPECT_EQ(response.consumed, upgrade_response.size());
}

// A reader that was given a temporary would keep spans of memory that is gone.
static_assert(std::is_convertible_v<http_storage<>&, http_memory>);
static_assert(!std::is_convertible_v<http_storage<>&&, http_memory>);
static_assert(!std::is_constructible_v<request_reader, http_storage<>>);

TEST(http_reader, never_copies_what_is_behind_the_blank_line) {
    std::vector<char> memory(1024, '?');
    std::vector<header> headers(10);
    request_reader reader{{memory, headers}};
    const std::string text = upgrade_request + "frames";
    EXPECT_EQ(reader.read(std::as_bytes(std::span{text})).status, read_status::complete);
    EXPECT_EQ(std::string_view(memory.data(), upgrade_request.size()), upgrade_request);
    EXPECT_EQ(
        std::count(memory.begin(), memory.end(), '?'),
        static_cast<std::ptrdiff_t>(memory.size() - upgrade_request.size()) + 1);  // one is in the target
}

TEST(http_reader, wants_more_for_every_truncation) {
    for (std::size_t size = 0; size < upgrade_request.size(); ++size)
        EXPECT_EQ(read_in<request_reader>(upgrade_request.substr(0, size), {whole}).status,
                  read_status::need_more);
    for (std::size_t size = 0; size < upgrade_response.size(); ++size)
        EXPECT_EQ(read_in<response_reader>(upgrade_response.substr(0, size), {whole}).status,
                  read_status::need_more);
}

TEST(http_reader, takes_no_bytes_for_an_answer_of_nothing) {
    http_storage<> storage;
    request_reader reader{storage};
    for (const char c : upgrade_request) {
        const http_progress nothing = reader.read({});
        EXPECT_EQ(nothing.status, read_status::need_more);
        EXPECT_EQ(nothing.consumed, 0u);
        const std::byte byte{static_cast<unsigned char>(c)};
        (void)reader.read({&byte, 1});
    }
    EXPECT_EQ(reader.read({}).status, read_status::complete);
}

// The memory is the limit: exactly as many bytes as there are will do, at every size.
TEST(http_reader, fits_memory_of_exactly_its_size_and_no_less) {
    for (std::size_t size = 0; size <= upgrade_request.size() + 2; ++size) {
        const outcome got = read_in<request_reader>(upgrade_request, {whole}, size, 5);
        EXPECT_EQ(read_in<request_reader>(upgrade_request, {1}, size, 5), got);
        EXPECT_EQ(read_in<request_reader>(upgrade_request, {size / 2 + 1, whole}, size, 5), got);
        if (size < upgrade_request.size()) {
            EXPECT_EQ(got.code, error::http_headers_too_large) << size;
        } else {
            EXPECT_EQ(got.status, read_status::complete) << size;
        }
    }
    for (std::size_t count = 0; count <= 6; ++count) {
        const outcome got = read_all_ways<request_reader>(upgrade_request, upgrade_request.size(), count);
        EXPECT_EQ(got.code, count < 5 ? error::http_too_many_headers : error::none) << count;
    }
}

TEST(http_reader, has_the_limits_that_it_promises) {
    static_assert(http_limits{}.bytes == 16 * 1024 && http_limits{}.headers == 100);
    http_storage<> storage;
    const http_memory memory = storage;
    EXPECT_EQ(memory.text.size(), 16u * 1024);
    EXPECT_EQ(memory.headers.size(), 100u);

    const auto with_headers = [](int count) {
        std::string text = start;
        for (int i = 0; i < count; ++i) text += "a:\r\n";
        return text + "\r\n";
    };
    EXPECT_EQ(read_all_ways<request_reader>(with_headers(100)).headers.size(), 100u);
    EXPECT_EQ(read_all_ways<request_reader>(with_headers(101)).code, error::http_too_many_headers);
    EXPECT_EQ(read_all_ways<request_reader>(with_headers(2000)).code, error::http_too_many_headers);

    const std::size_t frame = (start + "a:\r\n\r\n").size();
    const auto with_bytes = [&](std::size_t size) {
        return start + "a:" + std::string(size - frame, 'b') + "\r\n\r\n";
    };
    EXPECT_EQ(read_all_ways<request_reader>(with_bytes(16384)).status, read_status::complete);
    EXPECT_EQ(read_all_ways<request_reader>(with_bytes(16385)).code, error::http_headers_too_large);
}

// Without an end in sight: in the start line, before it, in a name, a value, blanks, interim responses.
TEST(http_reader, gives_up_on_heads_without_end) {
    std::string lines;
    while (lines.size() < 20000) lines += "\r\n";
    std::string interim;
    while (interim.size() < 20000) interim += "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string many(20000, 'a');
    const std::string blanks(20000, ' ');
    for (const std::string& text :
         {lines, "GET /" + many, start + many, start + "a: " + many, start + "a:" + blanks})
        EXPECT_EQ(read_all_ways<request_reader>(text).code, error::http_headers_too_large);
    EXPECT_EQ(read_all_ways<response_reader>(interim).code, error::http_headers_too_large);
    EXPECT_EQ(read_all_ways<response_reader>("HTTP/1.1 101 " + many).code, error::http_headers_too_large);
    EXPECT_EQ(read_all_ways<request_reader>(many).code, error::http_malformed);  // no method is that long
}

TEST(http_reader, stays_failed_until_it_is_reset) {
    http_storage<> storage;
    request_reader reader{storage};
    const std::string bad = start + "a b: c\r\n\r\n";
    EXPECT_EQ(feed(reader, bad, {whole}).code, error::http_malformed);
    const outcome again = feed(reader, upgrade_request, {whole});
    EXPECT_EQ(again.status, read_status::failed);
    EXPECT_EQ(again.code, error::http_malformed);
    EXPECT_EQ(again.consumed, 0u);
    reader.reset();
    EXPECT_EQ(feed(reader, upgrade_request, {7}).headers.size(), 5u);
    EXPECT_EQ(reader.read({}).code, error::none);
}

TEST(http_reader, stays_complete_until_it_is_reset) {
    http_storage<> storage;
    request_reader reader{storage};
    EXPECT_EQ(feed(reader, upgrade_request, {whole}).status, read_status::complete);
    const http_progress again = reader.read(std::as_bytes(std::span{upgrade_request}));
    EXPECT_EQ(again.status, read_status::complete);
    EXPECT_EQ(again.code, error::none);
    EXPECT_EQ(again.consumed, 0u);
    EXPECT_EQ(reader.value().target, "/chat?room=1");
    reader.reset();
    EXPECT_EQ(feed(reader, start + "\r\n", {whole}).target, "/");
}

TEST(http_reader, has_all_its_memory_again_after_a_reset) {
    guarded memory{upgrade_request.size()};
    std::vector<header> headers(5);
    request_reader reader{{memory.chars(), headers}};
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(feed(reader, upgrade_request, {11}).status, read_status::complete) << i;
        reader.reset();
    }
}

// What no later byte could mend is refused before it arrives.
TEST(http_reader, fails_at_the_octet_that_decides_it) {
    for (const std::string& text :
         {start + "Host: a\r\n "s, start + "\t"s, start + ":"s, start + "Host: a\n"s, start + "Host: a\rb"s,
          start + "Host: a\r\n\rb"s, start + "Host: \x01"s, "GET  / HTTP/1.1\r\n"s, "GET / RTSP/1.0\r\n"s,
          "GET /\r\n"s, start + "Ho "s, "\x16"s, "\0"s, "\x81"s}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(read_all_ways<request_reader>(text).status, read_status::failed);
        EXPECT_EQ(read_in<request_reader>(text.substr(0, text.size() - 1), {whole}).status,
                  read_status::need_more);
    }
}

TEST(http_reader, moves_in_the_middle_of_a_head) {
    for (std::size_t at = 0; at < upgrade_request.size(); ++at) {
        http_storage<> storage;
        request_reader first{storage};
        EXPECT_EQ(feed(first, upgrade_request.substr(0, at), {whole}).status, read_status::need_more);
        request_reader second{std::move(first)};
        const outcome got = feed(second, upgrade_request.substr(at), {whole});
        EXPECT_EQ(got.status, read_status::complete) << at;
        EXPECT_EQ(got.headers.size(), 5u);
        EXPECT_EQ(got.target, "/chat?room=1");
    }
}

}  // namespace
}  // namespace wspc
