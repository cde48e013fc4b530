// SPDX-License-Identifier: Apache-2.0
// A server that takes one connection and does to it what a test says, in a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "tcp_peer.hpp"

namespace wspc::test {

class scripted_server {
public:
    // `script` gets the connection and the head of the request.
    explicit scripted_server(std::function<void(tcp_peer&, const std::string& request)> script);
    ~scripted_server();
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    [[nodiscard]] std::string url(const std::string& path = "/") const;
    // Waits for the end of the script.
    void join();

private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

// The 101 that belongs to a request.
[[nodiscard]] std::string accepting(const std::string& request, const std::string& protocol = {});

}  // namespace wspc::test
