// SPDX-License-Identifier: Apache-2.0
// Text that ends where nothing may be touched: a read or a write behind it ends the test program.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "support/guarded_memory.hpp"

namespace wspc::testing {

class guarded {
public:
    explicit guarded(std::size_t size) : memory_{size}, bytes_{memory_.at_end(size)} {}
    explicit guarded(std::string_view text) : guarded(text.size()) {
        if (!text.empty()) std::memcpy(bytes_.data(), text.data(), text.size());
    }

    std::span<char> chars() { return {reinterpret_cast<char*>(bytes_.data()), bytes_.size()}; }
    std::span<std::byte> bytes() { return bytes_; }
    std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

private:
    test::guarded_memory memory_;
    std::span<std::byte> bytes_;
};

}  // namespace wspc::testing
