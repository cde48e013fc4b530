// SPDX-License-Identifier: Apache-2.0
// What one header alone shows: lengths, reserved bits and opcodes, masks.
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

#include "attack.hpp"

namespace wspc::test {
namespace {

std::string hex_octet(unsigned value) {
    char made[3];
    std::snprintf(made, sizeof made, "%02x", value);
    return made;
}

// In front of an attack on a message that is open, or on a stream that has been good so far.
const std::string open_text = "01 m01 k d61 ";
const std::string open_binary = "02 m01 k dff ";
const std::string good = "81 m02 k d68 d69 89 m01 k d70 82 m00 k ";

// NATS, gorilla, Tomcat, undici: a length with the top bit, taken as a negative or an endless one.
TEST(length_top_bit, is_refused_at_the_octet_that_has_it) {
    for (const char* const length : {"!80 00*7", "!80 00*6 01", "!80 00*5 01 00", "!bf ff*7", "!ff ff*6 f2"})
        for (const std::string& first : {std::string{"82 "}, std::string{"81 "}, std::string{"01 "},
                                         open_text + "80 ", open_binary + "00 ", good + "82 "})
            expect_refused({first + "m7f " + length + " k d61", 1002});
}

// Several servers in C: the length and a constant for the header wrap.
TEST(length_wraps, whatever_is_added_to_it) {
    expect_refused({"82 m7f 7f ff*6 !ff k d61", 1009});
    expect_refused({good + "81 m7f 7f ff*6 !ff k d61", 1009});
    for (unsigned last = 0xf2; last <= 0xff; ++last)
        expect_refused({"82 m7f !ff ff*6 " + hex_octet(last) + " k d61", 1002});
    // Around what a size of 32 bits holds, and a header of up to 14 octets less.
    for (const char* const length : {"00*3 01 00*3 !00", "00*3 01 00*3 !0e", "00*4 ff*3 !f2", "00*4 ff*3 !ff",
                                     "00*4 7f ff*2 !ff", "00*4 80 00*2 !00", "7f*7 !7f"})
        expect_refused({std::string{"82 m7f "} + length + " k d61", 1009});
}

// resiprocate: the lengths of fragments, added up.
TEST(fragments_sum_wraps, in_no_width) {
    expect_refused({"01 m01 k d61 80 m7f 7f ff*6 !ff k d61", 1009});
    const limits any_frame{.max_frame = UINT64_MAX};
    expect_refused({"01 m01 k d61 80 m7f 7f ff*6 !ff k d61", 1009, any_frame});
    expect_refused({"02 m02 k d61*2 80 m7f 00*3 01 00*3 !00 k d61", 1009, any_frame});
    expect_refused({"02 m02 k d61*2 00 m7f 00*4 ff*3 !ff k d61", 1009, any_frame});
    // Exactly what a limit allows, and one more.
    const limits ten{.max_frame = UINT64_MAX, .max_message = 10};
    expect_taken("02 m04 k d61*4 80 m06 k d62*6", ten);
    expect_refused({"02 m04 k d61*4 80 !m07 k d62*7", 1009, ten});
    const limits most{.max_frame = UINT64_MAX, .max_message = UINT64_MAX};
    expect_taken("02 m01 k d61 80 m7f 7f ff*7 k d62*9", most);
}

// uWebSockets, fastwebsockets: lengths in more octets than they need, which hide frames from a proxy.
TEST(length_not_minimal, is_refused_when_its_leading_zeros_are_there) {
    for (const std::string& first :
         {std::string{"81 "}, std::string{"82 "}, std::string{"02 "}, open_binary + "80 ", good + "81 "}) {
        for (const unsigned length : {0u, 1u, 124u, 125u})
            expect_refused({first + "m7e 00 !" + hex_octet(length) + " k d61*3", 1002});
        for (const char* const rest : {"00 00", "00 7d", "00 7e", "ff ff"})
            expect_refused({first + "m7f 00*5 !00 " + rest + " k d61*3", 1002});
    }
    expect_taken("82 m7e 00 7e k d61*126 82 m7e 00 ff k d62*255 82 m7d k d63*125");
}

// aiohttp, NATS: a bit that no extension has claimed.
TEST(reserved_bits, are_refused_on_every_opcode) {
    for (unsigned bits = 1; bits <= 7; ++bits)
        for (unsigned op = 0; op < 16; ++op)
            for (const unsigned fin : {0x80u, 0u}) {
                const std::string first = "!" + hex_octet(fin | bits << 4 | op);
                expect_refused({first + " m01 k d61", 1002});
                if (bits == 4) expect_refused({(op == 0 ? open_text : good) + first + " m01 k d61", 1002});
            }
}

// Jetty: an opcode that nobody knows, with whatever length behind it.
TEST(reserved_opcodes, are_refused_at_their_first_octet_whatever_length_follows) {
    for (const unsigned op : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u})
        for (const unsigned fin : {0x80u, 0u})
            for (const char* const length :
                 {"m00 k", "m7d k d61", "m7e ff ff k", "m7f 7f ff*7 k d61", "m7f ff*8 k", "m7f 00*8 k"}) {
                const std::string frame = "!" + hex_octet(fin | op) + " " + length;
                expect_refused({frame, 1002});
                if (length[1] == '7') continue;
                expect_refused({good + frame, 1002});
                expect_refused({open_text + frame, 1002});
            }
}

// uWebSockets and fastwebsockets take unmasked frames of clients.
TEST(mask_direction, is_judged_at_the_second_octet_of_every_frame) {
    for (const char* const first : {"81 ", "82 ", "01 ", "02 ", "88 ", "89 ", "8a "})
        for (const char* const length : {"!w00", "!w05 61*5", "!w02 03 e8", "!w7d 61*3"}) {
            expect_refused({std::string{first} + length, 1002});
            expect_refused({good + first + length, 1002});
        }
    for (const char* const length : {"!w7e 01 00", "!w7f 00*5 01 00 00", "!w7f ff*8"})
        expect_refused({std::string{"82 "} + length, 1002});
    // A continuation; and amid short messages, which take a way of their own.
    expect_refused({open_text + "80 !w01 61", 1002});
    expect_refused({"82 m01 k d61 82 m01 k d62 82 m01 k d63 82 !w01 64", 1002});
    expect_refused({"81 m01 k d61 81 m01 k d62 81 m7e 01 00 k d63*256 81 !w01 64", 1002});
}

// A control frame that is long or in fragments, whatever its length says.
TEST(control_frames, are_refused_when_they_are_long_or_in_fragments) {
    for (const char* const first : {"88 ", "89 ", "8a "})
        for (const char* const length : {"!m7e 00 7e k", "!m7e ff ff k", "!m7f 7f ff*7 k", "!m7f 00*8 k"}) {
            expect_refused({std::string{first} + length, 1002});
            expect_refused({open_text + first + length, 1002});
        }
    for (const char* const first : {"!08 ", "!09 ", "!0a "}) {
        expect_refused({std::string{first} + "m00 k", 1002});
        expect_refused({open_text + first + "m7f ff*8 k", 1002});
    }
}

}  // namespace
}  // namespace wspc::test
