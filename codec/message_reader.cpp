// SPDX-License-Identifier: Apache-2.0
// One step takes one piece of one frame, judges it and tells at most one event. What has no rule of its
// own takes shorter ways: whole messages go to the kernels' run(), or whole() where one event is wanted; the
// rest of a payload goes to plain_piece(), and the beginning of a short frame to usual_frame().
#include <wspc/message_reader.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

#include "close_rules.hpp"
#include "kernels/words.inl"
#include "message_reader_output.hpp"
#include "utf8_dfa.hpp"

namespace wspc {
inline namespace v0 {

// What a header shows beyond decode_header, and which octet of the header decided it.
struct message_reader::verdict {
    error code = error::none;
    std::size_t octet = 0;
};

namespace {

// Below so many octets, a call costs more than it saves.
constexpr std::size_t few = 8;

WSPC_INLINE void unmask_few(std::span<std::byte> bytes, std::uint32_t key) noexcept {
    for (std::byte& octet : bytes) {
        octet ^= kernels::first_octet(key);
        key = kernels::rotated(key, 1);
    }
}

// Whether `following` octets can make a text valid whose validation is in `state`.
WSPC_INLINE bool good_so_far(utf8_state state, std::uint64_t following) noexcept {
    return state != utf8_state::reject && (following >= 3 || missing(state) <= following);
}

// The longest frame that passes no limit, as far as run goes; 0 if that is too short for it.
std::uint16_t most_of_run(const reader_options& options) noexcept {
    const std::uint64_t most =
        std::min({std::uint64_t{UINT16_MAX}, options.limits.max_frame, options.limits.max_message});
    const bool runs = options.run && most >= max_control_payload && options.limits.max_fragments >= 1;
    return runs ? static_cast<std::uint16_t>(most) : std::uint16_t{0};
}

}  // namespace

message_reader::message_reader(role receiver, const reader_options& options,
                               const transform* incoming) noexcept
    : frames_{header_rules{receiver, 0, options.any_masking}},
      run_most_{most_of_run(options)},
      options_{&options},
      incoming_{incoming} {}

// --- headers

message_reader::verdict message_reader::judge_header(const frame_header& header,
                                                     bool length_known) const noexcept {
    if (is_control(header.op)) return {};
    const bool continues = header.op == opcode::continuation;
    // RFC 6455 5.4: a continuation needs an open message, and nothing else may begin inside one.
    if (continues && !message_open()) return {error::unexpected_continuation, 0};
    if (!continues && message_open()) return {error::expected_continuation, 0};
    // RFC 6455 10.4: what an implementation takes is limited.
    const limits& most = options_->limits;
    const std::uint32_t before = continues ? fragments_ : 0;
    if (before >= most.max_fragments && most.max_fragments != UINT32_MAX)
        return {error::too_many_fragments, 0};
    if (!length_known) return {};

    const std::size_t last_of_length = header_size(header.length, false) - 1;
    if (header.length > most.max_frame) return {error::frame_too_big, last_of_length};
    // What is transformed shows its size when it is restored.
    if (continues ? transformed_ : (header.rsv & transform_rsv()) != 0) return {};
    const std::uint64_t so_far = continues ? message_size_ : 0;
    if (header.length > most.max_message - so_far) return {error::message_too_big, last_of_length};
    // RFC 6455 8.1: a text whose last frame is too short for the character that has begun.
    if (continues && header.fin && must_be_utf8() && missing(utf8_) > header.length)
        return {error::text_not_utf8, last_of_length};
    return {};
}

message_reader::next message_reader::header_failed(opcode op, std::uint64_t start, output& out) noexcept {
    const failure failed = frames_.failed();
    if (failed.offset != start) {
        // An earlier octet of the same header may be wrong in its place, if not by itself.
        frame_header header;
        header.op = op;
        if (const verdict v = judge_header(header, false); v.code != error::none)
            return fail(v.code, start, out.at);
    }
    return fail(failed.code, failed.offset, out.at);
}

message_reader::next message_reader::begin_frame(const frame_piece& piece, output& out) noexcept {
    const frame_header& header = piece.header;
    if (const verdict v = judge_header(header, true); v.code != error::none) {
        const std::uint64_t start =
            frames_.offset() - piece.bytes.size() - header_size(header.length, header.masked);
        return fail(v.code, start + v.octet, out.at);
    }
    if (is_control(header.op)) {
        control_size_ = 0;
        return next::again;
    }
    fin_ = header.fin;
    if (header.op == opcode::continuation) {
        if (fragments_ != UINT32_MAX) ++fragments_;
    } else {
        begin_message(header.op, header.rsv);
    }
    return next::again;
}

WSPC_INLINE void message_reader::begin_message(opcode op, std::uint8_t rsv) noexcept {
    transformed_ = (rsv & transform_rsv()) != 0;
    piece_ = {event_kind::data, op, true, false, 0, static_cast<std::uint8_t>(rsv & ~transform_rsv())};
    // A reserved bit that no transform takes away says that the payload is not plain text.
    check_ = op == opcode::text && options_->check_utf8 && piece_.rsv == 0;
    fragments_ = 1;
    message_size_ = 0;
}

// --- data

// Unmasks a piece of a text and gives the state behind it. A few octets need no call.
WSPC_INLINE utf8_state message_reader::validate(std::span<std::byte> bytes, std::uint32_t key,
                                                const kernels::table& kernel) const noexcept {
    if (bytes.size() >= few)
        return frames_.masked() ? kernel.mask_utf8(bytes.data(), bytes.size(), key, utf8_)
                                : kernel.utf8(bytes.data(), bytes.size(), utf8_);
    if (frames_.masked()) unmask_few(bytes, key);
    utf8_state state = utf8_;
    for (const std::byte octet : bytes) state = utf8_step(state, octet);
    return state;
}

// Takes up a piece of a text, which brought the validation to `state`. RFC 6455 8.1: a text fails at the
// first octet that nothing can follow to make it valid.
WSPC_INLINE bool message_reader::take_text(std::span<const std::byte> bytes, const frame_reader::part& part,
                                           utf8_state state, event& at) noexcept {
    const std::uint64_t following = fin_ ? part.following : UINT64_MAX;
    if (!good_so_far(state, following)) {
        (void)fail_text(bytes, following, at);
        return false;
    }
    utf8_ = state;
    return true;
}

WSPC_NOINLINE message_reader::progress message_reader::fail_text(std::span<const std::byte> bytes,
                                                                 std::uint64_t following,
                                                                 event& at) noexcept {
    const std::uint64_t start = frames_.offset() - bytes.size();
    (void)fail(error::text_not_utf8, start + first_invalid(bytes, utf8_, following), at);
    return {bytes.size(), 1};
}

// A piece of a frame that is short as a whole: unmasked into `slot`, where all of it would have been.
WSPC_INLINE bool message_reader::take_short(std::span<std::byte>& bytes, const frame_reader::part& part,
                                            const kernels::table& kernel, std::byte* slot,
                                            event& at) noexcept {
    const auto key = std::bit_cast<std::uint32_t>(part.key);
    const bool ascii = kernel.unmask_short(slot, bytes.data(), bytes.size(), key);
    bytes = {slot, bytes.size()};
    if (!must_be_utf8() || (ascii && utf8_ == utf8_state::accept)) return true;
    return take_text(bytes, part, kernel.utf8(slot, bytes.size(), utf8_), at);
}

// Inline, as its parts are: of a message that arrives in many small reads, each takes this way.
WSPC_INLINE message_reader::next message_reader::data_piece(std::span<std::byte> bytes,
                                                            const frame_reader::part& part,
                                                            const kernels::table& kernel, std::byte* slot,
                                                            event& at) noexcept {
    const bool ends = part.following == 0;
    const bool last = ends && fin_;
    const auto key = std::bit_cast<std::uint32_t>(part.key);
    const bool is_few = bytes.size() < few;
    if (!is_few && slot != nullptr && frames_.usual_frame() && frames_.masked()) {
        if (!take_short(bytes, part, kernel, slot, at)) return next::event;
    } else if (must_be_utf8()) {
        if (!take_text(bytes, part, validate(bytes, key, kernel), at)) return next::event;
    } else if (frames_.masked()) {
        if (is_few)
            unmask_few(bytes, key);
        else
            kernel.mask(bytes.data(), bytes.size(), key);
    }
    plain_payload_ = !ends;
    message_size_ += bytes.size();
    // An empty frame says nothing unless it begins or ends its message.
    if (bytes.empty() && !last && (!piece_.first || !ends)) return next::again;
    return deliver(bytes, last, at);
}

// The rest of the payload at hand, or as much of it as `bytes` holds.
WSPC_INLINE message_reader::next message_reader::plain_piece(std::span<std::byte>& bytes,
                                                             const kernels::table& kernel, std::byte* slot,
                                                             event& at) noexcept {
    const frame_reader::part part = frames_.take(bytes.size());
    const std::span<std::byte> payload = bytes.first(part.size);
    bytes = bytes.subspan(part.size);
    return data_piece(payload, part, kernel, slot, at);
}

// A frame like most, of which the end of the bytes cuts payload off; another one is left where it is.
WSPC_INLINE message_reader::next message_reader::usual_frame(std::span<std::byte>& bytes,
                                                             const kernels::table& kernel, std::byte* slot,
                                                             event& at) noexcept {
    if (!frames_.begin_usual(bytes)) return next::again;
    fin_ = true;
    begin_message(frames_.op(), 0);
    return plain_piece(bytes, kernel, slot, at);
}

// --- control frames

message_reader::next message_reader::control_piece(const frame_piece& piece, output& out) noexcept {
    const std::span<std::byte> bytes = piece.bytes;
    const frame_header& header = piece.header;
    if (header.masked) out.kernel.mask(bytes.data(), bytes.size(), std::bit_cast<std::uint32_t>(header.key));

    std::span<std::byte> payload = bytes;
    if (control_size_ != 0 || !piece.ends) {
        if (!bytes.empty()) std::memcpy(control_ + control_size_, bytes.data(), bytes.size());
        control_size_ = static_cast<std::uint8_t>(control_size_ + bytes.size());
        payload = {control_, control_size_};
    }
    if (header.op == opcode::close) {
        const std::uint64_t following = header.length - bytes.size();
        const close_fault fault = judge_close_body(payload, following, options_->check_utf8);
        if (fault.code != error::none)
            return fail(fault.code, frames_.offset() - payload.size() + fault.octet, out.at);
    }
    if (!piece.ends) return next::again;
    if (payload.data() == control_ && out.control != nullptr) {
        std::memcpy(out.control, control_, payload.size());
        payload = {out.control, payload.size()};
    }
    control_size_ = 0;
    return control_complete(header.op, payload, out);
}

message_reader::next message_reader::control_complete(opcode op, std::span<std::byte> payload,
                                                      output& out) noexcept {
    out.at = event{};
    out.at.op = op;
    out.at.bytes = payload;
    if (op == opcode::close) {
        closed_ = true;
        out.at.kind = event_kind::close;
        // RFC 6455 7.1.5: a Close without a code counts as 1005.
        out.at.code = payload.empty() ? no_close_code : close_code_of(payload);
        if (!payload.empty()) out.at.bytes = payload.subspan(2);
    } else {
        out.at.kind = op == opcode::ping ? event_kind::ping : event_kind::pong;
    }
    return next::event;
}

// --- the loop

message_reader::next message_reader::fail(error code, std::uint64_t offset, event& at) noexcept {
    failure_ = code;
    plain_payload_ = false;
    message_size_ = offset;
    at = event{};
    at.kind = event_kind::failed;
    at.code = static_cast<std::uint16_t>(code);
    at.offset = offset;
    return next::event;
}

// All bytes went into a header that is not complete; it may be wrong already.
message_reader::next message_reader::no_piece(const frame_piece& none, output& out) noexcept {
    const std::size_t partial = frames_.partial_header().size();
    if (partial == 0) return next::done;
    const verdict v = judge_header(none.header, none.length_known);
    if (v.code != error::none) return fail(v.code, frames_.offset() - partial + v.octet, out.at);
    return next::done;
}

message_reader::next message_reader::step(std::span<std::byte>& bytes, output& out) noexcept {
    if (draining_) {
        // The byte at the front was taken the last time; the frame reader has passed it already.
        frame_piece taken;
        taken.ends = frames_.remaining() == 0;
        bytes = bytes.subspan(1);
        return restore_piece(taken, bytes, out);
    }
    const std::span<const std::byte> partial = frames_.partial_header();
    const std::uint64_t start = frames_.offset() - partial.size();
    const auto op =
        static_cast<opcode>(std::to_integer<unsigned>(partial.empty() ? bytes[0] : partial[0]) & 0x0f);
    if (frames_.at_border()) {
        // RFC 7692 6: the bit stands on the first frame of a message only.
        const auto allowed = static_cast<std::uint8_t>(options_->allowed_rsv | transform_rsv());
        frames_.allow_rsv(message_open() ? std::uint8_t{0} : allowed);
    }
    const frame_piece piece = frames_.locate(bytes);
    bytes = bytes.subspan(piece.consumed);
    switch (piece.kind) {
        case piece_kind::none: return no_piece(piece, out);
        case piece_kind::failed: return header_failed(op, start, out);
        case piece_kind::piece: break;
    }
    if (piece.begins)
        if (const next n = begin_frame(piece, out); n != next::again) return n;
    if (is_control(piece.header.op)) return control_piece(piece, out);
    if (transformed_) return restore_piece(piece, bytes, out);
    return data_piece(piece.bytes, {piece.bytes.size(), piece.header.key, frames_.remaining()}, out.kernel,
                      nullptr, out.at);
}

// Whole messages, as many as lie at the front and as the batch has room for behind `count` events and `slot`
// slots; their number.
WSPC_INLINE std::uint32_t message_reader::run(std::span<std::byte>& bytes, const kernels::table& kernel,
                                              const batch_memory& batch, std::uint32_t count,
                                              std::uint32_t slot) noexcept {
    const auto run = kernel.run[receiver() == role::server ? 1 : 0][options_->check_utf8 ? 1 : 0];
    const kernels::run_result taken =
        run(bytes.data(), bytes.size(), batch.events + count,
            batch.scratch + std::size_t{slot} * scratch_size, batch.capacity - slot, run_most_);
    frames_.skip(taken.size);
    bytes = bytes.subspan(taken.size);
    return taken.count;
}

// The ways through a read, in the order of what it holds most often: whole messages, the rest of one, and the
// beginning of one. Each hands what is left to the next, and receive_any() takes everything. Bytes and places
// go by value, since what has an address lies in memory, and each way ends with a jump to the next.
message_reader::progress message_reader::receive_batch(std::span<std::byte> bytes,
                                                       const batch_memory& batch) noexcept {
    if (plain_payload_) return bytes.size() < few ? receive_few(bytes, batch) : receive_rest(bytes, batch);
    if (can_run(bytes) && !stopped() && batch.capacity != 0) return receive_whole(bytes, batch, 0);
    return receive_cut(bytes, batch, 0, 0);
}

// A few octets inside a payload, as slow peers and hostile ones send them.
message_reader::progress message_reader::receive_few(std::span<std::byte> bytes,
                                                     const batch_memory& batch) noexcept {
    const std::size_t size = bytes.size();
    if (size == 0 || size >= frames_.remaining() || batch.capacity == 0) return receive_rest(bytes, batch);
    event& at = *batch.events;
    const frame_reader::part part = frames_.take_inside(size);
    if (frames_.masked()) unmask_few(bytes, std::bit_cast<std::uint32_t>(part.key));
    if (must_be_utf8()) {
        utf8_state state = utf8_;
        for (const std::byte octet : bytes) state = utf8_step(state, octet);
        const std::uint64_t following = fin_ ? part.following : UINT64_MAX;
        if (!good_so_far(state, following)) return fail_text(bytes, following, at);
        utf8_ = state;
    }
    message_size_ += size;
    (void)deliver(bytes, false, at);
    return {size, 1};
}

// Behind `taken` bytes; one event has been told if there are any.
WSPC_NOINLINE message_reader::progress message_reader::receive_whole(std::span<std::byte> fed,
                                                                     const batch_memory& batch,
                                                                     std::size_t taken) noexcept {
    std::uint32_t count = taken != 0 ? 1 : 0;
    std::span<std::byte> bytes = fed.subspan(taken);
    count += run(bytes, kernels::active(), batch, count, count);
    taken = fed.size() - bytes.size();
    if (bytes.empty() || count == batch.capacity) return {taken, count};
    return receive_cut(fed, batch, taken, count);
}

message_reader::progress message_reader::receive_rest(std::span<std::byte> fed,
                                                      const batch_memory& batch) noexcept {
    if (fed.empty() || batch.capacity == 0) return {};
    std::span<std::byte> bytes = fed;
    (void)plain_piece(bytes, kernels::active(), batch.scratch, *batch.events);
    const std::size_t taken = fed.size() - bytes.size();
    if (bytes.empty() || (batch.capacity == 1 && !stopped())) return {taken, 1};
    if (can_run(bytes) && !stopped()) return receive_whole(fed, batch, taken);
    return receive_cut(fed, batch, taken, 1);
}

message_reader::progress message_reader::receive_cut(std::span<std::byte> fed, const batch_memory& batch,
                                                     std::size_t taken, std::uint32_t count) noexcept {
    if (run_most_ == 0 || count == batch.capacity || message_open() || frames_.in_payload() || stopped())
        return receive_any(fed, batch, taken, count);
    if (!frames_.cuts_usual(fed.size() - taken)) return receive_usual(fed, batch, taken, count);
    if (frames_.keep_usual(fed.subspan(taken))) return {fed.size(), count};
    return receive_any(fed, batch, taken, count);
}

WSPC_NOINLINE message_reader::progress message_reader::receive_usual(std::span<std::byte> fed,
                                                                     const batch_memory& batch,
                                                                     std::size_t taken,
                                                                     std::uint32_t count) noexcept {
    std::span<std::byte> bytes = fed.subspan(taken);
    std::byte* const slot = batch.scratch + std::size_t{count} * scratch_size;
    if (usual_frame(bytes, kernels::active(), slot, batch.events[count]) == next::event) ++count;
    if (bytes.empty()) return {fed.size(), count};
    return receive_any(fed, batch, fed.size() - bytes.size(), count);
}

// Goes on behind the first `taken` bytes, of which `count` events tell. No payload of plain data goes on
// here: the rest of one at the front was receive_rest()'s, and a piece that does not end its frame leaves no
// bytes.
message_reader::progress message_reader::receive_any(std::span<std::byte> fed, const batch_memory& batch,
                                                     std::size_t taken, std::uint32_t count) noexcept {
    const kernels::table& kernel = kernels::active();
    std::span<std::byte> bytes = fed.subspan(taken);
    std::uint32_t slot = count;  // scratch is used by the slot; restored bytes may take several
    while (!bytes.empty() && !stopped() && slot < batch.capacity) {
        event* const at = batch.events + count;
        std::byte* const scratch = batch.scratch + std::size_t{slot} * scratch_size;
        if (can_run(bytes)) {
            const std::uint32_t told = run(bytes, kernel, batch, count, slot);
            count += told;
            slot += told;
            // If it told nothing, it stopped before something that it does not take.
            if (told != 0) continue;
        }
        output out{kernel, *at, scratch, {scratch, (batch.capacity - slot) * scratch_size}};
        if (step(bytes, out) != next::event) continue;
        ++count;
        slot += static_cast<std::uint32_t>(
            std::max<std::size_t>(1, (out.used + scratch_size - 1) / scratch_size));
        // RFC 6455 5.5.2: a ping is answered before the next one replaces it.
        if (at->kind == event_kind::ping) break;
    }
    if (stopped()) return {fed.size(), count};
    return {static_cast<std::size_t>(bytes.data() - fed.data()), count};
}

std::size_t message_reader::receive_one(std::span<std::byte> bytes, std::span<std::byte> room,
                                        event& got) noexcept {
    const std::size_t size = bytes.size();
    const kernels::table& kernel = kernels::active();
    if (can_run(bytes) && !stopped()) {
        const auto whole = kernel.whole[receiver() == role::server ? 1 : 0][options_->check_utf8 ? 1 : 0];
        const std::size_t taken = whole(bytes.data(), size, &got, run_most_);
        frames_.skip(taken);
        if (taken != 0) return taken;
    }
    output out{kernel, got, nullptr, room};
    bool told = false;
    while (!told && !bytes.empty() && !stopped())
        told = (plain_payload_ ? plain_piece(bytes, kernel, nullptr, got) : step(bytes, out)) == next::event;
    if (!told) got = {};
    return stopped() ? size : size - bytes.size();
}

}  // namespace v0
}  // namespace wspc
