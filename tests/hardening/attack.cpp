// SPDX-License-Identifier: Apache-2.0
#include "attack.hpp"

#include <cstdlib>
#include <utility>

#include <gtest/gtest.h>

#include "engine/connection_as.hpp"
#include "readers.hpp"
#include "support/random.hpp"
#include "support/reference_decoder.hpp"
#include "support/scale.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

constexpr wspc::limits no_limits{UINT64_MAX, UINT64_MAX, UINT32_MAX};

unsigned from_hex(std::string_view digits) {
    if (digits.size() != 2) std::abort();  // a row that is misspelt would pass for another attack
    unsigned value = 0;
    for (const char c : digits) {
        const std::string_view all = "0123456789abcdef";
        const std::size_t digit = all.find(c);
        if (digit == all.npos) std::abort();
        value = value * 16 + static_cast<unsigned>(digit);
    }
    return value;
}

// Splits off what stands in front of the first `mark`.
std::string_view front(std::string_view& text, char mark) {
    const std::size_t at = text.find(mark);
    const std::string_view made = text.substr(0, at);
    text = at == text.npos ? std::string_view{} : text.substr(at + 1);
    return made;
}

class speller {
public:
    explicit speller(role receiver) : receiver_{receiver} {}

    void add(std::string_view token) {
        std::string_view times = token;
        token = front(times, '*');
        const std::size_t count = times.empty() ? 1 : std::stoul(std::string{times});
        if (token.front() == '!') {
            token.remove_prefix(1);
            made.decided = made.wire.size();
        }
        for (std::size_t i = 0; i < count; ++i) add_one(token);
    }

    spelled made;

private:
    void add_one(std::string_view token) {
        const bool masked = receiver_ == role::server;
        if (token == "k") {
            payload_ = 0;
            if (masked) made.wire.insert(made.wire.end(), usual_key.begin(), usual_key.end());
            return;
        }
        const char kind = token.size() == 3 ? token.front() : ' ';
        if (kind != ' ') token.remove_prefix(1);
        unsigned octet = from_hex(token);
        if (kind == 'd' && masked) octet ^= std::to_integer<unsigned>(usual_key[payload_++ % 4]);
        if ((kind == 'm' && masked) || (kind == 'w' && !masked)) octet |= 0x80;
        made.wire.push_back(static_cast<std::byte>(octet));
    }

    role receiver_;
    std::size_t payload_ = 0;
};

// Errors that one header alone shows, and the first octets of its body no more.
bool is_of_a_header(error code) {
    return (code >= error::reserved_bits && code <= error::length_too_large) ||
           code == error::close_body_too_short;
}

// What one reader must make of the octets.
struct expectation {
    event_log log;
    std::vector<bytes> pings;
    std::uint16_t close_code = 0;  // of the Close that it answers by itself
};

expectation expected_of(const bytes& wire, role receiver, const limits& allowed, bool queues) {
    expectation made;
    const event_log all = decode_reference(wire, {.receiver = receiver, .limits = allowed});
    bool first = false;
    for (const told& t : all.events()) {
        bytes payload = t.payload;
        if (t.kind == event_kind::ping) made.pings.push_back(payload);
        if (t.kind == event_kind::close) made.close_code = t.code;
        if (t.kind == event_kind::data) first = t.first || first;
        // Queues keep pings to themselves, and pass over frames that bring nothing and end nothing.
        const bool passed =
            t.kind == event_kind::ping || (t.kind == event_kind::data && payload.empty() && !t.last);
        if (queues && passed) continue;
        made.log.add({.bytes = payload,
                      .kind = t.kind,
                      .op = t.op,
                      .first = t.kind == event_kind::data && std::exchange(first, false),
                      .last = t.last,
                      .code = t.code,
                      .rsv = t.rsv});
    }
    if (!all.failed()) return made;
    made.close_code = close_code(all.failed().code);
    made.log.add({.offset = all.failed().offset,
                  .kind = event_kind::failed,
                  .code = static_cast<std::uint16_t>(all.failed().code)});
    return made;
}

std::size_t fed_when_it_shows(std::size_t decided, const split& cuts, std::size_t size) {
    for (const std::size_t cut : cuts)
        if (cut > decided) return cut;
    return size;
}

std::string fault_of_failure(const expectation& e, const made_of_it& got, const split& cuts,
                             std::size_t size) {
    const failure& why = e.log.failed();
    if (got.failed != static_cast<bool>(why)) return got.failed ? "fails" : "does not fail";
    if (got.failed && got.fed_at_failure != fed_when_it_shows(why.offset, cuts, size))
        return "fails at another time";
    return {};
}

