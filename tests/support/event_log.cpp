// SPDX-License-Identifier: Apache-2.0
#include "support/event_log.hpp"

#include <algorithm>

namespace wspc::test {

void event_log::add_data(const event& e) {
    const bool open = open_ != opcode::continuation;
    if (e.op != opcode::text && e.op != opcode::binary) breach("data that is neither text nor binary");
    if (e.first == open) breach(open ? "a message begins inside another" : "a message lacks its beginning");
    if (open && e.op != open_) breach("the opcode changed inside a message");
    if (open && e.rsv != rsv_) breach("the reserved bits changed inside a message");
    if (e.bytes.empty() && !e.first && !e.last) breach("a piece that says nothing");
    if (joins_) {
        told& before = events_.back();
        before.payload.insert(before.payload.end(), e.bytes.begin(), e.bytes.end());
        before.last = e.last;
    } else {
        events_.push_back({e.kind, to_bytes(e.bytes), e.op, e.first, e.last, 0, e.rsv});
    }
    open_ = e.last ? opcode::continuation : e.op;
    rsv_ = e.rsv;
    joins_ = !e.last;
}

void event_log::add(const event& e) {
    if (failed_ || (!events_.empty() && events_.back().kind == event_kind::close))
        breach("an event behind the end");
    switch (e.kind) {
        case event_kind::none: breach("an event that is none"); return;
        case event_kind::data: add_data(e); return;
        case event_kind::ping:
        case event_kind::pong:
            if (e.bytes.size() > max_control_payload) breach("a control frame of more than 125 bytes");
            events_.push_back({.kind = e.kind, .payload = to_bytes(e.bytes)});
            joins_ = false;
            return;
        case event_kind::close:
            if (e.bytes.size() > max_control_payload - 2) breach("a reason of more than 123 bytes");
            if (e.code == no_close_code && !e.bytes.empty()) breach("a reason without a code");
            events_.push_back({.kind = e.kind, .payload = to_bytes(e.bytes), .code = e.code});
            joins_ = false;
            return;
        case event_kind::failed:
            if (e.failure_code() == error::none) breach("a failure without an error");
            if (!e.bytes.empty()) breach("a failure with bytes");
            failed_ = {e.failure_code(), e.offset};
            return;
    }
    breach("an event of no known kind");
}

std::vector<told> event_log::messages() const {
    std::vector<told> made;
    told message;
    for (const told& e : events_) {
        if (e.kind != event_kind::data) continue;
        if (e.first) message = {.kind = event_kind::data, .op = e.op, .first = true, .rsv = e.rsv};
        message.payload += e.payload;
        if (!e.last) continue;
        message.last = true;
        made.push_back(message);
    }
    return made;
}

std::string to_string(const told& e) {
    const auto flags = [&] {
        return std::string(e.first ? " first" : "") + (e.last ? " last" : "") +
               (e.rsv != 0 ? " rsv " + std::to_string(e.rsv) : "");
    };
    switch (e.kind) {
        case event_kind::data:
            return (e.op == opcode::text ? "text" : "binary") + flags() + ": " + to_hex(e.payload);
        case event_kind::ping: return "ping: " + to_hex(e.payload);
        case event_kind::pong: return "pong: " + to_hex(e.payload);
        case event_kind::close: return "close " + std::to_string(e.code) + ": " + to_hex(e.payload);
        case event_kind::none:
        case event_kind::failed: break;
    }
    return "no event";
}

std::string to_string(const event_log& log) {
    std::string made;
    for (const told& e : log.events()) made += to_string(e) + "\n";
    const failure& f = log.failed();
    if (f) made += "failed at " + std::to_string(f.offset) + ": " + std::string(text(f.code)) + "\n";
    return made;
}

namespace {

// Whether `got` is `whole` up to a point inside its bytes.
bool is_cut_of(const told& got, const told& whole) {
    if (got.kind != event_kind::data || got.payload.size() > whole.payload.size()) return false;
    told cut = whole;
    cut.payload.resize(got.payload.size());
    return cut == got;
}

}  // namespace

std::string difference(const event_log& expected, const event_log& got) {
    const auto explain = [&](const std::string& what) {
        return what + "\nexpected\n" + to_string(expected) + "got\n" + to_string(got);
    };
    if (!got.broken().empty()) return explain(got.broken());
    if (expected.failed() != got.failed()) return explain("another failure");
    const std::vector<told>& e = expected.events();
    const std::vector<told>& g = got.events();
    if (e == g) return {};
    const bool may_be_cut =
        expected.failed() && !e.empty() && e.back().kind == event_kind::data && !e.back().last;
    if (may_be_cut && (g.size() == e.size() || g.size() + 1 == e.size()) &&
        std::equal(e.begin(), e.end() - 1, g.begin()) &&
        (g.size() != e.size() || is_cut_of(g.back(), e.back())))
        return {};
    return explain("other events");
}

}  // namespace wspc::test
