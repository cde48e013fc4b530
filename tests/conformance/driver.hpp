// SPDX-License-Identifier: Apache-2.0
// What a case runs against: a peer, made of any of the library's interfaces.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>

#include "case.hpp"
#include "transcript.hpp"

namespace conformance {

class driver {
public:
    driver() = default;
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;
    virtual ~driver() = default;

    [[nodiscard]] virtual view shows() const noexcept = 0;
    // A new peer, which tells `seen` what it does from now on. `run` counts the runs of a case, for
    // drivers that vary what must make no difference.
    virtual void start(wspc::role self, const test_case& c, checker& seen, std::size_t run) = 0;
    // Bytes that have arrived, in memory that is the peer's until the call returns.
    virtual void feed(std::span<std::byte> bytes) = 0;
    // What the peer says of itself: whether it has failed in this way and no other; {}: not at all.
    [[nodiscard]] virtual bool failed_with(const wspc::failure& why) const noexcept = 0;
    [[nodiscard]] virtual bool closed() const noexcept = 0;
    // Whether limits end its connection. websocket.h streams whatever comes.
    [[nodiscard]] virtual bool has_limits() const noexcept { return true; }
    // The stream is over: for what shows only then.
    virtual void finish() = 0;
};

struct driver_kind {
    const char* name;
    std::unique_ptr<driver> (*make)();
};

// Those of this program: codec and connection, or handles of websocket.h.
[[nodiscard]] std::span<const driver_kind> drivers() noexcept;

// How many of a case's random splits this program tries, in hundredths.
[[nodiscard]] std::size_t share_of_splits() noexcept;

}  // namespace conformance
