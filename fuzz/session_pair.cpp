// SPDX-License-Identifier: Apache-2.0
// Two sessions joined by pipes: whatever is queued, asked for, moved in part, completed late or aborted,
// nothing is lost, doubled or moved, and every operation comes back once (session_model.hpp). And one session
// that hears what the input says, against a message_reader.
#include <memory>
#include <optional>

#include <wspc/session.hpp>

#include "finding.hpp"
#include "input.hpp"
#include "session_model.hpp"
#include "support/transforms.hpp"

namespace wspc::fuzz {
namespace {

void converse(input& in) {
    pipe to_server{.capacity = static_cast<std::size_t>(in.between(1, 6000))};
    pipe to_client{.capacity = static_cast<std::size_t>(in.between(1, 6000))};
    talker client{role::client, in, to_client, to_server};
    talker server{role::server, in, to_server, to_client};
    for (std::size_t steps = 0; steps < 400 && in.left() != 0; ++steps) {
        talker& self = in.flag() ? client : server;
        switch (in.below(8)) {
            case 0:
            case 1: self.send_something(); break;
            case 2: self.receive(); break;
            case 3:
                if (in.below(16) == 15) self.abort();
                break;
            default: static_cast<void>(self.step());
        }
    }
    to_server.capacity = to_client.capacity = 1 << 20;
    step_limit limit{20'000};
    for (int quiet = 0; quiet < 2; limit.step()) {
        const bool first = client.settle();
        const bool second = server.settle();
        quiet = first || second ? 0 : quiet + 1;
    }
    client.expect_quiet();
    server.expect_quiet();
    client.expect_heard(server);
    server.expect_heard(client);
    client.end();
    server.end();
    client.expect_written();
    server.expect_written();
}

// --- one, and what the input says

class victim {
public:
    victim(role side, input& in) : side_{side} {
        config_.connection.closing = in.flag() ? close_policy::manual : close_policy::automatic;
        const std::uint64_t masking = in.below(64);
        config_.connection.receive.any_masking = masking % 8 == 1;
        config_.connection.zero_masking = masking / 8 == 1;
        const std::uint64_t reserved = in.below(64);
        if (reserved / 8 >= 2) restores_ = static_cast<test::transform_kind>(reserved / 8 - 2);
        // The first bit is the extension's, if there is one.
        if (reserved % 8 == 1) config_.connection.receive.allowed_rsv = restores_ ? rsv2 : rsv1;
        if (in.below(4) == 1)
            config_.connection.receive.limits = {
                .max_frame = in.below(300), .max_message = in.below(600), .max_fragments = 4};
        receive_size_ += in.size(1000);
        into_size_ = in.size(300);
    }

    void hear(std::span<const std::byte> stream, cutting cuts) {
        const exact_copy receive{receive_size_};
        const exact_copy send{std::size_t{session::min_send}};
        const exact_copy control{std::size_t{session::control_size}};
        counted_keys source;
        masking_keys keys{source.get()};
        extension extends{restores_};
        session subject{side_,
                        config_,
                        {receive.bytes(), send.bytes(), control.bytes()},
                        agreement{.protocol = {}, .extensions = {}, .incoming = extends.incoming()},
                        &keys};
        const exact_copy into{into_size_};
        receive_operation operation{.into = into.bytes()};
        bool queued = false;
        std::span<const std::byte> left = stream;
        step_limit limit{stream.size() * 16 + 1000};
        for (;; limit.step()) {
            if (!queued) queued = subject.receive(operation) == error::none;
            std::array<std::span<const std::byte>, 2> room;
            const action a = subject.next(room);
            std::size_t moved = 0;
            switch (a.kind) {
                case action_kind::none: return compare(subject, stream, a.code);
                case action_kind::send:
                    for (const std::span<const std::byte> b : a.buffers)
                        answered_ += test::to_bytes(b), moved += b.size();
                    break;
                case action_kind::receive:
                    while (moved == 0 && !left.empty())
                        moved = cuts.next(std::min(left.size(), a.into.size()));
                    std::copy_n(left.begin(), moved, a.into.begin());
                    left = left.subspan(moved);
                    break;
                case action_kind::received:
                    queued = false;
                    // The end of the stream.
                    if (operation.event.kind == event_kind::none) {
                        subject.complete(a, 0);
                        return compare(subject, stream, subject.failed().code);
                    }
                    heard_.add(operation.event);
                    break;
                case action_kind::sent: finding("a send that nobody queued"); break;
                case action_kind::disconnect: break;
            }
            subject.complete(~a.id, moved);  // of nothing that is outstanding
            subject.complete(a, moved);
        }
    }

private:
    // What restores messages, if anything does: a new one for each that reads.
    class extension {
    public:
        explicit extension(std::optional<test::transform_kind> kind)
            : state_{kind.value_or(test::transform_kind::flip)},
              value_{state_.get()},
              there_{kind.has_value()} {}
        extension(const extension&) = delete;
        extension& operator=(const extension&) = delete;
        [[nodiscard]] const transform* incoming() const { return there_ ? &value_ : nullptr; }

    private:
        test::test_transform state_;
        transform value_;
        bool there_;
    };
    // Where another reader has what is restored written; without room it fails as the session does.
    [[nodiscard]] std::size_t other_room() const { return into_size_ == 0 ? 0 : 64; }

    void compare(const session& subject, std::span<const std::byte> stream, error code) {
        as_session_tells all;
        extension extends{restores_};
        const failure failed =
            all.read(side_, config_.connection.receive, stream, extends.incoming(), other_room());
        const bool automatic = config_.connection.closing == close_policy::automatic;
        expect(subject.failed() == failed && (automatic || code == failed.code),
               "another failure than a reader's");
        if (!heard_.broken().empty()) finding(heard_.broken());
        if (failed) {
            // Of a message that an extension restores and that fails, either may have heard more.
            const bool hears_more = restores_ && difference_of_front(all.log, heard_).empty();
            if (!hears_more) expect_front(heard_, all.log);
        } else {
            expect(heard_.events() == all.log.events(), "something else is heard than a reader tells");
        }
        expect(!automatic || heard_.failed() == failed, "another failure is told");
        expect_answers(subject, stream);
    }

    // Each ping has its pong, and the end its Close.
    void expect_answers(const session& subject, std::span<const std::byte> stream) const {
        extension extends{restores_};
        message_reader reader{side_, config_.connection.receive, extends.incoming()};
        const exact_copy room{other_room()};
        std::vector<test::bytes> pings;
        test::bytes copy = test::to_bytes(stream);
        event last;
        for (std::span<std::byte> rest{copy}; !rest.empty();) {
            const received_one got = reader.receive_one(rest, room.bytes());
            if (got.event.kind == event_kind::ping) pings.push_back(test::to_bytes(got.event.bytes));
            if (got.event.kind != event_kind::none) last = got.event;
            rest = rest.subspan(got.consumed);
        }
        const header_rules rules{.receiver = side_ == role::client ? role::server : role::client};
        const test::reference_frames wire = test::split_into_frames(answered_, rules);
        expect(!wire.failed && wire.partial_header.empty(), "an answer that breaks the protocol");
        expect_own_keys(side_, answered_, config_.connection.zero_masking);
        std::vector<test::bytes> pongs;
        std::size_t closes = 0;
        for (const test::reference_frame& frame : wire.frames) {
            expect(frame.complete() && closes == 0, "an answer that does not end, or behind the last");
            if (frame.header.op == opcode::pong) pongs.push_back(frame.payload);
            if (frame.header.op != opcode::close) continue;
            ++closes;
            expect_code(frame.payload, last);
        }
        expect(pongs == pings, "pings and pongs do not match");
        const bool ended = subject.failed() || subject.close_received();
        expect((closes == 1) == (ended && config_.connection.closing == close_policy::automatic),
               "a Close too many, or none");
    }
    static void expect_code(const test::bytes& body, const event& last) {
        std::uint16_t code = last.code;
        if (last.kind == event_kind::failed) code = close_code(last.failure_code());
        if (code == 0) code = 1011;  // RFC 6455 7.4.1: it is not the peer's fault
        if (code == no_close_code) return expect(body.empty(), "a code for a Close without");
        expect(body.size() >= 2 && std::to_integer<unsigned>(body[0]) == code >> 8 &&
                   std::to_integer<unsigned>(body[1]) == (code & 0xffu),
               "a Close with another code");
    }

    role side_;
    session_config config_;
    std::size_t receive_size_ = session::min_receive;
    std::size_t into_size_ = 0;
    std::optional<test::transform_kind> restores_{};
    test::bytes answered_;
    test::event_log heard_;
};

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::input in{bytes, size};
    if (!in.flag()) {
        wspc::fuzz::converse(in);
        return 0;
    }
    wspc::fuzz::victim subject{in.flag() ? wspc::role::client : wspc::role::server, in};
    const wspc::fuzz::cutting cuts{in};
    subject.hear(in.rest(), cuts);
    return 0;
}
