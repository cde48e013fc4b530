// SPDX-License-Identifier: Apache-2.0
// Readers fed from memory in which nothing but what has arrived is known: each octet that they tell of must
// come from it.
#include <algorithm>

#include <wspc/frame_reader.hpp>
#include <wspc/message_reader.hpp>

#include "checks.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

// Messages of every size, small ones in runs, in one frame and in three, with control frames in between.
struct conversation {
    bytes wire;
    bytes payload;
};

conversation make(role receiver, std::size_t size) {
    conversation made;
    const auto say = [&](unsigned op, const bytes& payload, bool fin = true) {
        made.wire += wire_to(receiver, op, payload, fin);
        if (op < 8) made.payload += payload;
    };
    const bytes text = text_of(size);
    for (int i = 0; i < 3; ++i) say(1, text), say(2, counted_bytes(size));
    const auto third = static_cast<std::ptrdiff_t>(size / 3);
    say(1, bytes(text.begin(), text.begin() + third), false);
    say(9, counted_bytes(std::min<std::size_t>(size, 125)));
    say(0, bytes(text.begin() + third, text.begin() + 2 * third), false);
    say(10, {});
    say(0, bytes(text.begin() + 2 * third, text.end()));
    say(8, octets({0x03, 0xE8}) + text_of(std::min<std::size_t>(size, 123)));
    return made;
}

// Feeds `wire` in chunks, each in memory that holds nothing else.
template <class feed>
void in_chunks(const bytes& wire, std::size_t chunk, feed&& fed) {
    for (std::size_t at = 0; at < wire.size(); at += chunk) {
        const std::size_t size = std::min(chunk, wire.size() - at);
        const unknown_memory memory{size + 64};
        const std::span<std::byte> bytes = memory.all().first(size);
        std::copy_n(wire.begin() + static_cast<std::ptrdiff_t>(at), size, bytes.begin());
        fed(bytes);
    }
}

void read_frames(role receiver, const conversation& said, std::size_t chunk) {
    frame_reader reader{{.receiver = receiver}};
    bytes payload;
    in_chunks(said.wire, chunk, [&](std::span<std::byte> bytes) {
        while (!bytes.empty()) {
            const frame_piece piece = reader.read(bytes);
            all_known(piece.consumed);
            all_known(piece.kind);
            all_known(piece.begins);
            all_known(piece.ends);
            if (piece.kind == piece_kind::piece) {
                all_known(piece.header.length);
                all_known(piece.header.op);
                all_known(piece.header.fin);
            }
            must_be_known(piece.bytes);
            if (!is_control(piece.header.op))
                payload.insert(payload.end(), piece.bytes.begin(), piece.bytes.end());
            bytes = bytes.subspan(piece.consumed);
        }
    });
    all_known(reader.offset());
    require(!reader.failed() && same(payload, said.payload), "frames carry what was sent");
}

void read_batches(role receiver, const conversation& said, std::size_t chunk) {
    message_reader reader{receiver};
    bytes payload;
    in_chunks(said.wire, chunk, [&](std::span<std::byte> bytes) {
        while (!bytes.empty()) {
            batch<4> memory;
            const received got = reader.receive(bytes, memory);
            for (const event& e : got.events) {
                must_be_known(e);
                if (e.kind == event_kind::data) payload.insert(payload.end(), e.bytes.begin(), e.bytes.end());
            }
            bytes = bytes.subspan(got.consumed);
        }
    });
    all_known(reader.offset());
    require(reader.closed() && same(payload, said.payload), "batches tell what was sent");
}

void read_singly(role receiver, const conversation& said, std::size_t chunk) {
    message_reader reader{receiver};
    bytes payload;
    in_chunks(said.wire, chunk, [&](std::span<std::byte> bytes) {
        while (!bytes.empty()) {
            const received_one got = reader.receive_one(bytes);
            must_be_known(got.event);
            const std::span<const std::byte> told = got.event.bytes;
            if (got.event.kind == event_kind::data) payload.insert(payload.end(), told.begin(), told.end());
            bytes = bytes.subspan(got.consumed);
        }
    });
    require(reader.closed() && same(payload, said.payload), "single events tell what was sent");
}

// A failure, too, is decided by octets that have arrived.
void read_wrong(role receiver, std::size_t chunk) {
    for (const bytes& payload :
         {octets({0xF4, 0x90, 0x80, 0x80}), text_of(300) + octets({0xFF}) + text_of(40)}) {
        message_reader reader{receiver};
        bool failed = false;
        in_chunks(wire_to(receiver, 1, payload), chunk, [&](std::span<std::byte> bytes) {
            while (!bytes.empty()) {
                batch<4> memory;
                const received got = reader.receive(bytes, memory);
                for (const event& e : got.events) must_be_known(e), failed |= e.kind == event_kind::failed;
                bytes = bytes.subspan(got.consumed);
            }
        });
        all_known(reader.failed().code);
        all_known(reader.failed().offset);
        require(failed, "text that is not UTF-8 fails");
    }
}

}  // namespace

void drive_codec() {
    for (const role receiver : {role::server, role::client}) {
        for (const std::size_t size : sizes) {
            const conversation said = make(receiver, size);
            for (const std::size_t chunk :
                 {std::size_t{1}, std::size_t{13}, std::size_t{500}, said.wire.size()}) {
                if (chunk == 1 && size > 5000) continue;
                read_frames(receiver, said, chunk);
                read_batches(receiver, said, chunk);
                read_singly(receiver, said, chunk);
            }
        }
        for (const unsigned chunk : {1u, 5u, 64u, 1000u}) read_wrong(receiver, chunk);
    }
}

}  // namespace wspc::test
