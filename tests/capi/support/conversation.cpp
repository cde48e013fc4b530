// SPDX-License-Identifier: Apache-2.0
#include "capi/support/conversation.hpp"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

namespace wspc::test {

bool conversation::run(const call& f) { return through(f) == S_OK; }

void conversation::note(role side, const std::string& what) {
    transcript_.push_back((side == role::client ? "client " : "server ") + what);
}

bool conversation::is_applications(const void* at) const {
    const auto* const octet = static_cast<const std::byte*>(at);
    const auto lies_in = [&](const bytes& memory) {
        return !memory.empty() && octet >= memory.data() && octet < memory.data() + memory.size();
    };
    return lies_in(client_.own_memory) || lies_in(server_.own_memory) ||
           std::any_of(payloads_.begin(), payloads_.end(), lies_in);
}

bool conversation::shake_hands() {
    if (!run(
            [&] { return WebSocketCreateClientHandle(of_client.data(), of_client.size(), &client_.handle); }))
        return false;
    if (!run(
            [&] { return WebSocketCreateServerHandle(of_server.data(), of_server.size(), &server_.handle); }))
        return false;
    PCSTR protocols[] = {"chat", "soap"};
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    if (!run([&] {
            return WebSocketBeginClientHandshake(client_.handle, protocols, 2, nullptr, 0, nullptr, 0, &list,
                                                 &count);
        }))
        return false;
    header_list request{list, count};
    request.add("Host", "example.com");
    if (!run([&] {
            return WebSocketBeginServerHandshake(server_.handle, "soap", nullptr, 0, request.data(),
                                                 request.size(), &list, &count);
        }))
        return false;
    ULONG protocol = 0;
    if (!run([&] {
            return WebSocketEndClientHandshake(client_.handle, list, count, nullptr, nullptr, &protocol);
        }))
        return false;
    EXPECT_EQ(protocol, 1u);
    return run([&] { return WebSocketEndServerHandshake(server_.handle); });
}

bool conversation::send(role from, WEB_SOCKET_BUFFER_TYPE type, bytes payload) {
    payloads_.push_back(std::move(payload));
    const bytes& kept = payloads_.back();
    PVOID const context = tag(at(from).sends++);
    return run([&] { return queue_send(at(from).handle, type, kept, context); });
}

// Every third one with memory of the application's.
bool conversation::receive(role to) {
    end& self = at(to);
    PVOID const context = tag(self.receives++);
    WEB_SOCKET_BUFFER own = buffer_of(self.own_memory);
    WEB_SOCKET_BUFFER* const into = self.receives % 3 == 0 ? &own : nullptr;
    return run([&] { return WebSocketReceive(self.handle, into, context); });
}

void conversation::perform_receive(role side, const taken& got) {
    end& self = at(side);
    if (got.type == close_type) {
        note(side, "close " + std::to_string(got.status()) + " " + to_hex(got.octets()));
        self.closed = true;
    } else if (got.type == ping_pong) {
        note(side, "pong " + to_hex(got.octets()));
    } else if (got.type == text_message || got.type == binary_message) {
        note(side, (got.type == text_message ? "text " : "binary ") + to_hex(self.message + got.octets()));
        self.message.clear();
    } else if (got.type == text_fragment || got.type == binary_fragment) {
        self.message += got.octets();
    } else {
        note(side, "nothing");
    }
}

bool conversation::step(role side, bool& moved) {
    end& self = at(side);
    if (self.read.has_value() && !self.incoming.empty()) {
        const std::size_t size =
            std::min<std::size_t>(self.incoming.size(), self.read->buffers[0].Data.ulBufferLength);
        std::memcpy(self.read->buffers[0].Data.pbBuffer, self.incoming.data(), size);
        (void)run([&] {
            complete(self.handle, *self.read, static_cast<ULONG>(size));
            return S_OK;
        });
        self.incoming.erase(self.incoming.begin(), self.incoming.begin() + static_cast<std::ptrdiff_t>(size));
        self.read.reset();
        moved = true;
    }
    taken got{};
    if (!run([&] {
            got = take_action(self.handle, all_queues, capacity);
            return got.result;
        }))
        return false;
    see(side, got);
    if (got.action == no_action) return true;
    moved = true;
    if (got.action == receive_from_network) {
        self.read = got;
        return true;
    }
    if (got.action == send_to_network) peer(side).incoming += got.octets();
    if (got.action == indicate_send) note(side, "sent " + std::to_string(got.type & 0xf));
    if (got.action == indicate_receive) perform_receive(side, got);
    (void)run([&] {
        complete(self.handle, got);
        return S_OK;
    });
    return got.action != indicate_receive || self.closed || receive(side);
}

bool conversation::pump() {
    for (bool moved = true; moved;) {
        moved = false;
        for (const role side : both)
            if (!step(side, moved)) return false;
    }
    return true;
}

bool conversation::talk() {
    for (const role side : both)
        if (!receive(side)) return false;
    for (const std::size_t size : {0u, 1u, 125u, 126u, 300u, 5'000u, 70'000u}) {
        for (const role side : both)
            if (!send(side, binary_message, counted_bytes(size))) return false;
        if (!pump()) return false;
    }
    // A fragmented message with control frames in between, all queued before anything moves.
    for (const role side : both) {
        const auto bare = [&](WEB_SOCKET_BUFFER_TYPE type) {
            return run([&] { return queue_bare(at(side).handle, type); });
        };
        if (!send(side, text_fragment, text_bytes("two \xe2\x82")) || !bare(ping_pong) ||
            !send(side, text_fragment, {}) || !bare(unsolicited_pong) ||
            !send(side, text_message, text_bytes("\xac words")))
            return false;
    }
    return pump();
}

bool conversation::close() {
    static constexpr std::string_view reason = "that was all";
    if (!run([&] { return queue_close(client_.handle, 1000, reason); }) || !pump()) return false;
    return run([&] { return queue_close(server_.handle, 1001, ""); }) && pump();
}

std::vector<std::string> conversation::hold_open() {
    if (shake_hands() && talk() && close()) note(role::client, "end");
    return transcript_;
}

void conversation::finish() {
    for (const role side : both) {
        end& self = at(side);
        if (self.handle == nullptr) continue;
        (void)run([&] {
            WebSocketAbortHandle(self.handle);
            if (self.read.has_value()) complete(self.handle, *self.read, 0);
            return S_OK;
        });
        for (;;) {  // in a state without a session the first call fails
            taken got{};
            if (!run([&] {
                    got = take_action(self.handle, all_queues, capacity);
                    return got.result;
                }) ||
                got.action == no_action)
                break;
            see(side, got);
            (void)run([&] {
                complete(self.handle, got, 0);
                return S_OK;
            });
        }
        (void)run([&] {
            WebSocketDeleteHandle(self.handle);
            return S_OK;
        });
        self.handle = nullptr;
    }
}

std::vector<std::string> conversation::hold() {
    std::vector<std::string> made = hold_open();
    finish();
    return made;
}

}  // namespace wspc::test
