// SPDX-License-Identifier: Apache-2.0
// A case as octets on the wire, and the ways to cut them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>

#include "case.hpp"

namespace conformance {

// Where a frame lies.
struct frame_place {
    std::size_t start;    // in the wire: its header
    std::size_t payload;  // in the wire
    std::size_t end;      // in the wire
    std::size_t plain;    // its payload, in `data` or in `control`
    bool is_data;
};

// What a peer of a certain role is sent: the frames of the case, and behind them a message, a ping
// and a Close that come too late to have any effect.
struct stream {
    std::vector<std::byte> wire;
    std::vector<std::byte> data;     // payloads of data frames, behind each other, not masked
    std::vector<std::byte> control;  // those of control frames
    std::vector<frame_place> frames;
    std::size_t decided = 0;  // the octet of the wire that decides
    wspc::failure failure;    // what the peer says then
};

[[nodiscard]] stream encode(const test_case& c, wspc::role receiver);

// One way to cut a stream into the pieces that arrive together.
class cutter {
public:
    static cutter whole() { return {way::whole, 0}; }
    static cutter octets() { return {way::writes, 1}; }
    static cutter writes(std::size_t size) { return {way::writes, size}; }
    static cutter frames() { return {way::frames, 0}; }
    // Different for every seed: pieces of like sizes, of very unlike sizes, tiny ones, or cuts in
    // and around the headers.
    static cutter random(std::uint64_t seed, std::size_t size);

    // The size of the piece that begins at `fed`.
    [[nodiscard]] std::size_t next(const stream& s, std::size_t fed);

private:
    enum class way : std::uint8_t { whole, writes, frames, even, uneven, headers };

    cutter(way how, std::uint64_t number)
        : random_{number}, size_{static_cast<std::size_t>(number)}, how_{how} {}

    std::size_t next_frame_start(const stream& s, std::size_t fed);

    random_numbers random_;
    std::size_t size_;
    std::size_t frame_ = 0;  // the first one that may begin at or behind `fed`
    way how_;
};

}  // namespace conformance
