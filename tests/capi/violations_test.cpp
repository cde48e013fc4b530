// SPDX-License-Identifier: Apache-2.0
// What a peer must not send: each row of the table of violations, for both roles, octet by octet, with what
// the handle does before and afterwards.
#include <string>
#include <vector>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

struct violation {
    std::string what;
    bytes wire;  // up to the octet that decides
    HRESULT result = E_INVALID_PROTOCOL_FORMAT;
    USHORT status = 1002;  // which the application's own Close says
    bool inside = false;   // a text message is open
    std::size_t good = 0;  // octets of payload before the one that decides
};

// The header of a frame to this side, of which `size` octets are enough to decide.
bytes header_to(role side, wire_frame frame, std::size_t size) {
    frame.key = key_for(side);
    bytes made = wire_header(frame);
    made.resize(size);
    return made;
}

// Failing GetAction, sticky; the send side is open until Abort.
void expect_failed(WEB_SOCKET_HANDLE h, role side, const violation& v) {
    for (int i = 0; i < 2; ++i) {
        expect_failure(h, receive_queue, v.result);
        expect_failure(h, all_queues, v.result);
        expect_no_action(h, send_queue);
    }
    EXPECT_EQ(queue_receive(h), v.result);
    ASSERT_EQ(queue_close(h, v.status, {}, tag(3)), S_OK);
    // Sends go first on ALL, so that the Close gets out.
    const finished close = finish_action(h, all_queues, send_to_network);
    expect_frame(side, close.wire, 8,
                 octets({static_cast<unsigned>(v.status) >> 8, static_cast<unsigned>(v.status) & 0xff}));
    EXPECT_EQ(finish_action(h, all_queues, indicate_send).action.context, tag(3));
    expect_failure(h, all_queues, v.result);
    WebSocketAbortHandle(h);
    expect_empty_indication(h, tag(2));
    expect_no_action(h, all_queues);
}

void expect_violation(role side, const violation& v) {
    SCOPED_TRACE(v.what);
    const handle h = open_handle(side);
    bytes good = wire_to(side, 1, text_bytes("good"), !v.inside);
    expect_piece(receive_one(h, good), v.inside ? text_fragment : text_message, text_bytes("good"));
    ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
    for (std::size_t i = 0; i < v.wire.size(); ++i) {
        const taken read = take_action(h, receive_queue, 1);
        ASSERT_EQ(read.result, S_OK) << "fails before octet " << i;
        ASSERT_EQ(read.action, receive_from_network);
        feed(h, read, {v.wire[i]});
        const std::size_t left = v.wire.size() - i - 1;
        if (left == 0 || left > v.good) continue;
        const finished piece = finish_action(h, receive_queue, indicate_receive, 1);
        EXPECT_EQ(piece.action.type, text_fragment);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
    }
    expect_failed(h, side, v);
}

void expect_violations(std::vector<violation> (*rows)(role)) {
    on_both_sides([&](role side) {
        const std::vector<violation> all = rows(side);
        ASSERT_FALSE(all.empty());
        for (const violation& v : all) expect_violation(side, v);
    });
}

TEST(violations, S7_reserved_bit_without_extension) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const unsigned bits : {1u, 2u, 4u, 7u}) {
            const auto rsv = static_cast<std::uint8_t>(bits << 4);
            for (const unsigned op : {1u, 2u, 8u, 9u, 10u})
                made.push_back({"rsv " + std::to_string(bits) + ", opcode " + std::to_string(op),
                                header_to(side, {.op = op, .rsv = rsv}, 1)});
        }
        made.push_back({"continuation", header_to(side, {.op = 0, .rsv = 0x40}, 1)});
        made.back().inside = true;
        return made;
    });
}

TEST(violations, S7_reserved_opcode) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const unsigned op : {3u, 4u, 5u, 6u, 7u, 11u, 12u, 13u, 14u, 15u})
            made.push_back({"opcode " + std::to_string(op), header_to(side, {.op = op}, 1)});
        return made;
    });
}

TEST(violations, S7_control_frame_without_fin) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const unsigned op : {8u, 9u, 10u})
            made.push_back({"opcode " + std::to_string(op), header_to(side, {.op = op, .fin = false}, 1)});
        return made;
    });
}

TEST(violations, S7_control_frame_above_125) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const unsigned op : {8u, 9u, 10u})
            for (const std::uint64_t length : {126u, 70'000u})
                made.push_back(
                    {"opcode " + std::to_string(op), header_to(side, {.op = op, .declared = length}, 2)});
        return made;
    });
}

TEST(violations, S7_length_with_the_top_bit) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const unsigned op : {1u, 2u})
            for (const std::uint64_t length : {std::uint64_t{1} << 63, UINT64_MAX})
                made.push_back(
                    {"opcode " + std::to_string(op),
                     header_to(side, {.op = op, .form = length_form::bits64, .declared = length}, 3)});
        return made;
    });
}

TEST(violations, S7_length_not_in_its_shortest_form) {
    struct form {
        std::uint64_t length;
        length_form as;
        std::size_t decided;
    };
    expect_violations([](role side) {
        std::vector<violation> made;
        // Six octets of zero decide that 64 bits are too many, whatever the last two are.
        for (const form& f : {form{0, length_form::bits16, 4},
                              {125, length_form::bits16, 4},
                              {0, length_form::bits64, 8},
                              {65'535, length_form::bits64, 8}})
            made.push_back({std::to_string(f.length) + " of " + std::to_string(f.decided),
                            header_to(side, {.op = 2, .form = f.as, .declared = f.length}, f.decided)});
        return made;
    });
}

TEST(violations, S7_masking_of_the_wrong_kind) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const unsigned op : {1u, 2u, 8u, 9u, 10u})
            made.push_back(
                {"opcode " + std::to_string(op), octets({0x80 | op, side == role::server ? 0x02u : 0x82u})});
        return made;
    });
}

