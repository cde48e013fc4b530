// SPDX-License-Identifier: Apache-2.0
// Every contender does the same: it is handed a stream of masked frames chunk by chunk, copies each
// chunk once (as recv would), delivers every message, and reads the first and the last byte of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace wspc::bench {

// While a contender is checked: where what it delivers is kept. Null while it is measured.
inline std::vector<std::byte>* kept = nullptr;

[[gnu::cold, gnu::noinline]] inline void keep(const std::byte* payload, std::size_t size) {
    kept->insert(kept->end(), payload, payload + size);
}

// What a contender delivered.
struct tally {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t ends = 0;  // first and last bytes of the messages, added up

    // Adds a message, or a piece of one.
    void add(const std::byte* payload, std::size_t size, bool last) {
        if (kept != nullptr) keep(payload, size);
        bytes += size;
        messages += last ? 1 : 0;
        if (size != 0)
            ends += std::to_integer<unsigned>(payload[0]) + std::to_integer<unsigned>(payload[size - 1]);
    }
};

// Hands a stream out in pieces: equal chunks, or exactly one frame at a time.
class source {
public:
    source(std::span<const std::byte> bytes, std::size_t chunk) noexcept : bytes_{bytes}, chunk_{chunk} {}
    source(std::span<const std::byte> bytes, std::span<const std::uint32_t> frame_ends) noexcept
        : bytes_{bytes}, ends_{frame_ends} {}

    // The next piece, of at most `most` bytes; empty at the end.
    [[nodiscard]] std::span<const std::byte> next(std::size_t most) noexcept {
        if (at_ == border_) {
            if (at_ == bytes_.size()) return {};
            border_ = ends_.empty() ? (bytes_.size() - at_ < chunk_ ? bytes_.size() : at_ + chunk_)
                                    : ends_[frame_++];
        }
        const std::size_t size = border_ - at_ < most ? border_ - at_ : most;
        const std::span<const std::byte> piece = bytes_.subspan(at_, size);
        at_ += size;
        return piece;
    }

private:
    std::span<const std::byte> bytes_;
    std::span<const std::uint32_t> ends_;
    std::size_t chunk_ = 0;
    std::size_t at_ = 0;
    std::size_t border_ = 0;
    std::size_t frame_ = 0;
};

class contender {
public:
    virtual ~contender() = default;
    virtual tally receive(source from) = 0;
};

// Copies and masks each piece as a whole, headers and all: what no parser can beat.
[[nodiscard]] std::unique_ptr<contender> make_blob();
// boost::beast::websocket::stream as a server, over a stream in memory; read_some into a buffer.
[[nodiscard]] std::unique_ptr<contender> make_beast();
// wslay's frame API, which is faster than its event API.
[[nodiscard]] std::unique_ptr<contender> make_wslay();

}  // namespace wspc::bench
