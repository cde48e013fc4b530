// SPDX-License-Identifier: Apache-2.0
// Fixed workloads for callgrind: handshakes, sessions, and websocket.h.
#include <array>
#include <cstring>
#include <memory>

#include <wspc/handshake.hpp>

#include "counts.hpp"
#include "subjects.hpp"

namespace wspc::bench {
namespace {

constexpr std::size_t payload_size = 64;

// A frame of zeros, which the mask of zeros leaves as they are.
std::vector<std::byte> frame_of(opcode op, bool masked) {
    std::vector<std::byte> made(header_size(payload_size, masked) + payload_size);
    encode_header(made.data(), {.length = payload_size, .op = op, .masked = masked});
    return made;
}

// Both sides of a handshake with two protocols and an extension that nobody takes.
void handshakes() {
    static constexpr std::string_view protocols[] = {"chat", "superchat"};
    static constexpr std::string_view extensions[] = {"permessage-deflate; client_max_window_bits"};
    const client_offer wanted{.host = "server.example.com",
                              .origin = "http://example.com",
                              .protocols = protocols,
                              .extensions = extensions};
    counted_random random;
    counted("handshake", [&] {
        bool good = true;
        for (int i = 0; i < 64; ++i) {
            std::array<char, 1024> memory;
            std::array<char, 1024> answer_memory;
            const client_request asked = make_request(wanted, memory, random.source());
            const result<offer> read = read_request(asked.as_request("/chat"));
            if (read.code != error::none) return false;
            choice chosen;
            chosen.protocol = "superchat";
            const server_reply answer = accept(read.value, chosen, answer_memory);
            const checked_response agreed = check_response(answer.as_response(), asked.key, wanted);
            good = agreed.code == error::none && agreed.protocol == 1 && good;
        }
        return good;
    });
}

void session_send(const char* name, role self) {
    counted_random random;
    masking_keys keys{random.source()};
    const auto owned = std::make_unique<owned_session>(self, &keys);
    session& s = owned->subject;
    const std::array<std::byte, payload_size> payload{};
    const std::size_t size = header_size(payload.size(), self == role::client) + payload.size();
    counted(name, [&] {
        bool good = true;
        for (int i = 0; i < repetitions; ++i) {
            send_operation operation;
            operation.payload = payload;
            if (s.send(operation) != error::none) return false;
            const action sending = s.next(action_queue::send, owned->room);
            good = sending.buffers.size() == 1 && sending.buffers[0].size() == size && good;
            s.complete(sending, size);
            const action sent = s.next(action_queue::send, owned->room);
            s.complete(sent, 0);
            good = sent.sending == &operation && good;
        }
        return good;
    });
}

void session_receive(const char* name, role self) {
    const auto owned = std::make_unique<owned_session>(self);
    session& s = owned->subject;
    const std::vector<std::byte> frame = frame_of(opcode::binary, self == role::server);
    counted(name, [&] {
        bool good = true;
        for (int i = 0; i < repetitions; ++i) {
            receive_operation operation;
            if (s.receive(operation) != error::none) return false;
            const action reading = s.next(action_queue::receive, owned->room);
            std::memcpy(reading.into.data(), frame.data(), frame.size());
            s.complete(reading, frame.size());
            s.complete(s.next(action_queue::receive, owned->room), 0);
            good = operation.event.bytes.size() == payload_size && good;
        }
        return good;
    });
}

// Pings while a message is waited for: each is read, and a pong lent.
void session_pings() {
    const auto owned = std::make_unique<owned_session>(role::server);
    session& s = owned->subject;
    const std::vector<std::byte> ping = frame_of(opcode::ping, true);
    receive_operation operation;
    if (s.receive(operation) != error::none) counts_failed = true;
    counted("session/pings/64", [&] {
        bool good = true;
        for (int i = 0; i < repetitions; ++i) {
            const action reading = s.next(action_queue::receive, owned->room);
            if (reading.kind != action_kind::receive) return false;
            std::memcpy(reading.into.data(), ping.data(), ping.size());
            s.complete(reading, ping.size());
            const action pong = s.next(action_queue::receive, owned->room);
            if (pong.kind != action_kind::send) return false;
            good =
                pong.buffers[0].size() == payload_size + 2 && pong.buffers[0][0] == std::byte{0x8a} && good;
            s.complete(pong, payload_size + 2);
        }
        return good;
    });
}

void websocket_h_send() {
    server_handle server;
    std::array<BYTE, payload_size> payload{};
    counted("websocket.h/send/64", [&] {
        bool good = true;
        for (int i = 0; i < repetitions; ++i) {
            WEB_SOCKET_BUFFER buffer;
            buffer.Data.pbBuffer = payload.data();
            buffer.Data.ulBufferLength = payload.size();
            if (WebSocketSend(server.get(), WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, &buffer, nullptr) != S_OK)
                return false;
            good = server.next(WEB_SOCKET_SEND_ACTION_QUEUE) == WEB_SOCKET_SEND_TO_NETWORK_ACTION && good;
            WebSocketCompleteAction(server.get(), server.context, payload_size + 2);
            good =
                server.next(WEB_SOCKET_SEND_ACTION_QUEUE) == WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION && good;
            WebSocketCompleteAction(server.get(), server.context, 0);
        }
        return good;
    });
}

void websocket_h_receive() {
    server_handle server;
    const std::vector<std::byte> frame = frame_of(opcode::binary, true);
    counted("websocket.h/receive/64", [&] {
        bool good = true;
        for (int i = 0; i < repetitions; ++i) {
            if (WebSocketReceive(server.get(), nullptr, nullptr) != S_OK) return false;
            good = server.next(WEB_SOCKET_RECEIVE_ACTION_QUEUE) == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION &&
                   good;
            std::memcpy(server.buffers[0].Data.pbBuffer, frame.data(), frame.size());
            WebSocketCompleteAction(server.get(), server.context, static_cast<ULONG>(frame.size()));
            good =
                server.next(WEB_SOCKET_RECEIVE_ACTION_QUEUE) == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION &&
                server.buffers[0].Data.ulBufferLength == payload_size && good;
            WebSocketCompleteAction(server.get(), server.context, 0);
        }
        return good;
    });
}

}  // namespace

void count_layers() {
    handshakes();
    session_send("session/send/64", role::server);
    session_receive("session/receive/64", role::server);
    session_send("session/send/64/client", role::client);
    session_receive("session/receive/64/client", role::client);
    session_pings();
    websocket_h_send();
    websocket_h_receive();
}

}  // namespace wspc::bench
