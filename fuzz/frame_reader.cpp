// SPDX-License-Identifier: Apache-2.0
// frame_reader, by all its ways of taking a payload and in any cutting, against the frames that
// split_into_frames finds; and the pure functions of one header against the octets that it came from.
#include <wspc/frame_reader.hpp>

#include <array>

#include "finding.hpp"
#include "input.hpp"
#include "kernel_choice.hpp"
#include "support/reference_frames.hpp"

namespace wspc::fuzz {
namespace {

using test::bytes;
using test::reference_frame;
using test::reference_frames;

// How a piece is taken.
enum class way : std::uint8_t { read, locate, locate_and_unread, take, begin_usual, last_ = begin_usual };

// Puts frames together again from the pieces of a reader.
class subject {
public:
    subject(const header_rules& rules, std::vector<way> ways) : reader_{rules}, ways_{std::move(ways)} {}

    void feed(std::span<const std::byte> part) {
        const exact_copy fed{part};
        std::span<std::byte> left = fed.bytes();
        // Each piece takes an octet at least, but for the last one and for those that unread what they took.
        step_limit limit{2 * part.size() + 2};
        while (true) {
            limit.step();
            const std::size_t taken = take_one(left);
            if (taken == stop) break;
            left = left.subspan(taken);
        }
    }

    void compare(const bytes& stream, const reference_frames& expected) const {
        expect(failed_ == expected.failed, "another failure");
        expect(frames_ == expected.frames, "other frames");
        if (failed_) return;
        expect(reader_.offset() == stream.size(), "offset() is not what was fed");
        expect(test::to_bytes(reader_.partial_header()) == expected.partial_header, "another partial header");
        const bool inside = !frames_.empty() && !frames_.back().complete();
        expect(reader_.in_payload() == inside, "in_payload() is wrong");
        expect(reader_.at_border() == (!inside && expected.partial_header.empty()), "at_border() is wrong");
    }

private:
    static constexpr std::size_t stop = SIZE_MAX;

    [[nodiscard]] way next_way() { return ways_.empty() ? way::read : ways_[calls_++ % ways_.size()]; }

    // Takes a piece off the front of `left`: its size, or stop.
    std::size_t take_one(std::span<std::byte> left) {
        const way how = next_way();
        if (how == way::take && reader_.in_payload()) {
            const frame_reader::part part = reader_.take(left.size());
            expect(part.size <= left.size(), "more taken than there is");
            add_payload(left.first(part.size), part.key, part.following);
            return left.empty() ? stop : part.size;
        }
        const std::uint64_t before = reader_.offset();
        if (how == way::begin_usual && !reader_.in_payload()) {
            std::span<std::byte> behind = left;
            if (reader_.cuts_usual(left.size())) {
                if (reader_.keep_usual(left)) {
                    expect(!left.empty() && reader_.offset() == before + left.size(),
                           "keep_usual does not count what it keeps");
                    kept_ += left.size();
                    return stop;
                }
            } else if (reader_.begin_usual(behind)) {
                return begin_usual(left, behind, before);
            }
            expect(behind.size() == left.size() && reader_.offset() == before,
                   "a frame that is no usual one has been touched");
        }
        const frame_piece piece = how == way::read ? reader_.read(left) : reader_.locate(left);
        if (piece.kind != piece_kind::piece) {
            expect_no_piece(piece, left.size());
            return stop;
        }
        expect(piece.consumed <= left.size() && piece.consumed != 0, "a piece of no or of too many octets");
        expect(reader_.offset() == before + piece.consumed, "offset() does not count what was consumed");
        expect(piece.bytes.empty() || piece.bytes.data() + piece.bytes.size() == left.data() + piece.consumed,
               "the payload does not end what was consumed");
        std::span<std::byte> payload = piece.bytes;
        std::size_t consumed = piece.consumed;
        if (how == way::locate_and_unread && payload.size() > 1) {
            // Half of it is to come again; the frame at hand is its, even if it had ended.
            const std::size_t back = payload.size() / 2;
            reader_.unread(back);
            payload = payload.first(payload.size() - back);
            consumed -= back;
        }
        if (piece.begins) frames_.push_back({static_cast<std::size_t>(before) - kept_, piece.header, {}});
        expect(!frames_.empty(), "a payload before the first header");
        const reference_frame& frame = frames_.back();
        kept_ = 0;
        frame_header here = frame.header;
        here.length -= frame.payload.size();
        here.key = piece.header.key;
        expect(piece.header == here, "the header of a piece is not that of its frame");
        expect(piece.ends == (piece.header.length == piece.bytes.size()), "`ends` is wrong");
        if (how == way::read) {
            frames_.back().payload.insert(frames_.back().payload.end(), payload.begin(), payload.end());
        } else {
            add_payload(payload, piece.header.key, reader_.remaining());
        }
        return consumed;
    }

