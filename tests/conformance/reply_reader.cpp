// SPDX-License-Identifier: Apache-2.0
#include "reply_reader.hpp"

#include <algorithm>

namespace conformance {
namespace {

unsigned octet(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<unsigned>(bytes[at]);
}

void unmask(std::span<std::byte> bytes, const wspc::masking_key& key) {
    // Whole keys first, so that the compiler makes something of it.
    std::size_t i = 0;
    for (; i + 4 <= bytes.size(); i += 4)
        for (std::size_t k = 0; k < 4; ++k) bytes[i + k] ^= key[k];
    for (; i < bytes.size(); ++i) bytes[i] ^= key[i % 4];
}

}  // namespace

bool reply_reader::fault(const char* what) {
    seen_->fault(what);
    return false;
}

void reply_reader::read(std::span<std::byte> bytes) {
    while (!bytes.empty())
        if (!read_frame(bytes)) return;
}

bool reply_reader::read_frame(std::span<std::byte>& bytes) {
    if (bytes.size() < 2) return fault("sent half a header");
    const auto first = static_cast<std::uint8_t>(octet(bytes, 0));
    const bool masked = (octet(bytes, 1) & 0x80) != 0;
    // RFC 6455 5.1: clients mask, servers do not.
    if (masked != (sender_ == wspc::role::client)) return fault(masked ? "sent a mask" : "sent no mask");

    std::uint64_t length = octet(bytes, 1) & 0x7f;
    const std::size_t extended = length < 126 ? 0 : length == 126 ? 2 : 8;
    const std::size_t header = 2 + extended + (masked ? 4 : 0);
    if (bytes.size() < header) return fault("sent half a header");
    if (extended != 0) {
        length = 0;
        for (std::size_t i = 0; i < extended; ++i) length = (length << 8) | octet(bytes, 2 + i);
        // RFC 6455 5.2: the shortest form.
        if (length < (extended == 2 ? 126u : 65536u))
            return fault("sent a length that is not in the shortest form");
    }
    if (length > bytes.size() - header) return fault("sent half a frame");

    const std::span<std::byte> payload = bytes.subspan(header, static_cast<std::size_t>(length));
    if (masked) {
        wspc::masking_key key;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(header - 4), 4, key.begin());
        // RFC 6455 5.3: a fresh key for every frame.
        if (key == last_key_) return fault("sent the same masking key twice");
        last_key_ = key;
        unmask(payload, key);
    }
    bytes = bytes.subspan(header + payload.size());
    tell(first, payload);
    return seen_->ok();
}

void reply_reader::tell(std::uint8_t first, std::span<std::byte> payload) {
    const bool fin = (first & 0x80) != 0;
    if ((first & 0x70) != 0) return seen_->fault("sent a reserved bit");
    const unsigned opcode = first & 0x0f;
    if (opcode <= 2) {
        // RFC 6455 5.5.1: no data follows a Close. A pong may, for a ping that came before theirs.
        if (closed_) return seen_->fault("sent data behind its Close");
        if ((opcode == 0) != open_)
            return seen_->fault(open_ ? "began a message inside another" : "continued nothing");
        if (opcode != 0) op_ = static_cast<wspc::opcode>(opcode);
        open_ = !fin;
        return seen_->data(op_, opcode != 0, fin, payload);
    }
    if (!fin || payload.size() > 125)
        return seen_->fault("sent a control frame that is fragmented or too long");
    switch (opcode) {
        case 8:
            closed_ = true;
            if (payload.size() == 1) return seen_->fault("sent a Close with half a code");
            if (payload.empty()) return seen_->close(wspc::no_close_code, {});
            return seen_->close(static_cast<std::uint16_t>((octet(payload, 0) << 8) | octet(payload, 1)),
                                payload.subspan(2));
        case 9: return seen_->ping(payload);
        case 10: return seen_->pong(payload);
        default: return seen_->fault("sent a reserved opcode");
    }
}

}  // namespace conformance
