// SPDX-License-Identifier: Apache-2.0
// One thread of the server: its event loop, the connections that live there, and the buffers that
// they all share, so that a connection which is idle holds none.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/connection.hpp>

#include "net.hpp"
#include "outbox.hpp"

namespace tool {

class peer;

struct serve_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any that is free
    unsigned threads = 1;
    std::vector<std::string> origins;    // that may connect besides pages of this server
    std::vector<std::string> protocols;  // sub-protocols that are accepted
    std::uint64_t max_message = 16u << 20;
    std::size_t max_connections = 100'000;
    std::chrono::seconds handshake_timeout{10};
    std::chrono::seconds close_timeout{5};
    std::chrono::seconds stall_timeout{60};
};

struct totals {
    std::uint64_t connections = 0;  // that completed the handshake
    std::uint64_t refused = 0;      // that did not
    std::uint64_t failed = 0;       // whose peer broke the protocol
    std::uint64_t messages = 0;     // that were echoed
    std::uint64_t bytes = 0;        // of their payload

    totals& operator+=(const totals& other) noexcept;
};

class shard {
public:
    // `open` counts the connections of all shards. Both must outlive the shard.
    shard(const serve_options& options, std::atomic<std::size_t>& open);
    ~shard();
    shard(const shard&) = delete;
    shard& operator=(const shard&) = delete;

    [[nodiscard]] asio::io_context& context() noexcept { return context_; }
    // Serves until stop() has been called and the last connection is gone.
    void run() { context_.run(); }

    // From any thread: takes over a connection; says goodbye to all of them, and takes no more.
    void adopt(tcp_socket socket);
    void stop();

    // The totals; only once run() has returned.
    [[nodiscard]] const totals& counted() const noexcept { return totals_; }

    // --- for the connections that live here

    [[nodiscard]] std::span<std::byte> input() noexcept { return input_; }
    [[nodiscard]] outbox& out() noexcept { return out_; }
    [[nodiscard]] wspc::batch<>& batch() noexcept { return batch_; }
    [[nodiscard]] const serve_options& options() const noexcept { return options_; }
    [[nodiscard]] const wspc::connection_config& config() const noexcept { return config_; }
    [[nodiscard]] std::span<const std::string_view> origins() const noexcept { return origins_; }
    [[nodiscard]] std::span<const std::string_view> protocols() const noexcept { return protocols_; }
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    [[nodiscard]] totals& count() noexcept { return totals_; }

    // Whether there are more connections than there may be.
    [[nodiscard]] bool overloaded() const noexcept {
        return open_.load(std::memory_order_relaxed) > options_.max_connections;
    }

    void enter(peer& who);
    void leave(peer& who) noexcept;

private:
    // One recv takes a message of 64 KiB with its header, or thousands of short ones, and all of it
    // still fits the second-level cache together with the answers.
    static constexpr std::size_t input_size = 256 * 1024;
    // An answer is never longer than the frame that it answers, but for what earlier recvs brought:
    // the beginning of the frame at the front (10 bytes of header come anew), or of a ping (127 bytes
    // for its pong). The Close of a failed connection may follow, and a 101 may go before.
    static constexpr std::size_t output_size = input_size + 10 + wspc::connection::max_pending_size + 2048;

    const serve_options& options_;
    std::atomic<std::size_t>& open_;
    wspc::connection_config config_;
    std::vector<std::string_view> origins_;
    std::vector<std::string_view> protocols_;
    std::vector<std::byte> input_;
    outbox out_;
    wspc::batch<> batch_;
    asio::io_context context_;
    asio::executor_work_guard<executor> work_;
    std::vector<peer*> peers_;
    totals totals_;
    bool stopping_ = false;
};

}  // namespace tool
