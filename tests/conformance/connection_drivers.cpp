// SPDX-License-Identifier: Apache-2.0
// connection as an echo peer, in the ways that applications use it. What it sends is read by
// reply_reader, or by a connection of the other role.
#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/masking_keys.hpp>
#include <wspc/message_assembler.hpp>

#include "drivers.hpp"
#include "reply_reader.hpp"

namespace conformance {
namespace {

constexpr wspc::role opposite(wspc::role self) {
    return self == wspc::role::server ? wspc::role::client : wspc::role::server;
}

bool fill(void* context, std::span<std::byte> bytes) noexcept {
    auto& numbers = *static_cast<random_numbers*>(context);
    for (std::byte& b : bytes) b = static_cast<std::byte>(numbers.next() & 0xff);
    return true;
}

class echo_driver : public driver {
public:
    view shows() const noexcept override { return view::piece_echo; }

    void start(wspc::role self, const test_case& c, checker& seen, std::size_t run) override {
        peer_.emplace(self, wspc::default_connection_config, wspc::agreement{}, &keys_);
        seen_ = &seen;
        run_ = run;
        start_reading();
        if (c.closes_first != 0) take(peer_->write_close(room(0), c.closes_first));
    }

    bool failed_with(const wspc::failure& why) const noexcept override { return peer_->failed() == why; }
    bool closed() const noexcept override { return peer_->close_received(); }

    void finish() override {
        if (peer_->pending()) seen_->fault("something is still pending");
        if (!peer_->close_sent()) seen_->fault("no Close was sent");
        // RFC 6455 7.1.1: the server closes the transport, the client waits for that.
        const wspc::disconnect due =
            peer_->self() == wspc::role::server ? wspc::disconnect::now : wspc::disconnect::after_peer;
        if (peer_->disconnect() != due) seen_->fault("disconnects at the wrong time");
    }

protected:
    virtual void start_reading() { reader_.emplace(peer_->self(), *seen_); }
    // What the peer has sent, in whole frames.
    virtual void read(std::span<std::byte> bytes) { reader_->read(bytes); }

    // The application's memory for a frame with a payload of this size.
    std::span<std::byte> room(std::size_t payload) {
        const std::size_t size =
            std::max(peer_->frame_size(payload), std::size_t{wspc::connection::max_pending_size});
        if (out_.size() < size) out_.resize(size);
        return out_;
    }

    void take(const wspc::write_result& written) {
        if (written.code != wspc::error::none) return seen_->fault(std::string{wspc::text(written.code)});
        read(std::span{out_}.first(written.size));
    }

    void write_pending() {
        if (peer_->disconnect() == wspc::disconnect::no) take(peer_->write_pending(room(0)));
    }

    void echo(const wspc::event& e) {
        const wspc::write_result written = peer_->write(room(e.bytes.size()), e);
        if (!peer_->close_sent()) return take(written);
        // RFC 6455 5.5.1: no data behind a Close.
        if (written.code != wspc::error::closed) seen_->fault("wrote data behind its own Close");
    }

    std::optional<wspc::connection> peer_;
    checker* seen_ = nullptr;
    std::size_t run_ = 0;

private:
    random_numbers numbers_{2011};
    wspc::masking_keys keys_{wspc::random_source{&numbers_, fill}};
    std::optional<reply_reader> reader_;
    std::vector<std::byte> out_;
};

// The loop of connection.hpp.
class piece_echo final : public echo_driver {
public:
    void feed(std::span<std::byte> bytes) override {
        while (!bytes.empty()) {
            const wspc::received got = peer_->receive(bytes, batch_);
            for (const wspc::event& e : got.events)
                if (e.kind == wspc::event_kind::data) echo(e);
            bytes = bytes.subspan(got.consumed);
            write_pending();
            if (got.consumed == 0 && got.events.empty()) return seen_->fault("no progress");
        }
    }

private:
    wspc::batch<> batch_;
};

// Gathers whole messages, and sends them in each of the ways that there are.
class message_echo final : public echo_driver {
public:
    view shows() const noexcept override { return view::message_echo; }

    void start(wspc::role self, const test_case& c, checker& seen, std::size_t run) override {
        echo_driver::start(self, c, seen, run);
        whole_.release();
    }

