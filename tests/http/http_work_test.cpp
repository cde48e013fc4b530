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

template <class Reader>
work count(std::string_view text, std::size_t piece) {
    const auto storage = std::make_unique<http_storage<roomy>>();
    Reader reader{*storage};
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

// `breaks`: how often a piece is parsed in two parts, so that what follows is looked at only once what stands
// before it has been judged.
template <class Reader>
void expect_one_look(const std::string& text, std::size_t breaks) {
    SCOPED_TRACE(text.substr(0, 40));
    for (const std::size_t piece : {1u, 2u, 7u, 4096u, 1u << 20}) {
        SCOPED_TRACE(piece);
        const work done = count<Reader>(text, piece);
        EXPECT_EQ(done.status, read_status::complete);
        EXPECT_EQ(done.parsed, text.size());
        const std::size_t pieces = (text.size() + piece - 1) / piece;
        EXPECT_GE(done.calls, pieces);
        EXPECT_LE(done.calls, pieces + breaks);
    }
}

// Heads that begin so. Each has one break, where the start line ends.
template <class Reader>
void expect_one_look_at_heads(const std::string& start) {
    const std::string blanks(64 * 1024, ' ');
    std::string commas = "Sec-WebSocket-Extensions: ";
    while (commas.size() < 64 * 1024) commas += ",\" ,\"";
    std::string tiny;
    for (int i = 0; i < 4000; ++i) tiny += "a: \t \r\n";
    for (const std::string& lines : {"a:" + blanks + "\r\n", "a: b" + blanks + "c\r\n", commas + "\r\n", tiny,
                                     "Connection:" + blanks + "\r\n"})
        expect_one_look<Reader>(start + lines + "\r\n", 1);
}

TEST(http_work, is_one_look_at_each_byte_in_pieces_of_any_size) {
    const std::string start = "GET / HTTP/1.1\r\n";
    expect_one_look_at_heads<request_reader>(start);
    std::string lines;
    while (lines.size() < 64 * 1024) lines += "\r\n";
    expect_one_look<request_reader>(lines + start + "\r\n", 1);
}

TEST(http_work, is_one_look_at_each_byte_of_responses) {
    const std::string start = "HTTP/1.1 101 \r\n";
    expect_one_look_at_heads<response_reader>(start);
    // Interim responses break where they end, too.
    std::string interim;
    for (int i = 0; i < 4000; ++i) interim += "HTTP/1.1 100 \r\n\r\n";
    expect_one_look<response_reader>(interim + start + "\r\n", 2 * 4000 + 1);
}

template <class Reader>
void expect_end_with_failure(const std::string& start) {
    const work done = count<Reader>(start + " a: b\r\n" + std::string(64 * 1024, 'a'), 1);
    EXPECT_EQ(done.status, read_status::failed);
    EXPECT_EQ(done.fed, start.size() + 1);
    EXPECT_LE(done.parsed, done.fed);
}

TEST(http_work, ends_with_the_failure) {
    expect_end_with_failure<request_reader>("GET / HTTP/1.1\r\n");
    expect_end_with_failure<response_reader>("HTTP/1.1 101 \r\n");
}

}  // namespace
}  // namespace wspc
