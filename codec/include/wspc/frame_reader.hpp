// SPDX-License-Identifier: Apache-2.0
// Finds frames in a stream of bytes that is cut anywhere, and unmasks their payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>
#include <wspc/mask.hpp>

namespace wspc {
inline namespace v0 {

// What a reader found at the front of the bytes it was fed.
enum class piece_kind : std::uint8_t {
    none,    // all bytes were consumed, and none of them was payload
    piece,   // a header, payload, or both
    failed,  // a header that no RFC 6455 peer sends: see frame_reader::failed()
};

// A part of one frame: as much of it as the fed bytes hold.
struct frame_piece {
    // As decoded, but `length` and `key` count from this piece on: in the piece that begins the
    // frame they are those of the wire. Where the bytes ended inside a
    // header: what is known of it.
    frame_header header;
    std::span<std::byte> bytes;  // payload; lies in the fed buffer
    std::size_t consumed = 0;    // bytes taken from the front of what was fed
    piece_kind kind = piece_kind::none;
    bool length_known = false;  // without a piece: whether header.length has arrived
    bool begins = false;        // the header became complete with this piece
    bool ends = false;          // the frame is complete with this piece
};

// A reader for one direction of one connection. It needs no memory beyond itself: of what it is fed
// it keeps only a partial header (at most 13 bytes). It judges what one header alone shows
// (decode_header); what frames mean together is message_reader's business.
//
//     for (auto piece = reader.read(bytes); piece.kind == piece_kind::piece; piece = reader.read(bytes)) {
//         ...
//         bytes = bytes.subspan(piece.consumed);
//     }
class frame_reader {
public:
    explicit frame_reader(const header_rules& rules) noexcept : rules_{rules} {}

    // The next piece in `bytes`, its payload unmasked where it lies. After a failure nothing is
    // consumed any more.
    [[nodiscard]] frame_piece read(std::span<std::byte> bytes) noexcept;

    // The same, with the payload left as it is: for callers that unmask while they copy or
    // validate, with the piece's header.key.
    [[nodiscard]] frame_piece locate(std::span<std::byte> bytes) noexcept;

    // The same inside a payload, where nothing has to be decoded: takes as much of `available` bytes as
    // belongs to the frame at hand. Only while in_payload().
    struct part {
        std::size_t size;
        masking_key key;          // of its first byte; meaningless unless masked()
        std::uint64_t following;  // bytes of payload that are still to come behind it
    };
    [[nodiscard]] part take(std::size_t available) noexcept {
        const std::uint64_t remaining = held_.payload.remaining;
        // Compared before it is narrowed: a length of 2^63 - 1 meets a 32-bit size_t here.
        const part taken =
            take_inside(remaining <= available ? static_cast<std::size_t>(remaining) : available);
        in_payload_ = taken.following != 0;
        return taken;
    }

    // take() of fewer bytes than remaining().
    [[nodiscard]] part take_inside(std::size_t size) noexcept {
        payload_state& payload = held_.payload;
        payload.remaining -= size;
        const part taken{size, payload.key, payload.remaining};
        payload.key = key_after(payload.key, size);
        offset_ += size;
        return taken;
    }

    // Takes back the last `count` bytes of payload that locate() or take() handed out: they must be fed
    // again. Only directly after the call that handed them out.
    void unread(std::size_t count) noexcept;

    // The header of a frame that most are like, taken without locate(): FIN, no reserved bit, text or binary,
    // of at most max_control_payload bytes, masked as the receiver demands. Only while not in_payload().
    // Whether such a header would not be complete with `size` more bytes:
    [[nodiscard]] bool cuts_usual(std::size_t size) const noexcept { return size + kept_ < usual_size(); }

    // If so: whether all of `bytes` may belong to one, and have been kept; else nothing has been taken.
    [[nodiscard]] bool keep_usual(std::span<const std::byte> bytes) noexcept {
        if (bytes.empty() || failure_ != error::none) return false;
        std::size_t have = kept_;
        for (const std::byte octet : bytes) held_.bytes[have++] = octet;
        // An octet that has not come is one that would do.
        if (have == 1) held_.bytes[1] = static_cast<std::byte>(usual_mask_bit());
        if (judge_usual(held_.bytes).length > max_control_payload) return false;
        kept_ = static_cast<std::uint8_t>(have);
        offset_ += bytes.size();
        return true;
    }

    // If not: whether one has been taken off the front of `bytes`, so that take() goes on, also with an empty
    // payload; else nothing has been taken.
    [[nodiscard]] bool begin_usual(std::span<std::byte>& bytes) noexcept {
        if (kept_ != 0) return gather_usual(bytes);
        const usual_header found = judge_usual(bytes.data());
        if (found.length > max_control_payload || failure_ != error::none) return false;
        begin_usual(bytes.data(), found);
        offset_ += usual_size();
        bytes = bytes.subspan(usual_size());
        return true;
    }

    // Whether the frame at hand was taken by begin_usual().
    [[nodiscard]] bool usual_frame() const noexcept { return usual_; }

    // Counts whole frames, `count` bytes in all, that the caller took off the stream by itself.
    // Only at a frame's border.
    void skip(std::uint64_t count) noexcept { offset_ += count; }

    // The reserved bits that the next frames may carry.
    void allow_rsv(std::uint8_t bits) noexcept { rules_.allowed_rsv = bits; }

    // Whether the next byte is payload, and what its header said.
    [[nodiscard]] bool in_payload() const noexcept { return in_payload_; }
    [[nodiscard]] opcode op() const noexcept { return static_cast<opcode>(first_ & 0x0f); }
    [[nodiscard]] bool fin() const noexcept { return (first_ & 0x80) != 0; }
    [[nodiscard]] bool masked() const noexcept { return masked_; }

    // Whether the next byte begins a header.
    [[nodiscard]] bool at_border() const noexcept { return !in_payload_ && kept_ == 0; }

    // Bytes kept of a header that has begun but is not complete.
    [[nodiscard]] std::span<const std::byte> partial_header() const noexcept {
        return {held_.bytes, in_payload_ ? 0u : kept_};
    }

    // Bytes of payload still to come in the frame at hand.
    [[nodiscard]] std::uint64_t remaining() const noexcept {
        return in_payload_ ? held_.payload.remaining : 0;
    }

    // Bytes consumed since the start of the stream.
    [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

    [[nodiscard]] failure failed() const noexcept {
        return {failure_, failure_ == error::none ? 0 : offset_};
    }

    [[nodiscard]] const header_rules& rules() const noexcept { return rules_; }

private:
    struct usual_header {
        std::uint64_t length;  // above max_control_payload: the header is another one
        std::uint8_t first;
    };
    [[nodiscard]] std::size_t usual_size() const noexcept { return rules_.receiver == role::server ? 6 : 2; }
    [[nodiscard]] unsigned usual_mask_bit() const noexcept {
        return rules_.receiver == role::server ? 0x80 : 0;
    }
    [[nodiscard]] usual_header judge_usual(const std::byte* header) const noexcept {
        const auto first = std::to_integer<std::uint8_t>(header[0]);
        if (first != 0x81 && first != 0x82) return {UINT64_MAX, first};
        // RFC 6455 5.1: a client's frames are masked, a server's are not. With the wrong mask bit this is
        // above 127, or wraps to what is; 126 and 127 announce longer forms.
        return {std::to_integer<std::uint64_t>(header[1]) - usual_mask_bit(), first};
    }
    void begin_usual(const std::byte* octets, const usual_header& header) noexcept {
        first_ = header.first;
        masked_ = rules_.receiver == role::server;
        usual_ = true;
        kept_ = 0;
        in_payload_ = header.length != 0;
        held_.payload.remaining = header.length;
        if (masked_) std::memcpy(&held_.payload.key, octets + 2, sizeof(masking_key));
    }
    [[nodiscard]] bool gather_usual(std::span<std::byte>& bytes) noexcept;
    frame_piece fail(error code, std::uint64_t offset) noexcept;
    frame_piece begin(const frame_header& header, std::size_t header_bytes,
                      std::span<std::byte> bytes) noexcept;
    frame_piece take_payload(std::span<std::byte> bytes) noexcept;

    // A frame is either in its header or in its payload, never in both.
    struct payload_state {
        std::uint64_t remaining;
        masking_key key;  // of the next byte of payload
    };
    union held {
        std::byte bytes[max_header_size - 1];
        payload_state payload;
    };

    std::uint64_t offset_ = 0;
    held held_{};
    std::uint8_t kept_ = 0;   // bytes of a partial header
    std::uint8_t first_ = 0;  // the first octet of the frame at hand: FIN, RSV, opcode
    bool masked_ = false;
    bool in_payload_ = false;
    bool usual_ = false;
    header_rules rules_;
    error failure_ = error::none;
};

}  // namespace v0
}  // namespace wspc
