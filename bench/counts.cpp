// SPDX-License-Identifier: Apache-2.0
// Fixed workloads for callgrind, which counts the instructions between the two marks of each; see
// bench/counts. Without callgrind this only does the work.
#include "counts.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/cpu.hpp>
#include <wspc/utf8.hpp>

#include "streams.hpp"

namespace wspc::bench {
namespace {

// The figures of bench/counts.json are of these.
constexpr std::size_t counted_bytes = 64u << 10;

std::vector<std::span<const std::byte>> pieces(const stream& s) {
    const std::span<const std::byte> all{s.bytes};
    if (s.ends.empty()) return {all.first(counted_bytes)};
    std::vector<std::span<const std::byte>> made;
    std::uint32_t begin = 0;
    for (const std::uint32_t end : s.ends) {
        if (end > counted_bytes) break;
        made.push_back(all.subspan(begin, end - begin));
        begin = end;
    }
    return made;
}

void receive(const workload& of) {
    const stream sent = make_stream(of, 1, counted_bytes);
    const auto fed = pieces(sent);
    const auto buffer = std::make_unique<std::array<std::byte, counted_bytes>>();
    batch<16> events;
    counted(of.name, [&] {
        message_reader reader{of.receiver};
        for (const auto piece : fed) {
            std::memcpy(buffer->data(), piece.data(), piece.size());
            std::span<std::byte> bytes{buffer->data(), piece.size()};
            while (!bytes.empty()) bytes = bytes.subspan(reader.receive(bytes, events).consumed);
        }
        return !reader.failed() && reader.offset() > counted_bytes / 2;
    });
}

void send(const char* name, role self, content what, std::size_t size) {
    counted_random random;
    masking_keys keys{random.source()};
    connection subject{self, default_connection_config, {}, &keys};
    const opcode op = what == content::binary ? opcode::binary : opcode::text;
    const std::string text = text_of(what, size);
    const std::span<const std::byte> payload = std::as_bytes(std::span{text});
    std::vector<std::byte> out(subject.frame_size(size));
    counted(name, [&] {
        bool good = true;
        for (int i = 0; i < repetitions; ++i) good = subject.write(out, op, payload) == out.size() && good;
        return good;
    });
}

// Two pools of keys, the first of which is small.
void draw_keys() {
    counted_random random{512};  // a call as dear as one of RAND_bytes()
    masking_keys keys{random.source()};
    counted("keys", [&] {
        bool good = true;
        for (int i = 0; i < 8192; ++i) good = keys.next().code == error::none && good;
        return good;
    });
}

void check_text(const char* name, content what, std::size_t size) {
    const std::string text = text_of(what, size);
    const std::span<const std::byte> octets = std::as_bytes(std::span{text});
    counted(name, [&] {
        bool good = true;
        for (int i = 0; i < repetitions; ++i) good = is_utf8(octets) && good;
        return good;
    });
}

// One text in pieces that are cut inside of characters, too.
void check_pieces(const char* name, content what, std::size_t size) {
    const std::string text = text_of(what, counted_bytes / 4);
    counted(name, [&] {
        utf8_state state = utf8_state::accept;
        std::span<const std::byte> left = std::as_bytes(std::span{text});
        while (!left.empty()) {
            const auto piece = left.first(std::min(size, left.size()));
            state = validate(piece, state);
            left = left.subspan(piece.size());
        }
        return state == utf8_state::accept;
    });
}

// Frames that `write(client, out)` makes, one after the other.
template <class Write>
std::vector<std::byte> frames_of_client(Write write) {
    counted_random random;
    masking_keys keys{random.source()};
    connection client{role::client, default_connection_config, {}, &keys};
    std::vector<std::byte> made(counted_bytes);
    std::size_t size = 0;
    for (int i = 0; i < repetitions; ++i) size += write(client, std::span{made}.subspan(size));
    made.resize(size);
    return made;
}

// A server that answers: data by itself, and pings.
void echo(const char* name, const std::vector<std::byte>& arriving) {
    const auto buffer = std::make_unique<std::array<std::byte, counted_bytes>>();
    const auto out = std::make_unique<std::array<std::byte, counted_bytes>>();
    batch<16> events;
    counted(name, [&] {
        connection server{role::server};
        std::memcpy(buffer->data(), arriving.data(), arriving.size());
        std::span<std::byte> bytes{buffer->data(), arriving.size()};
        std::span<std::byte> room{*out};
        while (!bytes.empty()) {
            const received got = server.receive(bytes, events);
            for (const event& e : got.events)
                if (e.kind == event_kind::data) room = room.subspan(server.write(room, e));
            bytes = bytes.subspan(got.consumed);
            room = room.subspan(server.write_pending(room));
        }
        return out->size() - room.size() == arriving.size() - std::size_t{4} * repetitions;
    });
}

void echo_all() {
    const std::string text = text_of(content::ascii, 64);
    const std::span<const std::byte> payload = std::as_bytes(std::span{text});
    echo("echo/ascii/64", frames_of_client([&](connection& client, std::span<std::byte> out) {
             return static_cast<std::size_t>(client.write(out, opcode::text, payload));
         }));
    echo("echo/ascii/64/fragments",
         frames_of_client([&, at = 0](connection& client, std::span<std::byte> out) mutable {
             const opcode op = at % 4 == 0 ? opcode::text : opcode::continuation;
             return static_cast<std::size_t>(client.write(out, op, payload, at++ % 4 == 3));
         }));
    // A message in four fragments, cut inside of characters.
    const std::string chinese = text_of(content::chinese, 256);
    const std::span<const std::byte> whole = std::as_bytes(std::span{chinese});
    echo("echo/chinese/64/fragments",
         frames_of_client([&, at = 0u](connection& client, std::span<std::byte> out) mutable {
             const std::size_t nth = at++ % 4;
             const opcode op = nth == 0 ? opcode::text : opcode::continuation;
             return static_cast<std::size_t>(client.write(out, op, whole.subspan(nth * 64, 64), nth == 3));
         }));
    echo("echo/pings/64", frames_of_client([&](connection& client, std::span<std::byte> out) {
             return static_cast<std::size_t>(client.write(out, opcode::ping, payload));
         }));
}

int count_all() {
    const kernel_report kernel = active_kernel();
    if (kernel.request != kernel_request::ok) {
        std::fprintf(stderr, "WSPC_KERNEL must name the kernel to count\n");
        return 1;
    }
    static constexpr workload received[] = {
        {"receive/binary/0..125", content::binary, 0, 125},
        {"receive/ascii/0..125", content::ascii, 0, 125},
        {"receive/binary/1KiB", content::binary, 1024, 1024},
        {"receive/ascii/1KiB", content::ascii, 1024, 1024},
        {"receive/chinese/1KiB", content::chinese, 1024, 1024},
        {"receive/binary/0..125/cuts", content::binary, 0, 125, arrival::cuts},
        {"receive/binary/0..125/frames", content::binary, 0, 125, arrival::frames},
        {"receive/ascii/16/frames", content::ascii, 16, 16, arrival::frames},
        {"receive/binary/0..125/octets", content::binary, 0, 125, arrival::octets},
        {"receive/binary/0..125/client", content::binary, 0, 125, arrival::chunks, role::client},
        {"receive/ascii/0..125/client", content::ascii, 0, 125, arrival::chunks, role::client},
        {"receive/chinese/1KiB/client", content::chinese, 1024, 1024, arrival::chunks, role::client},
    };
    for (const workload& of : received) receive(of);
    send("send/server/64", role::server, content::binary, 64);
    send("send/client/64", role::client, content::binary, 64);
    send("send/client/4KiB", role::client, content::binary, 4096);
    send("send/server/ascii/64", role::server, content::ascii, 64);
    send("send/client/chinese/1KiB", role::client, content::chinese, 1024);
    draw_keys();
    check_text("validate/ascii/64", content::ascii, 64);
    check_text("validate/latin/125", content::latin, 125);
    check_text("validate/chinese/1KiB", content::chinese, 1024);
    check_text("validate/ascii/4KiB", content::ascii, 4096);
    check_pieces("validate/chinese/pieces", content::chinese, 100);
    echo_all();
    count_layers();
    return counts_failed ? 1 : 0;
}

}  // namespace
}  // namespace wspc::bench

int main() { return wspc::bench::count_all(); }
