// SPDX-License-Identifier: Apache-2.0
// One WebSocket after the handshake, without any I/O: bytes that arrived become events, messages
// become bytes to send. No sockets, no threads, no clock (time is an argument), no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wspc/error.hpp>
#include <wspc/event.hpp>
#include <wspc/frame.hpp>
#include <wspc/handshake.hpp>
#include <wspc/mask.hpp>
#include <wspc/masking_keys.hpp>
#include <wspc/message_reader.hpp>
#include <wspc/utf8.hpp>

namespace wspc {
inline namespace v0 {

// Who runs the closing handshake (RFC 6455 7.1).
enum class close_policy : std::uint8_t {
    // The connection answers a Close, sends one with the code of the error when the peer breaks the
    // protocol, and says when to disconnect.
    automatic,
    // It sends nothing by itself but pongs, and the send side stays open until the application
    // sends Close. This is how websocket.h behaves.
    manual,
};

// Shared by any number of connections, which keep a pointer to it.
struct connection_config {
    reader_options receive{};
    close_policy closing = close_policy::automatic;
    // Whether text and reasons that the application sends must be UTF-8 (RFC 6455 8.1).
    bool check_sent_utf8 = true;
    // Clients mask with the key 0, which leaves the payload as it is and protects no proxy (RFC 6455
    // 10.3): for websocket.h's WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE.
    bool zero_masking = false;
};

inline constexpr connection_config default_connection_config{};

// Clang takes write() for too long to be inlined; called, its span goes through memory, twice. (Where the
// preset coverage counts, each function counts once.)
#if defined(__GNUC__) && !defined(WSPC_COVERAGE)
#define WSPC_WRITE_INLINE [[gnu::always_inline]]
#else
#define WSPC_WRITE_INLINE
#endif

// What a call that writes did. Nothing is written, and nothing changes, unless code is none; but where a
// Close that is due lacks a key, disconnect() says `now`.
struct [[nodiscard]] write_result {
    std::size_t size = 0;    // bytes written to the front of `out`
    std::size_t needed = 0;  // after no_room: bytes that `out` must have
    error code = error::none;

    constexpr operator std::size_t() const noexcept { return size; }  // NOLINT: out.subspan(n += write(..))
};

// Whether and when to close the transport (RFC 6455 7.1.1). Write what is pending first.
enum class disconnect : std::uint8_t {
    no,
    after_peer,  // wait for the peer to close it, but not for ever
    now,
};

// A server that echoes. Its answer takes at most bytes.size() + 512 bytes, which `out` must have: with
// less, look at the code of each write, since a result that is only added up may hide that the
// middle of a message did not fit.
//
//     connection peer{role::server, config};
//     std::size_t on_bytes(std::span<std::byte> bytes, std::span<std::byte> out) {
//         std::size_t written = 0;
//         while (!bytes.empty()) {
//             auto got = peer.receive(bytes, batch);
//             for (const event& e : got.events)
//                 if (e.kind == event_kind::data) written += peer.write(out.subspan(written), e);
//             bytes = bytes.subspan(got.consumed);
//             written += peer.write_pending(out.subspan(written));  // pongs, Close
//         }
//         return written;
//     }
//
// One thread at a time; different connections share nothing but their configuration. Can be copied
// and moved like an int. `now` is any monotonic clock in nanoseconds.
class connection {
public:
    // `config`, `keys` and what `agreed.incoming` points to must outlive the connection. A client
    // needs `keys` before it can write.
    explicit connection(role self, const connection_config& config = default_connection_config,
                        const agreement& agreed = {}, masking_keys* keys = nullptr) noexcept;
    connection(role, const connection_config&&, const agreement& = {}, masking_keys* = nullptr) = delete;

    // --- receiving

    // Reads the front of `bytes`: in any memory of the caller, who may share one buffer among all
    // connections. All are consumed unless the batch fills up or ends with a ping, whose pong is then
    // due: write_pending() before the next call answers every ping. A caller who goes on receiving
    // instead, because the wire is busy, answers the newest only (RFC 6455 5.5.3).
    [[nodiscard]] received receive(std::span<std::byte> bytes, const batch_memory& batch,
                                   [[maybe_unused]] std::uint64_t now = 0) noexcept {
        const received got = reader_.receive(bytes, batch);
        // Data obliges to nothing, and is what most batches end with.
        if (!got.events.empty() && got.events.back().kind != event_kind::data) note(got.events.back());
        return got;
    }

    // One event at a time, in place; see message_reader::receive_one.
    [[nodiscard]] received_one receive_one(std::span<std::byte> bytes, std::span<std::byte> room = {},
                                           std::uint64_t now = 0) noexcept {
        received_one got;
        got.consumed = receive_one(bytes, room, got.event, now);
        return got;
    }

    // The same, with the event written to `got`, which lies outside `bytes` and `room`; event_kind::none
    // if there is none. Gives the bytes consumed.
    [[nodiscard]] std::size_t receive_one(std::span<std::byte> bytes, std::span<std::byte> room, event& got,
                                          [[maybe_unused]] std::uint64_t now = 0) noexcept {
        const std::size_t consumed = reader_.receive_one(bytes, room, got);
        if (got.kind != event_kind::data) note(got);
        return consumed;
    }

    // --- sending. `out` is the caller's; the payload is never modified and may not overlap it.

    // Appends one frame: header and payload, masked for clients. `op` is text or binary for the
    // first frame of a message and continuation for the others; `fin` ends it. Pings, and
    // unsolicited pongs, may be written at any time; for Close there is write_close.
    // Errors: bad_argument, control_too_long, fragmented_control, frame_open, closed, wrong_message,
    // text_not_utf8, no_room, no_randomness; judged in this order.
    WSPC_WRITE_INLINE write_result write(std::span<std::byte> out, opcode op,
                                         std::span<const std::byte> payload, bool fin = true,
                                         [[maybe_unused]] std::uint64_t now = 0) noexcept {
        // Inline as far as the usual goes: whole short messages, for which there is room. They leave what
        // sent() would note as it is: no message is open before and behind them.
        const bool usual = fin && payload.size() <= max_control_payload &&
                           out.size() >= frame_size(payload.size()) && between_messages() &&
                           may_be_whole(op, payload);
        if (!usual) {
            const outcome done = write_any(out, payload, op, fin);
            const bool written = done.code == error::none;
            return {written ? done.bytes : 0, done.bytes, done.code};
        }
        masking_key key{};
        if (const error code = draw_key(key); code != error::none) return {0, 0, code};
        const frame_header header{.length = payload.size(), .key = key, .op = op, .masked = masks()};
        const std::size_t header_bytes = encode_header(out.data(), header);
        mask_copy(out.data() + header_bytes, payload, key);  // a server's key is zero
        const std::size_t size = header_bytes + payload.size();
        return {size, size, error::none};
    }

    // Echoes a data event: same opcode, a frame for each piece. (A reader tells nothing of an empty
    // frame in the middle of a message, so its echo lacks it.)
    write_result write(std::span<std::byte> out, const event& e, std::uint64_t now = 0) noexcept {
        // Reserved bits say that the bytes mean something else without them.
        if (e.kind != event_kind::data || e.rsv != 0) return {0, 0, error::bad_argument};
        return write(out, e.first ? e.op : opcode::continuation, e.bytes, e.last, now);
    }

    // Writes a frame of which `payload` is all, or all that is left, in as many pieces as it takes:
    // fills `out`, takes what it wrote off `payload`, and wants to be called again while payload
    // is not empty. The first piece needs room for the header; `op` and `fin` matter to it only. Until
    // the frame is complete the wire is busy: other writes answer frame_open, write_pending() writes
    // nothing, and a `payload` of another size than what is left is a bad_argument.
    write_result write_some(std::span<std::byte> out, opcode op, std::span<const std::byte>& payload,
                            bool fin = true, std::uint64_t now = 0) noexcept;

    // Servers: writes only the header; the caller sends the payload, from its own memory, directly
    // behind it (scatter/gather). `payload` is only looked at, to check that text is UTF-8.
    write_result write_header(std::span<std::byte> out, opcode op, std::span<const std::byte> payload,
                              bool fin = true, std::uint64_t now = 0) noexcept;

    // Appends a Close: `code` no_close_code for one without body, else one that RFC 6455 7.4 allows on the
    // wire, and at most 123 bytes of reason. No data can be written behind it.
    write_result write_close(std::span<std::byte> out, std::uint16_t code = 1000,
                             std::string_view reason = {}, std::uint64_t now = 0) noexcept;

    // Appends the control frames that are due: the pong for the newest ping, then the Close of
    // close_policy::automatic. Writes nothing while none is due or the wire is busy.
    // max_pending_size bytes are always enough.
    write_result write_pending(std::span<std::byte> out, std::uint64_t now = 0) noexcept;
    static constexpr std::size_t max_pending_size = 2 * (max_control_payload + 6);

    // Whether write_pending() has something to write.
    [[nodiscard]] bool pending() const noexcept {
        return !over() && !frame_open() && (send_.pong_due || send_.close_due != 0);
    }

    // Bytes that write() needs for a payload of this size.
    [[nodiscard]] std::size_t frame_size(std::size_t payload) const noexcept {
        return header_size(payload, send_.self == role::client) + payload;
    }

    // The keys to mask with from now on, when a connection moves to another thread.
    void use(masking_keys& keys) noexcept { send_.keys = &keys; }

    // --- state

    // Why the peer's bytes could not be read, if so. Sticky.
    [[nodiscard]] failure failed() const noexcept { return reader_.failed(); }

    // Bytes received so far, counted from behind the handshake, as failure::offset does; those behind
    // a Close or a failure do not count.
    [[nodiscard]] std::uint64_t offset() const noexcept { return reader_.offset(); }

    // Bytes of payload still to come in the data frame at hand: so many can be received directly to where
    // they are wanted, and be fed there; see message_reader::remaining().
    [[nodiscard]] std::uint64_t remaining() const noexcept { return reader_.remaining(); }

    // Whether a Close has been written, and whether one has been received.
    [[nodiscard]] bool close_sent() const noexcept { return send_.close_sent; }
    [[nodiscard]] bool close_received() const noexcept { return reader_.closed(); }

    // Whether it is time to close the transport. Always `no` with close_policy::manual, and while a
    // frame of write_some() is open: end it, or give up by looking at failed() and close_received().
    [[nodiscard]] wspc::disconnect disconnect() const noexcept;

    [[nodiscard]] role self() const noexcept { return send_.self; }

private:
    // Judges messages when they are queued, and frames them when the wire is free.
    friend class session;

    // What a send touches, apart from the pong: in the first cache line of the connection.
    struct sending {
        masking_keys* keys;
        const connection_config* config;
        std::uint64_t frame_left = 0;  // payload of the open frame that is still to be written
        masking_key frame_key{};       // of its next byte
        std::uint16_t close_due = 0;   // code of the Close that is due; 0: none
        role self;
        opcode message = opcode::continuation;  // that is being sent; continuation: none
        utf8_state utf8 = utf8_state::accept;   // behind what was sent of it
        bool close_sent = false;
        bool close_given_up = false;  // it cannot be written: no key, or a frame that broke off
        bool pong_due = false;
        std::uint8_t pong_size = 0;
        bool quiet = true;  // no pong is due, and ended() is false: one test for what is seldom otherwise
    };
    static_assert(sizeof(sending) <= 64);

    [[nodiscard]] bool frame_open() const noexcept { return send_.frame_left != 0; }
    [[nodiscard]] bool between_messages() const noexcept {
        return !frame_open() && send_.message == opcode::continuation && !send_.close_sent;
    }
    [[nodiscard]] bool masks() const noexcept { return send_.self == role::client; }
    // Whether this may be a message by itself.
    [[nodiscard]] bool may_be_whole(opcode op, std::span<const std::byte> payload) const noexcept {
        return op == opcode::binary ||
               (op == opcode::text && (!send_.config->check_sent_utf8 || is_utf8(payload)));
    }
    // write() of any frame. Arguments and result go in registers (System V, ARM64): what has just been
    // written to memory and is read in other pieces waits there.
    struct outcome {
        std::size_t bytes;  // written, or else needed
        error code;
    };
    outcome write_any(std::span<std::byte> out, std::span<const std::byte> payload, opcode op,
                      bool fin) noexcept;
    // The peer will send nothing more that counts.
    [[nodiscard]] bool ended() const noexcept { return reader_.closed() || reader_.failed(); }
    // RFC 6455 5.5.1: nothing is sent once both have closed.
    [[nodiscard]] bool over() const noexcept { return send_.close_sent && ended(); }
    [[nodiscard]] error judge(opcode op, std::span<const std::byte> payload, bool fin,
                              utf8_state& utf8) const noexcept;
    [[nodiscard]] error judge_data(opcode op, std::span<const std::byte> payload, bool fin,
                                   utf8_state& utf8) const noexcept {
        // RFC 6455 5.5.1: no data behind our Close. Until it is written, data still goes out: what
        // arrived in one read with the peer's Close wants its answer.
        if (send_.close_sent) return error::closed;
        // RFC 6455 5.4: the frames of a message follow each other, the first with the opcode.
        const bool continues = op == opcode::continuation;
        if (continues != (send_.message != opcode::continuation)) return error::wrong_message;
        utf8 = continues ? send_.utf8 : utf8_state::accept;
        const opcode message = continues ? send_.message : op;
        return message == opcode::text && send_.config->check_sent_utf8 ? judge_text(payload, fin, utf8)
                                                                        : error::none;
    }
    [[nodiscard]] static error judge_text(std::span<const std::byte> payload, bool fin,
                                          utf8_state& utf8) noexcept;
    [[nodiscard]] error draw_key(masking_key& key) noexcept {
        if (send_.self == role::server || send_.config->zero_masking) return error::none;
        // RFC 6455 5.3: a client masks every frame with a fresh key.
        if (send_.keys == nullptr) return error::no_randomness;
        const result<masking_key> drawn = send_.keys->next();
        key = drawn.value;
        return drawn.code;
    }
    // Advances the message that is being sent by one frame.
    void sent(opcode op, bool fin, utf8_state utf8) noexcept {
        if (is_control(op)) return;
        if (op != opcode::continuation) send_.message = op;
        if (fin) send_.message = opcode::continuation;
        send_.utf8 = utf8;
    }
    [[nodiscard]] error judge_reason(std::string_view reason) const noexcept;
    // Whether a pong is due, as far as the closing handshake goes.
    [[nodiscard]] bool pong_due() const noexcept { return send_.pong_due && !over(); }
    // Why the Close that is due goes out: says in words what the peer did wrong.
    [[nodiscard]] std::string_view due_reason() const noexcept;
    void pong_done() noexcept {
        send_.pong_due = false;
        send_.quiet = !ended();
    }
    write_result write_pong(std::span<std::byte> out) noexcept;
    write_result write_due_close(std::span<std::byte> out, std::uint64_t now) noexcept;
    write_result write_control(std::span<std::byte> out, opcode op,
                               std::span<const std::byte> payload) noexcept;
    void note(const event& last) noexcept;

    sending send_;
    message_reader reader_;
    std::byte pong_[max_control_payload];  // payload of the newest ping
};

static_assert(sizeof(connection) <= 384);

#undef WSPC_WRITE_INLINE

}  // namespace v0
}  // namespace wspc
