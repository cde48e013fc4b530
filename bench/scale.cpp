// SPDX-License-Identifier: Apache-2.0
// Scale, S8: up to a million connections in one process. What each takes, and what a message costs when it
// comes to any of them: one iteration visits all, in an order that no prefetcher knows, with a ping of 16
// octets for each and a pong from each.
#include <benchmark/benchmark.h>

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <new>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <wspc/connection.hpp>

#include "program.hpp"

namespace {

// Bytes that operator new has handed out, as large as malloc made them.
std::size_t allocated = 0;

}  // namespace

// None of these is inlined: the compiler would see one of malloc() and free() alone, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
    void* const made = std::malloc(size);
    if (made == nullptr) std::abort();
    allocated += malloc_usable_size(made);
    return made;
}
[[gnu::noinline]] void operator delete(void* made) noexcept {
    if (made == nullptr) return;
    allocated -= malloc_usable_size(made);
    std::free(made);
}
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept { operator delete(made); }

namespace wspc::bench {
namespace {

// Memory of this process that lies in RAM.
std::size_t resident() {
    std::ifstream statm{"/proc/self/statm"};
    std::size_t all = 0;
    std::size_t in_ram = 0;
    statm >> all >> in_ram;
    return in_ram * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

struct ping {
    std::array<std::byte, 22> bytes{};

    ping() {
        const frame_header header{.length = 16, .op = opcode::ping, .masked = true};
        (void)encode_header(bytes.data(), header);
    }
};

// Whether the connection took the ping and answered it.
bool answers(connection& server, const ping& sent, const batch_memory& room) {
    std::array<std::byte, sizeof sent.bytes> in = sent.bytes;
    std::array<std::byte, connection::max_pending_size> out;
    const received got = server.receive(in, room);
    const write_result pong = server.write_pending(out);
    benchmark::DoNotOptimize(out);
    return got.consumed == in.size() && pong == 2u + 16u;
}

void hold(benchmark::State& state, std::size_t count) {
    const std::size_t resident_before = resident();
    const std::size_t allocated_before = allocated;
    std::vector<connection> connections;
    connections.reserve(count);
    while (connections.size() < count) connections.emplace_back(role::server);

    const ping sent;
    batch<16> room;
    // Whatever a connection takes for itself, it has taken once it has been used.
    bool good = true;
    for (connection& each : connections) good = answers(each, sent, room) && good;
    const auto per_connection = [count](std::size_t after, std::size_t before) {
        return static_cast<double>(after - before) / static_cast<double>(count);
    };
    const double retained = per_connection(allocated, allocated_before);
    const double in_ram = per_connection(resident(), resident_before);
    state.counters["sizeof"] = sizeof(connection);
    state.counters["retained"] = retained;
    state.counters["rss"] = in_ram;

    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    std::shuffle(order.begin(), order.end(), std::mt19937{8});
    // So that a count of one can be timed, too.
    const std::size_t rounds = std::max<std::size_t>(1, 1000 / count);
    for (auto _ : state)
        for (std::size_t round = 0; round < rounds; ++round)
            for (const std::uint32_t i : order) good = answers(connections[i], sent, room) && good;
    if (!good) state.SkipWithError("a ping has no answer");
    count_each(state, "per_message", static_cast<double>(state.iterations() * rounds * count));
}

void register_all() {
    for (const std::size_t count : {1u, 1'000u, 100'000u, 1'000'000u})
        benchmark::RegisterBenchmark(("S8/connections/" + std::to_string(count) + "/connection").c_str(),
                                     [count](benchmark::State& state) { hold(state, count); });
}

}  // namespace
}  // namespace wspc::bench

int main(int argc, char** argv) {
    // What is given back goes back to the system, so that each repetition sees its pages come.
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
    return wspc::bench::run_program(argc, argv, wspc::bench::register_all);
}
