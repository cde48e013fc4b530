// SPDX-License-Identifier: Apache-2.0
// Receiving is message_reader's work; this adds what the receiving side owes to the sending side
// (pong, Close), and the rules for what may be written when.
#include <wspc/connection.hpp>

#include <algorithm>
#include <cstring>

#include <wspc/mask.hpp>
#include <wspc/utf8.hpp>

namespace wspc {
inline namespace v0 {
namespace {

// After a failure that is not the peer's fault (no room, no memory): RFC 6455 7.4.1, 1011.
constexpr std::uint16_t internal_error = 1011;

constexpr write_result refused(error code, std::size_t needed = 0) noexcept { return {0, needed, code}; }

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
    return std::as_bytes(std::span{text.data(), text.size()});
}

// Copies or masks the payload behind a header. A server's key is zero, and short payloads are copied sooner
// by mask_copy() than by memcpy, whose branches on the size nothing foresees.
void put_payload(std::byte* to, std::span<const std::byte> payload, bool masked, masking_key key) noexcept {
    if (masked || payload.size() <= max_control_payload) {
        mask_copy(to, payload, key);
    } else {
        std::memcpy(to, payload.data(), payload.size());
    }
}

}  // namespace

connection::connection(role self, const connection_config& config, const agreement& agreed,
                       masking_keys* keys) noexcept
    : send_{.keys = keys, .config = &config, .self = self}, reader_{self, config.receive, agreed.incoming} {}

// --- receiving

// The last event of a batch may oblige us to answer; the others are data and pongs.
void connection::note(const event& last) noexcept {
    const bool automatic = send_.config->closing == close_policy::automatic;
    switch (last.kind) {
        case event_kind::none:
        case event_kind::data:
        case event_kind::pong: return;
        case event_kind::ping:
            send_.quiet = false;
            // RFC 6455 5.5.3: the pong carries the payload of the ping, and of several pings only
            // the newest needs one.
            if (!last.bytes.empty()) std::memcpy(pong_, last.bytes.data(), last.bytes.size());
            send_.pong_size = static_cast<std::uint8_t>(last.bytes.size());
            send_.pong_due = true;
            return;
        case event_kind::close:
            send_.quiet = false;
            // RFC 6455 5.5.1: answer a Close with a Close, echoing its code, unless we began.
            if (automatic && !send_.close_sent) send_.close_due = last.code;
            return;
        case event_kind::failed:
            send_.quiet = false;
            // RFC 6455 7.1.7: tell the peer what was wrong.
            if (automatic && !send_.close_sent) {
                const std::uint16_t code = close_code(last.failure_code());
                send_.close_due = code != 0 ? code : internal_error;
            }
            return;
    }
}

wspc::disconnect connection::disconnect() const noexcept {
    if (send_.config->closing == close_policy::manual || !ended()) return disconnect::no;
    // RFC 6455 7.1.7: a Close that cannot be sent keeps no connection open.
    if (send_.close_given_up) return disconnect::now;
    if (!send_.close_sent) return disconnect::no;
    // RFC 6455 7.1.1: the server closes first, so that TIME_WAIT is held by the side that does not
    // connect again; the client waits for it.
    return send_.self == role::server ? disconnect::now : disconnect::after_peer;
}

// --- what may be sent

error connection::judge_text(std::span<const std::byte> payload, bool fin, utf8_state& utf8) noexcept {
    utf8 = validate(payload, utf8);
    // RFC 6455 8.1: text is UTF-8 as a whole; a frame may end inside a character.
    return utf8 == utf8_state::reject || (fin && utf8 != utf8_state::accept) ? error::text_not_utf8
                                                                             : error::none;
}

error connection::judge(opcode op, std::span<const std::byte> payload, bool fin,
                        utf8_state& utf8) const noexcept {
    utf8 = send_.utf8;
    switch (op) {
        case opcode::continuation:
        case opcode::text:
        case opcode::binary:
            if (frame_open()) return error::frame_open;
            return judge_data(op, payload, fin, utf8);
        case opcode::ping:
        case opcode::pong:
            // RFC 6455 5.5: control frames are short and whole.
            if (payload.size() > max_control_payload) return error::control_too_long;
            if (!fin) return error::fragmented_control;
            if (frame_open()) return error::frame_open;
            // RFC 6455 5.5.1: our Close alone ends data only.
            if (over()) return error::closed;
            return error::none;
        case opcode::close: return error::bad_argument;
    }
    return error::bad_argument;
}

// --- writing

connection::outcome connection::write_any(std::span<std::byte> out, std::span<const std::byte> payload,
                                          opcode op, bool fin) noexcept {
    utf8_state utf8;
    if (const error code = judge(op, payload, fin, utf8); code != error::none) return {0, code};
    const std::size_t needed = frame_size(payload.size());
    // frame_size() wraps only for payloads that fill the address space.
    if (needed < payload.size()) return {0, error::bad_argument};
    if (out.size() < needed) return {needed, error::no_room};
    const bool masked = masks();
    frame_header header{.length = payload.size(), .op = op, .fin = fin, .masked = masked};
    if (const error code = draw_key(header.key); code != error::none) return {0, code};
    const std::size_t header_bytes = encode_header(out.data(), header);
    put_payload(out.data() + header_bytes, payload, masked, header.key);
    sent(op, fin, utf8);
    return {needed, error::none};
}

write_result connection::write_some(std::span<std::byte> out, opcode op, std::span<const std::byte>& payload,
                                    bool fin, std::uint64_t) noexcept {
    const bool masked = masks();
    std::size_t written = 0;
    if (!frame_open()) {
        utf8_state utf8;
        if (const error code = judge(op, payload, fin, utf8); code != error::none) return refused(code);
        frame_header header{.length = payload.size(), .op = op, .fin = fin, .masked = masked};
        const std::size_t header_bytes = header_size(header.length, masked);
        if (out.size() < header_bytes) return refused(error::no_room, header_bytes);
        if (const error code = draw_key(header.key); code != error::none) return refused(code);
        written = encode_header(out.data(), header);
        send_.frame_left = payload.size();
        send_.frame_key = header.key;
        sent(op, fin, utf8);
    } else if (payload.size() != send_.frame_left) {
        return refused(error::bad_argument);
    } else if (out.empty()) {
        return refused(error::no_room, 1);
    }
    const std::size_t size = std::min(payload.size(), out.size() - written);
    put_payload(out.data() + written, payload.first(size), masked, send_.frame_key);
    send_.frame_key = key_after(send_.frame_key, size);
    send_.frame_left -= size;
    payload = payload.subspan(size);
    return {written + size, written + size, error::none};
}

write_result connection::write_header(std::span<std::byte> out, opcode op, std::span<const std::byte> payload,
                                      bool fin, std::uint64_t) noexcept {
    // RFC 6455 5.3: a client's payload must be masked, which the caller's memory must not be.
    if (send_.self == role::client) return refused(error::bad_argument);
    utf8_state utf8;
    if (const error code = judge(op, payload, fin, utf8); code != error::none) return refused(code);
    const frame_header header{.length = payload.size(), .op = op, .fin = fin};
    const std::size_t needed = header_size(header.length, false);
    if (out.size() < needed) return refused(error::no_room, needed);
    encode_header(out.data(), header);
    sent(op, fin, utf8);
    return {needed, needed, error::none};
}

write_result connection::write_close(std::span<std::byte> out, std::uint16_t code, std::string_view reason,
                                     std::uint64_t) noexcept {
    const std::span<const std::byte> text = bytes_of(reason);
    // RFC 6455 7.4.1: 1005 says that there is no code, and without a code there is no reason.
    const bool empty = code == no_close_code;
    if (empty ? !text.empty() : !is_close_code(code)) return refused(error::bad_argument);
    // RFC 6455 5.5: a control frame carries at most 125 bytes, two of them the code.
    if (text.size() > max_control_payload - 2) return refused(error::control_too_long);
    if (frame_open()) return refused(error::frame_open);
    if (send_.close_sent) return refused(error::closed);
    if (const error fault = judge_reason(reason); fault != error::none) return refused(fault);

    std::byte body[max_control_payload];
    std::size_t size = 0;
    if (!empty) {
        body[0] = static_cast<std::byte>(code >> 8);
        body[1] = static_cast<std::byte>(code & 0xff);
        if (!text.empty()) std::memcpy(body + 2, text.data(), text.size());
        size = 2 + text.size();
    }
    const write_result result = write_control(out, opcode::close, {body, size});
    if (result.code == error::none) {
        send_.close_sent = true;
        send_.close_due = 0;
        send_.close_given_up = false;
    }
    return result;
}

error connection::judge_reason(std::string_view reason) const noexcept {
    // RFC 6455 5.5.1: the reason is UTF-8.
    const bool right = !send_.config->check_sent_utf8 || is_utf8(bytes_of(reason));
    return right ? error::none : error::close_reason_not_utf8;
}

write_result connection::write_control(std::span<std::byte> out, opcode op,
                                       std::span<const std::byte> payload) noexcept {
    const std::size_t needed = frame_size(payload.size());
    if (out.size() < needed) return refused(error::no_room, needed);
    const bool masked = masks();
    frame_header header{.length = payload.size(), .op = op, .masked = masked};
    if (const error code = draw_key(header.key); code != error::none) return refused(code);
    const std::size_t header_bytes = encode_header(out.data(), header);
    put_payload(out.data() + header_bytes, payload, masked, header.key);
    return {needed, needed, error::none};
}

std::string_view connection::due_reason() const noexcept {
    return reader_.failed() ? text(reader_.failed().code) : std::string_view{};
}

write_result connection::write_pong(std::span<std::byte> out) noexcept {
    const write_result result = write_control(out, opcode::pong, {pong_, send_.pong_size});
    if (result.code == error::none) pong_done();
    return result;
}

write_result connection::write_due_close(std::span<std::byte> out, std::uint64_t now) noexcept {
    const write_result result = write_close(out, send_.close_due, due_reason(), now);
    send_.close_given_up = result.code != error::none;
    return result;
}

write_result connection::write_pending(std::span<std::byte> out, std::uint64_t now) noexcept {
    if (!pending()) return {};
    const std::size_t pong = send_.pong_due ? frame_size(send_.pong_size) : 0;
    const std::size_t close_body = send_.close_due == no_close_code ? 0 : 2 + due_reason().size();
    const std::size_t close = send_.close_due != 0 ? frame_size(close_body) : 0;
    if (out.size() < pong + close) return refused(error::no_room, pong + close);

    std::size_t written = 0;
    if (send_.pong_due) {
        const write_result result = write_pong(out);
        if (result.code != error::none) {
            send_.close_given_up = send_.close_due != 0;
            return result;
        }
        written = result.size;
    }
    if (send_.close_due != 0) {
        const write_result result = write_due_close(out.subspan(written), now);
        // A pong that has been written stays written.
        if (result.code != error::none)
            return {written, pong + close, written != 0 ? error::none : result.code};
        written += result.size;
    }
    return {written, written, error::none};
}

}  // namespace v0
}  // namespace wspc
