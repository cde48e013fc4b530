// SPDX-License-Identifier: Apache-2.0
// The example of README.md, fed with the frames of RFC 6455 5.7: a text, a ping, and a Close.
#include <array>
#include <cstdio>
#include <cstring>

#include <wspc/connection.hpp>

// A server with its own event loop, its own buffers, any number of connections.
struct echo {
    wspc::connection peer{wspc::role::server};  // never allocates

    // Reads what has arrived and writes the answer, for which bytes.size() + 512 bytes are always
    // enough; returns the number of bytes to send.
    std::size_t on_bytes(std::span<std::byte> bytes, std::span<std::byte> out) {
        static thread_local wspc::batch<> batch;  // one per thread, for all connections
        std::size_t written = 0;
        while (!bytes.empty()) {
            const auto got = peer.receive(bytes, batch);  // unmasked, validated, many events at once
            for (const wspc::event& e : got.events)
                if (e.kind == wspc::event_kind::data)  // same opcode, same fragmentation
                    written += peer.write(out.subspan(written), e);
            bytes = bytes.subspan(got.consumed);
            written += peer.write_pending(out.subspan(written));  // pongs, Close
        }
        return written;
    }
    bool finished() const { return peer.disconnect() == wspc::disconnect::now; }
};

int main() {
    unsigned char wire[] = {
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,  // text "Hello"
        0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,  // ping "Hello"
        0x88, 0x82, 0x00, 0x00, 0x00, 0x00, 0x03, 0xe8,                    // Close 1000
    };
    const unsigned char expected[] = {0x81, 0x05, 'H', 'e', 'l', 'l',  'o',  0x8a, 0x05,
                                      'H',  'e',  'l', 'l', 'o', 0x88, 0x02, 0x03, 0xe8};
    std::array<std::byte, 1024> out;
    echo server;
    const std::size_t size = server.on_bytes(std::as_writable_bytes(std::span{wire}), out);
    if (size != sizeof expected || std::memcmp(out.data(), expected, size) != 0) {
        std::printf("unexpected answer of %zu bytes\n", size);
        return 1;
    }
    if (!server.finished()) return 2;
    std::printf("echoed a text, answered a ping and a Close\n");
    return 0;
}
