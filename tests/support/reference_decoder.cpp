// SPDX-License-Identifier: Apache-2.0
#include "support/reference_decoder.hpp"

#include <algorithm>

namespace wspc::test {
namespace {

unsigned number(std::byte b) { return std::to_integer<unsigned>(b); }

// The length of the character that this octet begins; 0 if it begins none (RFC 3629 3).
std::size_t character_size(unsigned lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xc0 && lead < 0xe0) return 2;
    if (lead >= 0xe0 && lead < 0xf0) return 3;
    if (lead >= 0xf0 && lead < 0xf8) return 4;
    return 0;
}

// Whether a character of this size may have a code point from low to high: not one that fits a
// shorter form, no surrogate, nothing above U+10FFFF (RFC 3629 3).
bool any_code_point(std::size_t size, std::uint32_t low, std::uint32_t high) {
    const auto meets = [&](std::uint32_t from, std::uint32_t to) { return low <= to && high >= from; };
    switch (size) {
        case 1: return meets(0x00, 0x7f);
        case 2: return meets(0x80, 0x7ff);
        case 3: return meets(0x800, 0xd7ff) || meets(0xe000, 0xffff);
        default: return meets(0x10000, 0x10ffff);
    }
}

}  // namespace

std::size_t reference_first_invalid(const bytes& text, std::uint64_t following) {
    std::size_t at = 0;
    while (at < text.size()) {
        const unsigned lead = number(text[at]);
        const std::size_t size = character_size(lead);
        if (size == 0) return at;
        std::uint32_t value = size == 1 ? lead : lead & (0xffu >> (size + 1));
        for (std::size_t have = 1; have <= size; ++have) {
            const std::size_t here = at + have - 1;
            if (here == text.size())
                return here;  // the text ends inside a character that may still be completed
            if (have > 1) {
                if ((number(text[here]) & 0xc0) != 0x80) return here;
                value = (value << 6) | (number(text[here]) & 0x3f);
            }
            const std::size_t lacking = size - have;
            const std::uint32_t low = value << (6 * lacking);
            const std::uint32_t high = low | ((std::uint32_t{1} << (6 * lacking)) - 1);
            if (!any_code_point(size, low, high)) return here;
            const std::size_t in_text = text.size() - here - 1;
            if (lacking > in_text && lacking - in_text > following) return here;
        }
        at += size;
    }
    return at;
}

std::size_t reference_missing(const bytes& text) {
    for (std::size_t back = 1; back <= std::min<std::size_t>(4, text.size()); ++back) {
        const unsigned b = number(text[text.size() - back]);
        if ((b & 0xc0) == 0x80) continue;
        return character_size(b) - std::min(back, character_size(b));
    }
    return 0;
}

namespace {

class decoder {
public:
    decoder(const bytes& stream, const reference_options& options) : stream_{stream}, options_{options} {}

    event_log decode() {
        while (!stopped_ && has(at_)) frame();
        return std::move(log_);
    }

private:
    struct header {
        std::size_t start = 0;
        unsigned op = 0;
        unsigned rsv = 0;
        bool fin = false;
        bool masked = false;
        std::uint64_t length = 0;
        std::size_t last_of_length = 0;
        std::size_t payload = 0;
        [[nodiscard]] bool control() const { return op >= 8; }
    };

    [[nodiscard]] bool has(std::size_t index) const { return index < stream_.size(); }
    [[nodiscard]] unsigned octet(std::size_t index) const { return number(stream_[index]); }

    void fail(error code, std::uint64_t offset) {
        event e;
        e.kind = event_kind::failed;
        e.code = static_cast<std::uint16_t>(code);
        e.offset = offset;
        log_.add(e);
        stopped_ = true;
    }

    void need_more() { stopped_ = true; }

    void frame() {
        header h;
        h.start = at_;
        if (!first_octet(h) || !second_octet(h) || !length(h) || !limits_of(h) || !key(h)) return;
        bytes arrived;
        for (std::size_t i = h.payload; has(i) && i - h.payload < h.length; ++i)
            arrived.push_back(h.masked ? stream_[i] ^ stream_[h.payload - 4 + (i - h.payload) % 4]
                                       : stream_[i]);
        const bool complete = arrived.size() == h.length;
        if (h.control())
            control(h, arrived, complete);
        else if ((rsv_ & options_.transform_rsv) != 0)
            transformed(h, arrived, complete);
        else
            plain(h, arrived, complete);
        if (!complete) stopped_ = true;
        at_ = h.payload + arrived.size();
    }

