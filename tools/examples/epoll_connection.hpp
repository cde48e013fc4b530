// SPDX-License-Identifier: Apache-2.0
// One connection of epoll_server.cpp: what the library's actions ask of a non-blocking socket.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <websocket.h>
#include <wspc/http.hpp>

namespace example {

using moment = std::chrono::steady_clock::time_point;
using std::chrono::steady_clock;

constexpr std::chrono::seconds handshake_time{10};  // against peers that connect and say nothing
constexpr std::chrono::seconds closing_time{5};     // against peers that never answer a Close

// A file descriptor with an owner.
class descriptor {
public:
    explicit descriptor(int number) : number_{number} {
        if (number < 0) throw std::system_error{errno, std::generic_category()};
    }
    descriptor(descriptor&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor() {
        if (number_ >= 0) close(number_);
    }
    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

// An action that waits for the socket.
struct pending_send {
    std::array<iovec, 2> rest;  // what has not been written yet
    ULONG total;                // of all of it, for WebSocketCompleteAction
    PVOID context;
};
struct pending_read {
    WEB_SOCKET_BUFFER buffer;
    PVOID context;
};

class connection {
public:
    explicit connection(descriptor socket) : socket_{std::move(socket)} {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    // In any state, and with it what is queued or outstanding: here a handle need not be drained first, as
    // the page of WebSocketDeleteHandle asks; both_sides.c shows how that is done.
    ~connection() { WebSocketDeleteHandle(handle_); }

    // epoll has said that the socket is ready for what interest() asked for, or broken.
    void on_ready() {
        readable_ = true;
        switch (phase_) {
            case phase::request: read_request(); break;
            case phase::answer: write_answer(); break;
            case phase::open: run_actions(); break;
            case phase::lingering: discard_input(); break;
            case phase::ended: break;
        }
    }

    // The server ends: says so to a client that understands it.
    void say_good_bye() {
        if (phase_ != phase::open) {
            phase_ = phase::ended;
        } else if (!closing_) {
            send_close(WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS);
            run_actions();
        }
    }

    void give_up(const char* why) {
        std::fprintf(stderr, "connection %d: %s\n", socket_.number(), why);
        phase_ = phase::ended;
    }

    [[nodiscard]] std::uint32_t interest() const {
        switch (phase_) {
            case phase::request:
            case phase::lingering: return EPOLLIN;
            case phase::answer: return EPOLLOUT;
            case phase::open: return (reading_ ? EPOLLIN : 0u) | (sending_ ? EPOLLOUT : 0u);
            case phase::ended: break;
        }
        return 0;
    }
    [[nodiscard]] bool ended() const { return phase_ == phase::ended; }
    [[nodiscard]] moment deadline() const { return deadline_; }
    [[nodiscard]] std::size_t messages() const { return messages_; }

private:
    enum class phase {
        request,    // the HTTP request is arriving
        answer,     // the HTTP answer is being written
        open,       // it is a WebSocket: the library says what to do
        lingering,  // our half is ended; input is dropped until the peer ends its own
        ended
    };

    // --- the opening handshake

    // What is needed only for that, and is freed once the WebSocket is open.
    struct upgrade {
        wspc::http_storage<> storage;
        wspc::request_reader reader{storage};
        std::array<std::byte, 2048> answer;
        std::span<const std::byte> rest{};  // what has not been written of it
    };

    void read_request() {
        std::array<std::byte, 4096> bytes;
        const ssize_t size = recv(socket_.number(), bytes.data(), bytes.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size <= 0) return give_up("gone before it asked for anything");
        const auto arrived = std::span{bytes}.first(static_cast<std::size_t>(size));
        const wspc::http_progress got = upgrade_->reader.read(arrived);
        switch (got.status) {
            case wspc::read_status::need_more: return;
            case wspc::read_status::failed: return refuse(got.code);
            case wspc::read_status::complete: break;
        }
        // A client that does not wait for the answer: these bytes are frames, and go into the first
        // RECEIVE_FROM_NETWORK.
        early_.assign(arrived.begin() + static_cast<std::ptrdiff_t>(got.consumed), arrived.end());
        accept(upgrade_->reader.value());
    }

    void accept(const wspc::request& request) {
        // websocket.h never sees the request line, leaves Origin to the program, and does not say which
        // field it is that is wrong; wspc's own reader does.
        const wspc::result<wspc::offer> offer = wspc::read_request(request);
        if (!offer) return refuse(offer.code);
        if (wspc::origin_allowed(offer.value, {}) == wspc::origin_verdict::refused)
            return refuse(wspc::error::origin_refused);

        std::vector<WEB_SOCKET_HTTP_HEADER> fields;
        for (const wspc::header& each : request.headers)  // only read, though the type does not say so
            fields.push_back({const_cast<char*>(each.name.data()), static_cast<ULONG>(each.name.size()),
                              const_cast<char*>(each.value.data()), static_cast<ULONG>(each.value.size())});
        PWEB_SOCKET_HTTP_HEADER answer = nullptr;
        ULONG count = 0;
        if (FAILED(WebSocketCreateServerHandle(nullptr, 0, &handle_)) ||
            FAILED(WebSocketBeginServerHandshake(handle_, nullptr, nullptr, 0, fields.data(),
                                                 static_cast<ULONG>(fields.size()), &answer, &count)))
            return give_up("WebSocketBeginServerHandshake failed");
        std::vector<wspc::header> headers;
        for (const WEB_SOCKET_HTTP_HEADER& each : std::span{answer, count})
            headers.push_back({{each.pcName, each.ulNameLength}, {each.pcValue, each.ulValueLength}});
        begin_answer(wspc::write_response(upgrade_->answer, {101, headers}));
    }

    void refuse(wspc::error why) { begin_answer(wspc::write_refusal(upgrade_->answer, why)); }

    void begin_answer(const wspc::http_written& written) {
        if (written.code != wspc::error::none) return give_up("the answer cannot be written");
        upgrade_->rest = std::span{upgrade_->answer}.first(written.size);
        phase_ = phase::answer;
        write_answer();
    }

    void write_answer() {
        auto& rest = upgrade_->rest;
        const ssize_t size = send(socket_.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return give_up(std::strerror(errno));
        if (size > 0) rest = rest.subspan(static_cast<std::size_t>(size));
        if (!rest.empty()) return;  // epoll says when to go on
        upgrade_.reset();
        if (handle_ == nullptr) return linger();

        phase_ = phase::open;
        deadline_ = moment::max();
        if (FAILED(WebSocketEndServerHandshake(handle_))) return give_up("no memory");
        receive();
        run_actions();
    }

    // --- the action loop

    // As far as it goes without waiting. One read for each event is enough: if there is more, epoll says so
    // again, after the other connections have had their turn.
    void run_actions() {
        for (bool more = true; more && phase_ == phase::open;) {
            more = next_action();
            if (phase_ == phase::open && write_some()) more = true;
            if (phase_ == phase::open && read_some()) more = true;
        }
    }

    // False if the library has nothing to do that is not under way already. One send and one read may be
    // outstanding at the same time; asked meanwhile, it hands out what belongs to the other side.
    bool next_action() {
        WEB_SOCKET_BUFFER buffers[2];
        ULONG count = 2;
        WEB_SOCKET_ACTION action{};
        WEB_SOCKET_BUFFER_TYPE type{};
        PVOID our_context = nullptr;  // there is one send and one receive at a time, so none is needed
        PVOID context = nullptr;
        const HRESULT result =
            WebSocketGetAction(handle_, queue_, buffers, &count, &action, &type, &our_context, &context);
        if (FAILED(result)) return fail(result);
        switch (action) {
            case WEB_SOCKET_NO_ACTION: return false;
            // These two are completed when the bytes have been moved.
            case WEB_SOCKET_SEND_TO_NETWORK_ACTION: begin_send({buffers, count}, context); return true;
            case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION: reading_ = {buffers[0], context}; return true;
            case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: sent(type); break;
            case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION: received(type, buffers[0]); break;
        }
        WebSocketCompleteAction(handle_, context, 0);
        return true;
    }

    // What the client sent breaks the protocol. RFC 6455 7.1.7: say so, then go. That failure would come
    // back with each question about receiving, so from now on only the sends are asked for.
    bool fail(HRESULT why) {
        char text[64];
        std::snprintf(text, sizeof text, "WebSocketGetAction: 0x%08X", static_cast<unsigned>(why));
        if (queue_ == WEB_SOCKET_SEND_ACTION_QUEUE || closing_) {
            give_up(text);
            return false;
        }
        std::fprintf(stderr, "connection %d: %s\n", socket_.number(), text);
        queue_ = WEB_SOCKET_SEND_ACTION_QUEUE;
        send_close(WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS);
        return true;
    }

    void begin_send(std::span<const WEB_SOCKET_BUFFER> buffers, PVOID context) {
        sending_ = {{}, 0, context};
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            sending_->rest[i] = {buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength};
            sending_->total += buffers[i].Data.ulBufferLength;
        }
    }

    // True if the pending send is complete. With any count but that of all its bytes the library would
    // take it for failed, so after a partial write it stays pending.
    bool write_some() {
        if (!sending_) return false;
        msghdr message{};
        message.msg_iov = sending_->rest.data();
        message.msg_iovlen = sending_->rest.size();
        const ssize_t size = sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
        if (size < 0) {
            if (errno != EAGAIN && errno != EINTR) give_up(std::strerror(errno));
            return false;
        }
        auto left = static_cast<std::size_t>(size);
        bool complete = true;
        for (iovec& each : sending_->rest) {
            const std::size_t part = std::min(left, each.iov_len);
            each = {static_cast<char*>(each.iov_base) + part, each.iov_len - part};
            left -= part;
            if (each.iov_len > 0) complete = false;
        }
        if (!complete) return false;
        const pending_send done = *std::exchange(sending_, std::nullopt);
        WebSocketCompleteAction(handle_, done.context, done.total);
        return true;
    }

    // True if the pending read is complete: with one byte, or as many as its buffer has room for.
    bool read_some() {
        if (!reading_) return false;
        const std::span into{reinterpret_cast<std::byte*>(reading_->buffer.Data.pbBuffer),
                             reading_->buffer.Data.ulBufferLength};
        std::size_t arrived = std::min(into.size(), early_.size());
        if (arrived > 0) {
            std::memcpy(into.data(), early_.data(), arrived);
            early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(arrived));
        } else {
            if (!std::exchange(readable_, false)) return false;
            const ssize_t size = recv(socket_.number(), into.data(), into.size(), 0);
            if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
            if (size <= 0) {
                give_up(size == 0 ? "gone without a Close" : std::strerror(errno));
                return false;
            }
            arrived = static_cast<std::size_t>(size);
        }
        WebSocketCompleteAction(handle_, std::exchange(reading_, std::nullopt)->context,
                                static_cast<ULONG>(arrived));
        return true;
    }

    // --- what the library indicates

    // The next receive is queued only when the echo is out: a client that does not read is not read from
    // either, and no more than one piece is held for it.
    void sent(WEB_SOCKET_BUFFER_TYPE type) {
        if (type != WEB_SOCKET_CLOSE_BUFFER_TYPE) return receive();
        if (queue_ == WEB_SOCKET_SEND_ACTION_QUEUE) return linger();
        // Both have said it. RFC 6455 7.1.1: the server ends the connection.
        if (closed_) phase_ = phase::ended;
        close_sent_ = true;
    }

    void received(WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER& buffer) {
        switch (type) {
            case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE:
            case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE: ++messages_; [[fallthrough]];
            case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE:
            case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE: return echo(type, buffer);
            case WEB_SOCKET_CLOSE_BUFFER_TYPE:
                closed_ = true;
                if (!closing_) return send_close(buffer.CloseStatus.usStatus);
                if (close_sent_) phase_ = phase::ended;
                return;
            case WEB_SOCKET_PING_PONG_BUFFER_TYPE:  // a pong; pings are answered by the library
            case WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE: break;
        }
        receive();
    }

    // Each piece becomes one frame, and as its type says whether the message goes on, the message comes
    // out whole. The buffer is the library's only until this returns, hence the copy.
    void echo(WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER& buffer) {
        if (closing_) return receive();  // behind our own Close nothing may be sent
        echo_.assign(buffer.Data.pbBuffer, buffer.Data.pbBuffer + buffer.Data.ulBufferLength);
        WEB_SOCKET_BUFFER out{};
        out.Data.pbBuffer = echo_.data();
        out.Data.ulBufferLength = static_cast<ULONG>(echo_.size());
        if (FAILED(WebSocketSend(handle_, type, &out, nullptr))) give_up("WebSocketSend failed");
    }

    void receive() {
        if (closed_) return;
        if (FAILED(WebSocketReceive(handle_, nullptr, nullptr))) give_up("WebSocketReceive failed");
    }

    void send_close(USHORT status) {
        closing_ = true;
        deadline_ = steady_clock::now() + closing_time;
        WEB_SOCKET_BUFFER buffer{};
        buffer.CloseStatus.usStatus = status;
        // 1005 stands for a Close that has no status; the answer then has none either.
        const bool empty = status == WEB_SOCKET_EMPTY_CLOSE_STATUS;
        if (FAILED(WebSocketSend(handle_, WEB_SOCKET_CLOSE_BUFFER_TYPE, empty ? nullptr : &buffer, nullptr)))
            give_up("WebSocketSend failed");
    }

    // --- ends

    // Closing a socket with unread input would reset it, and the peer might lose what we said last.
    void linger() {
        phase_ = phase::lingering;
        deadline_ = steady_clock::now() + closing_time;
        shutdown(socket_.number(), SHUT_WR);
    }

    void discard_input() {
        std::array<std::byte, 4096> dropped;
        const ssize_t size = recv(socket_.number(), dropped.data(), dropped.size(), 0);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) phase_ = phase::ended;
    }

    descriptor socket_;
    phase phase_ = phase::request;
    moment deadline_ = steady_clock::now() + handshake_time;
    std::unique_ptr<upgrade> upgrade_ = std::make_unique<upgrade>();
    std::vector<std::byte> early_;  // came with the request
    std::vector<BYTE> echo_;        // lent to the library while a send is queued; outlives the handle
    WEB_SOCKET_HANDLE handle_ = nullptr;
    WEB_SOCKET_ACTION_QUEUE queue_ = WEB_SOCKET_ALL_ACTION_QUEUE;
    std::optional<pending_send> sending_;
    std::optional<pending_read> reading_;
    bool readable_ = false;    // epoll said so, and nothing has been read since
    bool closing_ = false;     // our Close is queued
    bool close_sent_ = false;  // and sent
    bool closed_ = false;      // the client's Close has been indicated
    std::size_t messages_ = 0;
};

}  // namespace example
