// SPDX-License-Identifier: Apache-2.0
#include "transcript.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace conformance {
namespace {

const char* name(item::kind what) {
    switch (what) {
        case item::kind::data: return "data";
        case item::kind::ping: return "ping";
        case item::kind::pong: return "pong";
        case item::kind::close: return "close";
        case item::kind::failed: return "failed";
    }
    return "?";
}

bool same(std::span<const std::byte> a, std::span<const std::byte> b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Translates frames one by one; what they mean together is in the table.
class translator {
public:
    translator(const stream& s, view from) : stream_{s}, view_{from} {}

    void data(const frame& f, const frame_place& where, std::size_t size, bool at_fault) {
        if (f.op() != wspc::opcode::continuation) {
            begin_ = where.plain;
            op_ = f.op();
        }
        const bool last = f.fin() && !at_fault;
        if (f.op() != wspc::opcode::continuation) unheard_ = false;
        const bool first = f.op() != wspc::opcode::continuation || unheard_;
        if (of_handle(view_) && size == 0 && !last) {
            unheard_ = first;
            return;
        }
        unheard_ = false;
        if (view_ == view::message_echo) {
            if (last) add_data(begin_, where.plain + size - begin_, true, true, false);
            return;
        }
        if (at_fault) {
            if (size != 0) add_data(where.plain, size, first, false, true);
            return;
        }
        // A piece of the message at hand, if nothing came in between.
        if (!first && !items_.empty() && items_.back().what == item::kind::data) {
            item& i = items_.back();
            i.bytes = {i.bytes.data(), i.bytes.size() + size};
            i.last = last;
        } else if (size != 0 || first || last) {
            add_data(where.plain, size, first, last, false);
        }
    }

    void control(const frame& f, const frame_place& where, std::uint16_t close_code) {
        const std::span<const std::byte> bytes =
            std::span{stream_.control}.subspan(where.plain, f.payload.size());
        const bool events = view_ == view::events;
        switch (f.op()) {
            case wspc::opcode::ping: add({events ? item::kind::ping : item::kind::pong, bytes}); break;
            case wspc::opcode::pong:
                if (events) add({item::kind::pong, bytes});
                break;
            default:
                add({item::kind::close, bytes.size() < 2 ? std::span<const std::byte>{} : bytes.subspan(2)});
                items_.back().code = close_code;
                items_.back().may_lack_reason = !events;
        }
    }

    void add(item i) { items_.push_back(i); }
    std::vector<item> take() { return std::move(items_); }

private:
    void add_data(std::size_t at, std::size_t size, bool first, bool last, bool may_be_cut) {
        items_.push_back(
            {item::kind::data, std::span{stream_.data}.subspan(at, size), op_, first, last, may_be_cut});
    }

    const stream& stream_;
    view view_;
    std::vector<item> items_;
    wspc::opcode op_{};
    std::size_t begin_ = 0;  // of the message at hand
    bool unheard_ = false;   // it has begun with frames that a handle passes over
};

item close_item(std::uint16_t code, std::string_view reason = {}) {
    item i{item::kind::close, std::as_bytes(std::span{reason})};
    i.code = code;
    i.may_lack_reason = true;
    return i;
}

// RFC 6455 5.5.1: a peer that closed first sends no data any more, nor a second Close. It answers
// pings until the other Close is there.
std::vector<item> behind_own_close(const test_case& c, const stream& s, view from) {
    translator t{s, from};
    t.add(close_item(c.closes_first));
    for (std::size_t i = 0; i < c.decided.frame && !heard(from); ++i)
        if (c.frames[i].op() == wspc::opcode::ping) t.control(c.frames[i], s.frames[i], 0);
    return t.take();
}

}  // namespace

std::vector<item> expected(const test_case& c, const stream& s, view from) {
    if (c.closes_first != 0 && from != view::events) return behind_own_close(c, s, from);
    translator t{s, from};
    const std::size_t end = c.decided.frame;
    for (std::size_t i = 0; i < end; ++i) {
        const frame& f = c.frames[i];
        if (f.control())
            t.control(f, s.frames[i], 0);
        else
            t.data(f, s.frames[i], f.payload.size(), false);
    }
    const frame& f = c.frames[end];
    if (c.error == wspc::error::none) {
        t.control(f, s.frames[end], c.close_code);
        return t.take();
    }
    if (!f.control() && c.decided.in_payload) t.data(f, s.frames[end], c.decided.octet, true);
    if (from == view::events) {
        item i{item::kind::failed};
        i.failure = s.failure;
        t.add(i);
    } else {
        // What is wrong may be said in words.
        t.add(close_item(c.close_code, wspc::text(s.failure.code)));
    }
    return t.take();
}

std::vector<item> expected_without_limits(const test_case& c, const stream& s, view from) {
    translator t{s, from};
    for (std::size_t i = 0; i < c.frames.size(); ++i) {
        const frame& f = c.frames[i];
        if (f.control())
            t.control(f, s.frames[i], 0);
        else
            t.data(f, s.frames[i], f.payload.size(), f.claimed.has_value());
    }
    return t.take();
}

void checker::fault(std::string what) {
    if (fault_.empty()) fault_ = std::move(what) + " at item " + std::to_string(at_);
}

void checker::advance() noexcept {
    ++at_;
    seen_ = 0;
    begun_ = current() == nullptr || !current()->first;
}

void checker::data(wspc::opcode op, bool first, bool last, std::span<const std::byte> bytes) {
    if (!ok()) return;
    if (at_ == 0 && seen_ == 0 && current() != nullptr && !begun_) begun_ = !current()->first;
    // The frame at fault continues what is complete up to it.
    if (const item* i = current();
        i != nullptr && may_leave(*i) && seen_ == i->bytes.size() && !i->may_be_cut)
        advance();
    const item* const i = current();
    if (i == nullptr || i->what != item::kind::data)
        return fault(std::string{"data where there should be "} + (i == nullptr ? "nothing" : name(i->what)));
    if (op != i->op) return fault("data of another type");
    if (first == begun_)
        return fault(first ? "a message that begins twice" : "a message without a beginning");
    begun_ = true;
    if (bytes.size() > i->bytes.size() - seen_) return fault("more octets than were sent");
    if (!same(bytes, i->bytes.subspan(seen_, bytes.size()))) return fault("other octets than were sent");
    seen_ += bytes.size();
    data_octets_ += bytes.size();
    if (!last) return;
    if (!i->last || seen_ != i->bytes.size()) return fault("a message that ends too early");
    advance();
}

const item* checker::take(item::kind what) {
    if (!ok()) return nullptr;
    while (current() != nullptr && may_leave(*current())) advance();
    const item* const i = current();
    if (i == nullptr || i->what != what) {
        fault(std::string{name(what)} + " where there should be " +
              (i == nullptr ? "nothing" : name(i->what)));
        return nullptr;
    }
    return i;
}

void checker::control(item::kind what, std::span<const std::byte> bytes) {
    const item* const i = take(what);
    if (i == nullptr) return;
    if (!same(bytes, i->bytes)) return fault(std::string{name(what)} + " with another payload");
    advance();
}

void checker::close(std::uint16_t code, std::span<const std::byte> reason) {
    const item* const i = take(item::kind::close);
    if (i == nullptr) return;
    if (code != i->code)
        return fault("close with " + std::to_string(code) + " instead of " + std::to_string(i->code));
    const bool lacks = reason.empty() && i->may_lack_reason;
    if (!lacks && !same(reason, i->bytes)) return fault("close with another reason");
    advance();
}

void checker::failed(const wspc::failure& why) {
    const item* const i = take(item::kind::failed);
    if (i == nullptr) return;
    if (why != i->failure)
        return fault("failed with \"" + std::string{wspc::text(why.code)} + "\" at octet " +
                     std::to_string(why.offset) + " instead of \"" +
                     std::string{wspc::text(i->failure.code)} + "\" at " + std::to_string(i->failure.offset));
    advance();
}

void checker::finish() {
    if (!ok()) return;
    if (const item* const i = current(); i != nullptr) fault(std::string{"no "} + name(i->what));
}

}  // namespace conformance
