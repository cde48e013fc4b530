// SPDX-License-Identifier: Apache-2.0
// Masking keys and handshake keys: one draw for each frame, none twice, not even in two processes, and
// nothing sent when there is none. POSIX, and libcrypto's generator: the linker sends its calls by here.
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capi/support/frames.hpp"
#include "capi/support/handshakes.hpp"
#include "support/wire_frame.hpp"

namespace {

bool fails = false;
std::size_t calls = 0;

}  // namespace

extern "C" {
int __real_RAND_bytes(unsigned char* to, int size);  // NOLINT: the linker's names
int __wrap_RAND_bytes(unsigned char* to, int size);  // NOLINT

int __wrap_RAND_bytes(unsigned char* to, int size) {  // NOLINT
    ++calls;
    return fails ? 0 : __real_RAND_bytes(to, size);
}
}

namespace wspc::test {
namespace {

class generator : public testing::Test {
protected:
    void TearDown() override { fails = false; }

    static parsed_frame frame_of(WEB_SOCKET_HANDLE client) {
        static const bytes payload = text_bytes("payload");
        EXPECT_EQ(queue_send(client, text_message, payload), S_OK);
        return only_frame(send_all(client).wire);
    }
};

TEST_F(generator, that_fails_leaves_a_client_without_a_handshake_until_it_works_again) {
    const handle client = make_handle(role::client);
    fails = true;
    const std::size_t before = calls;
    const begun failed = begin_client(client);
    EXPECT_EQ(failed.result, E_OUTOFMEMORY);
    EXPECT_TRUE(failed.empty());
    EXPECT_GT(calls, before);
    fails = false;
    const begun made = begin_client(client);
    EXPECT_EQ(made.result, S_OK);
    EXPECT_EQ(value_of(made.text(), "Sec-WebSocket-Key").value_or("").size(), 24u);
}

TEST_F(generator, that_fails_lets_a_client_send_nothing_and_changes_nothing) {
    const handle client = open_handle(role::client);
    const bytes payload = text_bytes("x");
    fails = true;
    EXPECT_EQ(queue_send(client, text_fragment, payload), E_OUTOFMEMORY);
    EXPECT_EQ(queue_bare(client, ping_pong), E_OUTOFMEMORY);
    EXPECT_EQ(queue_close(client, 1000), E_OUTOFMEMORY);
    expect_no_action(client, send_queue);
    // A ping stays without its pong, and what comes behind it is received.
    bytes incoming = wire_to(role::client, 9, text_bytes("p")) + wire_to(role::client, 1, text_bytes("text"));
    const piece got = receive_one(client, incoming);
    EXPECT_EQ(got.payload, text_bytes("text"));
    EXPECT_TRUE(got.answered.empty());
    fails = false;
    // No message was begun, and no Close was sent.
    ASSERT_EQ(queue_send(client, binary_message, payload), S_OK);
    const parsed_frame frame = only_frame(send_all(client).wire);
    EXPECT_EQ(frame.op, 2u);
    EXPECT_EQ(frame.payload, payload);
    EXPECT_EQ(queue_close(client, 1000), S_OK);
}

// A server needs no key: nothing of it fails.
TEST_F(generator, that_fails_is_none_of_a_servers_business) {
    fails = true;
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_message, payload), S_OK);
    EXPECT_EQ(only_frame(send_all(server).wire).payload, payload);
}

TEST_F(generator, gives_each_frame_of_a_handle_a_key_of_its_own) {
    const handle client = open_handle(role::client);
    std::set<masking_key> keys;
    constexpr std::size_t count = 3000;  // more than are drawn at a time
    for (std::size_t i = 0; i < count; ++i) keys.insert(frame_of(client).key.value_or(masking_key{}));
    // Two of them may be equal by chance, once in a thousand runs.
    EXPECT_GE(keys.size(), count - 2);
}

TEST_F(generator, gives_parent_and_child_other_keys_after_a_fork) {
    const handle client = open_handle(role::client);
    (void)frame_of(client);  // half a pool is left
    constexpr std::size_t count = 8;
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    std::vector<masking_key> own(count), others(count);
    for (masking_key& key : own) key = frame_of(client).key.value_or(masking_key{});
    if (child == 0) {
        const auto size = static_cast<ssize_t>(sizeof(masking_key) * count);
        _exit(write(ends[1], own.data(), sizeof(masking_key) * count) == size ? 0 : 1);
    }
    close(ends[1]);
    EXPECT_EQ(read(ends[0], others.data(), sizeof(masking_key) * count),
              static_cast<ssize_t>(sizeof(masking_key) * count));
    close(ends[0]);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_NE(own, others);
    for (const masking_key& key : own) EXPECT_EQ(std::count(others.begin(), others.end(), key), 0);
}

}  // namespace
}  // namespace wspc::test
