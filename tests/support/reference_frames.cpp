// SPDX-License-Identifier: Apache-2.0
#include "support/reference_frames.hpp"

#include <optional>

namespace wspc::test {
namespace {

class splitter {
public:
    splitter(const bytes& stream, const header_rules& rules) : stream_{stream}, rules_{rules} {}

    reference_frames split() {
        while (at_ < stream_.size() && frame()) continue;
        return std::move(made_);
    }

private:
    [[nodiscard]] std::optional<unsigned> next() {
        if (at_ == stream_.size()) return std::nullopt;
        return std::to_integer<unsigned>(stream_[at_++]);
    }

    // The octet that was just taken is the one that decided.
    bool fail(error code) {
        made_.failed = {code, at_ - 1};
        return false;
    }

    bool ends_in_header(std::size_t start) {
        made_.partial_header.assign(stream_.begin() + static_cast<std::ptrdiff_t>(start), stream_.end());
        return false;
    }

    // One frame; false if it is the last thing that can be said.
    bool frame() {
        reference_frame f;
        f.start = at_;
        const unsigned first = next().value();
        const unsigned op = first & 0x0f;
        const bool control = op >= 8;
        f.header.fin = (first & 0x80) != 0;
        f.header.rsv = static_cast<std::uint8_t>(first & 0x70);
        f.header.op = static_cast<opcode>(op);
        if ((first & 0x70 & ~(control ? 0u : rules_.allowed_rsv)) != 0) return fail(error::reserved_bits);
        if ((op >= 3 && op <= 7) || op >= 11) return fail(error::reserved_opcode);
        if (control && !f.header.fin) return fail(error::fragmented_control);

        const std::optional<unsigned> second = next();
        if (!second) return ends_in_header(f.start);
        f.header.masked = *second >= 0x80;
        const unsigned short_length = *second % 0x80;
        if (!rules_.any_masking) {
            if (rules_.receiver == role::server && !f.header.masked) return fail(error::mask_missing);
            if (rules_.receiver == role::client && f.header.masked) return fail(error::mask_unexpected);
        }
        if (control && short_length >= 126) return fail(error::control_too_long);
        if (op == 8 && short_length == 1) return fail(error::close_body_too_short);

        f.header.length = short_length;
        if (short_length >= 126) {
            const int octets = short_length == 126 ? 2 : 8;
            f.header.length = 0;
            for (int i = 1; i <= octets; ++i) {
                const std::optional<unsigned> octet = next();
                if (!octet) return ends_in_header(f.start);
                f.header.length = f.header.length * 256 + *octet;
                if (octets == 8 && i == 1 && *octet >= 0x80) return fail(error::length_too_large);
                // Six zeros leave two octets, for which there is the shorter form.
                if (octets == 8 && i == 6 && f.header.length == 0) return fail(error::length_not_minimal);
                if (octets == 2 && i == 2 && f.header.length <= 125) return fail(error::length_not_minimal);
            }
        }
        for (std::size_t i = 0; f.header.masked && i < 4; ++i) {
            const std::optional<unsigned> octet = next();
            if (!octet) return ends_in_header(f.start);
            f.header.key[i] = static_cast<std::byte>(*octet);
        }
        while (!f.complete() && at_ < stream_.size()) {
            const std::byte octet = stream_[at_++];
            f.payload.push_back(f.header.masked ? octet ^ f.header.key[f.payload.size() % 4] : octet);
        }
        made_.frames.push_back(std::move(f));
        return true;
    }

    const bytes& stream_;
    const header_rules& rules_;
    reference_frames made_;
    std::size_t at_ = 0;
};

}  // namespace

reference_frames split_into_frames(const bytes& stream, const header_rules& rules) {
    return splitter{stream, rules}.split();
}

}  // namespace wspc::test
