// SPDX-License-Identifier: Apache-2.0
// One handle, many threads ("WebSocketGetAction" from a thread pool without a lock): nothing is lost or
// done twice. ThreadSanitizer sees what these programs happen not to show.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <latch>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "capi/scenes.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"

namespace wspc::test {
namespace {

template <class Work>
void on_threads(std::size_t count, const Work& work) {
    std::latch start{static_cast<std::ptrdiff_t>(count)};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            work(i);
        });
    for (std::thread& each : threads) each.join();
}

// How often each operation was indicated; contexts are indexes from 1 on.
class tally {
public:
    explicit tally(std::size_t most) : counts_(most + 1) {}
    void add(PVOID context) {
        const auto index =
            reinterpret_cast<std::uintptr_t>(context) - reinterpret_cast<std::uintptr_t>(tag(0));
        if (index < counts_.size())
            ++counts_[index];
        else
            ++strange_;
    }
    [[nodiscard]] bool strange() const { return strange_ != 0; }
    // Whether exactly those numbers were indicated, each once.
    [[nodiscard]] bool is(const std::vector<std::uint8_t>& accepted) const {
        for (std::size_t i = 0; i < counts_.size(); ++i)
            if (counts_[i] != accepted[i]) return false;
        return true;
    }

private:
    std::vector<std::atomic<std::uint8_t>> counts_;
    std::atomic<int> strange_{0};
};

// --- two handles

struct message {
    std::uint32_t thread;
    std::uint32_t number;
};

constexpr std::size_t threads_of_a_side = 8;
constexpr std::size_t most_queued = 64;

// One side of the connection, with eight threads that do the same: GAM's way to use a handle.
class side_of_pair {
public:
    side_of_pair(role side, std::size_t messages)
        : handle_{make_handle(side)}, each_{messages / threads_of_a_side} {
        for (std::vector<message>& list : outgoing_)
            for (std::size_t i = 0; i < each_; ++i)
                list.push_back(
                    {static_cast<std::uint32_t>(&list - outgoing_.data()), static_cast<std::uint32_t>(i)});
    }

    void run(std::size_t thread, side_of_pair& peer) {
        for (message& next : outgoing_[thread]) {
            while (queued_ >= most_queued && !failed()) run_actions(peer);
            WEB_SOCKET_BUFFER buffer{};
            buffer.Data.pbBuffer = as_pbyte(&next);
            buffer.Data.ulBufferLength = sizeof next;
            ++queued_;
            if (WebSocketSend(handle_, binary_message, &buffer, &next) != S_OK) return fail();
            if (next.number % 500 == 0) {
                ++queued_;
                if (WebSocketSend(handle_, ping_pong, nullptr, this) != S_OK) return fail();
            }
            run_actions(peer);
            if (failed() || peer.failed()) return;
        }
        while (!(heard_all() && peer.heard_all() && queued_ == 0 && peer.queued_ == 0)) {
            if (failed() || peer.failed()) return;
            run_actions(peer);
            std::this_thread::yield();
        }
    }

    [[nodiscard]] bool queue_receives() {
        return queue_receive(handle_) == S_OK && queue_receive(handle_) == S_OK;
    }
    [[nodiscard]] WEB_SOCKET_HANDLE get() const { return handle_; }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool heard_all() const { return heard_ == each_ * threads_of_a_side; }
    [[nodiscard]] std::size_t heard() const { return heard_; }
    [[nodiscard]] std::size_t indicated() const { return indicated_; }

private:
    void fail() { failed_ = true; }

    void run_actions(side_of_pair& peer) {
        for (;;) {
            read_parked();
            const taken got = take_action(handle_, all_queues);
            if (got.result != S_OK) return fail();
            ULONG moved = 0;
            switch (got.action) {
                case WEB_SOCKET_NO_ACTION: std::this_thread::yield(); return;
                case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
                    moved = got.total();
                    peer.arrive(got);
                    break;
                case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION:
                    if (got.context != this) ++indicated_;
                    --queued_;
                    break;
                case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION: {
                    const std::lock_guard lock{mutex_};
                    parked_ = got;
                    continue;
                }
                case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
                    hear(got);
                    if (queue_receive(handle_) != S_OK) return fail();
                    break;
            }
            complete(handle_, got, moved);
        }
    }

    void arrive(const taken& write) {
        const std::lock_guard lock{mutex_};
        for (ULONG i = 0; i < write.count; ++i) arrived_ += write.octets(i);
    }

