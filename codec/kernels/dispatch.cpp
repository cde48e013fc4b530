// SPDX-License-Identifier: Apache-2.0
// Chooses the kernel: the best one that CPU and operating system support, or the one that
// WSPC_KERNEL names. Compiled for the baseline: it runs before anything is known of the machine.
#include "dispatch.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "tables.hpp"

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
#include <unistd.h>
#endif

#if defined(_MSC_VER) && !defined(__clang__) && defined(WSPC_KERNEL_avx2)
#error "The CPU check needs __builtin_cpu_supports: build with clang-cl, or with the scalar kernel alone"
#endif

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

struct row {
    std::string_view name;
    std::string_view description;
    bool (*supported)() noexcept;
    const table* functions;
};

bool always() noexcept { return true; }

// Each check names every flag that the file is compiled with (codec/kernels/CMakeLists.txt). The
// builtin also asks XGETBV whether the operating system saves the registers, which CPUID alone
// does not tell.
#if defined(WSPC_KERNEL_sse4_2)
bool has_sse4_2() noexcept {
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}
#endif

#if defined(WSPC_KERNEL_avx2)
bool has_avx2() noexcept {
    return has_sse4_2() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2");
}
#endif

#if defined(WSPC_KERNEL_avx512)
bool has_avx512() noexcept {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512vl");
}
#endif

#if defined(WSPC_KERNEL_avx512_vbmi)
bool has_avx512_vbmi() noexcept { return has_avx512() && __builtin_cpu_supports("avx512vbmi"); }
#endif

// Slowest first: the last supported row wins.
constinit const row rows[] = {
    {"scalar", "no SIMD", always, &scalar_table},
#if defined(WSPC_KERNEL_sse4_2)
    {"sse4_2", "SSE4.2, POPCNT", has_sse4_2, &sse4_2_table},
#endif
#if defined(WSPC_KERNEL_avx2)
    {"avx2", "AVX2, BMI1, BMI2; the operating system saves YMM", has_avx2, &avx2_table},
#endif
#if defined(WSPC_KERNEL_avx512)
    {"avx512", "AVX2 and AVX-512 F, BW, DQ, CD, VL; the operating system saves ZMM", has_avx512,
     &avx512_table},
#endif
#if defined(WSPC_KERNEL_avx512_vbmi)
    {"avx512_vbmi", "AVX-512 as above and VBMI", has_avx512_vbmi, &avx512_vbmi_table},
#endif
#if defined(WSPC_KERNEL_neon)
    {"neon", "Advanced SIMD, which every AArch64 has", always, &neon_table},
#endif
};

constexpr std::size_t row_count = sizeof(rows) / sizeof(rows[0]);

const row* find_row(std::string_view name) noexcept {
    for (const row& candidate : rows) {
        if (candidate.name == name) return &candidate;
    }
    return nullptr;
}

const row& best_row() noexcept {
    std::size_t best = row_count - 1;
    while (!rows[best].supported()) --best;  // row 0 always is
    return rows[best];
}

const char* requested_name() noexcept {
#if !defined(WSPC_KERNEL_OVERRIDE)
    return nullptr;
#elif defined(__linux__)
    return secure_getenv("WSPC_KERNEL");
#elif defined(_WIN32)
    return std::getenv("WSPC_KERNEL");  // there are no set-user-ID programs
#elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)
    return issetugid() != 0 ? nullptr : std::getenv("WSPC_KERNEL");
#else
    return nullptr;
#endif
}

// The choice, made once: the environment may change later, what runs does not.
struct selection {
    const row* active;
    kernel_request request;
    char requested[32];  // a name cut off here is unknown anyway
};

selection select() noexcept {
    selection made{&best_row(), kernel_request::none, {}};
    const char* const name = requested_name();
    if (name == nullptr || *name == '\0') return made;
    std::size_t size = std::strlen(name);
    if (size >= sizeof(made.requested)) size = sizeof(made.requested) - 1;
    std::memcpy(made.requested, name, size);
    const row* const wanted = find_row(name);
    if (wanted == nullptr) {
        made.request = kernel_request::unknown;
    } else if (!wanted->supported()) {
        made.request = kernel_request::unsupported;
    } else {
        made.request = kernel_request::ok;
        made.active = wanted;
    }
    return made;
}

const selection& selected() noexcept {
    static const selection made = select();
    return made;
}

struct info_list {
    kernel_info at[row_count];
};

info_list describe() noexcept {
    info_list made{};
    for (std::size_t i = 0; i < row_count; ++i) {
        made.at[i] = {rows[i].name, rows[i].description, rows[i].supported()};
    }
    return made;
}

}  // namespace

constinit std::atomic<const table*> active_table{nullptr};

const table& choose() noexcept {
    const table* const functions = selected().active->functions;
    active_table.store(functions, std::memory_order_relaxed);
    return *functions;
}

const table* find(std::string_view name) noexcept {
    const row* const found = find_row(name);
    return found != nullptr ? found->functions : nullptr;
}

std::span<const kernel_info> infos() noexcept {
    static const info_list list = describe();
    return list.at;
}

kernel_report report() noexcept {
    const selection& made = selected();
    return {made.active->name, made.requested, made.request};
}

}  // namespace kernels
}  // namespace v0
}  // namespace wspc
