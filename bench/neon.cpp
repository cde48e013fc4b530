// SPDX-License-Identifier: Apache-2.0
// Fixed workloads for the NEON and the scalar kernel, whose instructions bench/neon counts by qemu's log: it
// finds those of each workload by wspc_bench_begin and _end. Prints their names in the same order.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <utility>

#include <wspc/event.hpp>

#include "kernels/dispatch.hpp"
#include "streams.hpp"

namespace wspc {
inline namespace v0 {
namespace kernels {

// scalar.cpp once more, without vectors; see CMakeLists.txt.
extern const table plain_scalar_table;

}  // namespace kernels
}  // namespace v0
}  // namespace wspc

extern "C" {

// Calls `wspc_bench_function` with the arguments that it is given itself. All that is counted are the
// instructions between those that these two names stand at: the function with its return, and nothing of what
// the compiler puts around a call.
void wspc_bench_call() noexcept;
void (*wspc_bench_function)() noexcept;
asm(".text\n"
    ".global wspc_bench_call\n"
    "wspc_bench_call:\n"
    "    stp x29, x30, [sp, #-16]!\n"
    "    adrp x16, wspc_bench_function\n"
    "    ldr x16, [x16, #:lo12:wspc_bench_function]\n"
    ".type wspc_bench_begin, %function\n"
    "wspc_bench_begin:\n"
    "    blr x16\n"
    ".size wspc_bench_begin, . - wspc_bench_begin\n"
    ".type wspc_bench_end, %function\n"
    "wspc_bench_end:\n"
    "    ldp x29, x30, [sp], #16\n"
    ".size wspc_bench_end, . - wspc_bench_end\n"
    "    ret\n");

// Two instructions each round and one to return: what bench/neon proves its count by.
void wspc_bench_loop(std::uint64_t rounds) noexcept;
asm(".text\n"
    ".global wspc_bench_loop\n"
    "wspc_bench_loop:\n"
    "    subs x0, x0, #1\n"
    "    b.ne wspc_bench_loop\n"
    "    ret\n");

}  // extern "C"

