// SPDX-License-Identifier: Apache-2.0
// What the layers above connection cost, S5 and S6: one message of 0 to 125 bytes sent by a server, and
// one received by it, through `connection`, `session` and websocket.h. One iteration is 16,384 messages, more
// than a predictor remembers the sizes of; the differences between the three are what counts. Lengths of lent
// buffers are added one by one: a loop becomes loads of vectors, which wait until the words have been stored.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <vector>

#include <websocket.h>
#include <wspc/session.hpp>

#include "program.hpp"
#include "subjects.hpp"

namespace {

std::uint64_t allocated = 0;

}  // namespace

// None of these is inlined: the compiler would see one of malloc() and free() alone, and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocated;
    if (void* const made = std::malloc(size)) return made;
    std::abort();
}
[[gnu::noinline]] void operator delete(void* made) noexcept { std::free(made); }
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept { std::free(made); }

namespace wspc::bench {
namespace {

constexpr std::size_t message_count = 16384;

struct message {
    std::span<const std::byte> payload;
    std::span<const std::byte> frame;  // as a client sends it
};

// Messages and their masked frames; made once, from a fixed seed.
class messages {
public:
    messages() {
        std::mt19937_64 random{5};
        std::vector<std::size_t> sizes(message_count);
        std::size_t total = 0;
        for (std::size_t& size : sizes) total += (size = random() % 126);
        payloads_.resize(total);
        for (std::byte& b : payloads_) b = static_cast<std::byte>(random() & 0x7f);
        frames_.resize(total + message_count * 6);
        masking_keys keys;
        connection client{role::client, default_connection_config, {}, &keys};
        std::size_t at = 0;
        std::size_t written = 0;
        for (const std::size_t size : sizes) {
            const std::span<const std::byte> payload{payloads_.data() + at, size};
            const std::span<std::byte> room = std::span{frames_}.subspan(written);
            const std::size_t frame = client.write(room, opcode::binary, payload);
            all_.push_back({payload, room.first(frame)});
            at += size;
            written += frame;
        }
    }
    [[nodiscard]] auto begin() const { return all_.begin(); }
    [[nodiscard]] auto end() const { return all_.end(); }

private:
    std::vector<std::byte> payloads_;
    std::vector<std::byte> frames_;
    std::vector<message> all_;
};

const messages& all() {
    static const messages made;
    return made;
}

// What a message has to be where it comes out.
enum class shows : std::uint8_t {
    payload,
    frame,  // a server's
};

bool is_right(const message& m, shows what, const std::vector<std::byte>& seen) {
    std::vector<std::byte> wanted;
    if (what == shows::frame) wanted = {std::byte{0x82}, static_cast<std::byte>(m.payload.size())};
    wanted.insert(wanted.end(), m.payload.begin(), m.payload.end());
    return seen == wanted;
}

// Runs `one(message, show)` for each message and says what one costs. `one` gives all octets that come out to
// `show`, in order, which looks at them once and then no more.
template <class Subject>
void run(benchmark::State& state, shows what, Subject&& one) {
    for (const message& m : all()) {
        std::vector<std::byte> seen;
        one(m, [&](const void* octets, std::size_t size) {
            const auto* const from = static_cast<const std::byte*>(octets);
            seen.insert(seen.end(), from, from + size);
        });
        if (is_right(m, what, seen)) continue;
        state.SkipWithError("does not move the messages");
        return;
    }
    const auto show_none = [](const void*, std::size_t) {};
    const std::uint64_t before = allocated;
    for (auto _ : state)
        for (const message& m : all()) benchmark::DoNotOptimize(one(m, show_none));
    if (allocated != before) state.SkipWithError("allocates");
    count_each(state, "per_message",
               static_cast<double>(state.iterations()) * static_cast<double>(message_count));
}

// --- connection

void connection_send(benchmark::State& state) {
    connection server{role::server};
    std::array<std::byte, 256> out;
    run(state, shows::frame, [&](const message& m, const auto& show) {
        const std::size_t written = server.write(out, opcode::binary, m.payload);
        benchmark::ClobberMemory();
        show(out.data(), written);
        return written;
    });
}

void connection_receive(benchmark::State& state) {
    connection server{role::server};
    std::array<std::byte, 4096> buffer;
    run(state, shows::payload, [&](const message& m, const auto& show) {
        std::memcpy(buffer.data(), m.frame.data(), m.frame.size());
        const event got = server.receive_one(std::span{buffer}.first(m.frame.size())).event;
        show(got.bytes.data(), got.bytes.size());
        return got.bytes.size();
    });
}

// --- session

void session_send(benchmark::State& state) {
    const auto server = std::make_unique<owned_session>(role::server);
    session& s = server->subject;
    send_operation operation;
    run(state, shows::frame, [&](const message& m, const auto& show) -> std::size_t {
        operation.payload = m.payload;
        if (s.send(operation) != error::none) return 0;
        const action sending = s.next(action_queue::send, server->room);
        if (sending.buffers.size() != 1) return 0;
        const std::size_t bytes = sending.buffers[0].size();
        show(sending.buffers[0].data(), bytes);
        s.complete(sending, bytes);
        const action sent = s.next(action_queue::send, server->room);
        s.complete(sent, 0);
        return sent.sending == &operation ? bytes : 0;
    });
}

void session_receive(benchmark::State& state) {
    const auto server = std::make_unique<owned_session>(role::server);
    session& s = server->subject;
    receive_operation operation;
    run(state, shows::payload, [&](const message& m, const auto& show) -> std::size_t {
        if (s.receive(operation) != error::none) return 0;
        const action reading = s.next(action_queue::receive, server->room);
        std::memcpy(reading.into.data(), m.frame.data(), m.frame.size());
        s.complete(reading, m.frame.size());
        const action received = s.next(action_queue::receive, server->room);
        const std::size_t bytes = operation.event.bytes.size();
        show(operation.event.bytes.data(), bytes);
        s.complete(received, 0);
        return bytes;
    });
}

// --- websocket.h

// Send, GetAction, CompleteAction, GetAction, CompleteAction.
void websocket_h_send(benchmark::State& state) {
    server_handle server;
    run(state, shows::frame, [&](const message& m, const auto& show) -> std::size_t {
        WEB_SOCKET_BUFFER buffer;
        buffer.Data.pbBuffer = reinterpret_cast<PBYTE>(const_cast<std::byte*>(m.payload.data()));
        buffer.Data.ulBufferLength = static_cast<ULONG>(m.payload.size());
        if (WebSocketSend(server.get(), WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, &buffer, nullptr) != S_OK)
            return 0;
        server.next(WEB_SOCKET_SEND_ACTION_QUEUE);
        ULONG bytes = server.buffers[0].Data.ulBufferLength;
        show(server.buffers[0].Data.pbBuffer, bytes);
        if (server.used == 2) {
            show(server.buffers[1].Data.pbBuffer, server.buffers[1].Data.ulBufferLength);
            bytes += server.buffers[1].Data.ulBufferLength;
        }
        WebSocketCompleteAction(server.get(), server.context, bytes);
        if (server.next(WEB_SOCKET_SEND_ACTION_QUEUE) != WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION) return 0;
        WebSocketCompleteAction(server.get(), server.context, 0);
        return bytes;
    });
}

// Receive, GetAction, CompleteAction, GetAction, CompleteAction.
void websocket_h_receive(benchmark::State& state) {
    server_handle server;
    run(state, shows::payload, [&](const message& m, const auto& show) -> std::size_t {
        if (WebSocketReceive(server.get(), nullptr, nullptr) != S_OK) return 0;
        server.next(WEB_SOCKET_RECEIVE_ACTION_QUEUE);
        std::memcpy(server.buffers[0].Data.pbBuffer, m.frame.data(), m.frame.size());
        WebSocketCompleteAction(server.get(), server.context, static_cast<ULONG>(m.frame.size()));
        server.next(WEB_SOCKET_RECEIVE_ACTION_QUEUE);
        const ULONG bytes = server.buffers[0].Data.ulBufferLength;
        show(server.buffers[0].Data.pbBuffer, bytes);
        WebSocketCompleteAction(server.get(), server.context, 0);
        return bytes;
    });
}

void register_all() {
    benchmark::RegisterBenchmark("S5/send/connection", connection_send);
    benchmark::RegisterBenchmark("S5/send/session", session_send);
    benchmark::RegisterBenchmark("S6/send/websocket.h", websocket_h_send);
    benchmark::RegisterBenchmark("S5/receive/connection", connection_receive);
    benchmark::RegisterBenchmark("S5/receive/session", session_receive);
    benchmark::RegisterBenchmark("S6/receive/websocket.h", websocket_h_receive);
}

}  // namespace
}  // namespace wspc::bench

int main(int argc, char** argv) { return wspc::bench::run_program(argc, argv, wspc::bench::register_all); }
