// SPDX-License-Identifier: Apache-2.0
// A client and a server that write into unknown memory: each octet for the wire must be known.
#include <algorithm>

#include <wspc/connection.hpp>

#include "checks.hpp"

namespace wspc::test {
namespace {

class pair {
public:
    connection client{role::client, default_connection_config, {}, &keys_};
    connection server{role::server};

    connection& other(const connection& of) { return &of == &client ? server : client; }

    // What was written to the front of `out_` goes to the other side, whose echo and pongs come back.
    void deliver(connection& from, const write_result& written, bool echoes = true) {
        require(written.code == error::none, "there is room");
        must_be_known(out_.all().first(written.size));
        bytes wire = to_bytes(out_.all().first(written.size));
        forget(out_.all());
        connection& to = other(from);
        std::span<std::byte> rest{wire};
        while (!rest.empty()) {
            batch<8> memory;
            const received got = to.receive(rest, memory);
            for (const event& e : got.events) {
                must_be_known(e);
                ++heard;
                if (echoes && e.kind == event_kind::data) deliver(to, to.write(out_.all(), e), false);
            }
            rest = rest.subspan(got.consumed);
            if (to.pending()) deliver(to, to.write_pending(out_.all()), false);
        }
    }

    [[nodiscard]] std::span<std::byte> out() const { return out_.all(); }
    int heard = 0;

private:
    masking_keys keys_;
    unknown_memory out_{1 << 17};
};

void converse(bool from_client) {
    pair p;
    connection& self = from_client ? p.client : p.server;
    for (const std::size_t size : sizes) {
        p.deliver(self, self.write(p.out(), opcode::binary, counted_bytes(size)));
        p.deliver(self, self.write(p.out(), opcode::text, text_of(size)));
        p.deliver(self, self.write(p.out(), opcode::text, text_of(size), false));
        p.deliver(self, self.write(p.out(), opcode::ping, counted_bytes(std::min<std::size_t>(size, 125))));
        p.deliver(self, self.write(p.out(), opcode::continuation, text_of(size)));
        // In pieces.
        const bytes payload = counted_bytes(size);
        std::span<const std::byte> left{payload};
        do {
            p.deliver(self, self.write_some(p.out().first(100), opcode::binary, left));
        } while (!left.empty());
    }
    if (!from_client) {
        const bytes payload = counted_bytes(300);
        const write_result head = self.write_header(p.out(), opcode::binary, payload);
        std::copy(payload.begin(), payload.end(), p.out().begin() + static_cast<std::ptrdiff_t>(head.size));
        p.deliver(self, {head.size + payload.size(), 0, head.code});
    }
    p.deliver(self, self.write_close(p.out(), 1001, "going"), false);
    require(p.client.close_received() && p.server.close_received(), "both have closed");
    require(p.heard > 100, "both have heard the other");
}

// What is sent when the peer breaks the protocol.
void fail() {
    pair p;
    p.out()[0] = std::byte{0x83};
    p.out()[1] = std::byte{0x80};
    p.deliver(p.client, {2, 2, error::none});
    require(p.client.close_received(), "a failure is answered with Close");
}

}  // namespace

void drive_connection() {
    converse(true);
    converse(false);
    fail();
}

}  // namespace wspc::test
