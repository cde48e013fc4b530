// SPDX-License-Identifier: Apache-2.0
// From bytes to messages (RFC 6455 5.4 to 5.6, 7.4, 8.1): fragmentation, control frames in between,
// reserved bits, UTF-8 across frames, limits, and the rules of Close.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wspc/error.hpp>
#include <wspc/event.hpp>
#include <wspc/frame.hpp>
#include <wspc/frame_reader.hpp>
#include <wspc/utf8.hpp>

namespace wspc {
inline namespace v0 {

// What a peer may make us work through; all inclusive. They are judged when a frame's length has
// arrived, before its payload does.
struct limits {
    // Against a frame that a proxy or an application would have to hold as a whole: frame_too_big.
    std::uint64_t max_frame = 16u << 20;
    // Against endless fragments, and bombs that unfold behind a transform: message_too_big.
    std::uint64_t max_message = 16u << 20;
    // Against floods of empty or tiny fragments: too_many_fragments. UINT32_MAX is no limit.
    std::uint32_t max_fragments = 262'144;
};

enum class transform_status : std::uint8_t {
    more,    // took input or gave output; wants another call with more input or more room
    done,    // the message is complete: `last` was set and all output has been given
    failed,  // the input is not what the extension allows
};

// An extension's way to restore one message, piece by piece and in bounded memory. Stands between
// the fragmentation rules and UTF-8; control frames never meet it (RFC 6455 5.8, RFC 7692 6).
struct transform {
    void* context = nullptr;
    // Takes from the front of `in` and gives at the front of `out`, shrinking both. `last` says
    // that `in` is the end of the message; it is called until it answers done. It must take
    // something or give something whenever `in` has bytes and `out` has room.
    transform_status (*step)(void* context, std::span<const std::byte>& in, std::span<std::byte>& out,
                             bool last) noexcept = nullptr;
    // The reserved bit that marks the first frame of a message as transformed.
    std::uint8_t rsv = 0;
};

namespace kernels {
struct table;
}

// How to read; shared by any number of readers, which keep a pointer to it.
struct reader_options {
    wspc::limits limits{};
    // Whether text and reasons must be UTF-8 (RFC 6455 8.1). Off only for WebSocket relays and for
    // websocket.h's WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE.
    bool check_utf8 = true;
    // Take frames masked or not (header_rules::any_masking).
    bool any_masking = false;
    // Reserved bits that extensions claimed and that no transform takes away: the application gets
    // such messages as they are, with event::rsv set, unvalidated.
    std::uint8_t allowed_rsv = 0;
    // Whether whole messages go through the kernels' run() and whole(), and the beginnings of short ones past
    // the rules that cannot concern them. Both ways give the same events; tests compare them.
    bool run = true;
};

inline constexpr reader_options default_reader_options{};

// A reader for one direction of one connection. Never allocates. Any split of the same bytes gives
// the same events, up to the borders between the pieces of a message, and the same failure.
class message_reader {
public:
    // `options` and `incoming`, which may be null, must outlive the reader.
    explicit message_reader(role receiver, const reader_options& options = default_reader_options,
                            const transform* incoming = nullptr) noexcept;
    message_reader(role, const reader_options&&, const transform* = nullptr) = delete;

    // Reads the front of `bytes`, unmasking in place or into the batch. All bytes are consumed
    // unless the batch fills up or ends with a ping (so that it can be answered before the next
    // one, RFC 6455 5.5.2). Behind a Close or a failure everything is consumed and ignored. A
    // caller that copies long payloads on feeds 16 KiB at a time, so that they are in the L1 cache still.
    [[nodiscard]] received receive(std::span<std::byte> bytes, const batch_memory& batch) noexcept {
        const progress made = receive_batch(bytes, batch);
        return {{batch.events, made.count}, made.taken};
    }

    // The same, one event at a time, every span in `bytes`; only a control frame that arrived in
    // several pieces is shown in the reader's own memory. What a transform restores goes to
    // `room`; without room, a transformed message fails with no_room.
    [[nodiscard]] received_one receive_one(std::span<std::byte> bytes,
                                           std::span<std::byte> room = {}) noexcept {
        received_one got;
        got.consumed = receive_one(bytes, room, got.event);
        return got;
    }

    // The same, with the event written to `got`, which lies outside `bytes` and `room`; event_kind::none
    // if there is none. Gives the bytes consumed.
    [[nodiscard]] std::size_t receive_one(std::span<std::byte> bytes, std::span<std::byte> room,
                                          event& got) noexcept;

    [[nodiscard]] failure failed() const noexcept {
        return failure_ == error::none ? failure{} : failure{failure_, message_size_};
    }

    // Whether a Close has been received: nothing is read behind it.
    [[nodiscard]] bool closed() const noexcept { return closed_; }

    // Whether a message has begun and not ended.
    [[nodiscard]] bool message_open() const noexcept { return piece_.op != opcode::continuation; }

    // Bytes consumed since the start of the stream, up to and including the Close, or up to failed().
    [[nodiscard]] std::uint64_t offset() const noexcept {
        // The frame at fault may have been consumed beyond the octet that decided, depending on the split.
        return failure_ != error::none ? message_size_ : frames_.offset() - (draining_ ? 1 : 0);
    }

    // Bytes of payload still to come in the frame at hand, if it is data that no transform restores; else,
    // and after a failure, 0. A caller who wants a large message in a certain place can receive so many
    // directly to there, and then feed them: they are unmasked where they lie, but for frames of up to 125
    // bytes, which receive() may unmask into the batch.
    [[nodiscard]] std::uint64_t remaining() const noexcept {
        return plain_payload_ ? frames_.remaining() : 0;
    }

    // Bytes of payload kept of a control frame that is not complete yet.
    [[nodiscard]] std::size_t partial_control() const noexcept { return control_size_; }

    [[nodiscard]] role receiver() const noexcept { return frames_.rules().receiver; }

private:
    // What one step did: there may be more to do, an event is complete, or the bytes are used up.
    enum class next : std::uint8_t { again, event, done };
    struct output;
    struct verdict;

    // What a call to receive() took and told: two registers (System V, ARM64), where a `received` goes
    // through memory.
    struct progress {
        std::size_t taken = 0;
        std::uint32_t count = 0;
    };

    [[nodiscard]] inline std::uint32_t run(std::span<std::byte>& bytes, const kernels::table& kernel,
                                           const batch_memory& batch, std::uint32_t count,
                                           std::uint32_t slot) noexcept;
    [[nodiscard]] progress receive_batch(std::span<std::byte> bytes, const batch_memory& batch) noexcept;
    [[nodiscard]] progress receive_few(std::span<std::byte> bytes, const batch_memory& batch) noexcept;
    [[nodiscard]] progress receive_whole(std::span<std::byte> fed, const batch_memory& batch,
                                         std::size_t taken) noexcept;
    [[nodiscard]] progress receive_rest(std::span<std::byte> fed, const batch_memory& batch) noexcept;
    [[nodiscard]] progress receive_cut(std::span<std::byte> fed, const batch_memory& batch, std::size_t taken,
                                       std::uint32_t count) noexcept;
    [[nodiscard]] progress receive_usual(std::span<std::byte> fed, const batch_memory& batch,
                                         std::size_t taken, std::uint32_t count) noexcept;
    [[nodiscard]] progress receive_any(std::span<std::byte> fed, const batch_memory& batch, std::size_t taken,
                                       std::uint32_t count) noexcept;
    next step(std::span<std::byte>& bytes, output& out) noexcept;
    next no_piece(const frame_piece& none, output& out) noexcept;
    next header_failed(opcode op, std::uint64_t start, output& out) noexcept;
    next begin_frame(const frame_piece& piece, output& out) noexcept;
    inline void begin_message(opcode op, std::uint8_t rsv) noexcept;
    [[nodiscard]] inline utf8_state validate(std::span<std::byte> bytes, std::uint32_t key,
                                             const kernels::table& kernel) const noexcept;
    [[nodiscard]] inline bool take_text(std::span<const std::byte> bytes, const frame_reader::part& part,
                                        utf8_state state, event& at) noexcept;
    [[nodiscard]] inline bool take_short(std::span<std::byte>& bytes, const frame_reader::part& part,
                                         const kernels::table& kernel, std::byte* slot, event& at) noexcept;
    inline next plain_piece(std::span<std::byte>& bytes, const kernels::table& kernel, std::byte* slot,
                            event& at) noexcept;
    inline next data_piece(std::span<std::byte> bytes, const frame_reader::part& part,
                           const kernels::table& kernel, std::byte* slot, event& at) noexcept;
    [[nodiscard]] inline next usual_frame(std::span<std::byte>& bytes, const kernels::table& kernel,
                                          std::byte* slot, event& at) noexcept;
    next restore_piece(const frame_piece& piece, std::span<std::byte>& bytes, output& out) noexcept;
    next control_piece(const frame_piece& piece, output& out) noexcept;
    next control_complete(opcode op, std::span<std::byte> payload, output& out) noexcept;
    error take_restored(std::span<const std::byte> restored, bool last, output& out) noexcept;
    inline next deliver(std::span<std::byte> bytes, bool last, event& at) noexcept;
    next fail(error code, std::uint64_t offset, event& at) noexcept;
    progress fail_text(std::span<const std::byte> bytes, std::uint64_t following, event& at) noexcept;

    [[nodiscard]] verdict judge_header(const frame_header& header, bool length_known) const noexcept;
    [[nodiscard]] std::uint8_t transform_rsv() const noexcept {
        return incoming_ != nullptr ? incoming_->rsv : std::uint8_t{0};
    }
    // Whether the open message is text that is to be checked.
    [[nodiscard]] bool must_be_utf8() const noexcept { return check_; }
    // Whether a frame may begin here that the kernels' run() and whole() take.
    [[nodiscard]] bool can_run(std::span<const std::byte> bytes) const noexcept {
        return run_most_ != 0 && bytes.size() >= 2 && (std::to_integer<unsigned>(bytes[1]) & 0x7f) < 127 &&
               !message_open() && frames_.at_border();
    }
    [[nodiscard]] bool stopped() const noexcept { return closed_ || failure_ != error::none; }

    // What the next event of the open message says but for its bytes: laid out as the end of `event`, which
    // takes it over as one word.
    struct piece_facts {
        event_kind kind = event_kind::data;
        opcode op = opcode::continuation;  // of the message; continuation if none is open
        bool first = true;                 // no piece of it has been delivered
        bool last = false;
        std::uint16_t code = 0;
        std::uint8_t rsv = 0;
        std::uint8_t unused = 0;
    };

    // What is small stands first, where the frame reader leaves room for it.
    [[no_unique_address]] frame_reader frames_;
    error failure_ = error::none;
    std::uint16_t run_most_ = 0;            // bytes of payload that may take a shorter way; 0: none
    utf8_state utf8_ = utf8_state::accept;  // of the open message; accept again when it has ended
    bool transformed_ = false;              // the open message must be restored
    piece_facts piece_;
    const reader_options* options_;
    const transform* incoming_;
    // Bytes of the open message so far, restored; after a failure, its offset.
    std::uint64_t message_size_ = 0;
    std::uint32_t fragments_ = 0;  // frames of the open message so far
    bool check_ = false;           // the open message must be UTF-8
    bool fin_ = false;             // of the frame at hand, if it is data
    bool plain_payload_ = false;   // the next byte is payload of data that no transform restores
    bool closed_ = false;
    // A transform filled the room to the brim and may have more to give. The byte that it took last
    // has not been reported as consumed, so that the caller comes back with it.
    bool draining_ = false;
    std::uint8_t control_size_ = 0;
    std::byte control_[max_control_payload];  // a control frame that is not complete yet
};

}  // namespace v0
}  // namespace wspc
