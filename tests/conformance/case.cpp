// SPDX-License-Identifier: Apache-2.0
#include "case.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace conformance {
namespace {

constexpr std::size_t block_size = 16;

// Characters of every length, in blocks that are valid by themselves. Which block stands where is
// random, so that a piece of a message that lands in a wrong place is noticed.
const std::array<std::string, 8>& text_blocks() {
    static const std::array<std::string, 8> blocks{
        "The quick brown ",
        hex("ce ba cf 8c cf 83 ce bc ce b5") + "-fox-1",
        hex("e6 97 a5 e6 9c ac e8 aa 9e e6 96 87 e5 ad 97") + "x",
        hex("f0 9f 98 80 f0 9f 98 81 f0 9f 98 82 f0 9f 98 83"),
        hex("c3 a9 f0 9f 98 80 e6 9c ac 61 c3 a9 f0 9f 98 82"),
        "jumps over lazy.",
        hex("df bf e0 a0 80 ef bf bf f4 8f bf bf f0 90 80 80"),
        hex("00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f"),
    };
    return blocks;
}

// The octets [at, at + size) of a block of a generated message.
void append_block(std::vector<std::byte>& to, body::fill kind, std::size_t whole, std::size_t block,
                  std::size_t at, std::size_t size) {
    const std::uint64_t number = random_numbers::at(block);
    const std::uint64_t more = number * 0x9e3779b97f4a7c15u;
    const std::string& text = text_blocks()[static_cast<std::size_t>(number % text_blocks().size())];
    for (std::size_t i = at; i < at + size; ++i) {
        std::uint64_t octet = (i < 8 ? number : more) >> (i % 8 * 8);
        if (kind == body::fill::text) {
            // The last characters of a text whose size is no multiple of the block's are ASCII.
            const bool partial = (block + 1) * block_size > whole;
            octet = partial ? 'a' + octet % 26 : static_cast<unsigned char>(text[i]);
        }
        to.push_back(static_cast<std::byte>(octet & 0xff));
    }
}

constexpr std::uint8_t fin_bit = 0x80;

}  // namespace

void body::append_to(std::vector<std::byte>& to) const {
    if (kind_ == fill::literal) {
        const auto octets = std::as_bytes(std::span{literal_});
        to.insert(to.end(), octets.begin(), octets.end());
        return;
    }
    for (std::size_t done = 0; done < size_;) {
        const std::size_t at = (from_ + done) % block_size;
        const std::size_t size = std::min(block_size - at, size_ - done);
        append_block(to, kind_, whole_, (from_ + done) / block_size, at, size);
        done += size;
    }
}

std::string hex(std::string_view digits) {
    std::string octets;
    unsigned value = 0;
    unsigned count = 0;
    for (const char c : digits) {
        if (c == ' ') continue;
        value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
        if (++count % 2 != 0) continue;
        octets.push_back(static_cast<char>(value));
        value = 0;
    }
    return octets;
}

frame frame::unfinished() const {
    frame f = *this;
    f.first = static_cast<std::uint8_t>(f.first & ~fin_bit);
    return f;
}

frame frame::reserved(unsigned bits) const {
    frame f = *this;
    f.first = static_cast<std::uint8_t>(f.first | (bits << 4));
    return f;
}

frame frame::in(length_form length) const {
    frame f = *this;
    f.form = length;
    return f;
}

frame frame::claiming(std::uint64_t length) const {
    frame f = *this;
    f.claimed = length;
    return f;
}

frame frame::mismasked() const {
    frame f = *this;
    f.wrong_mask = true;
    return f;
}

frame frame::masked_with(wspc::masking_key with) const {
    frame f = *this;
    f.key = with;
    return f;
}

frame any_frame(unsigned opcode, body payload) {
    return {static_cast<std::uint8_t>(fin_bit | opcode), std::move(payload)};
}

frame text(body payload) { return any_frame(1, std::move(payload)); }
frame binary(body payload) { return any_frame(2, std::move(payload)); }
frame continuation(body payload) { return any_frame(0, std::move(payload)); }
frame more(body payload) { return continuation(std::move(payload)).unfinished(); }
frame ping(body payload) { return any_frame(9, std::move(payload)); }
frame pong(body payload) { return any_frame(10, std::move(payload)); }
frame close_with_body(std::string octets) { return any_frame(8, std::move(octets)); }

frame close(std::uint16_t code, std::string_view reason) {
    std::string octets{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    return close_with_body(octets.append(reason));
}

frame generated_text(std::size_t size) { return text(body{body::fill::text, size, 0, size}); }
frame generated_binary(std::size_t size) { return binary(body{body::fill::binary, size, 0, size}); }

test_case accepted(std::string name, std::vector<frame> frames) {
    frames.push_back(close(1000));
    const std::size_t at = frames.size() - 1;
    return closed(std::move(name), std::move(frames), at, 1000);
}

test_case closed(std::string name, std::vector<frame> frames, std::size_t at, std::uint16_t code) {
    test_case c{std::move(name), std::move(frames), {}, wspc::error::none, code};
    const std::size_t size = c.frames[at].payload.size();
    // For a server the last octet of an empty Close is the key's; stream.cpp knows the role.
    c.decided = size == 0 ? header_octet(at, SIZE_MAX) : payload_octet(at, size - 1);
    return c;
}

test_case refused(std::string name, std::vector<frame> frames, place decided, wspc::error error,
                  std::uint16_t code) {
    return {std::move(name), std::move(frames), decided, error, code};
}

}  // namespace conformance
