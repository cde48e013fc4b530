// SPDX-License-Identifier: Apache-2.0
// A machine that fails: transports that take a part, and ends at every point. Nothing is lost, nothing goes
// out twice, and everything comes back. (Allocations that fail: capi/allocation_test.cpp.)
#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/session.hpp>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"
#include "engine/connection_as.hpp"
#include "support/reference_decoder.hpp"
#include "support/scale.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

constexpr role roles[] = {role::client, role::server};

// What a program sends in a test, of every kind.
struct script {
    bytes hello = text_bytes("hello");
    bytes none{};
    bytes medium = counted_bytes(200);
    bytes large = counted_bytes(700);
    bytes reason = text_bytes("bye");
    std::array<send_operation, 8> sends{
        send_operation{.op = opcode::text, .payload = hello},
        send_operation{.op = opcode::binary, .fin = false, .payload = medium},
        send_operation{.op = opcode::ping, .payload = hello},
        send_operation{.op = opcode::binary, .fin = false, .payload = none},
        send_operation{.op = opcode::binary, .payload = large},
        send_operation{.op = opcode::pong, .payload = none},
        send_operation{.op = opcode::binary, .payload = large},
        send_operation{.op = opcode::close, .close_code = 1000, .payload = reason}};
};

// A session with little memory, and what goes over its wire.
struct small_session {
    explicit small_session(role self, bool coalesce = true)
        : config{.coalesce = coalesce},
          subject{self, config,
                  session_memory{std::span{memory}.first(256), std::span{memory}.subspan(256, 300),
                                 std::span{memory}.last(session::control_size)},
                  agreement{}, &keys} {}

    // Writes all of `a`, or what the transport takes: no octet behind `cut` in the same write, and never
    // more than `most`.
    std::size_t write(const action& a, std::size_t cut, std::size_t most) {
        std::size_t moved = 0;
        for (const std::span<const std::byte> b : a.buffers)
            for (const std::byte octet : b) {
                if (moved == most || (sent.size() == cut && !cut_done)) {
                    cut_done = cut_done || sent.size() == cut;
                    return moved;
                }
                sent.push_back(octet);
                ++moved;
            }
        return moved;
    }

    counting_source source;
    masking_keys keys{source.source()};
    session_config config;
    std::array<std::byte, 256 + 300 + session::control_size> memory{};
    session subject;
    std::array<std::span<const std::byte>, 4> room;
    bytes sent;
    bool cut_done = false;
};

bytes sent_in_parts(role self, bool coalesce, std::size_t cut, std::size_t most) {
    script what;
    small_session s{self, coalesce};
    for (send_operation& o : what.sends) EXPECT_EQ(s.subject.send(o), error::none);
    std::size_t back = 0;
    for (std::size_t steps = 0; steps < 100'000; ++steps) {
        const action a = s.subject.next(s.room);
        if (a.kind == action_kind::none) break;
        std::size_t moved = 0;
        if (a.kind == action_kind::send) moved = s.write(a, cut, most);
        if (a.kind == action_kind::sent) {
            EXPECT_EQ(a.sending, &what.sends[back]);
            EXPECT_EQ(a.sending->code, error::none);
            ++back;
        }
        s.subject.complete(a, moved);
    }
    EXPECT_EQ(back, what.sends.size());
    EXPECT_EQ(s.subject.queued(), 0u);
    return s.sent;
}

TEST(cut_sends, of_a_session_are_the_same_octets_wherever_they_are_cut) {
    for (const role self : roles)
        for (const bool coalesce : {true, false}) {
            const bytes whole = sent_in_parts(self, coalesce, SIZE_MAX, SIZE_MAX);
            const event_log heard = read_back(self, whole);
            ASSERT_EQ(heard.messages().size(), 3u);
            ASSERT_EQ(heard.events().back().kind, event_kind::close);
            for (std::size_t cut = 0; cut <= whole.size(); cut += scaled(1, 3, 13))
                ASSERT_EQ(sent_in_parts(self, coalesce, cut, SIZE_MAX), whole) << cut;
            for (std::size_t most = 1; most <= 40; ++most)
                ASSERT_EQ(sent_in_parts(self, coalesce, SIZE_MAX, most), whole) << most;
        }
}

