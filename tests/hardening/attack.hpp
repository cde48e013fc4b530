// SPDX-License-Identifier: Apache-2.0
// An attack as its octets, for a receiver of either role; and what everything in the library that reads
// octets must make of it, at every split, beside guard pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <wspc/message_reader.hpp>

#include "support/bytes.hpp"

namespace wspc::test {

// What a peer sends, in hexadecimal octets with blanks in between, of which these differ by role:
//     m05    with the mask bit, if the receiver is a server
//     w05    with the mask bit that is wrong: if the receiver is a client
//     k      four octets of masking key, if the receiver is a server
//     d61    an octet of payload, masked with that key
//     d61*9  nine of them; also 61*9
//     !80    the octet that decides: after it the receiver has failed, before it it has not
struct spelled {
    bytes wire;
    std::size_t decided = SIZE_MAX;  // SIZE_MAX: no octet does
};
[[nodiscard]] spelled spell(std::string_view octets, role receiver);

struct attack {
    std::string octets;
    std::uint16_t close_code;  // which the error must recommend
    wspc::limits limits{};
};

// Each reader of the library fails at the marked octet with an error that recommends the code, delivers
// what came before and nothing that comes after, and a connection and a session say so to the peer: for
// both roles, whole, octet by octet, at every split and at random ones. Where only a limit is passed,
// handles of websocket.h stream what there is.
void expect_refused(const attack& a);

// The same for octets that nothing is wrong with: all of them are delivered.
void expect_taken(std::string_view octets, const limits& allowed = {});

// The same for octets as they are, without the splits in two. Whether they are refused says the reference
// decoder.
void expect_as_the_reference(const bytes& wire, role receiver, std::uint64_t seed);

}  // namespace wspc::test
