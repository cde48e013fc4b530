// SPDX-License-Identifier: Apache-2.0
// What a hostile peer can cost a server and a client: memory, and work for each octet that it sends. `ctest
// -R hardening.costs -V` prints the table that SECURITY.md has.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <wspc/http.hpp>
#include <wspc/message_assembler.hpp>
#include <wspc/session.hpp>

#include "capi/support/handles.hpp"
#include "capi/support/headers.hpp"
#include "engine/connection_as.hpp"
#include "support/bytes.hpp"
#include "support/scale.hpp"
#include "support/wire_frame.hpp"
#include "work.hpp"

namespace wspc::test {
namespace {

class printed_table : public testing::Environment {
    void SetUp() override {
        std::printf("objects: connection %zu, session %zu, http_storage<> %zu bytes\n", sizeof(connection),
                    sizeof(session), sizeof(http_storage<>));
        std::printf("| attack | octets sent | bytes asked for | steps per octet | at most |\n");
    }
};
testing::Environment* const printing = testing::AddGlobalTestEnvironment(new printed_table);

bytes repeated(const bytes& piece, std::size_t size) {
    bytes made;
    made.reserve(size + piece.size());
    while (made.size() < size) made += piece;
    return made;
}

// The row of one role: that of a server has the name alone.
std::string row(role side, const std::string& name) {
    return side == role::client ? name + ", to a client" : name;
}

// What is allowed for each octet. Frames to a client have no key: they are shorter, and work that is done for
// each frame is more for each octet.
double most(role side, double server, double client) { return side == role::server ? server : client; }

// As many octets as so many frames have.
std::size_t frames(role side, std::size_t count, std::size_t payload) {
    return count * wire_to(side, 0, bytes(payload)).size();
}

// The keys with which a client answers.
struct own_keys {
    counting_source source;
    masking_keys keys{source.source()};
};

// --- a connection, in pieces of `piece` octets

struct flood {
    role side;
    bytes stream;
    std::size_t piece = 4096;
    bool answers = true;  // whether the program writes what is pending
    const connection_config* config = &default_connection_config;
    error ends_with = error::none;
};

// How many messages it was told goes to `messages`.
cost flood_connection(flood&& f, std::size_t* messages = nullptr) {
    static batch<16> batch;
    std::array<std::byte, connection::max_pending_size> out;
    own_keys own;
    return cost_of([&] {
        connection subject{f.side, *f.config, {}, &own.keys};
        std::span<std::byte> rest{f.stream};
        std::size_t told = 0;
        while (!rest.empty() && !subject.failed()) {
            std::span<std::byte> piece = rest.first(std::min(f.piece, rest.size()));
            rest = rest.subspan(piece.size());
            while (!piece.empty()) {
                const received got = subject.receive(piece, batch);
                for (const event& e : got.events) told += e.kind == event_kind::data && e.last ? 1 : 0;
                piece = piece.subspan(got.consumed);
                if (f.answers) (void)subject.write_pending(out);
            }
        }
        EXPECT_EQ(subject.failed().code, f.ends_with);
        if (messages != nullptr) *messages = told;
        return f.stream.size() - rest.size();
    });
}

constexpr connection_config any_number{
    .receive = {.limits = {.max_frame = UINT64_MAX, .max_message = UINT64_MAX, .max_fragments = UINT32_MAX}}};

bytes fragments(role side, std::size_t payload, std::size_t size) {
    return wire_to(side, 2, bytes(payload, std::byte{'f'}), false) +
           repeated(wire_to(side, 0, bytes(payload, std::byte{'f'}), false), size);
}

TEST(costs, of_fragments_of_nothing_and_of_one_octet) {
    for (const role side : both) {
        const attacker of_nothing = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = fragments(side, 0, octets), .config = &any_number});
        };
        expect_cost(row(side, "fragments of 0 octets, without limit"), of_nothing, frames(side, 250'000, 0),
                    {most(side, 30, 90), 0});
        const attacker of_one = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = fragments(side, 1, octets), .config = &any_number});
        };
        expect_cost(row(side, "fragments of 1 octet, without limit"), of_one, frames(side, 250'000, 1),
                    {most(side, 30, 60), 0});
        const attacker in_octets = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = fragments(side, 1, octets), .piece = 1, .config = &any_number});
        };
        expect_cost(row(side, "the same, octet by octet"), in_octets, 100'000, {150, 0});
    }
}

