// SPDX-License-Identifier: Apache-2.0
#include "trace.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <wspc/utf8.hpp>

namespace tool {
namespace {

std::string_view name(wspc::opcode op) {
    switch (op) {
        case wspc::opcode::continuation: return "continuation";
        case wspc::opcode::text: return "text";
        case wspc::opcode::binary: return "binary";
        case wspc::opcode::close: return "close";
        case wspc::opcode::ping: return "ping";
        case wspc::opcode::pong: return "pong";
    }
    return "reserved";
}

constexpr std::size_t shown_hex = 16;

std::string hex(std::span<const std::byte> bytes, const char* between) {
    std::string text;
    for (const std::byte each : bytes)
        text += fmt::format("{}{:02x}", text.empty() ? "" : between, std::to_integer<unsigned>(each));
    return text;
}

const char* dots(std::size_t shown, std::size_t given, std::uint64_t size) {
    return shown < std::max<std::uint64_t>(given, size) ? " ..." : "";
}

// Bytes of the character at the front: 0 if there is none that can be printed.
std::size_t printable(std::span<const std::byte> bytes) {
    if (bytes[0] < std::byte{' '} || bytes[0] == std::byte{0x7f}) return 0;
    // U+0080 to U+009F: terminals obey them as they obey ESC.
    if (bytes.size() > 1 && bytes[0] == std::byte{0xc2} && bytes[1] < std::byte{0xa0}) return 0;
    for (std::size_t size = 1; size <= std::min(bytes.size(), std::size_t{4}); ++size)
        if (wspc::is_utf8(bytes.first(size))) return size;
    return 0;
}

// RFC 6455 5.5.1: a Close carries nothing, or a code and a reason.
std::string close_body(std::span<const std::byte> bytes) {
    if (bytes.size() < 2) return hex(bytes, " ");
    const unsigned code = std::to_integer<unsigned>(bytes[0]) << 8 | std::to_integer<unsigned>(bytes[1]);
    return bytes.size() == 2 ? fmt::format("{}", code) : fmt::format("{} {}", code, quoted(bytes.subspan(2)));
}

}  // namespace

std::string quoted(std::span<const std::byte> bytes, std::uint64_t size, std::size_t shown) {
    std::string text = "\"";
    std::size_t at = 0;
    while (at < std::min(bytes.size(), shown)) {
        const std::span<const std::byte> rest = bytes.subspan(at);
        const std::size_t character = printable(rest);
        if (character == 0) {
            text += fmt::format("\\x{:02x}", std::to_integer<unsigned>(rest[0]));
        } else {
            text.append(reinterpret_cast<const char*>(rest.data()), character);
        }
        at += std::max(character, std::size_t{1});
    }
    return text + "\"" + dots(at, bytes.size(), size);
}

std::string hexadecimal(std::span<const std::byte> bytes, std::uint64_t size) {
    const std::span<const std::byte> front = bytes.first(std::min(bytes.size(), shown_hex));
    return hex(front, " ") + dots(front.size(), bytes.size(), size);
}

std::string describe(const wspc::event& e) {
    switch (e.kind) {
        case wspc::event_kind::none: return "nothing";
        case wspc::event_kind::data:
            if (e.whole()) return fmt::format("{} message of {} bytes", name(e.op), e.bytes.size());
            return fmt::format("{} piece of a {} message, {} bytes",
                               e.first  ? "first"
                               : e.last ? "last"
                                        : "next",
                               name(e.op), e.bytes.size());
        case wspc::event_kind::ping: return fmt::format("ping {}", quoted(e.bytes));
        case wspc::event_kind::pong: return fmt::format("pong {}", quoted(e.bytes));
        case wspc::event_kind::close:
            if (e.code == wspc::no_close_code) return "close without a code";
            return fmt::format("close {}{}", e.code,
                               e.bytes.empty() ? std::string{} : fmt::format(" {}", quoted(e.bytes)));
        case wspc::event_kind::failed:
            return fmt::format("failed at offset {}: {} ({})", e.offset, wspc::text(e.failure_code()),
                               wspc::section(e.failure_code()));
    }
    return {};
}

void tracer::head(const char* arrow, std::span<const std::byte> text) {
    std::string_view rest{reinterpret_cast<const char*>(text.data()), text.size()};
    while (!rest.empty()) {
        const std::size_t end = rest.find("\r\n");
        fmt::print(to_, "{}{} {}\n", indent_, arrow, rest.substr(0, end));
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 2);
    }
}

void tracer::frame(direction& way, const wspc::frame_piece& piece) {
    const wspc::frame_header& header = piece.header;
    if (header.op == wspc::opcode::text || header.op == wspc::opcode::binary) way.message = header.op;
    // A copy: the bytes belong to the connection, which has its own use for them.
    std::byte copy[wspc::max_control_payload];
    const std::span<std::byte> front{copy, std::min(piece.bytes.size(), sizeof copy)};
    std::copy_n(piece.bytes.begin(), front.size(), front.begin());
    std::string mask;
    if (header.masked) {
        mask = "  mask " + hex(header.key, "");
        wspc::mask(front, header.key);
    }
    std::string payload;
    if (header.op == wspc::opcode::close) {
        payload = close_body(front);
    } else if (wspc::is_control(header.op) || way.message == wspc::opcode::text) {
        payload = quoted(front, header.length);
    } else {
        payload = hexadecimal(front, header.length);
    }
    const std::uint64_t start =
        way.reader.offset() - piece.bytes.size() - wspc::header_size(header.length, header.masked);
    fmt::print(to_, "{}{} @{:<7} {:<12} {}{}{:>7} bytes{}  {}\n", indent_, way.arrow, start, name(header.op),
               header.fin ? "fin" : "   ", header.rsv != 0 ? fmt::format(" rsv {:x}", header.rsv >> 4) : "",
               header.length, mask, payload);
}

void tracer::frames(direction& way, std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        // locate() leaves the payload as it is on the wire.
        const wspc::frame_piece piece = way.reader.locate(bytes);
        // What is wrong with a frame, the event of the connection tells.
        if (piece.kind != wspc::piece_kind::piece) return;
        if (piece.begins) frame(way, piece);
        bytes = bytes.subspan(piece.consumed);
    }
}

void tracer::sent(std::span<const std::byte> bytes) {
    std::vector<std::byte> copy{bytes.begin(), bytes.end()};
    frames(out_, copy);
}

void tracer::received(std::span<std::byte> bytes, std::span<const wspc::event> events) {
    frames(in_, bytes);
    for (const wspc::event& e : events) {
        std::string where;
        if (e.kind == wspc::event_kind::data) {
            if (e.first) message_ = 0;
            if (!e.whole()) where = fmt::format(" [{}, {})", message_, message_ + e.bytes.size());
            message_ += e.bytes.size();
        }
        fmt::print(to_, "{}   event: {}{}\n", indent_, describe(e), where);
    }
}

}  // namespace tool
