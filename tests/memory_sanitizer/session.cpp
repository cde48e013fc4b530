// SPDX-License-Identifier: Apache-2.0
// Two sessions in unknown memory, joined by rings of bytes: what is lent to be written must be known, and
// what is lent to be read into is forgotten before.
#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include <wspc/session.hpp>

#include "checks.hpp"
#include "engine/session_pair.hpp"

namespace wspc::test {
namespace {

class end {
public:
    end(role self, bool coalesce, masking_keys& keys) : config_{.coalesce = coalesce} {
        const std::span<std::byte> all = memory_.all();
        subject_ = std::make_unique<session>(
            self, config_,
            session_memory{all.first(700), all.subspan(700, 600), all.last(session::control_size)},
            agreement{}, &keys);
        for (receive_operation& o : receives_) want(o);
    }

    void say(opcode op, bytes payload, bool fin = true) {
        payloads_.push_back(std::move(payload));
        send_operation& o = sends_.emplace_back();
        o.op = op;
        o.fin = fin;
        o.payload = payloads_.back();
        if (op == opcode::close) o.close_code = 1000;
        require(subject_->send(o) == error::none, "it can be queued");
    }

    // One action; false if there was nothing to do. A read for which nothing has arrived waits, and meanwhile
    // what there is to send goes out.
    bool step(byte_ring& out, byte_ring& in, std::size_t most) {
        if (reading_.kind != action_kind::none && in.size() != 0) {
            const action a = std::exchange(reading_, {});
            forget(a.into);
            subject_->complete(a, move_bytes(a, out, in, most));
            return true;
        }
        const action a = subject_->next(action_queue::all, room_);
        std::size_t moved = 0;
        switch (a.kind) {
            case action_kind::none: return false;
            case action_kind::receive: reading_ = a; return true;
            case action_kind::send:
                for (const std::span<const std::byte> b : a.buffers) must_be_known(b);
                moved = move_bytes(a, out, in, most);
                break;
            case action_kind::received:
                must_be_known(a.receiving->event);
                heard += a.receiving->event.bytes.size();
                closed |= a.receiving->event.kind == event_kind::close;
                break;
            case action_kind::sent:
            case action_kind::disconnect: break;
        }
        subject_->complete(a, moved);
        if (a.kind == action_kind::received) want(*a.receiving);
        return true;
    }

    std::size_t heard = 0;
    bool closed = false;

private:
    void want(receive_operation& o) {
        o = receive_operation{.into = &o == &receives_[0] ? into_.all() : std::span<std::byte>{}};
        if (!o.into.empty()) forget(o.into);
        if (!closed) (void)subject_->receive(o);
    }

    session_config config_;
    unknown_memory memory_{700 + 600 + session::control_size};
    unknown_memory into_{90};
    std::unique_ptr<session> subject_;
    std::array<std::span<const std::byte>, 5> room_;
    std::array<receive_operation, 3> receives_;
    std::deque<send_operation> sends_;
    std::deque<bytes> payloads_;
    action reading_;
};

void converse(bool coalesce, std::size_t most) {
    masking_keys keys;
    end client{role::client, coalesce, keys};
    end server{role::server, coalesce, keys};
    byte_ring to_server, to_client;
    const auto settle = [&] {
        for (int idle = 0; idle < 3;) {
            const bool asked = client.step(to_server, to_client, most);
            const bool moved = server.step(to_client, to_server, most) || asked;
            idle = moved ? 0 : idle + 1;
        }
    };
    std::size_t sent = 0;
    for (const std::size_t size : sizes) {
        if (size > 1000) continue;  // one side's may have to lie in a ring as a whole
        for (end* const from : {&client, &server}) {
            from->say(opcode::binary, counted_bytes(size));
            from->say(opcode::text, text_of(size));
            from->say(opcode::text, text_of(size), false);
            from->say(opcode::ping, {});
            from->say(opcode::text, text_of(size));
        }
        sent += 4 * size;
        settle();
    }
    client.say(opcode::close, text_bytes("enough"));
    settle();
    require(client.closed && server.closed, "both have closed");
    require(client.heard >= sent && server.heard >= sent, "both have heard all");
}

}  // namespace

void drive_session() {
    for (const bool coalesce : {true, false})
        for (const std::size_t most : {std::size_t{1}, std::size_t{37}, std::size_t{100'000}})
            converse(coalesce, most);
}

}  // namespace wspc::test