// Pongs and the answer to a Close, which the session sends by itself.
TEST(cut_sends, of_pongs_and_closes_are_the_same_octets_wherever_they_are_cut) {
    for (const role self : roles) {
        const auto answered = [&](std::size_t cut) {
            small_session s{self};
            bytes incoming = wire_to(self, 9, counted_bytes(100)) + wire_to(self, 9, text_bytes("p")) +
                             wire_to(self, 8, octets({0x03, 0xe9}) + text_bytes("going"));
            receive_operation wanted;
            EXPECT_EQ(s.subject.receive(wanted), error::none);
            for (std::size_t steps = 0; steps < 1000; ++steps) {
                const action a = s.subject.next(s.room);
                if (a.kind == action_kind::none) break;
                std::size_t moved = 0;
                if (a.kind == action_kind::send) moved = s.write(a, cut, SIZE_MAX);
                if (a.kind == action_kind::receive) {
                    moved = std::min<std::size_t>(incoming.size(), 50);
                    std::copy_n(incoming.begin(), moved, a.into.begin());
                    incoming.erase(incoming.begin(), incoming.begin() + static_cast<std::ptrdiff_t>(moved));
                }
                s.subject.complete(a, moved);
                if (a.kind == action_kind::disconnect) break;
            }
            return s.sent;
        };
        const bytes whole = answered(SIZE_MAX);
        const event_log heard = read_back(self, whole);
        ASSERT_EQ(heard.events().size(), 3u);
        EXPECT_EQ(heard.events()[1].payload, text_bytes("p"));
        EXPECT_EQ(heard.events()[2].code, 1001);
        for (std::size_t cut = 0; cut <= whole.size(); ++cut) ASSERT_EQ(answered(cut), whole) << cut;
    }
}

// websocket.h has no "the rest later": a short count cancels. What is behind it goes out whole or not at all.
TEST(cut_sends, of_a_handle_cancel_one_send_and_cut_no_other) {
    for (const role side : roles)
        for (const ULONG capacity : {1u, 2u})
            for (const ULONG buffer : {16u, 256u}) {
                const bytes first = counted_bytes(40), second = text_bytes("second"),
                            third = counted_bytes(9);
                for (std::size_t cut = 0;; ++cut) {
                    property_list properties;
                    properties.send_buffer(buffer);
                    const handle open = open_handle(side, properties);
                    ASSERT_EQ(queue_send(open, binary_message, first, tag(1)), S_OK);
                    ASSERT_EQ(queue_send(open, text_message, second, tag(2)), S_OK);
                    ASSERT_EQ(queue_send(open, binary_message, third, tag(3)), S_OK);
                    std::size_t moved = 0, handed_out = 0;
                    bool is_cut = false;
                    bytes behind;
                    std::vector<PVOID> back;
                    for (int steps = 0; steps < 100; ++steps) {
                        const taken got = take_action(open, send_queue, capacity);
                        ASSERT_EQ(got.result, S_OK);
                        if (got.action == no_action) break;
                        ULONG count = got.total();
                        if (got.action == indicate_send) back.push_back(got.context);
                        if (got.action == send_to_network && !is_cut && moved + count > cut) {
                            is_cut = true;
                            handed_out = moved + count;
                            count = static_cast<ULONG>(cut - moved);
                        } else if (got.action == send_to_network && is_cut) {
                            behind += got.octets();
                        } else {
                            moved += count;
                        }
                        complete(open, got, count);
                    }
                    EXPECT_EQ(back, (std::vector<PVOID>{tag(1), tag(2), tag(3)})) << cut;
                    if (!is_cut) break;
                    // Whole frames of later sends, each once; or none, and no more are taken.
                    const std::vector<parsed_frame> frames = parse_frames(behind);
                    const bool broken = queue_bare(open, ping_pong) != S_OK;
                    // A frame of which a part was never handed out can be followed by nothing.
                    const std::size_t header = side == role::client ? 6 : 2;
                    const std::size_t ends[] = {header + 40, 2 * header + 46, 3 * header + 55};
                    EXPECT_EQ(broken, std::count(std::begin(ends), std::end(ends), handed_out) == 0) << cut;
                    if (broken) {
                        EXPECT_TRUE(frames.empty()) << cut;
                        continue;
                    }
                    for (std::size_t i = 0; i < frames.size(); ++i) {
                        const bytes& wanted = i + 1 == frames.size() ? third : second;
                        EXPECT_EQ(frames[i].payload, wanted) << cut;
                    }
                    EXPECT_LE(frames.size(), 2u);
                }
            }
}

