// SPDX-License-Identifier: Apache-2.0
// What frames show together: fragments without end, frames out of order, Close frames, bad text; and
// payloads that are cut anywhere.
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

#include "attack.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

constexpr role receivers[] = {role::server, role::client};

// Netty, fastwebsockets, libhv, undici: a message that never ends is gathered for ever.
TEST(unlimited_reassembly, is_refused_at_the_length_that_passes_the_limit) {
    const limits hundred{.max_message = 100};
    expect_refused({"01 m32 k d61*50 00 m32 k d62*50 00 !m01 k d63", 1009, hundred});
    expect_refused({"02 m64 k d61*100 89 m01 k d70 00 m00 k 80 !m01 k d63", 1009, hundred});
    expect_refused({"02 m64 k d61*100 00 m7e 00 !80 k d61*128", 1009, hundred});
    expect_taken("02 m64 k d61*100 80 m00 k 82 m64 k d61*100", hundred);
    const limits small_frames{.max_frame = 10};
    expect_refused({"02 m0a k d61*10 00 !m0b k d61*11", 1009, small_frames});
}

// ws, ttyd: fragments that carry nothing, each of which costs something.
TEST(tiny_fragments, are_refused_at_the_first_octet_of_the_one_too_many) {
    const limits three{.max_fragments = 3};
    expect_refused({"01 m00 k 00 m00 k 00 m00 k !00 m00 k", 1008, three});
    expect_refused({"02 m01 k d61 00 m01 k d61 89 m00 k 00 m01 k d61 !80 m01 k d61", 1008, three});
    expect_taken("01 m00 k 00 m00 k 80 m00 k 01 m01 k d61 00 m01 k d62 80 m00 k 81 m01 k d63", three);
}

// uWebSockets, fastwebsockets: a message inside a message, and a text behind a ping taken as its rest.
TEST(message_order, is_that_of_the_reference_decoder_in_every_order_of_frames) {
    const auto frame = [](std::size_t letter, role receiver) {
        switch (letter) {
            case 0: return wire_to(receiver, 1, text_bytes("t"));
            case 1: return wire_to(receiver, 1, text_bytes("u"), false);
            case 2: return wire_to(receiver, 2, text_bytes("b"), false);
            case 3: return wire_to(receiver, 0, text_bytes("c"));
            case 4: return wire_to(receiver, 0, text_bytes("d"), false);
            case 5: return wire_to(receiver, 9, text_bytes("p"));
            case 6: return wire_to(receiver, 1, {}, false);
            default: return wire_to(receiver, 8, octets({0x03, 0xe8}));
        }
    };
    constexpr std::size_t letters = 8, longest = 5;
    std::size_t all = 1;
    for (std::size_t i = 0; i < longest; ++i) all *= letters;
    // The orders of up to five frames are the fronts of those of five.
    const std::size_t step = scaled(9, 61, 201);
    for (std::size_t number = 0; number < all && !HasFailure(); number += step)
        for (const role receiver : receivers) {
            bytes wire;
            for (std::size_t i = 0, left = number; i < longest; ++i, left /= letters)
                wire += frame(left % letters, receiver);
            expect_as_the_reference(wire, receiver, number);
        }
    for (std::size_t number = 0; number < letters * letters * letters && !HasFailure(); ++number)
        for (const role receiver : receivers)
            expect_as_the_reference(frame(number % letters, receiver) +
                                        frame(number / letters % letters, receiver) +
                                        frame(number / letters / letters, receiver),
                                    receiver, number);
}

// uWebSockets and wslay take a Close of one octet.
TEST(close_frames, have_no_body_of_one_octet_and_none_above_125) {
    expect_refused({"88 !m01 k d03", 1002});
    expect_refused({"81 m01 k d61 88 !m01 k d03", 1002});
    expect_refused({"01 m01 k d61 88 !m01", 1002});
    expect_refused({"88 !m7e 00 7e k d03 de8", 1002});
    expect_taken("01 m01 k d61 88 m00 k");
    for (std::size_t size = 2; size <= 125; size += size < 20 || size > 110 ? 1 : 10) {
        char length[4];
        std::snprintf(length, sizeof length, "m%02x", static_cast<unsigned>(size));
        expect_taken(std::string{"88 "} + length + " k d03 de8 d72*" + std::to_string(size - 2));
    }
}

