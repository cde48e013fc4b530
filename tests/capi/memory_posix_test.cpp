// SPDX-License-Identifier: Apache-2.0
// Memory that is taken away from the library while it must not look at it (M8): a touch ends the
// program.
#include <sys/mman.h>
#include <unistd.h>
#include <websocket.h>

#include <cstring>
#include <thread>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

// Pages that can be forbidden, and given back to the system before the end.
class pages {
public:
    explicit pages(std::size_t size) {
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        size_ = (size + page - 1) / page * page;
        void* const got = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EXPECT_NE(got, MAP_FAILED);
        begin_ = static_cast<std::byte*>(got);
    }
    pages(const pages&) = delete;
    pages& operator=(const pages&) = delete;
    ~pages() { unmap(); }

    void forbid() { EXPECT_EQ(mprotect(begin_, size_, PROT_NONE), 0); }
    void allow() { EXPECT_EQ(mprotect(begin_, size_, PROT_READ | PROT_WRITE), 0); }
    void allow_reading() { EXPECT_EQ(mprotect(begin_, size_, PROT_READ), 0); }
    void unmap() {
        if (begin_ == nullptr) return;
        EXPECT_EQ(munmap(begin_, size_), 0);
        begin_ = nullptr;
    }
    [[nodiscard]] std::byte* begin() const { return begin_; }

private:
    std::byte* begin_ = nullptr;
    std::size_t size_ = 0;
};

// A handle whose buffer is in there; it is forbidden but during GetAction.
struct watched_handle {
    pages buffer{256 + 16 + 144};
    handle open;

    explicit watched_handle(role side) {
        property_list given;
        given.receive_buffer(256).send_buffer(16).allocated_buffer(buffer.begin(), 256 + 16 + 144);
        buffer.forbid();
        open = open_handle(side, given);
    }
    [[nodiscard]] taken take(WEB_SOCKET_ACTION_QUEUE queue, WEB_SOCKET_ACTION wanted) {
        buffer.allow();
        const taken got = expect_action(open, queue, wanted);
        buffer.forbid();
        return got;
    }
    void feed(const taken& read, const bytes& incoming) {
        buffer.allow();
        std::memcpy(read.buffers[0].Data.pbBuffer, incoming.data(), incoming.size());
        buffer.forbid();
        complete(open, read, static_cast<ULONG>(incoming.size()));
    }
};

// gtest runs tests of this suffix first, before there are threads.
TEST(memory_DeathTest, M8_a_touch_of_forbidden_memory_ends_the_program) {
    pages memory{1};
    memory.forbid();
    EXPECT_DEATH(*static_cast<volatile std::byte*>(memory.begin()) = std::byte{1}, "");
}

TEST(memory, M8_no_call_but_get_action_touches_the_buffer) {
    for (const role side : both) {
        watched_handle it{side};
        const bytes payload = counted_bytes(100);
        const bytes small = counted_bytes(8);  // one action, whichever side
        ASSERT_EQ(queue_receive(it.open), S_OK);
        ASSERT_EQ(queue_receive(it.open), S_OK);
        ASSERT_EQ(queue_send(it.open, binary_message, small), S_OK);
        complete(it.open, it.take(send_queue, send_to_network));
        const taken read = it.take(receive_queue, receive_from_network);
        it.feed(read, wire_to(side, 9, text_bytes("p")) + wire_to(side, 2, payload));
        complete(it.open, it.take(receive_queue, send_to_network), 0);
        complete(it.open, it.take(receive_queue, indicate_receive));
        const taken rest = it.take(receive_queue, receive_from_network);
        it.feed(rest, octets({0x82}));  // a part of a header, which a library may want to move
        complete(it.open, it.take(receive_queue, receive_from_network), 0);
        WebSocketAbortHandle(it.open);
        it.open.reset();
    }
}

TEST(memory, M8_delete_touches_nothing_with_actions_outstanding_and_bytes_left) {
    for (const role side : both) {
        watched_handle it{side};
        const bytes payload = counted_bytes(100);
        ASSERT_EQ(queue_receive(it.open), S_OK);
        ASSERT_EQ(queue_send(it.open, binary_message, payload), S_OK);
        const taken read = it.take(receive_queue, receive_from_network);
        it.feed(read, wire_to(side, 2, payload) + wire_to(side, 2, payload));
        (void)it.take(receive_queue, indicate_receive);
        (void)it.take(send_queue, send_to_network);
        it.open.reset();
    }
}

