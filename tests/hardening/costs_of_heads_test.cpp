// SPDX-License-Identifier: Apache-2.0
// What a hostile peer can cost the handshake: heads of requests and of responses.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/http.hpp>

#include "costs.hpp"

namespace wspc::test {
namespace {

constexpr http_limits roomy{.bytes = 2u << 20, .headers = 32'768};

// The handshake behind a head.
void judge(const request_reader& reader) { (void)read_request(reader.value()); }
void judge(const response_reader& reader) {
    constexpr std::string_view offered[]{"a", "x; y"};
    (void)check_response(reader.value(),
                         "dGhlIHNhbXBsZSBub25jZQ==", {.protocols = offered, .extensions = offered});
}

template <class Reader>
cost read_head(const std::string& text, std::size_t piece) {
    static const auto storage = std::make_unique<http_storage<roomy>>();
    return cost_of([&] {
        Reader reader{*storage};
        std::string_view rest = text;
        http_progress got;
        while (!rest.empty() && got.status == read_status::need_more) {
            const std::string_view now = rest.substr(0, piece);
            got = reader.read(std::as_bytes(std::span{now}));
            rest.remove_prefix(now.size());
        }
        EXPECT_EQ(got.status, read_status::complete) << wspc::text(got.code);
        judge(reader);
        return text.size();
    });
}

// A head that comes to this role, in pieces of `piece` octets, and the handshake behind it.
cost read_head(role side, const std::string& text, std::size_t piece) {
    return side == role::server ? read_head<request_reader>(text, piece)
                                : read_head<response_reader>(text, piece);
}

std::string head_with(role side, const std::string& name, const std::string& value, std::size_t octets) {
    std::string made = side == role::server
                           ? "GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                           : "HTTP/1.1 101 \r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    made += "Upgrade: websocket\r\nConnection: Upgrade\r\n" + name + ": ";
    while (made.size() < octets) made += value;
    return made + "\r\n\r\n";
}

// ws, websocket-extensions, tungstenite.
TEST(costs, of_a_head_of_blanks_quotes_and_commas_octet_by_octet) {
    const struct {
        const char* what;
        const char* name;
        const char* value;
    } heads[]{{"blanks", "a", " "},
              {"quotes", "Sec-WebSocket-Extensions", "a; b=\"\\\"\", "},
              {"quotes that stay open", "Sec-WebSocket-Extensions", "x; y=\","},
              {"commas", "Sec-WebSocket-Protocol", ","},
              {"one long name", "Sec-WebSocket-Extensions", "a"}};
    for (const role side : both)
        for (const auto& head : heads) {
            const attacker run = [&](std::size_t octets) {
                return read_head(side, head_with(side, head.name, head.value, octets), 1);
            };
            expect_cost(row(side, std::string{"a head of "} + head.what + ", octet by octet"), run, 65'536,
                        {150, 0});
        }
}

TEST(costs, of_thousands_of_headers) {
    for (const role side : both)
        for (const std::size_t piece : {std::size_t{1}, SIZE_MAX}) {
            const std::string manner = piece == 1 ? ", octet by octet" : ", at once";
            const attacker same = [&](std::size_t octets) {
                return read_head(side, head_with(side, "a", "b\r\na: ", octets), piece);
            };
            expect_cost(row(side, "headers of one name" + manner), same, 2000 * 6, {200, 0});
            const attacker lists = [&](std::size_t octets) {
                return read_head(side, head_with(side, "Connection", "Upgrade\r\nConnection: ", octets),
                                 piece);
            };
            expect_cost(row(side, "headers of a list" + manner), lists, 2000 * 20, {200, 0});
        }
}

// Each is a head of its own, and none is the last.
TEST(costs, of_interim_responses) {
    const attacker run = [](std::size_t octets) {
        return read_head(role::client,
                         repeated("HTTP/1.1 100 \r\n\r\n", octets) + head_with(role::client, "a", "b", 0), 1);
    };
    expect_cost(row(role::client, "interim responses, octet by octet"), run, 65'536, {150, 0});
}

// The hash of the set that looks for tokens which occur twice, FNV-1a, is known to everybody: 256 short ones
// that begin at 24 neighbouring places of its 512.
std::vector<std::string> colliding_tokens() {
    const std::string characters =
        "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
    const auto collides = [](std::string_view token) {
        std::uint32_t hash = 2166136261u;
        for (const char c : token) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
        return hash % 512 >= 100 && hash % 512 < 124;
    };
    std::vector<std::string> all{""}, made;
    for (int size = 1; size <= 3; ++size) {
        std::vector<std::string> longer;
        for (const std::string& front : all)
            for (const char c : characters) longer.push_back(front + c);
        all = std::move(longer);
        for (const std::string& token : all)
            if (made.size() < 256 && collides(token)) made.push_back(token);
    }
    return made;
}

TEST(costs, of_protocols_that_collide) {
    const std::vector<std::string> tokens = colliding_tokens();
    ASSERT_EQ(tokens.size(), 256u);
    std::string list;
    for (const std::string& token : tokens) list += (list.empty() ? "" : ",") + token;
    const cost spent =
        read_head<request_reader>(head_with(role::server, "Sec-WebSocket-Protocol", list, 170), 1);
    EXPECT_GT(spent.octets, list.size());
    EXPECT_EQ(spent.memory, 0u);
    const double steps = static_cast<double>(spent.steps) / static_cast<double>(spent.octets);
    EXPECT_LE(steps, 400);
    std::printf("| 256 protocols that collide, octet by octet | %llu | 0 | %.1f | 400 |\n",
                static_cast<unsigned long long>(spent.octets), steps);
}

// What follows `start`, `piece` by `piece`, is refused at this octet, in the memory that there is.
template <class Reader>
void expect_refused(const std::string& start, const std::string& piece, error why, std::size_t at) {
    http_storage<> storage;
    Reader reader{storage};
    const cost spent = cost_of([&] {
        std::size_t fed = 0;
        http_progress got = reader.read(std::as_bytes(std::span{start}));
        for (; got.status == read_status::need_more && fed < at + 1024; fed += piece.size())
            got = reader.read(std::as_bytes(std::span{piece}));
        EXPECT_EQ(got.code, why) << start << piece;
        return start.size() + fed;
    });
    EXPECT_GE(spent.octets, at);
    EXPECT_LT(spent.octets, at + piece.size());
    EXPECT_EQ(spent.memory, 0u);
}

template <class Reader>
void expect_refused_without_end(const std::string& start) {
    constexpr http_limits most;
    expect_refused<Reader>(start + "a:", "a", error::http_headers_too_large, most.bytes);
    const std::size_t line = 5;
    expect_refused<Reader>(start, "a:b\r\n", error::http_too_many_headers,
                           start.size() + most.headers * line + 1);
}

TEST(costs, of_a_head_without_end) {
    expect_refused_without_end<request_reader>("GET / HTTP/1.1\r\n");
    expect_refused_without_end<response_reader>("HTTP/1.1 101 \r\n");
    // Heads of which none is the last.
    const std::string interim = "HTTP/1.1 100 \r\n\r\n";
    http_storage<> storage;
    response_reader reader{storage};
    const cost spent = cost_of([&] {
        std::size_t fed = 0;
        for (http_progress got; got.status == read_status::need_more && fed < 17 * 1024; ++fed) {
            got = reader.read(std::as_bytes(std::span{interim}.subspan(fed % interim.size(), 1)));
            EXPECT_TRUE(got.status != read_status::failed || got.code == error::http_headers_too_large);
        }
        return fed;
    });
    EXPECT_EQ(spent.octets, http_limits{}.bytes);
    EXPECT_EQ(spent.memory, 0u);
}

TEST(costs, of_writing_http_text) {
    const header host[]{{"Host", "a"}, {"Upgrade", "websocket"}};
    std::array<std::byte, 1024> out;
    const std::uint64_t before = allocations();
    EXPECT_EQ(write_request(out, request{"GET", "/", 11, host}).code, error::none);
    EXPECT_EQ(write_response(out, response{200, host}, "body").code, error::none);
    EXPECT_EQ(write_refusal(out, error::origin_refused).code, error::none);
    EXPECT_EQ(allocations(), before);
}

}  // namespace
}  // namespace wspc::test
