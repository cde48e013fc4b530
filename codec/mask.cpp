// SPDX-License-Identifier: Apache-2.0
// Masking for callers, on the active kernel.
#include <wspc/mask.hpp>

#include <bit>

#include "kernels/dispatch.hpp"

namespace wspc {
inline namespace v0 {

void mask(std::span<std::byte> bytes, masking_key key) noexcept {
    if (bytes.empty()) return;
    kernels::active().mask(bytes.data(), bytes.size(), std::bit_cast<std::uint32_t>(key));
}

void mask_copy(std::byte* to, std::span<const std::byte> from, masking_key key) noexcept {
    if (from.empty()) return;
    kernels::active().mask_copy(to, from.data(), from.size(), std::bit_cast<std::uint32_t>(key));
}

}  // namespace v0
}  // namespace wspc