    // Whoever comes along when octets have arrived completes the read.
    void read_parked() {
        std::optional<taken> read;
        ULONG size = 0;
        {
            const std::lock_guard lock{mutex_};
            if (!parked_ || arrived_.empty()) return;
            read.swap(parked_);
            size = std::min(read->buffers[0].Data.ulBufferLength, static_cast<ULONG>(arrived_.size()));
            std::memcpy(read->buffers[0].Data.pbBuffer, arrived_.data(), size);
            arrived_.erase(arrived_.begin(), arrived_.begin() + static_cast<std::ptrdiff_t>(size));
        }
        complete(handle_, *read, size);
    }

    // One thread at a time, since the next indication comes once this one has been completed. Messages are
    // never cut here: a piece that is less than one is joined.
    void hear(const taken& got) {
        if (got.type == ping_pong) return;
        if (got.type != binary_message && got.type != binary_fragment) return fail();
        piece_ += got.octets();
        if (got.type != binary_message) return;
        message heard{};
        if (piece_.size() != sizeof heard) return fail();
        std::memcpy(&heard, piece_.data(), sizeof heard);
        piece_.clear();
        // In the order of the thread that sent it.
        if (heard.thread >= threads_of_a_side || heard.number != next_[heard.thread]++) return fail();
        ++heard_;
    }

    const handle handle_;
    const std::size_t each_;
    std::array<std::vector<message>, threads_of_a_side> outgoing_;
    std::atomic<std::size_t> queued_{0};
    std::atomic<std::size_t> indicated_{0};
    std::atomic<std::size_t> heard_{0};
    std::atomic<bool> failed_{false};

    std::mutex mutex_;  // of what has arrived
    bytes arrived_;
    std::optional<taken> parked_;

    bytes piece_;
    std::array<std::uint32_t, threads_of_a_side> next_{};
};

TEST(threads, S2_threads_move_a_million_messages) {
    const std::size_t messages = scaled(1'000'000, 40'000, 20'000) / 2;
    side_of_pair client{role::client, messages};
    side_of_pair server{role::server, messages};
    shake_hands(client.get(), server.get());
    ASSERT_TRUE(client.queue_receives() && server.queue_receives());
    on_threads(2 * threads_of_a_side, [&](std::size_t i) {
        if (i % 2 == 0)
            client.run(i / 2, server);
        else
            server.run(i / 2, client);
    });
    for (const side_of_pair* side : {&client, &server}) {
        EXPECT_FALSE(side->failed());
        EXPECT_EQ(side->heard(), messages);
        EXPECT_EQ(side->indicated(), messages);
    }
}

// --- one handle

// Eight threads do anything at all to it, Abort included.
void hammer(role side, std::uint64_t seed) {
    constexpr std::size_t each = 60;
    constexpr std::size_t threads = 8;
    static const bytes payload = counted_bytes(100);
    const handle h = open_handle(side);
    const bytes incoming = wire_to(side, 2, payload) + wire_to(side, 9, payload) + wire_to(side, 10, {});
    tally sends{each * threads};
    tally receives{each * threads};
    std::vector<std::uint8_t> sends_accepted(each * threads + 1);
    std::vector<std::uint8_t> receives_accepted(each * threads + 1);
    std::atomic<bool> failed{false};
    const auto finish = [&](const taken& got, random_source& random) {
        ULONG moved = got.action == send_to_network ? got.total() : 0;
        if (got.action == receive_from_network) {
            // The stream goes on at any frame: whole rounds only.
            moved = random.one_in(5) ? 0 : static_cast<ULONG>(incoming.size());
            if (moved != 0) std::memcpy(got.buffers[0].Data.pbBuffer, incoming.data(), moved);
        }
        if (got.action == indicate_send) sends.add(got.context);
        if (got.action == indicate_receive) receives.add(got.context);
        complete(h, got, moved);
        if (random.one_in(8)) complete(h, got, moved);  // doubled: ignored
    };
    on_threads(threads, [&](std::size_t thread) {
        random_source random{seed * threads + thread};
        const std::size_t last = thread == 0 ? random.below(each * 4) : each * 4;
        std::size_t next = thread * each + 1;
        for (std::size_t i = 0; i < each * 4; ++i) {
            if (i == last) WebSocketAbortHandle(h);
            const std::size_t what = random.below(4);
            if (what == 0 && next <= (thread + 1) * each) {
                sends_accepted[next] = queue_send(h, binary_message, payload, tag(next)) == S_OK;
                receives_accepted[next] = queue_receive(h, tag(next)) == S_OK;
                ++next;
            } else {
                const taken got = take_action(h, what == 1 ? receive_queue : all_queues);
                if (got.result != S_OK) failed = true;
                finish(got, random);
            }
        }
    });
    WebSocketAbortHandle(h);
    random_source random{seed};
    for (taken got = take_action(h, all_queues); got.action != no_action; got = take_action(h, all_queues)) {
        EXPECT_TRUE(got.action == indicate_send || got.action == indicate_receive);
        finish(got, random);
    }
    EXPECT_FALSE(failed);
    EXPECT_FALSE(sends.strange() || receives.strange());
    EXPECT_TRUE(sends.is(sends_accepted));
    EXPECT_TRUE(receives.is(receives_accepted));
}

