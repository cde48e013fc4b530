// SPDX-License-Identifier: Apache-2.0
#include "kernels.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include <wspc/cpu.hpp>

namespace tool {
namespace {

// All that wspc has; a build holds those of its architecture.
constexpr std::array<std::string_view, 6> known{"scalar", "sse4_2", "avx2", "avx512", "avx512_vbmi", "neon"};

std::string_view yes(bool is) { return is ? "yes" : "-"; }

}  // namespace

bool print_kernels(const std::string& indent) {
    const wspc::kernel_report report = wspc::active_kernel();
    const std::span<const wspc::kernel_info> compiled = wspc::all_kernels();
    fmt::print("{}{:<12} {:<9} {:<10} {:<7} {}\n", indent, "kernel", "compiled", "supported", "chosen",
               "needs");
    for (const std::string_view name : known) {
        const auto found = std::find_if(compiled.begin(), compiled.end(),
                                        [&](const wspc::kernel_info& each) { return each.name == name; });
        const bool here = found != compiled.end();
        fmt::print("{}{:<12} {:<9} {:<10} {:<7} {}\n", indent, name, yes(here), yes(here && found->supported),
                   yes(name == report.active),
                   here ? found->description : "another architecture, or not in this build");
    }
    switch (report.request) {
        case wspc::kernel_request::none: return true;
        case wspc::kernel_request::ok:
            fmt::print("{}WSPC_KERNEL={} was obeyed\n", indent, report.requested);
            return true;
        case wspc::kernel_request::unknown:
            fmt::print("{}WSPC_KERNEL={}: this build has no kernel of that name\n", indent, report.requested);
            return false;
        case wspc::kernel_request::unsupported:
            fmt::print("{}WSPC_KERNEL={}: this machine cannot run that kernel\n", indent, report.requested);
            return false;
    }
    return false;
}

}  // namespace tool
