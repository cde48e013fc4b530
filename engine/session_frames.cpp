// SPDX-License-Identifier: Apache-2.0
// The side of a session that sends: judging what is queued, laying frames into buffers, and telling
// from the number of bytes that moved which of them have been sent.
#include <wspc/session.hpp>

#include <algorithm>
#include <cstring>

#include <wspc/frame.hpp>
#include <wspc/mask.hpp>

namespace wspc {
inline namespace v0 {
namespace {

// An action covers at most this many bytes, so that 32-bit counts hold them.
constexpr std::uint32_t max_action = UINT32_MAX;

// A payload up to this size is copied beside its header when actions may be joined: one copy is
// cheaper than a buffer of its own, which costs the transport more.
constexpr std::size_t max_copied = 1024;

// However little the transport took, so many bytes may be laid into the send memory next, and the usual frame
// always. Frames are limited with them, since each costs work whatever its size.
constexpr std::uint32_t least_laid = 256;
constexpr std::uint32_t laid_for_a_frame = 64;
static_assert(2 + max_control_payload <= least_laid);

std::size_t status_size(const send_operation& o) noexcept {
    return o.op == opcode::close && o.close_code != no_close_code ? 2 : 0;
}

std::string_view reason_of(const send_operation& o) noexcept {
    return {reinterpret_cast<const char*>(o.payload.data()), o.payload.size()};
}

}  // namespace

// --- queueing

error session::send(send_operation& operation) noexcept {
    if (!is_usual(operation) || !has_room_for(operation)) return send_any(operation);
    operation.of_session.wire_ = operation.op;
    return append(operation);
}

error session::send_any(send_operation& operation) noexcept {
    utf8_state utf8;
    if (const error code = judge(operation, utf8); code != error::none) return code;
    if (!has_room_for(operation)) return error::would_block;
    if (const error code = append(operation); code != error::none) return code;
    // The frame counts as sent from here on. Nothing takes that back: websocket.h's programs complete with
    // wrong counts and go on.
    connection_.sent(operation.of_session.wire_, operation.fin, utf8);
    if (operation.op == opcode::close) {
        connection_.send_.close_sent = true;
        connection_.send_.close_due = 0;
    }
    return error::none;
}

// Judges a frame as if all before it had been sent, and finds its opcode on the wire.
error session::judge(send_operation& operation, utf8_state& utf8) noexcept {
    const std::size_t most = operation.op == opcode::close ? max_control_payload - 2 : max_control_payload;
    switch (operation.op) {
        case opcode::continuation:
        case opcode::text:
        case opcode::binary: break;
        case opcode::ping:
        case opcode::pong:
        case opcode::close:
            // RFC 6455 5.5: control frames are short and whole.
            if (operation.payload.size() > most) return error::control_too_long;
            if (!operation.fin) return error::fragmented_control;
            break;
        default: return error::bad_argument;
    }
    if (aborted_ || send_broken_) return error::aborted;

    const connection::sending& state = connection_.send_;
    const bool over = automatic() && connection_.ended();
    utf8 = state.utf8;
    operation.of_session.wire_ = operation.op;
    if (is_control(operation.op)) {
        // RFC 6455 5.5.1: one Close. Behind it, websocket.h allows control frames for ever.
        const bool is_close = operation.op == opcode::close;
        if ((is_close && (state.close_sent || over)) || (over && state.close_sent)) return error::closed;
        return is_close ? judge_close(operation) : error::none;
    }
    if (over) return error::closed;
    // RFC 6455 5.4: what follows in an open message is a continuation of it.
    if (state.message != opcode::continuation && operation.op == state.message)
        operation.of_session.wire_ = opcode::continuation;
    return connection_.judge_data(operation.of_session.wire_, operation.payload, operation.fin, utf8);
}

error session::judge_close(const send_operation& operation) noexcept {
    // RFC 6455 7.4.1: 1005 says that there is no code, and without a code there is no reason.
    const bool empty = operation.close_code == no_close_code;
    if (empty ? !operation.payload.empty() : !is_close_code(operation.close_code)) return error::bad_argument;
    return connection_.judge_reason(reason_of(operation));
}

// --- what may be sent

// Whether the frame at the head must wait for a control frame of the session's own. With short_send::cancel
// it need not: websocket.h programs that order their writes by themselves hang on a Close that waits for a
// pong. But its whole frame must be in one action, or the pong could land inside it.
bool session::waits_for_control(action_queue queue, std::size_t buffers) const noexcept {
    if (send_head_ != send_next_ || !control_on_wire()) return false;
    if (queue != action_queue::send || config_->on_short_send != short_send::cancel) return true;
    const send_operation& head = *send_next_;
    if (control_.kind == action_kind::none || !is_control(head.op) || mid_frame()) return true;
    const std::size_t payload = status_size(head) + head.payload.size();
    if (masks()) return header_size(payload, true) + payload > memory_.send.size();
    return buffers < 2 && !head.payload.empty();
}

// --- frames of the session's own

bool session::next_pong(action& a, room_span room) noexcept {
    const write_result written = connection_.write_pong(memory_.control);
    if (written.code != error::none) {
        // Without a key there is no pong; everything else goes on.
        connection_.pong_done();
        return false;
    }
    control_from_ = 0;
    control_to_ = static_cast<std::uint8_t>(written.size);
    lend_control(a, room);
    return true;
}

bool session::next_close(action& a, room_span room) noexcept {
    // After a failure nothing that is queued can still be wanted.
    end_sending(error::closed);
    const write_result written = connection_.write_due_close(memory_.control, 0);
    if (written.code != error::none) return false;  // given up: disconnect() says now
    control_from_ = 0;
    control_to_ = static_cast<std::uint8_t>(written.size);
    lend_control(a, room);
    return true;
}

void session::lend_control(action& a, room_span room) noexcept {
    const auto size = static_cast<std::uint32_t>(control_to_ - control_from_);
    room[0] = memory_.control.subspan(control_from_, size);
    begin(a, control_, action_kind::send, size);
    a.buffers = room.first(1);
}

void session::complete_control(std::size_t moved) noexcept {
    const std::uint32_t lent = control_.lent;
    control_ = {};
    if (aborted_) return;
    if (config_->on_short_send == short_send::cancel) moved = lent;
    control_from_ = static_cast<std::uint8_t>(control_from_ + std::min<std::size_t>(moved, lent));
}

// --- frames of the application

// The octets of a frame that come from no one's memory: its header and, of a Close, the status code.
// What follows them is the payload as the application has it.
struct session::layout {
    room_span room;
    std::span<std::byte> area;  // what is left of the send memory
    bool masked;                // the mask bit is set,
    bool masks;                 // and the key is not 0: the payload must be copied
    std::size_t count = 0;      // buffers used
    std::size_t total = 0;      // bytes in them
    bool in_area = false;       // the last buffer ends where `area` begins

    [[nodiscard]] std::size_t prefix_size(const send_operation& o) const noexcept {
        const std::size_t status = status_size(o);
        return header_size(o.payload.size() + status, masked) + status;
    }

    [[nodiscard]] std::uint64_t frame_size(const send_operation& o) const noexcept {
        return std::uint64_t{prefix_size(o)} + o.payload.size();
    }

    void write_prefix(std::byte* to, const send_operation& o) const noexcept {
        const std::size_t status = status_size(o);
        const frame_header header{.length = o.payload.size() + status,
                                  .key = o.of_session.key_,
                                  .op = o.of_session.wire_,
                                  .fin = o.fin,
                                  .masked = masked};
        const std::size_t size = encode_header(to, header);
        if (status != 0) {
            to[size] = static_cast<std::byte>(o.close_code >> 8);
            to[size + 1] = static_cast<std::byte>(o.close_code & 0xff);
            if (masks) mask({to + size, status}, o.of_session.key_);
        }
    }

    // Takes the next `size` bytes of the area into the buffers.
    void extend(std::size_t size) noexcept {
        if (size == 0) return;
        if (in_area) {
            room[count - 1] = {room[count - 1].data(), room[count - 1].size() + size};
        } else {
            room[count++] = area.first(size);
            in_area = true;
        }
        area = area.subspan(size);
        total += size;
    }

    // Writes the header from its octet `from` on. False if there is no room for all of it.
    bool put_prefix(const send_operation& o, std::size_t from) noexcept {
        const std::size_t left = prefix_size(o) - from;
        if (left > std::min<std::size_t>(area.size(), max_action - total)) return false;
        if (!in_area && count == room.size()) return false;
        if (from == 0) {
            write_prefix(area.data(), o);
        } else {
            std::byte prefix[min_send];
            write_prefix(prefix, o);
            std::memcpy(area.data(), prefix + from, left);
        }
        extend(left);
        return true;
    }

    // Copies the payload from its octet `from` on, as much as there is room for.
    std::size_t copy_payload(const send_operation& o, std::size_t from) noexcept {
        if (!in_area && count == room.size()) return 0;
        const std::size_t size =
            std::min({o.payload.size() - from, area.size(), static_cast<std::size_t>(max_action - total)});
        if (size == 0) return 0;
        const std::span<const std::byte> part = o.payload.subspan(from, size);
        if (masks) {
            mask_copy(area.data(), part, key_after(o.of_session.key_, status_size(o) + from));
        } else {
            std::memcpy(area.data(), part.data(), size);
        }
        extend(size);
        return size;
    }

    // Points at the payload from its octet `from` on.
    std::size_t show_payload(const send_operation& o, std::size_t from) noexcept {
        std::size_t size = o.payload.size() - from;
        if (size == 0 || count == room.size()) return 0;
        if (size > max_action - total) {
            if (total != 0) return 0;  // the header goes alone
            size = max_action;
        }
        room[count++] = o.payload.subspan(from, size);
        in_area = false;
        total += size;
        return size;
    }

    // Lays what is left of a frame. False unless all of it found room.
    bool put(const send_operation& o, bool may_copy) noexcept {
        const std::size_t prefix = prefix_size(o);
        std::uint64_t at = o.of_session.moved_;
        if (at < prefix) {
            if (!put_prefix(o, static_cast<std::size_t>(at))) return false;
            at = prefix;
        }
        const auto from = static_cast<std::size_t>(at - prefix);
        const std::size_t left = o.payload.size() - from;
        const bool copies = masks || (may_copy && left <= max_copied && left <= area.size());
        return (copies ? copy_payload(o, from) : show_payload(o, from)) == left;
    }
};

// Lends what is next. The usual is one short frame of a server's, from its first octet on, with nothing
// behind it that could go along: that is laid here, as layout::put() would.
void session::lend_frames(action& a, room_span room, bool alone) noexcept {
    send_operation& o = *send_next_;
    const std::size_t size = o.payload.size();
    const bool copies = coalesces();
    const bool only_one = alone || !copies;
    if (size > max_control_payload || o.of_session.moved_ != 0 || o.op == opcode::close ||
        self() == role::client || (!only_one && o.of_session.next_ != nullptr) ||
        (copies ? size > memory_.send.size() - 2 : room.size() < 2))
        return lend_any_frames(a, room, only_one);

    std::byte* const to = memory_.send.data();
    encode_header(to, {.length = size, .op = o.of_session.wire_, .fin = o.fin});
    begin(a, sending_, action_kind::send, static_cast<std::uint32_t>(2 + size));
    sending_.one_frame = true;
    a.sending = &o;
    if (!copies) {
        room[0] = {to, 2};
        room[1] = {o.payload.data(), size};
        a.buffers = room.first(size == 0 ? 1 : 2);
        return;
    }
    room[0] = {to, 2 + size};
    a.buffers = room.first(1);
    // A server's key is zero. Sizes come in no order that memcpy's branches could foresee.
    mask_copy(to + 2, o.payload, {});
}

void session::lend_any_frames(action& a, room_span room, bool only_one) noexcept {
    const std::size_t area = std::min<std::size_t>(memory_.send.size(), lay_most_);
    layout out{room, memory_.send.first(area), self() == role::client, masks()};
    send_operation* const first = send_next_;
    std::uint32_t frames = only_one ? 1 : lay_most_ / laid_for_a_frame;
    for (send_operation* o = first; o != nullptr && frames != 0; o = o->of_session.next_, --frames)
        if (!out.put(*o, coalesces())) break;
    begin(a, sending_, action_kind::send, static_cast<std::uint32_t>(out.total));
    a.buffers = room.first(out.count);
    a.sending = first;
}

// Tells from the sizes of the frames which of them have been moved.
void session::complete_frames(std::size_t moved, std::uint32_t lent) noexcept {
    const layout sizes{{}, {}, self() == role::client, masks()};
    const bool cancelled = config_->on_short_send == short_send::cancel && moved != lent;
    if (cancelled) {
        send_operation& head = *send_next_;
        const bool broken = head.of_session.moved_ + lent != sizes.frame_size(head);
        head.code = error::aborted;
        send_next_ = head.of_session.next_;
        if (broken) {
            // The rest of the frame will never come, so the peer would take anything else for it.
            send_broken_ = true;
            // RFC 6455 7.1.7: a Close that cannot be sent keeps no connection open.
            connection_.send_.close_given_up = true;
            end_sending(error::aborted);
        }
        return;
    }
    moved = std::min<std::size_t>(moved, lent);
    // A peer that reads an octet at a time must not have all that waits laid for each.
    if (moved != lent)
        lay_most_ = std::max(2 * std::min(static_cast<std::uint32_t>(moved), UINT32_MAX / 2), least_laid);
    else
        lay_most_ += std::min(lay_most_, UINT32_MAX - lay_most_);
    while (moved != 0) {
        send_operation& head = *send_next_;
        const std::uint64_t left = sizes.frame_size(head) - head.of_session.moved_;
        if (moved < left) {
            head.of_session.moved_ += moved;
            return;
        }
        moved -= static_cast<std::size_t>(left);
        head.of_session.moved_ += left;
        send_next_ = head.of_session.next_;
    }
}

// Everything that is not sent comes back as it is.
void session::end_sending(error code) noexcept {
    for (send_operation* o = send_next_; o != nullptr; o = o->of_session.next_) o->code = code;
    send_next_ = nullptr;
}

}  // namespace v0
}  // namespace wspc
