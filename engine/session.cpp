// SPDX-License-Identifier: Apache-2.0
// Which action comes next, what its completion means, and the side that receives. The frames that are
// sent are made in session_frames.cpp.
#include <wspc/session.hpp>

#include <algorithm>
#include <cstring>
#include <functional>

namespace wspc {
inline namespace v0 {
namespace {

// Where the ids of a session begin: far from those of the others, so that an id given to the wrong
// session is known to no action of it. `ids` tells those apart that lie at one place, one after the other.
std::uintptr_t first_id(const void* self, std::uintptr_t ids) noexcept {
    // The finaliser of MurmurHash3 (Appleby) spreads addresses over the whole range.
    auto hash = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(self) ^ ids);
    hash = (hash ^ (hash >> 33)) * 0xff51'afd7'ed55'8ccdu;
    hash = (hash ^ (hash >> 33)) * 0xc4ce'b9fe'1a85'ec53u;
    return static_cast<std::uintptr_t>(hash ^ (hash >> 33));
}

bool lies_in(std::span<const std::byte> bytes, std::span<const std::byte> memory) noexcept {
    // std::less orders pointers into different objects, which < need not.
    const std::less<const std::byte*> less;
    return !less(bytes.data(), memory.data()) && less(bytes.data(), memory.data() + memory.size());
}

}  // namespace

session::session(role self, const session_config& config, const session_memory& memory,
                 const agreement& agreed, masking_keys* keys, std::uintptr_t ids) noexcept
    : connection_{self, config.connection, agreed, keys},
      config_{&config},
      memory_{memory},
      last_id_{first_id(this, ids) | 1},
      aborted_{memory.receive.size() < min_receive || memory.send.size() < min_send ||
               memory.control.size() < control_size} {}

// --- what comes next

action session::next(action_queue queue, room_span room, std::uint64_t now) noexcept {
    action a;
    if (room.empty()) return a;
    if (!nothing_due()) {
        next_due(a, queue, room, now);
    } else if (queue != action_queue::receive && has_next_send()) {
        next_send(a, room, false);
    } else if (queue != action_queue::send) {
        next_receive(a, room, now);
    }
    return a;
}

// The same, while there may be something that comes before the frames that are queued, or instead of them.
void session::next_due(action& a, action_queue queue, room_span room, std::uint64_t now) noexcept {
    const bool sends = queue != action_queue::receive;
    const bool receives = queue != action_queue::send;

    // A control frame of which the transport took a part: nothing else may come before its rest.
    if (control_left() && control_.kind == action_kind::none) return lend_control(a, room);
    if (receives && pong_pending() && wire_free() && next_pong(a, room)) return;
    if (connection_.failed() && close_pending() && wire_free() && next_close(a, room)) return;
    // While anything of the session's own is due no frame is joined to another, so that its turn comes soon.
    const bool alone = control_on_wire() || pong_pending() || (connection_.failed() && close_pending());
    if (sends && has_next_send() && !waits_for_control(queue, room.size())) return next_send(a, room, alone);
    // The answer to a Close waits for what was queued before the Close was seen.
    if (close_pending() && wire_free() && send_next_ == nullptr && next_close(a, room)) return;
    if (const disconnect when = disconnect_pending(); when != disconnect::no) {
        begin(a, disconnecting_, action_kind::disconnect);
        a.when = when;
    } else if (receives) {
        next_receive(a, room, now);
    } else if (receiving_.kind == action_kind::receive && pong_pending() && wire_free()) {
        // A pong that came due while the wire was busy, and whose side now waits in a read: nobody else
        // would send it.
        static_cast<void>(next_pong(a, room));
    }
}

disconnect session::disconnect_pending() const noexcept {
    const bool busy =
        aborted_ || disconnecting_.kind != action_kind::none || send_next_ != nullptr || !wire_free();
    return busy ? disconnect::no : connection_.disconnect();
}

// --- what has been done

void session::complete(std::uintptr_t id, std::size_t moved) noexcept {
    if (id == 0) return;
    if (id == sending_.id) {
        complete_send(moved);
    } else if (id == receiving_.id) {
        complete_receive(moved);
    } else if (id == control_.id) {
        complete_control(moved);
    } else if (id == disconnecting_.id) {
        abort();
    }
}

inline void session::complete_send(std::size_t moved) noexcept {
    const action_kind done = sending_.kind;
    const std::uint32_t lent = sending_.lent;
    const bool one_frame = sending_.one_frame;
    sending_ = {};
    // What came back, and what abort() has ended already, is not counted.
    if (done != action_kind::send || aborted_) return;
    if (one_frame && moved == lent) {
        send_next_ = send_next_->of_session.next_;
    } else {
        complete_frames(moved, lent);
    }
}

void session::abort() noexcept {
    aborted_ = true;
    end_sending(error::aborted);
    // What was read and not given, and what was lent and not written, is forgotten; the memory of
    // actions that are outstanding stays as it is.
    piece_ = {};
    control_from_ = control_to_;
}

send_operation* session::release_send() noexcept {
    send_operation* const first = send_head_;
    if (first != nullptr) send_head_ = first->of_session.next_;
    return first;
}

receive_operation* session::release_receive() noexcept {
    receive_operation* const first = receive_head_;
    if (first == nullptr) return nullptr;
    receive_head_ = first->of_session.next_;
    first->event = {};  // a ping may have been read into it
    return first;
}

// --- receiving

error session::receive(receive_operation& operation) noexcept {
    if (aborted_) return error::aborted;
    if (connection_.failed()) return connection_.failed().code;
    // While the Close is being looked at, a program that always queues its next receive may do so.
    if (close_completed_) return error::closed;
    operation.event = {};
    operation.of_session.next_ = nullptr;
    (receive_head_ == nullptr ? receive_head_ : receive_tail_->of_session.next_) = &operation;
    receive_tail_ = &operation;
    return error::none;
}

// What there is to receive without reading: the end, a failure, what an operation had no room for.
void session::next_unread(action& a) noexcept {
    if (aborted_ || ended_) {
        ended_ = false;
        if (automatic() && connection_.failed()) return receiving_failed(a);
        receive_head_->event = {};
        return give(a);
    }
    if (close_given_) {
        // Nothing is read behind a Close (RFC 6455 5.5.1). With close_policy::automatic the program is
        // told to disconnect; without, it waits here for the end of the transport.
        if (!automatic()) lend_receive(a);
        return;
    }
    if (piece_.kind != event_kind::none) {
        receive_head_->event = piece_;
        piece_ = {};
        return give_piece(a);
    }
    receiving_failed(a);
}

// Reads what has arrived up to the next event, which is written where the operation at the head has its own.
inline void session::read(std::uint64_t now) noexcept {
    const std::span<std::byte> arrived{memory_.receive.data() + parsed_, arrived_ - parsed_};
    parsed_ += connection_.receive_one(arrived, receive_head_->into, receive_head_->event, now);
}

// What there is among the bytes that have arrived. Nearly always that is a piece of a message, which comes
// back as it was read.
void session::next_read(action& a, room_span room, std::uint64_t now) noexcept {
    read(now);
    const event& got = receive_head_->event;
    const bool usual = got.kind == event_kind::data && !got.bytes.empty() && !skipped_first_;
    if (!usual || !receive_head_->into.empty()) return next_any_read(a, room, now);
    give(a);
}

// The same, whatever has been read.
void session::next_any_read(action& a, room_span room, std::uint64_t now) noexcept {
    for (;; read(now)) {
        event& got = receive_head_->event;
        if (got.kind == event_kind::failed) return receiving_failed(a);
        // RFC 6455 5.5.2: every ping is answered while the wire is free; of those that come while it
        // is busy, the newest (5.5.3).
        if (got.kind == event_kind::ping && pong_pending() && wire_free()) {
            if (next_pong(a, room)) return;
        } else if (take(got)) {
            return give_piece(a);
        }
        if (parsed_ == arrived_) return lend_receive(a);
    }
}

// Whether this is something to give to an operation.
inline bool session::take(event& got) noexcept {
    switch (got.kind) {
        case event_kind::none:
        case event_kind::ping:
        case event_kind::failed: return false;
        case event_kind::data:
            // An empty frame that begins a message tells nothing yet.
            if (got.bytes.empty() && !got.last) {
                skipped_first_ = skipped_first_ || got.first;
                return false;
            }
            if (skipped_first_) got.first = true;
            skipped_first_ = false;
            return true;
        case event_kind::pong:
        case event_kind::close:
            // A frame that came in several reads is shown in the reader's memory. lend_receive() kept
            // room for it here.
            if (!lies_in(got.bytes, memory_.receive)) {
                if (!got.bytes.empty())
                    std::memcpy(memory_.receive.data(), got.bytes.data(), got.bytes.size());
                got.bytes = memory_.receive.first(got.bytes.size());
            }
            return true;
    }
    return false;
}

// The operation at the head comes back, with its event as it is.
inline void session::give(action& a) noexcept {
    receive_operation& operation = *receive_head_;
    receive_head_ = operation.of_session.next_;
    begin(a, receiving_, action_kind::received);
    a.receiving = &operation;
}

// What does not fit into the operation's memory is kept for the next.
inline void session::give_piece(action& a) noexcept {
    event& given = receive_head_->event;
    const std::span<std::byte> into = receive_head_->into;
    if (given.kind == event_kind::data && !into.empty() && given.bytes.data() != into.data()) {
        const std::size_t size = std::min(into.size(), given.bytes.size());
        if (size != 0) std::memcpy(into.data(), given.bytes.data(), size);
        if (size != given.bytes.size()) {
            piece_ = given;
            piece_.bytes = given.bytes.subspan(size);
            piece_.first = false;
            given.last = false;
        }
        given.bytes = into.first(size);
    }
    close_given_ = given.kind == event_kind::close;
    give(a);
}

void session::receiving_failed(action& a) noexcept {
    if (automatic()) {
        event& failed = receive_head_->event;
        failed = {};
        failed.kind = event_kind::failed;
        failed.code = static_cast<std::uint16_t>(connection_.failed().code);
        failed.offset = connection_.failed().offset;
        return give(a);
    }
    receive_head_->event = {};
    a.code = connection_.failed().code;
}

void session::lend_receive(action& a) noexcept {
    // All that had arrived has been read. The front stays free for a control frame that has come in
    // part, so that it can be shown as a whole here whatever follows it in the next read.
    const std::size_t from =
        !close_given_ && connection_.reader_.partial_control() != 0 ? max_control_payload : 0;
    parsed_ = arrived_ = from;
    std::span<std::byte> into = memory_.receive.subspan(from);
    into = into.first(std::min<std::size_t>(into.size(), UINT32_MAX));
    event& last = receive_head_->event;  // pings may have been read into it
    if (last.kind != event_kind::none) last = {};
    begin(a, receiving_, action_kind::receive, static_cast<std::uint32_t>(into.size()));
    a.into = into;
    a.receiving = receive_head_;
}

inline void session::complete_receive(std::size_t moved) noexcept {
    const action_kind done = receiving_.kind;
    const std::uint32_t lent = receiving_.lent;
    receiving_ = {};
    if (done == action_kind::received) {
        close_completed_ = close_given_;
    } else if (aborted_) {
        return;
    } else if (moved > lent) {
        // The caller has written past what it was lent.
        abort();
    } else if (moved == 0) {
        ended_ = true;
    } else if (!close_given_) {
        arrived_ += moved;
    }
}

}  // namespace v0
}  // namespace wspc