    void feed(std::span<std::byte> bytes) override {
        while (!bytes.empty()) {
            const wspc::received got = peer_->receive(bytes, batch_);
            for (const wspc::event& e : got.events) {
                const wspc::assembled message = whole_.add(e);
                if (message.code != wspc::error::none) return seen_->fault("message not assembled");
                if (message.complete && !peer_->close_sent()) send(message.op, message.bytes);
            }
            bytes = bytes.subspan(got.consumed);
            write_pending();
            if (got.consumed == 0 && got.events.empty()) return seen_->fault("no progress");
        }
    }

private:
    void send(wspc::opcode op, std::span<const std::byte> message) {
        const std::span<std::byte> out = room(message.size());
        switch (run_ % 3) {
            case 0: return take(peer_->write(out, op, message));
            case 1: return take(in_pieces(op, message, out));
            default: break;
        }
        if (peer_->self() == wspc::role::client) return take(peer_->write(out, op, message));
        wspc::write_result header = peer_->write_header(out, op, message);
        if (!message.empty()) std::memcpy(out.data() + header.size, message.data(), message.size());
        header.size += message.size();
        take(header);
    }

    wspc::write_result in_pieces(wspc::opcode op, std::span<const std::byte> message,
                                 std::span<std::byte> out) {
        std::size_t written = 0;
        do {
            const std::size_t some =
                std::min(wspc::max_header_size + message.size() / 3, out.size() - written);
            const wspc::write_result piece = peer_->write_some(out.subspan(written, some), op, message);
            if (piece.code != wspc::error::none) return piece;
            written += piece.size;
            if (!message.empty() &&
                peer_->write(out.subspan(written), wspc::opcode::ping, {}).code != wspc::error::frame_open)
                seen_->fault("wrote a frame inside another");
        } while (!message.empty());
        return {written, written, wspc::error::none};
    }

    wspc::batch<3> batch_;
    wspc::message_assembler whole_{wspc::heap_memory()};
};

// Two connections: one answers the script, the other reads the answers.
class connection_pair final : public echo_driver {
public:
    view shows() const noexcept override { return view::heard_echo; }

    void feed(std::span<std::byte> bytes) override {
        while (!bytes.empty()) {
            const wspc::received_one got = peer_->receive_one(bytes);
            if (got.event.kind == wspc::event_kind::data) echo(got.event);
            write_pending();
            if (got.consumed == 0) return seen_->fault("no progress");
            bytes = bytes.subspan(got.consumed);
        }
    }

    void finish() override {
        echo_driver::finish();
        if (!other_->close_received()) seen_->fault("the other side saw no Close");
    }

private:
    void start_reading() override { other_.emplace(opposite(peer_->self()), config_); }

    void read(std::span<std::byte> bytes) override {
        while (!bytes.empty()) {
            const wspc::received got = other_->receive(bytes, batch_);
            for (const wspc::event& e : got.events) tell(e);
            if (got.consumed == 0) return seen_->fault("no progress");
            bytes = bytes.subspan(got.consumed);
        }
    }

    void tell(const wspc::event& e) {
        switch (e.kind) {
            case wspc::event_kind::none: return;
            case wspc::event_kind::data: return seen_->data(e.op, e.first, e.last, e.bytes);
            case wspc::event_kind::ping: return seen_->ping(e.bytes);
            case wspc::event_kind::pong: return seen_->pong(e.bytes);
            case wspc::event_kind::close: return seen_->close(e.code, e.bytes);
            case wspc::event_kind::failed: return seen_->failed({e.failure_code(), e.offset});
        }
    }

    // An echo of every octet by itself has more fragments than the default allows.
    const wspc::connection_config config_{.receive = {.limits = {.max_fragments = UINT32_MAX}}};
    wspc::batch<> batch_;
    std::optional<wspc::connection> other_;
};

}  // namespace

std::unique_ptr<driver> make_piece_echo() { return std::make_unique<piece_echo>(); }
std::unique_ptr<driver> make_message_echo() { return std::make_unique<message_echo>(); }
std::unique_ptr<driver> make_connection_pair() { return std::make_unique<connection_pair>(); }

}  // namespace conformance
