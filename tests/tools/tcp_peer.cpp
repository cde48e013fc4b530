// SPDX-License-Identifier: Apache-2.0
#include "tcp_peer.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "process.hpp"

namespace wspc::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error{what + ": " + std::strerror(errno)};
}

}  // namespace

tcp_peer::tcp_peer(std::uint16_t port) : tcp_peer{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) fail("connect");
}

tcp_peer::tcp_peer(int descriptor) : descriptor_{descriptor} {
    if (descriptor_ < 0) fail("socket");
    const timeval bound{patience_seconds, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

tcp_peer::~tcp_peer() {
    if (descriptor_ >= 0) close(descriptor_);
}

void tcp_peer::send(std::span<const std::byte> octets) {
    if (!try_send(octets)) fail("send");
}

void tcp_peer::send(std::string_view text) { send(std::as_bytes(std::span{text})); }

bool tcp_peer::try_send(std::span<const std::byte> octets) {
    while (!octets.empty()) {
        const ssize_t size = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (size < 0) return false;
        octets = octets.subspan(static_cast<std::size_t>(size));
    }
    return true;
}

std::size_t tcp_peer::send_some(std::span<const std::byte> octets) {
    const ssize_t size = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno != EAGAIN) fail("send");
    return size < 0 ? 0 : static_cast<std::size_t>(size);
}

bytes tcp_peer::receive(std::size_t size) {
    bytes got(size);
    std::size_t have = 0;
    while (have < size) {
        const ssize_t more = recv(descriptor_, got.data() + have, size - have, 0);
        if (more < 0) fail("recv");
        if (more == 0) break;
        have += static_cast<std::size_t>(more);
    }
    got.resize(have);
    return got;
}

bytes tcp_peer::receive_some() {
    bytes got(256 * 1024);
    const ssize_t size = recv(descriptor_, got.data(), got.size(), 0);
    if (size < 0) fail("recv");
    got.resize(static_cast<std::size_t>(size));
    return got;
}

std::optional<bytes> tcp_peer::receive_to_end() {
    bytes all;
    std::byte chunk[64 * 1024];
    for (;;) {
        const ssize_t size = recv(descriptor_, chunk, sizeof chunk, 0);
        if (size < 0 && errno == ECONNRESET) return std::nullopt;
        if (size < 0) fail("recv");
        if (size == 0) return all;
        all.insert(all.end(), chunk, chunk + size);
    }
}

std::string tcp_peer::receive_head() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        char c = 0;
        if (recv(descriptor_, &c, 1, 0) != 1) fail("the head of the response is not complete: " + head);
        head += c;
    }
    return head;
}

received_frame tcp_peer::receive_frame() {
    const bytes start = receive(2);
    if (start.size() != 2) throw std::runtime_error{"the stream ended before a frame"};
    const unsigned first = std::to_integer<unsigned>(start[0]);
    std::size_t size = std::to_integer<std::size_t>(start[1]);
    if (size > 127) throw std::runtime_error{"a server must not mask"};
    if (size >= 126) {
        const bytes extended = receive(size == 126 ? 2 : 8);
        size = 0;
        for (const std::byte each : extended) size = size << 8 | std::to_integer<std::size_t>(each);
    }
    received_frame frame{first & 15, (first & 0x80) != 0, receive(size)};
    if (frame.payload.size() != size) throw std::runtime_error{"the stream ended inside a frame"};
    return frame;
}

received_frame tcp_peer::receive_message() {
    received_frame message = receive_frame();
    while (!message.fin) {
        const received_frame more = receive_frame();
        if (more.op != 0) throw std::runtime_error{"another frame inside a fragmented message"};
        message.payload += more.payload;
        message.fin = more.fin;
    }
    return message;
}

bool tcp_peer::writable(int milliseconds) const {
    pollfd waiting{descriptor_, POLLOUT, 0};
    return poll(&waiting, 1, milliseconds) == 1;
}

void tcp_peer::end_sending() { shutdown(descriptor_, SHUT_WR); }

void tcp_peer::reset() {
    const linger at_once{1, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(std::exchange(descriptor_, -1));
}

std::string upgrade_request(std::string_view more) {
    return "GET /chat HTTP/1.1\r\nHost: server.example.com\r\n" + std::string{plain_upgrade} +
           std::string{more} + "\r\n";
}

tcp_peer open_websocket(std::uint16_t port) {
    tcp_peer peer{port};
    peer.send(upgrade_request());
    const std::string head = peer.receive_head();
    if (!head.starts_with("HTTP/1.1 101 ")) throw std::runtime_error{"not upgraded: " + head};
    return peer;
}

std::string ask(std::uint16_t port, std::string_view request) {
    tcp_peer peer{port};
    peer.send(request);
    const std::optional<bytes> all = peer.receive_to_end();
    if (!all) return "reset";
    return {reinterpret_cast<const char*>(all->data()), all->size()};
}

}  // namespace wspc::test
