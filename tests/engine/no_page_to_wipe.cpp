// SPDX-License-Identifier: Apache-2.0
// Linked into a program, this leaves masking_keys without a page that the kernel wipes on fork, so that the
// process id has to do: when it asks for one, before main, there is no memory to be had.
#include <cerrno>
#include <cstdlib>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "process_mark.hpp"

namespace wspc::test {
namespace {

process_mark without_memory() {
    rlimit usual{};
    if (getrlimit(RLIMIT_AS, &usual) != 0) std::abort();
    const rlimit none{0, usual.rlim_max};
    if (setrlimit(RLIMIT_AS, &none) != 0) std::abort();
    errno = 12345;
    const process_mark mark = process_mark::of_this_process();
    if (errno != 12345) std::abort();
    if (setrlimit(RLIMIT_AS, &usual) != 0) std::abort();
    return mark;
}

const process_mark first = without_memory();

TEST(process_mark, is_the_process_id_where_no_page_is_wiped) {
    EXPECT_EQ(first.value, static_cast<std::uint32_t>(getpid()));
    const process_mark now = process_mark::of_this_process();
    EXPECT_EQ(now.value, first.value);
    // Which the cell never holds: one has to ask each time.
    EXPECT_NE(now.cell->load(), now.value);
}

}  // namespace
}  // namespace wspc::test
