// SPDX-License-Identifier: Apache-2.0
// Group 6: text that is UTF-8 and text that is not. The deciding octets are those of Table 3-7 of the
// Unicode Standard: the first after which no further octet could make the text valid.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "case.hpp"

namespace conformance {
namespace {

constexpr auto not_utf8 = wspc::error::text_not_utf8;

constexpr std::size_t none = SIZE_MAX;

// Octets, and the index of the one that decides: when ASCII follows, and when the text ends there.
// Valid sequences have none. An octet that only begins something is at fault where the text ends, since
// the frame's length says so beforehand.
struct sequence {
    std::string name;
    std::string octets;
    std::size_t at = none;
    std::size_t at_end = none;
};

const std::string& greek() {
    static const std::string octets = hex("ce ba e1 bd b9 cf 83 ce bc ce b5");
    return octets;
}

// One sequence in every surrounding that makes a difference: alone, at the end and in the middle of a
// text, behind enough octets to be anywhere in a vector, and cut into frames.
void add(std::vector<test_case>& cases, const sequence& s) {
    const auto push = [&](const char* where, std::vector<frame> frames, std::size_t frame,
                          std::size_t octet) {
        const std::string name = s.name + ", " + where;
        cases.push_back(octet == none
                            ? accepted(name, std::move(frames))
                            : refused(name, std::move(frames), payload_octet(frame, octet), not_utf8, 1007));
    };
    const auto plus = [](std::size_t before, std::size_t at) { return at == none ? none : before + at; };
    const std::string front = greek() + " ";
    push("alone", {text(s.octets)}, 0, s.at_end);
    push("at the end", {text(front + s.octets)}, 0, plus(front.size(), s.at_end));
    push("in the middle", {text("good"), text(front + s.octets + " edited")}, 1, plus(front.size(), s.at));
    const std::size_t far = 50 + cases.size() % 90;
    push("far in a text", {text(std::string(far, '.') + s.octets + std::string(200, '.'))}, 0,
         plus(far, s.at));

    // Every octet in a frame of its own, an empty one in between, and text behind.
    std::vector<frame> frames{text(front).unfinished()};
    for (const char octet : s.octets) {
        frames.push_back(more(std::string{octet}));
        frames.push_back(more(""));
    }
    frames.push_back(continuation(" edited"));
    const std::size_t at = s.at == none ? 0 : std::min(1 + 2 * s.at, frames.size() - 1);
    push("octets in frames", frames, at, s.at == none ? none : 0);
}

// A sequence as the tables below write it.
sequence parse(std::string_view written) {
    sequence s;
    for (const char c : written) {
        if (c != '!' && c != '?') {
            s.name.push_back(c);
            continue;
        }
        const std::size_t index = s.name.size() / 3;
        (c == '!' ? s.at : s.at_end) = index;
    }
    s.octets = hex(s.name);
    if (s.at == none && s.at_end != none) s.at = s.octets.size();
    if (s.at_end == none) s.at_end = s.at;
    return s;
}

void add_table(std::vector<test_case>& cases, std::string_view table) {
    constexpr std::string_view between = ", ";
    while (!table.empty()) {
        const std::size_t size = std::min(table.find(between), table.size());
        add(cases, parse(table.substr(0, size)));
        table.remove_prefix(std::min(size + between.size(), table.size()));
    }
}

constexpr std::string_view valid_sequences[] = {
    // The first and the last code point of each length, and around the gaps.
    "00, 7f, c2 80, df bf, e0 a0 80, ed 9f bf, ee 80 80, ef bf bd, ef bf bf, f0 90 80 80, f4 8f bf bf",
    // Letters of two, three and four octets.
    "ce ba e1 bd b9 cf 83 ce bc ce b5, c3 bc c3 a4 c3 b6 c3 9f, e6 97 a5 e6 9c ac e8 aa 9e, "
    "f0 9f 98 80 f0 9f 98 81, 48 65 6c 6c 6f 2d c2 b5 40 c3 9f c3 b6 c3 a4 c3 bc c3 a0 c3 a1",
    // A byte order mark is a character like others.
    "ef bb bf, ef bb bf 61",
    // Non-characters are valid (Unicode, Corrigendum 9).
    "ef b7 90, ef b7 af, ef bf be, f0 9f bf be, f0 9f bf bf, f0 af bf be, f0 af bf bf, f0 bf bf be, "
    "f0 bf bf bf, f1 8f bf be, f1 8f bf bf, f1 9f bf be, f1 9f bf bf, f1 af bf be, f1 af bf bf, "
    "f1 bf bf be, f1 bf bf bf, f2 8f bf be, f2 8f bf bf, f2 9f bf be, f2 9f bf bf, f2 af bf be, "
    "f2 af bf bf, f2 bf bf be, f2 bf bf bf, f3 8f bf be, f3 8f bf bf, f3 9f bf be, f3 9f bf bf, "
    "f3 af bf be, f3 af bf bf, f3 bf bf be, f3 bf bf bf, f4 8f bf be",
};

// `!` stands before the octet that decides. `?` stands before the octet that decides if the text ends
// behind the sequence: the lead octet of a character that lacks octets. Where only that one is marked, it
// is whatever follows that decides otherwise.
constexpr std::string_view invalid_sequences[] = {
    // Above U+10FFFF, and the forms of five and six octets that UTF-8 once had.
    "f4 !90 80 80, f4 !bf bf bf, !f5 80 80 80, !f7 bf bf bf, !f8 88 80 80 80, !fb bf bf bf bf, "
    "!fc 84 80 80 80 80, !fd bf bf bf bf bf, !fe, !ff, !fe fe ff ff",
    // Surrogates, single and in pairs.
    "ed !a0 80, ed !ad bf, ed !ae 80, ed !af bf, ed !b0 80, ed !be 80, ed !bf bf, ed !a0 80 ed b0 80, "
    "ed !a0 80 ed bf bf, ed !ad bf ed b0 80, ed !ad bf ed bf bf, ed !ae 80 ed b0 80, "
    "ed !ae 80 ed bf bf, ed !af bf ed b0 80, ed !af bf ed bf bf",
    // Overlong: the slash, NUL, and the largest of each length.
    "!c0 af, e0 !80 af, f0 !80 80 af, !f8 80 80 80 af, !fc 80 80 80 80 af, !c0 80, e0 !80 80, "
    "f0 !80 80 80, !f8 80 80 80 80, !fc 80 80 80 80 80, !c1 bf, e0 !9f bf, f0 !8f bf bf, "
    "!f8 87 bf bf bf, !fc 83 bf bf bf bf",
    // Continuations of nothing.
    "!80, !bf, !80 bf, !80 bf 80, !80 bf 80 bf, !80 bf 80 bf 80, !80 bf 80 bf 80 bf, !80 81 82 83 fe, "
    "61 !80, ce ba !80, e6 97 a5 !bf, f0 9f 98 80 !80, 61 !80 c2 80",
    // Characters that lack octets.
    "?c2, ?df, ?e0, ?e0 a0, ?e1 80, ?ed 9f, ?ef bf, ?f0, ?f0 90, ?f0 90 80, ?f1 80, ?f4 8f, ?f4 8f bf, "
    "61 ?c2, ce ba ?e1 bd, f0 9f 98 80 ?f0 9f 98",
    // A character that begins before another is complete.
    "c2 !c2 80, e1 80 !e1 80 80, f1 80 80 !f1 80 80 80, df !c0, ef bf !7f, f0 90 80 !20, c2 !20, "
    "e0 a0 !c2 80, f4 8f bf !ff, ?e1 !ff",
};

// Each lead octet with second octets at and around the limits of its row of Table 3-7.
std::vector<sequence> second_octets() {
    struct row {
        unsigned lead;
        unsigned low;
        unsigned high;
        std::size_t following;  // octets behind the second
    };
    constexpr row rows[] = {{0xc2, 0x80, 0xbf, 0}, {0xdf, 0x80, 0xbf, 0}, {0xe0, 0xa0, 0xbf, 1},
                            {0xe1, 0x80, 0xbf, 1}, {0xec, 0x80, 0xbf, 1}, {0xed, 0x80, 0x9f, 1},
                            {0xee, 0x80, 0xbf, 1}, {0xef, 0x80, 0xbf, 1}, {0xf0, 0x90, 0xbf, 2},
                            {0xf1, 0x80, 0xbf, 2}, {0xf3, 0x80, 0xbf, 2}, {0xf4, 0x80, 0x8f, 2}};
    std::vector<sequence> sequences;
    for (const row& r : rows)
        for (const unsigned second : {0x00u, 0x7fu, 0x80u, 0x8fu, 0x90u, 0x9fu, 0xa0u, 0xbfu, 0xc0u, 0xffu}) {
            std::string octets{static_cast<char>(r.lead), static_cast<char>(second)};
            octets.append(r.following, '\x80');
            const bool fits = second >= r.low && second <= r.high;
            const std::string name =
                "second octet " + std::to_string(second) + " behind " + std::to_string(r.lead);
            sequences.push_back({name, octets, fits ? none : 1, fits ? none : 1});
        }
    return sequences;
}

// Every lead octet before a space, and every octet that leads nothing.
std::vector<sequence> lonely_octets() {
    std::vector<sequence> sequences;
    for (unsigned octet = 0x80; octet <= 0xff; ++octet) {
        const bool leads = octet >= 0xc2 && octet <= 0xf4;
        const std::string name = "octet " + std::to_string(octet) + " alone";
        sequences.push_back({name, std::string{static_cast<char>(octet)}, leads ? 1u : 0u, 0});
    }
    return sequences;
}

// Every prefix of a string, as a whole text, as an unfinished one, and in a frame whose rest does not
// come. `borders` are the sizes at which a character ends.
void add_prefixes(std::vector<test_case>& cases, const std::string& octets,
                  const std::vector<std::size_t>& borders) {
    for (std::size_t size = 1; size <= octets.size(); ++size) {
        const std::size_t border = *(std::upper_bound(borders.begin(), borders.end(), size) - 1);
        const std::string prefix = octets.substr(0, size);
        const std::string name = "prefix of " + std::to_string(size) + " octets";
        const frame half = text(prefix).unfinished();
        cases.push_back(
            accepted(name + ", continued", {half, ping("between"), continuation(octets.substr(size))}));
        cases.push_back(accepted(name + ", fragmented", {half, more(""), continuation(octets.substr(size))}));
        if (border == size) {
            cases.push_back(accepted(name, {text(prefix)}));
            cases.push_back(accepted(name + ", empty end", {half, continuation("")}));
            continue;
        }
        cases.push_back(refused(name, {text(prefix)}, payload_octet(0, border), not_utf8, 1007));
        // The last frame's length says that the character that has begun stays incomplete.
        cases.push_back(
            refused(name + ", empty end", {half, continuation("")}, header_octet(1, 1), not_utf8, 1007));
        cases.push_back(refused(name + ", other character",
                                {half, continuation("z and the rest of the text")}, payload_octet(1, 0),
                                not_utf8, 1007));
        cases.push_back(refused(name + ", frame without rest", {text(prefix + "z").claiming(4000)},
                                payload_octet(0, size), not_utf8, 1007));
    }
}

void append_code_point(std::string& to, std::uint32_t point) {
    const auto put = [&](std::uint32_t octet) { to.push_back(static_cast<char>(octet)); };
    const auto tail = [&](unsigned shift) { put(0x80 | ((point >> shift) & 0x3f)); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xc0 | (point >> 6));
        return tail(0);
    }
    if (point < 0x10000) {
        put(0xe0 | (point >> 12));
    } else {
        put(0xf0 | (point >> 18));
        tail(12);
    }
    tail(6);
    tail(0);
}

void add_every_code_point(std::vector<test_case>& cases) {
    struct range {
        const char* name;
        std::uint32_t from;
        std::uint32_t to;
    };
    for (const range& r : {range{"of one octet", 0, 0x7f}, range{"of two octets", 0x80, 0x7ff},
                           range{"of three octets below the surrogates", 0x800, 0xd7ff},
                           range{"of three octets above the surrogates", 0xe000, 0xffff},
                           range{"of four octets", 0x10000, 0x10ffff}}) {
        std::string octets;
        for (std::uint32_t point = r.from; point <= r.to; ++point) append_code_point(octets, point);
        cases.push_back(accepted(std::string{"every code point "} + r.name, {text(octets)}));
    }
}

void add_frames_and_messages(std::vector<test_case>& cases) {
    cases.push_back(accepted("empty text", {text("")}));
    cases.push_back(accepted("three empty fragments", {text("").unfinished(), more(""), continuation("")}));
    cases.push_back(
        accepted("text between empty fragments", {text("").unfinished(), more(greek()), continuation("")}));
    // Only text is judged, and every message by itself.
    const std::string surrogate = hex("ed a0 80");
    cases.push_back(
        accepted("binary that is not UTF-8", {binary(surrogate), binary(hex("ce")), text(greek())}));
    cases.push_back(accepted("binary in fragments that is not UTF-8",
                             {binary(hex("ce")).unfinished(), more(surrogate), continuation(hex("ff"))}));
    cases.push_back(accepted("ping that is not UTF-8 inside a character",
                             {text(hex("ce")).unfinished(), ping(surrogate), continuation(hex("ba"))}));
    cases.push_back(refused("half a character, and its other half in the next message",
                            {text(greek()), text(hex("ce")), text(hex("ba"))}, payload_octet(1, 0), not_utf8,
                            1007));
    cases.push_back(
        refused("a continuation that is not UTF-8 behind a long text",
                {text(body{body::fill::text, 4096, 0, 4096}).unfinished(), continuation(surrogate)},
                payload_octet(1, 1), not_utf8, 1007));
    cases.push_back(refused("small texts, the fourth not UTF-8",
                            {text("1"), text(greek()), binary(surrogate), text("4" + surrogate), text("5")},
                            payload_octet(3, 2), not_utf8, 1007));
    // Too short for the character, by one octet or by two.
    cases.push_back(refused("last fragment that is too short",
                            {text(hex("f0 9f")).unfinished(), continuation(hex("98"))}, header_octet(1, 1),
                            not_utf8, 1007));
    cases.push_back(accepted("last fragment that is just long enough",
                             {text(hex("f0 9f")).unfinished(), continuation(hex("98 80"))}));
    cases.push_back(refused("character that begins too near to the end of a long text",
                            {text(std::string(300, 'x') + hex("e6 97"))}, payload_octet(0, 300), not_utf8,
                            1007));
    // RFC 6455 8.1: in the middle of a frame of which nothing more arrives.
    for (const std::size_t before : {0u, 1u, 15u, 63u, 64u, 1000u})
        cases.push_back(refused("surrogate in a frame without rest, behind " + std::to_string(before),
                                {text(std::string(before, 'x') + surrogate.substr(0, 2)).claiming(1u << 20)},
                                payload_octet(0, before + 1), not_utf8, 1007));
}

}  // namespace

std::vector<test_case> utf8_cases() {
    std::vector<test_case> cases;
    add_frames_and_messages(cases);
    for (const std::string_view table : valid_sequences) add_table(cases, table);
    for (const std::string_view table : invalid_sequences) add_table(cases, table);
    for (const auto& table : {second_octets(), lonely_octets()})
        for (const sequence& s : table) add(cases, s);
    add_prefixes(cases, greek(), {0, 2, 5, 7, 9, 11});
    add_prefixes(cases, hex("24 c2 a3 e2 82 ac f0 90 8d 88 ed 95 9c"), {0, 1, 3, 6, 10, 13});
    add_every_code_point(cases);
    return cases;
}

}  // namespace conformance
