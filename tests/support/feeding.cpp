// SPDX-License-Identifier: Apache-2.0
#include "support/feeding.hpp"

#include <algorithm>
#include <memory>

namespace wspc::test {

split octet_by_octet(std::size_t size) {
    split cuts;
    for (std::size_t at = 1; at < size; ++at) cuts.push_back(at);
    return cuts;
}

split random_split(random_source& random, std::size_t size) {
    split cuts;
    const std::size_t typical = std::size_t{1} << random.below(11);
    std::size_t at = 0;
    while (at < size) {
        at += random.below(2 * typical);
        if (at < size) cuts.push_back(at);
    }
    return cuts;
}

manner random_manner(random_source& random) {
    manner how;
    how.capacity = static_cast<std::uint32_t>(random.between(1, 16));
    how.one = random.one_in(3);
    how.room = random.one_in(2) ? random.between(1, 8) : random.between(1, 2000);
    how.carry = random.one_in(2);
    how.at_start = random.one_in(4);
    return how;
}

std::string to_string(const manner& how, const split& cuts) {
    std::string made = how.one ? "receive_one, room " + std::to_string(how.room)
                               : "receive, capacity " + std::to_string(how.capacity);
    if (how.carry) made += ", carrying";
    made += ", cut at";
    for (std::size_t i = 0; i < std::min<std::size_t>(cuts.size(), 40); ++i) {
        made += ' ';
        made += std::to_string(cuts[i]);
    }
    if (cuts.size() > 40) made += " ...";
    return made;
}

namespace detail_feeding {

bool lies_in(std::span<const std::byte> inner, const void* from, std::size_t size) {
    const auto* const begin = static_cast<const std::byte*>(from);
    const std::less_equal<const std::byte*> before;
    return inner.empty() ||
           (before(begin, inner.data()) && before(inner.data() + inner.size(), begin + size));
}

namespace {

// Mapping pages for each call would take longer than the call.
const guarded_memory& kept_memory(std::unique_ptr<guarded_memory>& kept, std::size_t size) {
    if (kept == nullptr || kept->capacity() < size) kept = std::make_unique<guarded_memory>(2 * size);
    return *kept;
}

const guarded_memory& fed_memory(std::size_t size) {
    static std::unique_ptr<guarded_memory> kept;
    return kept_memory(kept, size);
}

class feeder {
public:
    feeder(const bytes& stream, const manner& how, const call& receive, const may_hold& elsewhere)
        : stream_{stream}, how_{how}, receive_{receive}, elsewhere_{elsewhere} {}

    // Feeds what is left of the stream in front of `end`: once, or until all of it is consumed.
    void feed_until(std::size_t end, bool once) {
        const bytes left(stream_.begin() + at_, stream_.begin() + static_cast<std::ptrdiff_t>(end));
        const guarded_memory& memory = fed_memory(left.size());
        std::span<std::byte> fed = how_.at_start ? memory.copy_at_start(left) : memory.copy_at_end(left);
        fed_ = end;
        do {
            const std::size_t consumed = call_once(fed);
            fed = fed.subspan(consumed);
            at_ += static_cast<std::ptrdiff_t>(consumed);
        } while (!fed.empty() && !once && made_.broken.empty());
    }

    outcome finish() { return std::move(made_); }
    [[nodiscard]] bool sound() const { return made_.broken.empty(); }
    [[nodiscard]] bool left_over() const { return static_cast<std::size_t>(at_) < fed_; }

private:
    void breach(const char* what) {
        if (made_.broken.empty()) made_.broken = what;
    }

    std::size_t call_once(std::span<std::byte> fed) {
        const bytes before = to_bytes(fed);
        const bool ended = ended_;
        const call_result got = receive_(fed);
        if (got.consumed > fed.size()) {
            breach("more consumed than fed");
            return fed.size();
        }
        if (got.events.empty() && got.consumed == 0 && !fed.empty()) breach("a call without progress");
        if (ended && (!got.events.empty() || got.consumed != fed.size())) breach("read on behind the end");
        if (!how_.one && got.events.size() > how_.capacity) breach("more events than the batch holds");
        if (!how_.one && got.consumed < fed.size() && got.events.empty()) breach("stopped for no reason");
        if (how_.one && got.consumed < fed.size() && got.events.empty()) breach("stopped without an event");
        if (!std::equal(fed.begin() + static_cast<std::ptrdiff_t>(got.consumed), fed.end(),
                        before.begin() + static_cast<std::ptrdiff_t>(got.consumed)))
            breach("bytes that were not consumed have changed");
        for (const event& e : got.events) note(e, fed, got);
        return got.consumed;
    }

    void note(const event& e, std::span<std::byte> fed, const call_result& got) {
        if (!lies_in(e.bytes, fed.data(), fed.size()) && !elsewhere_(e))
            breach("bytes of an event lie elsewhere");
        // A pong must be able to leave before the next ping comes (RFC 6455 5.5.2).
        if (!how_.one && e.kind == event_kind::ping && &e != &got.events.back())
            breach("a ping that does not end its batch");
        if (e.kind == event_kind::close || e.kind == event_kind::failed) {
            ended_ = true;
            if (got.consumed != fed.size()) breach("bytes behind the end were not consumed");
        }
        if (e.kind == event_kind::failed) made_.fed_at_failure = fed_;
        made_.log.add(e);
    }

    const bytes& stream_;
    const manner& how_;
    const call& receive_;
    const may_hold& elsewhere_;
    outcome made_;
    std::ptrdiff_t at_ = 0;
    std::size_t fed_ = 0;
    bool ended_ = false;
};

}  // namespace

const guarded_memory& scratch_memory(std::size_t size) {
    static std::unique_ptr<guarded_memory> kept;
    return kept_memory(kept, size);
}

outcome feed(const bytes& stream, const split& cuts, const manner& how, const call& receive,
             const may_hold& elsewhere) {
    feeder all{stream, how, receive, elsewhere};
    for (const std::size_t cut : cuts)
        if (all.sound()) all.feed_until(cut, how.carry);
    // What a carrying caller still holds at the end is fed alone, until nothing is left.
    if (all.sound()) all.feed_until(stream.size(), false);
    outcome made = all.finish();
    if (made.broken.empty()) made.broken = made.log.broken();
    return made;
}

}  // namespace detail_feeding
}  // namespace wspc::test
