// SPDX-License-Identifier: Apache-2.0
#include "readers.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <gtest/gtest.h>

#include <wspc/connection.hpp>
#include <wspc/frame_reader.hpp>
#include <wspc/session.hpp>

#include "capi/support/handles.hpp"
#include "engine/connection_as.hpp"

namespace wspc::test {
namespace {

// Calls `feed` with each piece of the stream, until it says that it has heard enough.
template <class Feed>
void feed_pieces(const bytes& stream, const split& cuts, Feed&& feed) {
    std::size_t from = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t to = i < cuts.size() ? cuts[i] : stream.size();
        if (!feed(std::span{stream}.subspan(from, to - from), to)) return;
        from = to;
    }
}

made_of_it by_frame_reader(const bytes& stream, const split& cuts, role receiver, const reader_options&) {
    static const guarded_memory memory{1 << 17};
    frame_reader reader{{.receiver = receiver}};
    made_of_it made;
    feed_pieces(stream, cuts, [&](std::span<const std::byte> piece, std::size_t fed) {
        std::span<std::byte> rest = memory.copy_at_end(piece);
        for (;;) {
            ++made.calls;
            const frame_piece got = reader.read(rest);
            if (got.kind == piece_kind::failed) {
                made.failed = true;
                made.fed_at_failure = fed;
                made.log.add({.offset = reader.failed().offset,
                              .kind = event_kind::failed,
                              .code = static_cast<std::uint16_t>(reader.failed().code)});
                return false;
            }
            if (got.kind == piece_kind::none) return true;
            if (got.consumed == 0) made.broken = "a call without progress";
            rest = rest.subspan(got.consumed);
            if (!made.broken.empty() || rest.empty()) return made.broken.empty();
        }
    });
    return made;
}

made_of_it of(outcome&& got) {
    made_of_it made;
    made.failed = static_cast<bool>(got.log.failed());
    made.log = std::move(got.log);
    made.broken = std::move(got.broken);
    made.fed_at_failure = got.fed_at_failure;
    return made;
}

template <bool one>
made_of_it by_message_reader(const bytes& stream, const split& cuts, role receiver,
                             const reader_options& options) {
    message_reader reader{receiver, options};
    return of(feed(reader, stream, cuts, {.capacity = one ? 1u : 16u, .one = one}));
}

// What it sends by itself in the end: the newest pong and a Close.
template <bool one>
made_of_it by_connection(const bytes& stream, const split& cuts, role receiver,
                         const reader_options& options) {
    static const guarded_memory memory{connection::max_pending_size};
    counting_source source;
    masking_keys keys{source.source()};
    const connection_config config{.receive = options};
    connection subject{receiver, config, {}, &keys};
    made_of_it made = of(feed(subject, stream, cuts, {.capacity = 3, .one = one, .at_start = one}));
    const std::span<std::byte> out = memory.at_end(connection::max_pending_size);
    const write_result written = subject.write_pending(out);
    if (written.code != error::none) made.broken = "nothing can be answered";
    made.sent = to_bytes(out.first(written.size));
    return made;
}

class session_reader {
public:
    session_reader(role receiver, const reader_options& options)
        : config_{.connection = {.receive = options}},
          subject_{receiver, config_,
                   session_memory{receiving().at_end(session::min_receive), sending().at_end(300),
                                  controlling().at_end(session::control_size)},
                   agreement{}, &keys_} {
        (void)subject_.receive(wanted_);
    }

    // False once nothing more can come.
    bool feed(std::span<const std::byte> piece, made_of_it& made) {
        for (;;) {
            const action a =
                parked_.id != 0 && !piece.empty() ? std::exchange(parked_, {}) : subject_.next(room_);
            if (++made.calls > made.most_calls) made.broken = "it does not end";
            if (a.kind == action_kind::none || !made.broken.empty()) return made.broken.empty();
            std::size_t moved = 0;
            if (a.kind == action_kind::receive) {
                if (piece.empty()) {
                    parked_ = a;
                    continue;
                }
                moved = std::min(piece.size(), a.into.size());
                std::memcpy(a.into.data(), piece.data(), moved);
                piece = piece.subspan(moved);
            }
            if (a.kind == action_kind::send)
                for (const std::span<const std::byte> b : a.buffers) {
                    made.sent.insert(made.sent.end(), b.begin(), b.end());
                    moved += b.size();
                }
            const bool received = a.kind == action_kind::received && wanted_.event.kind != event_kind::none;
            if (received) made.log.add(wanted_.event);
            subject_.complete(a, moved);
            made.failed = static_cast<bool>(subject_.failed());
            if (received && !made.failed) (void)subject_.receive(wanted_);
            if (a.kind == action_kind::disconnect) return false;
        }
    }

private:
    static const guarded_memory& receiving() {
        static const guarded_memory memory{session::min_receive};
        return memory;
    }
    static const guarded_memory& sending() {
        static const guarded_memory memory{300};
        return memory;
    }
    static const guarded_memory& controlling() {
        static const guarded_memory memory{session::control_size};
        return memory;
    }

