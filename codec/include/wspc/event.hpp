// SPDX-License-Identifier: Apache-2.0
// What a reader tells its caller, and the memory that it tells it in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>

namespace wspc {
inline namespace v0 {

enum class event_kind : std::uint8_t {
    none,    // nothing to tell; only receive_one yields it
    data,    // `bytes` of a message: `op` is text or binary; `first` and `last` mark its ends
    ping,    // `bytes` of its payload
    pong,    // `bytes` of its payload
    close,   // `code` (1005 if the frame carried none) and `bytes` of the reason
    failed,  // `code` is the error as a number, `offset` where it was decided; nothing follows
};

struct event {
    // Lies in the fed buffer, in the batch or in the reader; valid until the next call with that
    // reader (or connection) or that batch. Already unmasked, and valid UTF-8 where that is
    // promised: a piece of text may end inside a character, the whole message never does.
    std::span<std::byte> bytes{};
    std::uint64_t offset = 0;
    event_kind kind = event_kind::none;
    opcode op = opcode::continuation;  // data: of the message, also on its later pieces
    bool first = false;
    bool last = false;
    std::uint16_t code = 0;
    // data: reserved bits of the message's first frame that no transform took away.
    std::uint8_t rsv = 0;

    // For `failed`.
    [[nodiscard]] constexpr error failure_code() const noexcept { return static_cast<error>(code); }
    // Whether this is a message all by itself.
    [[nodiscard]] constexpr bool whole() const noexcept { return first && last; }
};

// Scratch bytes for each event of a batch. A payload below 126 bytes is unmasked into them with
// full-width stores, which in place would hit the following header.
inline constexpr std::size_t scratch_size = 128;

// Where a batch keeps its events and its scratch; what receive() takes.
struct batch_memory {
    event* events;
    std::byte* scratch;  // capacity × scratch_size bytes
    std::uint32_t capacity;
};

// Room for N events of one call. One per thread is enough for any number of connections; the
// spans of the events die with the next call that is given the same batch.
template <std::size_t N = 16>
class batch {
    static_assert(N >= 1 && N <= 65536);

public:
    batch() noexcept = default;
    batch(const batch&) = delete;
    batch& operator=(const batch&) = delete;

    [[nodiscard]] operator const batch_memory&() & noexcept { return memory_; }  // NOLINT: it stands for it
    operator const batch_memory&() && = delete;  // the events would outlive it

private:
    alignas(64) std::byte scratch_[N * scratch_size];
    event events_[N];
    batch_memory memory_{events_, scratch_, static_cast<std::uint32_t>(N)};
};

// What one call to receive() gave.
struct received {
    std::span<const event> events;  // in the batch
    // Bytes taken from the front of what was fed. The rest must be fed again, followed by newer
    // bytes or alone.
    std::size_t consumed = 0;
};

// What one call to receive_one() gave; event_kind::none once all bytes are consumed.
struct received_one {
    wspc::event event;
    std::size_t consumed = 0;
};

}  // namespace v0
}  // namespace wspc
