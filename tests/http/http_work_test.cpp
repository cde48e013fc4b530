// SPDX-License-Identifier: Apache-2.0
// Reading is linear, also in pieces of one byte: counted in bytes that reach llhttp, not in seconds.
// The program is linked so that every call of llhttp's parser comes by here.
#include <wspc/http.hpp>

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace {

std::size_t calls = 0;
std::size_t bytes_parsed = 0;

}  // namespace

extern "C" {
int __real_wspc_llhttp__internal_execute(void* parser, const char* begin,
                                         const char* end);  // NOLINT: the linker's name
int __wrap_wspc_llhttp__internal_execute(void* parser, const char* begin, const char* end);  // NOLINT

int __wrap_wspc_llhttp__internal_execute(void* parser, const char* begin, const char* end) {  // NOLINT
    ++calls;
    bytes_parsed += static_cast<std::size_t>(end - begin);
    return __real_wspc_llhttp__internal_execute(parser, begin, end);
}
}

namespace wspc {
namespace {

constexpr http_limits roomy{.bytes = 128 * 1024, .headers = 4096};

struct work {
    std::size_t fed = 0;
    std::size_t calls = 0;
    std::size_t parsed = 0;
    read_status status = read_status::need_more;
};

work count(std::string_view text, std::size_t piece) {
    const auto storage = std::make_unique<http_storage<roomy>>();
    request_reader reader{*storage};
    calls = bytes_parsed = 0;
    work done;
    while (!text.empty() && done.status == read_status::need_more) {
        const std::string_view now = text.substr(0, piece);
        done.status = reader.read(std::as_bytes(std::span{now})).status;
        done.fed += now.size();
        text.remove_prefix(now.size());
    }
    done.calls = calls;
    done.parsed = bytes_parsed;
    return done;
}

TEST(http_work, is_one_look_at_each_byte_in_pieces_of_any_size) {
    const std::string start = "GET / HTTP/1.1\r\n";
    const std::string blanks(64 * 1024, ' ');
    std::string commas = "Sec-WebSocket-Extensions: ";
    while (commas.size() < 64 * 1024) commas += ",\" ,\"";
    std::string lines;
    while (lines.size() < 64 * 1024) lines += "\r\n";
    std::string tiny;
    for (int i = 0; i < 4000; ++i) tiny += "a: \t \r\n";
    for (const std::string& text : {start + "a:" + blanks + "\r\n\r\n", start + "a: b" + blanks + "c\r\n\r\n",
                                    start + commas + "\r\n\r\n", lines + start + "\r\n",
                                    start + tiny + "\r\n", start + "Connection:" + blanks + "\r\n\r\n"}) {
        for (const std::size_t piece : {1u, 2u, 7u, 4096u, 1u << 20}) {
            SCOPED_TRACE(text.substr(0, 40));
            SCOPED_TRACE(piece);
            const work done = count(text, piece);
            EXPECT_EQ(done.status, read_status::complete);
            EXPECT_EQ(done.parsed, text.size());
            // One for each piece, and one more for the piece in which the start line ends.
            const std::size_t pieces = (text.size() + piece - 1) / piece;
            EXPECT_GE(done.calls, pieces);
            EXPECT_LE(done.calls, pieces + 1);
        }
    }
}

TEST(http_work, ends_with_the_failure) {
    const std::string bad = "GET / HTTP/1.1\r\n a: b\r\n";
    const work done = count(bad + std::string(64 * 1024, 'a'), 1);
    EXPECT_EQ(done.status, read_status::failed);
    EXPECT_EQ(done.fed, 17u);
    EXPECT_LE(done.parsed, done.fed);
}

}  // namespace
}  // namespace wspc
