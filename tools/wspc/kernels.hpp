// SPDX-License-Identifier: Apache-2.0
// `wspc kernels`: which kernels were compiled, which this machine supports, and which was chosen.
#pragma once

#include <string>

namespace tool {

// Prints the table, each line behind `indent`. False if WSPC_KERNEL asks for one that cannot run.
bool print_kernels(const std::string& indent = "");

}  // namespace tool
