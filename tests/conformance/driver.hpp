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
    // What the peer says of itself.
    [[nodiscard]] virtual wspc::failure failed() const noexcept = 0;
    [[nodiscard]] virtual bool closed() const noexcept = 0;
    // The stream is over: for what shows only then.
    virtual void finish() = 0;
};

struct driver_kind {
    const char* name;
    std::unique_ptr<driver> (*make)();
};

std::unique_ptr<driver> make_batches();          // message_reader::receive
std::unique_ptr<driver> make_single_events();    // message_reader::receive_one
std::unique_ptr<driver> make_piece_echo();       // connection; its bytes are read by the test
std::unique_ptr<driver> make_message_echo();     // connection and message_assembler; the same
std::unique_ptr<driver> make_connection_pair();  // connection, answering another connection

inline constexpr driver_kind drivers[] = {
    {"batches", make_batches},
    {"single_events", make_single_events},
    {"piece_echo", make_piece_echo},
    {"message_echo", make_message_echo},
    {"connection_pair", make_connection_pair},
};

}  // namespace conformance
