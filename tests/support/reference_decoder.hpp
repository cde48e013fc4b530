// SPDX-License-Identifier: Apache-2.0
// RFC 6455's receiving side, as plain as it can be said: a whole stream in one vector, octet after
// octet in the order of the text, with no thought of speed. What the codec tells must equal this.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <wspc/message_reader.hpp>

#include "support/bytes.hpp"
#include "support/event_log.hpp"

namespace wspc::test {

// What an extension makes of one message, a frame's worth at a time.
class reference_transform {
public:
    virtual ~reference_transform() = default;
    // Appends to `out` what `in` restores to; false if the extension does not allow it. `last` if
    // the message ends behind `in`.
    virtual bool restore(const bytes& in, bool last, bytes& out) = 0;
};

struct reference_options {
    role receiver = role::server;
    wspc::limits limits{};
    bool check_utf8 = true;
    bool any_masking = false;
    std::uint8_t allowed_rsv = 0;
    std::uint8_t transform_rsv = 0;
    std::function<std::unique_ptr<reference_transform>()> make_transform{};  // one for each message
};

[[nodiscard]] event_log decode_reference(const bytes& stream, const reference_options& options = {});

// The index of the first octet of `text` behind which no octets at all could make it valid UTF-8,
// or text.size(); `following` octets are still to come before the text ends.
[[nodiscard]] std::size_t reference_first_invalid(const bytes& text, std::uint64_t following);

// How many octets the character at the end of a valid text lacks.
[[nodiscard]] std::size_t reference_missing(const bytes& text);

}  // namespace wspc::test