    // RFC 6455 5.2, 5.4, 5.5: what the first octet says, alone and in its place.
    bool first_octet(header& h) {
        const unsigned b = octet(h.start);
        h.fin = (b & 0x80) != 0;
        h.rsv = b & 0x70;
        h.op = b & 0x0f;
        const bool known = h.op <= 2 || (h.op >= 8 && h.op <= 10);
        unsigned allowed = 0;
        if (!h.control() && !open_) allowed = options_.allowed_rsv | options_.transform_rsv;
        error code = error::none;
        if ((h.rsv & ~allowed) != 0)
            code = error::reserved_bits;
        else if (!known)
            code = error::reserved_opcode;
        else if (h.control() && !h.fin)
            code = error::fragmented_control;
        else if (h.op == 0 && !open_)
            code = error::unexpected_continuation;
        else if ((h.op == 1 || h.op == 2) && open_)
            code = error::expected_continuation;
        else if (!h.control() && (open_ ? fragments_ : 0) >= options_.limits.max_fragments)
            code = error::too_many_fragments;
        if (code != error::none) fail(code, h.start);
        return code == error::none;
    }

    // RFC 6455 5.1, 5.5, 5.5.1: the mask bit and what the short length already shows.
    bool second_octet(header& h) {
        if (!has(h.start + 1)) return need_more(), false;
        const unsigned b = octet(h.start + 1);
        h.masked = (b & 0x80) != 0;
        h.length = b & 0x7f;
        error code = error::none;
        if (!options_.any_masking && options_.receiver == role::server && !h.masked)
            code = error::mask_missing;
        else if (!options_.any_masking && options_.receiver == role::client && h.masked)
            code = error::mask_unexpected;
        else if (h.control() && h.length > 125)
            code = error::control_too_long;
        else if (h.op == 8 && h.length == 1)
            code = error::close_body_too_short;
        if (code != error::none) fail(code, h.start + 1);
        return code == error::none;
    }

    // RFC 6455 5.2: the extended lengths, octet after octet.
    bool length(header& h) {
        const std::size_t extended = h.length == 126 ? 2 : h.length == 127 ? 8 : 0;
        h.last_of_length = h.start + 1 + extended;
        if (extended == 0) return true;
        h.length = 0;
        for (std::size_t i = 0; i < extended; ++i) {
            const std::size_t here = h.start + 2 + i;
            if (!has(here)) return need_more(), false;
            h.length = h.length * 256 + octet(here);
            if (extended == 8 && i == 0 && octet(here) >= 0x80)
                return fail(error::length_too_large, here), false;
            const bool small =
                (extended == 2 && i == 1 && h.length < 126) || (extended == 8 && i == 5 && h.length == 0);
            if (small) return fail(error::length_not_minimal, here), false;
        }
        return true;
    }

    // RFC 6455 10.4 and 8.1: what the length shows once it is known.
    bool limits_of(const header& h) {
        if (h.control()) return true;
        error code = error::none;
        const bool transforms = ((open_ ? rsv_ : h.rsv) & options_.transform_rsv) != 0;
        const std::uint64_t so_far = open_ ? message_.size() : 0;
        if (h.length > options_.limits.max_frame)
            code = error::frame_too_big;
        else if (!transforms && h.length > options_.limits.max_message - so_far)
            code = error::message_too_big;
        else if (!transforms && open_ && h.fin && must_be_utf8() && reference_missing(message_) > h.length)
            code = error::text_not_utf8;
        if (code != error::none) fail(code, h.last_of_length);
        return code == error::none;
    }

    bool key(header& h) {
        h.payload = h.last_of_length + 1 + (h.masked ? 4 : 0);
        if (stream_.size() < h.payload) return need_more(), false;
        if (h.control()) return true;
        if (!open_) {
            open_ = true;
            told_any_ = false;
            op_ = static_cast<opcode>(h.op);
            rsv_ = h.rsv;
            fragments_ = 0;
            message_.clear();
            if ((rsv_ & options_.transform_rsv) != 0) transform_ = options_.make_transform();
        }
        ++fragments_;
        return true;
    }

    // RFC 6455 8.1; a reserved bit that is left to the application says that the text is not plain.
    [[nodiscard]] bool must_be_utf8() const {
        return op_ == opcode::text && options_.check_utf8 && (rsv_ & ~unsigned{options_.transform_rsv}) == 0;
    }

