// SPDX-License-Identifier: Apache-2.0
#include <wspc/frame_reader.hpp>

#include <array>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/feeding.hpp"
#include "support/guarded_memory.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"
#include "support/streams.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

constexpr header_rules as_server{.receiver = role::server};
constexpr header_rules as_client{.receiver = role::client};

// A frame put together from its pieces.
struct whole_frame {
    frame_header header;
    bytes payload;

    friend bool operator==(const whole_frame&, const whole_frame&) = default;
};

// Reads a stream in pieces that end at a guard page, and checks what every piece promises.
struct collector {
    explicit collector(const header_rules& rules) : reader{rules} {}

    void feed(std::span<const std::byte> part) {
        static const guarded_memory memory{1 << 16};
        std::span<std::byte> left = memory.copy_at_end(part);
        while (true) {
            const frame_piece piece = reader.read(left);
            if (piece.kind != piece_kind::piece) {
                failed = piece.kind == piece_kind::failed;
                EXPECT_EQ(piece.consumed, failed ? 0 : left.size());
                return;
            }
            take(piece, left);
            left = left.subspan(piece.consumed);
        }
    }

    void take(const frame_piece& piece, std::span<const std::byte> left) {
        EXPECT_EQ(piece.begins, frames.empty() || ended);
        if (piece.begins) {
            frames.push_back({piece.header, {}});
            remaining = piece.header.length;
        }
        ASSERT_FALSE(frames.empty());
        EXPECT_EQ(piece.header.length, remaining);
        EXPECT_EQ(piece.header.op, frames.back().header.op);
        EXPECT_EQ(piece.header.fin, frames.back().header.fin);
        EXPECT_EQ(piece.header.rsv, frames.back().header.rsv);
        EXPECT_EQ(piece.header.masked, frames.back().header.masked);
        EXPECT_EQ(piece.header.key, key_after(frames.back().header.key, frames.back().payload.size()));
        if (!piece.bytes.empty()) {
            EXPECT_EQ(piece.bytes.data() + piece.bytes.size(), left.data() + piece.consumed);
        }
        frames.back().payload += to_bytes(piece.bytes);
        remaining -= piece.bytes.size();
        ended = piece.ends;
        EXPECT_EQ(ended, remaining == 0);
        EXPECT_EQ(reader.remaining(), remaining);
        EXPECT_EQ(reader.at_border(), ended);
    }

    frame_reader reader;
    std::vector<whole_frame> frames;
    std::uint64_t remaining = 0;
    bool ended = true;
    bool failed = false;
};

TEST(frame_reader, finds_the_same_frames_at_every_split) {
    for (std::size_t seed = 0; seed < scaled(1500); ++seed) {
        random_source random{seed};
        const role receiver = random.one_in(2) ? role::server : role::client;
        const bytes stream = any_stream(random, {.receiver = receiver, .max_messages = 4});
        const header_rules rules{.receiver = receiver};
        collector whole{rules};
        whole.feed(stream);
        for (int i = 0; i < 3 && !HasFailure(); ++i) {
            const split cuts = i == 0 ? octet_by_octet(stream.size()) : random_split(random, stream.size());
            collector cut{rules};
            std::size_t from = 0;
            for (std::size_t at : cuts) {
                cut.feed(std::span{stream}.subspan(from, at - from));
                from = at;
            }
            cut.feed(std::span{stream}.subspan(from));
            ASSERT_EQ(cut.frames, whole.frames) << "seed " << seed << " " << to_hex(stream);
            EXPECT_EQ(cut.failed, whole.failed);
            EXPECT_EQ(cut.reader.failed(), whole.reader.failed());
            EXPECT_EQ(cut.reader.offset(), whole.reader.offset());
        }
        ASSERT_FALSE(HasFailure()) << "seed " << seed << " " << to_hex(stream);
    }
}

TEST(frame_reader, unmasks_a_payload_that_is_cut_at_every_place) {
    const bytes payload = counted_bytes(23);
    const bytes stream = wire({.op = 2, .payload = payload, .key = usual_key});
    for (std::size_t a = 0; a <= stream.size(); ++a) {
        for (std::size_t b = a; b <= stream.size(); ++b) {
            collector got{as_server};
            got.feed(std::span{stream}.first(a));
            got.feed(std::span{stream}.subspan(a, b - a));
            got.feed(std::span{stream}.subspan(b));
            ASSERT_EQ(got.frames.size(), 1u) << a << " " << b;
            ASSERT_EQ(got.frames[0].payload, payload) << a << " " << b;
        }
    }
}

TEST(frame_reader, shows_an_empty_frame_as_one_piece_that_begins_and_ends) {
    bytes stream = wire({.op = 1, .key = usual_key});
    frame_reader reader{as_server};
    const frame_piece piece = reader.read(stream);
    EXPECT_EQ(piece.kind, piece_kind::piece);
    EXPECT_TRUE(piece.begins && piece.ends);
    EXPECT_TRUE(piece.bytes.empty());
    EXPECT_EQ(piece.consumed, stream.size());
    EXPECT_EQ(reader.read({}).kind, piece_kind::none);
}

