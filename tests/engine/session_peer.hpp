// SPDX-License-Identifier: Apache-2.0
// A session with its memory and a transport that a test controls, and what a program does with its
// actions.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include <wspc/session.hpp>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/event_log.hpp"

namespace wspc::test {

class session_peer {
public:
    static constexpr std::size_t send_size = 4096;

    // What an action was.
    struct step {
        action_kind kind;
        std::size_t buffers;
        send_operation* sending;
        receive_operation* receiving;
    };
    // What came back from a receive.
    struct piece {
        event_kind kind;
        bytes payload;
        std::uint16_t code;
        bool last;
        bool inside;  // it lay in the session's memory
    };

    explicit session_peer(role self, const session_config& config = default_session_config,
                          std::size_t receive_size = 4096, std::size_t sends = send_size)
        : config_{config}, memory_(receive_size + sends + session::control_size) {
        const std::span<std::byte> all{memory_};
        subject_ = std::make_unique<session>(
            self, config_,
            session_memory{all.first(receive_size), all.subspan(receive_size, sends),
                           all.last(session::control_size)},
            agreement{}, &keys_);
    }

    [[nodiscard]] session& subject() { return *subject_; }

    // Keeps a payload as long as the peer lives.
    [[nodiscard]] std::span<const std::byte> keep(bytes payload) {
        kept_.push_back(std::move(payload));
        return kept_.back();
    }

    // Bytes for one read; when there are none, run() stops before it reads.
    void arrives(bytes chunk) { arriving_.push_back(std::move(chunk)); }
    void ends() { ended_ = true; }

    [[nodiscard]] action next(action_queue queue = action_queue::all) {
        return subject_->next(queue, std::span{room_}.first(capacity));
    }

    // Does what an action says and completes it.
    void perform(const action& a) {
        std::size_t moved = 0;
        switch (a.kind) {
            case action_kind::send: moved = write(a.buffers); break;
            case action_kind::receive: moved = read(a.into); break;
            case action_kind::received: note(*a.receiving); break;
            case action_kind::disconnect: disconnected = a.when; break;
            case action_kind::sent:
            case action_kind::none: break;
        }
        subject_->complete(a, moved);
    }

    // Performs actions until there are none but a read that has nothing to read.
    std::vector<step> run() {
        std::vector<step> steps;
        while (steps.size() < 1'000'000) {
            action a = next();
            if (a.kind == action_kind::receive) reading_ = a;
            if (a.kind == action_kind::none || a.kind == action_kind::receive) {
                if (reading_.id == 0 || (arriving_.empty() && !ended_)) {
                    if (a.kind == action_kind::none) return steps;
                    continue;
                }
                a = reading_;
                reading_ = {};
            }
            steps.push_back({a.kind, a.buffers.size(), a.sending, a.receiving});
            perform(a);
        }
        ADD_FAILURE() << "it does not end";
        return steps;
    }

    // What the other side reads from all that was sent.
    [[nodiscard]] wspc::test::event_log told() const {
        bytes copy = sent;
        message_reader reader{subject_->self() == role::client ? role::server : role::client};
        event_log log;
        std::span<std::byte> rest{copy};
        while (!rest.empty()) {
            const received_one got = reader.receive_one(rest);
            log.add(got.event);
            rest = rest.subspan(got.consumed);
        }
        EXPECT_EQ(log.broken(), "");
        EXPECT_FALSE(reader.message_open());
        return log;
    }

    [[nodiscard]] std::vector<bytes> pongs() const {
        std::vector<bytes> made;
        const wspc::test::event_log log = told();
        for (const auto& e : log.events())
            if (e.kind == event_kind::pong) made.push_back(e.payload);
        return made;
    }

    std::size_t capacity = 8;
    std::size_t most_sent = SIZE_MAX;  // bytes that one write takes
    bytes sent;
    std::vector<piece> received;
    wspc::disconnect disconnected = disconnect::no;

private:
    std::size_t write(std::span<const std::span<const std::byte>> buffers) {
        std::size_t moved = 0;
        for (const std::span<const std::byte> b : buffers) {
            const std::size_t size = std::min(b.size(), most_sent - moved);
            sent.insert(sent.end(), b.begin(), b.begin() + static_cast<std::ptrdiff_t>(size));
            moved += size;
        }
        EXPECT_GT(moved, 0u);
        return moved;
    }

    std::size_t read(std::span<std::byte> into) {
        EXPECT_FALSE(into.empty());
        if (arriving_.empty()) return 0;
        bytes& chunk = arriving_.front();
        const std::size_t size = std::min(chunk.size(), into.size());
        std::memcpy(into.data(), chunk.data(), size);
        chunk.erase(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(size));
        if (chunk.empty()) arriving_.pop_front();
        return size;
    }

    void note(const receive_operation& o) {
        const event& e = o.event;
        const std::less_equal<const std::byte*> before;
        const bool inside = before(memory_.data(), e.bytes.data()) &&
                            before(e.bytes.data() + e.bytes.size(), memory_.data() + memory_.size());
        received.push_back({e.kind, to_bytes(e.bytes), e.code, e.last, inside});
    }

    session_config config_;
    bytes memory_;
    masking_keys keys_;
    std::unique_ptr<session> subject_;
    std::array<std::span<const std::byte>, 64> room_;
    std::deque<bytes> kept_;
    std::deque<bytes> arriving_;
    bool ended_ = false;
    action reading_;
};

}  // namespace wspc::test
