// SPDX-License-Identifier: Apache-2.0
// A connection, the program around it, and a model of what each call must answer and of what its peer must
// hear.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/utf8.hpp>

#include "finding.hpp"
#include "input.hpp"
#include "pairs.hpp"
#include "sent_message.hpp"
#include "support/bytes.hpp"
#include "support/event_log.hpp"

namespace wspc::fuzz {

// With `small` limits, which a peer that knows nothing of them may break.
inline connection_config some_config(input& in, bool small) {
    connection_config config;
    if (small) {
        config.receive.limits = {.max_frame = in.below(300),
                                 .max_message = in.below(600),
                                 .max_fragments = static_cast<std::uint32_t>(in.between(1, 6))};
    }
    config.closing = in.flag() ? close_policy::manual : close_policy::automatic;
    config.receive.run = !in.flag();
    const std::uint64_t trust = in.below(64);
    config.receive.any_masking = trust % 8 == 1;
    config.check_sent_utf8 = trust / 8 != 1 && trust / 8 != 2;
    config.zero_masking = trust / 8 == 2 || trust / 8 == 3;
    config.receive.allowed_rsv = in.below(8) == 1 ? rsv2 : std::uint8_t{0};
    return config;
}

// How what arrives is given to a connection.
struct hearing {
    std::uint32_t capacity = 16;
    bool one = false;      // by receive_one
    bool answers = false;  // what is pending is written after each call
};

class speaker {
public:
    // The first `failures` calls of the generator of its keys fail.
    speaker(role side, const connection_config& config, std::uint64_t failures)
        : config_{config}, subject_{side, config_, agreement{}, &keys_} {
        source_.fail(failures);
    }
    speaker(const speaker&) = delete;
    speaker& operator=(const speaker&) = delete;

    [[nodiscard]] std::size_t on_its_way() const { return wire_.size() - taken_; }
    [[nodiscard]] exact_copy take(std::size_t size) {
        exact_copy made{std::span{wire_}.subspan(taken_, size)};
        taken_ += size;
        return made;
    }

    // --- writing

