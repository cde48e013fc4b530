// SPDX-License-Identifier: Apache-2.0
// Everything in the library that reads what a peer sent, in one form, with all memory beside guard pages.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <wspc/message_reader.hpp>

#include "support/bytes.hpp"
#include "support/event_log.hpp"
#include "support/feeding.hpp"

namespace wspc::test {

// What a reader made of a stream.
struct made_of_it {
    event_log log;
    std::string broken{};  // the first promise of the calls that was not kept
    std::uint64_t fed_at_failure = 0;
    bool failed = false;
    bytes sent{};           // what it answered
    std::size_t calls = 0;  // of the interface
    std::size_t most_calls = 0;
    bool wrong_result = false;  // a handle: fails in another way than the table of violations says
};

struct reader_kind {
    const char* name;
    made_of_it (*read)(const bytes& stream, const split& cuts, role receiver, const reader_options& options);
    bool frames_only = false;  // judges headers, each by itself
    bool queues = false;       // answers each ping, and shows none
    bool has_limits = true;    // and closes by itself
};

// frame_reader, message_reader and connection by both of their entries, session, and websocket.h.
[[nodiscard]] std::span<const reader_kind> readers();

}  // namespace wspc::test
