// SPDX-License-Identifier: Apache-2.0
// A connection never allocates. Every allocation of this program passes through here: the linker
// redirects malloc, calloc and realloc of all objects, and operator new calls malloc.
#include <wspc/connection.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "support/bytes.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

extern "C" {
void* __real_malloc(std::size_t size);                     // NOLINT: the linker's name
void* __real_calloc(std::size_t count, std::size_t size);  // NOLINT
void* __real_realloc(void* old, std::size_t size);         // NOLINT

void* __wrap_malloc(std::size_t size) {  // NOLINT
    ++allocations;
    return __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {  // NOLINT
    ++allocations;
    return __real_calloc(count, size);
}
void* __wrap_realloc(void* old, std::size_t size) {  // NOLINT
    ++allocations;
    return __real_realloc(old, size);
}
}

void* operator new(std::size_t size) {
    if (void* const made = std::malloc(size)) return made;
    std::abort();
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

namespace wspc::test {
namespace {

TEST(counting, sees_an_allocation) {
    const std::uint64_t before = allocations;
    void* volatile made = std::malloc(1);  // volatile: a pair that nobody looks at may be left out
    std::free(made);
    made = ::operator new(1);
    ::operator delete(made);
    EXPECT_EQ(allocations - before, 2u);
}

TEST(connection, allocates_nothing_while_10000_messages_pass) {
    static batch<16> batch;
    static std::byte to_server[200'000];
    static std::byte to_client[400'000];  // cut into single octets, an echo takes three times the room
    const bytes payload = counted_bytes(70'000);
    masking_keys keys;
    (void)keys.next();  // the system's generator sets itself up on first use

    const std::uint64_t before = allocations;
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
    EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace wspc::test
