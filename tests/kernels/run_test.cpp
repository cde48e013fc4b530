// SPDX-License-Identifier: Apache-2.0
// The small-frame path of every kernel against its contract (dispatch.hpp) written down frame by
// frame, on streams that hold everything that must stop it.
#include <algorithm>

#include <gtest/gtest.h>

#include "run_model.hpp"
#include "subjects.hpp"
#include "support/guarded_memory.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

wire_frame make_frame(unsigned op, bool masked, bytes payload, random_source& random) {
    wire_frame made{.op = op, .payload = std::move(payload)};
    if (masked) made.key = masking_key{random.octet(), random.octet(), random.octet(), random.octet()};
    return made;
}

constexpr std::size_t longest = 65'535;

// Memory for one call, all of it beside guard pages.
class arena {
public:
    void expect_as_model(const subject& tested, const bytes& stream, bool masked, bool check_utf8,
                         std::size_t capacity, bool at_front, std::size_t most = longest) {
        const auto fed = at_front ? fed_.at_start(stream.size()) : fed_.at_end(stream.size());
        std::copy(stream.begin(), stream.end(), fed.begin());
        const auto scratch =
            at_front ? scratch_.at_start(capacity * scratch_size) : scratch_.at_end(capacity * scratch_size);
        std::fill(events_.begin(), events_.end(), garbage());
        const auto result =
            tested.kernel->run[masked][check_utf8](fed.data(), fed.size(), events_.data(), scratch.data(),
                                                   static_cast<std::uint32_t>(capacity), most);

        const taken expected = model_run(stream, masked, check_utf8, capacity, most);
        const std::string where = describe(tested, masked, check_utf8, capacity, stream.size());
        ASSERT_EQ(result.count, expected.payloads.size()) << where;
        ASSERT_EQ(result.size, expected.size) << where;
        ASSERT_TRUE(std::equal(expected.left.begin(), expected.left.end(), fed.begin()))
            << where << ": the fed bytes are not left as they must be";
        for (std::size_t i = 0; i < result.count; ++i) {
            const event& got = events_[i];
            const bool in_slot = masked && expected.payloads[i].size() <= 125;
            const std::byte* const place =
                in_slot ? scratch.data() + i * scratch_size : fed.data() + expected.starts[i];
            ASSERT_EQ(got.bytes.data(), place) << where << ' ' << i;
            ASSERT_TRUE(tells(got, expected, i)) << where << ' ' << i;
        }
        for (std::size_t i = capacity; i < events_.size(); ++i) {
            ASSERT_EQ(events_[i].offset, garbage().offset) << where << ": an event behind the batch";
        }
        taken_ += result.count;
        if (!HasFatalFailure()) expect_whole_as_model(tested, stream, masked, check_utf8, fed, most);
    }

    // Frames taken in all calls, so that a test can tell that it saw some.
    [[nodiscard]] std::size_t frames_taken() const { return taken_; }

private:
    static bool HasFatalFailure() { return testing::Test::HasFatalFailure(); }

    static bool tells(const event& got, const taken& expected, std::size_t i) {
        const bytes& payload = expected.payloads[i];
        return std::equal(got.bytes.begin(), got.bytes.end(), payload.begin(), payload.end()) &&
               got.kind == event_kind::data && got.op == expected.opcodes[i] && got.first && got.last &&
               got.code == 0 && got.offset == 0 && got.rsv == 0;
    }

    // whole() takes the first frame that run() would take, where it lies.
    static void expect_whole_as_model(const subject& tested, const bytes& stream, bool masked,
                                      bool check_utf8, std::span<std::byte> fed, std::size_t most) {
        std::copy(stream.begin(), stream.end(), fed.begin());
        event got = garbage();
        const std::size_t size = tested.kernel->whole[masked][check_utf8](fed.data(), fed.size(), &got, most);
        const taken expected = model_run(stream, masked, check_utf8, 1, most);
        const std::string where = describe(tested, masked, check_utf8, 1, stream.size());
        ASSERT_EQ(size, expected.size) << where;
        bytes left = stream;
        if (size != 0) {
            ASSERT_EQ(got.bytes.data(), fed.data() + expected.starts[0]) << where;
            ASSERT_TRUE(tells(got, expected, 0)) << where;
            std::copy(expected.payloads[0].begin(), expected.payloads[0].end(),
                      left.begin() + static_cast<std::ptrdiff_t>(expected.starts[0]));
        }
        ASSERT_TRUE(std::equal(left.begin(), left.end(), fed.begin()))
            << where << ": not left as they must be";
    }

