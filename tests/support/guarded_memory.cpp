// SPDX-License-Identifier: Apache-2.0
#include "support/guarded_memory.hpp"

#include <algorithm>
#include <cstdlib>

#ifdef _WIN32
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace wspc::test {
namespace {

std::size_t page_size() {
#ifdef _WIN32
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
#else
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
#endif
}

// `size` bytes of which nothing may be touched yet; null if there are none.
void* reserve_pages(std::size_t size) {
#ifdef _WIN32
    return VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_NOACCESS);
#else
    void* const got = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return got == MAP_FAILED ? nullptr : got;
#endif
}

bool open_pages(void* from, std::size_t size) {
#ifdef _WIN32
    DWORD before = 0;
    return VirtualProtect(from, size, PAGE_READWRITE, &before) != 0;
#else
    return mprotect(from, size, PROT_READ | PROT_WRITE) == 0;
#endif
}

}  // namespace

guarded_memory::guarded_memory(std::size_t capacity) : page_{page_size()} {
    capacity_ = std::max<std::size_t>(1, (capacity + page_ - 1) / page_) * page_;
    auto* const all = static_cast<std::byte*>(reserve_pages(capacity_ + 2 * page_));
    if (all == nullptr || !open_pages(all + page_, capacity_)) std::abort();
    begin_ = all + page_;
}

guarded_memory::~guarded_memory() {
#ifdef _WIN32
    VirtualFree(begin_ - page_, 0, MEM_RELEASE);
#else
    munmap(begin_ - page_, capacity_ + 2 * page_);
#endif
}

std::span<std::byte> guarded_memory::copy_at_end(std::span<const std::byte> from) const {
    const std::span<std::byte> to = at_end(from.size());
    std::copy(from.begin(), from.end(), to.begin());
    return to;
}

std::span<std::byte> guarded_memory::copy_at_start(std::span<const std::byte> from) const {
    const std::span<std::byte> to = at_start(from.size());
    std::copy(from.begin(), from.end(), to.begin());
    return to;
}

}  // namespace wspc::test
