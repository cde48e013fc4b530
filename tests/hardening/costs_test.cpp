// SPDX-License-Identifier: Apache-2.0
// What a hostile peer can cost a connection of a server and of a client: memory, and work for each octet that
// it sends. `ctest -R hardening.costs -V` prints the table that SECURITY.md has.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include <wspc/http.hpp>
#include <wspc/message_assembler.hpp>
#include <wspc/session.hpp>

#include "costs.hpp"
#include "support/scale.hpp"

namespace wspc::test {
namespace {

class printed_table : public testing::Environment {
    void SetUp() override {
        std::printf("objects: connection %zu, session %zu, http_storage<> %zu bytes\n", sizeof(connection),
                    sizeof(session), sizeof(http_storage<>));
        std::printf("| attack | octets sent | bytes asked for | steps per octet | at most |\n");
    }
};
testing::Environment* const printing = testing::AddGlobalTestEnvironment(new printed_table);

// How many messages it was told goes to `messages`.
cost flood_connection(flood&& f, std::size_t* messages = nullptr) {
    static batch<16> batch;
    std::array<std::byte, connection::max_pending_size> out;
    own_keys own;
    return cost_of([&] {
        connection subject{f.side, *f.config, {}, &own.keys};
        std::span<std::byte> rest{f.stream};
        std::size_t told = 0;
        while (!rest.empty() && !subject.failed()) {
            std::span<std::byte> piece = rest.first(std::min(f.piece, rest.size()));
            rest = rest.subspan(piece.size());
            while (!piece.empty()) {
                const received got = subject.receive(piece, batch);
                for (const event& e : got.events) told += e.kind == event_kind::data && e.last ? 1 : 0;
                piece = piece.subspan(got.consumed);
                if (f.answers) (void)subject.write_pending(out);
            }
        }
        EXPECT_EQ(subject.failed().code, f.ends_with);
        if (messages != nullptr) *messages = told;
        return f.stream.size() - rest.size();
    });
}

TEST(costs, of_fragments_of_nothing_and_of_one_octet) {
    for (const role side : both) {
        const attacker of_nothing = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = fragments(side, 0, octets), .config = &any_number});
        };
        expect_cost(row(side, "fragments of 0 octets, without limit"), of_nothing, frames(side, 250'000, 0),
                    {most(side, 30, 90), 0});
        const attacker of_one = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = fragments(side, 1, octets), .config = &any_number});
        };
        expect_cost(row(side, "fragments of 1 octet, without limit"), of_one, frames(side, 250'000, 1),
                    {most(side, 30, 60), 0});
        const attacker in_octets = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = fragments(side, 1, octets), .piece = 1, .config = &any_number});
        };
        expect_cost(row(side, "the same, octet by octet"), in_octets, 100'000, {150, 0});
    }
}

