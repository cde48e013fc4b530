// SPDX-License-Identifier: Apache-2.0
// The opening handshake of RFC 6455 1.3 as text: reads the request and writes the response.
#include <array>
#include <cstdio>
#include <string_view>

#include <wspc/handshake.hpp>
#include <wspc/http.hpp>

int main() {
    constexpr std::string_view wire =
        "GET /chat HTTP/1.1\r\n"
        "Host: server.example.com\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "\r\n";

    static wspc::http_storage<> storage;
    wspc::request_reader reader{storage};
    const wspc::http_progress got = reader.read(std::as_bytes(std::span{wire}));
    if (got.status != wspc::read_status::complete || got.consumed != wire.size()) return 1;
    const auto offered = wspc::read_request(reader.value());
    if (!offered) return 2;

    std::array<char, 256> strings;
    const wspc::server_reply reply = wspc::accept(offered.value, {}, strings);
    if (!reply) return 3;
    std::array<std::byte, 512> out;
    const wspc::http_written text = wspc::write_response(out, reply.as_response());
    if (text.code != wspc::error::none) return 4;

    const std::string_view response{reinterpret_cast<const char*>(out.data()), text.size};
    std::printf("%.*s", static_cast<int>(response.size()), response.data());
    if (!response.starts_with("HTTP/1.1 101 ")) return 5;
    return response.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") == response.npos ? 6 : 0;
}
