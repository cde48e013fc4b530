// SPDX-License-Identifier: Apache-2.0
// Which kernels this build holds, which of them the machine can run, and which one is at work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wspc {
inline namespace v0 {

struct kernel_info {
    std::string_view name;         // "scalar", "sse4_2", "avx2", "avx512", "avx512_vbmi", "neon"
    std::string_view description;  // the CPU and operating system features that it needs
    bool supported;                // this machine has all of them
};

// What became of a request to run a certain kernel.
enum class kernel_request : std::uint8_t {
    none,         // nothing was requested: the best supported kernel runs
    ok,           // the requested kernel runs
    unknown,      // this build holds no kernel of that name: the best supported one runs instead
    unsupported,  // the machine cannot run it: the best supported one runs instead
};

struct kernel_report {
    std::string_view active;     // the kernel that runs
    std::string_view requested;  // what WSPC_KERNEL says; empty if unset, or if this build ignores it
    kernel_request request;
};

// All kernels of this build, slowest first; static storage.
[[nodiscard]] std::span<const kernel_info> all_kernels() noexcept;

// Chooses the kernel if no call has done so yet, and reports the choice. The environment variable
// WSPC_KERNEL forces one by name, in builds with WSPC_KERNEL_OVERRIDE only, and never in set-user-ID
// programs. Safe from any thread.
[[nodiscard]] kernel_report active_kernel() noexcept;

}  // namespace v0
}  // namespace wspc