    void write_something(input& in) {
        constexpr opcode ops[] = {opcode::text, opcode::binary, opcode::continuation,
                                  opcode::ping, opcode::pong,   opcode::close};
        // As the open message wants it, more often than not.
        const opcode op = in.flag() && message_.open() ? opcode::continuation : in.one_of(ops);
        const bool fin = in.flag() || (is_control(op) && in.below(8) != 1);
        const std::size_t room = in.below(4) == 1 ? in.size(300) : SIZE_MAX;
        switch (in.below(8)) {
            case 0: return write_close(in, room);
            case 1: return static_cast<void>(write_pending(room));
            case 2: return write_header(op, in.chunk(in.size(2000)), fin, room);
            case 3:
            case 4: return write_some(op, in, fin, room);
            default: write(op, in.chunk(in.size(in.below(16) == 1 ? 70'000 : 300)), fin, room);
        }
    }

    // Writes nothing unless a frame is open.
    void end_frame() {
        step_limit limit{3};
        for (; !left_.empty(); limit.step()) continue_frame(SIZE_MAX);
    }

    // False if nothing was due, or there was no room.
    bool write_pending(std::size_t room) {
        const bool due = !over() && left_.empty() && (pong_ || close_due_ != 0);
        expect(subject_.pending() == due, "it says that something else is pending");
        const std::string reason = failed_ == error::none ? std::string{} : std::string{text(failed_)};
        std::size_t needed = 0;
        if (due && pong_) needed += frame_size(pong_->size());
        if (due && close_due_ != 0) needed += frame_size(close_due_ == no_close_code ? 0 : 2 + reason.size());
        const exact_copy out = room_of(std::min(room, needed + 7));
        const std::uint64_t failures = source_.failures();
        const write_result done = subject_.write_pending(out.bytes());
        if (out.size() < needed) return refused(out, done, error::no_room, needed), false;
        if (source_.failures() != failures) {
            // Without a key nothing is lost, but a Close keeps no connection open for it (RFC 6455 7.1.7).
            expect(due, "a key is drawn for nothing");
            refused(out, done, error::no_randomness, pong_ ? 0 : needed);
            close_given_up_ = close_due_ != 0;
            return true;
        }
        accept(out, done, needed);
        if (!due) return false;
        if (pong_) tell({.bytes = as_span(*pong_), .kind = event_kind::pong});
        pong_.reset();
        if (close_due_ != 0) tell_close(close_due_, reason);
        return true;
    }

    // --- hearing

    void hear(const exact_copy& piece, const hearing& how) {
        std::vector<event> events(how.capacity);
        const exact_copy scratch{how.capacity * scratch_size};
        step_limit limit{piece.size() * 4 + 16};
        for (std::span<std::byte> rest = piece.bytes(); !rest.empty(); limit.step()) {
            std::size_t consumed = 0;
            if (how.one) {
                const received_one got = subject_.receive_one(rest);
                if (got.event.kind != event_kind::none) note(got.event);
                consumed = got.consumed;
            } else {
                const received got =
                    subject_.receive(rest, {events.data(), scratch.bytes().data(), how.capacity});
                for (const event& e : got.events) note(e);
                consumed = got.consumed;
            }
            expect(consumed <= rest.size(), "more is consumed than there was");
            rest = rest.subspan(consumed);
            if (how.answers) static_cast<void>(write_pending(SIZE_MAX));
            expect_state();
        }
    }

    // --- the end

    // Everything that was written has been heard, and nothing else. `limited`: up to a limit.
    void expect_heard_by(const speaker& peer, bool limited) const {
        const test::event_log& heard = peer.heard_;
        if (!heard.broken().empty()) finding(heard.broken());
        if (!heard.failed()) {
            if (const std::string why = test::difference(told_, heard); !why.empty()) finding(why);
            return;
        }
        const error code = heard.failed().code;
        const bool too_much = code == error::frame_too_big || code == error::message_too_big ||
                              code == error::too_many_fragments;
        const bool not_text = code == error::text_not_utf8 || code == error::close_reason_not_utf8;
        expect((limited && too_much) || (!config_.check_sent_utf8 && not_text),
               "a failure although every frame was right");
        expect_front(heard, told_);
    }

    void expect_end() const {
        expect(!subject_.pending() && !over_due(), "something is still due");
        expect_state();
        expect_own_keys(subject_.self(), wire_, config_.zero_masking);
    }

private:
    [[nodiscard]] bool automatic() const { return config_.closing == close_policy::automatic; }
    [[nodiscard]] bool ended() const { return closed_ || failed_ != error::none; }
    [[nodiscard]] bool over() const { return close_sent_ && ended(); }
    [[nodiscard]] bool over_due() const { return !over() && left_.empty() && close_due_ != 0; }
    [[nodiscard]] bool is_client() const { return subject_.self() == role::client; }
    [[nodiscard]] std::size_t header_size(std::size_t payload) const {
        return (payload < 126 ? 2u : payload < 65'536 ? 4u : 10u) + (is_client() ? 4u : 0u);
    }
    [[nodiscard]] std::size_t frame_size(std::size_t payload) const { return header_size(payload) + payload; }

    static std::span<std::byte> as_span(test::bytes& from) { return from; }

    static constexpr std::byte canary{0xee};
    static exact_copy room_of(std::size_t size) {
        exact_copy made{size};
        std::fill(made.bytes().begin(), made.bytes().end(), canary);
        return made;
    }

    // A call that does nothing, and says why.
    static void refused(const exact_copy& out, const write_result& done, error code, std::size_t needed = 0) {
        if (done.code != code)
            finding("another error: " + std::string{text(done.code)} + " for " + std::string{text(code)});
        expect(done.size == 0 && done.needed == needed, "a refusal that counts octets");
        for (const std::byte each : out.bytes()) expect(each == canary, "a refusal that writes");
    }
    void accept(const exact_copy& out, const write_result& done, std::size_t size) {
        if (done.code != error::none) finding("refused: " + std::string{text(done.code)});
        expect(done.size == size, "another size than it takes");
        for (const std::byte each : out.bytes().subspan(size))
            expect(each == canary, "octets behind the frame");
        wire_ += test::to_bytes(out.bytes().first(size));
    }

    // Whether a call was refused for a key that could not be drawn, which comes last of all. `failures`: of
    // the generator, before it.
    bool lacks_key(std::uint64_t failures, const exact_copy& out, const write_result& done) const {
        if (source_.failures() == failures) return false;
        refused(out, done, error::no_randomness);
        return true;
    }

    // RFC 6455 5.4, 5.5, 8.1, in the order in which write() promises to judge.
    [[nodiscard]] error judge(opcode op, std::span<const std::byte> payload, bool fin) const {
        if (op == opcode::close) return error::bad_argument;
        if (is_control(op)) {
            if (payload.size() > 125) return error::control_too_long;
            if (!fin) return error::fragmented_control;
            if (!left_.empty()) return error::frame_open;
            return over() ? error::closed : error::none;
        }
        if (!left_.empty()) return error::frame_open;
        if (close_sent_) return error::closed;
        return message_.judge(op, payload, fin, config_.check_sent_utf8);
    }

    // A frame that the peer must hear.
    void tell_frame(opcode op, std::span<const std::byte> payload, bool fin) {
        test::bytes copy = test::to_bytes(payload);
        if (is_control(op)) {
            tell({.bytes = copy, .kind = op == opcode::ping ? event_kind::ping : event_kind::pong});
            return;
        }
        const bool first = op != opcode::continuation;
        if (first || fin || !payload.empty())
            tell({.bytes = copy,
                  .kind = event_kind::data,
                  .op = first ? op : message_.op(),
                  .first = first,
                  .last = fin});
        message_.append(op, payload, fin);
    }
    void tell_close(std::uint16_t code, std::string_view reason) {
        test::bytes copy = test::text_bytes(reason);
        tell({.bytes = copy, .kind = event_kind::close, .code = code});
        close_sent_ = true;
        close_due_ = 0;
        close_given_up_ = false;
    }
    // Nobody hears what follows a Close.
    void tell(const event& e) {
        if (!close_sent_) told_.add(e);
    }

    void write(opcode op, const exact_copy& payload, bool fin, std::size_t room) {
        const test::bytes before = test::to_bytes(payload.bytes());
        const std::size_t needed = frame_size(payload.size());
        expect(subject_.frame_size(payload.size()) == needed, "another size of a frame");
        const exact_copy out = room_of(std::min(room, needed + 3));
        const std::uint64_t failures = source_.failures();
        const write_result done = subject_.write(out.bytes(), op, payload.bytes(), fin);
        expect(test::to_bytes(payload.bytes()) == before, "a payload was modified");
        if (const error code = judge(op, payload.bytes(), fin); code != error::none)
            return refused(out, done, code);
        if (out.size() < needed) return refused(out, done, error::no_room, needed);
        if (lacks_key(failures, out, done)) return;
        accept(out, done, needed);
        tell_frame(op, payload.bytes(), fin);
    }

    void write_header(opcode op, const exact_copy& payload, bool fin, std::size_t room) {
        const std::size_t needed = header_size(payload.size());
        const exact_copy out = room_of(std::min(room, needed + 3));
        const write_result done = subject_.write_header(out.bytes(), op, payload.bytes(), fin);
        if (is_client()) return refused(out, done, error::bad_argument);
        if (const error code = judge(op, payload.bytes(), fin); code != error::none)
            return refused(out, done, code);
        if (out.size() < needed) return refused(out, done, error::no_room, needed);
        accept(out, done, needed);
        wire_ += test::to_bytes(payload.bytes());
        tell_frame(op, payload.bytes(), fin);
    }

    void write_some(opcode op, input& in, bool fin, std::size_t room) {
        if (!left_.empty() && in.below(8) != 1) return continue_frame(room);
        const exact_copy payload = in.chunk(in.size(2000));
        // By its size alone it can tell whether this is what is left.
        if (!left_.empty() && payload.size() == left_.size()) return continue_frame(room);
        const exact_copy out = room_of(std::min(room, frame_size(payload.size()) + 3));
        std::span<const std::byte> left = payload.bytes();
        const std::uint64_t failures = source_.failures();
        const write_result done = subject_.write_some(out.bytes(), op, left, fin);
        if (!left_.empty()) return refused(out, done, error::bad_argument);
        if (const error code = judge(op, payload.bytes(), fin); code != error::none)
            return refused(out, done, code);
        const std::size_t header = header_size(payload.size());
        if (out.size() < header) return refused(out, done, error::no_room, header);
        if (lacks_key(failures, out, done))
            return expect(left.size() == payload.size(), "a payload without a key is taken");
        const std::size_t size = std::min(payload.size(), out.size() - header);
        accept(out, done, header + size);
        expect(left.size() == payload.size() - size, "another payload is left");
        tell_frame(op, payload.bytes(), fin);
        left_ = test::to_bytes(left);
    }
    void continue_frame(std::size_t room) {
        const exact_copy out = room_of(std::min(room, left_.size() + 3));
        const exact_copy payload{left_};
        std::span<const std::byte> left = payload.bytes();
        const write_result done = subject_.write_some(out.bytes(), opcode::binary, left, true);
        if (out.size() == 0) return refused(out, done, error::no_room, 1);
        const std::size_t size = std::min(payload.size(), out.size());
        accept(out, done, size);
        expect(left.size() == payload.size() - size, "another payload is left");
        left_ = test::to_bytes(left);
    }

    void write_close(input& in, std::size_t room) {
        constexpr std::uint16_t codes[] = {1000, 1005, 1006, 999, 1001, 1014, 1015, 3000, 4999, 5000};
        const std::uint16_t code = in.one_of(codes);
        const exact_copy reason = in.chunk(in.size(130));
        const std::string_view text{reinterpret_cast<const char*>(reason.bytes().data()), reason.size()};
        const std::size_t needed = frame_size(code == no_close_code ? 0 : 2 + reason.size());
        const exact_copy out = room_of(std::min(room, needed + 3));
        const std::uint64_t failures = source_.failures();
        const write_result done = subject_.write_close(out.bytes(), code, text);
        const bool wrong = code == no_close_code
                               ? !text.empty()
                               : code == 1006 || code == 999 || code == 1015 || code == 5000;
        if (wrong) return refused(out, done, error::bad_argument);
        if (text.size() > 123) return refused(out, done, error::control_too_long);
        if (!left_.empty()) return refused(out, done, error::frame_open);
        if (close_sent_) return refused(out, done, error::closed);
        if (config_.check_sent_utf8 && validate(reason.bytes(), utf8_state::accept) != utf8_state::accept)
            return refused(out, done, error::close_reason_not_utf8);
        if (out.size() < needed) return refused(out, done, error::no_room, needed);
        if (lacks_key(failures, out, done)) return;
        accept(out, done, needed);
        tell_close(code, text);
    }

    void note(const event& e) {
        heard_.add(e);
        if (e.kind == event_kind::ping) pong_ = test::to_bytes(e.bytes);
        if (e.kind == event_kind::close) {
            closed_ = true;
            if (automatic() && !close_sent_) close_due_ = e.code;
        }
        if (e.kind == event_kind::failed) {
            failed_ = e.failure_code();
            if (automatic() && !close_sent_) close_due_ = close_code(failed_);
        }
    }

    void expect_state() const {
        expect(subject_.close_sent() == close_sent_ && subject_.close_received() == closed_ &&
                   subject_.failed().code == failed_,
               "another state");
        disconnect word = disconnect::no;
        if (automatic() && over()) word = is_client() ? disconnect::after_peer : disconnect::now;
        if (automatic() && ended() && close_given_up_) word = disconnect::now;
        expect(subject_.disconnect() == word, "another word on when to disconnect");
    }

    connection_config config_;
    counted_keys source_;
    masking_keys keys_{source_.get()};
    connection subject_;

    test::bytes wire_;
    std::size_t taken_ = 0;
    test::event_log told_;   // what the peer must hear
    test::event_log heard_;  // from the peer

    sent_message message_;
    test::bytes left_;  // of the frame that write_some() has begun
    std::optional<test::bytes> pong_;
    std::uint16_t close_due_ = 0;
    bool close_given_up_ = false;
    bool close_sent_ = false;
    bool closed_ = false;
    error failed_ = error::none;
};

}  // namespace wspc::fuzz
