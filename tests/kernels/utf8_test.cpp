// SPDX-License-Identifier: Apache-2.0
// UTF-8 validation: the scalar kernel against the model, every kernel against the scalar one.
#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "subjects.hpp"
#include "support/guarded_memory.hpp"
#include "utf8_model.hpp"

namespace wspc::test {
namespace {

constexpr utf8_state all_states[] = {utf8_state::accept,     utf8_state::one_more, utf8_state::two_more,
                                     utf8_state::three_more, utf8_state::after_e0, utf8_state::after_ed,
                                     utf8_state::after_f0,   utf8_state::after_f4, utf8_state::reject};

// Around every border of 16, 32 and 64 octets and of the blocks of four.
constexpr std::size_t positions[] = {0,   1,   2,   3,   12,  13,  14,  15,  16,  17,  29,  30,  31,
                                     32,  33,  60,  61,  62,  63,  64,  65,  93,  94,  95,  96,  125,
                                     126, 127, 128, 129, 158, 159, 191, 192, 254, 255, 256, 257, 290};

// Every sequence that can matter: all leads, all borders of the ranges behind them.
std::vector<bytes> sequences(std::size_t size) {
    constexpr unsigned borders[] = {0x00, 0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                    0xA0, 0xBF, 0xC0, 0xC2, 0xE1, 0xFF};
    constexpr unsigned last[] = {0x7F, 0x80, 0xBF, 0xC0};
    std::vector<bytes> made;
    if (size == 2) {
        for (unsigned pair = 0; pair < 65536; ++pair) {
            made.push_back({static_cast<std::byte>(pair >> 8), static_cast<std::byte>(pair)});
        }
        return made;
    }
    for (unsigned lead = 0xC0; lead <= 0xFF; ++lead) {
        for (const unsigned second : borders) {
            for (const unsigned third : borders) {
                if (size == 3) {
                    made.push_back({static_cast<std::byte>(lead), static_cast<std::byte>(second),
                                    static_cast<std::byte>(third)});
                    continue;
                }
                for (const unsigned fourth : last) {
                    made.push_back({static_cast<std::byte>(lead), static_cast<std::byte>(second),
                                    static_cast<std::byte>(third), static_cast<std::byte>(fourth)});
                }
            }
        }
    }
    return made;
}

TEST(utf8, scalar_agrees_with_code_points_on_all_short_sequences_and_states) {
    for (const std::size_t size : {2u, 3u, 4u}) {
        for (const bytes& text : sequences(size)) {
            ASSERT_EQ(scalar().utf8(text.data(), size, utf8_state::accept), model_utf8(text));
            if (size != 3) continue;
            for (const utf8_state state : all_states) {
                ASSERT_EQ(scalar().utf8(text.data(), size, state), model_utf8(text, state));
            }
        }
    }
    for (unsigned octet = 0; octet < 256; ++octet) {
        const bytes text{static_cast<std::byte>(octet)};
        for (const utf8_state state : all_states) {
            ASSERT_EQ(scalar().utf8(text.data(), 1, state), model_utf8(text, state));
        }
    }
}

// The sequence amid `around`, and as the very end of the text.
void expect_at_all_positions(const bytes& around, std::size_t size) {
    const std::vector<bytes> list = sequences(size);
    std::size_t turn = 0;
    for (const std::size_t position : positions) {
        for (std::size_t i = ++turn % stride(); i < list.size(); i += stride()) {
            bytes text = around;
            std::copy(list[i].begin(), list[i].end(), text.begin() + static_cast<std::ptrdiff_t>(position));
            for (const std::size_t end : {position + size, text.size()}) {
                const utf8_state expected = scalar().utf8(text.data(), end, utf8_state::accept);
                for (const subject& tested : subjects()) {
                    ASSERT_EQ(tested.kernel->utf8(text.data(), end, utf8_state::accept), expected)
                        << describe(tested, size, i, position, end);
                }
            }
        }
    }
}

TEST(utf8, sees_every_pair_at_every_border_of_a_vector) {
    expect_at_all_positions(bytes(320, std::byte{'a'}), 2);
}

TEST(utf8, sees_every_kind_of_three_and_four_octets_at_every_border_of_a_vector) {
    expect_at_all_positions(bytes(320, std::byte{'a'}), 3);
    expect_at_all_positions(bytes(320, std::byte{'a'}), 4);
}

TEST(utf8, sees_every_kind_of_sequence_amid_other_characters) {
    random_source random{7};
    bytes text;
    while (text.size() < 320) {
        for (const unsigned octet : {0xE4u, 0xB8u, 0xADu}) text.push_back(static_cast<std::byte>(octet));
    }
    expect_at_all_positions(text, 3);
    expect_at_all_positions(mixed_text(random, 320), 4);
}

void expect_equal_everywhere(const bytes& text, utf8_state state, const guarded_memory& source,
                             const guarded_memory& target, std::size_t offset) {
    constexpr masking_key key{std::byte{0x9A}, std::byte{0x03}, std::byte{0xF5}, std::byte{0x60}};
    const std::size_t size = text.size();
    bytes masked = text;
    for (std::size_t i = 0; i < size; ++i) masked[i] ^= key[i % 4];
    const utf8_state expected = scalar().utf8(text.data(), size, state);
    for (const subject& tested : subjects()) {
        const auto at = offset == 0 ? source.at_end(size) : source.at_end(size + offset).first(size);
        const auto to = offset % 2 == 0 ? target.at_end(size) : target.at_start(size);
        std::copy(text.begin(), text.end(), at.begin());
        ASSERT_EQ(tested.kernel->utf8(at.data(), size, state), expected) << describe(tested, size, offset);

        std::copy(masked.begin(), masked.end(), at.begin());
        ASSERT_EQ(tested.kernel->mask_copy_utf8(to.data(), at.data(), size, load_key(key), state), expected)
            << describe(tested, size, offset);
        ASSERT_TRUE(std::equal(text.begin(), text.end(), to.begin())) << describe(tested, size, offset);
        ASSERT_TRUE(std::equal(masked.begin(), masked.end(), at.begin())) << describe(tested, size, offset);

        ASSERT_EQ(tested.kernel->mask_utf8(at.data(), size, load_key(key), state), expected)
            << describe(tested, size, offset);
        ASSERT_TRUE(std::equal(text.begin(), text.end(), at.begin())) << describe(tested, size, offset);
    }
}

TEST(utf8, equals_scalar_at_every_length_and_alignment_beside_guard_pages) {
    const guarded_memory source{8192};
    const guarded_memory target{8192};
    random_source random{11};
    for (const std::size_t size : lengths()) {
        for (std::size_t offset = 0; offset < 64; offset += stride()) {
            bytes text = mixed_text(random, size);
            // Half of them invalid, by an octet that may stand anywhere; a quarter plain ASCII.
            if (offset % 4 == 3) std::fill(text.begin(), text.end(), std::byte{'x'});
            if (offset % 2 == 1 && size != 0) text[random.below(size)] = random.octet();
            const utf8_state state = all_states[offset % 4 == 2 ? random.below(std::size(all_states)) : 0];
            expect_equal_everywhere(text, state, source, target, offset);
            if (HasFatalFailure()) return;
        }
    }
}

TEST(utf8, equals_scalar_at_the_front_of_a_guarded_page) {
    constexpr masking_key key{std::byte{0x31}, std::byte{0x9C}, std::byte{0x07}, std::byte{0xE2}};
    const guarded_memory room{8192};
    const guarded_memory target{8192};
    random_source random{12};
    for (const std::size_t size : lengths()) {
        const bytes text = mixed_text(random, size);
        bytes masked = text;
        for (std::size_t i = 0; i < size; ++i) masked[i] ^= key[i % 4];
        const auto at = room.at_start(size);
        const auto to = target.at_start(size);
        const utf8_state expected = scalar().utf8(text.data(), size, utf8_state::accept);
        ASSERT_EQ(expected, utf8_state::accept);
        for (const subject& tested : subjects()) {
            const std::string where = describe(tested, size);
            std::copy(text.begin(), text.end(), at.begin());
            ASSERT_EQ(tested.kernel->utf8(at.data(), size, expected), expected) << where;
            std::copy(masked.begin(), masked.end(), at.begin());
            const auto copied =
                tested.kernel->mask_copy_utf8(to.data(), at.data(), size, load_key(key), expected);
            ASSERT_EQ(copied, expected) << where;
            ASSERT_TRUE(std::equal(text.begin(), text.end(), to.begin())) << where;
            ASSERT_EQ(tested.kernel->mask_utf8(at.data(), size, load_key(key), expected), expected) << where;
            ASSERT_TRUE(std::equal(text.begin(), text.end(), at.begin())) << where;
        }
    }
}

TEST(utf8, carries_its_state_over_every_split) {
    random_source random{13};
    for (std::size_t round = 0; round < 40; round += stride()) {
        bytes text = mixed_text(random, 170 + random.below(140));
        if (round % 2 == 1) text[random.below(text.size())] = random.octet();
        const utf8_state whole = model_utf8(text);
        for (const subject& tested : subjects()) {
            for (std::size_t split = 0; split <= text.size(); ++split) {
                const utf8_state first = tested.kernel->utf8(text.data(), split, utf8_state::accept);
                ASSERT_EQ(first, scalar().utf8(text.data(), split, utf8_state::accept))
                    << describe(tested, round, split);
                ASSERT_EQ(tested.kernel->utf8(text.data() + split, text.size() - split, first), whole)
                    << describe(tested, round, split);
            }
        }
    }
}

TEST(utf8, carries_its_state_over_many_small_pieces) {
    random_source random{14};
    for (std::size_t round = 0; round < 400; round += stride()) {
        bytes text = mixed_text(random, 400);
        if (round % 2 == 1) text[random.below(text.size())] = random.octet();
        const utf8_state whole = model_utf8(text);
        for (const subject& tested : subjects()) {
            utf8_state state = utf8_state::accept;
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t size = std::min(1 + random.below(90), text.size() - at);
                state = tested.kernel->utf8(text.data() + at, size, state);
                at += size;
            }
            ASSERT_EQ(state, whole) << describe(tested, round);
        }
    }
}

TEST(utf8, equals_scalar_on_random_mutations) {
    random_source random{15};
    for (std::size_t round = 0; round < 20000; round += stride()) {
        bytes text = mixed_text(random, random.below(700));
        for (std::size_t changes = random.below(4); changes != 0 && !text.empty(); --changes) {
            const std::size_t at = random.below(text.size());
            switch (random.below(3)) {
                case 0: text[at] = random.octet(); break;
                case 1: text[at] ^= static_cast<std::byte>(1u << random.below(8)); break;
                case 2: text.erase(text.begin() + static_cast<std::ptrdiff_t>(at)); break;
            }
        }
        const utf8_state expected = scalar().utf8(text.data(), text.size(), utf8_state::accept);
        for (const subject& tested : subjects()) {
            ASSERT_EQ(tested.kernel->utf8(text.data(), text.size(), utf8_state::accept), expected)
                << describe(tested, round, text.size());
        }
    }
}

// The index at which the model first rejects, or at which too few octets can follow.
std::size_t model_first_invalid(const bytes& text, utf8_state state, std::uint64_t following) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const utf8_state after = model_utf8(std::span{text}.first(i + 1), state);
        if (after == utf8_state::reject) return i;
        const std::uint64_t left = text.size() - i - 1;
        const std::uint64_t room = following > UINT64_MAX - left ? UINT64_MAX : left + following;
        if (missing(after) > room) return i;
    }
    return text.size();
}

