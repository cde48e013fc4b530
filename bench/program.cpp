// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <wspc/cpu.hpp>

namespace wspc::bench {
namespace {

// Takes `--rounds=N` out of the arguments, which Google Benchmark does not know. 1 without it; 0 if it is
// none.
int take_rounds(int& argc, char** argv) {
    constexpr const char* flag = "--rounds=";
    for (int i = 1; i < argc; ++i) {
        if (std::strncmp(argv[i], flag, std::strlen(flag)) != 0) continue;
        const char* const digits = argv[i] + std::strlen(flag);
        const char* const end = digits + std::strlen(digits);
        int rounds = 0;
        if (std::from_chars(digits, end, rounds).ptr != end) rounds = 0;
        for (int next = i; next < argc; ++next) argv[next] = argv[next + 1];  // the null behind them, too
        --argc;
        return rounds > 0 && rounds <= 1000 ? rounds : 0;
    }
    return 1;
}

// One report of several rounds.
class one_report final : public benchmark::BenchmarkReporter {
public:
    one_report() : all_{benchmark::CreateDefaultDisplayReporter()} {}
    bool ReportContext(const Context& context) override {
        if (began_) return true;
        began_ = true;
        return all_->ReportContext(context);
    }
    void ReportRuns(const std::vector<Run>& runs) override { all_->ReportRuns(runs); }
    void end() {
        if (began_) all_->Finalize();
    }

private:
    std::unique_ptr<BenchmarkReporter> all_;
    bool began_ = false;
};

}  // namespace

int run_program(int argc, char** argv, void (*add)()) {
    const int rounds = take_rounds(argc, argv);
    if (rounds == 0) {
        std::fprintf(stderr, "--rounds takes a number from 1 to 1000\n");
        return 1;
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    const kernel_report kernel = active_kernel();
    if (kernel.request == kernel_request::unknown || kernel.request == kernel_request::unsupported) {
        std::fprintf(stderr, "WSPC_KERNEL: no such kernel here\n");
        return 1;
    }
    benchmark::AddCustomContext("wspc kernel", std::string{kernel.active});
    benchmark::AddCustomContext("compiler", __VERSION__);
    add();
    one_report report;
    for (int round = 0; round < rounds; ++round) benchmark::RunSpecifiedBenchmarks(&report);
    report.end();
    return 0;
}

}  // namespace wspc::bench
