// SPDX-License-Identifier: Apache-2.0
// The message reader's part for messages that an extension must restore (RFC 6455 5.8, RFC 7692 6).
#include <algorithm>
#include <bit>

#include "kernels/dispatch.hpp"
#include "message_reader_output.hpp"

namespace wspc {
inline namespace v0 {

// Judges what a transform gave, in the order of the bytes: what is wrong first is told first, however
// much came at once.
error message_reader::take_restored(std::span<const std::byte> restored, bool last, output& out) noexcept {
    const std::uint64_t left = options_->limits.max_message - message_size_;
    const bool too_big = restored.size() > left;
    const std::span<const std::byte> allowed =
        too_big ? restored.first(static_cast<std::size_t>(left)) : restored;
    if (must_be_utf8()) {
        utf8_ = out.kernel.utf8(allowed.data(), allowed.size(), utf8_);
        if (utf8_ == utf8_state::reject) return error::text_not_utf8;
        if (last && !too_big && utf8_ != utf8_state::accept) return error::text_not_utf8;
    }
    // RFC 6455 10.4: the limit is on what unfolds, not on what was sent.
    if (too_big) return error::message_too_big;
    message_size_ += restored.size();
    return error::none;
}

// A message that its extension must restore. Input goes to the transform in bounded chunks, unmasked
// into scratch of our own, so that what the transform does not take can be fed again as it was.
message_reader::next message_reader::restore_piece(const frame_piece& piece, std::span<std::byte>& bytes,
                                                   output& out) noexcept {
    // Restored bytes have no place in the stream: a fault in them is put down to the end of the
    // frame that carried it, in every split.
    const std::uint64_t frame_end = frames_.offset() + frames_.remaining() - 1;
    const bool ends_message = piece.ends && fin_;
    if (out.room.empty()) return fail(error::no_room, frame_end, out.at);

    std::byte chunk[512];
    std::span<std::byte> input = piece.bytes;
    masking_key key = piece.header.key;
    std::span<std::byte> room = out.room;
    transform_status status = transform_status::more;
    while (!room.empty() && status == transform_status::more) {
        const std::size_t size = std::min(input.size(), sizeof chunk);
        if (size != 0) out.kernel.mask_copy(chunk, input.data(), size, std::bit_cast<std::uint32_t>(key));
        std::span<const std::byte> in{chunk, size};
        const std::size_t room_before = room.size();
        status = incoming_->step(incoming_->context, in, room, ends_message && size == input.size());
        const std::size_t taken = size - in.size();
        input = input.subspan(taken);
        key = key_after(key, taken);
        if (status == transform_status::more && taken == 0 && room.size() == room_before) {
            // RFC 7692 7.2.2: the restored message ends where the frames end, not later.
            if (!input.empty() || ends_message) status = transform_status::failed;
            break;
        }
    }
    // Nor sooner.
    if (status == transform_status::done && (!ends_message || !input.empty()))
        status = transform_status::failed;
    const bool last = status == transform_status::done;

    const std::span<std::byte> restored = out.room.first(out.room.size() - room.size());
    const error fault = take_restored(restored, last, out);
    if (fault != error::none) return fail(fault, frame_end, out.at);
    if (status == transform_status::failed) return fail(error::transform_failed, frame_end, out.at);

    // The room is full: what was not taken comes again, and be it one byte that was.
    draining_ = room.empty() && !last && input.empty();
    frames_.unread(input.size());
    const std::size_t again = draining_ ? 1 : input.size();
    bytes = {bytes.data() - again, bytes.size() + again};
    if (restored.empty() && !last) return next::again;
    out.used = restored.size();
    return deliver(restored, last, out.at);
}

}  // namespace v0
}  // namespace wspc
