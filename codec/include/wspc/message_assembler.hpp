// SPDX-License-Identifier: Apache-2.0
// Joins the pieces of a message for programs that want it whole, in memory that the caller provides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <wspc/error.hpp>
#include <wspc/event.hpp>

namespace wspc {
inline namespace v0 {

// Where growing memory comes from. Both calls are made with the same `context`.
struct memory {
    void* context = nullptr;
    // Returns at least `size` bytes whose first `used` equal those of `old` (null at first), as
    // realloc does, and frees `old`; or returns null and leaves `old` alone.
    std::byte* (*grow)(void* context, std::byte* old, std::size_t used, std::size_t size) noexcept = nullptr;
    void (*release)(void* context, std::byte* bytes, std::size_t size) noexcept = nullptr;
};

// std::malloc, std::realloc and std::free.
[[nodiscard]] memory heap_memory() noexcept;

// What add() made of an event.
struct assembled {
    // The whole message, if complete: valid until the next add(), or, when the message came in one
    // piece, as long as the event's own bytes, since such a message is not copied.
    std::span<std::byte> bytes{};
    opcode op = opcode::binary;
    std::uint8_t rsv = 0;  // as in event
    bool complete = false;
    error code = error::none;  // message_too_big or no_memory; the message at hand is dropped
};

// Assembles the messages of one connection. Memory follows what has been received, by doubling,
// never what a header promised.
class message_assembler {
public:
    // Messages up to storage.size() bytes, in the caller's storage; larger ones: message_too_big.
    explicit message_assembler(std::span<std::byte> storage) noexcept
        : storage_{storage.data()}, capacity_{storage.size()}, limit_{storage.size()} {}

    // Messages up to `limit` bytes, in memory that grows as needed and stays for the next message
    // until release().
    explicit message_assembler(const memory& source, std::uint64_t limit = 16u << 20) noexcept
        : source_{source}, limit_{limit} {}

    message_assembler(const message_assembler&) = delete;
    message_assembler& operator=(const message_assembler&) = delete;
    ~message_assembler() { release(); }

    // Takes the next event of the connection; all but data are ignored. After an error the rest of
    // that message is ignored too, and so are pieces of a message whose beginning it was not given.
    [[nodiscard]] assembled add(const event& piece) noexcept;

    // Drops what has been gathered and gives back the memory that grew.
    void release() noexcept;

private:
    bool reserve(std::size_t size) noexcept;

    memory source_{};
    std::byte* storage_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::uint64_t limit_ = 0;
    bool dropping_ = true;
};

}  // namespace v0
}  // namespace wspc
