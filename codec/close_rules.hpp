// SPDX-License-Identifier: Apache-2.0
// What the body of a Close frame may hold (RFC 6455 5.5.1, 7.4), judged octet by octet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>
#include <wspc/utf8.hpp>

namespace wspc {
inline namespace v0 {

struct close_fault {
    error code = error::none;
    std::size_t octet = 0;  // index in the body of the octet that decided it
};

// The code at the front of a body of at least two bytes.
[[nodiscard]] constexpr std::uint16_t close_code_of(std::span<const std::byte> body) noexcept {
    return static_cast<std::uint16_t>((std::to_integer<unsigned>(body[0]) << 8) |
                                      std::to_integer<unsigned>(body[1]));
}

// Whether a code whose first octet is `high` can be valid: 1000 to 1014 begin with 03, 3000 to 4999
// with 0B to 13.
[[nodiscard]] constexpr bool may_begin_close_code(std::byte high) noexcept {
    return high == std::byte{0x03} || (high >= std::byte{0x0b} && high <= std::byte{0x13});
}

// Judges what has arrived of a body of which `following` bytes are still to come.
[[nodiscard]] inline close_fault judge_close_body(std::span<const std::byte> body, std::uint64_t following,
                                                  bool check_utf8) noexcept {
    // RFC 6455 7.4: not every number is a code, and some must never be on the wire.
    if (!body.empty() && !may_begin_close_code(body[0])) return {error::close_code_invalid, 0};
    if (body.size() < 2) return {};
    if (!is_close_code(close_code_of(body))) return {error::close_code_invalid, 1};
    // RFC 6455 5.5.1: the reason is UTF-8.
    if (!check_utf8) return {};
    const std::span<const std::byte> reason = body.subspan(2);
    const std::size_t at = first_invalid(reason, utf8_state::accept, following);
    if (at < reason.size()) return {error::close_reason_not_utf8, 2 + at};
    return {};
}

}  // namespace v0
}  // namespace wspc
