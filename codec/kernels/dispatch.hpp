// SPDX-License-Identifier: Apache-2.0
// The table of functions that each instruction set provides, and the choice among them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wspc/cpu.hpp>
#include <wspc/event.hpp>
#include <wspc/utf8.hpp>

namespace wspc {
inline namespace v0 {
namespace kernels {

// What a run took: `size` bytes from its front, told in `count` events.
struct run_result {
    std::size_t size;
    std::uint32_t count;
};

// Every function stays inside [bytes, bytes + size): no load and no store outside, at any length or
// alignment. A key is the four octets of the wire, loaded as they lie in memory (memcpy), whatever
// the byte order of the machine; its first octet belongs to the first byte.
struct table {
    // XORs in place.
    void (*mask)(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept;

    // Writes the XORed `from` to `to`: equal, or not overlapping.
    void (*mask_copy)(std::byte* to, const std::byte* from, std::size_t size, std::uint32_t key) noexcept;

    // Continues a validation; the state after the last byte, or reject.
    utf8_state (*utf8)(const std::byte* bytes, std::size_t size, utf8_state state) noexcept;

    // mask() and then utf8(), in one pass. All bytes are unmasked even if the result is reject, so
    // that a scalar pass can find the octet.
    utf8_state (*mask_utf8)(std::byte* bytes, std::size_t size, std::uint32_t key, utf8_state state) noexcept;

    // mask_copy() and then utf8() of what was written, in one pass; the same holds.
    utf8_state (*mask_copy_utf8)(std::byte* to, const std::byte* from, std::size_t size, std::uint32_t key,
                                 utf8_state state) noexcept;

    // mask_copy() of at most scratch_size bytes, with full-width stores that may fill all scratch_size bytes
    // of `slot`, and without a branch on the size where the instruction set allows it. Whether all of them
    // are ASCII.
    bool (*unmask_short)(std::byte* slot, const std::byte* from, std::size_t size,
                         std::uint32_t key) noexcept;

    // One whole message, [masked][check_utf8]: the same as run() takes, unmasked where it lies. Gives the
    // bytes of its frame; 0 if `bytes` begins with anything else, and then all is as it was.
    std::size_t (*whole[2][2])(std::byte* bytes, std::size_t size, event* at, std::size_t most) noexcept;

    // Whole messages, [masked][check_utf8]: from a frame border with no message open, takes
    // consecutive complete frames that are FIN, RSV 0, text or binary, of at most `most` (125 to 65,535)
    // octets of payload, with the mask bit as `masked` and the length in its shortest form; writes one
    // whole data event each; and stops before the first frame that is anything else, incomplete, or text
    // that is not UTF-8. It judges nothing.
    // Masked payloads of up to 125 octets are unmasked to scratch + i × scratch_size, for event i, and
    // longer ones where they lie; all other fed bytes are left as they were. Full-width stores may fill
    // all scratch_size bytes of a slot. At most `capacity` events. (As many arguments as the
    // System V and ARM64 ABIs have registers for: a batch_memory on the stack costs one frame a third of
    // its time.)
    run_result (*run[2][2])(std::byte* bytes, std::size_t size, event* events, std::byte* scratch,
                            std::uint32_t capacity, std::size_t most) noexcept;
};

// Null until the first call of active(). Relaxed: the tables are constants, so there is nothing that the
// pointer would have to publish.
extern std::atomic<const table*> active_table;
const table& choose() noexcept;

// The kernel in use; chosen at the first call.
inline const table& active() noexcept {
    const table* const functions = active_table.load(std::memory_order_relaxed);
    return functions != nullptr ? *functions : choose();
}

// A table by name, whatever the machine supports; null if this build has none of that name. For
// tests and benchmarks, which check kernel_info::supported before they call anything in it.
const table* find(std::string_view name) noexcept;

// What cpu.hpp tells to callers.
std::span<const kernel_info> infos() noexcept;
kernel_report report() noexcept;

}  // namespace kernels
}  // namespace v0
}  // namespace wspc
