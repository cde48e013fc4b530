// SPDX-License-Identifier: Apache-2.0
// The main of every test program: makes sure that the kernel that was asked for is the one that runs.
#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>

#include <wspc/cpu.hpp>

int main(int argc, char** argv) {
    testing::InitGoogleMock(&argc, argv);
    const wspc::kernel_report report = wspc::active_kernel();
    switch (report.request) {
        case wspc::kernel_request::unknown:
            std::fprintf(stderr, "WSPC_KERNEL: this build has no kernel of that name\n");
            return 1;
        case wspc::kernel_request::unsupported:
            std::fprintf(stderr, "WSPC_KERNEL: this machine cannot run that kernel\n");
            return 77;
        case wspc::kernel_request::ok:
            if (report.active != report.requested) return 1;
            break;
        case wspc::kernel_request::none:
            if (std::getenv("WSPC_KERNEL") != nullptr) {
                std::fprintf(stderr, "WSPC_KERNEL: this build ignores it (WSPC_KERNEL_OVERRIDE is off)\n");
                return 1;
            }
            break;
    }
    std::printf("kernel: %.*s\n", static_cast<int>(report.active.size()), report.active.data());
    const int result = RUN_ALL_TESTS();
    if (testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
        std::fprintf(stderr, "no test ran\n");
        return 1;
    }
    return result;
}