// Several refuse 1012 to 1014; others take codes that nobody may send.
TEST(close_frames, have_every_status_judged_at_the_octet_that_decides) {
    for (const role receiver : receivers)
        for (unsigned status = 0; status <= 65'535 && !HasFailure(); ++status) {
            const bool border = (status > 995 && status < 1030) || (status > 2990 && status < 3010) ||
                                (status > 4990 && status < 5010);
            if (!border && status % scaled(97, 503, 2003) != 0) continue;
            const bytes wire = wire_to(receiver, 8, octets({status >> 8, status & 0xff}) + text_bytes("why"));
            expect_as_the_reference(wire, receiver, status);
        }
    expect_refused({"88 m02 k d03 !dee", 1002});
    expect_refused({"88 m7d k !d05", 1002});
    expect_refused({"88 m05 k d13 !d88 d61*3", 1002});
    for (const char* const status : {"d03 df4", "d03 df5", "d03 df6", "d0b db8", "d13 d87"})
        expect_taken(std::string{"88 m02 k "} + status);
}

TEST(close_frames, have_every_reason_judged_at_the_octet_that_decides) {
    for (const char* const reason :
         {"m03 k d03 de8 !d80", "m03 k d03 de8 !dff", "m04 k d03 de8 !dc0 daf", "m05 k d03 de8 de0 !d9f dbf",
          "m05 k d03 de8 ded !da0 d80", "m06 k d03 de8 df0 !d8f dbf dbf", "m06 k d03 de8 df4 !d90 d80 d80",
          "m03 k d03 de8 !df5", "m03 k d03 de8 !dce", "m05 k d03 de8 d61 !de2 d82",
          "m07 k d03 de8 df0 d9f !d41 d61*2", "m7d k d03 de8 d61*122 !dc3", "m7d k d03 de8 d61*60 dc3 !dc3"})
        expect_refused({std::string{"88 "} + reason, 1007});
    expect_taken("88 m09 k d03 de8 de2 d82 dac df0 d9f d98 d80");
}

// Text that is wrong, or cut, in a message of fragments with control frames between them.
TEST(bad_text, is_refused_at_the_octet_that_decides) {
    for (const char* const text :
         {"81 m01 k !d80", "81 m02 k !dc0 d80", "81 m03 k ded !da0 d80", "81 m04 k df4 !d90 d80 d80",
          "81 m05 k d61 d62 !dff d63 d64", "81 m01 k !dce", "01 m01 k dce 80 m01 k !d41",
          "01 m02 k de2 d82 89 m01 k d70 80 m01 k !d41", "01 m01 k df0 00 m00 k 80 !m00",
          // An empty fragment decides nothing: the next one does.
          "01 m01 k de2 00 m01 k d82 00 m00 k 80 m01 k !d41", "81 m7d k d61*100 !dfe d61*24",
          "81 m7e 01 00 k d61*200 de0 !d80 d61*54"})
        expect_refused({text, 1007});
    expect_taken("01 m01 k df0 00 m01 k d9f 89 m01 k d80 00 m00 k 00 m01 k d98 80 m01 k d80");
}

// libhv, mongoose, bufferutil, drogon: a payload in pieces is unmasked with the key out of phase.
TEST(partial_unmask, gives_the_payload_at_every_length_and_split) {
    random_source random{7};
    for (std::size_t size = 0; size <= 140 && !HasFailure(); size += scaled(1, 5, 23))
        for (const role receiver : receivers) {
            const bytes wire = wire_to(receiver, 2, random.octets(size)) +
                               wire_to(receiver, 1, text_bytes(std::string(size % 7, 'a')), size % 2 == 0);
            for (std::size_t seed = 0; seed < 2; ++seed) expect_as_the_reference(wire, receiver, seed);
        }
    for (const std::size_t size : {255u, 256u, 257u, 4095u, 4097u, 65'535u, 65'536u})
        for (const role receiver : receivers) {
            if (size > 5000 && test_scale() != scale::full) continue;
            expect_as_the_reference(
                wire_to(receiver, 2, random.octets(size)) + wire_to(receiver, 9, random.octets(125)),
                receiver, size);
        }
    expect_taken(
        "82 m09 k d00 d01 d02 d03 d04 d05 d06 d07 d08 02 m02 k dff dfe 89 m03 k d01 d02 d03 80 m05 k "
        "d10 d11 d12 d13 d14");
}

// curl: a call that neither takes nor says anything is repeated for ever. Every reader counts its calls.
TEST(busy_loop, no_call_is_without_progress_for_random_octets) {
    for (std::size_t seed = 0; seed < scaled(1500, 150, 40) && !HasFailure(); ++seed) {
        random_source random{seed + 100};
        bytes wire = random.octets(random.between(1, 60));
        const role receiver = receivers[seed % 2];
        // Most random octets fail at once; these go further.
        if (seed % 3 != 0) wire = wire_to(receiver, seed % 3 == 1 ? 2u : 1u, wire, random.one_in(2)) + wire;
        expect_as_the_reference(wire, receiver, seed);
    }
}

}  // namespace
}  // namespace wspc::test
