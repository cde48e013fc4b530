// SPDX-License-Identifier: Apache-2.0
// A connection never allocates.
#include <wspc/connection.hpp>

#include <algorithm>

#include <gtest/gtest.h>

#include "counted_allocations.hpp"
#include "support/bytes.hpp"

namespace wspc::test {
namespace {

TEST(connection, allocates_nothing_while_10000_messages_pass) {
    static batch<16> batch;
    static std::byte to_server[200'000];
    static std::byte to_client[400'000];  // cut into single octets, an echo takes three times the room
    const bytes payload = counted_bytes(70'000);
    masking_keys keys;
    (void)keys.next();  // the system's generator sets itself up on first use

    const std::uint64_t before = allocations();
    connection client{role::client, default_connection_config, {}, &keys};
    connection server{role::server};
    std::uint64_t received_messages = 0;
    std::uint64_t pongs = 0;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        const std::size_t size = i % 100 == 0 ? payload.size() : i % 300;
        const std::span<const std::byte> message = std::span{payload}.first(size);
        std::size_t sent = 0;
        sent += client.write(to_server, opcode::binary, message.first(size / 2), false);
        if (i % 7 == 0)
            sent += client.write(std::span{to_server}.subspan(sent), opcode::ping, message.first(size % 100));
        sent +=
            client.write(std::span{to_server}.subspan(sent), opcode::continuation, message.subspan(size / 2));

        // Cut anywhere, so that partial headers and control frames are kept as well.
        std::size_t answered = 0;
        for (std::size_t at = 0; at < sent;) {
            const std::size_t piece = std::min<std::size_t>(sent - at, 1 + i % 5'000);
            std::span<std::byte> rest{to_server + at, piece};
            at += piece;
            while (!rest.empty()) {
                const received got = server.receive(rest, batch);
                for (const event& e : got.events)
                    if (e.kind == event_kind::data)
                        answered += server.write(std::span{to_client}.subspan(answered), e);
                answered += server.write_pending(std::span{to_client}.subspan(answered));
                rest = rest.subspan(got.consumed);
            }
        }
        std::span<std::byte> rest{to_client, answered};
        while (!rest.empty()) {
            const received got = client.receive(rest, batch);
            for (const event& e : got.events) {
                received_messages += e.kind == event_kind::data && e.last ? 1 : 0;
                pongs += e.kind == event_kind::pong ? 1 : 0;
            }
            rest = rest.subspan(got.consumed);
        }
    }
    EXPECT_EQ(received_messages, 10'000u);
    EXPECT_EQ(pongs, 1'429u);
    EXPECT_EQ(allocations() - before, 0u);
}

}  // namespace
}  // namespace wspc::test
