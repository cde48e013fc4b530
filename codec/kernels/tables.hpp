// SPDX-License-Identifier: Apache-2.0
// The tables of all instruction sets. Which of them this build holds is up to CMake, which defines
// WSPC_KERNEL_<name> for each.
#pragma once

#include "dispatch.hpp"

namespace wspc {
inline namespace v0 {
namespace kernels {

extern const table scalar_table;
extern const table sse4_2_table;
extern const table avx2_table;
extern const table avx512_table;
extern const table avx512_vbmi_table;
extern const table neon_table;

}  // namespace kernels
}  // namespace v0
}  // namespace wspc
