// SPDX-License-Identifier: Apache-2.0
#include "capi/support/allocation_faults.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace wspc::test {
namespace {

thread_local bool in_library = false;
std::atomic<std::size_t> asked{0};
std::atomic<std::size_t> alive{0};
std::atomic<std::size_t> first_failing{0};  // as a value of `asked`; 0: none
std::atomic<bool> only_one{true};
std::atomic<std::size_t> failed{0};

// In front of each block: whose it is, and where its memory begins.
struct prefix {
    void* begin;
    std::uint64_t owner;
};
constexpr std::uint64_t library_owner = 0x77737063;

[[nodiscard]] bool must_fail() {
    const std::size_t number = ++asked;
    const std::size_t first = first_failing;
    if (first == 0 || (only_one ? number != first : number < first)) return false;
    ++failed;
    return true;
}

void fail_from(std::size_t nth, bool only) {
    failed = 0;
    only_one = only;
    first_failing = nth == 0 ? 0 : asked + nth;
}

void* allocate(std::size_t size, std::size_t alignment) noexcept {
    if (in_library && must_fail()) return nullptr;
    if (size > SIZE_MAX - sizeof(prefix) - alignment) return nullptr;
    void* const begin = std::malloc(size + sizeof(prefix) + alignment);
    if (begin == nullptr) return nullptr;
    const std::uintptr_t lowest = reinterpret_cast<std::uintptr_t>(begin) + sizeof(prefix);
    const std::uintptr_t at = (lowest + alignment - 1) / alignment * alignment;
    auto* const head = reinterpret_cast<prefix*>(at) - 1;
    *head = {begin, in_library ? library_owner : 0};
    if (in_library) ++alive;
    return reinterpret_cast<void*>(at);
}

void release(void* at) noexcept {
    if (at == nullptr) return;
    const prefix head = static_cast<prefix*>(at)[-1];
    if (head.owner == library_owner) --alive;
    std::free(head.begin);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
    if (void* const at = allocate(size, alignment)) return at;
    throw std::bad_alloc{};
}

constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace

library_call::library_call() { in_library = true; }
library_call::~library_call() { in_library = false; }

void fail_allocation(std::size_t nth) { fail_from(nth, true); }
void fail_allocations_from(std::size_t nth) { fail_from(nth, false); }
std::size_t failed_allocations() { return failed; }
std::size_t library_allocations() { return asked; }
std::size_t library_blocks() { return alive; }
bool foreign_allocation_fails() { return in_library && must_fail(); }

}  // namespace wspc::test

// All forms: one that is forgotten would hand memory without a prefix to our delete.
namespace faults = wspc::test;
void* operator new(std::size_t size) { return faults::allocate_or_throw(size, faults::usual); }
void* operator new[](std::size_t size) { return faults::allocate_or_throw(size, faults::usual); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return faults::allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return faults::allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return faults::allocate(size, faults::usual);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return faults::allocate(size, faults::usual);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return faults::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    return faults::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* at) noexcept { faults::release(at); }
void operator delete[](void* at) noexcept { faults::release(at); }
void operator delete(void* at, std::size_t) noexcept { faults::release(at); }
void operator delete[](void* at, std::size_t) noexcept { faults::release(at); }
void operator delete(void* at, std::align_val_t) noexcept { faults::release(at); }
void operator delete[](void* at, std::align_val_t) noexcept { faults::release(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { faults::release(at); }
void operator delete[](void* at, std::size_t, std::align_val_t) noexcept { faults::release(at); }
void operator delete(void* at, const std::nothrow_t&) noexcept { faults::release(at); }
void operator delete[](void* at, const std::nothrow_t&) noexcept { faults::release(at); }
void operator delete(void* at, std::align_val_t, const std::nothrow_t&) noexcept { faults::release(at); }
void operator delete[](void* at, std::align_val_t, const std::nothrow_t&) noexcept { faults::release(at); }
