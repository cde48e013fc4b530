// SPDX-License-Identifier: Apache-2.0
// operator new of a whole program, with memory that holds what a test wants to find in it.
#include "filled_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace wspc::test {
namespace {

std::atomic<int> filling{0};

// "no" leaves new memory as it is, for tools that know which memory was never written.
const bool fills = [] {
    const char* const set = std::getenv("WSPC_TEST_FILL");
    return set == nullptr || std::strcmp(set, "no") != 0;
}();

}  // namespace

void fill_new_memory(int octet) noexcept { filling = octet; }

}  // namespace wspc::test

namespace {

void* filled(std::size_t size) noexcept {
    void* const made = std::malloc(size == 0 ? 1 : size);
    if (made != nullptr && wspc::test::fills) std::memset(made, wspc::test::filling, size);
    return made;
}

void* filled_or_throw(std::size_t size) {
    if (void* const made = filled(size)) return made;
    throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t size) { return filled_or_throw(size); }
void* operator new[](std::size_t size) { return filled_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return filled(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return filled(size); }
void operator delete(void* at) noexcept { std::free(at); }
void operator delete[](void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t) noexcept { std::free(at); }
