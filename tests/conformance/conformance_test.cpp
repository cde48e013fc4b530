// SPDX-License-Identifier: Apache-2.0
// Runs every case against every driver, for both roles: whole, octet by octet, frame by frame and at
// random splits; and prints how much that was.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include <wspc/cpu.hpp>

#include "case.hpp"
#include "driver.hpp"
#include "stream.hpp"
#include "support/scale.hpp"
#include "transcript.hpp"

namespace conformance {
namespace {

// Room for headers and for what a case sends besides its messages.
constexpr std::size_t overhead = 64 * kib;
constexpr std::size_t most_emulated = 256 * kib + overhead;

// What is fed octet by octet, too. Instrumented or emulated, every octet takes some microseconds.
std::size_t most_by_octets() { return wspc::test::scaled(1024 * kib, 256 * kib, 16 * kib) + overhead; }

std::size_t random_splits(std::size_t octets) {
    if (octets >= 64 * kib) return 3;
    const std::size_t all = wspc::test::scaled(1000, 20, 5);
    return std::max<std::size_t>(5, all * share_of_splits() / 100);
}

// Before the octets of the case are made, which takes time of its own.
bool runs_at_this_scale(const test_case& c) {
    if (wspc::test::test_scale() != wspc::test::scale::emulated) return true;
    std::size_t size = 0;
    for (const frame& f : c.frames) size += f.payload.size() + 4;
    return size <= most_emulated;
}

const char* name(wspc::role self) { return self == wspc::role::server ? "server" : "client"; }

// --- counts

struct count {
    std::size_t cases = 0;
    std::size_t runs = 0;
    std::uint64_t octets = 0;
};

class counts : public testing::Environment {
public:
    static counts& all() {
        static auto* const made = new counts;  // owned by GoogleTest
        return *made;
    }

    void add(std::size_t group, wspc::role self, const count& more) {
        count& c = counts_[{group, self}];
        // The same cases and runs for every driver; the cases are not to be counted again.
        if (c.cases != 0) {
            EXPECT_EQ(c.cases, more.cases);
            EXPECT_EQ(c.runs % more.runs, 0u);
        }
        c.cases = more.cases;
        c.runs += more.runs;
        c.octets += more.octets;
    }

    void TearDown() override {
        count sum;
        for (const auto& [key, c] : counts_) {
            const std::string_view group = groups[key.first].name;
            std::printf("conformance %s group=%.*s role=%s cases=%zu runs=%zu\n", where().c_str(),
                        static_cast<int>(group.size()), group.data(), name(key.second), c.cases, c.runs);
            sum.cases += c.cases;
            sum.runs += c.runs;
            sum.octets += c.octets;
        }
        std::printf("conformance %s total cases=%zu runs=%zu octets=%llu\n", where().c_str(), sum.cases,
                    sum.runs, static_cast<unsigned long long>(sum.octets));
    }

private:
    static std::string where() {
        constexpr const char* scales[] = {"full", "sanitizer", "emulated"};
        return "kernel=" + std::string{wspc::active_kernel().active} +
               " scale=" + scales[static_cast<std::size_t>(wspc::test::test_scale())];
    }

    std::map<std::pair<std::size_t, wspc::role>, count> counts_;
};

testing::Environment* const counting = testing::AddGlobalTestEnvironment(&counts::all());

// --- one run

// The application's receive buffer: the same memory for every read, with octets in front and behind
// that are none of the peer's business.
class receive_buffer {
public:
    std::span<std::byte> take(std::span<const std::byte> bytes) {
        if (memory_.size() < bytes.size() + 2 * guard) memory_.assign(bytes.size() + 2 * guard, filler);
        std::memcpy(memory_.data() + guard, bytes.data(), bytes.size());
        std::memset(memory_.data(), static_cast<int>(filler), guard);
        std::memset(memory_.data() + guard + bytes.size(), static_cast<int>(filler), guard);
        used_ = bytes.size();
        return {memory_.data() + guard, used_};
    }

    [[nodiscard]] bool untouched() const {
        static const std::vector<std::byte> filled(guard, filler);
        return std::memcmp(memory_.data(), filled.data(), guard) == 0 &&
               std::memcmp(memory_.data() + guard + used_, filled.data(), guard) == 0;
    }

private:
    static constexpr std::size_t guard = 64;
    static constexpr std::byte filler{0x81};  // would begin a text

    std::vector<std::byte> memory_;
    std::size_t used_ = 0;
};

// How many octets of messages the front of a stream holds.
class progress {
public:
    explicit progress(const stream& s) : stream_{s} {}

