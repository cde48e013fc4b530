// SPDX-License-Identifier: Apache-2.0
// websocketpp behind a wall: its headers are no valid C++20.
#pragma once

#include <cstddef>
#include <memory>

namespace wspc::bench {

class websocketpp_server {
public:
    using on_message = void (*)(void* context, const char* payload, std::size_t size);

    websocketpp_server(on_message tell, void* context);
    ~websocketpp_server();

    // A new connection, with its handshake done.
    void open();
    void read(const char* bytes, std::size_t size);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace wspc::bench
