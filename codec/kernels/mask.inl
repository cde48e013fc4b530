// SPDX-License-Identifier: Apache-2.0
// Masking of any length (RFC 6455 5.3), in place or on the way to another place.
#pragma once

#include "shim.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

// Octets from `at` up to the next address that a vector store likes.
WSPC_INLINE std::size_t to_alignment(const std::byte* at) noexcept {
    return width - (reinterpret_cast<std::uintptr_t>(at) & (width - 1));
}

// One unaligned vector at each end, aligned stores between them:
//
//     |--- head ---|                      |--- tail ---|
//          |------------|------------| ...
//          aligned
//
// Head and tail overlap the body. They are loaded before it is stored and stored after it was
// loaded, so that `to` may equal `from`: every octet is XORed once, by whoever comes last.
WSPC_INLINE void mask_long(std::byte* to, const std::byte* from, std::size_t size,
                           std::uint32_t key) noexcept {
    const vec head = load(from) ^ spread(key);
    const vec tail = load(from + size - width) ^ spread(rotated(key, size));
    std::size_t i = to_alignment(to);
    const vec body_key = spread(rotated(key, i));
    for (; size - i >= 4 * width; i += 4 * width) {
        const vec a = load(from + i) ^ body_key;
        const vec b = load(from + i + width) ^ body_key;
        const vec c = load(from + i + 2 * width) ^ body_key;
        const vec d = load(from + i + 3 * width) ^ body_key;
        store(to + i, a);
        store(to + i + width, b);
        store(to + i + 2 * width, c);
        store(to + i + 3 * width, d);
    }
    for (; i + width < size; i += width) store(to + i, load(from + i) ^ body_key);
    store(to, head);
    store(to + size - width, tail);
}

// `to` may equal `from`, and what stands behind it may be the next to be masked.
WSPC_INLINE void mask_any(std::byte* to, const std::byte* from, std::size_t size,
                          std::uint32_t key) noexcept {
#if defined(__aarch64__)
    if (fits_two_ends(size)) return store_two_ends(to, size, masked(load_two_ends(from, size), size, key));
#endif
    if (size >= width) return mask_long(to, from, size, key);
#if defined(__AVX512BW__)
    // A masked store is not forwarded to later loads that touch any of its 64 octets: they wait until it has
    // reached the cache.
    if (size < 32) return static_cast<void>(mask_short(to, from, size, key));
    const __mmask64 lanes = lanes_below(size);
    _mm512_mask_storeu_epi8(to, lanes, _mm512_maskz_loadu_epi8(lanes, from) ^ spread(key));
#else
    mask_short(to, from, size, key);
#endif
}

void mask(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept {
    mask_any(bytes, bytes, size, key);
}

#if defined(__AVX512BW__)

// Masked loads read exactly the payload, which is somewhere also if it is empty, and give zeros behind it.
struct short_text {
    vec low, high;
};
WSPC_INLINE short_text load_exactly(const std::byte* from, std::size_t size) noexcept {
    const std::size_t beyond = size > width ? size - width : 0;
    return {load_prefix(from, size), load_prefix(from + width, beyond)};
}

// Whether two vectors from there on lie in one page. Lanes that are masked off cost nothing but where they
// cross into another: some 10 ns, and 400 if that page is not there.
WSPC_INLINE bool in_page(const std::byte* at) noexcept {
    return (reinterpret_cast<std::uintptr_t>(at) & 4095) <= 4096 - 2 * width;
}

#else

constexpr std::size_t slot_vectors = scratch_size / width;

// From one vector on up to 128 octets, by as many vectors whatever the size: those that would reach behind
// the end move back until they end with it. All loads come before all stores, since `to` may equal `from`.
//
//     |--- 0 ---|--- 1 ---|--- 2 ---|     |
//                               |--- 3 ---|  all further ones too
template <bool unmask>
WSPC_INLINE vec take_clamped(std::byte* to, const std::byte* from, std::size_t size,
                             std::uint32_t key) noexcept {
    const std::size_t last = size - width;
    std::size_t at[slot_vectors];
    vec taken[slot_vectors];
    vec seen = zero();
    for (std::size_t i = 0; i < slot_vectors; ++i) {
        at[i] = i * width < last ? i * width : last;
        taken[i] = load(from + at[i]);
        if (unmask) taken[i] ^= spread(rotated(key, at[i]));
        seen |= taken[i];
    }
    if (unmask)
        for (std::size_t i = 0; i < slot_vectors; ++i) store(to + at[i], taken[i]);
    return seen;
}

#if !defined(__aarch64__)
// Not inlined: loops for long payloads have no use for the registers that this takes.
WSPC_NOINLINE void mask_clamped(std::byte* to, const std::byte* from, std::size_t size,
                                std::uint32_t key) noexcept {
    take_clamped<true>(to, from, size, key);
}
#endif

#endif

// Few of the payloads that a sender copies are of the same size, and few are read back at once: no branch on
// the size of short ones, but masked stores, or, from one vector on, vectors that overlap.
void mask_copy(std::byte* to, const std::byte* from, std::size_t size, std::uint32_t key) noexcept {
#if defined(__AVX512BW__)
    if (size != 0 && size <= 2 * width && in_page(to) && in_page(from)) {
        const short_text text = load_exactly(from, size);
        const std::size_t beyond = size > width ? size - width : 0;
        _mm512_mask_storeu_epi8(to, lanes_below(size), text.low ^ spread(key));
        _mm512_mask_storeu_epi8(to + width, lanes_below(beyond), text.high ^ spread(key));
        return;
    }
#elif !defined(__aarch64__)
    if (size >= width && size <= scratch_size) return mask_clamped(to, from, size, key);
#endif
    mask_any(to, from, size, key);
}

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
