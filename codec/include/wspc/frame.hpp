// SPDX-License-Identifier: Apache-2.0
// The header of a frame (RFC 6455 5.2) to and from bytes: pure functions that know one header and
// nothing of what came before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <wspc/error.hpp>
#include <wspc/mask.hpp>

namespace wspc {
inline namespace v0 {

// Which end of the connection we are. A client masks what it sends, a server must not (5.1).
enum class role : std::uint8_t { client, server };

enum class opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10,
};

[[nodiscard]] constexpr bool is_control(opcode op) noexcept { return (static_cast<unsigned>(op) & 8) != 0; }

inline constexpr std::size_t max_header_size = 14;
inline constexpr std::size_t max_control_payload = 125;

// Whether a Close frame may carry this status code (RFC 6455 7.4.1, 7.4.2, and the codes 1012 to
// 1014 that IANA registered since).
[[nodiscard]] constexpr bool is_close_code(std::uint16_t code) noexcept {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// Stands for a Close frame without a code; never on the wire (RFC 6455 7.1.5, 7.4.1).
inline constexpr std::uint16_t no_close_code = 1005;

// The reserved bits as they stand in the first octet.
inline constexpr std::uint8_t rsv1 = 0x40;
inline constexpr std::uint8_t rsv2 = 0x20;
inline constexpr std::uint8_t rsv3 = 0x10;

struct frame_header {
    std::uint64_t length = 0;  // bytes of payload
    masking_key key{};         // meaningless unless masked
    opcode op = opcode::binary;
    std::uint8_t rsv = 0;  // any of rsv1, rsv2, rsv3
    bool fin = true;
    bool masked = false;

    friend constexpr bool operator==(const frame_header&, const frame_header&) noexcept = default;
};

enum class decode_status : std::uint8_t { complete, need_more, failed };

struct decoded_header {
    frame_header header;  // need_more: what is known so far
    // complete: bytes that the header took; need_more: bytes that it takes at least;
    // failed: index of the octet that decided it.
    std::size_t size = 0;
    bool length_known = false;  // need_more: only the key is lacking
    decode_status status = decode_status::need_more;
    error code = error::none;
};

// What a header is judged by besides itself.
struct header_rules {
    role receiver = role::server;  // a server demands masked frames, a client unmasked ones (5.1)
    std::uint8_t allowed_rsv = 0;  // reserved bits that extensions claimed; for data frames only
    bool any_masking = false;      // take frames either way: for captures, and for websocket.h's
                                   // WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE
};

// Decodes the header at the front of `bytes`, which may end anywhere: a header that can no longer
// become valid fails although its rest has not arrived.
[[nodiscard]] decoded_header decode_header(std::span<const std::byte> bytes,
                                           const header_rules& rules) noexcept;

// Bytes that encode_header will write for a payload of this length.
[[nodiscard]] constexpr std::size_t header_size(std::uint64_t length, bool masked) noexcept {
    return (length < 126 ? 2u : length < 65536 ? 4u : 10u) + (masked ? 4u : 0u);
}

// Writes the header in its shortest form and returns its size. `to` must hold
// header_size(header.length, header.masked) bytes. The header is taken as it is: a proxy may write
// whatever it read.
inline std::size_t encode_header(std::byte* to, const frame_header& header) noexcept {
    // Inline, since most callers know most of the fields.
    const auto put = [to](std::size_t at, std::uint64_t octet) {
        to[at] = static_cast<std::byte>(octet & 0xff);
    };
    const unsigned mask_bit = header.masked ? 0x80 : 0;
    put(0, (header.fin ? 0x80u : 0u) | header.rsv | static_cast<unsigned>(header.op));
    std::size_t size = 2;
    if (header.length < 126) {
        put(1, mask_bit | header.length);
    } else if (header.length < 65536) {
        put(1, mask_bit | 126);
        put(2, header.length >> 8);
        put(3, header.length);
        size = 4;
    } else {
        put(1, mask_bit | 127);
        for (std::size_t i = 0; i < 8; ++i) put(2 + i, header.length >> (56 - 8 * i));
        size = 10;
    }
    if (header.masked) {
        std::memcpy(to + size, header.key.data(), header.key.size());
        size += header.key.size();
    }
    return size;
}

}  // namespace v0
}  // namespace wspc