    void tell_data(bytes data, bool last, bool frame_complete) {
        // An empty piece is told where it begins or ends a message.
        if (data.empty() && !last && (told_any_ || !frame_complete)) return;
        event e;
        e.kind = event_kind::data;
        e.bytes = data;
        e.op = op_;
        e.first = !told_any_;
        e.last = last;
        e.rsv = static_cast<std::uint8_t>(rsv_ & ~unsigned{options_.transform_rsv});
        log_.add(e);
        told_any_ = true;
        if (last) open_ = false;
    }

    void plain(const header& h, const bytes& arrived, bool complete) {
        bytes good = arrived;
        message_ += arrived;
        if (must_be_utf8()) {
            const std::size_t before = message_.size() - arrived.size();
            const std::uint64_t following = h.fin ? h.length - arrived.size() : UINT64_MAX;
            const std::size_t at = reference_first_invalid(message_, following);
            if (at < message_.size()) {
                good.resize(at - before);
                tell_data(good, false, false);
                return fail(error::text_not_utf8, h.payload + (at - before));
            }
        }
        tell_data(good, h.fin && complete, complete);
    }

    // What an extension restores has no place in the stream: its faults stand at the frame's end.
    void transformed(const header& h, const bytes& arrived, bool complete) {
        const bool last = h.fin && complete;
        bytes restored;
        const bool allowed = transform_->restore(arrived, last, restored);
        error code = allowed ? error::none : error::transform_failed;
        const std::size_t before = message_.size();
        const auto left = static_cast<std::size_t>(
            std::min<std::uint64_t>(restored.size(), options_.limits.max_message - before));
        if (restored.size() > left) {
            restored.resize(left);
            code = error::message_too_big;
        }
        message_ += restored;
        if (must_be_utf8()) {
            // Nobody knows how much of the text is still to come before its end is there.
            const std::size_t at = reference_first_invalid(message_, UINT64_MAX);
            if (at < message_.size()) {
                restored.resize(at - before);
                code = error::text_not_utf8;
            } else if (last && code == error::none && reference_missing(message_) != 0) {
                code = error::text_not_utf8;
            }
        }
        // A transform has nothing to say of a frame that gave nothing, empty or not.
        tell_data(restored, last && code == error::none, false);
        if (code != error::none) fail(code, h.payload + h.length - 1);
    }

    // RFC 6455 5.5.1, 7.4: a Close code, octet after octet, and its reason.
    void control(const header& h, const bytes& arrived, bool complete) {
        event e;
        e.kind = h.op == 8 ? event_kind::close : h.op == 9 ? event_kind::ping : event_kind::pong;
        bytes data = arrived;
        if (h.op == 8) {
            if (!arrived.empty() && !code_begins_with(number(arrived[0])))
                return fail(error::close_code_invalid, h.payload);
            e.code = 1005;
            if (arrived.size() >= 2) {
                const unsigned code = number(arrived[0]) * 256 + number(arrived[1]);
                if (!valid_code(code)) return fail(error::close_code_invalid, h.payload + 1);
                e.code = static_cast<std::uint16_t>(code);
                data.erase(data.begin(), data.begin() + 2);
                const std::size_t at = reference_first_invalid(data, h.length - arrived.size());
                if (options_.check_utf8 && at < data.size())
                    return fail(error::close_reason_not_utf8, h.payload + 2 + at);
            }
            if (complete) stopped_ = true;
        }
        if (!complete) return;
        e.bytes = data;
        log_.add(e);
    }

    // RFC 6455 7.4: codes that may be on the wire, with 1012 to 1014 as registered since.
    static bool valid_code(unsigned code) {
        if (code >= 3000 && code <= 4999) return true;
        for (const unsigned known :
             {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u, 1013u, 1014u})
            if (code == known) return true;
        return false;
    }
    static bool code_begins_with(unsigned high) {
        for (unsigned low = 0; low < 256; ++low)
            if (valid_code(high * 256 + low)) return true;
        return false;
    }

    const bytes& stream_;
    const reference_options& options_;
    event_log log_;
    std::size_t at_ = 0;
    bool stopped_ = false;
    bool open_ = false;
    bool told_any_ = false;
    opcode op_ = opcode::binary;
    unsigned rsv_ = 0;
    std::uint32_t fragments_ = 0;
    bytes message_;  // restored
    std::unique_ptr<reference_transform> transform_;
};

}  // namespace

event_log decode_reference(const bytes& stream, const reference_options& options) {
    return decoder{stream, options}.decode();
}

}  // namespace wspc::test
