// SPDX-License-Identifier: Apache-2.0
// An echo server for Linux: one thread, one epoll loop, any number of non-blocking sockets.
//
//     epoll_server [PORT]        on 127.0.0.1; without a port on any that is free, which it prints
//
// The heart of it is connection::run_actions(). What an action asks for is tried at once; what the socket
// does not take or have yet is kept, the action outstanding, until epoll says that the socket is ready.
// SIGINT and SIGTERM say good bye to every client; a second one ends the server at once.
//
// A server for the open Internet needs more: TLS, deadlines for open connections too, and a bound on
// their number other than the system's.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <websocket.h>
#include <wspc/http.hpp>

namespace {

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

class server {
public:
    explicit server(std::uint16_t port)
        : listener_{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)},
          signals_{block_signals()},
          epoll_{epoll_create1(EPOLL_CLOEXEC)} {
        const int on = 1;
        setsockopt(listener_.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        socklen_t size = sizeof address;
        auto* const where = reinterpret_cast<sockaddr*>(&address);
        if (bind(listener_.number(), where, size) != 0 || listen(listener_.number(), SOMAXCONN) != 0 ||
            getsockname(listener_.number(), where, &size) != 0)
            throw std::system_error{errno, std::generic_category()};
        control(EPOLL_CTL_ADD, listener_.number(), EPOLLIN);
        control(EPOLL_CTL_ADD, signals_.number(), EPOLLIN);
        std::printf("listening on ws://127.0.0.1:%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
        std::fflush(stdout);  // whoever started this may wait for the line
    }

    void run() {
        while (!ending_ || !connections_.empty()) {
            std::array<epoll_event, 64> events;
            // Deadlines are looked at once a second, as long as there is anybody who may miss one.
            const int patience = connections_.empty() ? -1 : 1000;
            const int count = epoll_wait(epoll_.number(), events.data(), events.size(), patience);
            if (count < 0 && errno != EINTR) throw std::system_error{errno, std::generic_category()};
            for (int i = 0; i < count; ++i) dispatch(events[static_cast<std::size_t>(i)].data.fd);
            end_late_ones();
        }
        std::printf("served %zu connections, %zu messages\n", served_, messages_);
    }

private:
    struct entry {
        explicit entry(descriptor socket) : peer{std::move(socket)} {}
        connection peer;
        std::uint32_t interest = EPOLLIN;  // what epoll knows
    };

    // From now on the two come out of a descriptor, between events instead of in the middle of one.
    static int block_signals() {
        sigset_t both;
        sigemptyset(&both);
        sigaddset(&both, SIGINT);
        sigaddset(&both, SIGTERM);
        if (sigprocmask(SIG_BLOCK, &both, nullptr) != 0) return -1;
        return signalfd(-1, &both, SFD_NONBLOCK | SFD_CLOEXEC);
    }

    void control(int operation, int number, std::uint32_t interest) {
        epoll_event event{};
        event.events = interest;
        event.data.fd = number;
        if (epoll_ctl(epoll_.number(), operation, number, &event) != 0)
            throw std::system_error{errno, std::generic_category()};
    }

    void dispatch(int number) {
        if (number == listener_.number()) return accept_all();
        if (number == signals_.number()) return on_signal();
        const auto found = connections_.find(number);
        if (found == connections_.end()) return;  // ended by an earlier event of the same batch
        found->second.peer.on_ready();
        settle(found);
    }

    using iterator = std::unordered_map<int, entry>::iterator;

    // Tells epoll what the connection now waits for, or lets it go; where the next one is.
    iterator settle(iterator at) {
        auto& [peer, interest] = at->second;
        if (!peer.ended()) {
            if (interest != peer.interest()) control(EPOLL_CTL_MOD, at->first, peer.interest());
            interest = peer.interest();
            return std::next(at);
        }
        messages_ += peer.messages();
        // A place is free: whoever had to wait for one may come.
        if (full_ && !ending_) control(EPOLL_CTL_MOD, listener_.number(), EPOLLIN);
        full_ = false;
        return connections_.erase(at);  // closes the socket, which takes it out of epoll
    }

    void accept_all() {
        while (!ending_) {
            const int number = accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (number < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
            if (number < 0 && errno == EAGAIN) return;
            if (number < 0) {
                // No descriptors or no memory. The client stays in the queue, so that epoll would report
                // it again and again until something is free.
                std::fprintf(stderr, "accept: %s\n", std::strerror(errno));
                if (connections_.empty()) throw std::system_error{errno, std::generic_category()};
                full_ = true;
                return control(EPOLL_CTL_MOD, listener_.number(), 0);
            }
            descriptor socket{number};
            connections_.try_emplace(number, std::move(socket));
            control(EPOLL_CTL_ADD, number, EPOLLIN);
            ++served_;
        }
    }

    void on_signal() {
        signalfd_siginfo info;
        if (read(signals_.number(), &info, sizeof info) != sizeof info) return;
        if (std::exchange(ending_, true)) return connections_.clear();
        control(EPOLL_CTL_DEL, listener_.number(), 0);
        for (auto at = connections_.begin(); at != connections_.end();) {
            at->second.peer.say_good_bye();
            at = settle(at);
        }
    }

    void end_late_ones() {
        const moment now = steady_clock::now();
        if (now < next_look_) return;
        next_look_ = now + std::chrono::seconds{1};
        for (auto at = connections_.begin(); at != connections_.end();) {
            if (at->second.peer.deadline() <= now) at->second.peer.give_up("too late");
            at = settle(at);
        }
    }

    descriptor listener_;
    descriptor signals_;
    descriptor epoll_;
    std::unordered_map<int, entry> connections_;  // by the number of the socket
    moment next_look_{};
    bool full_ = false;    // the listener is not listened to
    bool ending_ = false;  // a signal came
    std::size_t served_ = 0;
    std::size_t messages_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
    std::uint16_t port = 0;
    if (count == 2) {
        const char* const end = arguments[1] + std::strlen(arguments[1]);
        const auto [last, code] = std::from_chars(arguments[1], end, port);
        if (code != std::errc{} || last != end) count = 3;
    }
    if (count > 2) {
        std::fputs("usage: epoll_server [PORT]\n", stderr);
        return 2;
    }
    try {
        server{port}.run();
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "epoll_server: %s\n", failure.what());
        return 1;
    }
}
