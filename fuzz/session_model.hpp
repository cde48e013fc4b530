// SPDX-License-Identifier: Apache-2.0
// A session, the program around it, and a model of what each call must answer, what must stand on the wire,
// and what must be heard of it.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wspc/session.hpp>
#include <wspc/utf8.hpp>

#include "due_pongs.hpp"
#include "finding.hpp"
#include "input.hpp"
#include "pairs.hpp"
#include "sent_message.hpp"
#include "session_operations.hpp"
#include "session_wire.hpp"
#include "support/bytes.hpp"
#include "support/event_log.hpp"
#include "support/reference_frames.hpp"

namespace wspc::fuzz {

class talker {
public:
    talker(role side, input& in, pipe& to_here, pipe& from_here)
        : in_{in}, to_here_{to_here}, from_here_{from_here}, due_pongs_{side} {
        config_.coalesce = in.flag();
        const std::uint64_t style = in.below(64);
        config_.on_short_send = style % 4 == 1 ? short_send::cancel : short_send::resume;
        config_.connection.check_sent_utf8 = style / 4 % 4 != 1;
        config_.connection.zero_masking = style / 16 == 1;
        config_.connection.closing = in.flag() ? close_policy::manual : close_policy::automatic;
        const std::uint64_t scarcity = in.below(64);
        if (scarcity % 4 == 1) config_.max_queued = in.below(2000);
        if (scarcity / 4 % 4 == 1) source_.fail(scarcity / 16 == 3 ? UINT64_MAX : 1 + scarcity / 16);
        has_two_threads_ = scarcity / 4 % 4 == 2;
        const std::size_t receive = session::min_receive + in.size(2000);
        const std::size_t send = session::min_send + in.size(2000);
        memory_ = {exact_copy{receive}, exact_copy{send}, exact_copy{session::control_size}};
        subject_ = std::make_unique<session>(
            side, config_, session_memory{memory_[0].bytes(), memory_[1].bytes(), memory_[2].bytes()},
            agreement{}, &keys_);
    }

    void send_something() {
        constexpr opcode ops[] = {opcode::binary, opcode::text, opcode::continuation,
                                  opcode::ping,   opcode::pong, opcode::close};
        const opcode op = in_.below(32) == 31 ? opcode::close : in_.one_of(std::span{ops}.first(5));
        const bool fin = in_.flag() || (is_control(op) && in_.below(16) != 1);
        const std::size_t size = in_.size(in_.below(16) == 1 ? 3000 : 130);
        send(op, fin, size, in_.flag());
    }

    void receive() {
        receiving& r = receives_.emplace_back(static_cast<std::size_t>(in_.flag() ? in_.between(1, 200) : 0));
        r.operation.into = r.into.bytes();
        const error code = subject_->receive(r.operation);
        if (code == error::none) {
            ++wanted_;
            return expect(!subject_->aborted() && !subject_->failed(), "a receive behind the end is taken");
        }
        error wanted = subject_->failed().code;
        if (wanted == error::none) wanted = subject_->close_received() ? error::closed : error::none;
        expect(code == (subject_->aborted() ? error::aborted : wanted), "a receive is refused for no reason");
        receives_.pop_back();
    }

    // One action; false if nothing could be done. Without choices the whole of the first.
    bool step() {
        constexpr action_queue queues[] = {action_queue::all, action_queue::send, action_queue::receive};
        const action_queue queue = in_.one_of(queues);
        const bool asked = ask(queue, static_cast<std::size_t>(in_.between(1, 6)));
        if (outstanding_.empty()) return asked;
        return perform(static_cast<std::size_t>(in_.below(outstanding_.size()))) || asked;
    }

