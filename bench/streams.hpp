// SPDX-License-Identifier: Apache-2.0
// The workloads of the benchmarks: payloads, and streams of frames, from fixed seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/frame.hpp>

namespace wspc::bench {

// Every stream of a workload is about this long; eight different ones rotate, so that no branch
// predictor learns one by heart.
inline constexpr std::size_t stream_size = 1u << 20;
inline constexpr std::size_t stream_count = 8;
inline constexpr std::size_t chunk_size = 64u << 10;

enum class content : std::uint8_t { binary, ascii, latin, chinese, emoji };

// Exactly `size` octets of whole characters, with ASCII at the end where none fits; `content::binary` is
// any octets.
[[nodiscard]] std::string text_of(content what, std::size_t size, std::uint32_t seed = 7);

// How a stream arrives.
enum class arrival : std::uint8_t {
    chunks,  // 64 KiB each
    frames,  // exactly one frame each
    cuts,    // 1 to 1,460 octets each, at random, as over a network
    octets,  // one by one
};

struct workload {
    const char* name;
    content what;
    std::uint32_t smallest;  // octets of payload, uniform between the two
    std::uint32_t largest;
    arrival how = arrival::chunks;
    role receiver = role::server;  // a server is sent masked frames
};

struct stream {
    std::vector<std::byte> bytes;
    std::size_t frames = 0;
    bool by_frames = false;  // frames of all sizes arrive one by one
    // Offsets behind each piece that arrives; empty if all are of chunk_size.
    std::vector<std::uint32_t> ends;
};

// One stream of a workload, of about `size` bytes.
[[nodiscard]] stream make_stream(const workload& of, std::uint32_t seed, std::size_t size = stream_size);

// The streams of a workload; made once.
[[nodiscard]] const std::vector<stream>& streams(const workload& of);

}  // namespace wspc::bench
