// SPDX-License-Identifier: Apache-2.0
// How a target says that something is not as it must be: it tells why, and ends the program, which is what
// a fuzzer takes for a finding and ctest for a failure.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <wspc/error.hpp>

namespace wspc::fuzz {

[[noreturn]] inline void finding(const std::string& what) {
    std::fprintf(stderr, "finding: %s\n", what.c_str());
    std::fflush(stderr);
    std::abort();
}

inline void expect(bool holds, const char* what) {
    if (!holds) finding(what);
}

// An error says what is wrong in at most 120 octets of ASCII, each in words of its own (error.hpp).
inline void expect_words(error code) {
    if (code == error::none) return;
    const std::string_view words = text(code);
    constexpr auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    expect(!words.empty() && words.size() <= 120 && std::all_of(words.begin(), words.end(), is_plain),
           "an error without words");
    expect(words != text(error::none) && words != text(static_cast<error>(255)), "an error that is unknown");
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
