// SPDX-License-Identifier: Apache-2.0
// The reference: eight octets at a time in plain words, UTF-8 octet by octet. Runs on every
// machine, of either byte order; every other kernel is tested against it.
#include "../utf8_dfa.hpp"
#include "tables.hpp"
#include "words.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

void mask_copy(std::byte* to, const std::byte* from, std::size_t size, std::uint32_t key) noexcept {
    const std::uint64_t wide_key = doubled(key);
    for (; size >= 8; size -= 8, from += 8, to += 8) {
        store_word(to, load_word<std::uint64_t>(from) ^ wide_key);
    }
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i] ^ first_octet(rotated(key, i));
}

void mask(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept {
    mask_copy(bytes, bytes, size, key);
}

utf8_state utf8(const std::byte* bytes, std::size_t size, utf8_state state) noexcept {
    const std::byte* const end = bytes + size;
    while (bytes != end) {
        if (state == utf8_state::accept) {
            while (end - bytes >= 8 && (load_word<std::uint64_t>(bytes) & sign_bits) == 0) bytes += 8;
            if (bytes == end) break;
        }
        state = utf8_step(state, *bytes++);
        if (state == utf8_state::reject) break;
    }
    return state;
}

utf8_state mask_copy_utf8(std::byte* to, const std::byte* from, std::size_t size, std::uint32_t key,
                          utf8_state state) noexcept {
    mask_copy(to, from, size, key);
    return utf8(to, size, state);
}

utf8_state mask_utf8(std::byte* bytes, std::size_t size, std::uint32_t key, utf8_state state) noexcept {
    return mask_copy_utf8(bytes, bytes, size, key, state);
}

template <bool>
bool unmask_message(std::byte* payload, std::size_t size, std::uint32_t key, bool text) noexcept {
    if (text) return mask_utf8(payload, size, key, utf8_state::accept) == utf8_state::accept;
    mask(payload, size, key);
    return true;
}

WSPC_INLINE bool short_is_ascii(const std::byte* bytes, std::size_t size, std::size_t) noexcept {
    std::uint64_t seen = 0;
    std::size_t i = 0;
    for (; size - i >= 8; i += 8) seen |= load_word<std::uint64_t>(bytes + i);
    for (; i < size; ++i) seen |= static_cast<std::uint64_t>(bytes[i]);
    return (seen & sign_bits) == 0;
}

template <bool check_utf8>
WSPC_INLINE bool unmask_at_end(std::byte* slot, const std::byte* from, std::size_t size,
                               std::uint32_t key) noexcept {
    mask_copy(slot, from, size, key);
    return check_utf8 && short_is_ascii(slot, size, size);
}

template <bool check_utf8>
WSPC_INLINE bool unmask_inside(std::byte* slot, const std::byte* from, std::size_t size, std::uint32_t key,
                               bool text) noexcept {
    mask_copy(slot, from, size, key);
    return check_utf8 && text && short_is_ascii(slot, size, size);
}

WSPC_INLINE bool slot_is_utf8(const std::byte* slot, std::size_t size) noexcept {
    return utf8(slot, size, utf8_state::accept) == utf8_state::accept;
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc

#include "run.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {

constinit const table scalar_table{
    mask,
    mask_copy,
    utf8,
    mask_utf8,
    mask_copy_utf8,
    unmask_short,
    {{whole<false, false>, whole<false, true>}, {whole<true, false>, whole<true, true>}},
    {{run<false, false>, run<false, true>}, {run<true, false>, run<true, true>}},
};

}  // namespace kernels
}  // namespace v0
}  // namespace wspc
