// SPDX-License-Identifier: Apache-2.0
#include <wspc/masking_keys.hpp>

#include "crypto.hpp"
#include "process_mark.hpp"

namespace wspc {
inline namespace v0 {

masking_keys::masking_keys(random_source source) noexcept : source_{source} {}

masking_keys::~masking_keys() { crypto::wipe(std::as_writable_bytes(std::span{pool_}.first(drawn_))); }

result<masking_key> masking_keys::next_guarded() noexcept {
    const process_mark here = process_mark::of_this_process();
    if (here.value != drawn_in_) {
        // What is left belongs to the process that this one was forked from.
        left_ = 0;
        process_ = here.cell;
        drawn_in_ = here.value;
    }
    if (left_ == 0) {
        const std::uint32_t wanted = drawn_ == 0 ? first_draw : capacity;
        const std::span<std::byte> keys = std::as_writable_bytes(std::span{pool_}.first(wanted));
        if (source_.fill == nullptr || !source_.fill(source_.context, keys)) {
            crypto::wipe(keys);
            return {{}, error::no_randomness};
        }
        left_ = drawn_ = wanted;
    }
    return {take(left_), error::none};
}

}  // namespace v0
}  // namespace wspc
