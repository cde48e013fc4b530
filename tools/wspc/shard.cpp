// SPDX-License-Identifier: Apache-2.0
#include "shard.hpp"

#include <memory>
#include <utility>

#include "peer.hpp"

namespace tool {
namespace {

// Connections above the limit that may be there at once, to be told 503.
constexpr std::size_t max_refused_at_once = 64;

wspc::connection_config echo_config(const serve_options& options) {
    wspc::connection_config config;
    config.receive.limits.max_frame = options.max_message;
    config.receive.limits.max_message = options.max_message;
    // What is echoed has been validated on its way in.
    config.check_sent_utf8 = false;
    return config;
}

}  // namespace

totals& totals::operator+=(const totals& other) noexcept {
    connections += other.connections;
    refused += other.refused;
    failed += other.failed;
    messages += other.messages;
    bytes += other.bytes;
    return *this;
}

shard::shard(const serve_options& options, std::atomic<std::size_t>& open)
    : options_{options},
      open_{open},
      config_{echo_config(options)},
      origins_{options.origins.begin(), options.origins.end()},
      protocols_{options.protocols.begin(), options.protocols.end()},
      input_(input_size),
      out_{output_size},
      context_{1},
      work_{context_.get_executor()} {}

shard::~shard() = default;

void shard::adopt(tcp_socket socket) {
    asio::dispatch(context_, [this, socket = std::move(socket)]() mutable {
        if (stopping_) return;
        // Those above the limit are told so; beyond these few, who are not many enough to hurt, the
        // socket is closed unheard, or the refused ones were a way around the limit.
        if (open_.load(std::memory_order_relaxed) >= options_.max_connections + max_refused_at_once) return;
        std::make_shared<peer>(*this, std::move(socket))->start();
    });
}

void shard::stop() {
    asio::dispatch(context_, [this] {
        if (stopping_) return;
        stopping_ = true;
        work_.reset();
        // A copy, since connections that were not open yet leave at once.
        for (peer* const who : std::vector<peer*>{peers_}) who->stop();
    });
}

void shard::enter(peer& who) {
    who.place = peers_.size();
    peers_.push_back(&who);
    open_.fetch_add(1, std::memory_order_relaxed);
}

void shard::leave(peer& who) noexcept {
    peer* const last = peers_.back();
    peers_[who.place] = last;
    last->place = who.place;
    peers_.pop_back();
    open_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace tool
