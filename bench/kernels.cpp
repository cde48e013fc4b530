// SPDX-License-Identifier: Apache-2.0
// The kernels by themselves, K1 to K7: every one that this machine supports, beside memcpy and beside what
// others offer. One iteration of a fixed size is one call; of random sizes, 65,536 of them.
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
#include "peers/kernels.hpp"
#include "program.hpp"
#include "streams.hpp"

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

struct language {
    const char* name;
    content what;
};

constexpr language ascii{"ascii", content::ascii};
constexpr language chinese{"chinese", content::chinese};
constexpr language languages[] = {ascii, {"latin", content::latin}, chinese, {"emoji", content::emoji}};

// --- running

std::string size_name(std::size_t size) {
    if (size >= 1u << 20) return std::to_string(size >> 20) + "MiB";
    if (size >= 1u << 10) return std::to_string(size >> 10) + "KiB";
    return std::to_string(size);
}

// Runs `call(bytes)` over and over on `size` octets at `offset`, which hold `text` at first. Short ones lie
// in four places that take turns, as one message follows another: in one place, loads that overlap two stores
// of the call before would wait until these have reached the cache, and that is what would be measured.
template <class Call>
void run_at(benchmark::State& state, std::size_t offset, std::string_view text, const Call& call) {
    const std::size_t places = text.size() <= 4096 ? 4 : 1;
    const std::size_t stride = (offset + text.size() + 63) / 64 * 64;
    page_memory memory{places * stride};
    for (std::size_t i = 0; i < places; ++i)
        std::memcpy(memory.at(i * stride + offset), text.data(), text.size());
    std::size_t next = 0;
    for (auto _ : state) {
        call(memory.at(next * stride + offset));
        next = (next + 1) & (places - 1);
        benchmark::ClobberMemory();
    }
    const auto calls = static_cast<double>(state.iterations());
    count_each(state, "per_call", calls);
    count_bytes(state, calls * static_cast<double>(text.size()));
}

// Whether `copy(to, from, size)` writes what masking with `key` makes of it. Whoever masks in place copies
// first.
template <class Copy>
bool masks(std::size_t size, std::uint32_t key, const Copy& copy) {
    const std::string text = text_of(content::binary, size);  // at most `largest`
    std::byte octets[4];
    std::memcpy(octets, &key, sizeof octets);
    page_memory to{payload_offset + largest};
    copy(to.at(payload_offset), reinterpret_cast<const std::byte*>(text.data()), size);
    for (std::size_t i = 0; i < size; ++i)
        if (*to.at(payload_offset + i) != (static_cast<std::byte>(text[i]) ^ octets[i % 4])) return false;
    return true;
}

using mask_function = void (*)(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept;

// Whether it masks these sizes.
bool masks_in_place(std::size_t smallest, std::size_t largest_size, mask_function mask) {
    for (std::size_t size = smallest; size <= largest_size; ++size)
        if (!masks(size, some_key, [&](std::byte* to, const std::byte* from, std::size_t n) {
                std::memcpy(to, from, n);
                mask(to, n, some_key);
            }))
            return false;
    return true;
}

constexpr const char* does_not_mask = "does not mask";

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
                if (!masks_in_place(size, size, subject.mask)) return state.SkipWithError(does_not_mask);
                run_at(state, payload_offset, std::string(size, 'x'),
                       [&](std::byte* bytes) { subject.mask(bytes, size, some_key); });
            });
        });
    }
}

void add_mask_short() {
    const auto add_contender = [](const std::string& who, mask_function mask) {
        add("K2/mask/1..31/" + who, [mask](benchmark::State& state) {
            if (!masks_in_place(1, 31, mask)) return state.SkipWithError(does_not_mask);
            // A predictor remembers some thousands of sizes that come again and again.
            constexpr std::size_t calls = 1 << 16;
            std::mt19937 random{2};
            std::vector<std::uint8_t> sizes(calls);
            std::size_t total = 0;
            for (std::uint8_t& size : sizes) total += size = static_cast<std::uint8_t>(1 + random() % 31);
            page_memory memory{total};
            for (auto _ : state) {
                std::byte* at = memory.at(0);
                for (const std::uint8_t size : sizes) {
                    mask(at, size, some_key);
                    at += size;
                }
                benchmark::ClobberMemory();
            }
            const auto rounds = static_cast<double>(state.iterations());
            count_each(state, "per_call", rounds * static_cast<double>(calls));
            count_bytes(state, rounds * static_cast<double>(total));
        });
    };
    add_contender("beast", beast_mask);
    add_contender("bufferutil", bufferutil_mask);
    for_each_kernel(
        [&](const std::string& kernel, const table& subject) { add_contender(kernel, subject.mask); });
}

