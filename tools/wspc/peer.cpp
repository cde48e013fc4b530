// SPDX-License-Identifier: Apache-2.0
#include "peer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <wspc/handshake.hpp>

#include "page.hpp"

namespace tool {
namespace {

// Payloads from here on are sent from where they were received: copying them costs more than one
// more part for sendmsg.
constexpr std::size_t refer_from = 16 * 1024;

// What is read and dropped behind the last byte that we sent: enough for what a well-meaning peer
// has on its way, and an end for one that never stops.
constexpr std::size_t max_drained = 16u << 20;

std::string_view choose(const wspc::offer& offer, std::span<const std::string_view> known) {
    for (const std::string_view name : offer.protocols)
        if (std::find(known.begin(), known.end(), name) != known.end()) return name;
    return {};
}

}  // namespace

// A request that arrives in pieces is kept here; it costs nothing before its first byte is there.
struct peer::opening {
    wspc::http_storage<> storage;
    wspc::request_reader reader{storage};
};

peer::peer(shard& home, tcp_socket socket) : home_{home}, socket_{std::move(socket)} {}

peer::~peer() = default;

void peer::start() {
    asio::error_code ignored;
    socket_.non_blocking(true, ignored);
    // Answers are gathered already; holding them back for more would only delay them.
    socket_.set_option(tcp::no_delay{true}, ignored);
    // A WebSocket may be idle for as long as it likes, but a machine that has gone without a word must
    // not keep its place for ever.
    socket_.set_option(asio::socket_base::keep_alive{true}, ignored);
    home_.enter(*this);
    set_deadline(home_.options().handshake_timeout);
    // Before it is heard: who only connects and says nothing counts as well.
    if (home_.overloaded()) return leave_with(write_overload(home_.out().room()));
    wait_readable();
}

void peer::stop() {
    if (stage_ == stage::opening) return drop();
    set_deadline(home_.options().close_timeout);
    // Ends the wait for more to read: its handler says goodbye. A backlog goes first.
    if (stage_ == stage::open && backlog_.empty()) {
        asio::error_code ignored;
        socket_.cancel(ignored);
    }
}

// --- waiting, receiving, sending

void peer::wait_readable() {
    socket_.async_wait(tcp_socket::wait_read, [self = shared_from_this()](const asio::error_code& failed) {
        if (!self->socket_.is_open()) return;
        if (failed) return self->all_sent();  // stop() ended the wait
        self->on_readable();
    });
}

void peer::wait_writable() {
    socket_.async_wait(tcp_socket::wait_write, [self = shared_from_this()](const asio::error_code&) {
        if (self->socket_.is_open()) self->on_writable();
    });
}

void peer::on_readable() {
    asio::error_code failed;
    const std::size_t size =
        socket_.receive(asio::buffer(home_.input().data(), home_.input().size()), 0, failed);
    // Not simply another wait: stop() may have come while this handler stood in the queue, and then
    // its cancel() found no wait to end.
    if (failed == asio::error::would_block) return all_sent();
    if (failed) return drop();  // the end of the stream, or of the connection
    const std::span<std::byte> bytes = home_.input().first(size);
    switch (stage_) {
        case stage::opening: return read_request(bytes);
        case stage::open: return echo(bytes);
        case stage::leaving:
        case stage::lingering: return drain(size);
    }
}

// Sends what the shard's outbox holds. While the socket takes no more, nothing is read either: the
// peer cannot make us hold more than the answers to one recv.
void peer::send() {
    outbox& out = home_.out();
    if (!out.empty()) {
        asio::error_code failed;
        const std::size_t sent = socket_.send(out.parts(), 0, failed);
        if (!failed || failed == asio::error::would_block) {
            out.rest(sent, backlog_);
            failed = {};
        }
        out.clear();
        if (failed) return drop();
    }
    if (backlog_.empty()) return all_sent();
    // A peer that does not read must not hold this memory for ever. When the server stops there is
    // another deadline already.
    if (stage_ == stage::open && !home_.stopping()) set_deadline(home_.options().stall_timeout);
    wait_writable();
}

void peer::on_writable() {
    asio::error_code failed;
    const std::size_t sent = socket_.send(
        asio::buffer(backlog_.data() + backlog_sent_, backlog_.size() - backlog_sent_), 0, failed);
    if (failed && failed != asio::error::would_block) return drop();
    backlog_sent_ += sent;
    if (backlog_sent_ != backlog_.size()) return wait_writable();
    // Gives the memory back, which clear() would not.
    backlog_ = std::vector<std::byte>{};
    backlog_sent_ = 0;
    if (stage_ == stage::open && !home_.stopping()) deadline_.reset();
    all_sent();
}

void peer::all_sent() {
    switch (stage_) {
        case stage::opening:
        case stage::lingering: return wait_readable();
        case stage::leaving: return linger();
        case stage::open: break;
    }
    // RFC 6455 7.1.1: the server closes the transport first.
    if (connection_->disconnect() == wspc::disconnect::now) return linger();
    if (home_.stopping() && !connection_->close_sent()) return say_goodbye();
    wait_readable();
}

// --- the opening handshake

void peer::read_request(std::span<std::byte> bytes) {
    if (!opening_) opening_ = std::make_unique<opening>();
    const wspc::http_progress got = opening_->reader.read(bytes);
    switch (got.status) {
        case wspc::read_status::need_more: return wait_readable();
        case wspc::read_status::failed: return refuse(got.code);
        case wspc::read_status::complete:
            return answer(opening_->reader.value(), bytes.subspan(got.consumed));
    }
}

void peer::answer(const wspc::request& request, std::span<std::byte> rest) {
    if (!wants_upgrade(request)) return leave_with(write_page(home_.out().room(), request));

    const wspc::result<wspc::offer> read = wspc::read_request(request);
    if (!read) return refuse(read.code);
    // RFC 6455 10.2: a browser lets any page connect to us; which pages may is ours to say.
    const wspc::origin_policy policy{.allowed = home_.origins()};
    if (wspc::origin_allowed(read.value, policy) == wspc::origin_verdict::refused)
        return refuse(wspc::error::origin_refused, 403);
    accept(read.value, rest);
}

void peer::accept(const wspc::offer& offer, std::span<std::byte> rest) {
    std::array<char, 1024> storage;
    const wspc::choice chosen{.protocol = choose(offer, home_.protocols()), .extensions = {}};
    const wspc::server_reply reply = wspc::accept(offer, chosen, storage);
    if (!reply) return refuse(reply.code, 500);
    const wspc::http_written response = wspc::write_response(home_.out().room(), reply.as_response());
    if (response.code != wspc::error::none) return refuse(response.code, 500);
    home_.out().wrote(response.size);

    connection_.emplace(wspc::role::server, home_.config(), reply.agreed);
    stage_ = stage::open;
    ++home_.count().connections;
    // An idle WebSocket holds no buffers. The request, and all that points into it, goes here.
    opening_.reset();
    deadline_.reset();
    // Frames that came with the request are answered together with it.
    echo(rest);
}

void peer::refuse(wspc::error why, std::uint16_t status) {
    leave_with(wspc::write_refusal(home_.out().room(), why, status));
}

void peer::leave_with(const wspc::http_written& response) {
    ++home_.count().refused;
    stage_ = stage::leaving;
    home_.out().wrote(response.size);
    opening_.reset();
    send();
}

// --- the WebSocket

void peer::echo(std::span<std::byte> bytes) {
    outbox& out = home_.out();
    while (!bytes.empty()) {
        const wspc::received got = connection_->receive(bytes, home_.batch());
        for (const wspc::event& e : got.events) {
            if (!echo(e)) {
                out.clear();
                return drop();
            }
        }
        bytes = bytes.subspan(got.consumed);
        // After each receive, so that every ping gets its pong, in order (RFC 6455 5.5.2).
        out.wrote(connection_->write_pending(out.room()));
    }
    send();
}

// Answers one event; false if the answer cannot be written, which no peer can bring about.
bool peer::echo(const wspc::event& e) {
    if (e.kind == wspc::event_kind::failed) ++home_.count().failed;
    // Behind our Close nothing is said any more (RFC 6455 5.5.1).
    if (e.kind != wspc::event_kind::data || connection_->close_sent()) return true;
    home_.count().bytes += e.bytes.size();
    home_.count().messages += e.last ? 1 : 0;

    outbox& out = home_.out();
    wspc::write_result written;
    if (e.bytes.size() >= refer_from && out.can_refer()) {
        // Payloads of this size are unmasked where they were received, and stay there until the send.
        const wspc::opcode op = e.first ? e.op : wspc::opcode::continuation;
        written = connection_->write_header(out.room(), op, e.bytes, e.last);
        out.wrote(written);
        out.refer(e.bytes);
    } else {
        written = connection_->write(out.room(), e);
        out.wrote(written);
    }
    return written.code == wspc::error::none;
}

// RFC 6455 7.4.1: 1001 tells that this end goes away.
void peer::say_goodbye() {
    outbox& out = home_.out();
    const wspc::write_result written = connection_->write_close(out.room(), 1001, "the server stops");
    if (written.code != wspc::error::none) return drop();
    out.wrote(written);
    send();
}

// --- the end

// RFC 6455 7.1.1: closing a socket that still has bytes to read sends a reset, which could destroy
// our last bytes before the peer has read them. So only the sending half is closed, and what the
// peer sends is dropped until it closes too.
void peer::linger() {
    stage_ = stage::lingering;
    set_deadline(home_.options().close_timeout);
    asio::error_code failed;
    socket_.shutdown(tcp_socket::shutdown_send, failed);
    if (failed) return drop();
    wait_readable();
}

void peer::drain(std::size_t size) {
    drained_ += size;
    if (drained_ > max_drained) return drop();
    wait_readable();
}

void peer::set_deadline(std::chrono::seconds after) {
    if (!deadline_) deadline_ = std::make_unique<timer>(home_.context());
    deadline_->expires_after(after);
    deadline_->async_wait([self = shared_from_this()](const asio::error_code& cancelled) {
        // A deadline that was moved or lifted while its handler stood in the queue does not count.
        if (cancelled || !self->deadline_ || self->deadline_->expiry() > steady_clock::now()) return;
        if (self->socket_.is_open()) self->drop();
    });
}

void peer::drop() {
    asio::error_code ignored;
    socket_.close(ignored);
    deadline_.reset();
    home_.leave(*this);
}

}  // namespace tool
