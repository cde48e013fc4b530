// SPDX-License-Identifier: Apache-2.0
// websocket.h as an echo peer, in the ways that programs use it. What it sends is read by reply_reader, or
// by a handle of the other role.
#include <algorithm>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "capi/support/handles.hpp"
#include "driver.hpp"
#include "reply_reader.hpp"

namespace conformance {
namespace {

using wspc::test::handle;
using wspc::test::taken;

constexpr wspc::role opposite(wspc::role self) {
    return self == wspc::role::server ? wspc::role::client : wspc::role::server;
}

constexpr std::uint32_t size_of_buffers[] = {4096, 256, 65'536};

// Sizes that make no difference to what the peer hears.
handle open(wspc::role self, std::size_t run) {
    wspc::test::property_list properties;
    properties.receive_buffer(size_of_buffers[run % 3]).send_buffer(size_of_buffers[run / 3 % 3]);
    return open_handle(self, properties);
}

// How WebSocketGetAction fails for this error of the peer; the table of violations.
HRESULT result_of(wspc::error why) {
    switch (why) {
        case wspc::error::none: return S_OK;
        case wspc::error::unexpected_continuation:
        case wspc::error::expected_continuation: return E_INVALID_PROTOCOL_OPERATION;
        default: return E_INVALID_PROTOCOL_FORMAT;
    }
}

std::span<const std::byte> bytes_of(const taken& got, std::size_t index = 0) {
    const WEB_SOCKET_BUFFER& buffer = got.buffers[index];
    return {reinterpret_cast<const std::byte*>(buffer.Data.pbBuffer), buffer.Data.ulBufferLength};
}

bool is_text(const taken& got) {
    return got.type == wspc::test::text_message || got.type == wspc::test::text_fragment;
}

bool is_message(const taken& got) {
    return got.type == wspc::test::text_message || got.type == wspc::test::binary_message;
}

bool is_data(const taken& got) {
    return is_message(got) || got.type == wspc::test::text_fragment ||
           got.type == wspc::test::binary_fragment;
}

// Moves the front of `bytes` to where the read wants it, and completes it.
void read_some(WEB_SOCKET_HANDLE at, const taken& read, std::span<const std::byte>& bytes) {
    const std::size_t size = std::min<std::size_t>(bytes.size(), read.buffers[0].Data.ulBufferLength);
    std::memcpy(read.buffers[0].Data.pbBuffer, bytes.data(), size);
    bytes = bytes.subspan(size);
    complete(at, read, static_cast<ULONG>(size));
}

// Ears of the other role.
class listener {
public:
    listener(wspc::role self, checker& seen) : handle_{open(self, 0)}, seen_{&seen} {}

    void read(std::span<const std::byte> bytes) {
        while (!bytes.empty() && !closed_) {
            if (!receiving_ && queue_receive(handle_) != S_OK) return seen_->fault("no receive is accepted");
            receiving_ = true;
            const taken got = take_action(handle_, wspc::test::receive_queue, 1);
            if (got.result != S_OK) return seen_->fault("the other side fails");
            if (got.action == wspc::test::receive_from_network) {
                read_some(handle_, got, bytes);
                if (bytes.empty()) drain();
            } else if (!tell(got)) {
                return;
            }
        }
    }

    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    // What the last octets brought. The read that is left over takes the next ones.
    void drain() {
        while (!closed_) {
            if (!receiving_ && queue_receive(handle_) != S_OK) return seen_->fault("no receive is accepted");
            receiving_ = true;
            const taken got = take_action(handle_, wspc::test::receive_queue, 1);
            if (got.result != S_OK) return seen_->fault("the other side fails");
            if (got.action != wspc::test::receive_from_network) {
                if (!tell(got)) return;
                continue;
            }
            // Completed with 0, the receive is over too, and says so.
            complete(handle_, got, 0);
            complete(handle_, take_action(handle_, wspc::test::receive_queue, 1), 0);
            receiving_ = false;
            return;
        }
    }

    bool tell(const taken& got) {
        if (got.action != wspc::test::indicate_receive) {
            seen_->fault("the other side answers");
            return false;
        }
        receiving_ = false;
        const std::span<const std::byte> bytes = bytes_of(got);
        if (got.type == wspc::test::ping_pong) {
            seen_->pong(bytes);
        } else if (got.type == wspc::test::close_type) {
            closed_ = true;
            seen_->close(got.status(), bytes);
        } else {
            seen_->data(is_text(got) ? wspc::opcode::text : wspc::opcode::binary, !open_, is_message(got),
                        bytes);
            open_ = !is_message(got);
        }
        complete(handle_, got, 0);
        return true;
    }

    handle handle_;
    checker* seen_;
    bool receiving_ = false;
    bool open_ = false;
    bool closed_ = false;
};

class handle_echo : public driver {
public:
    view shows() const noexcept override { return view::handle_echo; }
    bool has_limits() const noexcept override { return false; }

    void start(wspc::role self, const test_case& c, checker& seen, std::size_t run) override {
        self_ = self;
        seen_ = &seen;
        close_code_ = c.close_code;
        // Never more than one operation of each kind: programs differ in how they ask.
        capacity_ = run % 2 == 0 ? 2 : 1;
        ahead_ = run % 4 < 2;
        handle_ = open(self, run);
        result_ = S_OK;
        parked_.reset();
        receiving_ = closed_ = close_sent_ = false;
        wire_.clear();
        start_reading();
        if (c.closes_first == 0) return;
        send_close(c.closes_first);
        run_actions({});
    }

    bool failed_with(const wspc::failure& why) const noexcept override {
        return result_ == result_of(why.code);
    }
    bool closed() const noexcept override { return closed_; }

    void feed(std::span<std::byte> bytes) override { run_actions(bytes); }

    void finish() override {
        if (!wire_.empty()) seen_->fault("a part of a frame was sent");
        if (!close_sent_) seen_->fault("no Close was sent");
        const taken rest = take_action(handle_, wspc::test::send_queue);
        if (rest.action != wspc::test::no_action) seen_->fault("something is still to be sent");
    }

protected:
    virtual void start_reading() { reader_.emplace(self_, *seen_); }
    // What the peer has sent, in whole frames.
    virtual void read(std::span<std::byte> bytes) { reader_->read(bytes); }

    wspc::role self_ = wspc::role::server;
    checker* seen_ = nullptr;

private:
    // The loop of the action engine. The read that finds nothing stays outstanding.
    void run_actions(std::span<const std::byte> bytes) {
        if (parked_.has_value() && !bytes.empty()) {
            read_some(handle_, *parked_, bytes);
            parked_.reset();
        }
        for (;;) {
            if (!receiving_ && result_ == S_OK && !closed_) receive();
            const taken got = take_action(handle_, wspc::test::all_queues, capacity_);
            if (got.result != S_OK) {
                if (!fail(got.result)) return;
                continue;
            }
            switch (got.action) {
                case WEB_SOCKET_NO_ACTION: return;
                case WEB_SOCKET_SEND_TO_NETWORK_ACTION: send(got); break;
                case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: sent(got); break;
                case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION: received(got); break;
                case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
                    if (bytes.empty()) {
                        parked_ = got;
                        return;
                    }
                    read_some(handle_, got, bytes);
            }
        }
    }

    void receive() {
        if (queue_receive(handle_) != S_OK) return seen_->fault("no receive is accepted");
        receiving_ = true;
    }

    // False once it has been heard before and answered.
    bool fail(HRESULT why) {
        if (result_ != S_OK) {
            if (why != result_) seen_->fault("fails in two ways");
            return false;
        }
        result_ = why;
        if (!close_sent_) send_close(close_code_);
        return true;
    }

    void send_close(std::uint16_t code) {
        const bool bare = code == wspc::no_close_code;
        const HRESULT result =
            bare ? queue_bare(handle_, wspc::test::close_type) : queue_close(handle_, code);
        if (result != S_OK) seen_->fault("Close is refused");
        close_sent_ = true;
    }

    void send(const taken& got) {
        for (ULONG i = 0; i < got.count; ++i) {
            const std::span<const std::byte> part = bytes_of(got, i);
            wire_.insert(wire_.end(), part.begin(), part.end());
        }
        const bool pong = got.type == wspc::test::ping_pong;
        complete(handle_, got, got.total());
        if (pong) flush();
    }

    void sent(const taken& got) {
        complete(handle_, got, 0);
        flush();
        if (!echoes_.empty()) echoes_.pop_front();
    }

    void flush() {
        read(wire_);
        wire_.clear();
    }

    void received(const taken& got) {
        receiving_ = false;
        if (is_data(got)) {
            echo(got);
        } else if (got.type == wspc::test::close_type) {
            closed_ = true;
            if (!close_sent_) send_close(got.status());
        } else if (got.type != wspc::test::ping_pong) {
            seen_->fault("a receive that brings nothing");
        }
        // Some programs queue the next receive before they complete.
        if (ahead_ && !closed_) receive();
        complete(handle_, got, 0);
    }

    // The payload is copied: its place is free again when the indication is completed.
    void echo(const taken& got) {
        const std::span<const std::byte> bytes = bytes_of(got);
        echoes_.emplace_back(bytes.begin(), bytes.end());
        const HRESULT result = queue_send(handle_, got.type, echoes_.back());
        if (result == (close_sent_ ? E_INVALID_PROTOCOL_OPERATION : S_OK)) {
            if (close_sent_) echoes_.pop_back();
            return;
        }
        // RFC 6455 5.5.1: no data behind a Close.
        seen_->fault(close_sent_ ? "sends data behind its own Close" : "refuses to send");
    }

    handle handle_;
    std::optional<reply_reader> reader_;
    std::deque<std::vector<std::byte>> echoes_;  // until they are indicated
    std::vector<std::byte> wire_;                // of the frame at hand
    std::optional<taken> parked_;
    HRESULT result_ = S_OK;
    ULONG capacity_ = 2;
    std::uint16_t close_code_ = 0;
    bool ahead_ = false;
    bool receiving_ = false;
    bool closed_ = false;
    bool close_sent_ = false;
};

class handle_pair final : public handle_echo {
public:
    view shows() const noexcept override { return view::heard_handle_echo; }

    void finish() override {
        handle_echo::finish();
        if (!other_->closed()) seen_->fault("the other side saw no Close");
    }

private:
    void start_reading() override { other_.emplace(opposite(self_), *seen_); }
    void read(std::span<std::byte> bytes) override { other_->read(bytes); }

    std::optional<listener> other_;
};

template <class Driver>
std::unique_ptr<driver> make() {
    return std::make_unique<Driver>();
}

}  // namespace

std::span<const driver_kind> drivers() noexcept {
    static constexpr driver_kind kinds[] = {
        {"handle_echo", make<handle_echo>},  // its bytes are read by the test
        {"handle_pair", make<handle_pair>},  // answering another handle
    };
    return kinds;
}

// A handle reads by the same connection, which has been through all of them; each run takes one or two
// handshakes besides.
std::size_t share_of_splits() noexcept { return 20; }

}  // namespace conformance
