// SPDX-License-Identifier: Apache-2.0
// What the tests of costs share: streams as long as is wanted, and rows of the table for each role.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <wspc/connection.hpp>
#include <wspc/masking_keys.hpp>

#include "capi/support/handles.hpp"
#include "engine/connection_as.hpp"
#include "support/bytes.hpp"
#include "support/wire_frame.hpp"
#include "work.hpp"

namespace wspc::test {

inline bytes repeated(const bytes& piece, std::size_t size) {
    bytes made;
    made.reserve(size + piece.size());
    while (made.size() < size) made += piece;
    return made;
}

inline std::string repeated(std::string_view piece, std::size_t size) {
    std::string made;
    while (made.size() < size) made += piece;
    return made;
}

// The row of one role: that of a server has the name alone.
inline std::string row(role side, const std::string& name) {
    return side == role::client ? name + ", to a client" : name;
}

// What is allowed for each octet. Frames to a client have no key: they are shorter, and work that is done for
// each frame is more for each octet.
inline double most(role side, double server, double client) { return side == role::server ? server : client; }

// As many octets as so many frames have.
inline std::size_t frames(role side, std::size_t count, std::size_t payload) {
    return count * wire_to(side, 0, bytes(payload)).size();
}

// The keys with which a client answers.
struct own_keys {
    counting_source source;
    masking_keys keys{source.source()};
};

// Octets that come in pieces of `piece`.
struct flood {
    role side;
    bytes stream;
    std::size_t piece = 4096;
    bool answers = true;  // whether the program writes what is pending
    const connection_config* config = &default_connection_config;
    error ends_with = error::none;
};

inline constexpr connection_config any_number{
    .receive = {.limits = {.max_frame = UINT64_MAX, .max_message = UINT64_MAX, .max_fragments = UINT32_MAX}}};

inline bytes fragments(role side, std::size_t payload, std::size_t size) {
    return wire_to(side, 2, bytes(payload, std::byte{'f'}), false) +
           repeated(wire_to(side, 0, bytes(payload, std::byte{'f'}), false), size);
}

}  // namespace wspc::test
