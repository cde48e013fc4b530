// SPDX-License-Identifier: Apache-2.0
// Two sessions that talk at random: whatever the sizes of messages, fragments, buffers, reads and
// writes, nothing is lost, doubled or moved, and every operation comes back once.
#include <wspc/session.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "session_pair.hpp"
#include "support/bytes.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"

namespace wspc::test {
namespace {

// What was sent, or received: messages with the borders of their fragments forgotten.
struct transcript {
    std::vector<bytes> messages;
    bytes open;

    void add(std::span<const std::byte> piece, bool last) {
        open.insert(open.end(), piece.begin(), piece.end());
        if (!last) return;
        messages.push_back(open);
        open.clear();
    }
};

class talker {
public:
    talker(role self, random_source& random, masking_keys& keys) : random_{random} {
        config_.coalesce = random.one_in(2);
        const std::size_t receive = random.between(session::min_receive, 2000);
        const std::size_t send = random.between(session::min_send, 2000);
        memory_.resize(receive + send + session::control_size);
        const std::span<std::byte> all{memory_};
        subject_ = std::make_unique<session>(
            self, config_,
            session_memory{all.first(receive), all.subspan(receive, send), all.last(session::control_size)},
            agreement{}, &keys);
    }

    void send_something() {
        payloads_.push_back(random_.octets(random_.below(random_.one_in(10) ? 3000 : 130)));
        sends_.emplace_back();
        send_operation& o = sends_.back();
        o.payload = payloads_.back();
        if (random_.one_in(5)) {
            o.op = random_.one_in(2) ? opcode::ping : opcode::pong;
            o.payload = o.payload.first(std::min<std::size_t>(o.payload.size(), 125));
        } else {
            o.op = opcode::binary;
            o.fin = random_.one_in(2);
        }
        ASSERT_EQ(subject_->send(o), error::none);
        if (o.op == opcode::binary) sent.add(o.payload, o.fin);
        ++out_;
    }

    // A last message, whole or the end of the open one.
    void end_message() {
        sends_.emplace_back(send_operation{.op = opcode::binary});
        ASSERT_EQ(subject_->send(sends_.back()), error::none);
        sent.add({}, true);
        ++out_;
    }

    void close() {
        sends_.emplace_back(send_operation{.op = opcode::close, .close_code = 1000});
        ASSERT_EQ(subject_->send(sends_.back()), error::none);
        ++out_;
    }

    // One action, as the other side and the transport allow. False if nothing could be done.
    bool step(byte_ring& out, byte_ring& in) {
        while (wanted_ < 3 && !subject_->close_received() && !subject_->aborted()) {
            auto& o = receives_.emplace_back();
            into_.emplace_back(random_.one_in(2) ? random_.between(1, 200) : 0);
            o.into = into_.back();
            if (subject_->receive(o) != error::none) break;
            ++wanted_;
        }
        const std::size_t which = random_.below(3);
        constexpr action_queue queues[] = {action_queue::all, action_queue::send, action_queue::receive};
        const action a = subject_->next(queues[which], std::span{room_}.first(random_.between(1, 6)));
        if (a.kind != action_kind::none) outstanding_.push_back(a);
        if (outstanding_.empty()) return a.kind != action_kind::none;
        return perform(random_.below(outstanding_.size()), out, in);
    }

    [[nodiscard]] session& subject() { return *subject_; }
    [[nodiscard]] std::size_t not_back() const { return out_ + wanted_; }

    transcript sent;
    transcript received;
    disconnect word = disconnect::no;
    std::size_t closes = 0;

private:
    bool perform(std::size_t index, byte_ring& out, byte_ring& in) {
        const action a = outstanding_[index];
        std::size_t moved = 0;
        switch (a.kind) {
            case action_kind::send:
            case action_kind::receive:
                moved = move_bytes(a, out, in, random_.between(1, 1500));
                if (moved == 0) return false;
                break;
            case action_kind::sent: --out_; break;
            case action_kind::received: {
                --wanted_;
                const event& e = a.receiving->event;
                if (e.kind == event_kind::data) received.add(e.bytes, e.last);
                closes += e.kind == event_kind::close ? 1 : 0;
                EXPECT_NE(e.kind, event_kind::failed);
                break;
            }
            case action_kind::disconnect: word = a.when; break;
            case action_kind::none: break;
        }
        outstanding_.erase(outstanding_.begin() + static_cast<std::ptrdiff_t>(index));
        subject_->complete(a, moved);
        return true;
    }

    random_source& random_;
    session_config config_;
    bytes memory_;
    std::unique_ptr<session> subject_;
    std::array<std::span<const std::byte>, 6> room_;
    std::vector<action> outstanding_;
    std::deque<send_operation> sends_;
    std::deque<receive_operation> receives_;
    std::deque<bytes> payloads_, into_;
    std::size_t out_ = 0;  // operations that have not come back
    std::size_t wanted_ = 0;
};

void converse(std::uint64_t seed, masking_keys& keys) {
    random_source random{seed};
    talker client{role::client, random, keys};
    talker server{role::server, random, keys};
    byte_ring to_server, to_client;
    std::size_t left = random.between(1, 30);
    bool closing = false;
    for (std::size_t idle = 0; idle < 400;) {
        if (left != 0 && random.one_in(3)) {
            (random.one_in(2) ? client : server).send_something();
            if (--left == 0) client.end_message(), server.end_message();
        }
        const bool moved =
            random.one_in(2) ? client.step(to_server, to_client) : server.step(to_client, to_server);
        idle = moved || left != 0 ? 0 : idle + 1;
        if (idle == 200 && !closing) {
            // All is quiet: what was sent must have arrived.
            ASSERT_EQ(client.sent.messages, server.received.messages) << "seed " << seed;
            ASSERT_EQ(server.sent.messages, client.received.messages) << "seed " << seed;
            closing = true;
            idle = 0;
            (random.one_in(2) ? client : server).close();
        }
    }
    EXPECT_EQ(client.closes, 1u) << "seed " << seed;
    EXPECT_EQ(server.closes, 1u) << "seed " << seed;
    EXPECT_EQ(server.word, disconnect::now) << "seed " << seed;
    EXPECT_EQ(client.word, disconnect::after_peer) << "seed " << seed;
    EXPECT_EQ(client.not_back() + server.not_back(), 0u) << "seed " << seed;
}

TEST(session_pair, loses_doubles_and_moves_nothing_in_random_conversations) {
    masking_keys keys;
    const std::size_t count = scaled(3'000);
    for (std::uint64_t seed = 0; seed < count; ++seed) {
        converse(seed, keys);
        if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
    }
}

}  // namespace
}  // namespace wspc::test
