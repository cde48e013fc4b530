// SPDX-License-Identifier: Apache-2.0
#include "work.hpp"

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/message_reader.hpp>

#include "support/scale.hpp"

namespace {

std::uint64_t steps = 0;

// A copy of a few octets is one step, and a long one as many as it has words. So is a search.
void count_octets(std::size_t size) { steps += 1 + size / 16; }

}  // namespace

// The compiler calls the first one where it has been told to, and the linker sends the others by here.
extern "C" {
void __sanitizer_cov_trace_pc();                                     // NOLINT: the compiler's name
void* __real_memcpy(void* to, const void* from, std::size_t size);   // NOLINT: the linker's names
void* __real_memmove(void* to, const void* from, std::size_t size);  // NOLINT
void* __real_memset(void* to, int octet, std::size_t size);          // NOLINT
void* __real_memchr(const void* from, int octet, std::size_t size);  // NOLINT
int __real_memcmp(const void* a, const void* b, std::size_t size);   // NOLINT

void __sanitizer_cov_trace_pc() { ++steps; }                         // NOLINT
void* __wrap_memcpy(void* to, const void* from, std::size_t size) {  // NOLINT
    count_octets(size);
    return __real_memcpy(to, from, size);
}
void* __wrap_memmove(void* to, const void* from, std::size_t size) {  // NOLINT
    count_octets(size);
    return __real_memmove(to, from, size);
}
void* __wrap_memset(void* to, int octet, std::size_t size) {  // NOLINT
    count_octets(size);
    return __real_memset(to, octet, size);
}
void* __wrap_memchr(const void* from, int octet, std::size_t size) {  // NOLINT
    void* const found = __real_memchr(from, octet, size);
    const auto* const end = static_cast<const char*>(found);
    count_octets(found == nullptr ? size : static_cast<std::size_t>(end - static_cast<const char*>(from)));
    return found;
}
int __wrap_memcmp(const void* a, const void* b, std::size_t size) {  // NOLINT
    count_octets(size);
    return __real_memcmp(a, b, size);
}
}

namespace wspc::test {
namespace {

double per_octet(std::uint64_t count, const cost& of) {
    return static_cast<double>(count) / static_cast<double>(of.octets);
}

}  // namespace

std::uint64_t steps_so_far() noexcept { return steps; }

void expect_cost(const std::string& name, const attacker& run, std::size_t octets, const bound& most) {
    octets = scaled(octets, octets / 3, octets / 8);
    const cost once = run(octets);
    const cost more = run(4 * octets);
    ASSERT_GT(once.octets, octets / 2) << name;
    ASSERT_GT(more.octets, 2 * octets) << name;
    EXPECT_GT(once.steps, 0u) << name;
    for (const cost& c : {once, more}) {
        EXPECT_LE(per_octet(c.steps, c), most.steps_per_octet) << name << ", of " << c.octets << " octets";
        EXPECT_LE(static_cast<double>(c.memory),
                  static_cast<double>(most.memory) + most.memory_per_octet * static_cast<double>(c.octets))
            << name << ", of " << c.octets << " octets";
    }
    // The same work for each octet, whatever came before: a twentieth for what is done once.
    EXPECT_LE(per_octet(more.steps, more), 1.05 * per_octet(once.steps, once)) << name;
    std::printf("| %s | %llu | %llu | %.1f | %.0f |\n", name.c_str(),
                static_cast<unsigned long long>(more.octets), static_cast<unsigned long long>(more.memory),
                per_octet(more.steps, more), most.steps_per_octet);
}

// What is counted, and what would not be noticed.
TEST(work, is_counted_in_the_library) {
    std::byte frame[] = {std::byte{0x81}, std::byte{0x01}, std::byte{'a'}};
    const cost one = cost_of([&] {
        message_reader reader{role::client};
        EXPECT_EQ(reader.receive_one(frame).consumed, 3u);
        return sizeof frame;
    });
    EXPECT_GT(one.steps, 3u);
    EXPECT_LT(one.steps, 300u);
    EXPECT_EQ(one.memory, 0u);
}

// AddressSanitizer by clang calls functions of its own instead of those that copy and set.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WSPC_COPIES_ARE_NOT_COUNTED
#endif
#endif
#if defined(WSPC_COPIES_ARE_NOT_COUNTED)
constexpr bool copies_are_counted = false;
#else
constexpr bool copies_are_counted = true;
#endif

// What libc does for the library, by as many octets as it looks at or copies.
TEST(work, of_copies_and_searches_grows_with_their_octets) {
    using call = void (*)(char* to, char* from, std::size_t size);
    std::vector<call> calls = {
        [](char* to, char* from, std::size_t size) { to[0] = std::memchr(from, 2, size) == nullptr; },
        // Its sign, since what is compared for equality only may be bcmp()'s.
        [](char* to, char* from, std::size_t size) { to[0] = std::memcmp(to, from, size) < 0; }};
    if (copies_are_counted)
        calls.insert(calls.end(),
                     {[](char* to, char* from, std::size_t size) { std::memcpy(to, from, size); },
                      [](char* to, char* from, std::size_t size) { std::memmove(to, from, size); },
                      [](char* to, char*, std::size_t size) { std::memset(to, 1, size); }});
    static char to[4096], from[4096];
    // Of a size that is known beforehand, the compiler would do it by itself: so it is volatile.
    for (const call& c : calls)
        for (volatile std::size_t size : {0u, 160u, 4096u}) {
            const std::uint64_t before = steps_so_far();
            c(to, from, size);
            EXPECT_EQ(steps_so_far() - before, 1 + size / 16) << &c - calls.data();
        }
    from[1600] = 2;
    volatile std::size_t all = sizeof from;
    const std::uint64_t before = steps_so_far();
    EXPECT_NE(std::memchr(from, 2, all), nullptr);
    EXPECT_EQ(steps_so_far() - before, 101u);
}

// Each octet looks again at all before it: the growth is seen.
TEST(work, that_grows_faster_than_what_is_sent_is_noticed) {
    const attacker quadratic = [](std::size_t octets) {
        static std::byte text[4000];
        return cost_of([&] {
            for (std::size_t size = 1; size <= octets; ++size)
                EXPECT_TRUE(is_utf8(std::span{text}.first(size)));
            return octets;
        });
    };
    const cost once = quadratic(500), more = quadratic(2000);
    EXPECT_GT(per_octet(more.steps, more), 1.05 * per_octet(once.steps, once));
}

}  // namespace wspc::test
