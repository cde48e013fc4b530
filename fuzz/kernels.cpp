// SPDX-License-Identifier: Apache-2.0
// Every function of every kernel that this machine can run against the models of tests/kernels: XOR and
// UTF-8 octet by octet, run() frame by frame. At any alignment, in any phase, from any state, in memory that
// AddressSanitizer knows the ends of.
#include <algorithm>
#include <bit>
#include <memory>
#include <string>

#include "../tests/kernels/run_model.hpp"
#include "../tests/kernels/utf8_model.hpp"
#include "finding.hpp"
#include "input.hpp"
#include "kernel_choice.hpp"

namespace wspc::fuzz {
namespace {

using test::bytes;

void expect(bool holds, const named_kernel& kernel, const char* what) {
    if (!holds) finding(std::string{kernel.name} + ": " + what);
}

bool equal(std::span<const std::byte> a, const bytes& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// Memory that ends where AddressSanitizer sees it, at a certain distance from its aligned beginning.
class placed {
public:
    placed(std::span<const std::byte> content, std::size_t offset)
        : room_{offset + content.size()}, offset_{offset} {
        std::fill_n(room_.bytes().begin(), offset, canary);
        std::copy(content.begin(), content.end(), bytes().begin());
    }
    [[nodiscard]] std::span<std::byte> bytes() const { return room_.bytes().subspan(offset_); }
    [[nodiscard]] std::byte* data() const { return bytes().data(); }
    [[nodiscard]] bool front_is_whole() const {
        const auto front = room_.bytes().first(offset_);
        return std::all_of(front.begin(), front.end(), [](std::byte octet) { return octet == canary; });
    }

private:
    static constexpr std::byte canary{0xA5};
    exact_copy room_;
    std::size_t offset_;
};

struct choices {
    masking_key key;
    std::uint32_t word;  // the same, as kernels take it
    std::size_t offset;
    std::size_t other_offset;
    utf8_state before;
    std::size_t cut;
};

// XOR, and the state behind the result, which the fused functions and the plain ones must agree on.
struct expectation {
    bytes masked;
    utf8_state state_of_text;
    utf8_state state_of_masked;
};

void check_mask(const named_kernel& kernel, const bytes& text, const choices& c,
                const expectation& expected) {
    const placed in_place{text, c.offset};
    kernel.functions->mask(in_place.data(), text.size(), c.word);
    expect(equal(in_place.bytes(), expected.masked), kernel, "mask gives other octets");
    expect(in_place.front_is_whole(), kernel, "mask writes in front of the bytes");

    const placed from{text, c.offset};
    const placed to{bytes(text.size()), c.other_offset};
    kernel.functions->mask_copy(to.data(), from.data(), text.size(), c.word);
    expect(equal(to.bytes(), expected.masked), kernel, "mask_copy gives other octets");
    expect(equal(from.bytes(), text), kernel, "mask_copy changes what it copies");
    expect(to.front_is_whole(), kernel, "mask_copy writes in front of the target");
    kernel.functions->mask_copy(from.data(), from.data(), text.size(), c.word);
    expect(equal(from.bytes(), expected.masked), kernel, "mask_copy in place gives other octets");
}

void check_unmask_short(const named_kernel& kernel, const bytes& text, const choices& c,
                        const expectation& expected) {
    const std::size_t size = std::min(text.size(), scratch_size);
    const placed from{std::span{text}.first(size), c.offset};
    const exact_copy slot{scratch_size};
    const bool ascii = kernel.functions->unmask_short(slot.bytes().data(), from.data(), size, c.word);
    const auto right = std::span{expected.masked}.first(size);
    expect(std::equal(right.begin(), right.end(), slot.bytes().begin()), kernel,
           "unmask_short gives other octets");
    expect(ascii == std::all_of(right.begin(), right.end(),
                                [](std::byte octet) { return octet < std::byte{0x80}; }),
           kernel, "unmask_short is wrong about ASCII");
}

void check_utf8(const named_kernel& kernel, const bytes& text, const choices& c,
                const expectation& expected) {
    const kernels::table& run = *kernel.functions;
    const placed whole{text, c.offset};
    expect(run.utf8(whole.data(), text.size(), c.before) == expected.state_of_text, kernel,
           "utf8 gives another state");
    const placed first{std::span{text}.first(c.cut), c.offset};
    const placed second{std::span{text}.subspan(c.cut), c.other_offset};
    utf8_state state = run.utf8(first.data(), c.cut, c.before);
    if (state != utf8_state::reject) state = run.utf8(second.data(), text.size() - c.cut, state);
    expect(state == expected.state_of_text, kernel, "utf8 in two pieces gives another state");

    const placed to{bytes(text.size()), c.other_offset};
    expect(run.mask_copy_utf8(to.data(), whole.data(), text.size(), c.word, c.before) ==
               expected.state_of_masked,
           kernel, "mask_copy_utf8 gives another state");
    expect(equal(to.bytes(), expected.masked), kernel, "mask_copy_utf8 gives other octets");
    expect(equal(whole.bytes(), text), kernel, "mask_copy_utf8 changes what it copies");
    expect(run.mask_utf8(whole.data(), text.size(), c.word, c.before) == expected.state_of_masked, kernel,
           "mask_utf8 gives another state");
    expect(equal(whole.bytes(), expected.masked), kernel, "mask_utf8 gives other octets");
    expect(to.front_is_whole() && whole.front_is_whole(), kernel, "UTF-8 writes in front of the bytes");
}

struct run_choices {
    bool masked;
    bool check_utf8;
    std::uint32_t capacity;
    std::size_t most;
    std::size_t offset;
};

bool tells(const event& got, const test::taken& expected, std::size_t i) {
    return equal(got.bytes, expected.payloads[i]) && got.kind == event_kind::data &&
           got.op == expected.opcodes[i] && got.first && got.last && got.code == 0 && got.offset == 0 &&
           got.rsv == 0;
}

void check_run(const named_kernel& kernel, const bytes& stream, const run_choices& c,
               const test::taken& expected) {
    const placed fed{stream, c.offset};
    const exact_copy scratch{c.capacity * scratch_size};
    const std::unique_ptr<event[]> events{new event[c.capacity]};
    const kernels::run_result got = kernel.functions->run[c.masked][c.check_utf8](
        fed.data(), stream.size(), events.get(), scratch.bytes().data(), c.capacity, c.most);
    expect(got.count == expected.payloads.size(), kernel, "run gives another number of events");
    expect(got.size == expected.size, kernel, "run takes another number of octets");
    expect(equal(fed.bytes(), expected.left) && fed.front_is_whole(), kernel,
           "run leaves other octets behind");
    for (std::uint32_t i = 0; i < got.count; ++i)
        expect(tells(events[i], expected, i), kernel, "run tells another event");
}

void check_whole(const named_kernel& kernel, const bytes& stream, const run_choices& c,
                 const test::taken& expected) {
    const placed fed{stream, c.offset};
    event got;
    const std::size_t size =
        kernel.functions->whole[c.masked][c.check_utf8](fed.data(), stream.size(), &got, c.most);
    expect(size == expected.size, kernel, "whole takes another number of octets");
    bytes left = stream;
    if (size != 0) {
        expect(tells(got, expected, 0), kernel, "whole tells another event");
        std::copy(expected.payloads[0].begin(), expected.payloads[0].end(),
                  left.begin() + static_cast<std::ptrdiff_t>(expected.starts[0]));
    }
    expect(equal(fed.bytes(), left) && fed.front_is_whole(), kernel, "whole leaves other octets behind");
}

void run(input from) {
    const bool frames = from.flag();
    choices c{};
    for (std::byte& octet : c.key) octet = std::byte{from.octet()};
    c.word = std::bit_cast<std::uint32_t>(c.key);
    c.offset = static_cast<std::size_t>(from.below(64));
    c.other_offset = static_cast<std::size_t>(from.below(64));
    c.before = static_cast<utf8_state>(from.below(static_cast<std::uint64_t>(utf8_state::reject)));
    const std::size_t cut = from.size(4096);
    run_choices r{};
    r.masked = !from.flag();
    r.check_utf8 = !from.flag();
    r.capacity = static_cast<std::uint32_t>(from.between(1, 20));
    r.most = static_cast<std::size_t>(from.flag() ? from.between(125, 65'535) : 65'535);
    r.offset = c.offset;
    const bytes data = test::to_bytes(from.rest());

    if (frames) {
        const test::taken all = test::model_run(data, r.masked, r.check_utf8, r.capacity, r.most);
        const test::taken one = test::model_run(data, r.masked, r.check_utf8, 1, r.most);
        for (const named_kernel& kernel : supported_kernels()) {
            check_run(kernel, data, r, all);
            check_whole(kernel, data, r, one);
        }
        return;
    }
    c.cut = std::min(cut, data.size());
    expectation expected{data, test::model_utf8(data, c.before), utf8_state::accept};
    for (std::size_t i = 0; i < data.size(); ++i) expected.masked[i] ^= c.key[i % 4];
    expected.state_of_masked = test::model_utf8(expected.masked, c.before);
    for (const named_kernel& kernel : supported_kernels()) {
        check_mask(kernel, data, c, expected);
        check_unmask_short(kernel, data, c, expected);
        check_utf8(kernel, data, c, expected);
    }
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::run({bytes, size});
    return 0;
}
