// SPDX-License-Identifier: Apache-2.0
// The public functions of utf8.hpp on texts in pieces against references that know code points and no
// automaton: the state behind each piece, and the first octet that decides.
#include <wspc/utf8.hpp>

#include <algorithm>

#include "../tests/kernels/utf8_model.hpp"
#include "finding.hpp"
#include "input.hpp"
#include "kernel_choice.hpp"
#include "support/reference_decoder.hpp"

namespace wspc::fuzz {
namespace {

using test::bytes;

// Reads the text piece by piece, and looks for the octet that decides in the piece where that is.
void read_in_pieces(const bytes& text, cutting& cuts, std::uint64_t following) {
    const std::size_t wrong = test::reference_first_invalid(text, UINT64_MAX);
    const std::size_t decides = test::reference_first_invalid(text, following);
    utf8_state state = utf8_state::accept;
    std::size_t at = 0;
    while (at < text.size()) {
        const exact_copy piece{std::span{text}.subspan(at, cuts.next(text.size() - at))};
        const utf8_state before = state;
        state = validate(piece.bytes(), before);
        const std::size_t end = at + piece.size();
        expect((state == utf8_state::reject) == (wrong < end), "a piece is refused too early or too late");
        if (before == utf8_state::reject) {
            expect(state == before, "what is refused is taken again");
        } else {
            // The text may end inside a character, if enough octets follow the piece.
            const std::uint64_t behind = text.size() - end;
            const std::uint64_t more = following > UINT64_MAX - behind ? UINT64_MAX : following + behind;
            const std::size_t found = first_invalid(piece.bytes(), before, more);
            if (decides >= at) expect(found == std::min(decides, end) - at, "another octet decides");
        }
        if (state != utf8_state::reject) {
            const bytes so_far(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end));
            expect(missing(state) == test::reference_missing(so_far), "another number of octets is missing");
        }
        at = end;
    }
    expect(state == test::model_utf8(text), "another state at the end");
}

void run(input from) {
    use_one_of_the_kernels(from);
    const std::uint64_t following = from.flag() ? from.below(5) : UINT64_MAX;
    cutting cuts{from};
    const bytes text = test::to_bytes(from.rest());

    read_in_pieces(text, cuts, following);
    const exact_copy whole{text};
    const bool valid = test::reference_first_invalid(text, 0) == text.size();
    expect(is_utf8(whole.bytes()) == valid, "is_utf8 is wrong");
    expect(valid == (test::model_utf8(text) == utf8_state::accept), "the two references differ");
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::run({bytes, size});
    return 0;
}
