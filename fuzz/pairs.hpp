// SPDX-License-Identifier: Apache-2.0
// What the targets share that join two ends: masking keys that are the same in every run, from a generator
// that may fail, and whether what was heard is the front of what was told.
#pragma once

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

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

    // The first `calls` are answered by a failure.
    void fail(std::uint64_t calls) { to_fail_ = calls; }
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

private:
    static bool fill(void* context, std::span<std::byte> to) noexcept {
        auto& self = *static_cast<counted_keys*>(context);
        if (self.failures_ != self.to_fail_) {
            ++self.failures_;
            return false;
        }
        for (std::size_t i = 0; i + 4 <= to.size(); i += 4, ++self.next_)
            std::memcpy(to.data() + i, &self.next_, 4);
        return true;
    }
    std::uint32_t next_ = 0x01020304;
    std::uint64_t to_fail_ = 0;
    std::uint64_t failures_ = 0;
};

// RFC 6455 5.3: each frame of a client's has a key of its own; or the key 0 with
// connection_config::zero_masking. `wire` is what one side wrote.
inline void expect_own_keys(role writer, std::span<const std::byte> wire, bool zero) {
    const header_rules rules{.receiver = writer == role::client ? role::server : role::client};
    std::set<std::uint32_t> known;
    for (const test::reference_frame& frame : test::split_into_frames(test::to_bytes(wire), rules).frames) {
        if (!frame.header.masked) continue;
        std::uint32_t key = 0;
        std::memcpy(&key, frame.header.key.data(), sizeof key);
        expect((key == 0) == zero, "the key 0, or another in its place");
        expect(known.insert(key).second || zero, "two frames have one key");
    }
}

// Whether what is heard is the front of what was told, else why not. Whole events, but of the last there may
// be less.
inline std::string difference_of_front(const test::event_log& heard, const test::event_log& told) {
    const auto& got = heard.events();
    const auto& all = told.events();
    if (got.size() > all.size()) return "more is heard than was told";
    for (std::size_t i = 0; i < got.size(); ++i) {
        test::told cut = all[i];
        if (i + 1 == got.size() && !got[i].last) {
            cut.payload.resize(std::min(cut.payload.size(), got[i].payload.size()));
            cut.last = got[i].last;
        }
        if (got[i] != cut) return "something else is heard: " + to_string(got[i]) + ", not " + to_string(cut);
    }
    return {};
}
inline void expect_front(const test::event_log& heard, const test::event_log& told) {
    if (const std::string why = difference_of_front(heard, told); !why.empty()) finding(why);
}

}  // namespace wspc::fuzz
