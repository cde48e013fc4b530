// SPDX-License-Identifier: Apache-2.0
// A client with one thread and one blocking socket:
//
//     tcp_client ws://127.0.0.1:9001 "one message"
//     tcp_client ws://127.0.0.1:9001 < lines
//
// sends the message, or each line of standard input, and prints the answer to it. The protocol is
// websocket.h's; the text of the HTTP upgrade, which that API leaves to the program, is wspc::http's.
//
// Whoever writes and does not read while the other side does the same waits for ever: with one blocking
// thread, a message must fit into what the sockets on the way hold (some 100 KiB), or the server must
// read all of it before it answers. After 30 seconds without progress this program gives up.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <websocket.h>
#include <wspc/http.hpp>

namespace {

struct problem : std::runtime_error {
    using runtime_error::runtime_error;
};

void check(HRESULT result, const char* function) {
    if (SUCCEEDED(result)) return;
    char text[96];
    std::snprintf(text, sizeof text, "%s failed: 0x%08X", function, static_cast<unsigned>(result));
    throw problem{text};
}

std::string last_error() {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return "the server does not answer";
    return std::strerror(errno);
}

// A blocking TCP connection.
class tcp_socket {
public:
    explicit tcp_socket(const wspc::url& to) {
        addrinfo wanted{};
        wanted.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        const std::string host{to.host};
        if (const int code = getaddrinfo(host.c_str(), std::to_string(to.port).c_str(), &wanted, &found))
            throw problem{host + ": " + gai_strerror(code)};
        for (const addrinfo* each = found; each != nullptr && descriptor_ < 0; each = each->ai_next)
            try_to_connect(*each);
        const int code = errno;
        freeaddrinfo(found);
        if (descriptor_ < 0) throw problem{host + ": " + std::strerror(code)};
    }
    tcp_socket(const tcp_socket&) = delete;
    tcp_socket& operator=(const tcp_socket&) = delete;
    ~tcp_socket() { ::close(descriptor_); }

    // Writes all buffers, in order; false if not all of it could be written.
    [[nodiscard]] bool send_all(std::span<iovec> buffers) {
        while (!buffers.empty()) {
            msghdr message{};
            message.msg_iov = buffers.data();
            message.msg_iovlen = buffers.size();
            // Without MSG_NOSIGNAL a server that is gone would end this process by SIGPIPE.
            const ssize_t sent = sendmsg(descriptor_, &message, MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0) return false;
            // Also a blocking socket may take only a part.
            auto left = static_cast<std::size_t>(sent);
            while (!buffers.empty() && left >= buffers[0].iov_len) {
                left -= buffers[0].iov_len;
                buffers = buffers.subspan(1);
            }
            if (!buffers.empty()) {
                buffers[0].iov_base = static_cast<char*>(buffers[0].iov_base) + left;
                buffers[0].iov_len -= left;
            }
        }
        return true;
    }

    // What is there, at least one byte; 0 at the end of the stream, less on an error.
    [[nodiscard]] ssize_t receive(std::span<std::byte> into) {
        ssize_t size = 0;
        do size = recv(descriptor_, into.data(), into.size(), 0);
        while (size < 0 && errno == EINTR);
        return size;
    }

private:
    void try_to_connect(const addrinfo& to) {
        descriptor_ = socket(to.ai_family, to.ai_socktype | SOCK_CLOEXEC, to.ai_protocol);
        if (descriptor_ < 0) return;
        const timeval patience{30, 0};
        setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (connect(descriptor_, to.ai_addr, to.ai_addrlen) == 0) return;
        const int code = errno;
        ::close(descriptor_);
        descriptor_ = -1;
        errno = code;
    }

    int descriptor_ = -1;
};

// A WebSocket of websocket.h over such a connection.
class web_socket {
public:
    explicit web_socket(const wspc::url& to) : socket_{to} {
        check(WebSocketCreateClientHandle(nullptr, 0, &handle_), "WebSocketCreateClientHandle");
        try {
            shake_hands(to);
        } catch (...) {
            WebSocketDeleteHandle(handle_);  // the destructor of what was never made does not run
            throw;
        }
    }
    web_socket(const web_socket&) = delete;
    web_socket& operator=(const web_socket&) = delete;

    // In any state, and with it what is queued or outstanding: here a handle need not be drained first, as
    // the page of WebSocketDeleteHandle asks; both_sides.c shows how that is done.
    ~web_socket() { WebSocketDeleteHandle(handle_); }

    // Sends a text message. `text` is read where it lies, so it has to be there until the send has been
    // indicated: that is, until this returns. That it is UTF-8 is checked by nobody but the peer.
    void send(std::string_view text) {
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = reinterpret_cast<PBYTE>(const_cast<char*>(text.data()));  // only read
        buffer.Data.ulBufferLength = static_cast<ULONG>(text.size());
        check(WebSocketSend(handle_, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &buffer, nullptr), "WebSocketSend");
        run(WEB_SOCKET_SEND_ACTION_QUEUE);
    }

