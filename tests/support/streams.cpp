// SPDX-License-Identifier: Apache-2.0
#include "support/streams.hpp"

#include <algorithm>
#include <array>

#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

void append_character(bytes& to, std::uint32_t c) {
    const auto put = [&](std::uint32_t octet) { to.push_back(static_cast<std::byte>(octet)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | (c >> 6));
        put(0x80 | (c & 63));
    } else if (c < 0x10000) {
        put(0xe0 | (c >> 12));
        put(0x80 | ((c >> 6) & 63));
        put(0x80 | (c & 63));
    } else {
        put(0xf0 | (c >> 18));
        put(0x80 | ((c >> 12) & 63));
        put(0x80 | ((c >> 6) & 63));
        put(0x80 | (c & 63));
    }
}

std::uint32_t random_character(random_source& random) {
    constexpr std::array<std::uint32_t, 14> edges{0,       0x7f,    0x80,    0x7ff,   0x800,
                                                  0xfff,   0x1000,  0xd7ff,  0xe000,  0xffff,
                                                  0x10000, 0x3ffff, 0x40000, 0x10ffff};
    switch (random.below(6)) {
        case 0: return edges[random.below(edges.size())];
        case 1: return static_cast<std::uint32_t>(random.between(0x80, 0x7ff));
        case 2: return static_cast<std::uint32_t>(random.between(0x800, 0xd7ff));
        case 3: return static_cast<std::uint32_t>(random.between(0x10000, 0x10ffff));
        default: return static_cast<std::uint32_t>(random.between(0x20, 0x7e));
    }
}

std::size_t random_size(random_source& random, const stream_profile& profile) {
    if (profile.small_only) return random.below(126);
    switch (random.below(8)) {
        case 0: return 0;
        case 1: return std::min(profile.max_payload, random.between(120, 130));
        case 2: return random.below(profile.max_payload + 1);
        case 3: return random.below(std::min<std::size_t>(profile.max_payload + 1, 126));
        default: return random.below(std::min<std::size_t>(profile.max_payload + 1, 20));
    }
}

class generator {
public:
    generator(random_source& random, const stream_profile& profile) : random_{random}, profile_{profile} {}

    bytes make() {
        const std::size_t messages = random_.between(1, profile_.max_messages);
        for (std::size_t i = 0; i < messages && !closed_; ++i) {
            maybe_control();
            if (!closed_) message();
        }
        if (!closed_ && random_.one_in(4)) close();
        return std::move(stream_);
    }

private:
    void frame(unsigned op, bytes payload, bool fin, std::uint8_t rsv = 0) {
        masking_key key;
        for (std::byte& b : key) b = random_.one_in(8) ? std::byte{0} : random_.octet();
        stream_ += wire({.op = op,
                         .payload = std::move(payload),
                         .fin = fin,
                         .rsv = rsv,
                         .key = key_for(profile_.receiver, key)});
    }

    void message() {
        const bool is_text = random_.one_in(2);
        const std::uint8_t rsv = random_.one_in(2) ? profile_.message_rsv : std::uint8_t{0};
        const std::size_t frames = profile_.small_only || random_.one_in(2) ? 1 : random_.between(1, 5);
        bytes whole;
        std::vector<std::size_t> ends;
        for (std::size_t i = 0; i < frames; ++i) {
            const std::size_t size = random_size(random_, profile_);
            if (is_text && profile_.small_only)
                whole += random_text(random_, size < 4 ? 0 : size - 3);
            else
                whole += is_text ? random_text(random_, size) : random_.octets(size);
            ends.push_back(whole.size());
        }
        // Fragments of a text end anywhere, also inside a character.
        for (std::size_t i = 0; i + 1 < frames; ++i)
            if (ends[i] != 0) ends[i] -= std::min(ends[i], random_.below(4));
        std::sort(ends.begin(), ends.end());
        std::size_t from = 0;
        for (std::size_t i = 0; i < frames && !closed_; ++i) {
            const bytes part(whole.begin() + static_cast<std::ptrdiff_t>(from),
                             whole.begin() + static_cast<std::ptrdiff_t>(ends[i]));
            from = ends[i];
            frame(i != 0 ? 0 : is_text ? 1 : 2, part, i + 1 == frames, i == 0 ? rsv : std::uint8_t{0});
            if (i + 1 < frames) maybe_control();
        }
    }

    void maybe_control() {
        if (!random_.one_in(profile_.small_only ? 12 : 4)) return;
        if (random_.one_in(12)) return close();
        frame(random_.one_in(2) ? 9 : 10, random_.octets(random_.one_in(4) ? 125 : random_.below(20)), true);
    }

    void close() {
        bytes body;
        if (!random_.one_in(3)) {
            const std::size_t code =
                random_.one_in(2) ? random_.between(1000, 1003) : random_.between(3000, 4999);
            body = octets({static_cast<unsigned>(code >> 8), static_cast<unsigned>(code & 255)});
            body += random_text(random_, random_.below(100));
        }
        frame(8, body, true);
        closed_ = true;
        // Nobody may look at what follows.
        if (random_.one_in(2)) stream_ += random_.octets(random_.below(40));
    }

    random_source& random_;
    const stream_profile& profile_;
    bytes stream_;
    bool closed_ = false;
};

}  // namespace

bytes random_text(random_source& random, std::size_t size) {
    bytes made;
    const bool ascii = random.one_in(3);
    while (made.size() < size)
        append_character(
            made, ascii ? static_cast<std::uint32_t>(random.between(0x20, 0x7e)) : random_character(random));
    return made;
}

bytes valid_stream(random_source& random, const stream_profile& profile) {
    return generator{random, profile}.make();
}

bytes mutated(random_source& random, bytes stream) {
    for (std::size_t i = random.between(1, 3); i != 0 && !stream.empty(); --i) {
        const std::size_t at = random.below(stream.size());
        const auto here = stream.begin() + static_cast<std::ptrdiff_t>(at);
        const auto some = static_cast<std::ptrdiff_t>(std::min(stream.size() - at, random.between(1, 8)));
        switch (random.below(6)) {
            case 0: *here ^= static_cast<std::byte>(1u << random.below(8)); break;
            case 1: *here = random.octet(); break;
            case 2: stream.erase(here, here + some); break;
            case 3: stream.insert(here, random.octet()); break;
            case 4: stream.resize(at); break;
            case 5: {
                const bytes again(here, here + some);
                stream.insert(here, again.begin(), again.end());
                break;
            }
        }
    }
    return stream;
}

bytes noise(random_source& random, role receiver, std::size_t size) {
    bytes made = random.octets(size);
    if (size >= 2 && !random.one_in(4)) {
        constexpr std::array<unsigned, 6> firsts{0x81, 0x82, 0x01, 0x02, 0x88, 0x89};
        made[0] = static_cast<std::byte>(firsts[random.below(firsts.size())]);
        made[1] = static_cast<std::byte>((receiver == role::server ? 0x80u : 0u) | random.below(128));
    }
    return made;
}

bytes any_stream(random_source& random, const stream_profile& profile) {
    switch (random.below(8)) {
        case 0:
        case 1:
        case 2: return valid_stream(random, profile);
        case 3: return noise(random, profile.receiver, random.below(60));
        case 4: {
            bytes made = valid_stream(random, profile);
            made += noise(random, profile.receiver, random.below(60));
            return made;
        }
        default: return mutated(random, valid_stream(random, profile));
    }
}

}  // namespace wspc::test
