// SPDX-License-Identifier: Apache-2.0
// What a hostile peer can cost a handle of websocket.h.
#include <algorithm>
#include <cstring>
#include <string_view>

#include <gtest/gtest.h>

#include "capi/support/handles.hpp"
#include "capi/support/headers.hpp"
#include "costs.hpp"

namespace wspc::test {
namespace {

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

// Its buffers are there, whatever is declared.
TEST(allocation_by_length, is_made_by_no_handle) {
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

}  // namespace
}  // namespace wspc::test