    std::size_t data_octets(std::size_t fed) {
        const auto& frames = stream_.frames;
        for (; at_ < frames.size() && frames[at_].end <= fed; ++at_)
            if (frames[at_].is_data) complete_ += frames[at_].end - frames[at_].payload;
        if (at_ == frames.size() || !frames[at_].is_data || fed <= frames[at_].payload) return complete_;
        return complete_ + fed - frames[at_].payload;
    }

private:
    const stream& stream_;
    std::size_t at_ = 0;
    std::size_t complete_ = 0;
};

struct run {
    const test_case& of;
    const stream& sent;
    wspc::role self;
    std::span<const item> items;
    bool endless = false;  // the case passes a limit, and the peer has none
};

bool passes_a_limit(const test_case& c) {
    return c.error == wspc::error::frame_too_big || c.error == wspc::error::message_too_big ||
           c.error == wspc::error::too_many_fragments;
}

// What such a peer is fed: the frames of the case, all of which have their normal effect.
std::span<const std::byte> wire_of(const run& r) {
    const std::span<const std::byte> wire{r.sent.wire};
    return r.endless ? wire.first(r.sent.frames[r.of.frames.size() - 1].end) : wire;
}

// Whether the peer knows by now what the octets so far have decided, and nothing more.
void check_decision(const run& r, const driver& d, std::size_t fed, checker& seen) {
    const bool decided = fed > r.sent.decided && !r.endless;
    const bool fails = static_cast<bool>(r.sent.failure);
    if (!d.failed_with(decided ? r.sent.failure : wspc::failure{}))
        seen.fault(decided ? "does not fail as it must" : "fails too early");
    if (d.closed() != (decided && !fails)) seen.fault("sees the Close at the wrong time");
}

// What is wrong with this run; empty if nothing.
std::string fault_of(const run& r, driver& d, cutter cut, std::size_t number, receive_buffer& buffer) {
    checker seen{r.items};
    progress so_far{r.sent};
    const std::span<const std::byte> wire = wire_of(r);
    const bool prompt = d.shows() != view::message_echo && r.of.closes_first == 0;
    d.start(r.self, r.of, seen, number);
    for (std::size_t fed = 0; fed < wire.size() && seen.ok();) {
        const std::size_t size = std::min(cut.next(r.sent, fed), wire.size() - fed);
        d.feed(buffer.take(wire.subspan(fed, size)));
        fed += size;
        if (!buffer.untouched()) seen.fault("wrote outside the fed bytes");
        check_decision(r, d, fed, seen);
        // Whatever has arrived is delivered at once.
        if (prompt && (fed <= r.sent.decided || r.endless) && seen.data_octets() != so_far.data_octets(fed))
            seen.fault("holds back what has arrived");
        if (!seen.ok()) return seen.what() + ", after " + std::to_string(fed) + " octets";
    }
    if (r.endless) return seen.what();
    seen.finish();
    d.finish();
    return seen.what();
}

// --- all runs of a case

class runner {
public:
    runner(const test_case& c, wspc::role self, driver& d, receive_buffer& buffer, count& counted)
        : case_{c},
          stream_{encode(c, self)},
          endless_{passes_a_limit(c) && !d.has_limits()},
          items_{endless_ ? expected_without_limits(c, stream_, d.shows()) : expected(c, stream_, d.shows())},
          run_{case_, stream_, self, items_, endless_},
          driver_{d},
          buffer_{buffer},
          counted_{counted} {}

    // False after a run that went wrong, which has been reported then.
    bool all(std::uint64_t seed) {
        ++counted_.cases;
        const std::size_t size = stream_.wire.size();
        if (!once("whole", 0, cutter::whole())) return false;
        if (!once("frame by frame", 0, cutter::frames())) return false;
        for (const std::size_t write : case_.writes)
            if (!once("in writes of", write, cutter::writes(write))) return false;
        if (size <= most_by_octets() && !once("octet by octet", 0, cutter::octets())) return false;
        const std::size_t splits = random_splits(size);
        for (std::size_t i = 0; i < splits; ++i) {
            const std::uint64_t number = seed * 1009 + i;
            if (!once("at random, seed", number, cutter::random(number, size))) return false;
        }
        return true;
    }

private:
    bool once(const char* how, std::uint64_t number, const cutter& cut) {
        ++counted_.runs;
        counted_.octets += stream_.wire.size();
        const std::string fault = fault_of(run_, driver_, cut, number_++, buffer_);
        if (fault.empty()) return true;
        ADD_FAILURE() << "case \"" << case_.name << "\", fed " << how << " " << number << ": " << fault;
        return false;
    }

