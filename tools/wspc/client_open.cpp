// SPDX-License-Identifier: Apache-2.0
// How a client opens: TCP, the request, the response (RFC 6455 4.1).
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <asio/post.hpp>
#include <asio/write.hpp>

#include <wspc/handshake.hpp>
#include <wspc/url.hpp>

#include "client.hpp"
#include "problem.hpp"
#include "trace.hpp"

namespace tool {
namespace {

wspc::url parse(const std::string& text) {
    const wspc::result<wspc::url> parsed = wspc::parse_url(text);
    if (!parsed) throw problem{exit_code::usage, fmt::format("{}: {}", text, wspc::text(parsed.code))};
    if (parsed.value.secure)
        throw problem{exit_code::usage, fmt::format("{}: this program has no TLS; use a ws:// URL", text)};
    return parsed.value;
}

std::string printable(std::span<const std::byte> bytes) {
    std::string line;
    for (const std::byte each : bytes) {
        const char c = static_cast<char>(each);
        if (c == '\n' || c == '\r') break;
        line += c >= ' ' && c <= '~' ? c : '.';
    }
    return line;
}

}  // namespace

std::string client::open(const std::string& url) {
    const wspc::url to = parse(url);
    const wspc::client_offer wanted{
        .host = to.host_header, .origin = options_.origin, .protocols = protocols_, .extensions = {}};
    std::array<char, 4096> storage;
    const wspc::client_request asked = wspc::make_request(wanted, storage);
    if (!asked) throw problem{exit_code::usage, std::string{wspc::text(asked.code)}};

    connect(to);
    send_request(to, asked);
    read_response(asked, wanted);

    socket_.non_blocking(true);
    // Frames that came with the response are there already: no readiness will tell of them.
    asio::post(context_, [this] {
        take(early_);
        early_.clear();
        flush();
        wait_readable();
    });
    return protocol_;
}

void client::connect(const wspc::url& to) {
    asio::error_code failed;
    tcp_resolver resolver{context_};
    const auto found = resolver.resolve(to.host, std::to_string(to.port), failed);
    if (failed) throw problem{exit_code::unreachable, fmt::format("{}: {}", to.host, failed.message())};

    bool done = false;
    asio::async_connect(socket_, found, [&](const asio::error_code& why, const tcp::endpoint&) {
        failed = why;
        done = true;
    });
    const auto connected = [&] { return done; };
    if (!run_until(context_, options_.timeout, connected)) {
        socket_.close();
        // Its handler refers to this frame of the stack.
        run_until(context_, steady_clock::duration::max() / 2, connected);
        failed = asio::error::timed_out;
    }
    if (failed)
        throw problem{exit_code::unreachable,
                      fmt::format("cannot connect to {}: {}", to.host_header, failed.message())};
    socket_.set_option(tcp::no_delay{true}, failed);
}

void client::send_request(const wspc::url& to, const wspc::client_request& asked) {
    std::vector<wspc::header> more;
    for (const auto& [name, value] : options_.headers) more.push_back({name, value});
    std::vector<std::byte> text(4096);
    wspc::http_written written = wspc::write_request(text, to, asked.headers(), more);
    if (written.code == wspc::error::no_room) {
        text.resize(written.needed);
        written = wspc::write_request(text, to, asked.headers(), more);
    }
    if (written.code != wspc::error::none)
        throw problem{exit_code::usage, std::string{wspc::text(written.code)}};
    text.resize(written.size);
    if (trace_ != nullptr) trace_->request(text);
    asio::error_code failed;
    asio::write(socket_, asio::buffer(text.data(), text.size()), failed);
    if (failed)
        throw problem{exit_code::unreachable, fmt::format("the connection broke: {}", failed.message())};
}

// Bytes that arrive within the timeout; none at the end of the stream.
std::span<std::byte> client::receive_some() {
    bool ready = false;
    socket_.async_wait(tcp_socket::wait_read, [&](const asio::error_code&) { ready = true; });
    if (!run_until(context_, options_.timeout, [&] { return ready; })) {
        socket_.close();
        run_until(context_, steady_clock::duration::max() / 2, [&] { return ready; });
        throw problem{
            exit_code::unreachable,
            fmt::format("the server did not answer the handshake within {} s", options_.timeout.count())};
    }
    asio::error_code failed;
    const std::size_t size = socket_.receive(asio::buffer(input_.data(), input_.size()), 0, failed);
    if (failed && failed != asio::error::eof)
        throw problem{exit_code::unreachable, fmt::format("the connection broke: {}", failed.message())};
    return std::span{input_}.first(size);
}

void client::read_response(const wspc::client_request& asked, const wspc::client_offer& wanted) {
    wspc::http_storage<> storage;
    wspc::response_reader reader{storage};
    std::vector<std::byte> head;
    for (;;) {
        const std::span<std::byte> bytes = receive_some();
        if (bytes.empty())
            throw problem{exit_code::refused,
                          "the server closed the connection before its response was complete"};
        const wspc::http_progress got = reader.read(bytes);
        if (got.status == wspc::read_status::failed)
            throw problem{exit_code::refused,
                          fmt::format("this is no response of a WebSocket server: {}", wspc::text(got.code))};
        head.insert(head.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(got.consumed));
        if (got.status == wspc::read_status::need_more) continue;

        if (trace_ != nullptr) trace_->response(head);
        const wspc::response response = reader.value();
        const wspc::checked_response checked = wspc::check_response(response, asked.key, wanted);
        if (checked.code == wspc::error::status_not_101)
            throw problem{exit_code::refused, refusal(response, bytes.subspan(got.consumed))};
        if (!checked)
            throw problem{exit_code::refused,
                          fmt::format("the server's response is wrong: {}", wspc::text(checked.code))};
        protocol_ = checked.agreed.protocol;
        connection_ = wspc::connection{wspc::role::client, options_.config, checked.agreed, &keys_};
        early_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(got.consumed), bytes.end());
        return;
    }
}

// The status, and the first line of the body, which is where servers say why.
std::string client::refusal(const wspc::response& response, std::span<std::byte> body) {
    if (body.empty()) body = receive_some();
    std::string text =
        fmt::format("the server refused: {} {}", response.status, wspc::reason_phrase(response.status));
    if (const std::string line = printable(body.first(std::min(body.size(), std::size_t{200})));
        !line.empty())
        text += ": " + line;
    return text;
}

}  // namespace tool
