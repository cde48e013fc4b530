// SPDX-License-Identifier: Apache-2.0
#include <wspc/masking_keys.hpp>

#include "crypto.hpp"
#include "process_mark.hpp"

namespace wspc {
inline namespace v0 {

masking_keys::masking_keys(random_source source) noexcept : source_{source} {}

// What has been handed out is wiped already.
masking_keys::~masking_keys() { crypto::wipe(std::as_writable_bytes(std::span{pool_}.first(left_))); }

result<masking_key> masking_keys::next_guarded() noexcept {
    const process_mark here = process_mark::of_this_process();
    if (here.value != drawn_in_) {
        // What is left belongs to the process that this one was forked from.
        crypto::wipe(std::as_writable_bytes(std::span{pool_}.first(left_)));
        left_ = 0;
        process_ = here.cell;
        drawn_in_ = here.value;
    }
    if (left_ == 0) {
        const std::span<std::byte> keys = std::as_writable_bytes(std::span{pool_}.first(next_draw_));
        if (source_.fill == nullptr || !source_.fill(source_.context, keys)) {
            crypto::wipe(keys);
            return {{}, error::no_randomness};
        }
        left_ = next_draw_;
        next_draw_ = capacity;
    }
    return {take(), error::none};
}

}  // namespace v0
}  // namespace wspc