    const test_case& case_;
    stream stream_;
    bool endless_;
    std::vector<item> items_;
    run run_;
    driver& driver_;
    receive_buffer& buffer_;
    count& counted_;
    std::size_t number_ = 0;
};

using parameters = std::tuple<std::size_t, wspc::role, std::size_t>;  // group, role, driver

std::string name_of(const testing::TestParamInfo<parameters>& info) {
    const auto [group, self, kind] = info.param;
    return std::string{groups[group].name} + "_" + name(self) + "_" + drivers()[kind].name;
}

class peer : public testing::TestWithParam<parameters> {};

TEST_P(peer, does_what_every_case_says_however_it_is_cut) {
    const auto [group, self, kind] = GetParam();
    const std::unique_ptr<driver> d = drivers()[kind].make();
    receive_buffer buffer;
    count counted;
    std::size_t index = 0;
    int reported = 0;
    for (const test_case& c : groups[group].cases()) {
        if (!runs_at_this_scale(c)) continue;
        runner r{c, self, *d, buffer, counted};
        if (!r.all(index++) && ++reported == 10) break;
    }
    EXPECT_GT(counted.cases, 0u);
    counts::all().add(group, self, counted);
}

INSTANTIATE_TEST_SUITE_P(conformance, peer,
                         testing::Combine(testing::Range<std::size_t>(0, std::size(groups)),
                                          testing::Values(wspc::role::server, wspc::role::client),
                                          testing::Range<std::size_t>(0, drivers().size())),
                         name_of);

// --- the judge itself

// A case whose table is wrong in one way must be seen to differ, by every driver.
void expect_seen(const test_case& wire, const test_case& table, const char* what) {
    for (const wspc::role self : {wspc::role::server, wspc::role::client})
        for (const driver_kind& kind : drivers()) {
            const std::unique_ptr<driver> d = kind.make();
            const stream sent = encode(wire, self);
            stream claimed = encode(table, self);
            claimed.wire = sent.wire;
            const std::vector<item> items = expected(table, claimed, d->shows());
            receive_buffer buffer;
            const run r{table, claimed, self, items};
            EXPECT_NE(fault_of(r, *d, cutter::octets(), 0, buffer), "") << what << ", " << kind.name;
        }
}

TEST(judge, sees_a_message_that_differs) {
    const test_case wire = accepted("", {text("message"), ping("ping")});
    expect_seen(wire, accepted("", {text("massage"), ping("ping")}), "octets");
    expect_seen(wire, accepted("", {binary("message"), ping("ping")}), "type");
    expect_seen(accepted("", {text("message")}), accepted("", {text("message"), text("")}), "missing");
    expect_seen(accepted("", {text("message"), text("")}), accepted("", {text("message")}), "one too many");
}

TEST(judge, sees_a_ping_that_differs) {
    const test_case wire = accepted("", {text("message"), ping("ping")});
    expect_seen(wire, accepted("", {text("message"), ping("pong")}), "octets");
    expect_seen(wire, accepted("", {ping("ping"), text("message")}), "order");
}

TEST(judge, sees_a_close_that_differs) {
    expect_seen(closed("", {close(1000)}, 0, 1000), closed("", {close(1000)}, 0, 1001), "code");
    expect_seen(closed("", {close(1000)}, 0, 1000),
                refused("", {close(1000)}, payload_octet(0, 1), wspc::error::close_code_invalid, 1002),
                "none");
}

TEST(judge, lets_only_an_answer_lack_the_reason) {
    const test_case c = closed("", {close(1000, "bye")}, 0, 1000);
    for (const view from : {view::events, view::piece_echo, view::message_echo, view::heard_echo}) {
        const stream sent = encode(c, wspc::role::server);
        const std::vector<item> items = expected(c, sent, from);
        const auto passes = [&](std::string_view reason) {
            checker seen{items};
            seen.close(1000, std::as_bytes(std::span{reason}));
            seen.finish();
            return seen.ok();
        };
        EXPECT_TRUE(passes("bye"));
        EXPECT_FALSE(passes("bya"));
        EXPECT_EQ(passes(""), from != view::events);
    }
}

TEST(judge, sees_a_failure_that_differs) {
    const std::vector<frame> frames{text("good"), text(hex("61 62 ed a0 80"))};
    const auto bad = wspc::error::text_not_utf8;
    const test_case wire = refused("", frames, payload_octet(1, 3), bad, 1007);
    expect_seen(wire, refused("", frames, payload_octet(1, 2), bad, 1007), "earlier");
    expect_seen(wire, refused("", frames, payload_octet(1, 4), bad, 1007), "later");
    // One that websocket.h has another HRESULT for.
    const auto other = wspc::error::expected_continuation;
    expect_seen(wire, refused("", frames, payload_octet(1, 3), other, 1007), "error");
}

}  // namespace
}  // namespace conformance
