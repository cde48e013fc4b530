// SPDX-License-Identifier: Apache-2.0
// Counts of system calls, in a file that the program that makes them and the test both map.
#pragma once

#include <atomic>
#include <cstdint>

namespace wspc::test {

struct call_counts {
    std::atomic<std::uint64_t> receives;  // recv.., and read, readv of sockets
    std::atomic<std::uint64_t> sends;     // send.., and write, writev, sendfile to sockets
    std::atomic<std::uint64_t> others;    // read and write of anything else
    std::atomic<std::uint64_t> waits;     // epoll_wait
    std::atomic<std::uint64_t> wake_ups;  // what was ready when it returned
};

// The environment variable with the name of the file.
inline constexpr const char* counts_variable = "WSPC_TEST_CALL_COUNTS";

}  // namespace wspc::test
