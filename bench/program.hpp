// SPDX-License-Identifier: Apache-2.0
// What all programs of benchmarks have in common. Names are `row/workload.../contender`, the rows those of
// the table in README.md; each benchmark has one counter per_..., the seconds of one unit.
#pragma once

#include <benchmark/benchmark.h>

namespace wspc::bench {

// main() of each: says which kernel and which compiler, lets `add` register the benchmarks, and runs
// those that the arguments ask for. 1 if WSPC_KERNEL names none that works here. With `--rounds=N`, runs all
// of them N times, so that the samples of one round lie beside each other in time.
[[nodiscard]] int run_program(int argc, char** argv, void (*add)());

// The time of each of `units`, all that the benchmark went through; `name` begins with per_.
inline void count_each(benchmark::State& state, const char* name, double units) {
    state.counters[name] =
        benchmark::Counter(units, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

inline void count_bytes(benchmark::State& state, double bytes) {
    state.counters["bytes"] = benchmark::Counter(bytes, benchmark::Counter::kIsRate);
}

}  // namespace wspc::bench