TEST(tiny_fragments, are_refused_by_default_and_64_octets_are_not_tiny) {
    for (const role side : both) {
        for (const std::size_t payload : {0u, 1u}) {
            const cost refused =
                flood_connection({.side = side,
                                  .stream = fragments(side, payload, frames(side, 300'000, payload)),
                                  .ends_with = error::too_many_fragments});
            EXPECT_LE(refused.octets, frames(side, 262'145, payload) + 4096);
            EXPECT_EQ(refused.memory, 0u);
        }
        const std::size_t frame = frames(side, 1, 64);
        bytes large = wire_to(side, 2, counted_bytes(64), false);
        large += repeated(wire_to(side, 0, counted_bytes(64), false), 65'534 * frame);
        large += wire_to(side, 0, counted_bytes(64));
        ASSERT_EQ(large.size(), 65'536 * frame);
        std::size_t messages = 0;
        const cost taken = flood_connection({.side = side, .stream = large}, &messages);
        EXPECT_EQ(messages, 1u);
        EXPECT_EQ(taken.memory, 0u);
    }
}

TEST(costs, of_messages_of_nothing) {
    for (const role side : both) {
        const attacker run = [side](std::size_t octets) {
            return flood_connection({.side = side, .stream = repeated(wire_to(side, 1, {}), octets)});
        };
        expect_cost(row(side, "messages of 0 octets"), run, frames(side, 250'000, 0), {30, 0});
    }
}

// Tyrus, tinymux: pongs pile up for a peer that does not read.
TEST(costs, of_pings_that_nobody_answers) {
    for (const role side : both) {
        const attacker unread = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = repeated(wire_to(side, 9, {}), octets), .answers = false});
        };
        expect_cost(row(side, "pings, and no pong can be written"), unread, frames(side, 250'000, 0),
                    {most(side, 60, 160), 0});
        const attacker read = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = repeated(wire_to(side, 9, counted_bytes(125)), octets)});
        };
        expect_cost(row(side, "pings of 125 octets, each answered"), read, 1'000'000, {30, 0});
    }
}

TEST(control_flood, leaves_one_pong_for_the_newest_of_a_million_pings) {
    for (const role side : both) {
        own_keys own;
        connection subject{side, default_connection_config, {}, &own.keys};
        static batch<16> batch;
        // The key is 0, so that the payload is the number as it stands.
        const bytes head = wire_header({.op = 9, .key = key_for(side, {}), .declared = 4});
        std::array<std::byte, 10> ping;
        std::array<std::byte, connection::max_pending_size> out;
        const std::uint64_t before = allocations();
        const auto count = static_cast<unsigned>(scaled(1'000'000));
        for (unsigned i = 0; i < count; ++i) {
            std::memcpy(ping.data(), head.data(), head.size());
            std::memcpy(ping.data() + head.size(), &i, 4);
            const std::span<std::byte> sent = std::span{ping}.first(head.size() + 4);
            ASSERT_EQ(subject.receive(sent, batch).consumed, sent.size());
        }
        const write_result pong = subject.write_pending(out);
        EXPECT_FALSE(subject.pending());
        EXPECT_EQ(allocations(), before);
        const event_log heard = read_back(side, std::span{out}.first(pong.size));
        ASSERT_EQ(heard.events().size(), 1u);
        EXPECT_EQ(heard.events()[0].kind, event_kind::pong);
        ASSERT_EQ(heard.events()[0].payload.size(), 4u);
        unsigned newest = 0;
        std::memcpy(&newest, heard.events()[0].payload.data(), 4);
        EXPECT_EQ(newest, count - 1);
    }
}

TEST(costs, of_text_octet_by_octet) {
    for (const role side : both) {
        const attacker run = [side](std::size_t octets) {
            const bytes character = text_bytes("\xf0\x9f\x98\x80");
            return flood_connection(
                {.side = side, .stream = wire_to(side, 1, repeated(character, octets)), .piece = 1});
        };
        expect_cost(row(side, "text of 4-octet characters, octet by octet"), run, 200'000, {100, 0});
        const attacker bad = [side](std::size_t octets) {
            bytes text = repeated(text_bytes("\xe6\x97\xa5"), octets);
            text.back() = std::byte{'x'};
            return flood_connection({.side = side,
                                     .stream = wire_to(side, 1, text),
                                     .piece = SIZE_MAX,
                                     .ends_with = error::text_not_utf8});
        };
        expect_cost(row(side, "text that is wrong at its last octet"), bad, 200'000, {100, 0});
    }
}

// wslay: 15 octets, 2 GiB.
TEST(allocation_by_length, is_made_for_no_length_that_a_header_declares) {
    for (const role side : both)
        for (const std::uint64_t length :
             {std::uint64_t{16} << 20, std::uint64_t{1} << 40, UINT64_MAX >> 1}) {
            bytes header = wire_header({.op = 2, .key = key_for(side), .declared = length});
            bytes some(10, std::byte{1});
            message_assembler whole{heap_memory()};
            connection subject{side, any_number};
            const std::uint64_t before = allocated_bytes();
            EXPECT_EQ(subject.receive_one(header).event.kind, event_kind::none);
            EXPECT_EQ(allocated_bytes(), before);
            // Ten octets of it: memory follows them.
            EXPECT_FALSE(whole.add(subject.receive_one(some).event).complete);
            EXPECT_LE(allocated_bytes() - before, 4096u);
        }
}

TEST(costs, of_a_message_that_drips) {
    for (const role side : both) {
        const attacker run = [side](std::size_t octets) {
            bytes stream = wire_header({.op = 2, .key = key_for(side), .declared = 16u << 20});
            stream.resize(stream.size() + octets);
            connection subject{side};
            return cost_of([&] {
                message_assembler whole{heap_memory()};
                for (std::byte& b : stream) (void)whole.add(subject.receive_one({&b, 1}).event);
                return stream.size();
            });
        };
        // Doubling asks for at most four times what is there in the end, in all.
        expect_cost(row(side, "16 MiB declared, some sent octet by octet, assembled"), run, 100'000,
                    {60, 4096, 4});
    }
}

}  // namespace
}  // namespace wspc::test
