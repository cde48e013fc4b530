// SPDX-License-Identifier: Apache-2.0
// Two connections joined by queues of octets: every call answers as a model says, and what one side writes,
// however it is cut, the other hears, once and in order (connection_model.hpp). And one connection that
// hears what the input says: every cut gives the same events, and the same octets in answer.
#include <memory>
#include <string>
#include <vector>

#include <wspc/connection.hpp>

#include "connection_model.hpp"
#include "finding.hpp"
#include "input.hpp"
#include "support/event_log.hpp"
#include "support/transforms.hpp"

namespace wspc::fuzz {
namespace {

// --- two

class conversation {
public:
    explicit conversation(input& in) : conversation{in, in.below(64)} {}

    void run() {
        for (std::size_t steps = 0; steps < 300 && in_.left() != 0; ++steps) {
            const bool is_client = in_.flag();
            speaker& self = is_client ? client_ : server_;
            speaker& peer = is_client ? server_ : client_;
            if (in_.below(3) == 0)
                deliver(peer, self);
            else
                self.write_something(in_);
        }
        // What is open comes to its end, and all of it arrives.
        for (speaker* each : {&client_, &server_}) each->end_frame();
        step_limit limit{100};
        for (bool moved = true; moved; limit.step()) {
            moved = false;
            for (speaker* each : {&client_, &server_}) moved = each->write_pending(SIZE_MAX) || moved;
            moved = deliver_all(client_, server_) || moved;
            moved = deliver_all(server_, client_) || moved;
        }
        client_.expect_heard_by(server_, small_);
        server_.expect_heard_by(client_, small_);
        client_.expect_end();
        server_.expect_end();
    }

private:
    conversation(input& in, std::uint64_t kind)
        : in_{in},
          small_{kind % 4 == 1},
          client_{role::client, some_config(in, small_), kind / 4 % 4 == 1 ? 1 + kind / 16 : 0},
          server_{role::server, some_config(in, small_), 0} {}

    // A piece of what is on its way.
    void deliver(speaker& from, speaker& to) {
        const std::size_t size = std::min(in_.size(5000), from.on_its_way());
        hearing how{.capacity = static_cast<std::uint32_t>(in_.between(1, 4)),
                    .one = in_.flag(),
                    .answers = in_.flag()};
        if (size != 0) to.hear(from.take(size), how);
    }
    bool deliver_all(speaker& from, speaker& to) {
        const std::size_t size = from.on_its_way();
        if (size != 0) to.hear(from.take(size), {.capacity = 16, .one = false, .answers = true});
        return size != 0;
    }

    input& in_;
    bool small_;  // limits that what is written may break
    speaker client_;
    speaker server_;
};

// --- one, and what the input says

struct manner {
    std::uint32_t capacity = 16;
    bool one = false;
    std::size_t room = 0;
};

struct outcome {
    test::event_log heard;
    test::bytes answered;
    disconnect word = disconnect::no;
    std::uint64_t offset = 0;
};

class victim {
public:
    victim(role side, const connection_config& config, const transform* incoming)
        : subject_{side, config, agreement{.protocol = {}, .extensions = {}, .incoming = incoming}, &keys_} {}