    // The next whole message, which may take several pieces, and each piece several reads. Pings that
    // come in between are answered on the way.
    std::string receive() {
        message_.clear();
        message_ended_ = false;
        while (!message_ended_) receive_piece();
        return message_;
    }

    // The closing handshake (RFC 6455 7.1.2): our Close, then whatever the server has still to say, up
    // to its Close.
    void close() {
        send_close(WEB_SOCKET_SUCCESS_CLOSE_STATUS);
        while (!closed_) {
            receive_piece();
            message_.clear();
        }
        // RFC 6455 7.1.1: the server ends the connection first, for which a client waits a while.
        std::array<std::byte, 256> ignored;
        while (socket_.receive(ignored) > 0) continue;
    }

private:
    static constexpr std::size_t max_message = 16 << 20;  // the API has no limit of its own

    void shake_hands(const wspc::url& to) {
        PWEB_SOCKET_HTTP_HEADER fields = nullptr;
        ULONG count = 0;
        check(WebSocketBeginClientHandshake(handle_, nullptr, 0, nullptr, 0, nullptr, 0, &fields, &count),
              "WebSocketBeginClientHandshake");
        std::vector<wspc::header> asked;
        for (const WEB_SOCKET_HTTP_HEADER& each : std::span{fields, count})
            asked.push_back({{each.pcName, each.ulNameLength}, {each.pcValue, each.ulValueLength}});

        // Request line and Host come from the URL.
        std::array<std::byte, 4096> text;
        const wspc::http_written written = wspc::write_request(text, to, asked);
        if (written.code != wspc::error::none) throw problem{std::string{wspc::text(written.code)}};
        iovec request{text.data(), written.size};
        if (!socket_.send_all({&request, 1})) throw problem{last_error()};
        read_response();
    }

    void read_response() {
        wspc::http_storage<> storage;
        wspc::response_reader reader{storage};
        std::array<std::byte, 4096> bytes;
        wspc::http_progress got;
        while (got.status != wspc::read_status::complete) {
            const ssize_t size = socket_.receive(bytes);
            if (size < 0) throw problem{last_error()};
            if (size == 0) throw problem{"the server ended the connection instead of answering"};
            const auto arrived = std::span{bytes}.first(static_cast<std::size_t>(size));
            got = reader.read(arrived);
            if (got.status == wspc::read_status::failed) throw problem{std::string{wspc::text(got.code)}};
            // Behind the answer the first frames may stand already. They belong to the WebSocket: the
            // actions that read from the network get them first.
            early_.assign(arrived.begin() + static_cast<std::ptrdiff_t>(got.consumed), arrived.end());
        }

        // websocket.h never sees the status; all else is for it to judge.
        const wspc::response answer = reader.value();
        if (answer.status != 101)
            throw problem{"the server answered " + std::to_string(answer.status) + " " +
                          std::string{wspc::reason_phrase(answer.status)}};
        std::vector<WEB_SOCKET_HTTP_HEADER> fields;
        for (const wspc::header& each : answer.headers)  // only read, though the type does not say so
            fields.push_back({const_cast<char*>(each.name.data()), static_cast<ULONG>(each.name.size()),
                              const_cast<char*>(each.value.data()), static_cast<ULONG>(each.value.size())});
        check(WebSocketEndClientHandshake(handle_, fields.data(), static_cast<ULONG>(fields.size()), nullptr,
                                          nullptr, nullptr),
              "WebSocketEndClientHandshake");
    }

    // One receive: a piece of a message, a pong or a Close.
    void receive_piece() {
        check(WebSocketReceive(handle_, nullptr, nullptr), "WebSocketReceive");
        run(WEB_SOCKET_RECEIVE_ACTION_QUEUE);
        if (!closed_ || closing_) return;
        send_close(status_);  // the library sends no Close by itself
        throw problem{"the server closed: " + std::to_string(status_) + " " + reason_};
    }

    void send_close(USHORT status) {
        closing_ = true;
        WEB_SOCKET_BUFFER buffer{};
        buffer.CloseStatus.usStatus = status;
        // 1005 stands for a Close that has no status; the answer then has none either.
        const bool empty = status == WEB_SOCKET_EMPTY_CLOSE_STATUS;
        check(WebSocketSend(handle_, WEB_SOCKET_CLOSE_BUFFER_TYPE, empty ? nullptr : &buffer, nullptr),
              "WebSocketSend");
        run(WEB_SOCKET_SEND_ACTION_QUEUE);
    }