TEST(utf8, finds_the_octet_that_decides) {
    random_source random{16};
    std::size_t found = 0;
    for (std::size_t round = 0; round < 3000; round += stride()) {
        bytes text = mixed_text(random, random.below(40));
        if (round % 2 == 1 && !text.empty()) text[random.below(text.size())] = random.octet();
        if (!text.empty()) text.resize(text.size() - random.below(std::min<std::size_t>(text.size(), 4)));
        const utf8_state state = all_states[random.below(std::size(all_states) - 1)];
        for (const std::uint64_t following : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2},
                                              std::uint64_t{3}, UINT64_MAX - 1, UINT64_MAX}) {
            const std::size_t expected = model_first_invalid(text, state, following);
            ASSERT_EQ(first_invalid(text, state, following), expected) << round << ' ' << following;
            found += expected < text.size() ? 1 : 0;
        }
    }
    EXPECT_GT(found, 0u);
}

TEST(utf8, a_cut_character_is_wrong_at_its_first_octet_if_too_few_can_follow) {
    const bytes text{std::byte{'a'}, std::byte{0xF0}, std::byte{0x9F}};
    EXPECT_EQ(first_invalid(text, utf8_state::accept), 3u);
    EXPECT_EQ(first_invalid(text, utf8_state::accept, 2), 3u);
    EXPECT_EQ(first_invalid(text, utf8_state::accept, 1), 1u);
    EXPECT_EQ(first_invalid(text, utf8_state::accept, 0), 1u);
}

TEST(utf8, public_functions_take_empty_spans_and_judge_whole_texts) {
    EXPECT_TRUE(is_utf8({}));
    EXPECT_EQ(validate({}, utf8_state::two_more), utf8_state::two_more);
    const bytes open{std::byte{0xC3}};
    EXPECT_FALSE(is_utf8(open));
    EXPECT_EQ(validate(open, utf8_state::accept), utf8_state::one_more);
    EXPECT_EQ(validate(open, utf8_state::reject), utf8_state::reject);
    const bytes whole{std::byte{0xC3}, std::byte{0xA9}};
    EXPECT_TRUE(is_utf8(whole));
}

}  // namespace
}  // namespace wspc::test
