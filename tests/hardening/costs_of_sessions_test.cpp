// SPDX-License-Identifier: Apache-2.0
// What a peer can cost a session, by what it sends and by what it does not take.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/session.hpp>

#include "costs.hpp"

namespace wspc::test {
namespace {

// --- a session, in reads of `piece` octets into 4 KiB

// `answers`: whether a send that has begun is ever done.
cost flood_session(const flood& f) {
    own_keys own;
    bytes memory(4096 + 300 + session::control_size);
    const session_memory parts{std::span{memory}.first(4096), std::span{memory}.subspan(4096, 300),
                               std::span{memory}.last(session::control_size)};
    const session_config config{.connection = *f.config};
    return cost_of([&] {
        session subject{f.side, config, parts, {}, &own.keys};
        receive_operation wanted;
        EXPECT_EQ(subject.receive(wanted), error::none);
        std::array<std::span<const std::byte>, 4> room;
        std::span<const std::byte> rest = f.stream;
        for (;;) {
            const action a = subject.next(room);
            std::size_t moved = 0;
            switch (a.kind) {
                case action_kind::receive:
                    if (rest.empty()) return f.stream.size();
                    moved = std::min({f.piece, a.into.size(), rest.size()});
                    std::memcpy(a.into.data(), rest.data(), moved);
                    rest = rest.subspan(moved);
                    break;
                case action_kind::received:
                    EXPECT_EQ(a.receiving->event.kind, event_kind::data);
                    subject.complete(a, 0);
                    EXPECT_EQ(subject.receive(wanted), error::none);
                    continue;
                case action_kind::send:
                    if (!f.answers) continue;
                    for (const std::span<const std::byte> b : a.buffers) moved += b.size();
                    break;
                case action_kind::none:
                case action_kind::sent:
                case action_kind::disconnect:
                    ADD_FAILURE() << text(subject.failed().code);
                    return f.stream.size() - rest.size();
            }
            subject.complete(a, moved);
        }
    });
}

TEST(costs, of_floods_to_a_session) {
    const auto fragments_of_both = [](role side, std::size_t size) {
        const bytes empty = wire_to(side, 0, {}, false);
        return fragments(side, 1, 0) + repeated(empty + wire_to(side, 0, text_bytes("f"), false), size);
    };
    const auto pings = [](role side, std::size_t size) {
        return repeated(wire_to(side, 9, text_bytes("p")), size);
    };
    const struct {
        const char* name;
        bytes (*stream)(role, std::size_t);
        bool answers;
        double server, client;
    } floods[]{{"fragments of 0 and 1 octet", fragments_of_both, true, 45, 100},
               {"pings, each answered", pings, true, 60, 140},
               {"pings, and no pong can be written", pings, false, 40, 90}};
    for (const role side : both)
        for (const auto& flood : floods) {
            const auto of_pieces = [&](std::size_t piece) {
                return [&flood, side, piece](std::size_t octets) {
                    return flood_session({.side = side,
                                          .stream = flood.stream(side, octets),
                                          .piece = piece,
                                          .answers = flood.answers,
                                          .config = &any_number});
                };
            };
            const std::string name = std::string{"session: "} + flood.name;
            expect_cost(row(side, name), of_pieces(SIZE_MAX), frames(side, 250'000, 1),
                        {most(side, flood.server, flood.client), 0});
            expect_cost(row(side, name + ", octet by octet"), of_pieces(1), 100'000, {280, 0});
        }
}

// --- a peer that does not read

TEST(costs, of_a_peer_that_does_not_read) {
    for (const role side : both) {
        bytes memory(8192);
        const std::span<std::byte> all{memory};
        own_keys own;
        session subject{side, default_session_config,
                        session_memory{all.first(4096), all.subspan(4096, 2048), all.last(2048)}, agreement{},
                        &own.keys};
        const bytes message(64 * 1024);
        std::vector<send_operation> sends(1000);
        const std::uint64_t before = allocations();
        std::size_t queued = 0;
        for (send_operation& o : sends) {
            o.payload = message;
            const error code = subject.send(o);
            if (code == error::would_block) break;
            ASSERT_EQ(code, error::none);
            ++queued;
        }
        EXPECT_EQ(queued, (16u << 20) / message.size());
        EXPECT_EQ(allocations(), before);
        while (subject.release_send() != nullptr) continue;
    }
}

// Messages of `payload` octets wait for a peer that takes an octet at a time: what is laid for each must not
// grow with the memory that they are laid in, nor with what waits.
cost drip_to_the_peer(role self, std::size_t payload, std::size_t octets) {
    bytes memory(session::min_receive + 4 * octets + session::control_size);
    const std::span<std::byte> all{memory};
    const bytes message(payload);
    own_keys own;
    std::vector<send_operation> sends(8 + 2 * octets / (payload + 1));
    session subject{
        self, default_session_config,
        session_memory{all.first(session::min_receive), all.subspan(session::min_receive, 4 * octets),
                       all.last(session::control_size)},
        agreement{}, &own.keys};
    for (send_operation& o : sends) {
        o.payload = message;
        EXPECT_EQ(subject.send(o), error::none);
    }
    std::vector<std::span<const std::byte>> room(1000);
    return cost_of([&] {
        for (std::size_t moved = 0; moved != octets;) {
            const action a = subject.next(room);
            if (a.kind == action_kind::none) {
                ADD_FAILURE() << "nothing is sent";
                return octets;
            }
            const std::size_t taken = a.kind == action_kind::send ? 1 : 0;
            subject.complete(a, taken);
            moved += taken;
        }
        return octets;
    });
}

TEST(costs, of_a_peer_that_reads_an_octet_at_a_time) {
    for (const role self : both)
        for (const std::size_t payload : {0u, 1u, 100u, 10'000u}) {
            const attacker drip = [=](std::size_t octets) { return drip_to_the_peer(self, payload, octets); };
            expect_cost("takes octet by octet messages of " + std::to_string(payload) +
                            (self == role::client ? ", of a client" : ", of a server"),
                        drip, 4096, {700, 0});
        }
}

}  // namespace
}  // namespace wspc::test
