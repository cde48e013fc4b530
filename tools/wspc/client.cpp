// SPDX-License-Identifier: Apache-2.0
// The client once it is open; client_open.cpp has what goes before.
#include "client.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "problem.hpp"
#include "trace.hpp"

namespace tool {
namespace {

constexpr std::size_t input_size = 256 * 1024;
// Frames beyond this wait in the queue, from where larger ones leave in pieces.
constexpr std::size_t max_output = 4u << 20;
// Beyond this the wire counts as busy: pings collapse to the newest (RFC 6455 5.5.3), so that a server
// that pings and never reads cannot make us hold its pongs.
constexpr std::size_t max_waiting_pongs = 64 * 1024;
// How long a server may take to close the transport when all has been said.
constexpr std::chrono::seconds hang_up_timeout{2};

}  // namespace

client::client(asio::io_context& context, const client_options& options, tracer* trace)
    : context_{context},
      options_{options},
      trace_{trace},
      protocols_{options.protocols.begin(), options.protocols.end()},
      socket_{context},
      deadline_{context},
      connection_{wspc::role::client, options.config, {}, &keys_},
      input_(input_size),
      output_(64 * 1024) {}

// --- sending

std::span<std::byte> client::room(std::size_t size) {
    if (output_.size() - end_ < size && begin_ != 0) {
        std::memmove(output_.data(), output_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (output_.size() - end_ < size)
        output_.resize(std::min(max_output, std::max(end_ + size, 2 * output_.size())));
    return std::span{output_}.subspan(end_);
}

void client::wrote(const wspc::write_result& result) {
    if (result.code != wspc::error::none)
        throw problem{exit_code::failed, std::string{wspc::text(result.code)}};
    if (trace_ != nullptr) trace_->sent({output_.data() + end_, result.size});
    end_ += result.size;
}

void client::send(wspc::opcode op, std::span<const std::byte> payload, bool fin) {
    // RFC 6455 5.5.1: nothing is sent behind a Close.
    if (ended() || connection_.close_sent()) {
        lost_ = true;
        return;
    }
    const std::size_t needed = connection_.frame_size(payload.size());
    if (queue_.empty() && end_ - begin_ + needed <= max_output) {
        wrote(connection_.write(room(needed), op, payload, fin));
        return;
    }
    queue_.push_back({op, fin, 0, {payload.begin(), payload.end()}});
    queued_ += payload.size();
}

void client::close(std::uint16_t code, std::string_view reason) {
    if (ended() || connection_.close_sent()) return;
    const std::span<const std::byte> text = std::as_bytes(std::span{reason});
    queue_.push_back({wspc::opcode::close, true, code, {text.begin(), text.end()}});
    queued_ += text.size();
    flush();
}

// Moves as much of the frame at the front of the queue as there is room for; whether it is complete.
bool client::refill(waiting& front) {
    const std::string_view reason{reinterpret_cast<const char*>(front.payload.data()), front.payload.size()};
    if (front.op == wspc::opcode::close) {
        // The peer may have been faster: then its Close has been answered already.
        if (!connection_.close_sent())
            wrote(
                connection_.write_close(room(wspc::connection::max_pending_size), front.close_code, reason));
        return true;
    }
    // RFC 6455 5.5.1: no data behind a Close. What still waits then is never sent.
    if (connection_.close_sent()) {
        lost_ = true;
        return true;
    }
    std::span<const std::byte> rest = std::span{front.payload}.subspan(front.sent);
    const std::span<std::byte> out =
        room(std::min(rest.size() + wspc::max_header_size, std::size_t{64 * 1024}));
    wrote(connection_.write_some(out, front.op, rest, front.fin));
    queued_ -= front.payload.size() - front.sent - rest.size();
    front.sent = front.payload.size() - rest.size();
    return rest.empty();
}

void client::refill() {
    while (end_ - begin_ <= max_output / 2) {
        // Between two frames the wire is free for the pongs and the Close that are due.
        wrote(connection_.write_pending(room(wspc::connection::max_pending_size)));
        if (queue_.empty()) return;
        if (!refill(queue_.front())) continue;
        queued_ -= queue_.front().payload.size() - queue_.front().sent;
        queue_.pop_front();
    }
}

void client::flush() {
    if (writing_ || ended()) return;
    for (;;) {
        refill();
        if (begin_ == end_) break;
        asio::error_code failed;
        begin_ += socket_.send(asio::buffer(output_.data() + begin_, end_ - begin_), 0, failed);
        if (failed == asio::error::would_block) return wait_writable();
        // The peer may have closed already; what it said last is still to be read.
        if (failed) {
            // Less can be the pongs and the Close that are due at the end.
            if (unsent() > wspc::connection::max_pending_size) lost_ = true;
            begin_ = end_ = 0;
            queue_.clear();
            queued_ = 0;
            return;
        }
        if (begin_ == end_) begin_ = end_ = 0;
    }
    if (on_drained) on_drained();
    watch_closing();
}

// Neither the peer's answer to our Close nor its end of the transport must let us wait for ever
// (RFC 6455 7.1.1).
void client::watch_closing() {
    if (!connection_.close_sent()) return;
    const bool answered = connection_.disconnect() == wspc::disconnect::after_peer;
    const closing next = answered ? closing::hang_up : closing::answer;
    if (next == closing_) return;
    closing_ = next;
    deadline_.expires_after(answered ? std::min(options_.timeout, hang_up_timeout) : options_.timeout);
    deadline_.async_wait([this, answered](const asio::error_code& cancelled) {
        if (cancelled || deadline_.expiry() > steady_clock::now() || ended()) return;
        end(answered ? "" : "the peer did not answer our Close in time");
    });
}

void client::wait_writable() {
    writing_ = true;
    socket_.async_wait(tcp_socket::wait_write, [this](const asio::error_code& failed) {
        writing_ = false;
        if (!failed) flush();
    });
}

// --- receiving

void client::wait_readable() {
    socket_.async_wait(tcp_socket::wait_read, [this](const asio::error_code& failed) {
        if (!failed && !ended()) on_readable();
    });
}

void client::on_readable() {
    asio::error_code failed;
    const std::size_t size = socket_.receive(asio::buffer(input_.data(), input_.size()), 0, failed);
    if (failed == asio::error::eof) return end();
    if (failed && failed != asio::error::would_block) return end(failed.message());
    if (!failed) take(std::span{input_}.first(size));
    flush();
    if (!ended()) wait_readable();
}

void client::take(std::span<std::byte> bytes) {
    // A trace wants the events of a frame right behind it: one event for each call.
    wspc::batch<1> single;
    while (!bytes.empty()) {
        const wspc::received got =
            trace_ != nullptr ? connection_.receive(bytes, single) : connection_.receive(bytes, batch_);
        if (trace_ != nullptr) trace_->received(bytes.first(got.consumed), got.events);
        for (const wspc::event& e : got.events)
            if (on_event) on_event(e);
        bytes = bytes.subspan(got.consumed);
        // Every ping gets its pong, unless the wire is busy; then flush() writes the newest.
        if (queue_.empty() && !writing_ && end_ - begin_ < max_waiting_pongs)
            wrote(connection_.write_pending(room(wspc::connection::max_pending_size)));
    }
}

void client::end(std::string why) {
    asio::error_code ignored;
    socket_.close(ignored);
    deadline_.cancel();
    broken_ = std::move(why);
}

}  // namespace tool
