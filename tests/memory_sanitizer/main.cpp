// SPDX-License-Identifier: Apache-2.0
// Runs the driver that is named, with the kernel that is named (see tests/main.cpp). `planted` shows that an
// octet that nobody wrote is found: it never returns.
#include <cstring>

#include <wspc/cpu.hpp>
#include <wspc/mask.hpp>

#include "checks.hpp"

namespace wspc::test {
namespace {

// One unknown octet of 300, masked by a kernel: the one in its place must be unknown, and no other.
void plant() {
    const unknown_memory from{300}, to{300};
    for (std::byte& b : from.all()) b = std::byte{'x'};
    forget(from.all().subspan(250, 1));
    mask_copy(to.all().data(), from.all(), {});
    require(__msan_test_shadow(to.all().data(), 300) == 250, "the unknown octet is where it was");
    must_be_known(to.all().first(250));
    must_be_known(to.all().subspan(251));
    must_be_known(to.all());
}

struct driver {
    const char* name;
    void (*run)();
};
constexpr driver drivers[] = {{"codec", drive_codec},         {"connection", drive_connection},
                              {"session", drive_session},     {"handshake", drive_handshake},
                              {"websocket", drive_websocket}, {"planted", plant}};

}  // namespace
}  // namespace wspc::test

int main(int count, char** arguments) {
    const wspc::kernel_report kernel = wspc::active_kernel();
    if (kernel.request == wspc::kernel_request::unsupported) return 77;
    wspc::test::require(kernel.request == wspc::kernel_request::ok, "the kernel is named and known");
    for (const wspc::test::driver& d : wspc::test::drivers) {
        if (count != 2 || std::strcmp(arguments[1], d.name) != 0) continue;
        d.run();
        std::puts("all known");
        return 0;
    }
    std::fputs("name one driver\n", stderr);
    return 1;
}
