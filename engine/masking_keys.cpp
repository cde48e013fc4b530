// SPDX-License-Identifier: Apache-2.0
#include <wspc/masking_keys.hpp>

#include "crypto.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <cerrno>

#include <sys/mman.h>
#include <unistd.h>
#endif

namespace wspc {
inline namespace v0 {
namespace {

#if defined(__unix__) || defined(__APPLE__)
constexpr bool can_fork = true;

std::uint64_t process_id() noexcept { return static_cast<std::uint64_t>(getpid()); }
#else
constexpr bool can_fork = false;

std::uint64_t process_id() noexcept { return 0; }
#endif

#if defined(MADV_WIPEONFORK) && defined(MADV_KEEPONFORK)

// Refusals are expected here, and errno is the program's.
bool advise(void* page, std::size_t size, int advice) noexcept {
    const int kept = errno;
    const bool done = madvise(page, size, advice) == 0;
    errno = kept;
    return done;
}

bool wipe_on_fork(void* page, std::size_t size) noexcept {
    // A larger page would be wiped as a whole, whoever else lives in it.
    if (sysconf(_SC_PAGESIZE) != static_cast<long>(size)) return false;
    // Emulators have been seen to ignore all advice and to call that a success: believe only one
    // that refuses nonsense.
    constexpr int nonsense = -1;
    if (advise(page, size, nonsense)) return false;
    // Refused for memory that belongs to a file or is shared between processes.
    return advise(page, size, MADV_WIPEONFORK);
}

void keep_on_fork(void* page, std::size_t size) noexcept { advise(page, size, MADV_KEEPONFORK); }

#else

bool wipe_on_fork(void*, std::size_t) noexcept { return false; }
void keep_on_fork(void*, std::size_t) noexcept {}

#endif

}  // namespace

masking_keys::masking_keys(random_source source) noexcept : source_{source} { pool_.left = 0; }

masking_keys::~masking_keys() {
    crypto::wipe(std::as_writable_bytes(std::span{&pool_, 1}));
    // Whoever gets this memory next keeps it across a fork.
    if (guard_ == guard::wiped) keep_on_fork(&pool_, sizeof pool_);
}

result<masking_key> masking_keys::next_guarded() noexcept {
    if (guard_ == guard::undecided) {
        guard_ = !can_fork ? guard::no_fork : wipe_on_fork(&pool_, sizeof pool_) ? guard::wiped : guard::pid;
    }
    if (guard_ == guard::pid) {
        if (const std::uint64_t pid = process_id(); pid != pid_) {
            pid_ = pid;
            left_ = 0;
        }
        if (left_ != 0) return {take(--left_), error::none};
    }

    const std::span<std::byte> keys = std::as_writable_bytes(std::span{pool_.keys});
    if (source_.fill == nullptr || !source_.fill(source_.context, keys)) {
        crypto::wipe(keys);
        return {{}, error::no_randomness};
    }
    std::uint32_t& left = guard_ == guard::pid ? left_ : pool_.left;
    left = capacity - 1;
    return {take(left), error::none};
}

}  // namespace v0
}  // namespace wspc