TEST(threads, S12_18_eight_threads_hammer_one_handle) {
    const std::size_t rounds = scaled(300, 30, 15);
    for (std::uint64_t seed = 0; seed < rounds; ++seed)
        on_both_sides([&](role side) {
            hammer(side, seed);
            if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
        });
}

TEST(threads, S12_20_each_accepted_send_is_indicated_once_across_an_abort) {
    constexpr std::size_t most = 2000;
    static const bytes payload = counted_bytes(50);
    const std::size_t rounds = scaled(200, 20, 10);
    for (std::uint64_t seed = 0; seed < rounds; ++seed) {
        const role side = seed % 2 == 0 ? role::client : role::server;
        const handle h = open_handle(side);
        tally indicated{most};
        std::vector<std::uint8_t> accepted(most + 1);
        std::atomic<bool> sending{true};
        std::atomic<std::size_t> handed_out{0};
        random_source random{seed};
        const std::size_t abort_at = random.below(most / 2);
        const auto drain_one = [&] {
            const taken got = take_action(h, send_queue);
            if (got.action == send_to_network) ++handed_out;
            if (got.action == indicate_send) indicated.add(got.context);
            complete(h, got);
            return got.action != no_action;
        };
        on_threads(4, [&](std::size_t thread) {
            if (thread == 0) {
                for (std::size_t i = 1; i <= most; ++i)
                    accepted[i] = queue_send(h, binary_message, payload, tag(i)) == S_OK;
                sending = false;
            } else if (thread == 1) {
                while (handed_out < abort_at && sending) std::this_thread::yield();
                WebSocketAbortHandle(h);
            } else {
                while (sending) drain_one();
            }
        });
        WebSocketAbortHandle(h);
        // The last two threads go on together.
        on_threads(2, [&](std::size_t) {
            while (drain_one()) {
            }
        });
        while (drain_one()) {
        }
        ASSERT_FALSE(indicated.strange()) << "seed " << seed;
        ASSERT_TRUE(indicated.is(accepted)) << "seed " << seed;
    }
}

TEST(threads, S12_11_abort_while_two_threads_have_actions) {
    on_both_sides([](role side) {
        const std::size_t rounds = scaled(200, 20, 10);
        for (std::size_t round = 0; round < rounds; ++round) {
            handle h = open_handle(side);
            const bytes payload = text_bytes("x");
            const bytes incoming = wire_to(side, 1, payload);
            std::latch both_have_one{3};
            std::latch drained{1};
            std::atomic<int> strange{0};
            std::thread writer{[&] {
                if (queue_send(h, text_message, payload, tag(1)) != S_OK) ++strange;
                const taken write = take_action(h, send_queue);
                both_have_one.arrive_and_wait();
                if (write.action != send_to_network || write.total() == 0) ++strange;
                drained.wait();
                complete(h, write);
            }};
            std::thread reader{[&] {
                if (queue_receive(h, tag(2)) != S_OK) ++strange;
                const taken read = take_action(h, receive_queue, 1);
                both_have_one.arrive_and_wait();
                if (read.action != receive_from_network) ++strange;
                // The transport's last octets: the memory is still lent.
                std::memcpy(read.buffers[0].Data.pbBuffer, incoming.data(), incoming.size());
                drained.wait();
                complete(h, read, static_cast<ULONG>(incoming.size()));
            }};
            both_have_one.arrive_and_wait();
            WebSocketAbortHandle(h);
            for (const auto queue : {send_queue, receive_queue, all_queues}) expect_no_action(h, queue);
            drained.count_down();
            writer.join();
            reader.join();
            EXPECT_EQ(strange, 0);
            expect_sent_indication(h, tag(1));
            expect_empty_indication(h, tag(2));
            expect_no_action(h, all_queues);
            h.reset();
        }
    });
}

}  // namespace
}  // namespace wspc::test
