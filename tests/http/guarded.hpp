// SPDX-License-Identifier: Apache-2.0
// Memory that ends where nothing may be touched: a read or a write behind it ends the test program.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include <gtest/gtest.h>

#if defined(__unix__)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace wspc::testing {

#if defined(__unix__)
class guarded {
public:
    explicit guarded(std::size_t size) : size_{size} {
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const std::size_t usable = (size + page - 1) / page * page;
        total_ = usable + page;
        base_ = static_cast<char*>(
            ::mmap(nullptr, total_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        if (base_ == MAP_FAILED || ::mprotect(base_ + usable, page, PROT_NONE) != 0) {
            ADD_FAILURE() << "no guard page";
            std::abort();
        }
        begin_ = base_ + usable - size;
    }
    explicit guarded(std::string_view text) : guarded(text.size()) {
        if (!text.empty()) std::memcpy(begin_, text.data(), text.size());
    }
    guarded(const guarded&) = delete;
    guarded& operator=(const guarded&) = delete;
    ~guarded() { ::munmap(base_, total_); }

    std::span<char> chars() { return {begin_, size_}; }
    std::span<std::byte> bytes() { return std::as_writable_bytes(chars()); }
    std::string_view text() const { return {begin_, size_}; }

private:
    char* base_ = nullptr;
    char* begin_ = nullptr;
    std::size_t size_;
    std::size_t total_ = 0;
};
#else
// Elsewhere the sanitizers have to do: the memory is exactly as large as it may be used.
class guarded {
public:
    explicit guarded(std::size_t size) : begin_{new char[size]}, size_{size} {}
    explicit guarded(std::string_view text) : guarded(text.size()) {
        if (!text.empty()) std::memcpy(begin_, text.data(), text.size());
    }
    guarded(const guarded&) = delete;
    guarded& operator=(const guarded&) = delete;
    ~guarded() { delete[] begin_; }

    std::span<char> chars() { return {begin_, size_}; }
    std::span<std::byte> bytes() { return std::as_writable_bytes(chars()); }
    std::string_view text() const { return {begin_, size_}; }

private:
    char* begin_;
    std::size_t size_;
};
#endif

}  // namespace wspc::testing
