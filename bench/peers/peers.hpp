// SPDX-License-Identifier: Apache-2.0
// Every contender does the same: it is handed a stream of masked frames chunk by chunk, copies each
// chunk once (as recv would), delivers every message, and reads the first and the last byte of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace wspc::bench {

// What a contender delivered: all payloads in one, and where each message ends in them.
struct delivery {
    std::vector<std::byte> payloads;
    std::vector<std::size_t> ends;

    friend bool operator==(const delivery&, const delivery&) = default;
};

// While a contender is checked: where what it delivers is kept. Null while it is measured.
inline delivery* kept = nullptr;

[[gnu::cold, gnu::noinline]] inline void keep(const std::byte* payload, std::size_t size, bool last) {
    kept->payloads.insert(kept->payloads.end(), payload, payload + size);
    if (last) kept->ends.push_back(kept->payloads.size());
}

// What a contender delivered. Returned as a copy (`return tally{done};`): a result that is made in place lies
// where a payload might, and would have to be written back before each byte that is read.
struct tally {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::uint64_t ends = 0;  // first and last bytes of the messages, added up

    // Adds a message, or a piece of one.
    void add(const std::byte* payload, std::size_t size, bool last) {
        if (kept != nullptr) keep(payload, size, last);
        bytes += size;
        messages += last ? 1 : 0;
        if (size != 0)
            ends += std::to_integer<unsigned>(payload[0]) + std::to_integer<unsigned>(payload[size - 1]);
    }
};

// Hands a stream out in pieces: equal chunks, or pieces that end where `ends` says.
class source {
public:
    source(std::span<const std::byte> bytes, std::size_t chunk) noexcept : bytes_{bytes}, chunk_{chunk} {}
    source(std::span<const std::byte> bytes, std::span<const std::uint32_t> ends, bool by_frames) noexcept
        : bytes_{bytes}, ends_{ends}, by_frames_{by_frames} {}

    // The next piece, of at most `most` bytes; empty at the end.
    [[nodiscard]] std::span<const std::byte> next(std::size_t most) noexcept {
        if (at_ == border_) {
            if (at_ == bytes_.size()) return {};
            border_ = ends_.empty() ? (bytes_.size() - at_ < chunk_ ? bytes_.size() : at_ + chunk_)
                                    : ends_[piece_++];
        }
        const std::size_t size = border_ - at_ < most ? border_ - at_ : most;
        const std::span<const std::byte> piece = bytes_.subspan(at_, size);
        at_ += size;
        return piece;
    }

    // Copies the next piece to `to`, as recv would; its size, 0 at the end. Frames by themselves are copied
    // with a fixed number of octets where there is room: each memcpy of a length that no predictor knows
    // would cost as much as the parsers that are measured.
    [[nodiscard]] std::size_t read(std::byte* to, std::size_t room) noexcept {
        const std::size_t readable = bytes_.size() - at_;
        const std::span<const std::byte> piece = next(room);
        if (by_frames_ && piece.size() <= frame_copy && room >= frame_copy && readable >= frame_copy)
            std::memcpy(to, piece.data(), frame_copy);
        else if (!piece.empty())
            std::memcpy(to, piece.data(), piece.size());
        return piece.size();
    }

private:
    static constexpr std::size_t frame_copy = 192;

    std::span<const std::byte> bytes_;
    std::span<const std::uint32_t> ends_;
    bool by_frames_ = false;
    std::size_t chunk_ = 0;
    std::size_t at_ = 0;
    std::size_t border_ = 0;
    std::size_t piece_ = 0;
};

// What a contender receives into. At the same place in its page for everyone: where the low bits of what
// is read and of what is written meet badly, a copy takes twice as long.
class receive_buffer {
public:
    static constexpr std::size_t size = 64u << 10;

    receive_buffer() : memory_(size + page) {
        const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
        begin_ = memory_.data() + (page - address % page) % page;
    }
    [[nodiscard]] std::byte* data() noexcept { return begin_; }

private:
    static constexpr std::size_t page = 4096;

    std::vector<std::byte> memory_;
    std::byte* begin_;
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
// websocketpp's server over its iostream transport, without locks and logs.
[[nodiscard]] std::unique_ptr<contender> make_websocketpp();
// wslay's frame API, which is faster than its event API.
[[nodiscard]] std::unique_ptr<contender> make_wslay();

// Sends frames to nowhere; gives how many octets went out.
class sender {
public:
    virtual ~sender() = default;
    virtual std::size_t send(std::span<const std::byte> payload) = 0;
    // The octets of a frame, sent while it is checked what goes out.
    virtual std::vector<std::byte> frame_of(std::span<const std::byte> payload) = 0;
};

// boost::beast::websocket::stream as a client, each message in one frame.
[[nodiscard]] std::unique_ptr<sender> make_beast_client();

// Beast's Sec-WebSocket-Accept for a key (RFC 6455 4.2.2): base64 text of 28 characters.
using accept_text = std::array<char, 28>;
void beast_accept(accept_text& to, std::string_view key);

}  // namespace wspc::bench