    // Does what the library asks for until the queue has nothing more. On the RECEIVE queue there are
    // also the pongs that answer pings, so that SEND_TO_NETWORK comes from both.
    void run(WEB_SOCKET_ACTION_QUEUE queue) {
        for (;;) {
            WEB_SOCKET_BUFFER buffers[2];
            ULONG count = 2;
            WEB_SOCKET_ACTION action{};
            WEB_SOCKET_BUFFER_TYPE type{};
            PVOID our_context = nullptr;
            PVOID context = nullptr;
            const HRESULT result =
                WebSocketGetAction(handle_, queue, buffers, &count, &action, &type, &our_context, &context);
            // What the server sent breaks the protocol. RFC 6455 7.1.7: say so, then go; the SEND queue
            // still works.
            if (FAILED(result) && queue == WEB_SOCKET_RECEIVE_ACTION_QUEUE && !closing_)
                send_close(WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS);
            check(result, "WebSocketGetAction");
            ULONG moved = 0;  // what it remains if the network fails, which cancels the send or receive
            std::string failure;
            switch (action) {
                case WEB_SOCKET_NO_ACTION: return;
                case WEB_SOCKET_SEND_TO_NETWORK_ACTION: moved = write({buffers, count}, failure); break;
                case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION: moved = read(buffers[0], failure); break;
                case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: break;
                case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
                    if (!hear(type, buffers[0])) failure = "the message is too large";
                    break;
            }
            WebSocketCompleteAction(handle_, context, moved);
            if (!failure.empty()) throw problem{failure};
        }
    }

    ULONG write(std::span<const WEB_SOCKET_BUFFER> buffers, std::string& failure) {
        std::array<iovec, 2> vectors;
        ULONG size = 0;
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            vectors[i] = {buffers[i].Data.pbBuffer, buffers[i].Data.ulBufferLength};
            size += buffers[i].Data.ulBufferLength;
        }
        if (socket_.send_all(std::span{vectors}.first(buffers.size()))) return size;
        failure = last_error();
        return 0;
    }

    ULONG read(const WEB_SOCKET_BUFFER& buffer, std::string& failure) {
        const std::span into{reinterpret_cast<std::byte*>(buffer.Data.pbBuffer), buffer.Data.ulBufferLength};
        if (!early_.empty()) {
            const std::size_t size = std::min(into.size(), early_.size());
            std::memcpy(into.data(), early_.data(), size);
            early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(size));
            return static_cast<ULONG>(size);
        }
        const ssize_t size = socket_.receive(into);
        if (size > 0) return static_cast<ULONG>(size);
        failure = size < 0 ? last_error() : "the server ended the connection without a Close";
        return 0;
    }

    // False if there is too much of it. The buffer is the library's and gone once this returns.
    bool hear(WEB_SOCKET_BUFFER_TYPE type, const WEB_SOCKET_BUFFER& buffer) {
        switch (type) {
            case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE:
            case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE: message_ended_ = true; [[fallthrough]];
            case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE:
            case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE:
                if (buffer.Data.ulBufferLength > max_message - message_.size()) return false;
                message_.append(reinterpret_cast<const char*>(buffer.Data.pbBuffer),
                                buffer.Data.ulBufferLength);
                return true;
            case WEB_SOCKET_CLOSE_BUFFER_TYPE:
                closed_ = true;
                status_ = buffer.CloseStatus.usStatus;
                reason_.assign(reinterpret_cast<const char*>(buffer.CloseStatus.pbReason),
                               buffer.CloseStatus.ulReasonLength);
                return true;
            case WEB_SOCKET_PING_PONG_BUFFER_TYPE:  // a pong, which ends a receive like anything else
            case WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE: return true;
        }
        return true;  // type 0: a receive that was cancelled
    }

    tcp_socket socket_;
    WEB_SOCKET_HANDLE handle_ = nullptr;
    std::vector<std::byte> early_;
    std::string message_;
    bool message_ended_ = false;
    bool closing_ = false;  // our Close is sent
    bool closed_ = false;   // the server's is here, with
    USHORT status_ = 0;
    std::string reason_;
};

void talk(const wspc::url& to, const char* message) {
    web_socket peer{to};
    if (message != nullptr) {
        peer.send(message);
        std::cout << peer.receive() << std::endl;
    } else {
        for (std::string line; std::getline(std::cin, line);) {
            peer.send(line);
            std::cout << peer.receive() << std::endl;
        }
    }
    peer.close();
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2 && count != 3) {
        std::cerr << "usage: tcp_client ws://HOST[:PORT][/PATH] [MESSAGE]\n";
        return 2;
    }
    try {
        const wspc::result<wspc::url> to = wspc::parse_url(arguments[1]);
        if (!to) throw problem{std::string{wspc::text(to.code)}};
        if (to.value.secure) throw problem{"there is no TLS here: use a ws:// URL"};
        talk(to.value, count == 3 ? arguments[2] : nullptr);
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << arguments[1] << ": " << failure.what() << '\n';
        return 1;
    }
}
