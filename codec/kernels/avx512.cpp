// SPDX-License-Identifier: Apache-2.0
// kernels.inl, compiled for the instruction set that this file is named after.
#define WSPC_ARCH avx512bw
#include "kernels.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {

constinit const table avx512_table = functions;

}  // namespace kernels
}  // namespace v0
}  // namespace wspc
