// SPDX-License-Identifier: Apache-2.0
// Reads heads in every split and gives all that the reader said (RFC 9112).
#pragma once

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/http.hpp>

#include "guarded.hpp"

namespace wspc {

using testing::guarded;
// Everything that a reader said, copied out of its memory.
struct outcome {
    read_status status = read_status::need_more;
    error code = error::none;
    std::size_t consumed = 0;
    std::string method;
    std::string target;
    unsigned version = 0;
    unsigned status_code = 0;
    std::vector<std::pair<std::string, std::string>> headers;

    friend bool operator==(const outcome&, const outcome&) = default;
};

inline void PrintTo(const outcome& o, std::ostream* out) {
    *out << "status " << static_cast<int>(o.status) << ", " << text(o.code) << ", consumed " << o.consumed
         << ", " << o.method << ' ' << o.target << ' ' << o.version << ' ' << o.status_code;
    for (const auto& [name, value] : o.headers) *out << " | " << name << '=' << value;
}

inline void copy_value(outcome& to, const request_reader& from) {
    const request value = from.value();
    to.method = value.method;
    to.target = value.target;
    to.version = value.version;
    for (const header& each : value.headers) to.headers.emplace_back(each.name, each.value);
}

inline void copy_value(outcome& to, const response_reader& from) {
    to.status_code = from.value().status;
    for (const header& each : from.value().headers) to.headers.emplace_back(each.name, each.value);
}

// Feeds pieces of the sizes given, the last of them again and again; each piece ends at a guard page.
template <class Reader>
outcome feed(Reader& reader, std::string_view text, std::vector<std::size_t> sizes) {
    outcome all;
    std::size_t piece = 0;
    std::optional<guarded> bytes;
    while (all.status == read_status::need_more && !text.empty()) {
        const std::size_t size = std::min(sizes[std::min(piece++, sizes.size() - 1)], text.size());
        // Used again for the next piece: nothing that was read may still depend on it.
        if (!bytes || bytes->chars().size() != size) bytes.emplace(size);
        std::copy_n(text.begin(), size, bytes->chars().begin());
        const http_progress got = reader.read(bytes->bytes());
        all.status = got.status;
        all.code = got.code;
        all.consumed = got.status == read_status::failed ? 0 : all.consumed + got.consumed;
        EXPECT_TRUE(got.status != read_status::need_more || got.consumed == size);
        EXPECT_EQ(got.code != error::none, got.status == read_status::failed);
        text.remove_prefix(size);
    }
    if (all.status == read_status::complete) copy_value(all, reader);
    return all;
}

inline constexpr std::size_t whole = static_cast<std::size_t>(-1);

template <class Reader>
outcome read_in(std::string_view text, std::vector<std::size_t> sizes, std::size_t bytes = 16 * 1024,
                std::size_t count = 100) {
    guarded storage{bytes};
    std::vector<header> headers(count);
    Reader reader{{storage.chars(), headers}};
    return feed(reader, text, std::move(sizes));
}

// The outcome, having made sure that it is the same whole, byte by byte and at every split.
template <class Reader>
outcome read_all_ways(std::string_view text, std::size_t bytes = 16 * 1024, std::size_t count = 100) {
    const outcome want = read_in<Reader>(text, {whole}, bytes, count);
    EXPECT_EQ(read_in<Reader>(text, {1}, bytes, count), want) << "byte by byte: " << text;
    const std::size_t step = text.size() > 1000 ? text.size() / 100 : 1;
    for (std::size_t at = 1; at < text.size(); at += step)
        EXPECT_EQ(read_in<Reader>(text, {at, whole}, bytes, count), want)
            << "split at " << at << ": " << text;
    return want;
}

inline const std::string upgrade_request =
    "GET /chat?room=1 HTTP/1.1\r\nHost: example.com:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
inline const std::string upgrade_response =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
inline const std::string start = "GET / HTTP/1.1\r\n";

}  // namespace wspc
