// SPDX-License-Identifier: Apache-2.0
#include <wspc/frame_reader.hpp>

#include <algorithm>
#include <cstring>

namespace wspc {
inline namespace v0 {

frame_piece frame_reader::fail(error code, std::uint64_t offset) noexcept {
    failure_ = code;
    offset_ = offset;
    frame_piece piece;
    piece.kind = piece_kind::failed;
    return piece;
}

frame_piece frame_reader::take_payload(std::span<std::byte> bytes) noexcept {
    frame_piece piece;
    piece.kind = piece_kind::piece;
    piece.header.length = held_.payload.remaining;
    piece.header.op = op();
    piece.header.rsv = static_cast<std::uint8_t>(first_ & 0x70);
    piece.header.fin = fin();
    piece.header.masked = masked_;
    const part taken = take(bytes.size());
    piece.header.key = taken.key;
    piece.bytes = bytes.first(taken.size);
    piece.consumed = taken.size;
    piece.ends = taken.following == 0;
    return piece;
}

frame_piece frame_reader::begin(const frame_header& header, std::size_t header_bytes,
                                std::span<std::byte> bytes) noexcept {
    first_ =
        static_cast<std::uint8_t>((header.fin ? 0x80u : 0u) | header.rsv | static_cast<unsigned>(header.op));
    masked_ = header.masked;
    usual_ = false;
    kept_ = 0;
    held_.payload = {header.length, header.key};
    offset_ += header_bytes;
    frame_piece piece = take_payload(bytes.subspan(header_bytes));
    piece.begins = true;
    piece.consumed += header_bytes;
    return piece;
}

frame_piece frame_reader::locate(std::span<std::byte> bytes) noexcept {
    frame_piece none;
    if (failure_ != error::none) {
        none.kind = piece_kind::failed;
        return none;
    }
    if (bytes.empty()) return none;
    if (in_payload_) return take_payload(bytes);

    // The usual case decodes where the bytes lie. A header that was cut is put together first: it
    // is tiny, so decoding it again costs less than a machine that can stop at every octet.
    std::byte together[max_header_size];
    std::span<const std::byte> front = bytes;
    if (kept_ != 0) {
        const std::size_t added = std::min(bytes.size(), max_header_size - kept_);
        std::memcpy(together, held_.bytes, kept_);
        std::memcpy(together + kept_, bytes.data(), added);
        front = {together, kept_ + added};
    }
    const decoded_header decoded = decode_header(front, rules_);
    switch (decoded.status) {
        case decode_status::complete: return begin(decoded.header, decoded.size - kept_, bytes);
        case decode_status::failed: return fail(decoded.code, offset_ - kept_ + decoded.size);
        case decode_status::need_more: break;
    }
    std::memcpy(held_.bytes + kept_, bytes.data(), bytes.size());
    kept_ = static_cast<std::uint8_t>(kept_ + bytes.size());
    offset_ += bytes.size();
    none.header = decoded.header;
    none.length_known = decoded.length_known;
    none.consumed = bytes.size();
    return none;
}

// begin_usual() for a header whose last octets come now, which is put together as in locate().
bool frame_reader::gather_usual(std::span<std::byte>& bytes) noexcept {
    const std::size_t header = usual_size();
    if (failure_ != error::none || kept_ >= header) return false;
    std::byte together[6];
    const std::size_t taken = header - kept_;
    for (std::size_t i = 0; i < header; ++i) together[i] = i < kept_ ? held_.bytes[i] : bytes[i - kept_];
    const usual_header found = judge_usual(together);
    if (found.length > max_control_payload) return false;

    begin_usual(together, found);
    offset_ += taken;
    bytes = bytes.subspan(taken);
    return true;
}

frame_piece frame_reader::read(std::span<std::byte> bytes) noexcept {
    const frame_piece piece = locate(bytes);
    if (piece.header.masked && !piece.bytes.empty()) mask(piece.bytes, piece.header.key);
    return piece;
}

void frame_reader::unread(std::size_t count) noexcept {
    if (count == 0) return;
    held_.payload.remaining += count;
    held_.payload.key = key_after(held_.payload.key, 4 - (count & 3));
    in_payload_ = true;
    offset_ -= count;
}

}  // namespace v0
}  // namespace wspc