    // A header was taken off the front of `left`, what is behind it follows: the payload, or its first part.
    std::size_t begin_usual(std::span<std::byte> left, std::span<std::byte> behind, std::uint64_t before) {
        const std::size_t header = left.size() - behind.size();
        expect(reader_.offset() == before + header, "begin_usual does not count what it takes");
        expect(reader_.usual_frame(), "usual_frame() is wrong");
        frame_header made;
        made.length = reader_.remaining();
        made.op = reader_.op();
        made.fin = reader_.fin();
        made.masked = reader_.masked();
        const frame_reader::part part = reader_.take(behind.size());
        if (made.masked) made.key = part.key;
        frames_.push_back({static_cast<std::size_t>(before) - kept_, made, {}});
        kept_ = 0;
        add_payload(behind.first(part.size), part.key, part.following);
        return header + part.size;
    }

    void add_payload(std::span<const std::byte> raw, masking_key key, std::uint64_t following) {
        expect(reader_.remaining() == following, "remaining() is wrong");
        reference_frame& frame = frames_.back();
        for (std::size_t i = 0; i < raw.size(); ++i)
            frame.payload.push_back(frame.header.masked ? raw[i] ^ key[i % 4] : raw[i]);
    }

    void expect_no_piece(const frame_piece& none, std::size_t left) {
        if (none.kind == piece_kind::failed) {
            expect(none.consumed == 0, "a failure that consumes");
            expect(!failed_ || failed_ == reader_.failed(), "the failure has changed");
            failed_ = reader_.failed();
            expect(static_cast<bool>(failed_), "a failure without an error");
        } else {
            expect(none.consumed == left && !failed_, "octets are left without a reason");
            kept_ += left;
        }
    }

    frame_reader reader_;
    std::vector<way> ways_;
    std::size_t calls_ = 0;
    std::vector<reference_frame> frames_;
    std::size_t kept_ = 0;  // octets of a header that is not complete
    failure failed_;
};

// What decode_header says of each front of the octets at `start`, once it has all of them.
void check_header(const bytes& stream, const reference_frame& frame, const header_rules& rules) {
    const std::size_t size = header_size(frame.header.length, frame.header.masked);
    const auto octets = std::span{stream}.subspan(frame.start, size);
    const exact_copy encoded{size};
    expect(encode_header(encoded.bytes().data(), frame.header) == size, "encode_header gives another size");
    expect(std::equal(octets.begin(), octets.end(), encoded.bytes().begin()),
           "encode_header gives other octets");
    for (std::size_t given = 0; given <= size; ++given) {
        const exact_copy front{octets.first(given)};
        const decoded_header got = decode_header(front.bytes(), rules);
        expect(got.code == error::none, "decode_header fails where the stream does not");
        const bool complete = given == size;
        expect((got.status == decode_status::complete) == complete,
               "decode_header is done too early or too late");
        expect(complete ? got.size == size : got.size > given && got.size <= size,
               "decode_header asks for too much or too little");
        expect(!complete || got.header == frame.header, "decode_header gives another header");
        expect(got.length_known == (given >= header_size(frame.header.length, false)),
               "length_known is wrong");
    }
}

void run(input from) {
    header_rules rules;
    rules.receiver = from.flag() ? role::client : role::server;
    rules.any_masking = from.flag();
    rules.allowed_rsv = static_cast<std::uint8_t>(from.below(8) << 4);
    use_one_of_the_kernels(from);
    std::vector<way> ways(static_cast<std::size_t>(from.below(4)));
    for (way& one : ways) one = static_cast<way>(from.below(static_cast<std::uint64_t>(way::last_) + 1));
    std::array<cutting, 2> cuttings{cutting{from}, cutting{from}};
    const bytes stream = test::to_bytes(from.rest());

    const reference_frames expected = test::split_into_frames(stream, rules);
    for (const reference_frame& frame : expected.frames) check_header(stream, frame, rules);
    for (cutting& cuts : cuttings) {
        subject reader{rules, ways};
        std::size_t at = 0;
        // Two of a cutting's pieces in a row may be empty, but not all of them.
        while (at < stream.size()) {
            const std::size_t size = cuts.next(stream.size() - at);
            reader.feed(std::span{stream}.subspan(at, size));
            at += size;
        }
        reader.compare(stream, expected);
    }
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::run({bytes, size});
    return 0;
}
