// SPDX-License-Identifier: Apache-2.0
// The model behind the UTF-8 tests.
#include "utf8_model.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace wspc::test {
namespace {

// Octets of a character that begins with `lead`; 0 if none does.
std::size_t length_by_lead(unsigned lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xC0) return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
}

// Whether any code point from `low` to `high` is one that `length` octets may encode.
bool any_allowed(std::uint32_t low, std::uint32_t high, std::size_t length) {
    constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (high < smallest[length] || low > 0x10FFFF) return false;
    return low < 0xD800 || high > 0xDFFF;
}

// Whether some character begins with these octets, by filling in the smallest and largest rest.
bool can_begin(std::span<const std::byte> octets) {
    const auto lead = static_cast<unsigned>(octets[0]);
    const std::size_t length = length_by_lead(lead);
    if (length == 0) return false;
    std::uint32_t low = length == 1 ? lead : lead & (0x7Fu >> length);
    std::uint32_t high = low;
    for (std::size_t i = 1; i < length; ++i) {
        std::uint32_t least = 0x00, most = 0x3F;
        if (i < octets.size()) {
            const auto octet = static_cast<unsigned>(octets[i]);
            if ((octet & 0xC0) != 0x80) return false;
            least = most = octet & 0x3F;
        }
        low = low << 6 | least;
        high = high << 6 | most;
    }
    return any_allowed(low, high, length);
}

utf8_state state_of_open(std::span<const std::byte> octets) {
    const auto lead = static_cast<unsigned>(octets[0]);
    const std::size_t lacking = length_by_lead(lead) - octets.size();
    if (octets.size() == 1) {
        if (lead == 0xE0) return utf8_state::after_e0;
        if (lead == 0xED) return utf8_state::after_ed;
        if (lead == 0xF0) return utf8_state::after_f0;
        if (lead == 0xF4) return utf8_state::after_f4;
    }
    return lacking == 1 ? utf8_state::one_more : lacking == 2 ? utf8_state::two_more : utf8_state::three_more;
}

}  // namespace

std::span<const std::byte> prefix_of(utf8_state state) {
    static constexpr std::array<std::byte, 8> leads{std::byte{0xC2}, std::byte{0xE1}, std::byte{0xF1},
                                                    std::byte{0xE0}, std::byte{0xED}, std::byte{0xF0},
                                                    std::byte{0xF4}, std::byte{0x00}};
    if (state == utf8_state::accept || state == utf8_state::reject) return {};
    return std::span{leads}.subspan(static_cast<std::size_t>(state) - 1, 1);
}

utf8_state model_utf8(std::span<const std::byte> text, utf8_state before) {
    if (before == utf8_state::reject) return before;
    const auto prefix = prefix_of(before);
    std::vector<std::byte> open(prefix.begin(), prefix.end());
    for (const std::byte octet : text) {
        open.push_back(octet);
        if (!can_begin(open)) return utf8_state::reject;
        if (open.size() == length_by_lead(static_cast<unsigned>(open[0]))) open.clear();
    }
    return open.empty() ? utf8_state::accept : state_of_open(open);
}

}  // namespace wspc::test
