// SPDX-License-Identifier: Apache-2.0
// A conformance case as data: the frames that one side sends, and how its peer must come out of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>
#include <wspc/mask.hpp>

namespace conformance {

inline constexpr std::size_t kib = 1024;

// A generator whose numbers are the same on every machine and with every compiler.
class random_numbers {
public:
    explicit constexpr random_numbers(std::uint64_t seed) noexcept : state_{seed} {}
    constexpr std::uint64_t next() noexcept { return at(state_++); }
    constexpr std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
    // splitmix64's output function: number i of the sequence, in any order.
    static constexpr std::uint64_t at(std::uint64_t i) noexcept {
        std::uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

// Octets of a payload: spelled out, or a part of a generated message, so that a table of messages of
// 16 MiB costs nothing until a case runs.
class body {
public:
    enum class fill : std::uint8_t { literal, text, binary };

    body(std::string literal) : literal_{std::move(literal)}, size_{literal_.size()} {}  // NOLINT
    body(const char* literal) : body{std::string{literal}} {}                            // NOLINT
    // Octets from `from` on of the generated message of `whole` octets.
    body(fill kind, std::size_t whole, std::size_t from, std::size_t size)
        : size_{size}, whole_{whole}, from_{from}, kind_{kind} {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void append_to(std::vector<std::byte>& to) const;

private:
    std::string literal_;
    std::size_t size_ = 0;
    std::size_t whole_ = 0;
    std::size_t from_ = 0;
    fill kind_ = fill::literal;
};

// "ce ba" are two octets.
[[nodiscard]] std::string hex(std::string_view digits);

enum class length_form : std::uint8_t { shortest, bits16, bits64 };

// A frame as a peer may send it, allowed or not.
struct frame {
    std::uint8_t first;  // FIN, RSV, opcode, as on the wire
    body payload;
    length_form form = length_form::shortest;
    bool wrong_mask = false;                 // unmasked from a client, masked from a server
    std::optional<std::uint64_t> claimed{};  // the header's length, if the payload is not all there
    std::optional<wspc::masking_key> key{};  // else a fresh one

    [[nodiscard]] wspc::opcode op() const noexcept { return static_cast<wspc::opcode>(first & 0x0f); }
    [[nodiscard]] bool fin() const noexcept { return (first & 0x80) != 0; }
    [[nodiscard]] bool control() const noexcept { return wspc::is_control(op()); }

    [[nodiscard]] frame unfinished() const;
    [[nodiscard]] frame reserved(unsigned bits) const;  // 1 to 7: RSV1 is 4, RSV3 is 1
    [[nodiscard]] frame in(length_form length) const;
    [[nodiscard]] frame claiming(std::uint64_t length) const;
    [[nodiscard]] frame mismasked() const;
    [[nodiscard]] frame masked_with(wspc::masking_key with) const;
};

[[nodiscard]] frame any_frame(unsigned opcode, body payload);  // FIN set
[[nodiscard]] frame text(body payload);
[[nodiscard]] frame binary(body payload);
[[nodiscard]] frame continuation(body payload);
// A continuation that does not end the message.
[[nodiscard]] frame more(body payload);
[[nodiscard]] frame ping(body payload);
[[nodiscard]] frame pong(body payload);
[[nodiscard]] frame close(std::uint16_t code, std::string_view reason = {});
[[nodiscard]] frame close_with_body(std::string octets);

[[nodiscard]] frame generated_text(std::size_t size);
[[nodiscard]] frame generated_binary(std::size_t size);

// An octet of the stream, named so that it is the same for both roles.
struct place {
    std::size_t frame = 0;
    bool in_payload = false;
    std::size_t octet = 0;  // of the header or of the payload
};

[[nodiscard]] constexpr place header_octet(std::size_t frame, std::size_t octet) {
    return {frame, false, octet};
}
[[nodiscard]] constexpr place payload_octet(std::size_t frame, std::size_t octet) {
    return {frame, true, octet};
}

struct test_case {
    std::string name;
    std::vector<frame> frames;
    // The octet that decides: after it the peer has failed, before it the peer has not. Everything
    // before it has its normal effect, nothing behind it has any. With error::none, the last octet
    // of a Close frame that ends the connection cleanly.
    place decided;
    wspc::error error = wspc::error::none;  // as a server says it; a client says mask_unexpected
    std::uint16_t close_code = 0;           // what the peer's own Close must carry; 1005: no body
    // Also feed the stream in writes of so many octets.
    std::vector<std::size_t> writes{};
    // The peer has sent Close with this code before it reads the first octet; 0: no.
    std::uint16_t closes_first = 0;
};

// All frames have their normal effect, and a Close with 1000 behind them ends the connection.
[[nodiscard]] test_case accepted(std::string name, std::vector<frame> frames);

// The last frame that counts is frame `at`, a Close that the peer answers with `code`.
[[nodiscard]] test_case closed(std::string name, std::vector<frame> frames, std::size_t at,
                               std::uint16_t code);

// The peer fails at this octet, and its Close says `code`.
[[nodiscard]] test_case refused(std::string name, std::vector<frame> frames, place decided, wspc::error error,
                                std::uint16_t code);

struct group {
    std::string_view name;
    std::vector<test_case> (*cases)();
};

std::vector<test_case> framing_cases();
std::vector<test_case> ping_cases();
std::vector<test_case> reserved_bits_cases();
std::vector<test_case> opcode_cases();
std::vector<test_case> fragmentation_cases();
std::vector<test_case> utf8_cases();
std::vector<test_case> close_cases();
std::vector<test_case> masking_and_length_cases();
std::vector<test_case> limit_cases();

// Numbered like the groups of the public yardstick; what that one never sends has no number.
inline constexpr group groups[] = {
    {"1_framing", framing_cases},
    {"2_pings", ping_cases},
    {"3_reserved_bits", reserved_bits_cases},
    {"4_opcodes", opcode_cases},
    {"5_fragmentation", fragmentation_cases},
    {"6_utf8", utf8_cases},
    {"7_close", close_cases},
    {"9_limits", limit_cases},
    {"masking_and_lengths", masking_and_length_cases},
};

}  // namespace conformance
