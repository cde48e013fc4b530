// SPDX-License-Identifier: Apache-2.0
// Tells a process from the one that it was forked from, by a load instead of a system call.
#pragma once

#include <atomic>
#include <cstdint>

namespace wspc {
inline namespace v0 {

struct process_mark {
    // Holds `value` for as long as this process is the one that was asked; never holds it where the
    // system cannot bring that about, and then process_mark::of_this_process() has to be asked again each
    // time.
    const std::atomic<std::uint32_t>* cell;
    // Not 0, and not that of an ancestor. (Where no page can be wiped: unless both have the same process id
    // and the child was made by other means than fork(), or by the 1,024th fork in a row.)
    std::uint32_t value;

    // Safe from any thread. Keeps errno.
    [[nodiscard]] static process_mark of_this_process() noexcept;
};

}  // namespace v0
}  // namespace wspc