    outcome hear(std::span<const std::byte> stream, cutting cuts, const manner& how) {
        std::vector<event> events(how.capacity);
        const exact_copy scratch{how.capacity * scratch_size};
        const exact_copy room{how.room};
        step_limit limit{stream.size() * 64 + 10'000};
        while (!stream.empty()) {
            const exact_copy piece{stream.first(cuts.next(stream.size()))};
            stream = stream.subspan(piece.size());
            for (std::span<std::byte> rest = piece.bytes(); !rest.empty(); limit.step()) {
                std::size_t consumed = 0;
                if (how.one) {
                    const received_one got = subject_.receive_one(rest, room.bytes());
                    if (got.event.kind != event_kind::none) made_.heard.add(got.event);
                    consumed = got.consumed;
                } else {
                    const received got =
                        subject_.receive(rest, {events.data(), scratch.bytes().data(), how.capacity});
                    for (const event& e : got.events) made_.heard.add(e);
                    consumed = got.consumed;
                }
                expect(consumed <= rest.size(), "more is consumed than there was");
                rest = rest.subspan(consumed);
                answer();
            }
        }
        made_.word = subject_.disconnect();
        made_.offset = subject_.offset();
        if (!made_.heard.broken().empty()) finding(made_.heard.broken());
        return std::move(made_);
    }

private:
    void answer() {
        const exact_copy out{connection::max_pending_size};
        const write_result done = subject_.write_pending(out.bytes());
        expect(done.code == error::none && !subject_.pending(), "an answer that cannot be written");
        test::operator+=(made_.answered, test::to_bytes(out.bytes().first(done.size)));
    }

    counted_keys source_;
    masking_keys keys_{source_.get()};
    connection subject_;
    outcome made_;
};

// What was answered is what its peer may hear; and it says why.
void expect_fair_answer(role side, const outcome& of, bool zero_masking) {
    expect_own_keys(side, of.answered, zero_masking);
    test::bytes copy = of.answered;
    message_reader peer{side == role::client ? role::server : role::client};
    test::event_log log;
    for (std::span<std::byte> rest{copy}; !rest.empty();) {
        const received_one got = peer.receive_one(rest);
        if (got.event.kind != event_kind::none) log.add(got.event);
        rest = rest.subspan(got.consumed);
    }
    expect(!log.failed() && log.broken().empty(), "an answer that breaks the protocol");
    std::vector<test::bytes> pings;
    for (const test::told& e : of.heard.events())
        if (e.kind == event_kind::ping) pings.push_back(e.payload);
    std::vector<test::bytes> pongs;
    for (const test::told& e : log.events()) {
        if (e.kind == event_kind::pong) pongs.push_back(e.payload);
        if (e.kind != event_kind::close) continue;
        const test::told* const last = of.heard.events().empty() ? nullptr : &of.heard.events().back();
        const std::uint16_t code = of.heard.failed() ? close_code(of.heard.failed().code)
                                   : last != nullptr ? last->code
                                                     : std::uint16_t{0};
        expect(e.code == code || (code == 0 && e.code == 1011), "a Close with another code");
    }
    expect(pongs == pings, "pings and pongs do not match");
}

void be_victim(input& in) {
    const role side = in.flag() ? role::client : role::server;
    const connection_config config = some_config(in, in.flag());
    constexpr test::transform_kind kinds[] = {test::transform_kind::flip,    test::transform_kind::sip,
                                              test::transform_kind::twice,   test::transform_kind::hoard,
                                              test::transform_kind::stumble, test::transform_kind::truncate};
    const bool transforms = in.below(4) == 0;
    const test::transform_kind kind = in.one_of(kinds);
    const manner how{.capacity = static_cast<std::uint32_t>(in.between(1, 8)),
                     .one = in.flag(),
                     .room = static_cast<std::size_t>(in.between(1, 300))};
    const cutting cuts{in};
    const std::span<const std::byte> stream = in.rest();
    const auto hear = [&](const cutting& cut, const manner& in_which) {
        test::test_transform restores{kind};
        const transform incoming = restores.get();
        victim subject{side, config, transforms ? &incoming : nullptr};
        return subject.hear(stream, cut, in_which);
    };
    const outcome slowly = hear(cutting{{1}}, {.one = true, .room = 64});
    const outcome got = hear(cuts, how);
    // Of a text that an extension restores and that fails, either may have heard more.
    const std::string why = test::difference(slowly.heard, got.heard);
    const bool less_may_be_heard = transforms && test::difference(got.heard, slowly.heard).empty();
    if (!why.empty() && !less_may_be_heard) finding(why);
    expect(slowly.answered == got.answered, "cut in another way, it answers something else");
    expect(slowly.word == got.word && slowly.offset == got.offset, "cut in another way, it ends elsewhere");
    expect_fair_answer(side, got, config.zero_masking);
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::input in{bytes, size};
    if (in.flag())
        wspc::fuzz::be_victim(in);
    else
        std::make_unique<wspc::fuzz::conversation>(in)->run();
    return 0;
}
