// SPDX-License-Identifier: Apache-2.0
// Masking by every kernel against RFC 6455 5.3 written down octet by octet.
#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include <wspc/mask.hpp>

#include "subjects.hpp"
#include "support/guarded_memory.hpp"

namespace wspc::test {
namespace {

constexpr masking_key some_key{std::byte{0x11}, std::byte{0x82}, std::byte{0x43}, std::byte{0xF4}};

masking_key phase_of(std::size_t phase) {
    return {some_key[phase & 3], some_key[(phase + 1) & 3], some_key[(phase + 2) & 3],
            some_key[(phase + 3) & 3]};
}

bytes masked(const bytes& plain, const masking_key& with) {
    bytes made = plain;
    for (std::size_t i = 0; i < made.size(); ++i) made[i] ^= with[i % 4];
    return made;
}

// Octets without a pattern, so that two blocks that were exchanged are seen.
bytes plain_bytes(std::size_t size) { return random_source{size + 1}.octets(size); }

bool equal(const bytes& expected, const std::byte* actual) {
    return expected.empty() || std::memcmp(expected.data(), actual, expected.size()) == 0;
}

TEST(mask, is_the_xor_of_the_rfc_at_every_length_alignment_and_phase) {
    constexpr std::size_t margin = 64;
    constexpr std::byte canary{0xA5};
    for (const std::size_t size : lengths()) {
        const bytes plain = plain_bytes(size);
        for (std::size_t offset = size % stride(); offset < 64; offset += stride()) {
            const masking_key with = phase_of(offset + size);
            const bytes expected = masked(plain, with);
            for (const subject& tested : subjects()) {
                alignas(64) static std::byte room[4096 + 64 + 4 * margin];
                std::fill(std::begin(room), std::end(room), canary);
                std::byte* const at = room + margin + offset;
                std::copy(plain.begin(), plain.end(), at);
                tested.kernel->mask(at, size, load_key(with));
                ASSERT_TRUE(equal(expected, at)) << describe(tested, size, offset);
                const auto untouched = [](std::byte octet) { return octet == canary; };
                ASSERT_TRUE(std::all_of(room, at, untouched)) << describe(tested, size, offset);
                ASSERT_TRUE(std::all_of(at + size, std::end(room), untouched))
                    << describe(tested, size, offset);
            }
        }
    }
}

TEST(mask, copies_at_every_length_and_pair_of_alignments) {
    constexpr std::byte canary{0x5A};
    for (const std::size_t size : lengths()) {
        const bytes plain = plain_bytes(size);
        for (std::size_t offset = size % stride(); offset < 64; offset += stride()) {
            const masking_key with = phase_of(offset);
            const bytes expected = masked(plain, with);
            alignas(64) static std::byte source[4096 + 128];
            std::byte* const from = source + (offset * 7 + size) % 64;
            std::copy(plain.begin(), plain.end(), from);
            for (const subject& tested : subjects()) {
                alignas(64) static std::byte room[4096 + 256];
                std::fill(std::begin(room), std::end(room), canary);
                std::byte* const to = room + 64 + offset;
                tested.kernel->mask_copy(to, from, size, load_key(with));
                ASSERT_TRUE(equal(expected, to)) << describe(tested, size, offset);
                ASSERT_TRUE(equal(plain, from)) << describe(tested, size, offset);
                ASSERT_TRUE(to[-1] == canary && to[size] == canary) << describe(tested, size, offset);
            }
        }
    }
}

TEST(mask, touches_no_byte_outside_the_span) {
    const guarded_memory source{8192};
    const guarded_memory target{8192};
    for (const std::size_t size : lengths()) {
        const bytes plain = plain_bytes(size);
        for (std::size_t phase = 0; phase < 4; ++phase) {
            const masking_key with = phase_of(phase);
            const bytes expected = masked(plain, with);
            for (const subject& tested : subjects()) {
                for (const bool at_front : {true, false}) {
                    const auto from = at_front ? source.at_start(size) : source.at_end(size);
                    const auto to = at_front ? target.at_start(size) : target.at_end(size);
                    std::copy(plain.begin(), plain.end(), from.begin());
                    tested.kernel->mask_copy(to.data(), from.data(), size, load_key(with));
                    ASSERT_TRUE(equal(expected, to.data())) << describe(tested, size, phase);
                    tested.kernel->mask(from.data(), size, load_key(with));
                    ASSERT_TRUE(equal(expected, from.data())) << describe(tested, size, phase);
                }
            }
        }
    }
}

// Every size that a slot holds, with the one octet that is not ASCII at every place behind and inside it.
TEST(mask, unmasks_short_payloads_to_a_slot_and_says_whether_they_are_ascii) {
    const guarded_memory source{8192};
    const guarded_memory slots{8192};
    for (std::size_t size = 0; size <= scratch_size; ++size) {
        bytes plain = plain_bytes(size);
        for (std::byte& octet : plain) octet &= std::byte{0x7F};
        const masking_key with = phase_of(size / 7);
        for (std::size_t at = 0; at <= size; at += stride()) {
            bytes text = plain;
            if (at < size) text[at] |= std::byte{0x80};
            const bytes on_wire = masked(text, with);
            for (const subject& tested : subjects()) {
                for (const bool at_front : {true, false}) {
                    const auto from = at_front ? source.copy_at_start(on_wire) : source.copy_at_end(on_wire);
                    const auto slot = at_front ? slots.at_start(scratch_size) : slots.at_end(scratch_size);
                    const bool ascii =
                        tested.kernel->unmask_short(slot.data(), from.data(), size, load_key(with));
                    ASSERT_TRUE(equal(text, slot.data())) << describe(tested, size, at);
                    ASSERT_EQ(ascii, at == size) << describe(tested, size, at);
                }
            }
        }
    }
}

TEST(mask, copying_onto_itself_is_masking_in_place) {
    for (const std::size_t size : lengths()) {
        const bytes plain = plain_bytes(size);
        const bytes expected = masked(plain, some_key);
        for (const subject& tested : subjects()) {
            bytes room = plain;
            tested.kernel->mask_copy(room.data(), room.data(), size, load_key(some_key));
            ASSERT_EQ(room, expected) << describe(tested, size);
        }
    }
}

TEST(mask, public_functions_take_the_key_in_wire_order_and_empty_spans) {
    bytes room = plain_bytes(77);
    const bytes expected = masked(room, some_key);
    bytes copy(room.size());
    wspc::mask_copy(copy.data(), room, some_key);
    EXPECT_EQ(copy, expected);
    wspc::mask(room, some_key);
    EXPECT_EQ(room, expected);
    wspc::mask({}, some_key);
    wspc::mask_copy(nullptr, {}, some_key);
}

TEST(mask, goes_on_with_an_advanced_key) {
    const bytes plain = plain_bytes(40);
    const bytes expected = masked(plain, some_key);
    for (std::size_t split = 0; split <= plain.size(); ++split) {
        bytes room = plain;
        wspc::mask(std::span{room}.first(split), some_key);
        wspc::mask(std::span{room}.subspan(split), wspc::key_after(some_key, split));
        EXPECT_EQ(room, expected) << split;
    }
}

}  // namespace
}  // namespace wspc::test