TEST(frame_reader, keeps_a_partial_header_and_shows_it) {
    const bytes header = wire_header({.op = 2, .key = usual_key, .declared = 70'000});
    ASSERT_EQ(header.size(), max_header_size);
    frame_reader reader{as_server};
    for (std::size_t i = 0; i + 1 < header.size(); ++i) {
        bytes one{header[i]};
        const frame_piece piece = reader.read(one);
        EXPECT_EQ(piece.kind, piece_kind::none);
        EXPECT_FALSE(piece.begins || piece.ends);
        EXPECT_EQ(piece.consumed, 1u);
        EXPECT_FALSE(reader.at_border());
        EXPECT_EQ(to_bytes(reader.partial_header()),
                  bytes(header.begin(), header.begin() + static_cast<int>(i) + 1));
        EXPECT_EQ(reader.offset(), i + 1);
    }
    bytes last{header.back()};
    const frame_piece piece = reader.read(last);
    EXPECT_EQ(piece.kind, piece_kind::piece);
    EXPECT_TRUE(piece.begins);
    EXPECT_FALSE(piece.ends);
    EXPECT_EQ(piece.header.length, 70'000u);
    EXPECT_EQ(piece.header.key, usual_key);
    EXPECT_TRUE(reader.partial_header().empty());
    EXPECT_EQ(reader.remaining(), 70'000u);
}

TEST(frame_reader, takes_the_largest_length_there_is_and_counts_it_down) {
    constexpr std::uint64_t largest = (std::uint64_t{1} << 63) - 1;
    bytes stream = wire({.op = 2, .payload = counted_bytes(100), .declared = largest});
    frame_reader reader{as_client};
    const frame_piece piece = reader.read(stream);
    EXPECT_EQ(piece.kind, piece_kind::piece);
    EXPECT_EQ(piece.header.length, largest);
    EXPECT_EQ(piece.bytes.size(), 100u);
    EXPECT_FALSE(piece.ends);
    EXPECT_EQ(reader.remaining(), largest - 100);
    bytes more = counted_bytes(50);
    EXPECT_EQ(reader.read(more).header.length, largest - 100);
    EXPECT_EQ(reader.remaining(), largest - 150);
}

TEST(frame_reader, leaves_the_payload_as_it_is_when_it_only_locates) {
    bytes stream = wire({.op = 2, .payload = counted_bytes(40), .key = usual_key});
    const bytes before = stream;
    frame_reader reader{as_server};
    const frame_piece piece = reader.locate(stream);
    EXPECT_EQ(piece.bytes.size(), 40u);
    EXPECT_EQ(piece.header.key, usual_key);
    EXPECT_EQ(stream, before);
}

TEST(frame_reader, gives_again_what_was_unread_with_the_key_in_its_phase) {
    const bytes payload = counted_bytes(40);
    for (std::size_t first = 1; first <= payload.size(); ++first) {
        for (std::size_t back = 0; back <= first; ++back) {
            bytes stream = wire({.op = 2, .payload = payload, .key = usual_key});
            const std::size_t header = stream.size() - payload.size();
            frame_reader reader{as_server};
            const frame_piece before = reader.locate(std::span{stream}.first(header + first));
            ASSERT_EQ(before.bytes.size(), first);
            reader.unread(back);
            ASSERT_EQ(reader.offset(), header + first - back);
            ASSERT_EQ(reader.remaining(), payload.size() - first + back);
            if (reader.at_border()) continue;
            const frame_piece again = reader.read(std::span{stream}.subspan(header + first - back));
            ASSERT_FALSE(again.begins);
            ASSERT_TRUE(again.ends);
            ASSERT_EQ(to_bytes(again.bytes),
                      bytes(payload.begin() + static_cast<std::ptrdiff_t>(first - back), payload.end()));
        }
    }
}

TEST(frame_reader, stays_failed_and_consumes_nothing_more) {
    bytes stream = wire_to(role::server, 2, counted_bytes(10)) + octets({0x83, 0x80});
    frame_reader reader{as_server};
    EXPECT_EQ(reader.read(stream).kind, piece_kind::piece);
    EXPECT_EQ(reader.read(std::span{stream}.subspan(16)).kind, piece_kind::failed);
    EXPECT_EQ(reader.failed(), (failure{error::reserved_opcode, 16}));
    bytes good = wire_to(role::server, 2, counted_bytes(10));
    const frame_piece piece = reader.read(good);
    EXPECT_EQ(piece.kind, piece_kind::failed);
    EXPECT_EQ(piece.consumed, 0u);
    EXPECT_EQ(reader.failed(), (failure{error::reserved_opcode, 16}));
}

TEST(frame_reader, places_a_failure_in_the_stream_although_the_header_was_cut) {
    const bytes stream = wire_to(role::client, 2, counted_bytes(10)) + octets({0x82, 126, 0, 125});
    for (std::size_t at = 0; at <= stream.size(); ++at) {
        collector got{as_client};
        got.feed(std::span{stream}.first(at));
        got.feed(std::span{stream}.subspan(at));
        EXPECT_EQ(got.reader.failed(), (failure{error::length_not_minimal, 15})) << at;
    }
}

TEST(frame_reader, takes_reserved_bits_once_they_are_allowed) {
    frame_reader reader{as_client};
    reader.allow_rsv(rsv1);
    bytes stream = wire_to(role::client, 2, counted_bytes(3), true, rsv1);
    EXPECT_EQ(reader.read(stream).header.rsv, rsv1);
    reader.allow_rsv(0);
    bytes again = wire_to(role::client, 2, counted_bytes(3), true, rsv1);
    EXPECT_EQ(reader.read(again).kind, piece_kind::failed);
    EXPECT_EQ(reader.failed(), (failure{error::reserved_bits, 5}));
}

// Every beginning of a header that there is, cut at every place: what begin_usual() takes is what locate()
// finds, and what it does not take is left for locate().
TEST(frame_reader, takes_the_header_of_a_usual_frame_as_locate_would) {
    static const guarded_memory memory{64};
    std::size_t taken = 0;
    for (const header_rules& rules : {as_server, as_client}) {
        const std::size_t header = rules.receiver == role::server ? 6 : 2;
        for (unsigned start = 0; start < 0x10000; ++start) {
            const bytes stream = octets({start >> 8, start & 0xff, 0x37, 0xfa, 0x21, 0x3d, 0x41});
            const bool masked = (start & 0x80) != 0;
            const bool usual = (start >> 8 == 0x81 || start >> 8 == 0x82) && (start & 0x7f) <= 125 &&
                               masked == (rules.receiver == role::server);
            for (std::size_t cut = 1; cut <= header; ++cut) {
                frame_reader reader{rules};
                std::span<std::byte> front = memory.copy_at_end(std::span{stream}.first(cut));
                ASSERT_EQ(reader.cuts_usual(cut), cut < header);
                bool got = false;
                std::size_t offset = 0;
                if (cut == header) {
                    got = reader.begin_usual(front);
                    offset = cut - front.size();
                } else if (reader.keep_usual(front)) {
                    ASSERT_EQ(to_bytes(reader.partial_header()),
                              bytes(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(cut)));
                    ASSERT_EQ(reader.offset(), cut);
                    ASSERT_FALSE(reader.usual_frame());
                    front = memory.copy_at_end(std::span{stream}.subspan(cut));
                    const std::size_t size = front.size();
                    ASSERT_FALSE(reader.cuts_usual(size));
                    got = reader.begin_usual(front);
                    offset = cut + size - front.size();
                }
                ASSERT_EQ(got, usual) << start << ", cut at " << cut;
                ASSERT_EQ(reader.offset(), offset) << start;
                ASSERT_EQ(reader.usual_frame(), usual) << start;
                frame_reader other{rules};
                bytes again = stream;
                const frame_piece want = other.locate(again);
                if (!usual) {
                    bytes left(stream.begin() + static_cast<std::ptrdiff_t>(offset), stream.end());
                    const frame_piece found = reader.locate(left);
                    ASSERT_EQ(found.kind, want.kind) << start << ", cut at " << cut;
                    ASSERT_EQ(found.header, want.header) << start;
                    ASSERT_EQ(reader.failed(), other.failed()) << start;
                    continue;
                }
                ++taken;
                ASSERT_EQ(offset, header);
                ASSERT_EQ(reader.op(), want.header.op);
                ASSERT_TRUE(reader.fin());
                ASSERT_EQ(reader.masked(), masked);
                ASSERT_EQ(reader.remaining(), want.header.length);
                ASSERT_EQ(reader.in_payload(), want.header.length != 0);
                const frame_reader::part part = reader.take(stream.size() - header);
                ASSERT_EQ(part.size, want.bytes.size());
                if (masked) {
                    ASSERT_EQ(part.key, want.header.key);
                }
                ASSERT_EQ(part.following, other.remaining());
            }
        }
    }
    EXPECT_EQ(taken, 2u * 126 * (6 + 2));
}

TEST(frame_reader, takes_no_usual_frame_after_a_failure) {
    frame_reader reader{as_client};
    bytes wrong = octets({0x83, 0});
    EXPECT_EQ(reader.read(wrong).kind, piece_kind::failed);
    bytes good = octets({0x81, 0});
    std::span<std::byte> front{good};
    EXPECT_FALSE(reader.keep_usual(front.first(1)));
    EXPECT_FALSE(reader.begin_usual(front));
    EXPECT_EQ(front.size(), good.size());
    EXPECT_EQ(reader.failed(), (failure{error::reserved_opcode, 0}));
}

TEST(frame_reader, counts_what_was_skipped) {
    frame_reader reader{as_client};
    reader.skip(1000);
    EXPECT_EQ(reader.offset(), 1000u);
    bytes stream = octets({0x83});
    EXPECT_EQ(reader.read(stream).kind, piece_kind::failed);
    EXPECT_EQ(reader.failed().offset, 1000u);
}

}  // namespace
}  // namespace wspc::test
