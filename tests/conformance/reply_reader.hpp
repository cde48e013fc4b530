// SPDX-License-Identifier: Apache-2.0
// Reads what a peer sent, by itself and with no patience: the judge must not share the fault that it
// is to find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wspc/frame.hpp>
#include <wspc/mask.hpp>

#include "transcript.hpp"

namespace conformance {

class reply_reader {
public:
    explicit reply_reader(wspc::role sender, checker& seen) noexcept : seen_{&seen}, sender_{sender} {}

    // Whole frames, which are unmasked in place.
    void read(std::span<std::byte> bytes);

private:
    // Takes one frame off the front; false after a fault.
    bool read_frame(std::span<std::byte>& bytes);
    bool fault(const char* what);
    void tell(std::uint8_t first, std::span<std::byte> payload);

    checker* seen_;
    wspc::role sender_;
    bool open_ = false;  // a message has begun
    bool closed_ = false;
    wspc::opcode op_{};
    wspc::masking_key last_key_{};
};

}  // namespace conformance
