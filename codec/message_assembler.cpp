// SPDX-License-Identifier: Apache-2.0
#include <wspc/message_assembler.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace wspc {
inline namespace v0 {
namespace {

constexpr std::size_t smallest_growth = 4096;

std::byte* heap_grow(void*, std::byte* old, std::size_t, std::size_t size) noexcept {
    return static_cast<std::byte*>(std::realloc(old, size));
}

void heap_release(void*, std::byte* bytes, std::size_t) noexcept { std::free(bytes); }

}  // namespace

memory heap_memory() noexcept { return {nullptr, heap_grow, heap_release}; }

bool message_assembler::reserve(std::size_t size) noexcept {
    if (size <= capacity_) return true;
    if (source_.grow == nullptr) return false;
    // By doubling what has been received: a peer pays with bytes for memory that it takes.
    const std::size_t doubled = capacity_ > SIZE_MAX / 2 ? SIZE_MAX : capacity_ * 2;
    const std::size_t most = limit_ < SIZE_MAX ? static_cast<std::size_t>(limit_) : SIZE_MAX;
    const std::size_t wanted = std::max(size, std::min(most, std::max(doubled, smallest_growth)));
    std::byte* const grown = source_.grow(source_.context, storage_, size_, wanted);
    if (grown == nullptr) return false;
    storage_ = grown;
    capacity_ = wanted;
    return true;
}

assembled message_assembler::add(const event& piece) noexcept {
    assembled result;
    if (piece.kind != event_kind::data) return result;
    result.op = piece.op;
    result.rsv = piece.rsv;
    if (piece.first) {
        size_ = 0;
        dropping_ = false;
    }
    if (dropping_) return result;
    if (piece.bytes.size() > limit_ - size_) {
        dropping_ = true;
        result.code = error::message_too_big;
        return result;
    }
    if (piece.whole()) {
        result.bytes = piece.bytes;
        result.complete = true;
        return result;
    }
    if (!reserve(size_ + piece.bytes.size())) {
        dropping_ = true;
        result.code = error::no_memory;
        return result;
    }
    if (!piece.bytes.empty()) std::memcpy(storage_ + size_, piece.bytes.data(), piece.bytes.size());
    size_ += piece.bytes.size();
    if (piece.last) {
        result.bytes = {storage_, size_};
        result.complete = true;
    }
    return result;
}

void message_assembler::release() noexcept {
    if (source_.release != nullptr && storage_ != nullptr) {
        source_.release(source_.context, storage_, capacity_);
        storage_ = nullptr;
        capacity_ = 0;
    }
    size_ = 0;
    dropping_ = true;
}

}  // namespace v0
}  // namespace wspc
