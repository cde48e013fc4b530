// SPDX-License-Identifier: Apache-2.0
// Frames as octets, right or wrong, made without any help from the codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <wspc/frame.hpp>

#include "support/bytes.hpp"

namespace wspc::test {

enum class length_form { shortest, bits16, bits64 };

struct wire_frame {
    unsigned op = 1;  // all sixteen, reserved ones included
    bytes payload{};
    bool fin = true;
    std::uint8_t rsv = 0;
    std::optional<masking_key> key{};  // masked if set
    length_form form = length_form::shortest;
    std::optional<std::uint64_t> declared{};  // a length other than that of the payload
};

inline constexpr masking_key usual_key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};

// The key with which a peer of this receiver masks: a server's peer does, a client's does not.
[[nodiscard]] inline std::optional<masking_key> key_for(role receiver, masking_key key = usual_key) {
    if (receiver == role::server) return key;
    return std::nullopt;
}

[[nodiscard]] inline bytes wire_header(const wire_frame& frame) {
    const std::uint64_t length = frame.declared.value_or(frame.payload.size());
    length_form form = frame.form;
    unsigned short_length = static_cast<unsigned>(length < 126 ? length : 0);
    if (form == length_form::shortest && length >= 126)
        form = length <= 0xffff ? length_form::bits16 : length_form::bits64;
    unsigned extended = 0;
    if (form == length_form::bits16) short_length = 126, extended = 2;
    if (form == length_form::bits64) short_length = 127, extended = 8;
    bytes made = octets({(frame.fin ? 0x80u : 0u) | frame.rsv | frame.op,
                         (frame.key.has_value() ? 0x80u : 0u) | short_length});
    for (unsigned left = extended; left != 0; --left)
        made.push_back(static_cast<std::byte>((length >> (8 * (left - 1))) & 0xff));
    if (frame.key.has_value()) made.insert(made.end(), frame.key->begin(), frame.key->end());
    return made;
}

[[nodiscard]] inline bytes wire(const wire_frame& frame) {
    bytes made = wire_header(frame);
    for (std::size_t i = 0; i < frame.payload.size(); ++i)
        made.push_back(frame.key.has_value() ? frame.payload[i] ^ (*frame.key)[i % 4] : frame.payload[i]);
    return made;
}

// The frame that a peer sends to this receiver.
[[nodiscard]] inline bytes wire_to(role receiver, unsigned op, const bytes& payload, bool fin = true,
                                   std::uint8_t rsv = 0) {
    return wire({.op = op, .payload = payload, .fin = fin, .rsv = rsv, .key = key_for(receiver)});
}

}  // namespace wspc::test
