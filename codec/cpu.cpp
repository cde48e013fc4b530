// SPDX-License-Identifier: Apache-2.0
// What the machine can run, told to callers. The choice itself is in kernels/dispatch.cpp.
#include <wspc/cpu.hpp>

#include "kernels/dispatch.hpp"

namespace wspc {
inline namespace v0 {

std::span<const kernel_info> all_kernels() noexcept { return kernels::infos(); }

kernel_report active_kernel() noexcept { return kernels::report(); }

}  // namespace v0
}  // namespace wspc
