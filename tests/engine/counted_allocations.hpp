// SPDX-License-Identifier: Apache-2.0
// Every allocation of the program that this is linked into, counted. Link it with
// LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc.
#pragma once

#include <cstdint>

namespace wspc::test {

[[nodiscard]] std::uint64_t allocations() noexcept;
// The bytes that were asked for in all of them: never less than what was held at any time.
[[nodiscard]] std::uint64_t allocated_bytes() noexcept;

}  // namespace wspc::test
