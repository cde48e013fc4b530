// SPDX-License-Identifier: Apache-2.0
// Memory that the program takes away as soon as it may: any access would end this program. Needs POSIX's
// mprotect.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

// Pages that can be locked.
class pages {
public:
    explicit pages(std::size_t size)
        : size_{size}, at_{mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)} {
        EXPECT_NE(at_, MAP_FAILED);
    }
    pages(const pages&) = delete;
    pages& operator=(const pages&) = delete;
    ~pages() { munmap(at_, size_); }

    [[nodiscard]] void* at() const { return at_; }
    void lock() const { EXPECT_EQ(mprotect(at_, size_, PROT_NONE), 0); }
    void unlock() const { EXPECT_EQ(mprotect(at_, size_, PROT_READ | PROT_WRITE), 0); }

private:
    std::size_t size_;
    void* at_;
};

constexpr ULONG size = 4096 + 4096 + 144;

// NET unpins buffer and payload right after Abort and drain, while Complete or Delete may still run.
TEST(unmapped_buffer, S12_22_complete_and_delete_run_without_the_buffer) {
    on_both_sides([](role side) {
        for (const bool indicated : {false, true}) {
            const pages buffer{size};
            const pages payload{4096};
            property_list properties;
            properties.receive_buffer(4096).send_buffer(4096).allocated_buffer(buffer.at(), size);
            handle h = open_handle(side, properties);
            WEB_SOCKET_BUFFER lent{};
            lent.Data.pbBuffer = as_pbyte(payload.at());
            lent.Data.ulBufferLength = 4096;
            ASSERT_EQ(WebSocketSend(h, binary_message, &lent, tag(1)), S_OK);
            ASSERT_EQ(WebSocketSend(h, binary_message, &lent, tag(2)), S_OK);
            const taken write = expect_action(h, send_queue, send_to_network);
            taken of_receive = parked_read(h, tag(3));
            if (indicated) {
                feed(h, of_receive, wire_to(side, 1, text_bytes("x")));
                of_receive = expect_action(h, receive_queue, indicate_receive, 1);
            }
            WebSocketAbortHandle(h);
            expect_no_action(h, send_queue);
            expect_no_action(h, receive_queue);
            buffer.lock();
            payload.lock();
            complete(h, write, 100);
            complete(h, of_receive, indicated ? 0 : 4096);
            expect_sent_indication(h, tag(1));
            expect_sent_indication(h, tag(2));
            if (!indicated) expect_empty_indication(h, tag(3));
            expect_no_action(h, all_queues);
            h.reset();
        }
    });
}

// Between two calls of GetAction the memory is nobody's.
TEST(unmapped_buffer, S12_22_only_get_action_needs_the_buffer) {
    on_both_sides([](role side) {
        const pages buffer{size};
        const pages payload{4096};
        property_list properties;
        properties.receive_buffer(4096).send_buffer(4096).allocated_buffer(buffer.at(), size);
        handle h = open_handle(side, properties);
        WEB_SOCKET_BUFFER lent{};
        lent.Data.pbBuffer = as_pbyte(payload.at());
        lent.Data.ulBufferLength = 4096;
        std::memset(payload.at(), 'p', 4096);
        payload.lock();
        buffer.lock();
        ASSERT_EQ(WebSocketSend(h, text_message, &lent, tag(1)), S_OK);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        buffer.unlock();
        payload.unlock();
        taken got = take_action(h, send_queue);
        bytes wire;
        for (; got.action == send_to_network; got = take_action(h, send_queue)) {
            wire += got.octets();
            const ULONG total = got.total();
            buffer.lock();
            payload.lock();
            complete(h, got, total);
            buffer.unlock();
            payload.unlock();
        }
        ASSERT_EQ(got.action, indicate_send);
        expect_frame(side, wire, 1, bytes(4096, std::byte{'p'}));
        const taken read = expect_action(h, receive_queue, receive_from_network, 1);
        const bytes incoming = wire_to(side, 9, text_bytes("ping")) + wire_to(side, 1, text_bytes("x"));
        std::memcpy(read.buffers[0].Data.pbBuffer, incoming.data(), incoming.size());
        buffer.lock();
        complete(h, read, static_cast<ULONG>(incoming.size()));
        buffer.unlock();
        expect_pong(h, side, receive_queue, text_bytes("ping"));
        expect_indication(h, text_message, text_bytes("x"), tag(2));
        buffer.lock();
        h.reset();
    });
}

}  // namespace
}  // namespace wspc::test