    static event garbage() {
        event made;
        made.offset = 0x5555;
        made.kind = event_kind::failed;
        made.op = opcode::pong;
        made.code = 0x5555;
        made.rsv = 0x55;
        return made;
    }

    guarded_memory fed_{3 * 65'536};
    guarded_memory scratch_{16 * scratch_size};
    std::array<event, 18> events_;
    std::size_t taken_ = 0;
};

// A frame that run() takes or, now and then, one of each kind that stops it.
wire_frame random_frame(random_source& random, bool masked) {
    const bool text = random.one_in(2);
    const std::size_t size = random.below(126);
    wire_frame made = make_frame(text ? 1 : 2, masked, random.octets(size), random);
    if (text) made.payload = random.one_in(2) ? bytes(size, std::byte{'t'}) : mixed_text(random, size);
    if (random.one_in(8)) made.payload = mixed_text(random, random.between(126, 1000));
    switch (random.below(70)) {
        case 0: made.op = static_cast<unsigned>(random.below(16)); break;
        case 1: made.fin = false; break;
        case 2: made.rsv = static_cast<std::uint8_t>(random.below(8) << 4); break;
        case 3: made = make_frame(made.op, !masked, made.payload, random); break;
        case 4: made.payload.resize(random.between(126, 170)); break;
        case 5: made.form = length_form::bits16; break;
        case 6: made.form = length_form::bits64; break;
        case 7:  // often not UTF-8
            if (!made.payload.empty()) made.payload[random.below(made.payload.size())] = random.octet();
            break;
        case 8:  // a character cut by the end of the text
            if (!made.payload.empty()) made.payload.back() = std::byte{0xE4};
            break;
        default: break;
    }
    return made;
}

TEST(run, takes_what_its_contract_says_from_random_streams) {
    arena room;
    random_source random{21};
    for (std::size_t round = 0; round < 6000; round += stride()) {
        const bool masked = round / stride() % 4 != 0;
        bytes stream;
        for (std::size_t frames = 1 + random.below(24); frames != 0; --frames) {
            stream += wire(random_frame(random, masked));
        }
        if (random.below(2) == 0) stream.resize(random.below(stream.size() + 1));
        for (const subject& tested : subjects()) {
            for (const bool check_utf8 : {false, true}) {
                room.expect_as_model(tested, stream, masked, check_utf8, 1 + random.below(16),
                                     round % 2 == 0);
                if (HasFatalFailure()) return;
            }
        }
    }
    EXPECT_GT(room.frames_taken(), 6000 / stride());
}

TEST(run, takes_one_frame_of_every_length_that_ends_with_the_fed_bytes) {
    arena room;
    random_source random{22};
    for (std::size_t size = 0; size <= 125; ++size) {
        for (unsigned kind = 0; kind < 6; ++kind) {
            const bool masked = kind % 2 == 0;
            bytes payload = kind < 2   ? random.octets(size)
                            : kind < 4 ? bytes(size, std::byte{'t'})
                                       : mixed_text(random, size);
            const bytes stream = wire(make_frame(kind < 2 ? 2 : 1, masked, std::move(payload), random));
            for (const subject& tested : subjects()) {
                for (const bool check_utf8 : {false, true}) {
                    for (const bool at_front : {false, true}) {
                        room.expect_as_model(tested, stream, masked, check_utf8, 1, at_front);
                    }
                    if (HasFatalFailure()) return;
                }
            }
        }
    }
    EXPECT_EQ(room.frames_taken(), 126u * 6 * 4 * subjects().size());
}

TEST(run, keeps_every_distance_to_the_end_of_the_fed_bytes) {
    arena room;
    random_source random{23};
    for (std::size_t size = 0; size <= 125; size += 1 + random.below(4)) {
        for (std::size_t behind = 0; behind <= 135; behind += 1 + random.below(3 * stride())) {
            const bool masked = behind % 3 != 0;
            bytes stream =
                wire(make_frame(behind % 2 == 0 ? 1 : 2, masked, mixed_text(random, size), random));
            // A header that stops, then octets that are no text: nobody may judge those.
            stream.insert(stream.end(), behind, std::byte{0xFF});
            for (const subject& tested : subjects()) {
                room.expect_as_model(tested, stream, masked, true, 2, false);
                if (HasFatalFailure()) return;
            }
        }
    }
    EXPECT_GT(room.frames_taken(), 0u);
}

// A text that is wrong in one octet.
struct wrong_text {
    std::size_t size;
    std::size_t at;
    unsigned octet;
    bool masked;
};

// It stands between two good ones. The other octets have all the bits of ASCII, or none: no bit of theirs may
// be taken for, or stand in for, the top bit that is looked for.
void expect_good_around_wrong(arena& room, random_source& random, const wrong_text& wrong) {
    bytes text(wrong.size, wrong.at / 2 % 2 == 0 ? std::byte{0x00} : std::byte{0x7F});
    text[wrong.at] = static_cast<std::byte>(wrong.octet);
    const bytes good = wire(make_frame(1, wrong.masked, mixed_text(random, wrong.size), random));
    const bytes stream = good + wire(make_frame(1, wrong.masked, text, random)) + good;
    for (const subject& tested : subjects()) {
        room.expect_as_model(tested, stream, wrong.masked, true, 8, wrong.at % 2 == 0);
        room.expect_as_model(tested, stream, wrong.masked, false, 8, wrong.at % 2 == 0);
        if (testing::Test::HasFatalFailure()) return;
    }
}

TEST(run, stops_before_text_that_is_wrong_at_any_octet) {
    arena room;
    random_source random{24};
    for (std::size_t size = 1; size <= 125; size += stride()) {
        for (std::size_t at = 0; at < size; at += 1 + random.below(3)) {
            for (const unsigned octet : {0x80u, 0xC3u, 0xE4u, 0xF0u, 0xFFu}) {
                const bool masked = (size + at) % 2 == 0;
                expect_good_around_wrong(room, random, {size, at, octet, masked});
                if (HasFatalFailure()) return;
            }
        }
    }
    EXPECT_GT(room.frames_taken(), 0u);
}

TEST(run, stops_before_text_that_ends_inside_a_character) {
    arena room;
    random_source random{27};
    for (const bytes& open : {octets({0xC3}), octets({0xE4, 0xB8}), octets({0xF0, 0x9F, 0x98})}) {
        for (std::size_t size = open.size(); size <= 125; ++size) {
            for (const bool masked : {false, true}) {
                const bytes text = mixed_text(random, size - open.size()) + open;
                const bytes good = wire(make_frame(1, masked, mixed_text(random, size), random));
                const bytes stream = good + wire(make_frame(1, masked, text, random));
                // With and without octets behind it that would complete the character.
                for (const bytes& all : {stream, stream + bytes(130, std::byte{0x80})}) {
                    for (const subject& tested : subjects()) {
                        room.expect_as_model(tested, all, masked, true, 2, false);
                        if (HasFatalFailure()) return;
                    }
                }
            }
        }
    }
    EXPECT_EQ(room.frames_taken(), subjects().size() * 2 * 2 * (125 + 124 + 123));
}

TEST(run, stops_before_every_other_first_octet) {
    arena room;
    random_source random{25};
    for (unsigned first = 0; first < 256; ++first) {
        for (const bool masked : {false, true}) {
            const wire_frame next = make_frame(2, masked, bytes(5, std::byte{'o'}), random);
            bytes stream = wire(next) + wire(next);
            stream[stream.size() / 2] = static_cast<std::byte>(first);
            for (const subject& tested : subjects()) {
                room.expect_as_model(tested, stream, masked, true, 4, false);
                if (HasFatalFailure()) return;
            }
        }
    }
    EXPECT_EQ(room.frames_taken(), subjects().size() * 2 * (256 + 2));
}

TEST(run, takes_longer_frames_where_they_lie) {
    arena room;
    random_source random{28};
    std::size_t frames = 0;
    for (std::size_t size = 120; size <= longest; size += size < 400 ? 1 : size / 2) {
        if (size > longest / 2) size = longest;
        for (unsigned kind = 0; kind < 4; ++kind) {
            const bool masked = kind % 2 == 0;
            bytes payload = kind < 2 ? random.octets(size) : mixed_text(random, size);
            const bytes one = wire(make_frame(kind < 2 ? 2 : 1, masked, std::move(payload), random));
            const bytes small = wire(make_frame(1, masked, bytes(3, std::byte{'s'}), random));
            for (const subject& tested : subjects()) {
                // Alone at the end, with another behind it, and lacking its last octet.
                room.expect_as_model(tested, one, masked, true, 2, false);
                room.expect_as_model(tested, small + one + small, masked, true, 4, size % 2 == 0);
                room.expect_as_model(tested, bytes(one.begin(), one.end() - 1), masked, true, 2, false);
                if (HasFatalFailure()) return;
            }
            frames += 4 * subjects().size();
        }
    }
    EXPECT_EQ(room.frames_taken(), frames);
}

TEST(run, stops_before_frames_that_are_longer_than_it_may_take) {
    arena room;
    random_source random{29};
    std::size_t frames = 0;
    for (const std::size_t most : {std::size_t{125}, std::size_t{126}, std::size_t{1000}, longest - 1}) {
        for (const std::size_t size : {most - 1, most, most + 1}) {
            const bytes stream = wire(make_frame(2, true, random.octets(size), random));
            for (const subject& tested : subjects())
                room.expect_as_model(tested, stream, true, true, 1, false, most);
            frames += size <= most ? subjects().size() : 0;
        }
    }
    EXPECT_EQ(room.frames_taken(), frames);
}

TEST(run, leaves_longer_text_that_is_wrong_as_it_was) {
    arena room;
    random_source random{30};
    for (const std::size_t size : {126u, 127u, 128u, 191u, 192u, 300u, 1000u, 2048u, 2049u}) {
        for (std::size_t at = 0; at < size; at += 1 + random.below(7 * stride())) {
            for (const unsigned octet : {0x80u, 0xC3u, 0xFFu}) {
                const bool masked = at % 3 != 0;
                expect_good_around_wrong(room, random, {size, at, octet, masked});
                if (HasFatalFailure()) return;
            }
        }
    }
    EXPECT_GT(room.frames_taken(), 0u);
}

// ASCII is taken by whole vectors, up to the first that holds anything else, wherever that is.
TEST(run, takes_longer_text_with_and_without_one_character_beyond_ascii) {
    arena room;
    random_source random{31};
    std::size_t frames = 0;
    for (const std::size_t size : {126u, 127u, 128u, 129u, 200u, 256u, 1000u, 2047u, 2048u, 2049u, 2100u}) {
        const bytes plain(size, std::byte{'p'});
        for (const bytes& character : {octets({0xC3, 0xA9}), octets({0xF0, 0x9F, 0x98, 0x80})}) {
            for (std::size_t at = 0; at <= size - character.size(); at += 1 + random.below(9 * stride())) {
                bytes text = plain;
                std::copy(character.begin(), character.end(), text.begin() + static_cast<std::ptrdiff_t>(at));
                const bytes stream = wire(make_frame(1, true, plain, random)) +
                                     wire(make_frame(1, true, text, random)) +
                                     wire(make_frame(1, true, plain, random));
                for (const subject& tested : subjects()) {
                    room.expect_as_model(tested, stream, true, true, 4, at % 2 == 0);
                    if (HasFatalFailure()) return;
                }
                frames += 3 * subjects().size();
            }
        }
    }
    EXPECT_EQ(room.frames_taken(), frames);
}

TEST(run, stops_when_the_batch_is_full_and_takes_nothing_into_an_empty_one) {
    arena room;
    random_source random{26};
    bytes stream;
    for (std::size_t i = 0; i < 20; ++i) stream += wire(make_frame(2, true, random.octets(i), random));
    for (const subject& tested : subjects()) {
        for (std::size_t capacity = 0; capacity <= 16; ++capacity) {
            room.expect_as_model(tested, stream, true, true, capacity, false);
        }
    }
    EXPECT_EQ(room.frames_taken(), 136 * subjects().size());
}

TEST(run, takes_nothing_from_nothing_and_bears_any_single_octet) {
    arena room;
    for (const subject& tested : subjects()) {
        for (const bool masked : {false, true}) {
            room.expect_as_model(tested, {}, masked, true, 1, false);
            for (unsigned octet = 0; octet < 256; ++octet) {
                room.expect_as_model(tested, {static_cast<std::byte>(octet)}, masked, true, 1, false);
            }
        }
    }
    EXPECT_EQ(room.frames_taken(), 0u);
}

}  // namespace
}  // namespace wspc::test