// --- ends

// A conversation with a session, of which the first `steps` actions are taken. Each operation comes back
// once.
void abort_after(role self, std::size_t steps, bool complete_first, bool& over) {
    script what;
    small_session s{self};
    std::array<receive_operation, 4> wanted{};
    for (send_operation& o : what.sends) ASSERT_EQ(s.subject.send(o), error::none);
    for (receive_operation& o : wanted) ASSERT_EQ(s.subject.receive(o), error::none);
    bytes incoming = wire_to(self, 1, text_bytes("in")) + wire_to(self, 9, text_bytes("p")) +
                     wire_to(self, 2, counted_bytes(300)) + wire_to(self, 10, text_bytes("q"));
    std::map<const void*, int> back;
    std::deque<action> outstanding;
    const auto perform = [&](const action& a) {
        std::size_t moved = 0;
        // A pong goes octet by octet, so that it ends inside one.
        if (a.kind == action_kind::send) moved = s.write(a, SIZE_MAX, a.sending == nullptr ? 1 : 100);
        if (a.kind == action_kind::receive) {
            moved = std::min({incoming.size(), a.into.size(), std::size_t{40}});
            std::copy_n(incoming.begin(), moved, a.into.begin());
            incoming.erase(incoming.begin(), incoming.begin() + static_cast<std::ptrdiff_t>(moved));
        }
        s.subject.complete(a, moved);
    };
    const auto note = [&](const action& a) {
        if (a.kind == action_kind::sent) ++back[a.sending];
        if (a.kind == action_kind::received) ++back[a.receiving];
    };
    over = false;
    for (std::size_t i = 0; i < steps && !over; ++i) {
        const action a = s.subject.next(s.room);
        over = a.kind == action_kind::none;
        note(a);
        // The last ones stay outstanding.
        if (!over && (complete_first || i + 2 < steps)) perform(a);
        if (!over && !complete_first && i + 2 >= steps) outstanding.push_back(a);
    }
    const std::size_t sent = s.sent.size();
    s.subject.abort();
    for (const action& a : outstanding) s.subject.complete(a, 0);
    for (action a = s.subject.next(s.room); a.kind != action_kind::none; a = s.subject.next(s.room)) {
        ASSERT_TRUE(a.kind == action_kind::sent || a.kind == action_kind::received) << steps;
        note(a);
        s.subject.complete(a, 0);
    }
    EXPECT_EQ(s.sent.size(), sent);
    EXPECT_EQ(back.size(), what.sends.size() + wanted.size()) << steps;
    for (const auto& [operation, times] : back) EXPECT_EQ(times, 1) << steps;
    EXPECT_EQ(s.subject.queued(), 0u);
    EXPECT_EQ(s.subject.send(what.sends[0]), error::aborted);
    EXPECT_EQ(s.subject.receive(wanted[0]), error::aborted);
}

TEST(abort_anywhere, gives_back_each_operation_of_a_session_once) {
    for (const role self : roles)
        for (const bool complete_first : {true, false}) {
            bool over = false;
            std::size_t steps = 0;
            for (; !over && !HasFatalFailure(); ++steps) abort_after(self, steps, complete_first, over);
            EXPECT_GT(steps, 20u);
        }
}

