// SPDX-License-Identifier: Apache-2.0
// Memory between two pages that nobody may touch: a load or a store one byte beside it ends the
// program, in every kind of build.
#pragma once

#include <cstddef>
#include <span>

namespace wspc::test {

class guarded_memory {
public:
    explicit guarded_memory(std::size_t capacity);
    guarded_memory(const guarded_memory&) = delete;
    guarded_memory& operator=(const guarded_memory&) = delete;
    ~guarded_memory();

    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // `size` bytes whose last one is the last before the page behind; of any alignment, therefore.
    [[nodiscard]] std::span<std::byte> at_end(std::size_t size) const {
        return {begin_ + capacity_ - size, size};
    }

    // `size` bytes whose first one is the first behind the page in front.
    [[nodiscard]] std::span<std::byte> at_start(std::size_t size) const { return {begin_, size}; }

    // The same, filled with a copy.
    [[nodiscard]] std::span<std::byte> copy_at_end(std::span<const std::byte> from) const;
    [[nodiscard]] std::span<std::byte> copy_at_start(std::span<const std::byte> from) const;

private:
    std::byte* begin_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t page_ = 0;
};

}  // namespace wspc::test
