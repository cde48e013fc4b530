// SPDX-License-Identifier: Apache-2.0
// The platform's plain mutex. std::mutex would do, but for the exception that it knows.
#pragma once

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace wspc {
inline namespace v0 {
namespace capi {

class mutex {
public:
    mutex() noexcept = default;
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

#ifdef _WIN32
    void lock() noexcept { AcquireSRWLockExclusive(&lock_); }
    void unlock() noexcept { ReleaseSRWLockExclusive(&lock_); }

private:
    SRWLOCK lock_ = SRWLOCK_INIT;
#else
    ~mutex() { pthread_mutex_destroy(&lock_); }

    // Neither can fail: the mutex is valid, and nothing locks it twice.
    void lock() noexcept { pthread_mutex_lock(&lock_); }
    void unlock() noexcept { pthread_mutex_unlock(&lock_); }

private:
    pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER;
#endif
};

// Holds it for the length of a scope.
class [[nodiscard]] locked {
public:
    explicit locked(mutex& held) noexcept : held_{held} { held_.lock(); }
    ~locked() { held_.unlock(); }
    locked(const locked&) = delete;
    locked& operator=(const locked&) = delete;

private:
    mutex& held_;
};

}  // namespace capi
}  // namespace v0
}  // namespace wspc
