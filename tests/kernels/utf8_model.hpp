// SPDX-License-Identifier: Apache-2.0
// UTF-8 once more, from code points instead of octet ranges (Unicode Standard D92): slow, and
// independent of the library's automaton and tables.
#pragma once

#include <cstddef>
#include <span>

#include <wspc/utf8.hpp>

namespace wspc::test {

// The state after `text`, which follows `before`.
utf8_state model_utf8(std::span<const std::byte> text, utf8_state before = utf8_state::accept);

// Octets that lead from accept to this state; none for reject.
std::span<const std::byte> prefix_of(utf8_state state);

}  // namespace wspc::test
