// SPDX-License-Identifier: Apache-2.0
// Every allocation fails in its turn: the call says E_OUTOFMEMORY and has done nothing, nothing leaks,
// and what was there before goes on (M7). libcrypto's allocations are the library's, too.
#include <websocket.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include "capi/support/allocation_faults.hpp"
#include "capi/support/conversation.hpp"
#include "capi/support/frames.hpp"

namespace wspc::test {
namespace {

// libcrypto keeps some of its memory to itself, so its blocks are not counted as the library's; and it
// does without some of what it asks for, so that a call may succeed all the same.
std::size_t crypto_failures = 0;

[[nodiscard]] bool crypto_fails() {
    if (!foreign_allocation_fails()) return false;
    ++crypto_failures;
    return true;
}
void* crypto_malloc(std::size_t size, const char*, int) {
    return crypto_fails() ? nullptr : std::malloc(size);
}
void* crypto_realloc(void* old, std::size_t size, const char*, int) {
    return crypto_fails() ? nullptr : std::realloc(old, size);
}
void crypto_free(void* at, const char*, int) { std::free(at); }

// Before libcrypto's first allocation, else it refuses.
const int crypto_hooked = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);

class allocation : public testing::Test {
protected:
    // libcrypto sets itself up on first use; what fails then is not ours to test.
    static void SetUpTestSuite() {
        ASSERT_EQ(crypto_hooked, 1);
        conversation first;
        (void)first.hold();
    }
    void TearDown() override { fail_allocation(0); }
};

struct outcome {
    std::vector<std::string> heard;
    std::size_t allocations;
};

outcome undisturbed() {
    conversation talk;
    talk.through = [](const conversation::call& f) { return watched(f); };
    const std::size_t before = library_allocations();
    std::vector<std::string> heard = talk.hold();
    return {std::move(heard), library_allocations() - before};
}

TEST_F(allocation, of_a_conversation_is_seen_and_given_back) {
    const std::size_t blocks = library_blocks();
    const outcome usual = undisturbed();
    EXPECT_EQ(usual.heard.back(), "client end");
    EXPECT_GT(usual.allocations, 10u);
    EXPECT_EQ(library_blocks(), blocks);

    handle kept;
    watched([&] {
        WEB_SOCKET_HANDLE made = nullptr;
        EXPECT_EQ(WebSocketCreateClientHandle(nullptr, 0, &made), S_OK);
        kept.reset(made);
        return S_OK;
    });
    EXPECT_GT(library_blocks(), blocks);
}

// The call that fails is made again, and then all goes on as if nothing had happened.
TEST_F(allocation, M7_failing_in_its_turn_is_e_outofmemory_and_changes_nothing) {
    const outcome usual = undisturbed();
    std::size_t reported = 0;
    for (std::size_t nth = 1; nth <= usual.allocations; ++nth) {
        const std::size_t blocks = library_blocks();
        std::size_t failures = 0;
        conversation talk;
        talk.through = [&](const conversation::call& f) {
            const std::size_t before = failed_allocations();
            const std::size_t crypto_before = crypto_failures;
            const HRESULT result = watched(f);
            const bool failed = failed_allocations() != before;
            failures += failed ? 1 : 0;
            if (result == E_OUTOFMEMORY) {
                EXPECT_TRUE(failed) << "allocation " << nth;
                ++reported;
                return watched(f);
            }
            EXPECT_TRUE(!failed || crypto_failures != crypto_before) << "allocation " << nth;
            return result;
        };
        fail_allocation(nth);
        const std::vector<std::string> heard = talk.hold();
        fail_allocation(0);
        EXPECT_EQ(failures, 1u) << "allocation " << nth;
        EXPECT_TRUE(heard == usual.heard) << "allocation " << nth << ": " << heard.size() << " events";
        EXPECT_EQ(library_blocks(), blocks) << "allocation " << nth;
    }
    EXPECT_GT(reported, 10u);
}

// From then on there is no memory at all. What was queued comes back after an abort, without any.
TEST_F(allocation, M7_failing_from_some_point_on_leaves_handles_that_can_be_aborted_and_deleted) {
    const outcome usual = undisturbed();
    for (std::size_t nth = 1; nth <= usual.allocations; ++nth) {
        const std::size_t blocks = library_blocks();
        bool finishing = false;
        std::size_t failures = 0;
        conversation talk;
        talk.through = [&](const conversation::call& f) {
            const std::size_t before = failed_allocations();
            const HRESULT result = watched(f);
            const bool failed = failed_allocations() != before;
            EXPECT_EQ(failed, result == E_OUTOFMEMORY) << "allocation " << nth;
            failures += !finishing && failed ? 1 : 0;
            return result;
        };
        fail_allocations_from(nth);
        const std::vector<std::string> heard = talk.hold_open();
        finishing = true;
        talk.finish();
        fail_allocation(0);
        EXPECT_EQ(failures, 1u) << "allocation " << nth;
        EXPECT_LT(heard.size(), usual.heard.size()) << "allocation " << nth;
        EXPECT_EQ(library_blocks(), blocks) << "allocation " << nth;
    }
}

TEST_F(allocation, M7_failing_create_leaves_null_in_the_handle) {
    for (int i = 0; i < 2; ++i) {
        auto* made = reinterpret_cast<WEB_SOCKET_HANDLE>(std::uintptr_t{0xa5a5});
        fail_allocation(1);
        EXPECT_EQ(watched([&] {
                      return i == 0 ? WebSocketCreateClientHandle(nullptr, 0, &made)
                                    : WebSocketCreateServerHandle(nullptr, 0, &made);
                  }),
                  E_OUTOFMEMORY);
        EXPECT_EQ(made, nullptr);
    }
}

TEST_F(allocation, M7_failing_begin_leaves_null_and_0) {
    const handle client = make_handle(role::client);
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    const auto begin = [&] {
        return WebSocketBeginClientHandshake(client, nullptr, 0, nullptr, 0, nullptr, 0, &list, &count);
    };
    std::size_t failures = 0;
    for (std::size_t nth = 1;; ++nth) {
        list = reinterpret_cast<WEB_SOCKET_HTTP_HEADER*>(std::uintptr_t{0xa5a5});
        count = 7;
        fail_allocation(nth);
        const HRESULT result = watched(begin);
        if (result == S_OK) break;
        EXPECT_EQ(result, E_OUTOFMEMORY);
        EXPECT_EQ(list, nullptr);
        EXPECT_EQ(count, 0u);
        ++failures;
    }
    EXPECT_GE(failures, 1u);
    EXPECT_EQ(count, 4u);
}

// Neither has it ended the handshake: there is nothing yet to abort.
TEST_F(allocation, M7_failing_call_leaves_a_handshake_as_it_is) {
    const std::function<HRESULT(WEB_SOCKET_HANDLE)> calls[] = {
        [](WEB_SOCKET_HANDLE at) { return queue_bare(at, ping_pong); },
        [](WEB_SOCKET_HANDLE at) { return queue_receive(at); },
    };
    for (const auto& call : calls) {
        std::size_t failures = 0;
        for (std::size_t nth = 1;; ++nth) {
            const handle server = make_handle(role::server);
            begin_server(server);
            fail_allocation(nth);
            const HRESULT result = watched([&] { return call(server); });
            fail_allocation(0);
            if (result == S_OK) break;
            EXPECT_EQ(result, E_OUTOFMEMORY);
            WebSocketAbortHandle(server);
            EXPECT_EQ(watched([&] { return call(server); }), S_OK) << "allocation " << nth;
            ++failures;
        }
        EXPECT_EQ(failures, 2u);  // a node and the buffers
    }
}

// The session's buffers: whichever call is the one that allocates them says so, and may be repeated.
TEST_F(allocation, M7_failing_buffers_are_reported_by_the_call_that_opens_the_session) {
    const std::function<HRESULT(WEB_SOCKET_HANDLE)> calls[] = {
        [](WEB_SOCKET_HANDLE at) { return WebSocketEndServerHandshake(at); },
        [](WEB_SOCKET_HANDLE at) { return queue_bare(at, ping_pong); },
        [](WEB_SOCKET_HANDLE at) { return queue_receive(at); },
        [](WEB_SOCKET_HANDLE at) {
            const taken got = take_action(at, all_queues);
            if (FAILED(got.result)) {
                EXPECT_EQ(got.action, no_action);
                EXPECT_EQ(got.count, 0u);
                EXPECT_EQ(got.action_context, nullptr);
                EXPECT_TRUE(got.untouched_from(0));
            }
            return got.result;
        },
    };
    for (const auto& call : calls) {
        const handle server = make_handle(role::server);
        begin_server(server);
        fail_allocations_from(1);
        EXPECT_EQ(watched([&] { return call(server); }), E_OUTOFMEMORY);
        EXPECT_EQ(watched([&] { return call(server); }), E_OUTOFMEMORY);
        fail_allocation(0);
        EXPECT_EQ(watched([&] { return call(server); }), S_OK);
        EXPECT_EQ(WebSocketEndServerHandshake(server), S_OK);
    }
}

// Without memory nothing can be queued, but what is queued goes on.
TEST_F(allocation, M7_failing_send_and_receive_leave_what_is_queued) {
    const handle server = open_handle(role::server);
    const bytes payload = text_bytes("x");
    ASSERT_EQ(queue_send(server, text_fragment, payload, tag(1)), S_OK);
    ASSERT_EQ(queue_receive(server, tag(2)), S_OK);
    fail_allocations_from(1);
    const auto refused = [&](const std::function<HRESULT()>& call) { return watched(call); };
    EXPECT_EQ(refused([&] { return queue_send(server, text_message, payload); }), E_OUTOFMEMORY);
    EXPECT_EQ(refused([&] { return queue_close(server, 1000); }), E_OUTOFMEMORY);
    EXPECT_EQ(refused([&] { return queue_receive(server); }), E_OUTOFMEMORY);
    fail_allocation(0);
    // The message did not end and no Close was queued.
    ASSERT_EQ(queue_send(server, text_message, payload, tag(3)), S_OK);
    const sent got = send_all(server);
    EXPECT_EQ(got.indicated, (std::vector<PVOID>{tag(1), tag(3)}));
    const auto frames = parse_frames(got.wire);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[1].op, 0u);
    bytes incoming = wire_to(role::server, 1, payload);
    EXPECT_EQ(receive_queued(server, incoming).context, tag(2));
    expect_no_action(server, all_queues);
}