TEST(tiny_fragments, are_refused_by_default_and_64_octets_are_not_tiny) {
    for (const role side : both) {
        for (const std::size_t payload : {0u, 1u}) {
            const cost refused =
                flood_connection({.side = side,
                                  .stream = fragments(side, payload, frames(side, 300'000, payload)),
                                  .ends_with = error::too_many_fragments});
            EXPECT_LE(refused.octets, frames(side, 262'145, payload) + 4096);
            EXPECT_EQ(refused.memory, 0u);
        }
        const std::size_t frame = frames(side, 1, 64);
        bytes large = wire_to(side, 2, counted_bytes(64), false);
        large += repeated(wire_to(side, 0, counted_bytes(64), false), 65'534 * frame);
        large += wire_to(side, 0, counted_bytes(64));
        ASSERT_EQ(large.size(), 65'536 * frame);
        std::size_t messages = 0;
        const cost taken = flood_connection({.side = side, .stream = large}, &messages);
        EXPECT_EQ(messages, 1u);
        EXPECT_EQ(taken.memory, 0u);
    }
}

TEST(costs, of_messages_of_nothing) {
    for (const role side : both) {
        const attacker run = [side](std::size_t octets) {
            return flood_connection({.side = side, .stream = repeated(wire_to(side, 1, {}), octets)});
        };
        expect_cost(row(side, "messages of 0 octets"), run, frames(side, 250'000, 0), {30, 0});
    }
}

// Tyrus, tinymux: pongs pile up for a peer that does not read.
TEST(costs, of_pings_that_nobody_answers) {
    for (const role side : both) {
        const attacker unread = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = repeated(wire_to(side, 9, {}), octets), .answers = false});
        };
        expect_cost(row(side, "pings, and no pong can be written"), unread, frames(side, 250'000, 0),
                    {most(side, 60, 160), 0});
        const attacker read = [side](std::size_t octets) {
            return flood_connection(
                {.side = side, .stream = repeated(wire_to(side, 9, counted_bytes(125)), octets)});
        };
        expect_cost(row(side, "pings of 125 octets, each answered"), read, 1'000'000, {30, 0});
    }
}

TEST(control_flood, leaves_one_pong_for_the_newest_of_a_million_pings) {
    for (const role side : both) {
        own_keys own;
        connection subject{side, default_connection_config, {}, &own.keys};
        static batch<16> batch;
        // The key is 0, so that the payload is the number as it stands.
        const bytes head = wire_header({.op = 9, .key = key_for(side, {}), .declared = 4});
        std::array<std::byte, 10> ping;
        std::array<std::byte, connection::max_pending_size> out;
        const std::uint64_t before = allocations();
        const auto count = static_cast<unsigned>(scaled(1'000'000));
        for (unsigned i = 0; i < count; ++i) {
            std::memcpy(ping.data(), head.data(), head.size());
            std::memcpy(ping.data() + head.size(), &i, 4);
            const std::span<std::byte> sent = std::span{ping}.first(head.size() + 4);
            ASSERT_EQ(subject.receive(sent, batch).consumed, sent.size());
        }
        const write_result pong = subject.write_pending(out);
        EXPECT_FALSE(subject.pending());
        EXPECT_EQ(allocations(), before);
        const event_log heard = read_back(side, std::span{out}.first(pong.size));
        ASSERT_EQ(heard.events().size(), 1u);
        EXPECT_EQ(heard.events()[0].kind, event_kind::pong);
        ASSERT_EQ(heard.events()[0].payload.size(), 4u);
        unsigned newest = 0;
        std::memcpy(&newest, heard.events()[0].payload.data(), 4);
        EXPECT_EQ(newest, count - 1);
    }
}

TEST(costs, of_text_octet_by_octet) {
    for (const role side : both) {
        const attacker run = [side](std::size_t octets) {
            const bytes character = text_bytes("\xf0\x9f\x98\x80");
            return flood_connection(
                {.side = side, .stream = wire_to(side, 1, repeated(character, octets)), .piece = 1});
        };
        expect_cost(row(side, "text of 4-octet characters, octet by octet"), run, 200'000, {100, 0});
        const attacker bad = [side](std::size_t octets) {
            bytes text = repeated(text_bytes("\xe6\x97\xa5"), octets);
            text.back() = std::byte{'x'};
            return flood_connection({.side = side,
                                     .stream = wire_to(side, 1, text),
                                     .piece = SIZE_MAX,
                                     .ends_with = error::text_not_utf8});
        };
        expect_cost(row(side, "text that is wrong at its last octet"), bad, 200'000, {100, 0});
    }
}

// --- a session, in reads of `piece` octets into 4 KiB

// `answers`: whether a send that has begun is ever done.
cost flood_session(const flood& f) {
    own_keys own;
    bytes memory(4096 + 300 + session::control_size);
    const session_memory parts{std::span{memory}.first(4096), std::span{memory}.subspan(4096, 300),
                               std::span{memory}.last(session::control_size)};
    const session_config config{.connection = *f.config};
    return cost_of([&] {
        session subject{f.side, config, parts, {}, &own.keys};
        receive_operation wanted;
        EXPECT_EQ(subject.receive(wanted), error::none);
        std::array<std::span<const std::byte>, 4> room;
        std::span<const std::byte> rest = f.stream;
        for (;;) {
            const action a = subject.next(room);
            std::size_t moved = 0;
            switch (a.kind) {
                case action_kind::receive:
                    if (rest.empty()) return f.stream.size();
                    moved = std::min({f.piece, a.into.size(), rest.size()});
                    std::memcpy(a.into.data(), rest.data(), moved);
                    rest = rest.subspan(moved);
                    break;
                case action_kind::received:
                    EXPECT_EQ(a.receiving->event.kind, event_kind::data);
                    subject.complete(a, 0);
                    EXPECT_EQ(subject.receive(wanted), error::none);
                    continue;
                case action_kind::send:
                    if (!f.answers) continue;
                    for (const std::span<const std::byte> b : a.buffers) moved += b.size();
                    break;
                case action_kind::none:
                case action_kind::sent:
                case action_kind::disconnect:
                    ADD_FAILURE() << text(subject.failed().code);
                    return f.stream.size() - rest.size();
            }
            subject.complete(a, moved);
        }
    });
}

TEST(costs, of_floods_to_a_session) {
    const auto fragments_of_both = [](role side, std::size_t size) {
        const bytes empty = wire_to(side, 0, {}, false);
        return fragments(side, 1, 0) + repeated(empty + wire_to(side, 0, text_bytes("f"), false), size);
    };
    const auto pings = [](role side, std::size_t size) {
        return repeated(wire_to(side, 9, text_bytes("p")), size);
    };
    const struct {
        const char* name;
        bytes (*stream)(role, std::size_t);
        bool answers;
        double server, client;
    } floods[]{{"fragments of 0 and 1 octet", fragments_of_both, true, 45, 100},
               {"pings, each answered", pings, true, 60, 140},
               {"pings, and no pong can be written", pings, false, 40, 90}};
    for (const role side : both)
        for (const auto& flood : floods) {
            const auto of_pieces = [&](std::size_t piece) {
                return [&flood, side, piece](std::size_t octets) {
                    return flood_session({.side = side,
                                          .stream = flood.stream(side, octets),
                                          .piece = piece,
                                          .answers = flood.answers,
                                          .config = &any_number});
                };
            };
            const std::string name = std::string{"session: "} + flood.name;
            expect_cost(row(side, name), of_pieces(SIZE_MAX), frames(side, 250'000, 1),
                        {most(side, flood.server, flood.client), 0});
            expect_cost(row(side, name + ", octet by octet"), of_pieces(1), 100'000, {280, 0});
        }
}

// wslay: 15 octets, 2 GiB.
TEST(allocation_by_length, is_made_for_no_length_that_a_header_declares) {
    for (const role side : both)
        for (const std::uint64_t length :
             {std::uint64_t{16} << 20, std::uint64_t{1} << 40, UINT64_MAX >> 1}) {
            bytes header = wire_header({.op = 2, .key = key_for(side), .declared = length});
            bytes some(10, std::byte{1});
            message_assembler whole{heap_memory()};
            connection subject{side, any_number};
            const std::uint64_t before = allocated_bytes();
            EXPECT_EQ(subject.receive_one(header).event.kind, event_kind::none);
            EXPECT_EQ(allocated_bytes(), before);
            // Ten octets of it: memory follows them.
            EXPECT_FALSE(whole.add(subject.receive_one(some).event).complete);
            EXPECT_LE(allocated_bytes() - before, 4096u);
        }
    // The handle's buffers, whatever is declared.
    for (const role side : both) {
        const handle open = open_handle(side);
        ASSERT_EQ(queue_receive(open), S_OK);
        const bytes header =
            wire_header({.op = 2, .key = key_for(side), .declared = UINT64_MAX >> 1}) + octets({1, 2, 3});
        const std::uint64_t before = allocated_bytes();
        const taken read = take_action(open, receive_queue, 1);
        std::memcpy(read.buffers[0].Data.pbBuffer, header.data(), header.size());
        complete(open, read, static_cast<ULONG>(header.size()));
        const taken piece = take_action(open, receive_queue, 1);
        EXPECT_EQ(piece.total(), 3u);
        complete(open, piece);
        EXPECT_EQ(allocated_bytes(), before);
    }
}

TEST(costs, of_a_message_that_drips) {
    for (const role side : both) {
        const attacker run = [side](std::size_t octets) {
            bytes stream = wire_header({.op = 2, .key = key_for(side), .declared = 16u << 20});
            stream.resize(stream.size() + octets);
            connection subject{side};
            return cost_of([&] {
                message_assembler whole{heap_memory()};
                for (std::byte& b : stream) (void)whole.add(subject.receive_one({&b, 1}).event);
                return stream.size();
            });
        };
        // Doubling asks for at most four times what is there in the end, in all.
        expect_cost(row(side, "16 MiB declared, some sent octet by octet, assembled"), run, 100'000,
                    {60, 4096, 4});
    }
}

// --- websocket.h

// `busy`: a frame of its own is on the wire, so that no pong can leave.
cost flood_handle(role side, const bytes& piece, std::size_t octets, bool busy = false) {
    static const bytes own = counted_bytes(100);
    bytes stream = repeated(piece, 4096 / piece.size() * piece.size());
    cost made = cost_of([&] {
        const handle open = open_handle(side);
        if (busy) {
            EXPECT_EQ(queue_send(open, binary_message, own), S_OK);
            EXPECT_EQ(take_action(open, send_queue).action, send_to_network);
        }
        std::uint64_t fed = 0;
        EXPECT_EQ(queue_receive(open), S_OK);
        while (!testing::Test::HasFailure()) {
            const taken got = take_action(open, receive_queue, 1);
            EXPECT_EQ(got.result, S_OK);
            ULONG moved = 0;
            if (got.action == receive_from_network) {
                if (fed >= octets) break;
                // From wherever the last read ended in the stream, which repeats.
                const std::size_t at = fed % stream.size();
                moved = static_cast<ULONG>(std::min<std::size_t>(got.total(), stream.size() - at));
                std::memcpy(got.buffers[0].Data.pbBuffer, stream.data() + at, moved);
                fed += moved;
            } else if (got.action == send_to_network) {
                moved = got.total();
            } else {
                EXPECT_EQ(queue_receive(open), S_OK);
            }
            complete(open, got, moved);
        }
        return fed;
    });
    return made;
}

// A client's handle has 16 KiB of keys besides, and the server is counted with which it shook hands.
std::uint64_t handle_memory(role side) { return side == role::server ? 32 * 1024 : 64 * 1024; }

TEST(costs, of_floods_to_a_handle) {
    for (const role side : both) {
        const attacker fragments = [side](std::size_t octets) {
            return flood_handle(side,
                                wire_to(side, 1, text_bytes("f"), false) + wire_to(side, 0, {}, false) +
                                    wire_to(side, 0, text_bytes("g")),
                                octets);
        };
        expect_cost(row(side, "websocket.h: fragments of 0 and 1 octet"), fragments, frames(side, 150'000, 1),
                    {most(side, 80, 140), handle_memory(side)});
        const attacker pings = [side](std::size_t octets) {
            return flood_handle(side, wire_to(side, 9, {}), octets);
        };
        expect_cost(row(side, "websocket.h: pings, each answered"), pings, frames(side, 250'000, 0),
                    {most(side, 80, 220), handle_memory(side)});
        const attacker unread = [side](std::size_t octets) {
            return flood_handle(side, wire_to(side, 9, text_bytes("p")), octets, true);
        };
        expect_cost(row(side, "websocket.h: pings, and no pong can be written"), unread,
                    frames(side, 250'000, 1), {80, handle_memory(side)});
    }
}

// No limit of payload: whatever comes is streamed.
TEST(costs, of_a_frame_without_end_to_a_handle) {
    for (const role side : both) {
        const attacker run = [side](std::size_t octets) {
            return cost_of([&] {
                const handle open = open_handle(side);
                const bytes header =
                    wire_header({.op = 2, .key = key_for(side), .declared = UINT64_MAX >> 1});
                std::size_t fed = 0;
                EXPECT_EQ(queue_receive(open), S_OK);
                while (fed < octets) {
                    const taken got = take_action(open, receive_queue, 1);
                    ULONG moved = 0;
                    if (got.action == receive_from_network) {
                        moved = fed == 0 ? static_cast<ULONG>(header.size()) : got.total();
                        if (fed == 0) std::memcpy(got.buffers[0].Data.pbBuffer, header.data(), header.size());
                        fed += moved;
                    } else {
                        EXPECT_EQ(got.type, binary_fragment);
                        EXPECT_EQ(queue_receive(open), S_OK);
                    }
                    complete(open, got, moved);
                }
                return fed;
            });
        };
        expect_cost(row(side, "websocket.h: a frame of 2^63 - 1 octets"), run, 4'000'000,
                    {20, handle_memory(side)});
    }
}

// --- a peer that does not read

TEST(costs, of_a_peer_that_does_not_read) {
    for (const role side : both) {
        bytes memory(8192);
        const std::span<std::byte> all{memory};
        own_keys own;
        session subject{side, default_session_config,
                        session_memory{all.first(4096), all.subspan(4096, 2048), all.last(2048)}, agreement{},
                        &own.keys};
        const bytes message(64 * 1024);
        std::vector<send_operation> sends(1000);
        const std::uint64_t before = allocations();
        std::size_t queued = 0;
        for (send_operation& o : sends) {
            o.payload = message;
            const error code = subject.send(o);
            if (code == error::would_block) break;
            ASSERT_EQ(code, error::none);
            ++queued;
        }
        EXPECT_EQ(queued, (16u << 20) / message.size());
        EXPECT_EQ(allocations(), before);
        while (subject.release_send() != nullptr) continue;
    }
}

// Messages of `payload` octets wait for a peer that takes an octet at a time: what is laid for each must not
// grow with the memory that they are laid in, nor with what waits.
cost drip_to_the_peer(role self, std::size_t payload, std::size_t octets) {
    bytes memory(session::min_receive + 4 * octets + session::control_size);
    const std::span<std::byte> all{memory};
    const bytes message(payload);
    masking_keys keys;
    std::vector<send_operation> sends(8 + 2 * octets / (payload + 1));
    session subject{
        self, default_session_config,
        session_memory{all.first(session::min_receive), all.subspan(session::min_receive, 4 * octets),
                       all.last(session::control_size)},
        agreement{}, &keys};
    for (send_operation& o : sends) {
        o.payload = message;
        EXPECT_EQ(subject.send(o), error::none);
    }
    std::vector<std::span<const std::byte>> room(1000);
    return cost_of([&] {
        for (std::size_t moved = 0; moved != octets;) {
            const action a = subject.next(room);
            if (a.kind == action_kind::none) {
                ADD_FAILURE() << "nothing is sent";
                return octets;
            }
            const std::size_t taken = a.kind == action_kind::send ? 1 : 0;
            subject.complete(a, taken);
            moved += taken;
        }
        return octets;
    });
}

TEST(costs, of_a_peer_that_reads_an_octet_at_a_time) {
    for (const role self : both)
        for (const std::size_t payload : {0u, 1u, 100u, 10'000u}) {
            const attacker drip = [=](std::size_t octets) { return drip_to_the_peer(self, payload, octets); };
            expect_cost("takes octet by octet messages of " + std::to_string(payload) +
                            (self == role::client ? ", of a client" : ", of a server"),
                        drip, 4096, {700, 0});
        }
}

// --- heads

constexpr http_limits roomy{.bytes = 2u << 20, .headers = 32'768};

// The handshake behind a head.
void judge(const request_reader& reader) { (void)read_request(reader.value()); }
void judge(const response_reader& reader) {
    constexpr std::string_view offered[]{"a", "x; y"};
    (void)check_response(reader.value(),
                         "dGhlIHNhbXBsZSBub25jZQ==", {.protocols = offered, .extensions = offered});
}

template <class Reader>
cost read_head(const std::string& text, std::size_t piece) {
    static const auto storage = std::make_unique<http_storage<roomy>>();
    return cost_of([&] {
        Reader reader{*storage};
        std::string_view rest = text;
        http_progress got;
        while (!rest.empty() && got.status == read_status::need_more) {
            const std::string_view now = rest.substr(0, piece);
            got = reader.read(std::as_bytes(std::span{now}));
            rest.remove_prefix(now.size());
        }
        EXPECT_EQ(got.status, read_status::complete) << wspc::text(got.code);
        judge(reader);
        return text.size();
    });
}

// A head that comes to this role, in pieces of `piece` octets, and the handshake behind it.
cost read_head(role side, const std::string& text, std::size_t piece) {
    return side == role::server ? read_head<request_reader>(text, piece)
                                : read_head<response_reader>(text, piece);
}

std::string head_with(role side, const std::string& name, const std::string& value, std::size_t octets) {
    std::string made = side == role::server
                           ? "GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                           : "HTTP/1.1 101 \r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    made += "Upgrade: websocket\r\nConnection: Upgrade\r\n" + name + ": ";
    while (made.size() < octets) made += value;
    return made + "\r\n\r\n";
}

// ws, websocket-extensions, tungstenite.
TEST(costs, of_a_head_of_blanks_quotes_and_commas_octet_by_octet) {
    const struct {
        const char* what;
        const char* name;
        const char* value;
    } heads[]{{"blanks", "a", " "},
              {"quotes", "Sec-WebSocket-Extensions", "a; b=\"\\\"\", "},
              {"quotes that stay open", "Sec-WebSocket-Extensions", "x; y=\","},
              {"commas", "Sec-WebSocket-Protocol", ","},
              {"one long name", "Sec-WebSocket-Extensions", "a"}};
    for (const role side : both)
        for (const auto& head : heads) {
            const attacker run = [&](std::size_t octets) {
                return read_head(side, head_with(side, head.name, head.value, octets), 1);
            };
            expect_cost(row(side, std::string{"a head of "} + head.what + ", octet by octet"), run, 65'536,
                        {150, 0});
        }
}

TEST(costs, of_thousands_of_headers) {
    for (const role side : both)
        for (const std::size_t piece : {std::size_t{1}, SIZE_MAX}) {
            const std::string manner = piece == 1 ? ", octet by octet" : ", at once";
            const attacker same = [&](std::size_t octets) {
                return read_head(side, head_with(side, "a", "b\r\na: ", octets), piece);
            };
            expect_cost(row(side, "headers of one name" + manner), same, 2000 * 6, {200, 0});
            const attacker lists = [&](std::size_t octets) {
                return read_head(side, head_with(side, "Connection", "Upgrade\r\nConnection: ", octets),
                                 piece);
            };
            expect_cost(row(side, "headers of a list" + manner), lists, 2000 * 20, {200, 0});
        }
}

std::string repeated(std::string_view piece, std::size_t size) {
    std::string made;
    while (made.size() < size) made += piece;
    return made;
}

// Each is a head of its own, and none is the last.
TEST(costs, of_interim_responses) {
    const attacker run = [](std::size_t octets) {
        return read_head(role::client,
                         repeated("HTTP/1.1 100 \r\n\r\n", octets) + head_with(role::client, "a", "b", 0), 1);
    };
    expect_cost(row(role::client, "interim responses, octet by octet"), run, 65'536, {150, 0});
}

// The hash of the set that looks for tokens which occur twice, FNV-1a, is known to everybody: 256 short ones
// that begin at 24 neighbouring places of its 512.
std::vector<std::string> colliding_tokens() {
    const std::string characters =
        "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~";
    const auto collides = [](std::string_view token) {
        std::uint32_t hash = 2166136261u;
        for (const char c : token) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
        return hash % 512 >= 100 && hash % 512 < 124;
    };
    std::vector<std::string> all{""}, made;
    for (int size = 1; size <= 3; ++size) {
        std::vector<std::string> longer;
        for (const std::string& front : all)
            for (const char c : characters) longer.push_back(front + c);
        all = std::move(longer);
        for (const std::string& token : all)
            if (made.size() < 256 && collides(token)) made.push_back(token);
    }
    return made;
}

TEST(costs, of_protocols_that_collide) {
    const std::vector<std::string> tokens = colliding_tokens();
    ASSERT_EQ(tokens.size(), 256u);
    std::string list;
    for (const std::string& token : tokens) list += (list.empty() ? "" : ",") + token;
    const cost spent =
        read_head<request_reader>(head_with(role::server, "Sec-WebSocket-Protocol", list, 170), 1);
    EXPECT_GT(spent.octets, list.size());
    EXPECT_EQ(spent.memory, 0u);
    const double steps = static_cast<double>(spent.steps) / static_cast<double>(spent.octets);
    EXPECT_LE(steps, 400);
    std::printf("| 256 protocols that collide, octet by octet | %llu | 0 | %.1f | 400 |\n",
                static_cast<unsigned long long>(spent.octets), steps);
}

// What a program that uses websocket.h has read from its peer, and hands over as a list.
template <role Self>
cost hand_over(std::size_t octets) {
    header_list fields = good_request();
    constexpr std::string_view name = "a", value = "0123456789abcde";
    const std::size_t count = octets / (name.size() + value.size());
    for (std::size_t i = 0; i < count; ++i) fields.add(name, value);
    return cost_of([&] {
        const handle made = make_handle(Self);
        WEB_SOCKET_HTTP_HEADER* list = nullptr;
        ULONG size = 0;
        if (Self == role::server) {
            EXPECT_EQ(WebSocketBeginServerHandshake(made, nullptr, nullptr, 0, fields.data(), fields.size(),
                                                    &list, &size),
                      S_OK);
        } else {
            EXPECT_EQ(WebSocketBeginClientHandshake(made, nullptr, 0, nullptr, 0, nullptr, 0, &list, &size),
                      S_OK);
            EXPECT_EQ(
                WebSocketEndClientHandshake(made, fields.data(), fields.size(), nullptr, nullptr, nullptr),
                E_INVALID_PROTOCOL_FORMAT);
        }
        return count * (name.size() + value.size());
    });
}

TEST(costs, of_thousands_of_headers_to_a_handle) {
    constexpr bound most{100, 16 * 1024, 2.2};
    expect_cost("websocket.h: thousands of headers of a request", hand_over<role::server>, 16'000, most);
    expect_cost("websocket.h: thousands of headers of a response", hand_over<role::client>, 16'000, most);
}

// What follows `start`, `piece` by `piece`, is refused at this octet, in the memory that there is.
template <class Reader>
void expect_refused(const std::string& start, const std::string& piece, error why, std::size_t at) {
    http_storage<> storage;
    Reader reader{storage};
    const cost spent = cost_of([&] {
        std::size_t fed = 0;
        http_progress got = reader.read(std::as_bytes(std::span{start}));
        for (; got.status == read_status::need_more && fed < at + 1024; fed += piece.size())
            got = reader.read(std::as_bytes(std::span{piece}));
        EXPECT_EQ(got.code, why) << start << piece;
        return start.size() + fed;
    });
    EXPECT_GE(spent.octets, at);
    EXPECT_LT(spent.octets, at + piece.size());
    EXPECT_EQ(spent.memory, 0u);
}

template <class Reader>
void expect_refused_without_end(const std::string& start) {
    constexpr http_limits most;
    expect_refused<Reader>(start + "a:", "a", error::http_headers_too_large, most.bytes);
    const std::size_t line = 5;
    expect_refused<Reader>(start, "a:b\r\n", error::http_too_many_headers,
                           start.size() + most.headers * line + 1);
}

TEST(costs, of_a_head_without_end) {
    expect_refused_without_end<request_reader>("GET / HTTP/1.1\r\n");
    expect_refused_without_end<response_reader>("HTTP/1.1 101 \r\n");
    // Heads of which none is the last.
    const std::string interim = "HTTP/1.1 100 \r\n\r\n";
    http_storage<> storage;
    response_reader reader{storage};
    const cost spent = cost_of([&] {
        std::size_t fed = 0;
        for (http_progress got; got.status == read_status::need_more && fed < 17 * 1024; ++fed) {
            got = reader.read(std::as_bytes(std::span{interim}.subspan(fed % interim.size(), 1)));
            EXPECT_TRUE(got.status != read_status::failed || got.code == error::http_headers_too_large);
        }
        return fed;
    });
    EXPECT_EQ(spent.octets, http_limits{}.bytes);
    EXPECT_EQ(spent.memory, 0u);
}

TEST(costs, of_writing_http_text) {
    const header host[]{{"Host", "a"}, {"Upgrade", "websocket"}};
    std::array<std::byte, 1024> out;
    const std::uint64_t before = allocations();
    EXPECT_EQ(write_request(out, request{"GET", "/", 11, host}).code, error::none);
    EXPECT_EQ(write_response(out, response{200, host}, "body").code, error::none);
    EXPECT_EQ(write_refusal(out, error::origin_refused).code, error::none);
    EXPECT_EQ(allocations(), before);
}

}  // namespace
}  // namespace wspc::test
