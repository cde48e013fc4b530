// SPDX-License-Identifier: Apache-2.0
// The kernels by themselves, K1 to K7: every one that this machine supports, beside memcpy. One iteration of
// a fixed size is one call; of random sizes, 4,096 of them. Compare contenders of one run only.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/cpu.hpp>

#include "kernels/dispatch.hpp"

namespace wspc::bench {
namespace {

using kernels::table;

// Where the payload of a masked frame of 64 KiB and more begins in its buffer.
constexpr std::size_t payload_offset = 14;
constexpr std::size_t largest = 1u << 20;
constexpr std::uint32_t some_key = 0x3d21fa37;
// Text that is unmasked in place over and over stays text only with a key of zeros, which costs what others
// cost.
constexpr std::uint32_t zero_key = 0;

// Memory that begins at a page, so that offsets in it are what they say.
class page_memory {
public:
    explicit page_memory(std::size_t size) : bytes_(size + 4096) {
        const auto address = reinterpret_cast<std::uintptr_t>(bytes_.data());
        begin_ = bytes_.data() + ((4096 - address % 4096) % 4096);
    }
    [[nodiscard]] std::byte* at(std::size_t offset) { return begin_ + offset; }

private:
    std::vector<std::byte> bytes_;
    std::byte* begin_;
};

// --- text

struct language {
    const char* name;
    std::vector<std::string_view> characters;
};

const std::vector<language>& languages() {
    static const std::vector<language> all{
        {"ascii", {"a", "e", "i", "n", "s", "t", " ", "Z", "0", "."}},
        {"latin", {"a", "e", "n", "s", " ", "\u00e9", "\u00fc", "\u00f1", "\u00df", "\u00e8"}},
        {"chinese", {"\u4e2d", "\u6587", "\u7f51", "\u7edc", "\u6d88", "\u606f", "\u8fde", "\u63a5"}},
        {"emoji", {"\U0001f600", "\U0001f680", "\U0001f4a1", "\U0001f30d", "\U0001f389"}},
    };
    return all;
}

// Exactly `size` octets of whole characters, ASCII at the end where none fits.
std::string text_of(const language& of, std::size_t size) {
    std::mt19937 random{7};
    std::string made;
    while (made.size() < size) {
        const std::string_view next = of.characters[random() % of.characters.size()];
        if (made.size() + next.size() > size)
            made += 'x';
        else
            made += next;
    }
    return made;
}

// --- running

std::string size_name(std::size_t size) {
    if (size >= 1u << 20) return std::to_string(size >> 20) + "MiB";
    if (size >= 1u << 10) return std::to_string(size >> 10) + "KiB";
    return std::to_string(size);
}

void count(benchmark::State& state, std::size_t calls, std::size_t bytes) {
    const auto iterations = static_cast<double>(state.iterations());
    state.counters["per_call"] = benchmark::Counter(
        iterations * static_cast<double>(calls), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["bytes"] =
        benchmark::Counter(iterations * static_cast<double>(bytes), benchmark::Counter::kIsRate);
}

// Runs `call(bytes)` over and over on `size` octets at `offset`, which hold `content` at first.
template <class Call>
void run_at(benchmark::State& state, std::size_t offset, std::string_view content, const Call& call) {
    page_memory memory{offset + content.size()};
    std::byte* const bytes = memory.at(offset);
    std::memcpy(bytes, content.data(), content.size());
    for (auto _ : state) {
        call(bytes);
        benchmark::ClobberMemory();
    }
    count(state, 1, content.size());
}

template <class Run>
void add(const std::string& name, const Run& run) {
    benchmark::RegisterBenchmark(name.c_str(), run);
}

// Calls `with(name, table)` for each kernel that this machine can run.
template <class With>
void for_each_kernel(const With& with) {
    for (const kernel_info& info : all_kernels())
        if (info.supported) with(std::string{info.name}, *kernels::find(info.name));
}

// --- K1 to K7

void add_mask_in_place() {
    for (const std::size_t size : {1u << 10, 4u << 10, 16u << 10, 64u << 10, 256u << 10, 1u << 20}) {
        const std::string name = "K1/mask/" + size_name(size) + "/";
        add(name + "memcpy", [size](benchmark::State& state) {
            page_memory from{payload_offset + size};
            run_at(state, payload_offset, std::string(size, 'x'),
                   [&](std::byte* bytes) { std::memcpy(bytes, from.at(payload_offset), size); });
        });
        for_each_kernel([&](const std::string& kernel, const table& subject) {
            add(name + kernel, [size, &subject](benchmark::State& state) {
                run_at(state, payload_offset, std::string(size, 'x'),
                       [&](std::byte* bytes) { subject.mask(bytes, size, some_key); });
            });
        });
    }
}

void add_mask_short() {
    constexpr std::size_t calls = 4096;
    for_each_kernel([](const std::string& kernel, const table& subject) {
        add("K2/mask/1..31/" + kernel, [&subject](benchmark::State& state) {
            std::mt19937 random{2};
            std::vector<std::uint8_t> sizes(calls);
            std::size_t total = 0;
            for (std::uint8_t& size : sizes) total += size = static_cast<std::uint8_t>(1 + random() % 31);
            page_memory memory{total};
            for (auto _ : state) {
                std::byte* at = memory.at(0);
                for (const std::uint8_t size : sizes) {
                    subject.mask(at, size, some_key);
                    at += size;
                }
                benchmark::ClobberMemory();
            }
            count(state, calls, total);
        });
    });
}

void add_fused(const char* row, const language& of, std::initializer_list<std::size_t> sizes) {
    for (const std::size_t size : sizes) {
        const std::string content = text_of(of, size);
        const std::string name = std::string{row} + "/mask_utf8/" + of.name + "/" + size_name(size) + "/";
        for_each_kernel([&](const std::string& kernel, const table& subject) {
            add(name + kernel, [content, &subject](benchmark::State& state) {
                utf8_state last = utf8_state::accept;
                run_at(state, payload_offset, content, [&](std::byte* bytes) {
                    last = subject.mask_utf8(bytes, content.size(), zero_key, utf8_state::accept);
                });
                if (last != utf8_state::accept) state.SkipWithError("finds fault with good text");
            });
        });
    }
}

// What K5 is compared with.
void add_mask_only(std::initializer_list<std::size_t> sizes) {
    for (const std::size_t size : sizes) {
        const std::string name = "K5/mask/" + size_name(size) + "/";
        for_each_kernel([&](const std::string& kernel, const table& subject) {
            add(name + kernel, [size, &subject](benchmark::State& state) {
                run_at(state, payload_offset, std::string(size, 'x'),
                       [&](std::byte* bytes) { subject.mask(bytes, size, zero_key); });
            });
        });
    }
}

void add_validate() {
    for (const language& of : languages()) {
        for (const std::size_t size : {16u, 64u, 125u, 1u << 10, 16u << 10, 1u << 20}) {
            const std::string content = text_of(of, size);
            const std::string name = std::string{"K6/utf8/"} + of.name + "/" + size_name(size) + "/";
            for_each_kernel([&](const std::string& kernel, const table& subject) {
                add(name + kernel, [content, &subject](benchmark::State& state) {
                    utf8_state last = utf8_state::accept;
                    run_at(state, payload_offset, content, [&](std::byte* bytes) {
                        last = subject.utf8(bytes, content.size(), utf8_state::accept);
                    });
                    if (last != utf8_state::accept) state.SkipWithError("finds fault with good text");
                });
            });
        }
    }
}

void add_mask_copy() {
    for (const std::size_t size : {16u, 64u, 125u, 1u << 10, 4u << 10, 16u << 10, 64u << 10}) {
        const std::string name = "K7/mask_copy/" + size_name(size) + "/";
        const auto add_contender = [&](const std::string& who, const auto& copy) {
            add(name + who, [size, copy](benchmark::State& state) {
                page_memory to{size};
                run_at(state, payload_offset, std::string(size, 'x'),
                       [&](std::byte* bytes) { copy(to.at(0), bytes, size); });
            });
        };
        add_contender("memcpy",
                      [](std::byte* to, const std::byte* from, std::size_t n) { std::memcpy(to, from, n); });
        for_each_kernel([&](const std::string& kernel, const table& subject) {
            add_contender(kernel, [&subject](std::byte* to, const std::byte* from, std::size_t n) {
                subject.mask_copy(to, from, n, some_key);
            });
        });
    }
}

}  // namespace
}  // namespace wspc::bench

int main(int argc, char** argv) {
    using namespace wspc::bench;
    benchmark::Initialize(&argc, argv);
    benchmark::AddCustomContext("compiler", __VERSION__);
    const auto& text = languages();
    add_mask_in_place();
    add_mask_short();
    add_fused("K3", text[0], {16u << 10, 64u << 10, 256u << 10, largest});
    add_fused("K4", text[2], {1u << 10, 16u << 10, largest});
    add_mask_only({64, 125});
    add_fused("K5", text[0], {64, 125});
    add_validate();
    add_mask_copy();
    benchmark::RunSpecifiedBenchmarks();
}
