// SPDX-License-Identifier: Apache-2.0
#include "process_mark.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <cerrno>
#include <new>

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace wspc {
inline namespace v0 {
namespace {

using shared_number = std::atomic<std::uint32_t>;

#if defined(__unix__) || defined(__APPLE__)

// How often this process and its ancestors have forked since the first of them asked.
shared_number forks{0};

// By the process id, which takes a system call each time, and by the number of forks: a child in another
// namespace of ids, or one that gets the id of an ancestor that has ended, has an ancestor's id.
process_mark by_id() noexcept {
    static constexpr shared_number never{0};
    static const int counted = pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
    static_cast<void>(counted);  // without memory for it, the id has to do
    constexpr int id_bits = 22;  // no more on Linux, and less on macOS
    return {&never, static_cast<std::uint32_t>(getpid()) ^ forks.load() << id_bits};
}

#endif

#if defined(MADV_WIPEONFORK)

// One page for the whole process, although libraries should have no globals: the kernel keeps each
// wiped page apart from its neighbours, and a process may have no more than some ten thousands of
// such areas. A page in each pool would use them up where a program has many.
std::atomic<shared_number*> wiped_page{nullptr};
shared_number no_page{0};  // what wiped_page points to where there can be none
// In memory that a child inherits.
shared_number last_value{0};

// A page that the kernel clears in a forked child, or no_page.
shared_number* map_page() noexcept {
    constexpr std::size_t size = sizeof(shared_number);  // of which the system makes whole pages
    void* const page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return &no_page;
    // Emulators have been seen to ignore all advice and to call that a success: believe only one
    // that refuses nonsense.
    constexpr int nonsense = -1;
    if (madvise(page, size, nonsense) == 0 || madvise(page, size, MADV_WIPEONFORK) != 0) {
        munmap(page, size);
        return &no_page;
    }
    return ::new (page) shared_number{0};
}

shared_number& page() noexcept {
    shared_number* known = wiped_page.load(std::memory_order_acquire);
    if (known != nullptr) return *known;
    // Refusals are expected here, and errno is the program's.
    const int kept = errno;
    shared_number* const made = map_page();
    if (wiped_page.compare_exchange_strong(known, made, std::memory_order_acq_rel)) {
        known = made;
    } else if (made != &no_page) {
        munmap(made, sizeof *made);  // another thread was faster
    }
    errno = kept;
    return *known;
}

#endif

}  // namespace

process_mark process_mark::of_this_process() noexcept {
#if defined(MADV_WIPEONFORK)
    shared_number& held = page();
    if (&held == &no_page) return by_id();
    std::uint32_t value = held.load(std::memory_order_relaxed);
    if (value == 0) {
        // The first to ask in this process; of several threads, one.
        const std::uint32_t next = last_value.fetch_add(1, std::memory_order_relaxed) + 1;
        if (held.compare_exchange_strong(value, next, std::memory_order_relaxed)) value = next;
    }
    return {&held, value};
#elif defined(__unix__) || defined(__APPLE__)
    return by_id();
#else
    // No process is a copy of another.
    static constexpr shared_number always{1};
    return {&always, 1};
#endif
}

}  // namespace v0
}  // namespace wspc
