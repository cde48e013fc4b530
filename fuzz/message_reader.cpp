// SPDX-License-Identifier: Apache-2.0
// message_reader against the reference decoder, in two manners of calling and two cuttings of the same bytes,
// with any limits and options, with a transform or without.
#include <algorithm>
#include <array>
#include <iterator>

#include "finding.hpp"
#include "input.hpp"
#include "kernel_choice.hpp"
#include "support/reader_check.hpp"

namespace wspc::fuzz {
namespace {

using test::manner;
using test::transform_kind;

// The default, the least, those around the length forms, the most; or anything.
std::uint64_t limit(input& from, std::uint64_t usual) {
    switch (from.below(8)) {
        case 1: return 0;
        case 2: return from.between(124, 127);
        case 3: return from.below(1024);
        case 4: return from.number();
        case 5: return UINT64_MAX;
        default: return usual;
    }
}

test::configuration take_configuration(input& from) {
    test::configuration c;
    c.receiver = from.flag() ? role::client : role::server;
    reader_options& o = c.options;
    o.check_utf8 = !from.flag();
    o.any_masking = from.flag();
    o.run = !from.flag();
    o.allowed_rsv = static_cast<std::uint8_t>(from.below(8) << 4);
    const std::size_t transform = static_cast<std::size_t>(from.below(12));
    constexpr transform_kind kinds[] = {transform_kind::flip,    transform_kind::sip,
                                        transform_kind::twice,   transform_kind::hoard,
                                        transform_kind::stumble, transform_kind::truncate};
    if (transform >= 12 - std::size(kinds)) c.transformed = kinds[transform - (12 - std::size(kinds))];
    o.limits.max_frame = limit(from, o.limits.max_frame);
    o.limits.max_message = limit(from, o.limits.max_message);
    constexpr std::uint32_t fragments[] = {262'144, 0, 1, 2, 3, UINT32_MAX, UINT32_MAX - 1};
    o.limits.max_fragments = from.one_of(fragments);
    return c;
}

manner take_manner(input& from) {
    manner how;
    how.capacity = static_cast<std::uint32_t>(16 - from.below(16));
    how.one = from.flag();
    how.room = 1 + from.size(2000);
    how.carry = from.flag();
    how.at_start = from.flag();
    return how;
}

// What is said of a failure is fit for a Close frame and for a log.
void check_words(error code) {
    const std::uint16_t close = close_code(code);
    expect(close == 1002 || (close >= 1007 && close <= 1009),
           "a failure of the peer with another Close code");
    const std::string_view sentence = text(code);
    expect(!sentence.empty() && sentence.size() <= 120, "a sentence that is empty or too long");
    expect(std::all_of(sentence.begin(), sentence.end(), [](char c) { return c >= ' ' && c <= '~'; }),
           "a sentence that is not ASCII");
    expect(section(code).starts_with("RFC "), "a failure of the peer that breaks no section");
}

void run(input from) {
    const test::configuration c = take_configuration(from);
    use_one_of_the_kernels(from);
    std::array<manner, 2> manners{take_manner(from), take_manner(from)};
    std::array<cutting, 2> cuttings{cutting{from}, cutting{from}};
    const test::bytes stream = test::to_bytes(from.rest());

    const test::event_log expected = test::expected_events(stream, c);
    if (expected.failed()) check_words(expected.failed().code);
    for (std::size_t i = 0; i < 2; ++i) {
        const test::split cuts = cuttings[i].borders(stream.size());
        const std::string wrong = test::fault(stream, c, expected, cuts, manners[i]);
        if (!wrong.empty()) finding(wrong + "\n" + to_string(manners[i], cuts) + "\n" + test::to_hex(stream));
    }
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::run({bytes, size});
    return 0;
}