// What .NET does: after Abort and drain the buffer is unpinned, and it moves, while another thread is
// still on its way to complete its action, and the last one deletes the handle.
TEST(memory, M8_the_buffer_may_be_unmapped_after_abort_and_drain) {
    for (const role side : both) {
        watched_handle it{side};
        const bytes payload = counted_bytes(100);
        ASSERT_EQ(queue_receive(it.open, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(it.open, tag(2)), S_OK);
        ASSERT_EQ(queue_send(it.open, binary_message, payload, tag(3)), S_OK);
        ASSERT_EQ(queue_send(it.open, binary_message, payload, tag(4)), S_OK);
        const taken read = it.take(receive_queue, receive_from_network);
        const taken send = it.take(send_queue, send_to_network);
        WebSocketAbortHandle(it.open);
        expect_no_action(it.open, all_queues);  // drained as far as it goes
        it.buffer.unmap();
        std::thread{[&] {
            complete(it.open, read, 100);
            complete(it.open, send);
        }}.join();
        // Draining the rest does not need the buffer either.
        for (int i = 0; i < 2; ++i) finish_action(it.open, send_queue, indicate_send);
        for (int i = 0; i < 2; ++i) finish_action(it.open, receive_queue, indicate_receive);
        expect_no_action(it.open, all_queues);
        it.open.reset();
    }
}

TEST(memory, M8_the_buffer_may_be_unmapped_before_an_outstanding_pong_and_indication_are_completed) {
    for (const role side : both) {
        watched_handle it{side};
        ASSERT_EQ(queue_receive(it.open), S_OK);
        ASSERT_EQ(queue_receive(it.open), S_OK);
        it.feed(it.take(receive_queue, receive_from_network),
                wire_to(side, 9, text_bytes("p")) + wire_to(side, 2, counted_bytes(50)));
        const taken pong = it.take(receive_queue, send_to_network);
        const taken got = it.take(receive_queue, indicate_receive);
        WebSocketAbortHandle(it.open);
        expect_no_action(it.open, all_queues);
        it.buffer.unmap();
        complete(it.open, pong);
        complete(it.open, got, 50);
        finish_action(it.open, receive_queue, indicate_receive);
        it.open.reset();
    }
}

// Masking copies; a server does not even read.
TEST(memory, M8_payload_is_read_by_get_action_only_and_never_written) {
    for (const role side : both) {
        const handle open = open_handle(side);
        pages payload{10'000};
        std::memset(payload.begin(), 'x', 10'000);
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = as_pbyte(payload.begin());
        buffer.Data.ulBufferLength = 10'000;
        payload.forbid();
        ASSERT_EQ(WebSocketSend(open, binary_message, &buffer, nullptr), S_OK);
        bytes wire;
        for (;;) {
            payload.allow_reading();
            const taken got = take_action(open, send_queue);
            if (got.action != send_to_network) {
                EXPECT_EQ(got.action, indicate_send);
                payload.unmap();  // the application's again
                complete(open, got);
                break;
            }
            wire += got.octets();
            payload.forbid();
            complete(open, got);
        }
        EXPECT_EQ(only_frame(wire).payload, bytes(10'000, std::byte{'x'}));
        expect_no_action(open, all_queues);
    }
}

TEST(memory, M8_payload_is_not_touched_after_an_abort) {
    for (const role side : both) {
        const handle open = open_handle(side);
        pages payload{10'000};
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = as_pbyte(payload.begin());
        buffer.Data.ulBufferLength = 10'000;
        ASSERT_EQ(WebSocketSend(open, binary_message, &buffer, nullptr), S_OK);
        ASSERT_EQ(WebSocketSend(open, binary_message, &buffer, nullptr), S_OK);
        const taken outstanding = expect_action(open, send_queue, send_to_network);
        WebSocketAbortHandle(open);
        payload.unmap();
        complete(open, outstanding);
        for (int i = 0; i < 2; ++i) {
            const taken got = expect_action(open, send_queue, indicate_send);
            EXPECT_TRUE(got.untouched_from(0));
            complete(open, got);
        }
        expect_no_action(open, all_queues);
    }
}

// A receive into the application's memory: only GetAction writes it.
TEST(memory, M8_own_receive_buffer_is_written_by_get_action_only) {
    for (const role side : both) {
        const handle open = open_handle(side);
        pages memory{100};
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = as_pbyte(memory.begin());
        buffer.Data.ulBufferLength = 100;
        memory.forbid();
        ASSERT_EQ(WebSocketReceive(open, &buffer, nullptr), S_OK);
        feed(open, wire_to(side, 2, counted_bytes(100)));
        memory.allow();
        const taken got = expect_action(open, receive_queue, indicate_receive);
        EXPECT_EQ(got.octets(), counted_bytes(100));
        memory.unmap();
        complete(open, got);
    }
}

}  // namespace
}  // namespace wspc::test
