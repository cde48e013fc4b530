// SPDX-License-Identifier: Apache-2.0
// What the targets share that join two ends: masking keys that are the same in every run, and whether what
// was heard is the front of what was told.
#pragma once

#include <algorithm>
#include <cstring>
#include <set>

#include <wspc/frame.hpp>
#include <wspc/masking_keys.hpp>

#include "finding.hpp"
#include "support/event_log.hpp"
#include "support/reference_frames.hpp"

namespace wspc::fuzz {

using test::operator+=;

// Keys that count up: none comes twice.
class counted_keys {
public:
    [[nodiscard]] random_source get() { return {this, fill}; }

private:
    static bool fill(void* context, std::span<std::byte> to) noexcept {
        auto& next = static_cast<counted_keys*>(context)->next_;
        for (std::size_t i = 0; i + 4 <= to.size(); i += 4, ++next) std::memcpy(to.data() + i, &next, 4);
        return true;
    }
    std::uint32_t next_ = 0x01020304;
};

// RFC 6455 5.3: each frame of a client's has a key of its own. `wire` is what one side wrote.
inline void expect_own_keys(role writer, std::span<const std::byte> wire) {
    const header_rules rules{.receiver = writer == role::client ? role::server : role::client};
    std::set<std::uint32_t> known;
    for (const test::reference_frame& frame : test::split_into_frames(test::to_bytes(wire), rules).frames) {
        if (!frame.header.masked) continue;
        std::uint32_t key = 0;
        std::memcpy(&key, frame.header.key.data(), sizeof key);
        expect(known.insert(key).second, "two frames have one key");
    }
}

// Whole events, but of the last there may be less.
inline void expect_front(const test::event_log& heard, const test::event_log& told) {
    const auto& got = heard.events();
    const auto& all = told.events();
    expect(got.size() <= all.size(), "more is heard than was told");
    for (std::size_t i = 0; i < got.size(); ++i) {
        test::told cut = all[i];
        if (i + 1 == got.size() && !got[i].last) {
            cut.payload.resize(std::min(cut.payload.size(), got[i].payload.size()));
            cut.last = got[i].last;
        }
        if (got[i] != cut)
            finding("something else is heard: " + to_string(got[i]) + ", not " + to_string(cut));
    }
}

}  // namespace wspc::fuzz
