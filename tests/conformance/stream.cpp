// SPDX-License-Identifier: Apache-2.0
// An encoder of its own: a test that used the library's would not notice a fault that both directions
// share, and could not send what no peer may.
#include "stream.hpp"

#include <algorithm>
#include <bit>

namespace conformance {
namespace {

void put(std::vector<std::byte>& wire, std::uint64_t octet) {
    wire.push_back(static_cast<std::byte>(octet & 0xff));
}

void put_big_endian(std::vector<std::byte>& wire, std::uint64_t value, unsigned octets) {
    for (unsigned i = octets; i-- > 0;) put(wire, value >> (8 * i));
}

void put_header(std::vector<std::byte>& wire, const frame& f, bool masked) {
    const std::uint64_t length = f.claimed.value_or(f.payload.size());
    const unsigned mask_bit = masked ? 0x80 : 0;
    put(wire, f.first);
    if (f.form == length_form::bits64 || (f.form == length_form::shortest && length > 65535)) {
        put(wire, mask_bit | 127);
        put_big_endian(wire, length, 8);
    } else if (f.form == length_form::bits16 || length > 125) {
        put(wire, mask_bit | 126);
        put_big_endian(wire, length, 2);
    } else {
        put(wire, mask_bit | length);
    }
}

void put_frame(stream& s, const frame& f, wspc::role receiver, random_numbers& random) {
    frame_place where{};
    where.start = s.wire.size();
    const bool masked = (receiver == wspc::role::server) != f.wrong_mask;
    put_header(s.wire, f, masked);
    wspc::masking_key key{};
    if (masked) {
        const std::uint64_t number = random.next();
        for (unsigned i = 0; i < 4; ++i) key[i] = static_cast<std::byte>((number >> (8 * i)) & 0xff);
        key = f.key.value_or(key);
        s.wire.insert(s.wire.end(), key.begin(), key.end());
    }
    where.payload = s.wire.size();
    where.is_data = !f.control();
    std::vector<std::byte>& plain = where.is_data ? s.data : s.control;
    where.plain = plain.size();
    f.payload.append_to(plain);
    const std::size_t size = f.payload.size();
    s.wire.resize(where.payload + size);
    for (std::size_t i = 0; i < size; ++i) s.wire[where.payload + i] = plain[where.plain + i] ^ key[i % 4];
    where.end = s.wire.size();
    s.frames.push_back(where);
}

}  // namespace

stream encode(const test_case& c, wspc::role receiver) {
    stream s;
    random_numbers random{c.frames.size()};
    for (const frame& f : c.frames) put_frame(s, f, receiver, random);
    const frame_place& last = s.frames[c.decided.frame];
    s.decided = c.decided.in_payload          ? last.payload + c.decided.octet
                : c.decided.octet == SIZE_MAX ? last.end - 1
                                              : last.start + c.decided.octet;
    if (c.error != wspc::error::none) s.failure = {c.error, s.decided};
    if (c.error == wspc::error::mask_missing && receiver == wspc::role::client)
        s.failure.code = wspc::error::mask_unexpected;
    for (const frame& f : {text("late"), ping("late"), close(1001)}) put_frame(s, f, receiver, random);
    return s;
}

cutter cutter::random(std::uint64_t seed, std::size_t size) {
    constexpr way ways[] = {way::even, way::uneven, way::headers, way::even};
    cutter cut{ways[seed % 4], seed};
    // At most a few hundred pieces, so that long streams are not octet by octet again; of short
    // streams one in four goes in tiny pieces.
    const std::size_t least = size / 256 + 2;
    const auto bits = static_cast<std::uint64_t>(std::bit_width(size / least));
    cut.size_ = seed % 4 == 3 ? least + 7 : least << cut.random_.below(bits + 1);
    return cut;
}

std::size_t cutter::next_frame_start(const stream& s, std::size_t fed) {
    while (frame_ < s.frames.size() && s.frames[frame_].start <= fed) ++frame_;
    return frame_ < s.frames.size() ? s.frames[frame_].start : s.wire.size();
}

std::size_t cutter::next(const stream& s, std::size_t fed) {
    const std::size_t left = s.wire.size() - fed;
    std::size_t size = left;
    switch (how_) {
        case way::whole: break;
        case way::writes: size = size_; break;
        case way::frames: size = next_frame_start(s, fed) - fed; break;
        case way::even: size = 1 + static_cast<std::size_t>(random_.below(size_)); break;
        case way::uneven: {
            // One piece in four is tiny.
            const std::size_t bound = random_.below(4) == 0 ? 4 : size_;
            size = 1 + static_cast<std::size_t>(random_.below(bound));
            break;
        }
        case way::headers: {
            // Up to a few octets around the next header, and then often further cuts inside it.
            const std::size_t start = next_frame_start(s, fed);
            const bool inside = frame_ > 0 && fed < s.frames[frame_ - 1].start + 16 && random_.below(2) == 0;
            size = inside ? 1 + static_cast<std::size_t>(random_.below(4))
                          : start - fed + static_cast<std::size_t>(random_.below(15));
            break;
        }
    }
    return std::clamp<std::size_t>(size, 1, left);
}

}  // namespace conformance
