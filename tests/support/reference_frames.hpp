// SPDX-License-Identifier: Apache-2.0
// RFC 6455 5.2 once more, one octet after the other: the frames of a whole stream in one vector. What
// frame_reader tells must equal this; it shares no code with the codec.
#pragma once

#include <cstdint>
#include <vector>

#include <wspc/frame.hpp>

#include "support/bytes.hpp"

namespace wspc::test {

struct reference_frame {
    std::size_t start = 0;  // of its first octet in the stream
    frame_header header{};
    bytes payload{};  // unmasked; as much of it as the stream holds
    [[nodiscard]] bool complete() const { return payload.size() == header.length; }

    friend bool operator==(const reference_frame&, const reference_frame&) = default;
};

struct reference_frames {
    std::vector<reference_frame> frames{};
    failure failed{};        // behind the last of the frames
    bytes partial_header{};  // what stands behind the last of the frames, if nothing failed
};

[[nodiscard]] reference_frames split_into_frames(const bytes& stream, const header_rules& rules);

}  // namespace wspc::test