    // Everything that can be done is done.
    bool settle() {
        bool moved = false;
        if (wanted_ == 0 && !reads_no_more()) receive();
        step_limit limit{100'000};
        while (ask_for_any()) limit.step(), moved = true;
        for (std::size_t i = outstanding_.size(); i-- != 0; limit.step()) moved = perform(i) || moved;
        // What nobody will read any more is dropped by the transport.
        if (reads_no_more()) to_here_.read = to_here_.everything.size();
        return moved;
    }

    void abort() {
        subject_->abort();
        aborted_ = true;
    }

    // Everything comes back, and then there is nothing more.
    void end() {
        abort();
        for (const action& a : outstanding_) subject_->complete(a, 0);
        outstanding_.clear();
        step_limit limit{back_.size() + sends_.size() + wanted_ + 4};
        for (; ask(action_queue::all, 6); limit.step()) {
            subject_->complete(outstanding_.front(), 0);
            outstanding_.clear();
        }
        expect(sends_.empty() && wanted_ == 0 && subject_->queued() == 0, "an operation does not come back");
        send_operation late;
        expect(subject_->send(late) == error::aborted, "a send behind the end is taken");
    }

    // Once all is quiet.
    void expect_quiet() const {
        if (aborted_ || broken_) return;
        expect(sends_.empty(), "a send that does not end");
        if (!is_automatic()) return;
        const bool ended = subject_->close_received() || subject_->failed();
        expect(!ended || subject_->close_sent() || lacked_key_, "an end without a Close");
        disconnect word = subject_->self() == role::client ? disconnect::after_peer : disconnect::now;
        // RFC 6455 7.1.7: a Close that cannot be sent keeps no connection open.
        if (!subject_->close_sent()) word = disconnect::now;
        expect(word_ == (ended ? word : disconnect::no), "another word on when to disconnect");
    }

    // Against what was written by the other side: all of it, or the front.
    void expect_heard(const talker& peer) const {
        if (!heard_.broken().empty()) finding(heard_.broken());
        as_session_tells all;
        const failure failed = all.read(subject_->self(), config_.connection.receive,
                                        std::span{to_here_.everything}.first(to_here_.read));
        const bool not_text =
            failed.code == error::text_not_utf8 || failed.code == error::close_reason_not_utf8;
        expect(!failed || (not_text && !peer.config_.connection.check_sent_utf8),
               "a failure although every frame was right");
        expect(!subject_->failed() || subject_->failed() == failed, "another failure than a reader's");
        if (!failed && !aborted_ && !peer.aborted_ && !broken())
            expect(heard_.events() == all.log.events(), "something else is heard than was written");
        expect_front(heard_, all.log);
    }

    // The frames on the wire are the operations, in order and once each, and what the session owes its peer.
    void expect_written() const {
        const test::reference_frames wire = test::split_into_frames(from_here_.everything, peer_reads());
        expect(!wire.failed, "a frame that breaks the protocol");
        expect_own_keys(subject_->self(), from_here_.everything, config_.connection.zero_masking);
        const bool whole =
            wire.partial_header.empty() && (wire.frames.empty() || wire.frames.back().complete());
        expect(whole || aborted_ || broken_, "a frame that does not end");
        std::size_t next = 0;
        std::vector<test::bytes> pongs;
        std::size_t closes = 0;
        for (const test::reference_frame& frame : wire.frames) {
            if (!frame.complete()) break;
            if (frame.header.op == opcode::close) expect(++closes == 1, "a second Close");
            if (is_own(frame)) {
                if (frame.header.op == opcode::pong) pongs.push_back(frame.payload);
                continue;
            }
            if (next < back_.size() && back_[next].is(frame)) {
                ++next;
                continue;
            }
            expect(frame.header.op == opcode::close && is_automatic(), "a frame that nobody sent");
        }
        for (; next < back_.size(); ++next)
            expect(back_[next].code != error::none, "a frame that was sent is not on the wire");
        expect_pongs(pongs);
    }

private:
    // What came back while the transport, or the session, had failed.
    [[nodiscard]] bool broken() const { return aborted_ || broken_ || subject_->aborted(); }
    [[nodiscard]] bool is_automatic() const { return config_.connection.closing == close_policy::automatic; }
    [[nodiscard]] bool reads_no_more() const {
        return subject_->aborted() || subject_->close_received() || subject_->failed();
    }
    [[nodiscard]] header_rules peer_reads() const {
        return {.receiver = subject_->self() == role::client ? role::server : role::client};
    }

    void expect_pongs(const std::vector<test::bytes>& pongs) const {
        const header_rules rules{.receiver = subject_->self()};
        const test::bytes read{to_here_.everything.begin(),
                               to_here_.everything.begin() + static_cast<std::ptrdiff_t>(to_here_.read)};
        std::vector<test::bytes> pings;
        for (const test::reference_frame& frame : test::split_into_frames(read, rules).frames)
            if (frame.header.op == opcode::ping && frame.complete()) pings.push_back(frame.payload);
        std::size_t at = 0;
        for (const test::bytes& pong : pongs) {
            while (at < pings.size() && pings[at] != pong) ++at;
            expect(at++ < pings.size(), "a pong for no ping");
        }
        if (broken() || lacked_key_ || pings.empty() || reads_no_more() || subject_->close_sent()) return;
        expect(!pongs.empty() && pongs.back() == pings.back(), "the newest ping has no pong");
    }

    // --- what stands on the wire

    [[nodiscard]] bool is_pong_due() const {
        return due_pongs_.any() && !broken() && !subject_->failed() &&
               !(subject_->close_sent() && subject_->close_received());
    }
    // --- sending

    void send(opcode op, bool fin, std::size_t size, bool ascii) {
        sending& s = sends_.emplace_back(in_.take(size));
        for (std::byte& b : s.payload.bytes())
            if (ascii) b &= std::byte{0x7f};
        constexpr std::uint16_t codes[] = {1000, 1005, 1006, 1001, 4999};
        s.operation.op = op;
        s.operation.fin = fin;
        if (op == opcode::close) s.operation.close_code = in_.one_of(codes);
        if (op == opcode::ping && s.payload.size() != 0) s.payload.bytes()[0] &= std::byte{0x7f};
        if (op == opcode::pong) {
            if (s.payload.size() == 0) s.payload = exact_copy{std::size_t{1}};
            s.payload.bytes()[0] = own_pong;
        }
        s.operation.payload = s.payload.bytes();
        s.before = test::to_bytes(s.payload.bytes());
        error wanted = judge(s);
        const std::uint64_t failures = source_.failures();
        const error code = subject_->send(s.operation);
        if (source_.failures() != failures) {
            expect(wanted == error::none, "a key is drawn for what is refused");
            wanted = error::no_randomness;
        }
        if (code != wanted)
            finding("send says '" + std::string{text(code)} + "' for '" + std::string{text(wanted)} + "'");
        if (code == error::none) return queued(s);
        sends_.pop_back();
    }

    // In the order that session::send() promises.
    [[nodiscard]] error judge(const sending& s) const {
        const send_operation& o = s.operation;
        const bool over = is_automatic() && (subject_->close_received() || subject_->failed());
        const bool checks = config_.connection.check_sent_utf8;
        const bool closes = o.op == opcode::close;
        if (is_control(o.op)) {
            if (o.payload.size() > (closes ? 123u : 125u)) return error::control_too_long;
            if (!o.fin) return error::fragmented_control;
        }
        if (broken()) return error::aborted;
        error code = error::none;
        if (closes) {
            if (subject_->close_sent() || over) return error::closed;
            if (o.close_code == no_close_code ? !o.payload.empty() : o.close_code == 1006)
                return error::bad_argument;
            if (checks && validate(o.payload, utf8_state::accept) != utf8_state::accept)
                return error::close_reason_not_utf8;
            return error::none;
        }
        if (is_control(o.op)) {
            if (over && subject_->close_sent()) return error::closed;
        } else {
            code = judge_data(o, over);
        }
        if (code != error::none) return code;
        // What adds no bytes is always taken.
        if (sends_.size() == 1 || o.payload.empty()) return error::none;
        return o.payload.size() + subject_->queued() <= config_.max_queued ? error::none : error::would_block;
    }
    [[nodiscard]] error judge_data(const send_operation& o, bool over) const {
        if (over || subject_->close_sent()) return error::closed;
        return message_.judge(on_the_wire(o), o.payload, o.fin, config_.connection.check_sent_utf8);
    }
    // The fragments of a message behind its first may have its opcode.
    [[nodiscard]] opcode on_the_wire(const send_operation& o) const {
        return o.op == message_.op() ? opcode::continuation : o.op;
    }
    void queued(sending& s) {
        const send_operation& o = s.operation;
        s.wire = {.op = on_the_wire(o), .fin = o.fin};
        if (o.op == opcode::close && o.close_code != no_close_code)
            s.body = test::octets({unsigned{o.close_code} >> 8, unsigned{o.close_code} & 0xffu});
        s.body += s.before;
        if (!is_control(o.op)) message_.append(s.wire.op, o.payload, o.fin);
    }

    // --- actions

    [[nodiscard]] bool is_outstanding(action_kind kind, action_kind other) const {
        return std::any_of(outstanding_.begin(), outstanding_.end(), [&](const action& a) {
            return (a.kind == kind || a.kind == other) &&
                   !(a.kind == action_kind::send && a.sending == nullptr);
        });
    }

    // With two threads each asks for its own queue, and one waits in a read while the other goes on.
    bool ask_for_any() {
        if (!has_two_threads_) return ask(action_queue::all, 6);
        const bool sends = ask(action_queue::send, 6);
        return ask(action_queue::receive, 6) || sends;
    }

    bool ask(action_queue queue, std::size_t room) {
        std::vector<std::span<const std::byte>> buffers(room);
        const std::uint64_t failures = source_.failures();
        const action a = subject_->next(queue, buffers);
        const bool lacked = source_.failures() != failures;
        if (lacked || a.kind == action_kind::receive) due_pongs_.look(to_here_);
        // Without a key there is no pong, and no Close of the session's own.
        if (lacked) lacked_key_ = true, due_pongs_.lose();
        if (a.kind == action_kind::none) {
            expect_reason(a, queue);
            return false;
        }
        for (const action& other : outstanding_) expect(other.id != a.id, "an id that is outstanding");
        const bool sends =
            a.kind == action_kind::sent || (a.kind == action_kind::send && a.sending != nullptr);
        const bool receives = a.kind == action_kind::received || a.kind == action_kind::receive;
        expect(!sends || !is_outstanding(action_kind::send, action_kind::sent),
               "two actions of the send side");
        expect(!receives || !is_outstanding(action_kind::receive, action_kind::received),
               "two actions of the receive side");
        expect(!(aborted_ || subject_->aborted()) ||
                   (a.kind != action_kind::send && a.kind != action_kind::receive),
               "bytes are to be moved behind the end");
        expect(!broken_ || a.kind != action_kind::send, "a frame inside one that broke off");
        outstanding_.push_back(a);
        // Where the buffers are kept until the action is completed.
        rooms_.push_back(std::move(buffers));
        if (a.kind == action_kind::sent) sent(a);
        if (a.kind == action_kind::received) received(a);
        if (a.kind == action_kind::send) begin_write(a, queue);
        if (a.kind == action_kind::receive) expect(!a.into.empty(), "a read of nothing");
        return true;
    }

    // There is nothing to do only for a reason.
    void expect_reason(const action& a, action_queue queue) const {
        expect(a.id == 0, "nothing to do, with an id");
        const bool sends = queue != action_queue::receive;
        const bool receives = queue != action_queue::send && wanted_ != 0 &&
                              !is_outstanding(action_kind::receive, action_kind::received);
        const bool wire_is_free = std::none_of(outstanding_.begin(), outstanding_.end(),
                                               [](const action& o) { return o.kind == action_kind::send; });
        const bool stuck = !is_automatic() && !subject_->aborted() && subject_->failed();
        const error code = receives && stuck ? subject_->failed().code : error::none;
        if (a.code != code)
            finding("nothing to do for '" + std::string{text(a.code)} + "', not '" + std::string{text(code)} +
                    "'");
        if (sends && wire_is_free && !is_outstanding(action_kind::sent, action_kind::sent))
            expect(sends_.empty(), "a send waits for nothing");
        const bool over = is_automatic() && subject_->close_received() && !subject_->aborted();
        expect(!receives || stuck || over, "a receive waits for nothing");
        if (sends && wire_is_free && is_outstanding(action_kind::receive, action_kind::receive))
            expect(!is_pong_due() || !from_here_.is_at_border(peer_reads()), "a pong that nobody sends");
    }

    void begin_write(const action& a, action_queue queue) {
        const test::bytes octets = octets_of(a);
        expect(!octets.empty(), "a write of nothing");
        const auto is_it = [&](const sending& s) { return a.sending == &s.operation; };
        expect(a.sending == nullptr || std::any_of(sends_.begin(), sends_.end(), is_it),
               "a write of no send");
        if (a.sending != nullptr) {
            const bool masks = subject_->self() == role::client && !config_.connection.zero_masking;
            expect(!masks || octets.size() <= lay_most_, "a write of much more than the last time was taken");
            if (queue == action_queue::all && is_pong_due())
                expect(!from_here_.begins_a_frame(octets, peer_reads()),
                       "a frame of the program's before a pong that is due");
            return;
        }
        const bool begins = std::exchange(control_left_, 0) == 0;
        if (!begins || octets[0] != std::byte{0x8a}) return;
        due_pongs_.answer(test::split_into_frames(octets, peer_reads()).frames.front().payload);
    }

    void sent(const action& a) {
        expect(!sends_.empty() && a.sending == &sends_.front().operation,
               "another send than the oldest comes back");
        sending& s = sends_.front();
        expect(test::to_bytes(s.payload.bytes()) == s.before, "a payload was modified");
        back_.push_back({s.wire, std::move(s.body), s.operation.code});
        sends_.pop_front();
    }

    void received(const action& a) {
        expect(wanted_ != 0 && a.receiving == &receives_[receives_.size() - wanted_].operation,
               "another receive than the oldest comes back");
        --wanted_;
        const event& e = a.receiving->event;
        const std::span<std::byte> into = a.receiving->into;
        if (e.kind == event_kind::data && !into.empty())
            expect(e.bytes.data() == into.data() && e.bytes.size() <= into.size(),
                   "data outside the program's memory");
        // Each that waits hears of a failure.
        const bool again = e.kind == event_kind::failed && heard_.failed();
        expect(!again || heard_.failed() == failure{e.failure_code(), e.offset}, "another failure is told");
        if (e.kind != event_kind::none && !again) heard_.add(e);
    }

    bool perform(std::size_t index) {
        const action a = outstanding_[index];
        std::size_t moved = 0;
        if (a.kind == action_kind::send) {
            moved = write(a);
            if (moved == 0) return false;
            if (a.sending != nullptr)
                note_taken(a, moved);
            else
                control_left_ = a.buffers[0].size() - std::min(moved, a.buffers[0].size());
        } else if (a.kind == action_kind::receive) {
            moved = read(a.into);
            if (moved == 0) return false;
        } else if (a.kind == action_kind::disconnect) {
            word_ = a.when;
        }
        outstanding_.erase(outstanding_.begin() + static_cast<std::ptrdiff_t>(index));
        rooms_.erase(rooms_.begin() + static_cast<std::ptrdiff_t>(index));
        subject_->complete(a, moved);
        return true;
    }

    // What short_send::resume promises of the next write.
    void note_taken(const action& a, std::size_t moved) {
        if (moved < octets_of(a).size())
            lay_most_ = std::max<std::size_t>(2 * moved, 256);
        else
            lay_most_ = lay_most_ > SIZE_MAX / 2 ? SIZE_MAX : 2 * lay_most_;
    }

    // As many as the choices say and the pipe takes; with short_send::cancel all, whatever is said of it.
    std::size_t write(const action& a) {
        const test::bytes octets = octets_of(a);
        const bool cancels = config_.on_short_send == short_send::cancel;
        const std::size_t most = in_.flag() ? in_.size(4096) + 1 : octets.size();
        const std::size_t size = cancels ? octets.size() : std::min({octets.size(), from_here_.room(), most});
        if (cancels && from_here_.room() < size) return 0;
        from_here_.everything.insert(from_here_.everything.end(), octets.begin(),
                                     octets.begin() + static_cast<std::ptrdiff_t>(size));
        if (!cancels || in_.below(32) != 31 || a.sending == nullptr) return size;
        // Whether that was the end of the frame, the operation will tell; its rest, if any, is never sent.
        broken_ = broken_ || !from_here_.is_at_border(peer_reads());
        return size + 1;
    }

    std::size_t read(std::span<std::byte> into) {
        const std::size_t most = in_.flag() ? in_.size(4096) + 1 : into.size();
        const std::size_t size = std::min({into.size(), to_here_.waiting(), most});
        std::fill(into.begin(), into.end(), std::byte{0xa5});
        std::copy_n(to_here_.everything.begin() + static_cast<std::ptrdiff_t>(to_here_.read), size,
                    into.begin());
        to_here_.read += size;
        return size;
    }

    input& in_;
    pipe& to_here_;
    pipe& from_here_;
    session_config config_;
    std::array<exact_copy, 3> memory_;
    counted_keys source_;
    masking_keys keys_{source_.get()};
    std::unique_ptr<session> subject_;

    std::deque<sending> sends_;
    std::deque<receiving> receives_;
    std::vector<done> back_;
    std::size_t wanted_ = 0;  // receives that have not come back: the last ones
    std::deque<action> outstanding_;
    std::deque<std::vector<std::span<const std::byte>>> rooms_;
    test::event_log heard_;
    sent_message message_;
    due_pongs due_pongs_;
    disconnect word_ = disconnect::no;
    std::size_t lay_most_ = SIZE_MAX;  // octets of a write that may be masked for it
    std::size_t control_left_ = 0;     // octets of the session's own frame that are still to be written
    bool has_two_threads_ = false;
    bool lacked_key_ = false;
    bool aborted_ = false;
    bool broken_ = false;
};

}  // namespace wspc::fuzz