    counting_source source_;
    masking_keys keys_{source_.source()};
    session_config config_;
    session subject_;
    receive_operation wanted_;
    std::array<std::span<const std::byte>, 4> room_;
    action parked_{};
};

// One that reads as a session does: pieces, and the octets fed when it failed.
template <class Reader>
made_of_it by_queues(const bytes& stream, const split& cuts, role receiver, const reader_options& options) {
    Reader reader{receiver, options};
    made_of_it made;
    // Each octet may come by a read of its own, be indicated alone, and be a ping that is answered.
    made.most_calls = 16 + 6 * stream.size();
    feed_pieces(stream, cuts, [&](std::span<const std::byte> piece, std::size_t fed) {
        const bool failed_before = made.failed;
        const bool more = reader.feed(piece, made);
        if (made.failed && !failed_before) made.fed_at_failure = fed;
        return more;
    });
    if (made.broken.empty()) made.broken = made.log.broken();
    return made;
}

// A handle whose memory is a program's; it closes as the table of violations wants a program to.
class handle_reader {
public:
    handle_reader(role receiver, const reader_options& options)
        : handle_{open(receiver)}, unlimited_{options}, reference_{receiver, unlimited_} {
        unlimited_.limits = {UINT64_MAX, UINT64_MAX, UINT32_MAX};
    }

    bool feed(std::span<const std::byte> piece, made_of_it& made) {
        expect_failure_of(piece, made);
        while (!made.failed && !closed_ && made.broken.empty()) {
            if (!receiving_ && queue_receive(handle_) != S_OK) made.broken = "no receive is accepted";
            receiving_ = true;
            if (++made.calls > made.most_calls) made.broken = "it does not end";
            if (!made.broken.empty()) return false;
            const bool resumes = parked_.has_value() && !piece.empty();
            const taken got = resumes ? *parked_ : take_action(handle_, all_queues, 2);
            if (resumes) parked_.reset();
            if (got.result != S_OK) return fail(got.result, made);
            if (got.action == no_action) return true;
            if (got.action == receive_from_network) {
                if (piece.empty()) {
                    parked_ = got;
                    continue;
                }
                const std::size_t size = std::min<std::size_t>(piece.size(), got.total());
                std::memcpy(got.buffers[0].Data.pbBuffer, piece.data(), size);
                piece = piece.subspan(size);
                complete(handle_, got, static_cast<ULONG>(size));
                continue;
            }
            if (got.action == send_to_network) made.sent += got.octets();
            if (got.action == indicate_receive) tell(got, made);
            complete(handle_, got);
        }
        return !made.failed && made.broken.empty();
    }

private:
    static constexpr ULONG receive_size = 256, send_size = 300, overhead = 144;

    static handle open(role receiver) {
        static const guarded_memory memory{receive_size + send_size + overhead};
        const std::span<std::byte> lent = memory.at_end(receive_size + send_size + overhead);
        property_list properties;
        properties.receive_buffer(receive_size).send_buffer(send_size);
        properties.allocated_buffer(lent.data(), static_cast<ULONG>(lent.size()));
        return open_handle(receiver, properties);
    }

    // A handle does not say where the error is, so a reader beside it does.
    void expect_failure_of(std::span<const std::byte> piece, made_of_it& made) {
        bytes copy = to_bytes(piece);
        std::span<std::byte> rest{copy};
        while (!rest.empty() && made.broken.empty()) {
            const std::size_t consumed = reference_.receive_one(rest).consumed;
            if (consumed == 0) made.broken = "a call without progress";
            rest = rest.subspan(consumed);
        }
    }

    bool fail(HRESULT result, made_of_it& made) {
        const failure why = reference_.failed();
        const bool order =
            why.code == error::unexpected_continuation || why.code == error::expected_continuation;
        made.failed = true;
        made.wrong_result = result != (order ? E_INVALID_PROTOCOL_OPERATION : E_INVALID_PROTOCOL_FORMAT);
        made.log.add(
            {.offset = why.offset, .kind = event_kind::failed, .code = static_cast<std::uint16_t>(why.code)});
        return false;
    }

    void tell(const taken& got, made_of_it& made) {
        bytes payload = got.octets();
        event e{.bytes = payload};
        receiving_ = false;
        if (got.type == ping_pong) {
            e.kind = event_kind::pong;
        } else if (got.type == close_type) {
            e.kind = event_kind::close;
            e.code = got.status();
            closed_ = true;
        } else {
            const bool text = got.type == text_message || got.type == text_fragment;
            e.kind = event_kind::data;
            e.op = text ? opcode::text : opcode::binary;
            e.first = !open_;
            e.last = got.type == text_message || got.type == binary_message;
            open_ = !e.last;
        }
        made.log.add(e);
    }

    handle handle_;
    reader_options unlimited_;
    message_reader reference_;
    std::optional<taken> parked_;
    bool receiving_ = false;
    bool closed_ = false;
    bool open_ = false;
};

constexpr reader_kind kinds[] = {
    {.name = "frame_reader", .read = by_frame_reader, .frames_only = true},
    {.name = "message_reader", .read = by_message_reader<false>},
    {.name = "message_reader, one by one", .read = by_message_reader<true>},
    {.name = "connection", .read = by_connection<false>},
    {.name = "connection, one by one", .read = by_connection<true>},
    {.name = "session", .read = by_queues<session_reader>, .queues = true},
    {.name = "websocket.h", .read = by_queues<handle_reader>, .queues = true, .has_limits = false},
};

}  // namespace

std::span<const reader_kind> readers() { return kinds; }

}  // namespace wspc::test
