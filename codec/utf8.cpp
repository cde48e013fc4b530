// SPDX-License-Identifier: Apache-2.0
// UTF-8 for callers: the active kernel, and the scalar search for the octet that decided.
#include <wspc/utf8.hpp>

#include "kernels/dispatch.hpp"
#include "utf8_dfa.hpp"

namespace wspc {
inline namespace v0 {

bool is_utf8(std::span<const std::byte> text) noexcept {
    return validate(text, utf8_state::accept) == utf8_state::accept;
}

utf8_state validate(std::span<const std::byte> piece, utf8_state state) noexcept {
    // An empty span may hold a null pointer, which the kernels need not bear.
    if (piece.empty() || state == utf8_state::reject) return state;
    return kernels::active().utf8(piece.data(), piece.size(), state);
}

std::size_t first_invalid(std::span<const std::byte> piece, utf8_state state,
                          std::uint64_t following) noexcept {
    for (std::size_t i = 0; i < piece.size(); ++i) {
        state = utf8_step(state, piece[i]);
        if (state == utf8_state::reject) return i;
        // `following` may be UINT64_MAX: compare, never add.
        const std::uint64_t left = piece.size() - i - 1;
        const std::uint64_t need = missing(state);
        if (need > left && need - left > following) return i;
    }
    return piece.size();
}

}  // namespace v0
}  // namespace wspc
