// SPDX-License-Identifier: Apache-2.0
// What the tests of a session share that run for both roles.
#pragma once

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "session_peer.hpp"
#include "support/bytes.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {

class session_as : public testing::TestWithParam<role> {
protected:
    [[nodiscard]] bytes from_peer(unsigned op, const bytes& payload, bool fin = true) const {
        return wire_to(GetParam(), op, payload, fin);
    }
};

inline std::vector<action_kind> kinds(const std::vector<session_peer::step>& steps) {
    std::vector<action_kind> made;
    for (const auto& s : steps) made.push_back(s.kind);
    return made;
}

// Performs the next `send`, of which the transport takes so many bytes at most. Gives how many were lent.
inline std::size_t lend(session_peer& peer, std::size_t most) {
    action a = peer.next();
    for (; a.kind == action_kind::sent; a = peer.next()) peer.subject().complete(a, 0);
    EXPECT_EQ(a.kind, action_kind::send);
    bytes all;
    for (const std::span<const std::byte> b : a.buffers) all += to_bytes(b);
    const std::size_t taken = std::min(all.size(), most);
    peer.subject().complete(a, taken);
    peer.sent.insert(peer.sent.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(taken));
    return all.size();
}

}  // namespace wspc::test
