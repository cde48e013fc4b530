// SPDX-License-Identifier: Apache-2.0
#include "program.hpp"

#include <cstdio>
#include <string>

#include <wspc/cpu.hpp>

namespace wspc::bench {

int run_program(int argc, char** argv, void (*add)()) {
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
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

}  // namespace wspc::bench
