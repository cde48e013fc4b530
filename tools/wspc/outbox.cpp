// SPDX-License-Identifier: Apache-2.0
#include "outbox.hpp"

#include <algorithm>

namespace tool {

void outbox::wrote(std::size_t size) noexcept {
    if (size == 0) return;
    const std::byte* const start = bytes_.data() + used_;
    used_ += size;
    if (count_ != 0) {
        asio::const_buffer& last = parts_[count_ - 1];
        if (static_cast<const std::byte*>(last.data()) + last.size() == start) {
            last = {last.data(), last.size() + size};
            return;
        }
    }
    parts_[count_++] = {start, size};
}

void outbox::refer(std::span<const std::byte> payload) noexcept {
    if (!payload.empty()) parts_[count_++] = {payload.data(), payload.size()};
}

void outbox::rest(std::size_t sent, std::vector<std::byte>& backlog) const {
    for (const asio::const_buffer& part : parts()) {
        const std::size_t skip = std::min(sent, part.size());
        sent -= skip;
        const std::byte* const start = static_cast<const std::byte*>(part.data());
        backlog.insert(backlog.end(), start + skip, start + part.size());
    }
}

}  // namespace tool
