// SPDX-License-Identifier: Apache-2.0
// A session never allocates, at whatever depth of its queues.
#include <wspc/session.hpp>

#include <array>
#include <utility>

#include <gtest/gtest.h>

#include "counted_allocations.hpp"
#include "session_pair.hpp"
#include "support/bytes.hpp"

namespace wspc::test {
namespace {

struct side {
    side(role self, const session_config& config, masking_keys* keys)
        : subject{self, config,
                  session_memory{std::span{memory}.first(4096), std::span{memory}.subspan(4096, 4096),
                                 std::span{memory}.last(session::control_size)},
                  agreement{}, keys} {}

    // Performs one action, if there is one that can be performed.
    bool step(byte_ring& out, byte_ring& in) {
        if (other.id == 0) other = subject.next(room);
        if (other.kind == action_kind::receive) std::swap(other, reading);  // goes on beside the rest
        action& a = other.id != 0 ? other : reading;
        if (a.id == 0) return false;
        std::size_t moved = 0;
        if (a.kind == action_kind::send || a.kind == action_kind::receive) {
            moved = move_bytes(a, out, in, 1000);
            if (moved == 0) return false;
        }
        const action done = std::exchange(a, {});
        if (done.kind == action_kind::received) {
            bytes_received += done.receiving->event.bytes.size();
            messages += done.receiving->event.last ? 1 : 0;
        }
        subject.complete(done, moved);
        return done.kind != action_kind::received || subject.receive(*done.receiving) == error::none;
    }

    std::array<std::byte, 4096 + 4096 + session::control_size> memory{};
    session subject;
    action reading{};
    action other{};
    std::array<std::span<const std::byte>, 8> room{};
    std::uint64_t messages = 0;
    std::uint64_t bytes_received = 0;
};

TEST(session, allocates_nothing_while_10000_messages_pass) {
    const bytes payload = counted_bytes(70'000);
    masking_keys keys;
    (void)keys.next();  // the system's generator sets itself up on first use

    const std::uint64_t before = allocations();
    side client{role::client, default_session_config, &keys};
    side server{role::server, default_session_config, nullptr};
    byte_ring to_server, to_client;
    std::array<receive_operation, 2> wanted{};
    ASSERT_EQ(server.subject.receive(wanted[0]), error::none);
    ASSERT_EQ(client.subject.receive(wanted[1]), error::none);
    std::array<send_operation, 5> sends{};
    std::uint64_t sent = 0;
    for (std::size_t i = 0; i < 2'000; ++i) {
        for (send_operation& o : sends) {
            o.payload = std::span{payload}.first(i % 200 == 0 ? payload.size() : (i * 7) % 300);
            o.op = opcode::binary;
            sent += o.payload.size();
            ASSERT_EQ((i % 2 == 0 ? client : server).subject.send(o), error::none);
        }
        bool moves = true;
        while (moves) {
            moves = client.step(to_server, to_client);
            moves = server.step(to_client, to_server) || moves;
        }
    }
    EXPECT_EQ(client.messages + server.messages, 10'000u);
    EXPECT_EQ(client.bytes_received + server.bytes_received, sent);
    EXPECT_EQ(allocations() - before, 0u);
}

}  // namespace
}  // namespace wspc::test
