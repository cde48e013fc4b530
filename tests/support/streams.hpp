// SPDX-License-Identifier: Apache-2.0
// Random streams of frames: right ones, right ones with something broken, and noise that looks a
// little like frames.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wspc/frame.hpp>

#include "support/bytes.hpp"
#include "support/random.hpp"

namespace wspc::test {

struct stream_profile {
    role receiver = role::server;
    std::size_t max_messages = 6;
    std::size_t max_payload = 600;  // of a frame; most are much smaller
    std::uint8_t message_rsv = 0;   // bits that the first frame of a message may carry
    bool small_only = false;        // whole messages below 126 bytes: what the kernels' run takes
};

// Valid UTF-8 of about `size` bytes: characters of all lengths, the first and last of each among them.
[[nodiscard]] bytes random_text(random_source& random, std::size_t size);

// Frames that a right peer could send; may end with a Close, and messages may be cut by it.
[[nodiscard]] bytes valid_stream(random_source& random, const stream_profile& profile);

// The same with one to three octets or runs of octets changed, lost, doubled or cut off.
[[nodiscard]] bytes mutated(random_source& random, bytes stream);

// Octets without a plan, beginning with a likely header.
[[nodiscard]] bytes noise(random_source& random, role receiver, std::size_t size);

// One of the three.
[[nodiscard]] bytes any_stream(random_source& random, const stream_profile& profile);

}  // namespace wspc::test
