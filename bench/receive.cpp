// SPDX-License-Identifier: Apache-2.0
// Receiving, R1 to R5 and R11: wspc as a server against Beast, wslay and the limit. One iteration is
// one stream; compare contenders of one run only. Try --benchmark_enable_random_interleaving=true
// --benchmark_repetitions=9, and WSPC_KERNEL=avx2 for another kernel.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <wspc/cpu.hpp>
#include <wspc/message_reader.hpp>

#include "peers/peers.hpp"
#include "streams.hpp"

namespace wspc::bench {
namespace {

class wspc_reader final : public contender {
public:
    tally receive(source from) override {
        tally done;
        message_reader reader{role::server};
        for (auto piece = from.next(sizeof buffer_); !piece.empty(); piece = from.next(sizeof buffer_)) {
            std::memcpy(buffer_, piece.data(), piece.size());
            std::span<std::byte> bytes{buffer_, piece.size()};
            while (!bytes.empty()) {
                const received got = reader.receive(bytes, batch_);
                for (const event& e : got.events) done.add(e.bytes.data(), e.bytes.size(), e.last);
                bytes = bytes.subspan(got.consumed);
            }
        }
        return done;
    }

private:
    batch<16> batch_;
    alignas(64) std::byte buffer_[chunk_size];
};

using make = std::unique_ptr<contender> (*)();

struct entry {
    const char* name;
    make made;
    bool parses;
};

constexpr entry contenders[] = {
    {"blob", make_blob, false},
    {"wspc", []() -> std::unique_ptr<contender> { return std::make_unique<wspc_reader>(); }, true},
    {"beast", make_beast, true},
    {"wslay", make_wslay, true},
};

source open(const stream& from, bool per_frame) {
    return per_frame ? source{from.bytes, from.frame_ends} : source{from.bytes, chunk_size};
}

// Reads the stream and gives the octets of all its messages.
std::vector<std::byte> read_all(contender& subject, source from, tally& done) {
    std::vector<std::byte> payloads;
    kept = &payloads;
    done = subject.receive(from);
    kept = nullptr;
    return payloads;
}

// Whoever delivers something else than Beast does has not done the work.
bool delivers(contender& subject, const std::vector<stream>& streams, bool per_frame) {
    const auto peer = make_beast();
    for (const stream& s : streams) {
        tally got;
        tally wanted;
        if (read_all(subject, open(s, per_frame), got) != read_all(*peer, open(s, per_frame), wanted))
            return false;
        if (got.messages != s.frame_ends.size()) return false;
    }
    return true;
}

void run(benchmark::State& state, const workload& of, const entry& who, bool per_frame) {
    const std::vector<stream>& all = streams(of);
    const auto subject = who.made();
    if (who.parses && !delivers(*subject, all, per_frame)) {
        state.SkipWithError("does not deliver the messages of the stream");
        return;
    }
    std::size_t next = 0;
    double frames = 0;
    double bytes = 0;
    for (auto _ : state) {
        const stream& s = all[next];
        next = (next + 1) % all.size();
        tally got = subject->receive(open(s, per_frame));
        benchmark::DoNotOptimize(got);
        frames += static_cast<double>(s.frame_ends.size());
        bytes += static_cast<double>(s.bytes.size());
    }
    state.counters["per_frame"] =
        benchmark::Counter(frames, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["bytes"] = benchmark::Counter(bytes, benchmark::Counter::kIsRate);
}

void add(const workload& of, const std::string& name, bool per_frame) {
    for (const entry& who : contenders)
        benchmark::RegisterBenchmark(
            (name + "/" + who.name).c_str(),
            [&of, &who, per_frame](benchmark::State& s) { run(s, of, who, per_frame); });
}

constexpr workload one_per_call[] = {
    {"R11/binary/0..125", false, 0, 125},
    {"R11/ascii/0..125", true, 0, 125},
    {"R11/binary/16", false, 16, 16},
    {"R11/ascii/16", true, 16, 16},
};

}  // namespace
}  // namespace wspc::bench

int main(int argc, char** argv) {
    using namespace wspc::bench;
    benchmark::Initialize(&argc, argv);
    const wspc::kernel_report kernel = wspc::active_kernel();
    if (kernel.request == wspc::kernel_request::unknown ||
        kernel.request == wspc::kernel_request::unsupported) {
        std::fprintf(stderr, "WSPC_KERNEL: no such kernel here\n");
        return 1;
    }
    benchmark::AddCustomContext("wspc kernel", std::string{kernel.active});
    benchmark::AddCustomContext("compiler", __VERSION__);
    for (const workload& w : workloads) add(w, std::string{w.name}, false);
    for (const workload& w : one_per_call) add(w, std::string{w.name}, true);
    benchmark::RunSpecifiedBenchmarks();
}
