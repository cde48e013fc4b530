// SPDX-License-Identifier: Apache-2.0
// What lies between two sessions, and what one of them tells of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include <wspc/message_reader.hpp>

#include "finding.hpp"
#include "input.hpp"
#include "pairs.hpp"
#include "support/bytes.hpp"
#include "support/event_log.hpp"
#include "support/reference_frames.hpp"

namespace wspc::fuzz {

// One direction: what has been written and not been read, and all that ever was.
struct pipe {
    std::size_t capacity = 1;
    test::bytes everything{};
    std::size_t read = 0;

    [[nodiscard]] std::size_t waiting() const { return everything.size() - read; }
    [[nodiscard]] std::size_t room() const { return capacity - std::min(capacity, waiting()); }

    [[nodiscard]] bool is_at_border(const header_rules& rules) const {
        const test::reference_frames wire = test::split_into_frames(everything, rules);
        return wire.partial_header.empty() && (wire.frames.empty() || wire.frames.back().complete());
    }
    // Whether a frame begins in these octets, if they come next, rather than only to end.
    [[nodiscard]] bool begins_a_frame(const test::bytes& next, const header_rules& rules) const {
        test::bytes octets = everything;
        octets += next;
        const test::reference_frames wire = test::split_into_frames(octets, rules);
        return !wire.frames.empty() && wire.frames.back().start >= everything.size();
    }
};

// What a session tells of the events of a reader: no pings, and no empty piece that begins a message.
class as_session_tells {
public:
    void add(event e) {
        if (e.kind == event_kind::none || e.kind == event_kind::ping || e.kind == event_kind::failed) return;
        if (e.kind == event_kind::data) {
            if (e.bytes.empty() && !e.last) {
                skipped_ = skipped_ || e.first;
                return;
            }
            e.first = e.first || skipped_;
            skipped_ = false;
        }
        log.add(e);
    }
    // All of a stream, octet by octet. What `incoming` restores, at most two octets of each, goes to a room
    // of this size.
    failure read(role receiver, const reader_options& options, std::span<const std::byte> stream,
                 const transform* incoming = nullptr, std::size_t room_size = 0) {
        message_reader reader{receiver, options, incoming};
        const exact_copy room{room_size};
        step_limit limit{stream.size() * 6 + 16};
        for (const std::byte octet : stream) {
            const exact_copy one{std::span{&octet, 1}};
            for (std::span<std::byte> rest = one.bytes(); !rest.empty(); limit.step()) {
                const received_one got = reader.receive_one(rest, room.bytes());
                add(got.event);
                rest = rest.subspan(got.consumed);
            }
        }
        return reader.failed();
    }

    test::event_log log;

private:
    bool skipped_ = false;
};

}  // namespace wspc::fuzz
