// SPDX-License-Identifier: Apache-2.0
// The workloads of the receiving benchmarks: streams of masked frames from fixed seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace wspc::bench {

// Every stream of a workload is about this long; eight different ones rotate, so that no branch
// predictor learns one by heart.
inline constexpr std::size_t stream_size = 1u << 20;
inline constexpr std::size_t stream_count = 8;
inline constexpr std::size_t chunk_size = 64u << 10;

struct stream {
    std::vector<std::byte> bytes;
    std::vector<std::uint32_t> frame_ends;  // offsets behind each frame
};

struct workload {
    std::string_view name;
    bool text;
    std::uint32_t smallest;  // bytes of payload, uniform between the two
    std::uint32_t largest;
};

inline constexpr workload workloads[] = {
    {"R1/binary/0..125", false, 0, 125},   {"R2/ascii/0..125", true, 0, 125},
    {"R3/binary/0", false, 0, 0},          {"R3/binary/8", false, 8, 8},
    {"R3/binary/16", false, 16, 16},       {"R3/binary/32", false, 32, 32},
    {"R4/binary/1KiB", false, 1024, 1024}, {"R4/binary/16KiB", false, 16384, 16384},
    {"R5/ascii/1KiB", true, 1024, 1024},   {"R5/ascii/16KiB", true, 16384, 16384},
};

// The streams of a workload; made once.
[[nodiscard]] const std::vector<stream>& streams(const workload& of);

}  // namespace wspc::bench
