// SPDX-License-Identifier: Apache-2.0
// A client and a server joined by two queues of bytes that move any number of them at a time.
#pragma once

#include <array>
#include <cstring>
#include <span>

#include <wspc/session.hpp>

#include "support/random.hpp"

namespace wspc::test {

// Bytes on their way, in a ring that never allocates.
class byte_ring {
public:
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t room() const { return bytes_.size() - size_; }

    void put(std::span<const std::byte> from) {
        for (const std::byte b : from) bytes_[(start_ + size_++) % bytes_.size()] = b;
    }
    void take(std::span<std::byte> to) {
        for (std::byte& b : to) {
            b = bytes_[start_];
            start_ = (start_ + 1) % bytes_.size();
            --size_;
        }
    }

private:
    std::array<std::byte, 10'000> bytes_{};
    std::size_t start_ = 0;
    std::size_t size_ = 0;
};

// Does what an action that moves bytes says, as far as the transport goes: writes up to `most` of them to
// `out`, or reads up to `most` from `in`. Returns how many moved; 0 says that nothing could.
[[nodiscard]] inline std::size_t move_bytes(const action& a, byte_ring& out, byte_ring& in,
                                            std::size_t most) {
    if (a.kind == action_kind::receive) {
        const std::size_t size = std::min({a.into.size(), in.size(), most});
        in.take(a.into.first(size));
        return size;
    }
    std::size_t moved = 0;
    for (const std::span<const std::byte> b : a.buffers) {
        const std::size_t size = std::min({b.size(), out.room(), most - moved});
        out.put(b.first(size));
        moved += size;
        if (size != b.size()) break;
    }
    return moved;
}

}  // namespace wspc::test
