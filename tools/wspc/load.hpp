// SPDX-License-Identifier: Apache-2.0
// Keeps an echo server busy over one connection, checks every byte that comes back, and counts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <wspc/frame.hpp>

namespace tool {

struct workload {
    std::string_view name;
    wspc::opcode op = wspc::opcode::binary;
    std::size_t size = 0;    // bytes of each message
    unsigned in_flight = 1;  // messages that are sent before the first has come back
};

struct throughput {
    std::uint64_t messages = 0;  // that came back
    std::uint64_t bytes = 0;     // of their payload
    double seconds = 0;

    [[nodiscard]] double messages_per_second() const noexcept {
        return static_cast<double>(messages) / seconds;
    }
    [[nodiscard]] double bytes_per_second() const noexcept { return static_cast<double>(bytes) / seconds; }
};

// Runs the workload for this long; `progress` is called about ten times a second. A problem tells
// what came back wrong.
throughput measure(const std::string& url, const workload& what, std::chrono::duration<double> duration,
                   const std::function<void(const throughput&)>& progress);

}  // namespace tool
