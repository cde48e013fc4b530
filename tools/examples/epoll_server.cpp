// SPDX-License-Identifier: Apache-2.0
// An echo server for Linux: one thread, one epoll loop, any number of non-blocking sockets.
//
//     epoll_server [PORT]        on 127.0.0.1; without a port on any that is free, which it prints
//
// The heart of it is connection::run_actions(), in epoll_connection.hpp. What an action asks for is tried at
// once; what the socket does not take or have yet is kept, the action outstanding, until epoll says that the
// socket is ready. SIGINT and SIGTERM say good bye to every client; a second one ends the server at once.
//
// A server for the open Internet needs more: TLS, deadlines for open connections too, and a bound on
// their number other than the system's.
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "epoll_connection.hpp"

namespace example {
namespace {

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
}  // namespace example

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
        example::server{port}.run();
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "epoll_server: %s\n", failure.what());
        return 1;
    }
}