// Whatever a call takes before it is refused, it gives back.
TEST_F(allocation, does_not_grow_with_calls_that_are_refused) {
    const handle server = open_handle(role::server);
    const auto refused = [&] {
        EXPECT_EQ(watched([&] { return queue_close(server, 1004); }), E_INVALIDARG);
        EXPECT_EQ(watched([&] { return queue_close(server, 1005, "r"); }), E_INVALIDARG);
        EXPECT_EQ(watched([&] { return queue_send(server, ping_pong, {}); }), E_INVALIDARG);
    };
    refused();
    const std::size_t before = library_allocations();
    for (int i = 0; i < 100; ++i) refused();
    WebSocketAbortHandle(server);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(watched([&] { return queue_bare(server, text_message); }), E_INVALID_PROTOCOL_OPERATION);
        EXPECT_EQ(watched([&] { return queue_receive(server); }), E_INVALID_PROTOCOL_OPERATION);
    }
    EXPECT_LE(library_allocations(), before + 1);  // the first receive's
}

// Three sends and receives at a time on both sides, of a client that cuts its frames; pings in between.
TEST_F(allocation, is_not_needed_at_a_constant_queue_depth) {
    property_list small, none;
    small.send_buffer(256);
    joined two{small, none};
    const bytes payload = counted_bytes(300);
    std::size_t received = 0;
    // One action; whether there was one.
    const auto step = [&](role side) {
        taken got{};
        watched([&] { return got = take_action(two.end(side), all_queues), S_OK; });
        ULONG moved = got.action == send_to_network ? got.total() : 0;
        if (got.action == send_to_network) two.from(side) += got.octets();
        if (got.action == receive_from_network) {
            bytes& incoming = two.towards(side);
            moved = static_cast<ULONG>(std::min<std::size_t>(incoming.size(), got.total()));
            std::memcpy(got.buffers[0].Data.pbBuffer, incoming.data(), moved);
            incoming.erase(incoming.begin(), incoming.begin() + static_cast<std::ptrdiff_t>(moved));
        }
        if (got.action == indicate_receive && got.type == binary_message) ++received;
        watched([&] { return complete(two.end(side), got, moved), S_OK; });
        return got.action != no_action;
    };
    const auto round = [&] {
        for (const role side : {role::client, role::server}) {
            for (int i = 0; i < 3; ++i)
                EXPECT_EQ(watched([&] { return queue_send(two.end(side), binary_message, payload); }), S_OK);
            EXPECT_EQ(watched([&] { return queue_bare(two.end(side), ping_pong); }), S_OK);
            while (step(side)) continue;
        }
        // Three messages, the peer's ping on the way, and the pong that answers one's own.
        for (const role side : {role::client, role::server})
            for (int i = 0; i < 4; ++i) {
                EXPECT_EQ(watched([&] { return queue_receive(two.end(side)); }), S_OK);
                while (step(side)) continue;
            }
    };
    round();
    round();
    const std::size_t before = library_allocations();
    const std::size_t messages = received;
    for (int i = 0; i < 100; ++i) round();
    EXPECT_EQ(library_allocations(), before);
    EXPECT_EQ(received - messages, 600u);
}

}  // namespace
}  // namespace wspc::test
