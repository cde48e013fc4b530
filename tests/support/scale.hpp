// SPDX-License-Identifier: Apache-2.0
// How much a test repeats, from the environment variable WSPC_TEST_SCALE: "full" (or unset) on a
// machine at full speed, "sanitizer" in instrumented builds, "emulated" under an emulator.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace wspc::test {

enum class scale { full, sanitizer, emulated };

// A value that is misspelt ends the program: a run at the wrong scale would pass for the right one.
[[nodiscard]] inline scale test_scale() {
    const char* const set = std::getenv("WSPC_TEST_SCALE");
    const std::string_view name = set == nullptr ? "full" : set;
    if (name == "full" || name.empty()) return scale::full;
    if (name == "sanitizer") return scale::sanitizer;
    if (name == "emulated") return scale::emulated;
    std::abort();
}

// The count that belongs to the scale.
[[nodiscard]] inline std::size_t scaled(std::size_t full, std::size_t sanitizer, std::size_t emulated) {
    switch (test_scale()) {
        case scale::full: return full;
        case scale::sanitizer: return sanitizer;
        case scale::emulated: return emulated;
    }
    return full;
}

// The usual proportions: an instrumented build does a sixth, an emulated machine a twentieth.
[[nodiscard]] inline std::size_t scaled(std::size_t full) {
    return scaled(full, full / 6 + 1, full / 20 + 1);
}

}  // namespace wspc::test
