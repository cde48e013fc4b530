// SPDX-License-Identifier: Apache-2.0
// What one wake-up has to send, gathered so that it leaves in one call: short things copied one
// behind the other, long payloads only referred to where they lie.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "net.hpp"

namespace tool {

class outbox {
public:
    explicit outbox(std::size_t capacity) : bytes_(capacity) {}
    outbox(const outbox&) = delete;
    outbox& operator=(const outbox&) = delete;

    // Where the next bytes are to be written; tell wrote() how many there are.
    [[nodiscard]] std::span<std::byte> room() noexcept { return std::span{bytes_}.subspan(used_); }
    void wrote(std::size_t size) noexcept;

    // Whether there are parts for a header, a payload that is referred to, and what is written behind.
    [[nodiscard]] bool can_refer() const noexcept { return count_ + 3 <= parts_.size(); }
    // Puts a payload behind what has been written. It stays where it is, and must stay as it is
    // until clear().
    void refer(std::span<const std::byte> payload) noexcept;

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::span<const asio::const_buffer> parts() const noexcept {
        return std::span{parts_}.first(count_);
    }

    // Appends to `backlog` all but the first `sent` bytes.
    void rest(std::size_t sent, std::vector<std::byte>& backlog) const;
    void clear() noexcept { used_ = count_ = 0; }

private:
    // Asio passes at most 64 parts to one sendmsg.
    static constexpr std::size_t max_parts = 64;

    std::vector<std::byte> bytes_;
    std::size_t used_ = 0;
    std::array<asio::const_buffer, max_parts> parts_;
    std::size_t count_ = 0;
};

}  // namespace tool
