// SPDX-License-Identifier: Apache-2.0
#include "scripted_server.hpp"

#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <wspc/handshake.hpp>
#include <wspc/http.hpp>

#include "process.hpp"

namespace wspc::test {

scripted_server::scripted_server(std::function<void(tcp_peer&, const std::string&)> script) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    const timeval bound{patience_seconds, 0};
    setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&where), size) != 0 || listen(listener_, 1) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size) != 0)
        throw std::runtime_error{"cannot listen"};
    port_ = ntohs(where.sin_port);
    thread_ = std::thread{[this, script = std::move(script)] {
        try {
            const int descriptor = ::accept(listener_, nullptr, nullptr);
            if (descriptor < 0) return;  // the test ended before anybody came
            tcp_peer peer{descriptor};
            const std::string request = peer.receive_head();
            script(peer, request);
        } catch (const std::exception& why) {
            // What the client made of it is what the test looks at.
            std::fprintf(stderr, "scripted server: %s\n", why.what());
        }
    }};
}

scripted_server::~scripted_server() {
    shutdown(listener_, SHUT_RDWR);  // ends accept(), if nobody came
    join();
    close(listener_);
}

std::string scripted_server::url(const std::string& path) const {
    return "ws://127.0.0.1:" + std::to_string(port_) + path;
}

void scripted_server::join() {
    if (thread_.joinable()) thread_.join();
}

std::string accepting(const std::string& request, const std::string& protocol) {
    http_storage<> storage;
    request_reader reader{storage};
    if (reader.read(std::as_bytes(std::span{request})).status != read_status::complete) return {};
    const result<offer> read = read_request(reader.value());
    if (!read) return {};
    std::array<char, 512> strings;
    const server_reply reply = accept(read.value, {.protocol = protocol, .extensions = {}}, strings);
    std::array<std::byte, 1024> out;
    const http_written written = write_response(out, reply.as_response());
    return {reinterpret_cast<const char*>(out.data()), written.size};
}

}  // namespace wspc::test
