// SPDX-License-Identifier: Apache-2.0
// The SIMD kernel, one source for all instruction sets: each .cpp beside it defines WSPC_ARCH, an
// xsimd architecture, and is compiled with that set's flags and with xsimd's namespace renamed.
//
//     words.inl ─ shim.inl ─ mask.inl ────┐
//                    └── utf8_blocks.inl ─┴─ utf8.inl ─ short.inl ─ run.inl
//
// Everything stands in an unnamed namespace: a function with external linkage would be one symbol
// for all instruction sets, and the linker might keep the AVX-512 copy for every machine.
#pragma once

#include "short.inl"
#include "tables.hpp"

// After short.inl, whose functions it calls.
#include "run.inl"

namespace wspc {
inline namespace v0 {
namespace kernels {
namespace {

constexpr table functions{
    mask,
    mask_copy,
    utf8,
    mask_utf8,
    mask_copy_utf8,
    unmask_short,
    {{whole<false, false>, whole<false, true>}, {whole<true, false>, whole<true, true>}},
    {{run<false, false>, run<false, true>}, {run<true, false>, run<true, true>}},
};

}  // namespace
}  // namespace kernels
}  // namespace v0
}  // namespace wspc
