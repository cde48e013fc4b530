// SPDX-License-Identifier: Apache-2.0
// Every octet that leaves derives from input or from fresh randomness, and from no memory that happened to
// hold something: the same calls give the same octets, whatever all memory was filled with before. Run under
// valgrind, too, where it is there.
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include <gtest/gtest.h>

#include <wspc/http.hpp>
#include <wspc/session.hpp>

#include "capi/support/frames.hpp"
#include "capi/support/handshakes.hpp"
#include "engine/connection_as.hpp"
#include "filled_memory.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {
namespace {

constexpr role roles[] = {role::client, role::server};
constexpr int fillings[] = {0x00, 0xa5, 0xff};

// Leaves its octets where the next calls have their variables.
[[gnu::noinline]] void fill_stack(int octet) {
    volatile char used[16'384];
    for (volatile char& c : used) c = static_cast<char>(octet);
}

// An object in memory that was filled before it began to live there.
template <class Object>
class filled {
public:
    template <class... Arguments>
    explicit filled(Arguments&&... arguments)
        : memory_{new storage},
          object_{new (memory_->octets) Object(std::forward<Arguments>(arguments)...)} {}
    ~filled() { object_->~Object(); }
    filled(const filled&) = delete;
    filled& operator=(const filled&) = delete;
    [[nodiscard]] Object& operator*() { return *object_; }
    [[nodiscard]] Object* operator->() { return object_; }

private:
    struct storage {
        alignas(Object) unsigned char octets[sizeof(Object)];
    };
    std::unique_ptr<storage> memory_;
    Object* object_;
};

// Room for `size` octets that nobody has written.
class room_for {
public:
    explicit room_for(std::size_t size) : memory_{new std::byte[size]}, size_{size} {}
    [[nodiscard]] std::span<std::byte> all() { return {memory_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> memory_;
    std::size_t size_;
};

void append_event(bytes& to, const event& e) {
    to += octets({static_cast<unsigned>(e.kind), static_cast<unsigned>(e.op), e.first, e.last, e.rsv,
                  e.code / 256u, e.code % 256u, static_cast<unsigned>(e.offset & 0xff)});
    to += to_bytes(e.bytes);
}

bytes incoming(role receiver) {
    return wire_to(receiver, 1, text_bytes("text")) + wire_to(receiver, 9, text_bytes("ping")) +
           wire_to(receiver, 2, counted_bytes(300), false) + wire_to(receiver, 9, {}) +
           wire_to(receiver, 0, counted_bytes(3)) + wire_to(receiver, 10, counted_bytes(125));
}

// All that a connection says and sends, in pieces of `piece`.
bytes of_connection(role self, int octet, std::size_t piece, const bytes& end) {
    const memory_filled_with before{octet};
    fill_stack(octet);
    counting_source source;
    filled<masking_keys> keys{source.source()};
    filled<connection> subject{self, default_connection_config, agreement{}, &*keys};
    filled<batch<4>> batch;
    room_for room{2000};
    const std::span<std::byte> out = room.all();
    bytes made;
    const auto sent = [&](const write_result& written) {
        EXPECT_EQ(written.code, error::none);
        made.insert(made.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(written.size));
    };
    const bytes large = counted_bytes(300);
    sent(subject->write(out, opcode::text, text_bytes("hello")));
    sent(subject->write(out, opcode::binary, large, false));
    sent(subject->write(out, opcode::ping, text_bytes("p")));
    std::span<const std::byte> rest = large;
    while (!rest.empty()) sent(subject->write_some(out.first(50), opcode::continuation, rest));
    bytes fed = incoming(self) + end;
    for (std::span<std::byte> left{fed}; !left.empty();) {
        std::span<std::byte> now = left.first(std::min(piece, left.size()));
        left = left.subspan(now.size());
        while (!now.empty()) {
            fill_stack(octet);
            const received got = subject->receive(now, *batch);
            for (const event& e : got.events) append_event(made, e);
            now = now.subspan(got.consumed);
            sent(subject->write_pending(out));
        }
    }
    if (!subject->close_sent()) sent(subject->write_close(out, 1001, "going"));
    return made;
}

TEST(memory_disclosure, by_no_octet_of_a_connection) {
    for (const role self : roles)
        for (const bytes& end : {bytes{}, wire_to(self, 8, {}), wire_to(self, 8, octets({0x03, 0xe8})),
                                 wire_to(self, 8, octets({0x03, 0xe8}) + text_bytes("reason")),
                                 octets({0xff}), wire_to(self, 1, octets({0xff}))})
            for (const std::size_t piece : {1u, 7u, 10'000u}) {
                const bytes usual = of_connection(self, fillings[0], piece, end);
                EXPECT_GT(usual.size(), 700u);
                for (const int octet : fillings)
                    EXPECT_EQ(of_connection(self, octet, piece, end), usual) << octet;
            }
}

bytes of_session(role self, int octet) {
    const memory_filled_with before{octet};
    fill_stack(octet);
    counting_source source;
    filled<masking_keys> keys{source.source()};
    room_for memory{256 + 300 + session::control_size};
    const session_memory parts{memory.all().first(256), memory.all().subspan(256, 300),
                               memory.all().last(session::control_size)};
    filled<session> subject{self, default_session_config, parts, agreement{}, &*keys};
    const bytes hello = text_bytes("hello"), large = counted_bytes(700);
    std::array<send_operation, 3> sends{send_operation{.op = opcode::text, .payload = hello},
                                        send_operation{.op = opcode::binary, .payload = large},
                                        send_operation{.op = opcode::ping, .payload = hello}};
    for (send_operation& o : sends) EXPECT_EQ(subject->send(o), error::none);
    receive_operation wanted;
    EXPECT_EQ(subject->receive(wanted), error::none);
    bytes fed = incoming(self) + wire_to(self, 8, octets({0x03, 0xe9}) + text_bytes("reason"));
    bytes made;
    std::array<std::span<const std::byte>, 4> room;
    for (int steps = 0; steps < 1000; ++steps) {
        fill_stack(octet);
        const action a = subject->next(room);
        if (a.kind == action_kind::none) break;
        std::size_t moved = 0;
        for (const std::span<const std::byte> b : a.buffers) {
            made += to_bytes(b);
            moved += b.size();
        }
        if (a.kind == action_kind::receive) {
            moved = std::min<std::size_t>({fed.size(), a.into.size(), 33});
            std::memcpy(a.into.data(), fed.data(), moved);
            fed.erase(fed.begin(), fed.begin() + static_cast<std::ptrdiff_t>(moved));
        }
        const bool received = a.kind == action_kind::received && wanted.event.kind != event_kind::none;
        if (received) append_event(made, wanted.event);
        subject->complete(a, moved);
        if (received) (void)subject->receive(wanted);
    }
    return made;
}

TEST(memory_disclosure, by_no_octet_of_a_session) {
    for (const role self : roles) {
        const bytes usual = of_session(self, fillings[0]);
        EXPECT_GT(usual.size(), 1200u);
        for (const int octet : fillings) EXPECT_EQ(of_session(self, octet), usual) << octet;
    }
}

bool sample_random(void*, std::span<std::byte> to) noexcept {
    std::fill(to.begin(), to.end(), std::byte{0x42});
    return true;
}

// Both sides of a handshake as text, and a refusal.
bytes of_handshake(int octet) {
    const memory_filled_with before{octet};
    fill_stack(octet);
    const std::unique_ptr<char[]> asked_storage{new char[1024]}, storage{new char[1024]};
    room_for room{4096};
    const std::span<std::byte> out = room.all();
    bytes made;
    const auto wrote = [&](const http_written& w) {
        EXPECT_EQ(w.code, error::none);
        made.insert(made.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(w.size));
        return out.first(w.size);
    };
    const std::string_view protocols[]{"chat", "superchat"}, extensions[]{"foo; a=1"};
    fill_stack(octet);
    const client_offer wanted{
        .host = "a:80", .origin = "http://a", .protocols = protocols, .extensions = extensions};
    const client_request asked = make_request(wanted, {asked_storage.get(), 1024}, {nullptr, sample_random});
    fill_stack(octet);
    const auto text = wrote(write_request(out, asked.as_request("/chat?a")));
    filled<http_storage<>> head;
    filled<request_reader> reader{*head};
    EXPECT_EQ(reader->read(text).status, read_status::complete);
    const auto offer = read_request(reader->value());
    EXPECT_EQ(offer.code, error::none);
    fill_stack(octet);
    const server_reply reply = accept(offer.value, {"chat", extensions}, {storage.get(), 1024});
    const auto answer = wrote(write_response(out, reply.as_response()));
    filled<http_storage<>> answered;
    filled<response_reader> response{*answered};
    EXPECT_EQ(response->read(answer).status, read_status::complete);
    EXPECT_EQ(check_response(response->value(), asked.key, wanted).code, error::none);
    for (const error why : {error::origin_refused, error::version_unsupported, error::http_malformed})
        wrote(write_refusal(out, why));
    return made;
}

TEST(memory_disclosure, by_no_octet_of_a_handshake) {
    const bytes usual = of_handshake(fillings[0]);
    EXPECT_GT(usual.size(), 700u);
    for (const int octet : fillings) EXPECT_EQ(of_handshake(octet), usual) << octet;
}

// A handle in filled memory, its own and a program's. A client's keys are random, and taken off.
bytes of_handle(role side, int octet, bool lent) {
    const memory_filled_with before{octet};
    room_for memory{256 + 300 + 144};
    property_list properties;
    properties.receive_buffer(256).send_buffer(300);
    if (lent) properties.allocated_buffer(memory.all().data(), static_cast<ULONG>(memory.all().size()));
    fill_stack(octet);
    const handle open = open_handle(side, properties);
    const bytes hello = text_bytes("hello"), large = counted_bytes(700);
    EXPECT_EQ(queue_send(open, text_message, hello), S_OK);
    EXPECT_EQ(queue_send(open, binary_message, large), S_OK);
    EXPECT_EQ(queue_bare(open, ping_pong), S_OK);
    bytes wire = send_all(open).wire, made;
    bytes fed = incoming(side) + wire_to(side, 8, octets({0x03, 0xe9}) + text_bytes("reason"));
    for (int i = 0; i < 20; ++i) {
        fill_stack(octet);
        const piece got = receive_one(open, fed);
        wire += got.answered;
        made += octets({static_cast<unsigned>(got.type & 0xff), got.status & 0xffu});
        made += got.payload;
        if (got.type == close_type) break;
    }
    EXPECT_EQ(queue_close(open, 1001, "reason"), S_OK);
    wire += send_all(open).wire;
    for (const parsed_frame& frame : parse_frames(wire)) {
        made += octets({frame.op, frame.fin, frame.rsv, static_cast<unsigned>(frame.header_size)});
        made += frame.payload;
    }
    return made;
}

TEST(memory_disclosure, by_no_octet_of_a_handle) {
    for (const role side : roles)
        for (const bool lent : {false, true}) {
            const bytes usual = of_handle(side, fillings[0], lent);
            EXPECT_GT(usual.size(), 1000u);
            for (const int octet : fillings) EXPECT_EQ(of_handle(side, octet, lent), usual) << octet;
        }
}

// The names and values that a handle's Begin functions give, up to the NUL behind each.
TEST(memory_disclosure, by_no_octet_of_a_handles_headers) {
    const auto headers = [](int octet) {
        const memory_filled_with before{octet};
        fill_stack(octet);
        std::string made;
        const handle client = make_handle(role::client), server = make_handle(role::server);
        header_list request = good_request();
        request.add("Sec-WebSocket-Protocol", "chat").add("Sec-WebSocket-Extensions", "foo; a=1");
        for (const begun& got : {begin_client(client, {"chat"}, {"foo; a=1"}),
                                 begin_server(server, request, "chat", {"foo; a=1"})}) {
            EXPECT_EQ(got.result, S_OK);
            for (ULONG i = 0; i < got.count; ++i) {
                const WEB_SOCKET_HTTP_HEADER& h = got.list[i];
                const std::string name{h.pcName, h.ulNameLength + 1};
                made += name;
                // The client's key is random.
                if (!name.starts_with("Sec-WebSocket-Key")) made.append(h.pcValue, h.ulValueLength + 1);
            }
        }
        return made;
    };
    const std::string usual = headers(fillings[0]);
    EXPECT_GT(usual.size(), 250u);
    for (const int octet : fillings) EXPECT_EQ(headers(octet), usual) << octet;
}

}  // namespace
}  // namespace wspc::test
