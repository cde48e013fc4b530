// SPDX-License-Identifier: Apache-2.0
// `wspc serve`: many connections, slow ones, and those that want too much.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "process.hpp"
#include "support/scale.hpp"
#include "support/wire_frame.hpp"
#include "tcp_peer.hpp"

namespace wspc::test {
namespace {

using testing::StartsWith;

constexpr unsigned close_op = 8;

bytes to_server(unsigned op, const bytes& payload) { return wire_to(role::server, op, payload); }
bytes from_server(unsigned op, const bytes& payload) { return wire_to(role::client, op, payload); }

// How many descriptors this process may have; as many as the system lets it.
std::size_t descriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

// Not with a sanitizer, whose own memory is most of what there is.
bool memory_is_its_own() { return test_scale() == scale::full; }

TEST(serve_limits, holds_thousands_of_connections_that_cost_little) {
    const std::size_t wanted = scaled(4'000);
    const std::size_t count = std::min(wanted, descriptors() - 100);
    if (count < wanted) std::printf("only %zu connections: ulimit -n allows no more\n", count);
    echo_server server{{"--threads", "2"}};
    std::vector<tcp_peer> peers;
    // The first one pays for what all share.
    peers.push_back(open_websocket(server.port()));
    const std::uint64_t before = server.status("VmRSS:");
    while (peers.size() < count) peers.push_back(open_websocket(server.port()));
    const std::uint64_t after = server.status("VmRSS:");
    const double each = static_cast<double>(after - before) * 1024 / static_cast<double>(count);
    std::printf("%zu connections, %.0f bytes each\n", count, each);
    if (memory_is_its_own()) {
        EXPECT_LT(each, 4096);
    }

    const bytes payload = counted_bytes(100);
    for (tcp_peer& peer : peers) peer.send(to_server(2, payload));
    const bytes echo = from_server(2, payload);
    for (tcp_peer& peer : peers) ASSERT_EQ(peer.receive(echo.size()), echo);
    for (tcp_peer& peer : peers) peer.send(to_server(close_op, octets({3, 0xe8})));
    for (tcp_peer& peer : peers) ASSERT_EQ(peer.receive_to_end(), from_server(close_op, octets({3, 0xe8})));
    peers.clear();
    EXPECT_EQ(server.stop().code, 0);
}

TEST(serve_limits, stops_reading_from_a_peer_that_does_not_read) {
    echo_server server;
    tcp_peer peer = open_websocket(server.port());
    const bytes payload = counted_bytes(60'000);
    const bytes frame = to_server(2, payload);
    const std::size_t frames = scaled(64u << 20) / payload.size() + 1;

    // Sends, and reads only when nothing more can be sent: first when the server has gone to sleep over
    // its answers, so that all buffers on the way are full.
    std::size_t sent = 0;
    std::size_t read = 0;
    const std::size_t total = frames * frame.size();
    const std::size_t echoed = frames * payload.size();
    const auto send_more = [&] {
        while (sent < total && peer.writable(0))
            sent += peer.send_some(std::span{frame}.subspan(sent % frame.size()));
        return sent == total;
    };
    eventually("full buffers", [&] { return send_more() || (server.asleep() && !peer.writable(0)); });
    while (read < echoed) {
        (void)send_more();
        const received_frame back = peer.receive_frame();
        // A message that was cut by a read comes back in fragments.
        const std::size_t place = read % payload.size();
        ASSERT_EQ(back.op, place == 0 ? 2u : 0u);
        ASSERT_LE(place + back.payload.size(), payload.size());
        ASSERT_TRUE(std::equal(back.payload.begin(), back.payload.end(),
                               payload.begin() + static_cast<std::ptrdiff_t>(place)))
            << "after " << read << " bytes";
        read += back.payload.size();
        ASSERT_EQ(back.fin, read % payload.size() == 0);
    }
    EXPECT_EQ(read, echoed);
    const std::uint64_t peak = server.status("VmHWM:");
    std::printf("%zu bytes echoed, at most %llu KiB in use\n", read, static_cast<unsigned long long>(peak));
    if (memory_is_its_own()) {
        EXPECT_LT(peak, 32u * 1024);
    }
    peer.send(to_server(close_op, octets({3, 0xe8})));
    EXPECT_EQ(peer.receive_to_end(), from_server(close_op, octets({3, 0xe8})));
    EXPECT_EQ(server.stop().code, 0);
}

TEST(serve_limits, refuses_messages_above_the_limit_that_was_set) {
    const echo_server server{{"--max-message", "1000"}};
    const bytes half = wire_to(role::server, 2, counted_bytes(600), false);
    const bytes other_half = to_server(0, counted_bytes(401));
    for (const bytes& too_much : {to_server(2, counted_bytes(1001)), half + other_half}) {
        tcp_peer peer = open_websocket(server.port());
        peer.send(to_server(2, counted_bytes(1000)));
        EXPECT_EQ(peer.receive(1004), from_server(2, counted_bytes(1000)));
        peer.send(too_much);
        received_frame last = peer.receive_frame();
        if (last.op == 2) last = peer.receive_frame();  // the half that was within the limit
        ASSERT_EQ(last.op, close_op);
        ASSERT_GE(last.payload.size(), 2u);
        EXPECT_EQ(bytes(last.payload.begin(), last.payload.begin() + 2), octets({3, 0xf1}));  // 1009
    }
}

TEST(serve_limits, refuses_connections_above_the_limit_until_one_leaves) {
    const echo_server server{{"--max-connections", "2"}};
    tcp_peer first = open_websocket(server.port());
    {
        tcp_peer second = open_websocket(server.port());
        EXPECT_THAT(ask(server.port(), upgrade_request()),
                    StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
        second.send(to_server(close_op, {}));
        EXPECT_EQ(second.receive_to_end(), from_server(close_op, {}));
    }
    // The server hears of the end of the second connection some time after it.
    eventually("the place of the connection that left", [&] {
        tcp_peer next{server.port()};
        next.send(upgrade_request());
        return next.receive_head().starts_with("HTTP/1.1 101");
    });
    first.send(to_server(1, text_bytes("undisturbed")));
    EXPECT_EQ(first.receive(13), from_server(1, text_bytes("undisturbed")));
}

TEST(serve_limits, counts_connections_that_say_nothing) {
    const echo_server server{{"--max-connections", "2"}};
    const tcp_peer first{server.port()};
    const tcp_peer second{server.port()};
    EXPECT_THAT(ask(server.port(), upgrade_request()), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
}

TEST(serve_limits, refuses_so_many_with_a_sentence_and_the_rest_without) {
    const echo_server server{{"--max-connections", "1"}};
    const tcp_peer first{server.port()};
    // 64 hear of the limit and stay; whoever comes then hears nothing.
    std::vector<tcp_peer> refused;
    for (unsigned i = 0; i < 64; ++i) {
        refused.emplace_back(server.port());
        ASSERT_THAT(refused.back().receive_head(), StartsWith("HTTP/1.1 503 ")) << i;
    }
    tcp_peer last{server.port()};
    EXPECT_EQ(last.receive(1), bytes{});
}

TEST(serve_limits, drops_a_peer_that_does_not_read_in_time) {
    const echo_server server{{"--stall-timeout", "1", "--max-connections", "1"}};
    tcp_peer deaf = open_websocket(server.port());
    // A message for which the buffers on the way are too small.
    const bytes frame = to_server(2, counted_bytes(200'000));
    // Ends once the server has reset the connection.
    while (deaf.try_send(frame)) continue;
    eventually("the place of the peer that was dropped", [&] {
        tcp_peer next{server.port()};
        next.send(upgrade_request());
        return next.receive_head().starts_with("HTTP/1.1 101");
    });
}

// Whether the system asks the peers of all connections of this port, now and then, if they are still there.
bool asks_if_alive(std::uint16_t port) {
    std::ifstream table{"/proc/net/tcp"};
    std::string line;
    std::getline(table, line);
    unsigned open = 0;
    while (std::getline(table, line)) {
        std::istringstream fields{line};
        std::string number, local, remote, state, queues, timer;
        fields >> number >> local >> remote >> state >> queues >> timer;
        constexpr const char* const established = "01";
        if (state != established || std::stoul(local.substr(local.find(':') + 1), nullptr, 16) != port)
            continue;
        ++open;
        if (!timer.starts_with("02:")) return false;  // proc(5): none, or one for what is being sent
    }
    return open != 0;
}

TEST(serve_limits, notices_machines_that_are_gone) {
    const echo_server server;
    const tcp_peer peer = open_websocket(server.port());
    eventually("the timer of an idle connection", [&] { return asks_if_alive(server.port()); });
}

TEST(serve_limits, does_not_drain_a_peer_for_ever) {
    const echo_server server{{"--close-timeout", "1"}};
    tcp_peer peer = open_websocket(server.port());
    peer.send(to_server(3, {}));  // a reserved opcode
    EXPECT_EQ(peer.receive(1), octets({0x88}));
    // Goes on sending for ever: the server resets the connection, by its bound of bytes or of time.
    const bytes more = counted_bytes(1u << 20);
    std::size_t sent = 0;
    while (sent < 64 && peer.try_send(more)) ++sent;
    EXPECT_LT(sent, 64u);
}

}  // namespace
}  // namespace wspc::test
