// SPDX-License-Identifier: Apache-2.0
// How a target says that something is not as it must be: it tells why, and ends the program, which is what
// a fuzzer takes for a finding and ctest for a failure.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace wspc::fuzz {

[[noreturn]] inline void finding(const std::string& what) {
    std::fprintf(stderr, "finding: %s\n", what.c_str());
    std::fflush(stderr);
    std::abort();
}

inline void expect(bool holds, const char* what) {
    if (!holds) finding(what);
}

// A limit for loops that must end by themselves: each round moves on or says what it needs.
class step_limit {
public:
    explicit step_limit(std::size_t steps) : left_{steps} {}
    void step() {
        if (left_-- == 0) finding("a loop without progress");
    }

private:
    std::size_t left_;
};

}  // namespace wspc::fuzz