// DISABLE_MASKING lets a server read both kinds (section 10); not so a client.
TEST(violations, S7_masking_is_no_violation_on_a_server_that_disabled_it) {
    property_list properties;
    const handle server = open_handle(role::server, properties.disable_masking());
    bytes both =
        wire_to(role::client, 1, text_bytes("plain")) + wire_to(role::server, 1, text_bytes("masked"));
    expect_piece(receive_one(server, both), text_message, text_bytes("plain"));
    expect_piece(receive_one(server, both), text_message, text_bytes("masked"));
    property_list also;
    const handle client = open_handle(role::client, also.disable_masking());
    bytes masked = wire_to(role::server, 1, text_bytes("masked"));
    EXPECT_EQ(receive_one(client, masked).result, E_INVALID_PROTOCOL_FORMAT);
}

TEST(violations, S7_continuation_without_a_message) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const bool fin : {true, false}) {
            made.push_back({fin ? "the last" : "not the last", header_to(side, {.op = 0, .fin = fin}, 1),
                            E_INVALID_PROTOCOL_OPERATION});
        }
        return made;
    });
}

TEST(violations, S7_continuation_awaited_and_a_new_message_there) {
    expect_violations([](role side) {
        std::vector<violation> made;
        for (const unsigned op : {1u, 2u}) {
            made.push_back({"opcode " + std::to_string(op), header_to(side, {.op = op}, 1),
                            E_INVALID_PROTOCOL_OPERATION});
            made.back().inside = true;
        }
        return made;
    });
}

TEST(violations, S7_close_body_of_one_byte) {
    expect_violations([](role side) {
        return std::vector<violation>{{"one byte", header_to(side, {.op = 8, .declared = 1}, 2)}};
    });
}

TEST(violations, S7_close_body_with_a_status_that_is_not_for_the_wire) {
    on_both_sides([](role side) {
        for (const unsigned status :
             {0u, 1u, 999u, 1004u, 1005u, 1006u, 1015u, 1016u, 1100u, 2000u, 2999u, 5000u, 9999u, 65535u}) {
            SCOPED_TRACE(status);
            const handle h = open_handle(side);
            ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
            feed(h, wire_to(side, 8, octets({status >> 8, status & 0xff}) + text_bytes("why")));
            expect_failed(h, side, {});
        }
        for (const unsigned status : {1000u, 1001u, 1002u, 1003u, 1007u, 1008u, 1009u, 1010u, 1011u, 1012u,
                                      1013u, 1014u, 3000u, 3999u, 4000u, 4999u}) {
            SCOPED_TRACE(status);
            const handle h = open_handle(side);
            bytes wire = wire_to(side, 8, octets({status >> 8, status & 0xff}));
            const piece got = receive_one(h, wire);
            EXPECT_EQ(got.type, close_type);
            EXPECT_EQ(got.status, status);
        }
    });
}

TEST(violations, S7_utf8_of_text) {
    expect_violations([](role side) {
        std::vector<violation> made;
        const auto add = [&](const char* what, const bytes& payload, std::uint64_t more, std::size_t good) {
            bytes wire = wire_to(side, 1, payload + bytes(static_cast<std::size_t>(more), std::byte{'x'}));
            wire.erase(wire.end() - static_cast<std::ptrdiff_t>(more), wire.end());
            made.push_back({what, wire, E_INVALID_PROTOCOL_FORMAT, 1007, false, good});
        };
        add("never a first octet", octets({0x61, 0xc0}), 5, 1);
        add("a continuation first", octets({0x80}), 5, 0);
        add("overlong", octets({0xe0, 0x9f}), 5, 1);
        add("surrogate", octets({0xed, 0xa0}), 5, 1);
        add("above U+10FFFF", octets({0xf4, 0x90}), 5, 1);
        add("never at all", octets({0x61, 0x62, 0xff}), 5, 2);
        add("ends inside a character", octets({0x61, 0xe2}), 0, 1);
        return made;
    });
}

TEST(violations, S7_utf8_of_a_reason) {
    on_both_sides([](role side) {
        for (const bytes& reason : {octets({0xff}), octets({0x61, 0xe2, 0x82}), octets({0xed, 0xa0, 0x80})}) {
            const handle h = open_handle(side);
            ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
            feed(h, wire_to(side, 8, octets({0x03, 0xe8}) + reason));
            violation v;
            v.status = 1007;
            expect_failed(h, side, v);
        }
    });
}

// RFC 6455 sets no limit below 2^63, and this API none at all: the frame is streamed.
TEST(violations, S7_fail_fast_but_for_no_size) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes wire = header_to(side, {.op = 2, .declared = (std::uint64_t{1} << 63) - 1},
                               side == role::server ? 14 : 10);
        const bytes payload = counted_bytes(3000);
        const masking_key key = key_for(side).value_or(masking_key{});
        for (std::size_t i = 0; i < payload.size(); ++i) wire.push_back(payload[i] ^ key[i % 4]);
        const piece got = receive_one(h, wire);
        expect_piece(got, binary_fragment, payload);
    });
}

}  // namespace
}  // namespace wspc::test
