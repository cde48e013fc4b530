// SPDX-License-Identifier: Apache-2.0
// The server's end of one connection, from the first byte of the handshake to the last of the
// closing. Readiness style: wait, one recv into the shared buffer, all answers in one send.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/http.hpp>

#include "net.hpp"
#include "shard.hpp"

namespace tool {

class peer : public std::enable_shared_from_this<peer> {
public:
    peer(shard& home, tcp_socket socket);
    ~peer();
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    void start();
    // The server stops: says goodbye if this is a WebSocket by now, else leaves at once.
    void stop();

    std::size_t place = 0;  // among the connections of the shard, which keeps it

private:
    enum class stage : std::uint8_t {
        opening,    // the request has not arrived in full
        open,       // a WebSocket
        leaving,    // what is left to send is the last
        lingering,  // all is sent; whatever still arrives is dropped
    };
    struct opening;

    void wait_readable();
    void wait_writable();
    void on_readable();
    void on_writable();
    void send();
    void all_sent();

    void read_request(std::span<std::byte> bytes);
    void answer(const wspc::request& request, std::span<std::byte> rest);
    void accept(const wspc::offer& offer, std::span<std::byte> rest);
    void refuse(wspc::error why, std::uint16_t status = 0);
    void leave_with(const wspc::http_written& response);

    void echo(std::span<std::byte> bytes);
    bool echo(const wspc::event& e);
    void say_goodbye();
    void linger();
    void drain(std::size_t size);

    void set_deadline(std::chrono::seconds after);
    void drop();

    shard& home_;
    tcp_socket socket_;
    std::unique_ptr<opening> opening_;            // only while the request arrives
    std::unique_ptr<timer> deadline_;             // only while there is one
    std::optional<wspc::connection> connection_;  // once open
    std::vector<std::byte> backlog_;              // only what the socket would not take
    std::size_t backlog_sent_ = 0;
    std::size_t drained_ = 0;
    stage stage_ = stage::opening;
};

}  // namespace tool
