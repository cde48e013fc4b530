// SPDX-License-Identifier: Apache-2.0
// Feeds a stream to a reader in every manner that its interface allows, in memory between guard
// pages, and checks at each call what each call promises.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <wspc/event.hpp>

#include "support/bytes.hpp"
#include "support/event_log.hpp"
#include "support/guarded_memory.hpp"
#include "support/random.hpp"

namespace wspc::test {

// Where a stream is cut: ascending positions, which may repeat (an empty piece) and lie between 0
// and the size of the stream.
using split = std::vector<std::size_t>;

[[nodiscard]] inline split uncut() { return {}; }
[[nodiscard]] split octet_by_octet(std::size_t size);
// Pieces of a random typical size, from one octet to the whole.
[[nodiscard]] split random_split(random_source& random, std::size_t size);

// How the reader is called.
struct manner {
    std::uint32_t capacity = 16;  // events of the batch
    bool one = false;             // by receive_one
    std::size_t room = 0;         // for receive_one
    bool carry = false;           // what was not consumed is fed together with newer bytes, not alone
    bool at_start = false;        // the fed bytes begin behind a guard page, instead of ending at one
};

[[nodiscard]] manner random_manner(random_source& random);
[[nodiscard]] std::string to_string(const manner& how, const split& cuts);

struct outcome {
    event_log log;
    std::string broken{};              // the first promise of the calls that was not kept
    std::uint64_t fed_at_failure = 0;  // octets fed when the failure was told
};

namespace detail_feeding {

// One call, whichever it was.
struct call_result {
    std::vector<event> events;
    std::size_t consumed = 0;
};
using call = std::function<call_result(std::span<std::byte>)>;
// Whether the bytes of an event may lie there, in other memory than what was fed.
using may_hold = std::function<bool(const event&)>;

outcome feed(const bytes& stream, const split& cuts, const manner& how, const call& receive,
             const may_hold& elsewhere);

[[nodiscard]] bool lies_in(std::span<const std::byte> inner, const void* from, std::size_t size);
const guarded_memory& scratch_memory(std::size_t size);

}  // namespace detail_feeding

// Feeds `stream`, cut as `cuts` says. Reader is message_reader, or a class that has the same
// receive and receive_one.
template <class Reader>
[[nodiscard]] outcome feed(Reader& reader, const bytes& stream, const split& cuts = {},
                           const manner& how = {}) {
    namespace own = detail_feeding;
    const std::size_t aside = how.one ? how.room : how.capacity * scratch_size;
    const std::span<std::byte> scratch = own::scratch_memory(aside).at_end(aside);
    std::vector<event> events(how.capacity);
    const own::call receive = [&](std::span<std::byte> fed) {
        own::call_result made;
        if (how.one) {
            const received_one got = reader.receive_one(fed, scratch);
            made.consumed = got.consumed;
            if (got.event.kind != event_kind::none) made.events.push_back(got.event);
        } else {
            const received got =
                reader.receive(fed, batch_memory{events.data(), scratch.data(), how.capacity});
            made.consumed = got.consumed;
            made.events.assign(got.events.begin(), got.events.end());
        }
        return made;
    };
    // receive_one shows in the reader's own memory only a control frame that came in pieces.
    const own::may_hold elsewhere = [&](const event& e) {
        if (own::lies_in(e.bytes, scratch.data(), scratch.size())) return true;
        return how.one && e.kind != event_kind::data && own::lies_in(e.bytes, &reader, sizeof reader);
    };
    return own::feed(stream, cuts, how, receive, elsewhere);
}

}  // namespace wspc::test
