// SPDX-License-Identifier: Apache-2.0
// What a hostile peer can cost: memory, and work for each octet that it sends. `ctest -R hardening.costs -V`
// prints the table that SECURITY.md has.
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

// --- a connection, in pieces of `piece` octets

struct flood {
    bytes stream;
    std::size_t piece = 4096;
    bool answers = true;  // whether the program writes what is pending
    const connection_config* config = &default_connection_config;
    error ends_with = error::none;
};

// Feeds it to a server. How many messages it was told goes to `messages`.
cost flood_connection(flood&& f, std::size_t* messages = nullptr) {
    static batch<16> batch;
    std::array<std::byte, connection::max_pending_size> out;
    return cost_of([&] {
        connection subject{role::server, *f.config};
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

bytes fragments(std::size_t payload, std::size_t size) {
    return wire_to(role::server, 2, bytes(payload, std::byte{'f'}), false) +
           repeated(wire_to(role::server, 0, bytes(payload, std::byte{'f'}), false), size);
}

TEST(costs, of_fragments_of_nothing_and_of_one_octet) {
    const attacker of_nothing = [](std::size_t octets) {
        return flood_connection({.stream = fragments(0, octets), .config = &any_number});
    };
    expect_cost("fragments of 0 octets, without limit", of_nothing, 1'500'000, {30, 0});
    const attacker of_one = [](std::size_t octets) {
        return flood_connection({.stream = fragments(1, octets), .config = &any_number});
    };
    expect_cost("fragments of 1 octet, without limit", of_one, 1'750'000, {30, 0});
    const attacker in_octets = [](std::size_t octets) {
        return flood_connection({.stream = fragments(1, octets), .piece = 1, .config = &any_number});
    };
    expect_cost("the same, octet by octet", in_octets, 100'000, {150, 0});
}

TEST(tiny_fragments, are_refused_by_default_and_64_octets_are_not_tiny) {
    for (const std::size_t payload : {0u, 1u}) {
        const cost refused = flood_connection(
            {.stream = fragments(payload, 7'000'000), .ends_with = error::too_many_fragments});
        EXPECT_LE(refused.octets, 262'145u * (6 + payload) + 4096);
        EXPECT_EQ(refused.memory, 0u);
    }
    bytes large = wire_to(role::server, 2, counted_bytes(64), false);
    large += repeated(wire_to(role::server, 0, counted_bytes(64), false), 65'534 * 70u);
    large += wire_to(role::server, 0, counted_bytes(64));
    ASSERT_EQ(large.size(), 65'536u * 70);
    std::size_t messages = 0;
    const cost taken = flood_connection({.stream = large}, &messages);
    EXPECT_EQ(messages, 1u);
    EXPECT_EQ(taken.memory, 0u);
}

TEST(costs, of_messages_of_nothing) {
    const attacker run = [](std::size_t octets) {
        return flood_connection({.stream = repeated(wire_to(role::server, 1, {}), octets)});
    };
    expect_cost("messages of 0 octets", run, 1'500'000, {30, 0});
}

// Tyrus, tinymux: pongs pile up for a peer that does not read.
TEST(costs, of_pings_that_nobody_answers) {
    const attacker unread = [](std::size_t octets) {
        return flood_connection({.stream = repeated(wire_to(role::server, 9, {}), octets), .answers = false});
    };
    expect_cost("pings, and no pong can be written", unread, 1'500'000, {60, 0});
    const attacker read = [](std::size_t octets) {
        return flood_connection({.stream = repeated(wire_to(role::server, 9, counted_bytes(125)), octets)});
    };
    expect_cost("pings of 125 octets, each answered", read, 1'000'000, {30, 0});
}

TEST(control_flood, leaves_one_pong_for_the_newest_of_a_million_pings) {
    connection subject{role::server};
    static batch<16> batch;
    const std::uint64_t before = allocations();
    const auto count = static_cast<unsigned>(scaled(1'000'000));
    for (unsigned i = 0; i < count; ++i) {
        std::array<std::byte, 10> ping{std::byte{0x89}, std::byte{0x84}};
        std::memcpy(ping.data() + 6, &i, 4);
        ASSERT_EQ(subject.receive(ping, batch).consumed, 10u);
    }
    std::array<std::byte, connection::max_pending_size> out;
    ASSERT_EQ(subject.write_pending(out).size, 6u);
    unsigned newest = 0;
    std::memcpy(&newest, out.data() + 2, 4);
    EXPECT_EQ(newest, count - 1);
    EXPECT_FALSE(subject.pending());
    EXPECT_EQ(allocations(), before);
}

TEST(costs, of_text_octet_by_octet) {
    const attacker run = [](std::size_t octets) {
        const bytes character = text_bytes("\xf0\x9f\x98\x80");
        return flood_connection(
            {.stream = wire_to(role::server, 1, repeated(character, octets)), .piece = 1});
    };
    expect_cost("text of 4-octet characters, octet by octet", run, 200'000, {100, 0});
    const attacker bad = [](std::size_t octets) {
        bytes text = repeated(text_bytes("\xe6\x97\xa5"), octets);
        text.back() = std::byte{'x'};
        return flood_connection(
            {.stream = wire_to(role::server, 1, text), .piece = SIZE_MAX, .ends_with = error::text_not_utf8});
    };
    expect_cost("text that is wrong at its last octet", bad, 200'000, {100, 0});
}

// wslay: 15 octets, 2 GiB.
TEST(allocation_by_length, is_made_for_no_length_that_a_header_declares) {
    for (const std::uint64_t length : {std::uint64_t{16} << 20, std::uint64_t{1} << 40, UINT64_MAX >> 1}) {
        bytes header = wire_header({.op = 2, .key = usual_key, .declared = length});
        bytes some(10, std::byte{1});
        message_assembler whole{heap_memory()};
        connection subject{role::server, any_number};
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
    const attacker run = [](std::size_t octets) {
        bytes stream = wire_header({.op = 2, .key = usual_key, .declared = 16u << 20});
        stream.resize(stream.size() + octets);
        connection subject{role::server};
        return cost_of([&] {
            message_assembler whole{heap_memory()};
            for (std::byte& b : stream) (void)whole.add(subject.receive_one({&b, 1}).event);
            return stream.size();
        });
    };
    // Doubling asks for at most four times what is there in the end, in all.
    expect_cost("16 MiB declared, some sent octet by octet, assembled", run, 100'000, {60, 4096, 4});
}

// --- websocket.h

// Feeds it to a server's handle. `busy`: a frame of its own is on the wire, so that no pong can leave.
cost flood_handle(const bytes& piece, std::size_t octets, bool busy = false) {
    static const bytes own = counted_bytes(100);
    bytes stream = repeated(piece, 4096 / piece.size() * piece.size());
    cost made = cost_of([&] {
        const handle open = open_handle(role::server);
        if (busy) {
            EXPECT_EQ(queue_send(open, binary_message, own), S_OK);
            EXPECT_EQ(take_action(open, send_queue).action, send_to_network);
        }
        std::uint64_t fed = 0;
        EXPECT_EQ(queue_receive(open), S_OK);
        while (fed < octets && !testing::Test::HasFailure()) {
            const taken got = take_action(open, receive_queue, 1);
            EXPECT_EQ(got.result, S_OK);
            ULONG moved = 0;
            if (got.action == receive_from_network) {
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

TEST(costs, of_floods_to_a_handle) {
    constexpr bound handle_bound{80, 32 * 1024};
    const attacker fragments = [](std::size_t octets) {
        return flood_handle(wire_to(role::server, 1, text_bytes("f"), false) +
                                wire_to(role::server, 0, {}, false) +
                                wire_to(role::server, 0, text_bytes("g")),
                            octets);
    };
    expect_cost("websocket.h: fragments of 0 and 1 octet", fragments, 1'000'000, handle_bound);
    const attacker pings = [](std::size_t octets) {
        return flood_handle(wire_to(role::server, 9, {}), octets);
    };
    expect_cost("websocket.h: pings, each answered", pings, 1'500'000, handle_bound);
    const attacker unread = [](std::size_t octets) {
        return flood_handle(wire_to(role::server, 9, text_bytes("p")), octets, true);
    };
    expect_cost("websocket.h: pings, and no pong can be written", unread, 1'750'000, handle_bound);
}

// No limit of payload: whatever comes is streamed.
TEST(costs, of_a_frame_without_end_to_a_handle) {
    const attacker run = [](std::size_t octets) {
        return cost_of([&] {
            const handle open = open_handle(role::server);
            const bytes header = wire_header({.op = 2, .key = usual_key, .declared = UINT64_MAX >> 1});
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
    expect_cost("websocket.h: a frame of 2^63 - 1 octets", run, 4'000'000, {20, 32 * 1024});
}

// --- a peer that does not read

TEST(costs, of_a_peer_that_does_not_read) {
    bytes memory(8192);
    const std::span<std::byte> all{memory};
    session subject{role::server, default_session_config,
                    session_memory{all.first(4096), all.subspan(4096, 2048), all.last(2048)}};
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

// Messages wait for a peer that takes an octet at a time: what is laid for each must not grow with the memory
// that they are laid in, nor with what waits.
template <role Self, std::size_t Payload>
cost drip_to_the_peer(std::size_t octets) {
    bytes memory(session::min_receive + 4 * octets + session::control_size);
    const std::span<std::byte> all{memory};
    const bytes message(Payload);
    masking_keys keys;
    std::vector<send_operation> sends(4 * octets / Payload + 1);
    session subject{
        Self, default_session_config,
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
    constexpr bound most{500, 0};
    expect_cost("reads octet by octet what a server sends", drip_to_the_peer<role::server, 100>, 4096, most);
    expect_cost("reads octet by octet what a client sends", drip_to_the_peer<role::client, 100>, 4096, most);
    expect_cost("reads octet by octet large messages of a server", drip_to_the_peer<role::server, 10'000>,
                4096, most);
    expect_cost("reads octet by octet large messages of a client", drip_to_the_peer<role::client, 10'000>,
                4096, most);
}

// --- heads

constexpr http_limits roomy{.bytes = 2u << 20, .headers = 32'768};

// A head in pieces of `piece` octets, and the handshake behind it.
cost read_head(const std::string& text, std::size_t piece) {
    static const auto storage = std::make_unique<http_storage<roomy>>();
    return cost_of([&] {
        request_reader reader{*storage};
        std::string_view rest = text;
        http_progress got;
        while (!rest.empty() && got.status == read_status::need_more) {
            const std::string_view now = rest.substr(0, piece);
            got = reader.read(std::as_bytes(std::span{now}));
            rest.remove_prefix(now.size());
        }
        EXPECT_EQ(got.status, read_status::complete) << wspc::text(got.code);
        (void)read_request(reader.value());
        return text.size();
    });
}

std::string head_with(const std::string& name, const std::string& value, std::size_t octets) {
    std::string made =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
        "13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        name + ": ";
    while (made.size() < octets) made += value;
    return made + "\r\n\r\n";
}

// ws, websocket-extensions, tungstenite.
TEST(costs, of_a_head_of_blanks_quotes_and_commas_octet_by_octet) {
    constexpr bound most{150, 0};
    const attacker blanks = [](std::size_t octets) { return read_head(head_with("a", " ", octets), 1); };
    expect_cost("a head of blanks, octet by octet", blanks, 65'536, most);
    const attacker quotes = [](std::size_t octets) {
        return read_head(head_with("Sec-WebSocket-Extensions", "a; b=\"\\\"\", ", octets), 1);
    };
    expect_cost("a head of quotes, octet by octet", quotes, 65'536, most);
    const attacker open = [](std::size_t octets) {
        return read_head(head_with("Sec-WebSocket-Extensions", "x; y=\",", octets), 1);
    };
    expect_cost("a head of quotes that stay open, octet by octet", open, 65'536, most);
    const attacker commas = [](std::size_t octets) {
        return read_head(head_with("Sec-WebSocket-Protocol", ",", octets), 1);
    };
    expect_cost("a head of commas, octet by octet", commas, 65'536, most);
    const attacker name = [](std::size_t octets) {
        return read_head(head_with("Sec-WebSocket-Extensions", "a", octets), 1);
    };
    expect_cost("a head of one long name, octet by octet", name, 65'536, most);
}

TEST(costs, of_thousands_of_headers) {
    for (const std::size_t piece : {std::size_t{1}, SIZE_MAX}) {
        static std::size_t of_each = 0;
        of_each = piece;
        const attacker same = [](std::size_t octets) {
            return read_head(head_with("a", "b\r\na: ", octets), of_each);
        };
        expect_cost(piece == 1 ? "headers of one name, octet by octet" : "headers of one name, at once", same,
                    2000 * 6, {200, 0});
        const attacker lists = [](std::size_t octets) {
            return read_head(head_with("Connection", "Upgrade\r\nConnection: ", octets), of_each);
        };
        expect_cost(piece == 1 ? "headers of a list, octet by octet" : "headers of a list, at once", lists,
                    2000 * 20, {200, 0});
    }
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
    const cost spent = read_head(head_with("Sec-WebSocket-Protocol", list, 170), 1);
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

// A head without an end is refused where the limits say, in the memory that it was given.
TEST(costs, of_a_head_without_end) {
    for (const bool many : {false, true}) {
        http_storage<> storage;
        request_reader reader{storage};
        const std::string line = many ? "a:b\r\n" : "a";
        std::string text = "GET / HTTP/1.1\r\n";
        if (!many) text += "a:";
        const cost spent = cost_of([&] {
            std::size_t fed = 0;
            for (http_progress got; got.status == read_status::need_more; text = line) {
                got = reader.read(std::as_bytes(std::span{text}));
                fed += text.size();
                EXPECT_TRUE(got.status != read_status::failed ||
                            got.code ==
                                (many ? error::http_too_many_headers : error::http_headers_too_large));
                if (fed > 17 * 1024) break;
            }
            return fed;
        });
        EXPECT_LE(spent.octets, many ? 16u + 101 * 5 : 16u * 1024 + 1);
        EXPECT_EQ(spent.memory, 0u);
    }
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
