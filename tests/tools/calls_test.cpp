// SPDX-License-Identifier: Apache-2.0
// What `wspc serve` asks of the kernel: one recv and one send for each wake-up, however many messages
// that brings.
#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call_counts.hpp"
#include "process.hpp"
#include "support/wire_frame.hpp"
#include "tcp_peer.hpp"

namespace wspc::test {
namespace {

// Counts of a program that is to be run with environment().
class counted {
public:
    counted() {
        const int file = mkstemp(name_.data());
        if (file < 0 || ftruncate(file, sizeof(call_counts)) != 0)
            throw std::runtime_error{"no file for the counts"};
        void* const mapped = mmap(nullptr, sizeof(call_counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
        if (mapped == MAP_FAILED) throw std::runtime_error{"mmap"};
        counts_ = static_cast<call_counts*>(mapped);
    }
    ~counted() {
        munmap(counts_, sizeof(call_counts));
        unlink(name_.c_str());
    }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;

    [[nodiscard]] process::variables environment() const {
        return {{"LD_PRELOAD", WSPC_COUNT_CALLS}, {counts_variable, name_}};
    }
    [[nodiscard]] const call_counts& operator*() const { return *counts_; }
    [[nodiscard]] const call_counts* operator->() const { return counts_; }

private:
    std::string name_ = "/tmp/wspc_test_XXXXXX";
    call_counts* counts_ = nullptr;
};

TEST(calls, are_counted_rightly) {
    const counted counts;
    process known{{WSPC_KNOWN_CALLS}, counts.environment()};
    ASSERT_EQ(known.wait().code, 0);
    EXPECT_EQ(counts->receives, 8u);
    EXPECT_EQ(counts->sends, 8u);
    EXPECT_EQ(counts->others, 3u);
    EXPECT_EQ(counts->waits, 2u);
    EXPECT_EQ(counts->wake_ups, 2u);
}

// What passes through the socket in one round: counted before and after.
struct spent {
    std::uint64_t receives;
    std::uint64_t sends;
    std::uint64_t others;
    std::uint64_t wake_ups;
};

spent now(const counted& counts) {
    return {counts->receives, counts->sends, counts->others, counts->wake_ups};
}

TEST(calls, are_one_recv_and_one_send_for_each_wake_up) {
    constexpr unsigned rounds = 1'000;
    constexpr unsigned in_flight = 32;
    const counted counts;
    echo_server server{{}, counts.environment()};
    tcp_peer peer = open_websocket(server.port());
    bytes sent;
    bytes expected;
    for (unsigned i = 0; i < in_flight; ++i) {
        const unsigned op = i == 7 ? 9 : 2;
        sent += wire_to(role::server, op, counted_bytes(i, i));
        expected += wire_to(role::client, op == 9 ? 10 : op, counted_bytes(i, i));
    }
    const spent before = now(counts);
    for (unsigned i = 0; i < rounds; ++i) {
        peer.send(sent);
        ASSERT_EQ(peer.receive(expected.size()), expected);
    }
    const spent after = now(counts);
    const std::uint64_t receives = after.receives - before.receives;
    const std::uint64_t sends = after.sends - before.sends;
    const std::uint64_t wake_ups = after.wake_ups - before.wake_ups;
    std::printf("%u messages in %u rounds: %llu recv, %llu send, %llu wake-ups\n", rounds * in_flight, rounds,
                static_cast<unsigned long long>(receives), static_cast<unsigned long long>(sends),
                static_cast<unsigned long long>(wake_ups));
    // One write of ours arrives as a whole; should the kernel cut it, there are as many wake-ups more.
    EXPECT_GE(receives, rounds);
    EXPECT_LE(receives, wake_ups);
    EXPECT_GE(sends, rounds);
    EXPECT_LE(sends, receives);
    EXPECT_LE(wake_ups, rounds + rounds / 10);
    EXPECT_EQ(after.others, before.others);
    peer.send(wire_to(role::server, 8, {}));
    EXPECT_EQ(peer.receive_to_end(), wire_to(role::client, 8, {}));
    EXPECT_EQ(server.stop().code, 0);
}

TEST(calls, are_no_more_for_long_messages) {
    constexpr unsigned rounds = 100;
    const counted counts;
    echo_server server{{}, counts.environment()};
    tcp_peer peer = open_websocket(server.port());
    // Two that are sent from where they were received, and one in between that is copied.
    const bytes payload = counted_bytes(20'000) + text_bytes("short") + counted_bytes(30'000, 1);
    const bytes sent = wire_to(role::server, 2, counted_bytes(20'000)) +
                       wire_to(role::server, 1, text_bytes("short")) +
                       wire_to(role::server, 2, counted_bytes(30'000, 1));
    const spent before = now(counts);
    for (unsigned i = 0; i < rounds; ++i) {
        peer.send(sent);
        bytes back;
        while (back.size() < payload.size()) back += peer.receive_frame().payload;
        ASSERT_TRUE(back == payload);
    }
    const spent after = now(counts);
    EXPECT_LE(after.sends - before.sends, after.receives - before.receives);
    EXPECT_LE(after.receives - before.receives, after.wake_ups - before.wake_ups);
    EXPECT_GE(after.receives - before.receives, rounds);
    EXPECT_GE(after.sends - before.sends, rounds);
}

}  // namespace
}  // namespace wspc::test
