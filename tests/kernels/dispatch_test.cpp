// SPDX-License-Identifier: Apache-2.0
// The choice of the kernel: what was asked for is what runs, and otherwise the best one there is.
#include <cstdlib>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include <wspc/cpu.hpp>

#include "subjects.hpp"

namespace wspc::test {
namespace {

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

TEST(dispatch, this_build_holds_exactly_the_kernels_that_it_is_said_to_hold) {
    std::string names;
    for (const kernel_info& kernel : all_kernels()) {
        names += names.empty() ? "" : " ";
        names += kernel.name;
        EXPECT_FALSE(kernel.description.empty()) << kernel.name;
        EXPECT_NE(kernels::find(kernel.name), nullptr) << kernel.name;
    }
    EXPECT_EQ(names, WSPC_TEST_KERNELS);
    EXPECT_EQ(kernels::find("no such kernel"), nullptr);
    EXPECT_EQ(kernels::find(""), nullptr);
}

TEST(dispatch, every_machine_runs_the_scalar_kernel) {
    EXPECT_EQ(all_kernels().front().name, "scalar");
    EXPECT_TRUE(all_kernels().front().supported);
}

TEST(dispatch, the_kernel_that_was_asked_for_is_the_one_that_runs) {
    const std::string wanted = environment("WSPC_KERNEL");
    const kernel_report report = active_kernel();
    EXPECT_EQ(report.requested, wanted);
    EXPECT_EQ(&kernels::active(), kernels::find(report.active));
    if (!wanted.empty()) {
        EXPECT_EQ(report.request, kernel_request::ok);
        EXPECT_EQ(report.active, wanted);
        return;
    }
    EXPECT_EQ(report.request, kernel_request::none);
    std::string_view best;
    for (const kernel_info& kernel : all_kernels()) {
        if (kernel.supported) best = kernel.name;
    }
    EXPECT_EQ(report.active, best);
}

// Emulated machines say here what they must choose.
TEST(dispatch, the_machine_chooses_the_kernel_that_it_is_known_to_support) {
    const std::string expected = environment("WSPC_EXPECT_KERNEL");
    if (expected.empty()) {
        EXPECT_FALSE(active_kernel().active.empty());
    } else {
        EXPECT_EQ(active_kernel().active, expected);
    }
}

TEST(dispatch, every_kernel_has_functions_of_its_own) {
    std::set<const void*> seen;
    std::size_t count = 0;
    const auto note = [&](auto* function) {
        ASSERT_NE(function, nullptr);
        seen.insert(reinterpret_cast<const void*>(function));
        ++count;
    };
    for (const kernel_info& info : all_kernels()) {
        const kernels::table& kernel = *kernels::find(info.name);
        note(kernel.mask);
        note(kernel.mask_copy);
        note(kernel.utf8);
        note(kernel.mask_utf8);
        note(kernel.mask_copy_utf8);
        note(kernel.unmask_short);
        for (const auto& by_masking : kernel.whole) {
            for (const auto whole : by_masking) note(whole);
        }
        for (const auto& by_masking : kernel.run) {
            for (const auto run : by_masking) note(run);
        }
    }
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(count, 14 * all_kernels().size());
}

}  // namespace
}  // namespace wspc::test