// What it sent by itself: pongs, and a Close unless a program must close.
std::string fault_of_answer(const reader_kind& kind, const expectation& e, const made_of_it& got,
                            role receiver) {
    const event_log heard = read_back(receiver, got.sent);
    std::vector<bytes> pongs;
    std::uint16_t code = 0;
    for (const told& t : heard.events()) {
        if (t.kind == event_kind::pong) pongs.push_back(t.payload);
        if (t.kind == event_kind::close) code = t.code;
    }
    std::vector<bytes> wanted = e.pings;
    // Who does not write in between answers the newest.
    if (!kind.queues && wanted.size() > 1) wanted.erase(wanted.begin(), wanted.end() - 1);
    if (pongs != wanted) return "other pongs";
    if (code != (kind.has_limits ? e.close_code : 0)) return "closes with " + std::to_string(code);
    return {};
}

std::string fault_of(const reader_kind& kind, const bytes& wire, role receiver, const expectation& e,
                     const split& cuts, const limits& allowed) {
    const made_of_it got = kind.read(wire, cuts, receiver, {.limits = allowed});
    if (!got.broken.empty()) return got.broken;
    if (kind.frames_only) {
        const failure& why = e.log.failed();
        if (is_of_a_header(why.code)) {
            if (got.log.failed() != why) return "another failure";
            return fault_of_failure(e, got, cuts, wire.size());
        }
        return got.failed && (!why || got.log.failed().offset < why.offset) ? "fails" : "";
    }
    if (std::string fault = fault_of_failure(e, got, cuts, wire.size()); !fault.empty()) return fault;
    if (std::string fault = difference(e.log, got.log); !fault.empty()) return fault;
    if (got.wrong_result) return "fails with another HRESULT";
    const bool sends = kind.queues || !got.sent.empty();
    return sends ? fault_of_answer(kind, e, got, receiver) : std::string{};
}

class splits {
public:
    splits(std::size_t size, std::uint64_t seed) : size_{size}, random_{seed} {}

    template <class Try>
    void each(bool in_two, Try&& attempt) {
        attempt(uncut());
        attempt(octet_by_octet(size_));
        for (int i = 0; i < 2; ++i) attempt(random_split(random_, size_));
        const std::size_t step = scaled(1, 3, 7) + size_ / 200;
        for (std::size_t at = 1; in_two && at < size_; at += at < 16 ? 1 : step) attempt({at});
    }

private:
    std::size_t size_;
    random_source random_;
};

// Through every reader, in every split.
void expect_everywhere(const bytes& wire, role receiver, const limits& allowed, bool in_two,
                       std::uint64_t seed, const std::string& what) {
    for (const reader_kind& kind : readers()) {
        const limits& own = kind.has_limits ? allowed : no_limits;
        const expectation e = expected_of(wire, receiver, own, kind.queues);
        std::string fault;
        splits{wire.size(), seed}.each(in_two, [&](const split& cuts) {
            if (!fault.empty()) return;
            fault = fault_of(kind, wire, receiver, e, cuts, own);
            if (!fault.empty()) fault += "\n" + to_string(manner{}, cuts);
        });
        EXPECT_EQ(fault, "") << kind.name << (receiver == role::server ? ", server: " : ", client: ") << what
                             << "\n"
                             << to_hex(wire);
    }
}

// What comes too late to have any effect.
bytes late(role receiver) {
    return wire_to(receiver, 1, text_bytes("late")) + wire_to(receiver, 9, text_bytes("late")) +
           wire_to(receiver, 8, octets({0x03, 0xe9}));
}

constexpr role roles[] = {role::server, role::client};

}  // namespace

spelled spell(std::string_view octets, role receiver) {
    speller s{receiver};
    while (!octets.empty())
        if (const std::string_view token = front(octets, ' '); !token.empty()) s.add(token);
    return s.made;
}

void expect_refused(const attack& a) {
    for (const role receiver : roles) {
        const spelled made = spell(a.octets, receiver);
        const bytes wire = made.wire + late(receiver);
        const failure why = decode_reference(wire, {.receiver = receiver, .limits = a.limits}).failed();
        ASSERT_EQ(why.offset, made.decided) << a.octets << ": " << text(why.code);
        ASSERT_EQ(close_code(why.code), a.close_code) << a.octets << ": " << text(why.code);
        expect_everywhere(wire, receiver, a.limits, true, wire.size(), a.octets);
        if (testing::Test::HasFailure()) return;
    }
}

void expect_taken(std::string_view octets, const limits& allowed) {
    for (const role receiver : roles) {
        const bytes wire = spell(octets, receiver).wire + late(receiver);
        const event_log all = decode_reference(wire, {.receiver = receiver, .limits = allowed});
        ASSERT_EQ(all.failed(), failure{}) << octets;
        expect_everywhere(wire, receiver, allowed, true, wire.size(), std::string{octets});
        if (testing::Test::HasFailure()) return;
    }
}

void expect_as_the_reference(const bytes& wire, role receiver, std::uint64_t seed) {
    expect_everywhere(wire, receiver, {}, false, seed, "");
}

}  // namespace wspc::test
