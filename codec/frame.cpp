// SPDX-License-Identifier: Apache-2.0
// The header of a frame to and from bytes:
//
//      0               1               2               3
//     +-+-+-+-+-------+-+-------------+-------------------------------+
//     |F|R|R|R| opcode|M| length      | length, 16 or 64 bits, if the |
//     |I|S|S|S|       |A| 0..125,     | 7-bit one is 126 or 127;      |
//     |N|V|V|V|       |S| 126, 127    | big-endian                    |
//     +-+-+-+-+-------+-+-------------+-------------------------------+
//     | 4 octets of key, if MASK                                      |
//     +---------------------------------------------------------------+
#include <wspc/frame.hpp>

#include <cstring>

namespace wspc {
inline namespace v0 {
namespace {

constexpr void fail_at(decoded_header& decoded, error code, std::size_t octet) noexcept {
    decoded.status = decode_status::failed;
    decoded.code = code;
    decoded.size = octet;
}

constexpr std::uint64_t big_endian(const std::byte* bytes, std::size_t count) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = (value << 8) | std::to_integer<std::uint64_t>(bytes[i]);
    return value;
}

// What the first octet alone shows.
constexpr error judge_first(unsigned first, std::uint8_t allowed_rsv) noexcept {
    const bool control = (first & 0x08) != 0;
    // RFC 6455 5.2: reserved bits are 0 unless an extension gave them a meaning; control frames are
    // never changed by one here (RFC 7692 6 speaks of data only).
    if ((first & 0x70u & ~(control ? 0u : allowed_rsv)) != 0) return error::reserved_bits;
    // RFC 6455 5.2: opcodes 3 to 7 and 11 to 15 are reserved.
    if ((first & 0x07) > 2) return error::reserved_opcode;
    // RFC 6455 5.5: a control frame is never fragmented.
    if (control && (first & 0x80) == 0) return error::fragmented_control;
    return error::none;
}

// What the second octet adds.
constexpr error judge_second(const frame_header& header, unsigned length,
                             const header_rules& rules) noexcept {
    // RFC 6455 5.1: frames from a client are masked, frames from a server are not.
    if (!rules.any_masking && header.masked != (rules.receiver == role::server))
        return header.masked ? error::mask_unexpected : error::mask_missing;
    // RFC 6455 5.5: control frames carry at most 125 bytes, so never a longer length form.
    if (is_control(header.op) && length > max_control_payload) return error::control_too_long;
    // RFC 6455 5.5.1: a Close body begins with a two-byte code.
    if (header.op == opcode::close && length == 1) return error::close_body_too_short;
    return error::none;
}

}  // namespace

// One object that every path returns: it is made where the caller wants it.
decoded_header decode_header(std::span<const std::byte> bytes, const header_rules& rules) noexcept {
    decoded_header decoded;
    frame_header& header = decoded.header;
    decoded.size = 2;
    if (bytes.empty()) return decoded;

    const auto first = std::to_integer<unsigned>(bytes[0]);
    if (const error code = judge_first(first, rules.allowed_rsv); code != error::none) {
        fail_at(decoded, code, 0);
        return decoded;
    }
    header.fin = (first & 0x80) != 0;
    header.rsv = static_cast<std::uint8_t>(first & 0x70);
    header.op = static_cast<opcode>(first & 0x0f);
    if (bytes.size() < 2) return decoded;

    const auto second = std::to_integer<unsigned>(bytes[1]);
    const unsigned short_length = second & 0x7f;
    header.masked = (second & 0x80) != 0;
    header.length = short_length;
    if (const error code = judge_second(header, short_length, rules); code != error::none) {
        fail_at(decoded, code, 1);
        return decoded;
    }

    const std::size_t extended = short_length < 126 ? 0 : short_length == 126 ? 2 : 8;
    const std::size_t key_at = 2 + extended;
    if (extended == 8) {
        // RFC 6455 5.2: the most significant bit is 0 ...
        if (bytes.size() > 2 && (bytes[2] & std::byte{0x80}) != std::byte{0}) {
            fail_at(decoded, error::length_too_large, 2);
            return decoded;
        }
        // ... and the form is the shortest: six leading zeros leave at most 65535.
        if (bytes.size() >= 8 && big_endian(bytes.data() + 2, 6) == 0) {
            fail_at(decoded, error::length_not_minimal, 7);
            return decoded;
        }
    }
    decoded.size = key_at + (header.masked ? 4 : 0);
    if (bytes.size() < key_at) {
        header.length = 0;  // not known yet
        return decoded;
    }

    if (extended != 0) {
        header.length = big_endian(bytes.data() + 2, extended);
        if (extended == 2 && header.length < 126) {
            fail_at(decoded, error::length_not_minimal, 3);
            return decoded;
        }
    }
    decoded.length_known = true;
    if (bytes.size() < decoded.size) return decoded;

    if (header.masked) std::memcpy(header.key.data(), bytes.data() + key_at, 4);
    decoded.status = decode_status::complete;
    return decoded;
}

}  // namespace v0
}  // namespace wspc
