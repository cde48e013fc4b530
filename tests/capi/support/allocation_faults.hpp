// SPDX-License-Identifier: Apache-2.0
// Lets the n-th allocation of the library fail. Linking allocation_faults.cpp replaces operator new
// of the whole program; so it belongs to programs of its own.
#pragma once

#include <cstddef>

namespace wspc::test {

// Everything the library allocates between construction and destruction counts as its own. The call
// must not be one that allocates for the test.
class library_call {
public:
    library_call();
    ~library_call();
    library_call(const library_call&) = delete;
    library_call& operator=(const library_call&) = delete;
};

template <class Call>
auto watched(Call&& call) {
    const library_call scope;
    return call();
}

// The n-th allocation from now on fails, counting from 1, and only that one; 0: none does.
void fail_allocation(std::size_t nth);
// That one and all behind it.
void fail_allocations_from(std::size_t nth);
// Allocations that failed since either was called.
[[nodiscard]] std::size_t failed_allocations();

// Allocations of the library: since the start (failed ones too), and not given back so far.
[[nodiscard]] std::size_t library_allocations();
[[nodiscard]] std::size_t library_blocks();

// For an allocator that the library calls besides operator new: counts, and fails in its turn.
[[nodiscard]] bool foreign_allocation_fails();

}  // namespace wspc::test
