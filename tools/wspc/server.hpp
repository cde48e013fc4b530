// SPDX-License-Identifier: Apache-2.0
// Listens, deals the connections out to the threads in turn, and stops on SIGINT and SIGTERM.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "net.hpp"
#include "shard.hpp"

namespace tool {

class server {
public:
    // Listens; problem if that fails. `options` must outlive the server.
    explicit server(const serve_options& options);

    // Where it listens, as ws://host:port/.
    [[nodiscard]] std::string url() const;

    // Serves until a signal comes and the last connection has been closed.
    [[nodiscard]] totals run();

private:
    void listen();
    void accept();
    void accept_later();
    void stop();

    const serve_options& options_;
    std::atomic<std::size_t> open_{0};
    std::vector<std::unique_ptr<shard>> shards_;
    tcp_acceptor acceptor_;
    timer retry_;
    signals signals_;
    std::size_t turn_ = 0;
};

// `wspc serve`: prints the URL, serves, prints the totals.
int serve(const serve_options& options);

}  // namespace tool
