// SPDX-License-Identifier: Apache-2.0
// The linker redirects malloc, calloc and realloc of all objects here, and operator new calls malloc.
#include "counted_allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

namespace {

std::atomic<std::uint64_t> allocated{0};
std::atomic<std::uint64_t> bytes_allocated{0};

void count(std::size_t size) {
    ++allocated;
    bytes_allocated += size;
}

}  // namespace

extern "C" {
void* __real_malloc(std::size_t size);                      // NOLINT: the linker's name
void* __real_calloc(std::size_t number, std::size_t size);  // NOLINT
void* __real_realloc(void* old, std::size_t size);          // NOLINT

void* __wrap_malloc(std::size_t size) {  // NOLINT
    count(size);
    return __real_malloc(size);
}
void* __wrap_calloc(std::size_t number, std::size_t size) {  // NOLINT
    count(number * size);
    return __real_calloc(number, size);
}
void* __wrap_realloc(void* old, std::size_t size) {  // NOLINT
    count(size);
    return __real_realloc(old, size);
}
}

// All forms: of one that is missing, a sanitizer has its own. Not inlined: gcc would see free() called for
// what `new` had made, and take that for a mistake.
#define WSPC_NOT_INLINED __attribute__((noinline))
WSPC_NOT_INLINED void* operator new(std::size_t size) {
    if (void* const made = std::malloc(size)) return made;
    std::abort();
}
WSPC_NOT_INLINED void* operator new[](std::size_t size) { return ::operator new(size); }
WSPC_NOT_INLINED void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size);
}
WSPC_NOT_INLINED void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size);
}
WSPC_NOT_INLINED void operator delete(void* made) noexcept { std::free(made); }
WSPC_NOT_INLINED void operator delete[](void* made) noexcept { std::free(made); }
WSPC_NOT_INLINED void operator delete(void* made, std::size_t) noexcept { std::free(made); }
WSPC_NOT_INLINED void operator delete[](void* made, std::size_t) noexcept { std::free(made); }

namespace wspc::test {

std::uint64_t allocations() noexcept { return allocated; }
std::uint64_t allocated_bytes() noexcept { return bytes_allocated; }

namespace {

TEST(counting, sees_an_allocation) {
    const std::uint64_t before = allocations();
    const std::uint64_t bytes_before = allocated_bytes();
    void* volatile made = std::malloc(100);  // volatile: a pair that nobody looks at may be left out
    std::free(made);
    made = ::operator new(20);
    ::operator delete(made);
    EXPECT_EQ(allocations() - before, 2u);
    EXPECT_EQ(allocated_bytes() - bytes_before, 120u);
}

}  // namespace
}  // namespace wspc::test
