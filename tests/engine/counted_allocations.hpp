// SPDX-License-Identifier: Apache-2.0
// Every allocation of the program that this is linked into, counted.
#pragma once

#include <cstdint>

namespace wspc::test {

[[nodiscard]] std::uint64_t allocations() noexcept;

}  // namespace wspc::test
