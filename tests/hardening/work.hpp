// SPDX-License-Identifier: Apache-2.0
// What something cost: work counted instead of timed, and memory asked for. The library's sources are
// compiled so that each stretch of code between two branches reports itself when it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace wspc::test {

// Stretches of the library's code that have run, and octets that libc copied, set or looked at / 16.
[[nodiscard]] std::uint64_t steps_so_far() noexcept;

struct cost {
    std::uint64_t octets = 0;  // that the peer sent
    std::uint64_t steps = 0;
    std::uint64_t memory = 0;  // bytes asked for in all, so never less than what was held
};

// An attack of about this many octets, under the counters.
using attacker = std::function<cost(std::size_t octets)>;

struct bound {
    double steps_per_octet;
    std::uint64_t memory;         // whatever is sent, and
    double memory_per_octet = 0;  // of what is sent
};

// Runs it with `octets` and with four times as many: the work grows no faster, and neither passes the bound.
// Prints a row of the table of costs.
void expect_cost(const std::string& name, const attacker& run, std::size_t octets, const bound& most);

// Counts what `work` does; it gives the octets that it was sent.
template <class Work>
cost cost_of(Work&& work);

}  // namespace wspc::test

#include "engine/counted_allocations.hpp"

template <class Work>
wspc::test::cost wspc::test::cost_of(Work&& work) {
    const std::uint64_t steps = steps_so_far();
    const std::uint64_t memory = allocated_bytes();
    cost made;
    made.octets = work();
    made.steps = steps_so_far() - steps;
    made.memory = allocated_bytes() - memory;
    return made;
}
