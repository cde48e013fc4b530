// SPDX-License-Identifier: Apache-2.0
#include "streams.hpp"

#include <map>
#include <random>

#include <wspc/frame.hpp>

namespace wspc::bench {
namespace {

stream make_stream(const workload& of, std::uint32_t seed) {
    std::mt19937 random{seed};
    std::uniform_int_distribution<std::uint32_t> size{of.smallest, of.largest};
    stream made;
    while (made.bytes.size() < stream_size) {
        frame_header header{
            .length = size(random), .op = of.text ? opcode::text : opcode::binary, .masked = true};
        for (std::byte& octet : header.key) octet = static_cast<std::byte>(random() & 0xff);
        std::byte encoded[max_header_size];
        const std::size_t header_bytes = encode_header(encoded, header);
        made.bytes.insert(made.bytes.end(), encoded, encoded + header_bytes);
        for (std::uint64_t i = 0; i < header.length; ++i) {
            const auto octet = static_cast<std::byte>(of.text ? 0x20 + random() % 0x5f : random() & 0xff);
            made.bytes.push_back(octet ^ header.key[i & 3]);
        }
        made.frame_ends.push_back(static_cast<std::uint32_t>(made.bytes.size()));
    }
    return made;
}

}  // namespace

const std::vector<stream>& streams(const workload& of) {
    static std::map<std::string_view, std::vector<stream>> made;
    std::vector<stream>& found = made[of.name];
    for (std::uint32_t seed = 1; found.size() < stream_count; ++seed) found.push_back(make_stream(of, seed));
    return found;
}

}  // namespace wspc::bench
