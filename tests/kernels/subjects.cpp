// SPDX-License-Identifier: Apache-2.0
// Input and choice of kernels for the kernel tests.
#include "subjects.hpp"

#include <cstring>

#include <wspc/cpu.hpp>

#include "support/scale.hpp"

namespace wspc::test {

const std::vector<subject>& subjects() {
    static const std::vector<subject> list = [] {
        std::vector<subject> made;
#if defined(WSPC_TEST_ALL_KERNELS)
        for (const kernel_info& kernel : all_kernels()) {
            if (kernel.supported) made.push_back({kernel.name, kernels::find(kernel.name)});
        }
#else
        made.push_back({active_kernel().active, &kernels::active()});
#endif
        return made;
    }();
    return list;
}

const kernels::table& scalar() { return *kernels::find("scalar"); }

std::size_t stride() { return scaled(1, 7, 29); }

std::vector<std::size_t> lengths() {
    std::vector<std::size_t> list;
    for (std::size_t size = 0; size <= 300; ++size) list.push_back(size);
    for (std::size_t size = 4096 - 20; size <= 4096 + 20; ++size) list.push_back(size);
    return list;
}

bytes mixed_text(random_source& random, std::size_t size) {
    static constexpr std::string_view characters[] = {
        "\xC2\x80",         "\xDF\xBF",         "\xE0\xA0\x80",    "\xED\x9F\xBF",
        "\xEE\x80\x80",     "\xE4\xB8\xAD",     "\xEF\xBF\xBF",    "\xF0\x90\x80\x80",
        "\xF0\x9F\x98\x80", "\xF3\xA0\x81\x81", "\xF4\x8F\xBF\xBF"};
    bytes made;
    while (made.size() < size) {
        if (random.below(4) == 0) {
            // Long enough, now and then, for whole blocks of ASCII.
            const std::size_t limit = random.below(8) == 0 ? 200 : 6;
            for (std::size_t run = random.below(limit); run != 0 && made.size() < size; --run) {
                made.push_back(static_cast<std::byte>(random.below(0x80)));
            }
            continue;
        }
        const std::string_view character = characters[random.below(std::size(characters))];
        if (character.size() > size - made.size()) {
            made.push_back(std::byte{'a'});
            continue;
        }
        for (const char octet : character) made.push_back(static_cast<std::byte>(octet));
    }
    return made;
}

std::uint32_t load_key(const masking_key& key) {
    std::uint32_t value;
    std::memcpy(&value, key.data(), sizeof(value));
    return value;
}

}  // namespace wspc::test