// `is_text(bytes, size)` must find the text good, each time.
template <class Judge>
void add_judge(const std::string& name, const std::string& text, const Judge& is_text) {
    add(name, [text, is_text](benchmark::State& state) {
        bool good = true;
        run_at(state, payload_offset, text,
               [&](std::byte* bytes) { good = is_text(bytes, text.size()) && good; });
        if (!good) state.SkipWithError("finds fault with good text");
    });
}

// What others need two passes for.
struct two_passes {
    const char* name;
    bool (*run)(std::byte* bytes, std::size_t size);
};

bool beast_is_utf8(std::byte* bytes, std::size_t size) {
    beast_mask(bytes, size, zero_key);
    return is_utf8_valid(bytes, size);
}

#if defined(__x86_64__)
bool beast_is_utf8_avx2(std::byte* bytes, std::size_t size) {
    beast_mask(bytes, size, zero_key);
    return is_utf8_valid_by_avx2(bytes, size);
}
#endif

bool bufferutil_is_utf8(std::byte* bytes, std::size_t size) {
    bufferutil_mask(bytes, size, zero_key);
    return is_utf8_valid(bytes, size);
}

void add_fused(const char* row, const language& of, std::initializer_list<std::size_t> sizes,
               const std::vector<two_passes>& peers = {}) {
    for (const std::size_t size : sizes) {
        const std::string text = text_of(of.what, size);
        const std::string name = std::string{row} + "/mask_utf8/" + of.name + "/" + size_name(size) + "/";
        for (const two_passes& peer : peers) add_judge(name + peer.name, text, peer.run);
        for_each_kernel([&](const std::string& kernel, const table& subject) {
            add_judge(name + kernel, text, [&subject](std::byte* bytes, std::size_t bytes_size) {
                return subject.mask_utf8(bytes, bytes_size, zero_key, utf8_state::accept) ==
                       utf8_state::accept;
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
                if (!masks_in_place(size, size, subject.mask)) return state.SkipWithError(does_not_mask);
                run_at(state, payload_offset, std::string(size, 'x'),
                       [&](std::byte* bytes) { subject.mask(bytes, size, zero_key); });
            });
        });
    }
}

void add_validate() {
    for (const language& of : languages) {
        for (const std::size_t size : {16u, 64u, 125u, 1u << 10, 16u << 10, 1u << 20}) {
            const std::string text = text_of(of.what, size);
            const std::string name = std::string{"K6/utf8/"} + of.name + "/" + size_name(size) + "/";
            add_judge(name + "is_utf8", text, is_utf8_valid);
            for_each_kernel([&](const std::string& kernel, const table& subject) {
                add_judge(name + kernel, text, [&subject](const std::byte* bytes, std::size_t bytes_size) {
                    return subject.utf8(bytes, bytes_size, utf8_state::accept) == utf8_state::accept;
                });
            });
        }
    }
}

void add_mask_copy() {
    for (const std::size_t size : {16u, 64u, 125u, 1u << 10, 4u << 10, 16u << 10, 64u << 10}) {
        const std::string name = "K7/mask_copy/" + size_name(size) + "/";
        const auto add_contender = [&](const std::string& who, std::uint32_t key, const auto& copy) {
            add(name + who, [size, key, copy](benchmark::State& state) {
                if (!masks(size, key, copy)) return state.SkipWithError(does_not_mask);
                page_memory to{size};
                run_at(state, payload_offset, std::string(size, 'x'),
                       [&](std::byte* bytes) { copy(to.at(0), bytes, size); });
            });
        };
        add_contender("memcpy", zero_key,
                      [](std::byte* to, const std::byte* from, std::size_t n) { std::memcpy(to, from, n); });
        for_each_kernel([&](const std::string& kernel, const table& subject) {
            add_contender(kernel, some_key, [&subject](std::byte* to, const std::byte* from, std::size_t n) {
                subject.mask_copy(to, from, n, some_key);
            });
        });
    }
}

void register_all() {
    add_mask_in_place();
    add_mask_short();
    add_fused("K3", ascii, {16u << 10, 64u << 10, 256u << 10, largest});
    std::vector<two_passes> peers{{"beast_is_utf8", beast_is_utf8}};
#if defined(__x86_64__)
    for (const kernel_info& info : all_kernels())
        if (info.supported && info.name == std::string_view{"avx2"})
            peers.push_back({"beast_is_utf8_avx2", beast_is_utf8_avx2});
#endif
    add_fused("K4", chinese, {1u << 10, 16u << 10, largest}, peers);
    add_mask_only({64, 125});
    add_fused("K5", ascii, {64, 125}, {{"bufferutil_is_utf8", bufferutil_is_utf8}});
    add_validate();
    add_mask_copy();
}

}  // namespace
}  // namespace wspc::bench

int main(int argc, char** argv) { return wspc::bench::run_program(argc, argv, wspc::bench::register_all); }
