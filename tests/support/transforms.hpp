// SPDX-License-Identifier: Apache-2.0
// Extensions for tests, each with what it restores said a second time for the reference decoder.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wspc/message_reader.hpp>

#include "support/bytes.hpp"
#include "support/reference_decoder.hpp"

namespace wspc::test {

enum class transform_kind {
    flip,      // octet XOR 20
    sip,       // as flip, but takes no more than three octets in one call
    twice,     // each octet two times
    hoard,     // nothing until the message ends, then all of it
    stumble,   // as flip, but an octet 0x55 is not allowed
    truncate,  // as flip, but ends the message by itself at an octet 0x55
};

// A transform under test: step by step, in whatever room it is given.
class test_transform {
public:
    explicit test_transform(transform_kind kind, std::uint8_t rsv = rsv1) : kind_{kind}, rsv_{rsv} {}
    test_transform(const test_transform&) = delete;
    test_transform& operator=(const test_transform&) = delete;

    // The value that a reader takes; refers to this object.
    [[nodiscard]] transform get() { return {this, step, rsv_}; }

    // Fills in the reference's side.
    void describe(reference_options& options) const;

    // Calls that were made although there was nothing to take and no room to give.
    [[nodiscard]] std::size_t idle_calls() const { return idle_calls_; }
    // The most bytes that one call was given.
    [[nodiscard]] std::size_t largest_input() const { return largest_input_; }

private:
    static transform_status step(void* context, std::span<const std::byte>& in, std::span<std::byte>& out,
                                 bool last) noexcept;
    transform_status step(std::span<const std::byte>& in, std::span<std::byte>& out, bool last);
    bool give(std::span<std::byte>& out);

    transform_kind kind_;
    std::uint8_t rsv_;
    bytes due_;              // taken and not yet given
    std::size_t given_ = 0;  // of due_
    std::size_t idle_calls_ = 0;
    std::size_t largest_input_ = 0;
};

}  // namespace wspc::test
