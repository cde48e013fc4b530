// SPDX-License-Identifier: Apache-2.0
// The action engine: messages queued to be sent and to be received, over one connection. It lends
// buffers and hears how many bytes moved; it does no I/O, never allocates, and knows no threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <wspc/connection.hpp>

namespace wspc {
inline namespace v0 {

// A frame that waits to be sent, in memory of the caller's that stays where it is from
// session::send() until an action `sent` names it; from then on it may be used again. So does what
// `payload` views, which is read only by send() and next(), and never modified.
struct send_operation {
    void* context = nullptr;  // the caller's; the session does not look at it
    // text or binary for a message and for each of its fragments (the session turns those behind the
    // first into continuations); ping; pong; close with `payload` as its reason.
    opcode op = opcode::binary;
    bool fin = true;                           // data: whether this ends the message
    std::uint16_t close_code = no_close_code;  // close: no_close_code for one without body
    std::span<const std::byte> payload{};
    // When it comes back: none if all of it was moved, else `aborted` (the transport failed, or the
    // session was aborted) or `closed` (the closing handshake came first).
    error code = error::none;

    // The session's, while it has the operation.
    class state {
        friend class session;
        send_operation* next_ = nullptr;
        std::uint64_t moved_ = 0;  // bytes of the frame that have been sent
        masking_key key_{};
        opcode wire_ = opcode::binary;
    };
    state of_session{};
};

// A piece of a message, a pong or a Close that is waited for; in memory of the caller's that stays where
// it is from session::receive() until an action `received` names it; from then on it may be used again.
struct receive_operation {
    void* context = nullptr;  // the caller's; the session does not look at it
    // Where data goes, at most this many bytes. Empty: it is shown where it arrived, in the session's
    // memory. Pongs and Close are always shown there.
    std::span<std::byte> into{};
    // When it comes back: `data`, `pong` or `close`; `failed` with close_policy::automatic; or `none`
    // if nothing came: the transport ended, or the session was aborted. Until then it means nothing. Bytes in
    // the session's memory are valid until the action has been completed.
    wspc::event event{};

    // The session's, while it has the operation.
    class state {
        friend class session;
        receive_operation* next_ = nullptr;
    };
    state of_session{};
};

enum class action_kind : std::uint8_t {
    none,        // nothing to do until something is queued or another action has been completed
    send,        // write all of `buffers` to the transport, in order
    sent,        // `sending` comes back
    receive,     // read something from the transport into `into`
    received,    // `receiving` comes back; its event is what has been received
    disconnect,  // close the transport as `when` says; only with close_policy::automatic
};

// Which actions to ask for; the values are those of WEB_SOCKET_ACTION_QUEUE. A program with one thread
// asks for all. With a thread for each direction, one asks for `send`: its own messages only; and the
// other for `receive`: what arrives, and the pongs that answer it.
enum class action_queue : std::uint8_t { send = 1, receive = 2, all = 3 };

// Something for the caller to do and then to report by session::complete().
struct action {
    action_kind kind = action_kind::none;
    // disconnect: `now`, or `after_peer`: go on until the peer has closed, but not for ever.
    disconnect when = disconnect::no;
    // none: why the receives that are queued will never come back by themselves (close_policy::manual).
    error code = error::none;
    std::uintptr_t id = 0;  // for complete(); 0 for `none` only
    // send: the front of the room that was given to next(). Valid until completed.
    std::span<const std::span<const std::byte>> buffers{};
    std::span<std::byte> into{};             // receive: never empty. Valid until completed.
    send_operation* sending = nullptr;       // send: the first that it covers, null for a pong or Close
                                             // of the session's own; sent: the one
    receive_operation* receiving = nullptr;  // receive, received
};

// What a transport that takes only a part of an action's bytes means.
enum class short_send : std::uint8_t {
    // The next `send` goes on behind them. What was lent and not taken is laid and masked once more, so
    // that a `send` behind a short one may use only as many bytes of the send memory as twice those that
    // were taken, or 256, and one frame for each 64 of them. The limit doubles with each `send` that is
    // taken whole (one short frame by itself may leave it). Keep an action while the transport takes
    // nothing, rather than complete it with 0.
    resume,
    cancel,  // the operation ends there and comes back; websocket.h's rule
};

// Shared by any number of sessions, which keep a pointer to it.
struct session_config {
    connection_config connection{};
    // Against a peer that does not read, so that messages pile up: with more bytes of payload than this
    // in the queue, send() answers would_block. A message into an empty queue is always taken, and so is a
    // Close.
    std::uint64_t max_queued = 16u << 20;
    short_send on_short_send = short_send::resume;
    // Whether one `send` may cover several operations, small payloads being copied beside their
    // headers; never with short_send::cancel. Otherwise a server's action is at most one frame, in one
    // buffer for the header and one for the payload, and a client's one buffer of at most one frame.
    bool coalesce = true;
};

inline constexpr session_config default_session_config{};

// What a session works in: memory of the caller's, at any alignment, that outlives it. Only next()
// reads or writes it.
struct session_memory {
    std::span<std::byte> receive;  // what arrives; at least session::min_receive bytes
    std::span<std::byte> send;     // headers, and what clients mask; at least session::min_send bytes
    std::span<std::byte> control;  // the pong or Close that is being sent; session::control_size bytes
};

// One WebSocket as two queues. The program does what the session says, and says when it has:
//
//     send_operation hello{.op = opcode::text, .payload = bytes_of("hello")};
//     receive_operation answer;
//     if (s.send(hello) != error::none || s.receive(answer) != error::none) ...
//     std::array<std::span<const std::byte>, 16> room;
//     for (action a = s.next(room); a.kind != action_kind::none; a = s.next(room)) {
//         std::size_t moved = 0;
//         switch (a.kind) {
//             case action_kind::send: moved = write_all(socket, a.buffers); break;
//             case action_kind::receive: moved = read_some(socket, a.into); break;  // 0: it has ended
//             case action_kind::received: use(a.receiving->event); break;
//             ...
//         }
//         s.complete(a, moved);
//     }
//
// A blocking program completes each action at once; one with an event loop keeps the action and completes
// it when the transport is ready. At most one action of each side is outstanding, besides one for a
// control frame of the session's own.
//
// One thread at a time. Neither copied nor moved, since actions point into it.
class session {
public:
    static constexpr std::size_t min_receive = 256;
    static constexpr std::size_t min_send = 16;
    static constexpr std::size_t control_size = max_control_payload + 6;

    // `config`, `memory`, `keys` and what `agreed.incoming` points to must outlive the session. A
    // client needs `keys`. With less memory than it needs the session is aborted from the beginning. A
    // message that an extension restores is restored into receive_operation::into, which must then be
    // there. Where the ids of its actions begin depends on its address and on `ids`: with another number
    // they are not those of a session that lay at the same place before.
    session(role self, const session_config& config, const session_memory& memory,
            const agreement& agreed = {}, masking_keys* keys = nullptr, std::uintptr_t ids = 0) noexcept;
    session(role, const session_config&&, const session_memory&, const agreement& = {},
            masking_keys* = nullptr, std::uintptr_t = 0) = delete;
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    // --- queueing: touches no network and none of the session's memory; send() reads text to judge it

    // Appends a frame. It is judged now (RFC 6455 5.4, 5.5, 7.4, 8.1), so that what is queued can be sent.
    // Errors, in this order, which change nothing: bad_argument, control_too_long, fragmented_control;
    // aborted; closed (data or Close behind a Close); wrong_message; bad_argument for a close_code;
    // text_not_utf8, close_reason_not_utf8; would_block; no_randomness.
    [[nodiscard]] error send(send_operation& operation) noexcept;

    // Appends a wish to receive. Each comes back with one event. Errors: aborted; what failed() says;
    // closed, once the event of the peer's Close has been completed.
    [[nodiscard]] error receive(receive_operation& operation) noexcept;

    // --- actions

    // What to do next. `room` takes the buffers of a `send`; one is enough, more mean fewer actions. All
    // parsing, masking and copying happens here. `now` is any monotonic clock in nanoseconds.
    //
    // Answers none only if `room` or the queues asked for are empty, or their action is outstanding, or the
    // wire is busy with the other's frame, or receiving has failed (action::code); or, with
    // close_policy::automatic, for receives behind the peer's Close, which come back when the session is
    // aborted, as completing `disconnect` does.
    [[nodiscard]] action next(action_queue queue, std::span<std::span<const std::byte>> room,
                              std::uint64_t now = 0) noexcept;
    [[nodiscard]] action next(std::span<std::span<const std::byte>> room, std::uint64_t now = 0) noexcept {
        return next(action_queue::all, room, now);
    }

    // Reports an action as done, `moved` bytes of it: for `send` what was written (fewer mean
    // config.on_short_send), for `receive` what was read, 0 for the end of the transport, and more than
    // was lent aborts the session, since memory has been overrun; ignored for the others. Only records,
    // whatever thread it is called from; an id that is not outstanding is ignored. Completing `disconnect`
    // aborts the session.
    void complete(std::uintptr_t id, std::size_t moved) noexcept;
    void complete(const action& a, std::size_t moved) noexcept { complete(a.id, moved); }

    // The transport is gone, or the program wants no more. What is queued comes back by `sent` and
    // `received`, what is outstanding after it has been completed; nothing is sent or received any
    // more.
    void abort() noexcept;

    // --- state

    [[nodiscard]] bool aborted() const noexcept { return aborted_; }
    // Why the peer's bytes could not be read, if so. Sticky.
    [[nodiscard]] failure failed() const noexcept { return connection_.failed(); }
    // Whether a Close has been queued or sent, and whether one has been received.
    [[nodiscard]] bool close_sent() const noexcept { return connection_.close_sent(); }
    [[nodiscard]] bool close_received() const noexcept { return connection_.close_received(); }
    // Bytes of payload in the send queue.
    [[nodiscard]] std::uint64_t queued() const noexcept { return queued_; }
    [[nodiscard]] role self() const noexcept { return connection_.self(); }

    // Takes the oldest operation out of its queue, null if it is empty: for a program that ends the
    // session in the middle and wants its memory back. After it, only these two and the destructor may
    // be called.
    [[nodiscard]] send_operation* release_send() noexcept;
    [[nodiscard]] receive_operation* release_receive() noexcept;

private:
    // The frames that a `send` covers, as they are laid into its buffers.
    struct layout;
    // An action that has not been completed.
    struct slot {
        std::uintptr_t id = 0;
        std::uint32_t lent = 0;  // send, receive: bytes
        action_kind kind = action_kind::none;
        bool one_frame = false;  // send: these are all that was left of one frame, and nothing else
    };

    using room_span = std::span<std::span<const std::byte>>;

    // What may come next is written to the action that next() gives, and is not copied on the way: what has
    // just been written by words would have to reach the cache before wider loads could take it up.
    void begin(action& a, slot& in, action_kind kind, std::uint32_t lent = 0) noexcept {
        const std::uintptr_t id = last_id_ += 2;
        in = {id, lent, kind, false};
        a.kind = kind;
        a.id = id;
    }
    [[nodiscard]] bool automatic() const noexcept {
        return config_->connection.closing == close_policy::automatic;
    }

    // --- sending
    [[nodiscard]] bool masks() const noexcept {
        return self() == role::client && !config_->connection.zero_masking;
    }
    [[nodiscard]] bool coalesces() const noexcept {
        // A short count says which operation to cancel only if there is one.
        return config_->coalesce && config_->on_short_send == short_send::resume;
    }
    [[nodiscard]] bool mid_frame() const noexcept {
        return send_next_ != nullptr && send_next_->of_session.moved_ != 0;
    }
    [[nodiscard]] bool control_left() const noexcept { return control_from_ != control_to_; }
    [[nodiscard]] bool control_on_wire() const noexcept {
        return control_left() || control_.kind != action_kind::none;
    }
    [[nodiscard]] bool wire_free() const noexcept {
        return sending_.kind != action_kind::send && !control_on_wire() && !mid_frame();
    }
    [[nodiscard]] bool pong_pending() const noexcept {
        return connection_.pong_due() && !aborted_ && !send_broken_ && !connection_.failed();
    }
    [[nodiscard]] bool close_pending() const noexcept {
        return connection_.send_.close_due != 0 && !connection_.send_.close_given_up && !aborted_;
    }
    // Whether no control frame of the session's own, no answer to a Close and no end is due: then what is
    // queued is all that next() has to look at.
    [[nodiscard]] bool nothing_due() const noexcept { return connection_.send_.quiet && !control_on_wire(); }
    [[nodiscard]] disconnect disconnect_pending() const noexcept;
    [[nodiscard]] bool waits_for_control(action_queue queue, std::size_t buffers) const noexcept;
    // Whether this is a message by itself that nothing forbids, as nearly all are; of others judge() tells.
    [[nodiscard]] bool is_usual(const send_operation& o) const noexcept {
        return o.fin && !aborted_ && !send_broken_ && connection_.send_.quiet &&
               connection_.between_messages() && connection_.may_be_whole(o.op, o.payload);
    }
    [[nodiscard]] bool has_room_for(const send_operation& o) const noexcept {
        // A message into an empty queue is always taken. So is a Close: a program that gives up a peer
        // which does not read must be able to say so.
        if (send_head_ == nullptr || o.op == opcode::close) return true;
        return o.payload.size() <= config_->max_queued - std::min(queued_, config_->max_queued);
    }
    [[nodiscard]] error send_any(send_operation& operation) noexcept;
    // Appends what has been judged, with the key that it is to be masked with.
    [[nodiscard]] error append(send_operation& operation) noexcept {
        operation.of_session.key_ = {};
        const error code = connection_.draw_key(operation.of_session.key_);
        if (code != error::none) return code;
        operation.code = error::none;
        operation.of_session.next_ = nullptr;
        operation.of_session.moved_ = 0;
        queued_ += operation.payload.size();
        if (send_next_ == nullptr) send_next_ = &operation;
        (send_head_ == nullptr ? send_head_ : send_tail_->of_session.next_) = &operation;
        send_tail_ = &operation;
        return error::none;
    }
    [[nodiscard]] error judge(send_operation& operation, utf8_state& utf8) noexcept;
    [[nodiscard]] error judge_close(const send_operation& operation) noexcept;
    void next_due(action& a, action_queue queue, room_span room, std::uint64_t now) noexcept;
    // The oldest operation comes back.
    void give_sent(action& a) noexcept {
        send_operation& sent = *send_head_;
        send_head_ = sent.of_session.next_;
        queued_ -= sent.payload.size();
        begin(a, sending_, action_kind::sent);
        a.sending = &sent;
    }
    [[nodiscard]] bool has_next_send() const noexcept {
        return sending_.kind == action_kind::none && send_head_ != nullptr;
    }
    void next_send(action& a, room_span room, bool alone) noexcept {
        if (send_head_ != send_next_) return give_sent(a);
        lend_frames(a, room, alone);
    }
    [[nodiscard]] bool next_pong(action& a, room_span room) noexcept;
    [[nodiscard]] bool next_close(action& a, room_span room) noexcept;
    void lend_control(action& a, room_span room) noexcept;
    void lend_frames(action& a, room_span room, bool alone) noexcept;
    void lend_any_frames(action& a, room_span room, bool only_one) noexcept;
    inline void complete_send(std::size_t moved) noexcept;
    void complete_frames(std::size_t moved, std::uint32_t lent) noexcept;
    void complete_control(std::size_t moved) noexcept;
    void end_sending(error code) noexcept;

    // --- receiving. What is declared inline is used by session.cpp only, and stands there.
    void next_receive(action& a, room_span room, std::uint64_t now) noexcept {
        if (receiving_.kind != action_kind::none || receive_head_ == nullptr) return;
        const bool over = !connection_.send_.quiet && (close_given_ || connection_.failed());
        if (over || aborted_ || ended_ || piece_.kind != event_kind::none) return next_unread(a);
        if (parsed_ == arrived_) return lend_receive(a);
        next_read(a, room, now);
    }
    void next_unread(action& a) noexcept;
    void next_read(action& a, room_span room, std::uint64_t now) noexcept;
    void next_any_read(action& a, room_span room, std::uint64_t now) noexcept;
    inline void read(std::uint64_t now) noexcept;
    [[nodiscard]] inline bool take(event& got) noexcept;
    inline void give(action& a) noexcept;
    inline void give_piece(action& a) noexcept;
    void receiving_failed(action& a) noexcept;
    void lend_receive(action& a) noexcept;
    inline void complete_receive(std::size_t moved) noexcept;

    connection connection_;
    const session_config* config_;
    session_memory memory_;

    send_operation* send_head_ = nullptr;  // the oldest that has not come back
    send_operation* send_next_ = nullptr;  // the first of which bytes are still to be sent
    send_operation* send_tail_ = nullptr;
    receive_operation* receive_head_ = nullptr;
    receive_operation* receive_tail_ = nullptr;
    std::uint64_t queued_ = 0;

    slot sending_;            // send, sent
    slot control_;            // a send of the session's own
    slot receiving_;          // receive, received
    slot disconnecting_;      // disconnect
    std::uintptr_t last_id_;  // odd: 0 stands for no action

    std::size_t arrived_ = 0;        // bytes in memory_.receive: the end of those that have arrived,
    std::size_t parsed_ = 0;         // and of those that have been read
    event piece_{};                  // what has been read and not been given to an operation
    std::uint8_t control_from_ = 0;  // bytes in memory_.control that are still to be sent
    std::uint8_t control_to_ = 0;
    bool skipped_first_ = false;    // the frame that began the message at hand was empty
    bool ended_ = false;            // the receive at the head was completed with 0
    bool close_given_ = false;      // the peer's Close has been given to an operation,
    bool close_completed_ = false;  // which has come back
    bool send_broken_ = false;      // a frame broke off in the middle: the peer can read no more
    bool aborted_ = false;
    std::uint32_t lay_most_ = UINT32_MAX;  // bytes of memory_.send that the next send may use
};

static_assert(sizeof(session) <= 640);

}  // namespace v0
}  // namespace wspc
