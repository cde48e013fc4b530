// SPDX-License-Identifier: Apache-2.0
// Fixed workloads for callgrind, which counts the instructions between the two marks of each; see
// bench/counts. Without callgrind this only does the work.
#include <valgrind/callgrind.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/cpu.hpp>
#include <wspc/session.hpp>

#include "streams.hpp"

namespace wspc::bench {
namespace {

// The figures of bench/counts.json are of these.
constexpr std::size_t counted_bytes = 64u << 10;

bool failed = false;

// What `work` does twice: first so that everything lazy is done, then counted. It says whether all went
// well.
template <class Work>
void counted(const char* name, Work&& work) {
    if (!work()) failed = true;
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
    const bool good = work();
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(name);
    if (good && !failed) return;
    std::fprintf(stderr, "%s: not what was to be counted\n", name);
    failed = true;
}

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

void send(const char* name, role self, std::size_t size) {
    masking_keys keys;
    connection subject{self, default_connection_config, {}, &keys};
    const std::string text = text_of(content::binary, size);
    const std::span<const std::byte> payload = std::as_bytes(std::span{text});
    std::vector<std::byte> out(subject.frame_size(size));
    counted(name, [&] {
        bool good = true;
        for (int i = 0; i < 512; ++i)
            good = subject.write(out, opcode::binary, payload) == out.size() && good;
        return good;
    });
}

struct server_session {
    std::array<std::byte, 4096> receive_memory;
    std::array<std::byte, 4096> send_memory;
    std::array<std::byte, session::control_size> control_memory;
    session subject{role::server, default_session_config,
                    session_memory{receive_memory, send_memory, control_memory}};
    std::array<std::span<const std::byte>, 2> room;
};

void session_send() {
    const auto server = std::make_unique<server_session>();
    session& s = server->subject;
    std::array<std::byte, 64> payload{};
    counted("session/send/64", [&] {
        bool good = true;
        for (int i = 0; i < 512; ++i) {
            send_operation operation;
            operation.payload = payload;
            if (s.send(operation) != error::none) return false;
            s.complete(s.next(action_queue::send, server->room), payload.size() + 2);
            const action sent = s.next(action_queue::send, server->room);
            s.complete(sent, 0);
            good = sent.sending == &operation && good;
        }
        return good;
    });
}

void session_receive() {
    const auto server = std::make_unique<server_session>();
    session& s = server->subject;
    std::array<std::byte, 64 + 6> frame{std::byte{0x82}, std::byte{0x80 | 64}};
    counted("session/receive/64", [&] {
        bool good = true;
        for (int i = 0; i < 512; ++i) {
            receive_operation operation;
            if (s.receive(operation) != error::none) return false;
            const action reading = s.next(action_queue::receive, server->room);
            std::memcpy(reading.into.data(), frame.data(), frame.size());
            s.complete(reading, frame.size());
            s.complete(s.next(action_queue::receive, server->room), 0);
            good = operation.event.bytes.size() == 64 && good;
        }
        return good;
    });
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
    };
    for (const workload& of : received) receive(of);
    send("send/server/64", role::server, 64);
    send("send/client/64", role::client, 64);
    send("send/client/4KiB", role::client, 4096);
    session_send();
    session_receive();
    return failed ? 1 : 0;
}

}  // namespace
}  // namespace wspc::bench

int main() { return wspc::bench::count_all(); }
