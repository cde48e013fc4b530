// SPDX-License-Identifier: Apache-2.0
// Lets a target choose for each input which kernel the codec uses: whatever this machine can run.
#pragma once

#include <atomic>
#include <string_view>
#include <vector>

#include <wspc/cpu.hpp>

#include "input.hpp"
#include "kernels/dispatch.hpp"

namespace wspc::fuzz {

struct named_kernel {
    std::string_view name;
    const kernels::table* functions;
};

// All that this machine can run, the reference first.
inline const std::vector<named_kernel>& supported_kernels() {
    static const std::vector<named_kernel> list = [] {
        std::vector<named_kernel> made;
        for (const kernel_info& kernel : all_kernels())
            if (kernel.supported) made.push_back({kernel.name, kernels::find(kernel.name)});
        return made;
    }();
    return list;
}

// The choice at run time must have been made before, or it would undo this one.
inline void use_one_of_the_kernels(input& choices) {
    const std::vector<named_kernel>& all = supported_kernels();
    static_cast<void>(active_kernel());
    // The best one when nothing is left to choose by. One octet on every machine, however many it can run: an
    // input must mean the same everywhere.
    const std::size_t back = choices.octet() % all.size();
    kernels::active_table.store(all[all.size() - 1 - back].functions, std::memory_order_relaxed);
}

}  // namespace wspc::fuzz
