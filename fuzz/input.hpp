// SPDX-License-Identifier: Apache-2.0
// What a fuzzer gave, divided in two: choices are taken from its tail, data from its front, so that a
// mutation of the data leaves the choices alone. It never runs out: then choices are 0 and data is empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace wspc::fuzz {

// A copy in heap memory of exactly its size, so that AddressSanitizer sees the octet in front of it and the
// one behind it.
class exact_copy {
public:
    exact_copy() : exact_copy{std::span<const std::byte>{}} {}
    explicit exact_copy(std::span<const std::byte> from)
        : bytes_{new std::byte[from.size()]}, size_{from.size()} {
        if (!from.empty()) std::memcpy(bytes_.get(), from.data(), from.size());
    }
    // Of this size, all zero: for output.
    explicit exact_copy(std::size_t size) : bytes_{new std::byte[size]()}, size_{size} {}

    [[nodiscard]] std::span<std::byte> bytes() const { return {bytes_.get(), size_}; }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_;
};

class input {
public:
    // What libFuzzer hands over, which must outlive this object.
    input(const std::uint8_t* bytes, std::size_t size)
        : left_{reinterpret_cast<const std::byte*>(bytes), size} {}

    // --- choices, from the tail

    [[nodiscard]] std::uint8_t octet() {
        if (left_.empty()) return 0;
        const auto taken = std::to_integer<std::uint8_t>(left_.back());
        left_ = left_.first(left_.size() - 1);
        return taken;
    }

    // An octet of its own for each flag: a mutation changes one thing.
    [[nodiscard]] bool flag() { return (octet() & 1) != 0; }

    // 0 to limit - 1, from as few octets as can hold limit - 1.
    [[nodiscard]] std::uint64_t below(std::uint64_t limit) {
        std::uint64_t value = 0;
        for (std::uint64_t most = limit - 1; most != 0; most >>= 8) value = value << 8 | octet();
        return value % limit;
    }

    // low to high, both inclusive; low when nothing is left.
    [[nodiscard]] std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + below(high - low + 1);
    }

    // Any 64-bit number.
    [[nodiscard]] std::uint64_t number() {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) value = value << 8 | octet();
        return value;
    }

    // A size that is small more often than not: 0 to 15, to 255 or to `most`, whatever is least.
    [[nodiscard]] std::size_t size(std::size_t most) {
        const unsigned first = octet();
        if (first < 0xc0) return std::min<std::size_t>(first & 15, most);
        if (first < 0xf0) return std::min<std::size_t>(octet(), most);
        return static_cast<std::size_t>(below(std::uint64_t{most} + 1));
    }

    // One of the elements of an array or a vector, the first when nothing is left.
    template <class List>
    [[nodiscard]] const auto& one_of(const List& list) {
        return list[static_cast<std::size_t>(below(std::size(list)))];
    }

    // --- data, from the front

    // What neither a choice nor a chunk has taken yet.
    [[nodiscard]] std::size_t left() const { return left_.size(); }

    // The next `size` octets, or as many as there are.
    [[nodiscard]] std::span<const std::byte> take(std::size_t size) {
        const auto taken = left_.first(std::min(size, left_.size()));
        left_ = left_.subspan(taken.size());
        return taken;
    }
    [[nodiscard]] exact_copy chunk(std::size_t size) { return exact_copy{take(size)}; }

    // All that is left. Choices are 0 from then on.
    [[nodiscard]] std::span<const std::byte> rest() { return take(left_.size()); }

private:
    std::span<const std::byte> left_;
};

// How the same bytes are cut into pieces: sizes that are used over and over.
class cutting {
public:
    // One, a few or all octets at a time; all if the choices have run out.
    explicit cutting(input& choices) : sizes_(static_cast<std::size_t>(choices.below(6))) {
        for (std::size_t& size : sizes_) size = choices.size(4096);
        // Pieces that are empty are fine, but nothing would ever end if all of them were.
        if (std::all_of(sizes_.begin(), sizes_.end(), [](std::size_t size) { return size == 0; }))
            sizes_.clear();
    }
    explicit cutting(std::vector<std::size_t> sizes) : sizes_{std::move(sizes)} {}

    // The size of the next piece of a stream that has `left` octets left.
    [[nodiscard]] std::size_t next(std::size_t left) {
        if (sizes_.empty()) return left;
        return std::min(left, sizes_[at_++ % sizes_.size()]);
    }

    // The borders between the pieces of a stream of this size.
    [[nodiscard]] std::vector<std::size_t> borders(std::size_t size) {
        std::vector<std::size_t> made;
        for (std::size_t at = next(size); at < size; at += next(size - at)) made.push_back(at);
        return made;
    }

private:
    std::vector<std::size_t> sizes_;
    std::size_t at_ = 0;
};

}  // namespace wspc::fuzz