namespace wspc::bench {
namespace {

using kernels::table;

struct subject {
    const char* name;
    const table* functions;
};

struct language {
    const char* name;
    content what;
};
constexpr language ascii{"ascii", content::ascii};
constexpr language chinese{"chinese", content::chinese};

struct length {
    const char* name;
    std::size_t size;
};
constexpr length lengths[] = {{"64", 64}, {"1KiB", 1024}, {"16KiB", 16384}};
constexpr length short_lengths[] = {{"16", 16}, {"64", 64}, {"125", 125}};

// As in K1: where the payload of a long masked frame begins in its buffer. Addresses that are the same in
// each run make counts that are.
constexpr std::size_t payload_offset = 14;
constexpr std::uint32_t some_key = 0x3d21fa37;
constexpr std::uint32_t most_frames = 128;

struct memory {
    alignas(4096) std::byte bytes[payload_offset + 16384 + scratch_size];
    [[nodiscard]] std::byte* payload() { return bytes + payload_offset; }
};
memory in;
memory out;
alignas(64) std::byte scratch[most_frames * scratch_size];
event events[most_frames];

bool failed = false;

template <class Function, class... Arguments>
auto counted_call(Function* function, Arguments... arguments) {
    wspc_bench_function = reinterpret_cast<void (*)() noexcept>(function);
    return reinterpret_cast<Function*>(&wspc_bench_call)(arguments...);
}

// One call of `work` with each kernel. `fed` is what lies at in.payload(), masked or not; `result`, if it is
// to be seen, holds the same bytes afterwards, unmasked.
template <class Work>
void counted(const std::string& workload, std::span<const std::byte> fed, bool masked,
             const std::byte* result, Work&& work) {
    const subject subjects[] = {{"scalar", &kernels::plain_scalar_table}, {"neon", kernels::find("neon")}};
    for (const subject& s : subjects) {
        std::memcpy(in.payload(), fed.data(), fed.size());
        if (masked) kernels::plain_scalar_table.mask(in.payload(), fed.size(), some_key);
        bool good = work(*s.functions);
        std::printf("%s/%s\n", workload.c_str(), s.name);
        if (result != nullptr) good = std::memcmp(result, fed.data(), fed.size()) == 0 && good;
        if (good) continue;
        std::fprintf(stderr, "%s/%s: not what was to be counted\n", workload.c_str(), s.name);
        failed = true;
    }
}

// Made once, and long ones of pieces: it takes more instructions than validating does, and qemu logs them
// all.
std::span<const std::byte> text(content what, std::size_t size) {
    static std::map<std::pair<content, std::size_t>, std::string> made;
    std::string& found = made[{what, size}];
    if (found.empty()) {
        const std::string piece = text_of(what, std::min<std::size_t>(size, 1024));
        while (found.size() < size) found += piece;
    }
    return std::as_bytes(std::span{found});
}

void known_loops() {
    for (const std::uint64_t rounds : {1, 1000}) {
        counted_call(&wspc_bench_loop, rounds);
        std::printf("loop/%u\n", static_cast<unsigned>(rounds));
    }
}

void mask() {
    for (const auto& [name, size] : lengths) {
        const auto fed = text(content::ascii, size);
        counted(std::string{"mask/"} + name, fed, true, in.payload(), [&](const table& of) {
            counted_call(of.mask, in.payload(), size, some_key);
            return true;
        });
        counted(std::string{"mask_copy/"} + name, fed, true, out.payload(), [&](const table& of) {
            counted_call(of.mask_copy, out.payload(), in.payload(), size, some_key);
            return true;
        });
    }
}

void validate(const language& of_text) {
    for (const auto& [name, size] : lengths) {
        const std::string workload = std::string{of_text.name} + "/" + name;
        const auto fed = text(of_text.what, size);
        counted("utf8/" + workload, fed, false, in.payload(), [&](const table& of) {
            return counted_call(of.utf8, in.payload(), size, utf8_state::accept) == utf8_state::accept;
        });
        counted("mask_utf8/" + workload, fed, true, in.payload(), [&](const table& of) {
            return counted_call(of.mask_utf8, in.payload(), size, some_key, utf8_state::accept) ==
                   utf8_state::accept;
        });
        counted("mask_copy_utf8/" + workload, fed, true, out.payload(), [&](const table& of) {
            return counted_call(of.mask_copy_utf8, out.payload(), in.payload(), size, some_key,
                                utf8_state::accept) == utf8_state::accept;
        });
    }
}

void unmask_short() {
    for (const auto& [name, size] : short_lengths)
        counted(std::string{"unmask_short/"} + name, text(content::ascii, size), true, scratch,
                [&](const table& of) {
                    return counted_call(of.unmask_short, scratch, in.payload(), size, some_key);
                });
}

void whole(const workload& of_stream) {
    const stream sent = make_stream(of_stream, 1, 1);
    counted(of_stream.name, sent.bytes, false, nullptr, [&](const table& of) {
        return counted_call(of.whole[1][1], in.payload(), sent.bytes.size(), events, std::size_t{65535}) ==
               sent.bytes.size();
    });
}

// Bytes that are fed are left as they were.
void run(const workload& of_stream) {
    const stream sent = make_stream(of_stream, 1, of_stream.how == arrival::frames ? 1 : 2048);
    const bool masked = of_stream.receiver == role::server;
    counted(of_stream.name, sent.bytes, false, in.payload(), [&](const table& of) {
        const kernels::run_result taken = counted_call(of.run[masked][1], in.payload(), sent.bytes.size(),
                                                       events, scratch, most_frames, std::size_t{125});
        return taken.size == sent.bytes.size() && taken.count == sent.frames;
    });
}

int count_all() {
    known_loops();
    mask();
    validate(ascii);
    validate(chinese);
    unmask_short();
    whole({"whole/ascii/1KiB", content::ascii, 1024, 1024});
    whole({"whole/chinese/1KiB", content::chinese, 1024, 1024});
    static constexpr workload runs[] = {
        {"run/binary/0..125", content::binary, 0, 125},
        {"run/ascii/0..125", content::ascii, 0, 125},
        {"run/chinese/0..125", content::chinese, 0, 125},
        {"run/ascii/0..125/client", content::ascii, 0, 125, arrival::chunks, role::client},
        {"run/ascii/64/frame", content::ascii, 64, 64, arrival::frames},
    };
    for (const workload& of : runs) run(of);
    return failed ? 1 : 0;
}

}  // namespace
}  // namespace wspc::bench

int main() { return wspc::bench::count_all(); }
