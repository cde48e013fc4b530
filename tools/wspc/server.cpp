// SPDX-License-Identifier: Apache-2.0
#include "server.hpp"

#include <sys/resource.h>
#include <csignal>
#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "problem.hpp"

namespace tool {
namespace {

std::vector<std::unique_ptr<shard>> make_shards(const serve_options& options,
                                                std::atomic<std::size_t>& open) {
    std::vector<std::unique_ptr<shard>> shards;
    for (unsigned i = 0; i < options.threads; ++i) shards.push_back(std::make_unique<shard>(options, open));
    return shards;
}

// One descriptor for each connection: takes as many as the system lets us.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

server::server(const serve_options& options)
    : options_{options},
      shards_{make_shards(options, open_)},
      acceptor_{shards_.front()->context()},
      retry_{shards_.front()->context()},
      signals_{shards_.front()->context(), SIGINT, SIGTERM} {
    raise_descriptor_limit();
    listen();
}

void server::listen() {
    asio::error_code failed;
    tcp_resolver resolver{shards_.front()->context()};
    const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                        asio::ip::resolver_base::passive, failed);
    if (failed || found.empty())
        throw problem{exit_code::usage,
                      fmt::format("{} is no host to listen on: {}", options_.host, failed.message())};
    const tcp::endpoint where = *found.begin();
    acceptor_.open(where.protocol(), failed);
    if (!failed) acceptor_.set_option(tcp_acceptor::reuse_address{true}, failed);
    if (!failed) acceptor_.bind(where, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
        throw problem{exit_code::unreachable, fmt::format("cannot listen on {} port {}: {}", options_.host,
                                                          options_.port, failed.message())};
}

std::string server::url() const {
    const tcp::endpoint at = acceptor_.local_endpoint();
    const std::string host = at.address().to_string();
    return fmt::format("ws://{}:{}/", at.address().is_v6() ? "[" + host + "]" : host, at.port());
}

void server::accept() {
    shard& next = *shards_[turn_++ % shards_.size()];
    acceptor_.async_accept(next.context(), [this, &next](const asio::error_code& failed, tcp_socket socket) {
        if (!acceptor_.is_open()) return;
        if (!failed) {
            next.adopt(std::move(socket));
            return accept();
        }
        // A client that has gone already is none of our business; without descriptors or memory
        // another attempt at once would fail as well, for ever.
        if (failed == asio::error::connection_aborted) return accept();
        accept_later();
    });
}

void server::accept_later() {
    retry_.expires_after(std::chrono::milliseconds{100});
    retry_.async_wait([this](const asio::error_code& cancelled) {
        if (!cancelled && acceptor_.is_open()) accept();
    });
}

void server::stop() {
    // Gives the signals their usual meaning back: a second one ends the program at once.
    signals_.clear();
    acceptor_.close();
    retry_.cancel();
    for (const auto& each : shards_) each->stop();
}

totals server::run() {
    signals_.async_wait([this](const asio::error_code& cancelled, int) {
        if (!cancelled) stop();
    });
    accept();
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < shards_.size(); ++i) threads.emplace_back([this, i] { shards_[i]->run(); });
    shards_.front()->run();
    for (std::thread& each : threads) each.join();

    totals sum;
    for (const auto& each : shards_) sum += each->counted();
    return sum;
}

int serve(const serve_options& options) {
    server echo{options};
    fmt::print("listening on {}\n", echo.url());
    std::fflush(stdout);
    const totals sum = echo.run();
    fmt::print("stopped: {} connections ({} refused, {} failed), {} messages of {} bytes echoed\n",
               sum.connections, sum.refused, sum.failed, sum.messages, sum.bytes);
    return static_cast<int>(exit_code::ok);
}

}  // namespace tool
