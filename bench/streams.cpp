// SPDX-License-Identifier: Apache-2.0
#include "streams.hpp"

#include <map>
#include <random>
#include <span>

namespace wspc::bench {
namespace {

std::span<const std::string_view> alphabet(content what) {
    static constexpr std::string_view ascii[] = {"a", "e", "i", "n", "s", "t", " ", "Z", "0", "."};
    static constexpr std::string_view latin[] = {"a",      "e",      "n",      "s",      " ",
                                                 "\u00e9", "\u00fc", "\u00f1", "\u00df", "\u00e8"};
    static constexpr std::string_view chinese[] = {"\u4e2d", "\u6587", "\u7f51", "\u7edc",
                                                   "\u6d88", "\u606f", "\u8fde", "\u63a5"};
    static constexpr std::string_view emoji[] = {"\U0001f600", "\U0001f680", "\U0001f4a1", "\U0001f30d",
                                                 "\U0001f389"};
    switch (what) {
        case content::latin: return latin;
        case content::chinese: return chinese;
        case content::emoji: return emoji;
        case content::binary:
        case content::ascii: break;
    }
    return ascii;
}

void append_text(std::string& to, content what, std::size_t size, std::mt19937& random) {
    const std::size_t end = to.size() + size;
    if (what == content::binary) {
        while (to.size() < end) to += static_cast<char>(random() & 0xff);
        return;
    }
    const std::span<const std::string_view> characters = alphabet(what);
    while (to.size() < end) {
        const std::string_view next = characters[random() % characters.size()];
        if (to.size() + next.size() > end)
            to += 'x';
        else
            to += next;
    }
}

// Where a stream is cut.
std::vector<std::uint32_t> cut(std::size_t size, arrival how, std::mt19937& random) {
    std::vector<std::uint32_t> ends;
    if (how == arrival::octets)
        for (std::uint32_t at = 1; at <= size; ++at) ends.push_back(at);
    if (how == arrival::cuts) {
        for (std::size_t at = 0; at < size;) {
            at = std::min(size, at + 1 + random() % 1460);
            ends.push_back(static_cast<std::uint32_t>(at));
        }
    }
    return ends;
}

}  // namespace

std::string text_of(content what, std::size_t size, std::uint32_t seed) {
    std::mt19937 random{seed};
    std::string made;
    append_text(made, what, size, random);
    return made;
}

stream make_stream(const workload& of, std::uint32_t seed, std::size_t size) {
    std::mt19937 random{seed};
    std::uniform_int_distribution<std::uint32_t> payload_size{of.smallest, of.largest};
    stream made;
    made.by_frames = of.how == arrival::frames && of.smallest != of.largest;
    std::vector<std::uint32_t> frame_ends;
    std::string payload;
    while (made.bytes.size() < size) {
        frame_header header{.length = payload_size(random),
                            .op = of.what == content::binary ? opcode::binary : opcode::text,
                            .masked = of.receiver == role::server};
        if (header.masked)
            for (std::byte& octet : header.key) octet = static_cast<std::byte>(random() & 0xff);
        std::byte encoded[max_header_size];
        const std::size_t header_bytes = encode_header(encoded, header);
        made.bytes.insert(made.bytes.end(), encoded, encoded + header_bytes);
        payload.clear();
        append_text(payload, of.what, header.length, random);
        for (std::size_t i = 0; i < payload.size(); ++i)
            made.bytes.push_back(static_cast<std::byte>(payload[i]) ^ header.key[i & 3]);
        frame_ends.push_back(static_cast<std::uint32_t>(made.bytes.size()));
    }
    made.frames = frame_ends.size();
    made.ends = of.how == arrival::frames ? std::move(frame_ends) : cut(made.bytes.size(), of.how, random);
    return made;
}

const std::vector<stream>& streams(const workload& of) {
    static std::map<std::string_view, std::vector<stream>> made;
    std::vector<stream>& found = made[of.name];
    for (std::uint32_t seed = 1; found.size() < stream_count; ++seed) found.push_back(make_stream(of, seed));
    return found;
}

}  // namespace wspc::bench