// The same with a handle: in each state, with an action of each kind outstanding.
void abort_handle_after(role side, std::size_t steps, bool& over) {
    static const bytes hello = text_bytes("hello"), large = counted_bytes(700);
    property_list properties;
    properties.send_buffer(256).receive_buffer(256);
    const handle open = open_handle(side, properties);
    ASSERT_EQ(queue_send(open, text_message, hello, tag(1)), S_OK);
    ASSERT_EQ(queue_send(open, binary_fragment, large, tag(2)), S_OK);
    ASSERT_EQ(queue_bare(open, ping_pong, tag(3)), S_OK);
    ASSERT_EQ(queue_send(open, binary_message, hello, tag(4)), S_OK);
    ASSERT_EQ(queue_close(open, 1000, "bye", tag(5)), S_OK);
    for (std::uintptr_t i = 6; i < 10; ++i) ASSERT_EQ(queue_receive(open, tag(i)), S_OK);
    bytes incoming = wire_to(side, 1, text_bytes("in")) + wire_to(side, 9, text_bytes("p")) +
                     wire_to(side, 2, counted_bytes(300)) + wire_to(side, 8, {});
    std::map<PVOID, int> back;
    const auto note = [&](const taken& got) {
        if (got.action == indicate_send || got.action == indicate_receive) ++back[got.context];
    };
    std::deque<taken> outstanding;
    over = false;
    for (std::size_t i = 0; i < steps && !over; ++i) {
        const taken got = take_action(open, all_queues, 1);
        ASSERT_EQ(got.result, S_OK);
        over = got.action == no_action;
        if (over) break;
        note(got);
        if (i + 2 >= steps) {
            outstanding.push_back(got);
            continue;
        }
        ULONG moved = got.total();
        if (got.action == receive_from_network) {
            moved = static_cast<ULONG>(std::min<std::size_t>({incoming.size(), moved, 40}));
            std::memcpy(got.buffers[0].Data.pbBuffer, incoming.data(), moved);
            incoming.erase(incoming.begin(), incoming.begin() + static_cast<std::ptrdiff_t>(moved));
        }
        complete(open, got, moved);
    }
    WebSocketAbortHandle(open);
    for (const taken& got : outstanding) complete(open, got, 0);
    for (int i = 0; i < 100; ++i) {
        const taken got = take_action(open, all_queues, 1);
        ASSERT_EQ(got.result, S_OK);
        if (got.action == no_action) break;
        ASSERT_TRUE(got.action == indicate_send || got.action == indicate_receive) << steps;
        note(got);
        complete(open, got, 0);
    }
    EXPECT_EQ(back.size(), 9u) << steps;
    for (const auto& [context, times] : back) EXPECT_EQ(times, 1) << steps;
    EXPECT_EQ(queue_bare(open, ping_pong), E_INVALID_PROTOCOL_OPERATION);
}

TEST(abort_anywhere, gives_back_each_operation_of_a_handle_once) {
    for (const role side : roles) {
        bool over = false;
        std::size_t steps = 0;
        for (; !over && !HasFatalFailure(); ++steps) abort_handle_after(side, steps, over);
        EXPECT_GT(steps, 10u);
    }
}

// A connection holds nothing but itself: left alone after any octet it owes nobody anything, and a copy of it
// goes on from there.
TEST(abort_anywhere, a_connection_may_be_left_or_copied_after_every_octet) {
    for (const role self : roles) {
        const bytes wire = wire_to(self, 1, text_bytes("one")) + wire_to(self, 9, text_bytes("ping")) +
                           wire_to(self, 2, counted_bytes(130), false) + wire_to(self, 0, text_bytes("end")) +
                           wire_to(self, 8, octets({0x03, 0xe8}));
        counting_source source;
        masking_keys keys{source.source()};
        for (std::size_t at = 0; at <= wire.size(); ++at) {
            event_log log;
            bytes fed = wire;
            std::array<std::byte, connection::max_pending_size> out;
            const auto read = [&](connection& by, std::span<std::byte> rest) {
                while (!rest.empty()) {
                    const received_one got = by.receive_one(rest);
                    if (got.event.kind != event_kind::none) log.add(got.event);
                    rest = rest.subspan(got.consumed);
                }
            };
            auto left = std::make_unique<connection>(self, default_connection_config, agreement{}, &keys);
            read(*left, std::span{fed}.first(at));
            connection copy = *left;
            left.reset();
            read(copy, std::span{fed}.subspan(at));
            EXPECT_EQ(difference(decode_reference(wire, {.receiver = self}), log), "") << at;
            EXPECT_TRUE(copy.close_received());
            EXPECT_GT(copy.write_pending(out).size, 0u);
        }
    }
}

}  // namespace
}  // namespace wspc::test
