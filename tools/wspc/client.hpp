// SPDX-License-Identifier: Apache-2.0
// A WebSocket client on one TCP connection, in readiness style: an event loop drives it, events come
// back through a function, and whatever the socket does not take at once waits in order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/http.hpp>

#include "net.hpp"

namespace tool {

class tracer;

struct client_options {
    std::string origin;
    std::vector<std::string> protocols;  // to offer, by preference
    std::vector<std::pair<std::string, std::string>> headers;
    std::chrono::seconds timeout{10};  // for all of the opening, and for the closing
    wspc::connection_config config{};
};

// Runs the loop until `done()` holds; false if `limit` passes first, or if nothing is left that could
// make it true.
template <class Condition>
bool run_until(asio::io_context& context, steady_clock::duration limit, Condition done) {
    const steady_clock::time_point end = steady_clock::now() + limit;
    while (!done()) {
        if (context.stopped()) context.restart();
        if (context.run_one_until(end) == 0) return false;
    }
    return true;
}

class client {
public:
    // `options` and `trace`, which may be null, must outlive the client, and the loop must not run
    // any more once the client is gone.
    client(asio::io_context& context, const client_options& options, tracer* trace = nullptr);
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // Connects to a ws:// URL and shakes hands, and returns the sub-protocol, if any. A problem says
    // why that cannot be. What the server sends right behind its response is told by events later.
    std::string open(const std::string& url);

    // Called for each event; its bytes are valid during the call only.
    std::function<void(const wspc::event&)> on_event;

    // Called whenever the socket has taken all there was to send.
    std::function<void()> on_drained;

    // Sends a frame, now or as soon as the socket takes more. `op` and `fin` as for connection::write.
    // flush() begins to send; it is called for you before the loop waits.
    void send(wspc::opcode op, std::span<const std::byte> payload, bool fin = true);
    void echo(const wspc::event& e) { send(e.first ? e.op : wspc::opcode::continuation, e.bytes, e.last); }
    // Begins the closing handshake behind all that is still to be sent.
    void close(std::uint16_t code = 1000, std::string_view reason = {});
    void flush();

    // Whether nothing will happen any more: the transport is closed.
    [[nodiscard]] bool ended() const noexcept { return !socket_.is_open(); }
    // Whether both sides said Close.
    [[nodiscard]] bool clean() const noexcept {
        return connection_.close_sent() && connection_.close_received();
    }
    [[nodiscard]] wspc::failure failed() const noexcept { return connection_.failed(); }
    // Whether the peer said Close, be it that ours could not be sent any more.
    [[nodiscard]] bool close_received() const noexcept { return connection_.close_received(); }
    // The error of the transport if it broke; empty otherwise.
    [[nodiscard]] const std::string& broken() const noexcept { return broken_; }
    // Whether something was to be sent when the peer had closed already, and never was.
    [[nodiscard]] bool lost() const noexcept { return lost_; }
    // Bytes that the socket has not taken yet.
    [[nodiscard]] std::size_t unsent() const noexcept { return end_ - begin_ + queued_; }
    [[nodiscard]] std::chrono::seconds timeout() const noexcept { return options_.timeout; }

private:
    // What a frame that waits for its turn needs; continued when it is larger than the buffer.
    struct waiting {
        wspc::opcode op;
        bool fin;
        std::uint16_t close_code;
        std::vector<std::byte> payload;
        std::size_t sent = 0;
    };

    [[nodiscard]] std::vector<tcp::endpoint> resolve(const wspc::url& to);
    void connect(const wspc::url& to);
    void wait_until_ready(const bool& ready, const char* why);
    void send_request(const wspc::url& to, const wspc::client_request& asked);
    void read_response(const wspc::client_request& asked, const wspc::client_offer& wanted);
    [[nodiscard]] std::span<std::byte> receive_some();
    [[nodiscard]] std::string refusal(const wspc::response& response, std::span<const std::byte> body);
    [[nodiscard]] std::vector<std::byte> refusal_body(const wspc::response& response,
                                                      std::span<const std::byte> begin);

    void wait_readable();
    void wait_writable();
    void on_readable();
    void take(std::span<std::byte> bytes);
    void refill();
    bool refill(waiting& front);
    [[nodiscard]] std::span<std::byte> room(std::size_t size);
    void wrote(const wspc::write_result& result);
    void watch_closing();
    void end(std::string why = {});

    asio::io_context& context_;
    const client_options& options_;
    tracer* trace_;
    std::vector<std::string_view> protocols_;
    tcp_socket socket_;
    timer deadline_;
    steady_clock::time_point open_until_;
    wspc::masking_keys keys_;
    wspc::connection connection_;
    wspc::batch<> batch_;
    std::vector<std::byte> input_;
    std::vector<std::byte> early_;   // arrived with the response
    std::vector<std::byte> output_;  // [begin_, end_) is to be sent
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::deque<waiting> queue_;
    std::size_t queued_ = 0;  // bytes of payload in the queue
    std::string protocol_;
    std::string broken_;
    bool lost_ = false;
    bool writing_ = false;  // a wait for the socket to take more is under way
    // What the deadline is for, once our Close has been sent.
    enum class closing : std::uint8_t { no, answer, hang_up } closing_ = closing::no;
};

}  // namespace tool
