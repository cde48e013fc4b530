// SPDX-License-Identifier: Apache-2.0
// How a client opens: TCP, the request, the response (RFC 6455 4.1).
#include <algorithm>
#include <array>
#include <charconv>
#include <future>
#include <thread>
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

bool is_name(std::string_view given, std::string_view lower_case) {
    return std::equal(given.begin(), given.end(), lower_case.begin(), lower_case.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
    });
}

}  // namespace

std::string client::open(const std::string& url) {
    const wspc::url to = parse(url);
    const wspc::client_offer wanted{
        .host = to.host_header, .origin = options_.origin, .protocols = protocols_, .extensions = {}};
    std::array<char, 4096> storage;
    const wspc::client_request asked = wspc::make_request(wanted, storage);
    if (!asked) throw problem{exit_code::usage, std::string{wspc::text(asked.code)}};

    // One deadline for all of it, so that no server can stretch it by doing things slowly.
    open_until_ = steady_clock::now() + options_.timeout;
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

// getaddrinfo() cannot be ended, and may take longer than the user wants to wait: so a thread does it
// that the end of the program does not wait for.
std::vector<tcp::endpoint> client::resolve(const wspc::url& to) {
    struct answer {
        std::vector<tcp::endpoint> endpoints;
        asio::error_code failed;
    };
    std::promise<answer> promise;
    std::future<answer> future = promise.get_future();
    std::thread{[host = std::string{to.host}, port = std::to_string(to.port),
                 promise = std::move(promise)]() mutable {
        answer found;
        asio::io_context own;
        for (const auto& each : tcp_resolver{own}.resolve(host, port, found.failed))
            found.endpoints.push_back(each.endpoint());
        promise.set_value(std::move(found));
    }}.detach();
    if (future.wait_until(open_until_) != std::future_status::ready)
        throw problem{exit_code::unreachable,
                      fmt::format("{}: no address within {} s", to.host, options_.timeout.count())};
    answer found = future.get();
    if (found.failed)
        throw problem{exit_code::unreachable, fmt::format("{}: {}", to.host, found.failed.message())};
    return std::move(found.endpoints);
}

// Runs the loop until an operation whose handler sets `ready`, and fails if the deadline passes first.
void client::wait_until_ready(const bool& ready, const char* why) {
    const auto holds = [&] { return ready; };
    if (run_until(context_, open_until_ - steady_clock::now(), holds)) return;
    socket_.close();
    // Its handler refers to this frame of the stack.
    run_until(context_, steady_clock::duration::max() / 2, holds);
    throw problem{exit_code::unreachable, fmt::format("{} within {} s", why, options_.timeout.count())};
}

void client::connect(const wspc::url& to) {
    const std::vector<tcp::endpoint> found = resolve(to);
    asio::error_code failed;
    bool done = false;
    asio::async_connect(socket_, found, [&](const asio::error_code& why, const tcp::endpoint&) {
        failed = why;
        done = true;
    });
    wait_until_ready(done, "the server took no connection");
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
    bool done = false;
    asio::async_write(socket_, asio::buffer(text.data(), text.size()),
                      [&](const asio::error_code& why, std::size_t) {
                          failed = why;
                          done = true;
                      });
    wait_until_ready(done, "the server did not take the request");
    if (failed)
        throw problem{exit_code::unreachable, fmt::format("the connection broke: {}", failed.message())};
}

// Bytes that arrive within the timeout; none at the end of the stream.
std::span<std::byte> client::receive_some() {
    bool ready = false;
    socket_.async_wait(tcp_socket::wait_read, [&](const asio::error_code&) { ready = true; });
    wait_until_ready(ready, "the server did not answer the handshake");
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
std::string client::refusal(const wspc::response& response, std::span<const std::byte> begin) {
    const std::vector<std::byte> body = refusal_body(response, begin);
    std::string text =
        fmt::format("the server refused: {} {}", response.status, wspc::reason_phrase(response.status));
    if (const std::string line = printable(body); !line.empty()) text += ": " + line;
    return text;
}

// As much of the body as is shown. The refusal stands without it: whatever keeps us from reading it
// leaves it empty.
std::vector<std::byte> client::refusal_body(const wspc::response& response,
                                            std::span<const std::byte> begin) {
    constexpr std::size_t shown = 200;
    std::size_t wanted = shown;
    for (const wspc::header& each : response.headers) {
        // RFC 9112 6.3: chunks have their own framing, which is nothing for the user's eyes.
        if (is_name(each.name, "transfer-encoding")) return {};
        std::size_t length = 0;
        const char* const end = each.value.data() + each.value.size();
        if (is_name(each.name, "content-length") &&
            std::from_chars(each.value.data(), end, length).ptr == end)
            wanted = std::min(shown, length);
    }
    std::vector<std::byte> body{begin.begin(), begin.end()};
    try {
        while (body.size() < wanted) {
            const std::span<const std::byte> more = receive_some();
            if (more.empty()) break;
            body.insert(body.end(), more.begin(), more.end());
        }
    } catch (const problem&) {
    }
    body.resize(std::min(body.size(), wanted));
    return body;
}

}  // namespace tool
