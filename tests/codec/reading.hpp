// SPDX-License-Identifier: Apache-2.0
// What a message_reader must tell of a stream that a test wrote by hand, fed in the usual manners.
#pragma once

#include <cstdint>
#include <vector>

#include <wspc/message_reader.hpp>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/event_log.hpp"
#include "support/feeding.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {

inline const bytes hello = text_bytes("Hello");

// A frame as a client sends it.
[[nodiscard]] inline bytes to_server(unsigned op, const bytes& payload = {}, bool fin = true,
                                     std::uint8_t rsv = 0) {
    return wire_to(role::server, op, payload, fin, rsv);
}

// Octets of its header and key before its payload, for payloads below 126.
inline constexpr std::size_t short_header = 6;

struct reading {
    role receiver = role::server;
    reader_options options{};
};

[[nodiscard]] inline told text_message(const bytes& payload, bool first = true, bool last = true) {
    return {.kind = event_kind::data, .payload = payload, .op = opcode::text, .first = first, .last = last};
}

[[nodiscard]] inline told binary_message(const bytes& payload, bool first = true, bool last = true) {
    return {.kind = event_kind::data, .payload = payload, .op = opcode::binary, .first = first, .last = last};
}

[[nodiscard]] inline told ping(const bytes& payload) {
    return {.kind = event_kind::ping, .payload = payload};
}
[[nodiscard]] inline told pong(const bytes& payload) {
    return {.kind = event_kind::pong, .payload = payload};
}
[[nodiscard]] inline told close(std::uint16_t code, const bytes& reason = {}) {
    return {.kind = event_kind::close, .payload = reason, .code = code};
}

// Calls `check(outcome, octet_by_octet)` for the stream fed whole and octet by octet, by both entries.
template <class Check>
void read_every_way(const bytes& stream, const reading& how, const Check& check) {
    for (const bool one : {false, true}) {
        for (const bool octets_alone : {false, true}) {
            message_reader reader{how.receiver, how.options};
            const manner called{.one = one, .room = 64};
            const split cuts = octets_alone ? octet_by_octet(stream.size()) : uncut();
            SCOPED_TRACE(to_string(called, cuts) + "\n" + to_hex(stream));
            const outcome got = feed(reader, stream, cuts, called);
            EXPECT_EQ(got.broken, "");
            EXPECT_EQ(reader.failed(), got.log.failed());
            check(got, octets_alone);
        }
    }
}

// The stream is right and tells exactly these events.
inline void expect_told(const bytes& stream, const std::vector<told>& expected, const reading& how = {}) {
    read_every_way(stream, how, [&](const outcome& got, bool) {
        EXPECT_EQ(got.log.failed(), failure{}) << text(got.log.failed().code);
        EXPECT_EQ(got.log.events(), expected) << to_string(got.log);
    });
}

// The stream fails so, with the octet at `offset` and not later, and tells these complete messages
// and control frames before.
inline void expect_failure(const bytes& stream, error code, std::uint64_t offset, const reading& how = {},
                           const std::vector<told>& before = {}) {
    read_every_way(stream, how, [&](const outcome& got, bool octets_alone) {
        EXPECT_EQ(got.log.failed(), (failure{code, offset})) << text(got.log.failed().code);
        EXPECT_EQ(got.fed_at_failure, octets_alone ? offset + 1 : stream.size());
        std::vector<told> events = got.log.events();
        if (!events.empty() && events.back().kind == event_kind::data && !events.back().last)
            events.pop_back();
        EXPECT_EQ(events, before) << to_string(got.log);
    });
}

}  // namespace wspc::test
