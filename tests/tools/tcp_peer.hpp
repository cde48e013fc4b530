// SPDX-License-Identifier: Apache-2.0
// A plain TCP client that sends exactly the octets of a test, right or wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "support/bytes.hpp"

namespace wspc::test {

// A frame that a server sent.
struct received_frame {
    unsigned op = 0;
    bool fin = false;
    bytes payload;
};

class tcp_peer {
public:
    explicit tcp_peer(std::uint16_t port);
    explicit tcp_peer(int descriptor);  // takes over a connection
    tcp_peer(tcp_peer&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    tcp_peer& operator=(tcp_peer&&) = delete;
    ~tcp_peer();

    void send(std::span<const std::byte> octets);
    void send(std::string_view text);
    // As many as the socket takes at once; 0 if none.
    [[nodiscard]] std::size_t send_some(std::span<const std::byte> octets);
    // Whether a send succeeds; false once the server has reset the connection.
    [[nodiscard]] bool try_send(std::span<const std::byte> octets);

    // Exactly so many octets; fewer if the stream ends before.
    [[nodiscard]] bytes receive(std::size_t size);
    // Whatever arrives next; nothing at the end of the stream.
    [[nodiscard]] bytes receive_some();
    // Everything until the peer ends the stream in order; none if it was reset.
    [[nodiscard]] std::optional<bytes> receive_to_end();
    // The head of an HTTP message, with its blank line and nothing behind it.
    [[nodiscard]] std::string receive_head();

    // The next frame, its length in any form.
    [[nodiscard]] received_frame receive_frame();
    // The next message, put together from as many fragments as it comes in: a server that echoes what
    // it has got, as it gets it, sends one fragment for each of its reads.
    [[nodiscard]] received_frame receive_message();

    // Waits until the socket takes more, at most so long.
    [[nodiscard]] bool writable(int milliseconds) const;

    void end_sending();  // our half of the stream
    void reset();        // as if the machine had vanished

private:
    int descriptor_ = -1;
};

inline constexpr std::string_view plain_upgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

// The example of RFC 6455 1.3, with `more` headers.
[[nodiscard]] std::string upgrade_request(std::string_view more = {});

// A connection with the opening handshake behind it.
[[nodiscard]] tcp_peer open_websocket(std::uint16_t port);

// Sends a request and returns everything that comes back before the stream ends.
[[nodiscard]] std::string ask(std::uint16_t port, std::string_view request);

}  // namespace wspc::test
