// SPDX-License-Identifier: Apache-2.0
// Prints what a connection says, as it is said: both handshakes, every frame with its header, and
// every event. It reads the same bytes as the connection, with frame readers of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include <wspc/event.hpp>
#include <wspc/frame_reader.hpp>

namespace tool {

// The front of some bytes, for one line: text in quotation marks, with \x.. for what cannot be
// printed, or hexadecimal. `size` is that of all the bytes, if more than these; `shown` is how many are
// shown at most.
[[nodiscard]] std::string quoted(std::span<const std::byte> bytes, std::uint64_t size = 0,
                                 std::size_t shown = 40);
[[nodiscard]] std::string hexadecimal(std::span<const std::byte> bytes, std::uint64_t size = 0);

[[nodiscard]] std::string describe(const wspc::event& e);

class tracer {
public:
    // Prints to `to`, every line behind `indent`.
    explicit tracer(std::FILE* to, std::string indent = "") : to_{to}, indent_{std::move(indent)} {}

    void request(std::span<const std::byte> text) { head("->", text); }
    void response(std::span<const std::byte> text) { head("<-", text); }

    // Bytes that the client sends, and bytes that it received with the events they brought.
    void sent(std::span<const std::byte> bytes);
    void received(std::span<std::byte> bytes, std::span<const wspc::event> events);

private:
    struct direction {
        const char* arrow;
        wspc::frame_reader reader;
        wspc::opcode message = wspc::opcode::binary;  // that is under way
    };

    void head(const char* arrow, std::span<const std::byte> text);
    void frames(direction& way, std::span<std::byte> bytes);
    void frame(direction& way, const wspc::frame_piece& piece);

    std::FILE* to_;
    std::string indent_;
    direction out_{"->", wspc::frame_reader{{.receiver = wspc::role::server}}};
    direction in_{"<-", wspc::frame_reader{{.receiver = wspc::role::client}}};
    std::uint64_t message_ = 0;  // bytes of the message at hand that events have shown
};

}  // namespace tool
