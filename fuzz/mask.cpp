// SPDX-License-Identifier: Apache-2.0
// The public functions of mask.hpp on payloads in pieces against RFC 6455 5.3 octet by octet.
#include <wspc/mask.hpp>

#include <algorithm>

#include "finding.hpp"
#include "input.hpp"
#include "kernel_choice.hpp"
#include "support/bytes.hpp"

namespace wspc::fuzz {
namespace {

using test::bytes;

void run(input from) {
    use_one_of_the_kernels(from);
    masking_key key;
    for (std::byte& octet : key) octet = std::byte{from.octet()};
    // As if the payload had begun so much earlier.
    const std::uint64_t phase = from.flag() ? from.number() : 0;
    cutting cuts{from};
    const bytes plain = test::to_bytes(from.rest());

    bytes expected = plain;
    for (std::size_t i = 0; i < plain.size(); ++i) expected[i] ^= key[(phase + i) % 4];

    std::size_t at = 0;
    masking_key here = key_after(key, phase);
    while (at < plain.size()) {
        const std::size_t size = cuts.next(plain.size() - at);
        const exact_copy piece{std::span{plain}.subspan(at, size)};
        const exact_copy copied{size};
        mask_copy(copied.bytes().data(), piece.bytes(), here);
        expect(std::equal(piece.bytes().begin(), piece.bytes().end(),
                          plain.begin() + static_cast<std::ptrdiff_t>(at)),
               "mask_copy changes what it copies");
        mask(piece.bytes(), here);
        const auto right = expected.begin() + static_cast<std::ptrdiff_t>(at);
        expect(std::equal(piece.bytes().begin(), piece.bytes().end(), right), "mask gives other octets");
        expect(std::equal(copied.bytes().begin(), copied.bytes().end(), right),
               "mask_copy gives other octets");
        mask_copy(piece.bytes().data(), piece.bytes(), here);
        expect(std::equal(piece.bytes().begin(), piece.bytes().end(),
                          plain.begin() + static_cast<std::ptrdiff_t>(at)),
               "masking twice is not what it was before");
        here = key_after(here, size);
        at += size;
    }
    expect(here == key_after(key, phase + plain.size()), "the key behind the last piece is in another phase");
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::run({bytes, size});
    return 0;
}
