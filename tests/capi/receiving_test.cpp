// SPDX-License-Identifier: Apache-2.0
// What receives are indicated with: pieces, types, pongs and Closes. Each test bears the number of the
// rule that it is about.
#include <array>

#include "capi/scenes.hpp"

namespace wspc::test {
namespace {

TEST(receiving, R1_nothing_is_parsed_without_a_receive) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes text = text_bytes("x");
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, wire_to(side, 1, text) + wire_to(side, 9, text_bytes("ping")) + octets({0xff, 0xff}));
        expect_indication(h, text_message, text);
        // Neither the ping nor the fault behind it is seen.
        for (const auto queue : {receive_queue, send_queue, all_queues}) expect_no_action(h, queue);
        ASSERT_EQ(queue_receive(h), S_OK);
        expect_pong(h, side, receive_queue, text_bytes("ping"));
        expect_failure(h, receive_queue, E_INVALID_PROTOCOL_FORMAT);
    });
}

// MAR feeds the same chunk again if it is asked for more before it got its piece.
TEST(receiving, R2_one_byte_is_indicated_at_once) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes wire = wire_to(side, 2, counted_bytes(1000));
        const std::size_t header = wire.size() - 1000;
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, bytes(wire.begin(), wire.begin() + static_cast<std::ptrdiff_t>(header) + 1));
        expect_indication(h, binary_fragment, bytes{counted_bytes(1)});
        ASSERT_EQ(queue_receive(h), S_OK);
        feed(h, bytes(wire.begin() + static_cast<std::ptrdiff_t>(header) + 1, wire.end()));
        expect_indication(h, binary_message, counted_bytes(999, 7));
    });
}

TEST(receiving, R2_a_piece_never_spans_two_frames) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes wire = wire_to(side, 1, text_bytes("ab"), false) + wire_to(side, 0, text_bytes("cd"), false) +
                     wire_to(side, 0, text_bytes("ef")) + wire_to(side, 1, text_bytes("gh"));
        expect_piece(receive_one(h, wire), text_fragment, text_bytes("ab"));
        expect_piece(receive_one(h, wire), text_fragment, text_bytes("cd"));
        expect_piece(receive_one(h, wire), text_message, text_bytes("ef"));
        expect_piece(receive_one(h, wire), text_message, text_bytes("gh"));
    });
}

TEST(receiving, R3_a_final_piece_that_fills_the_buffer_ends_the_message) {
    on_both_sides([](role side) {
        property_list properties;
        const handle h = open_handle(side, properties.receive_buffer(256));
        const std::size_t header = wire_to(side, 2, counted_bytes(300)).size() - 300;
        // The first read takes the header and 256 - header bytes, the second exactly the buffer.
        bytes wire = wire_to(side, 2, counted_bytes(512 - header));
        expect_piece(receive_one(h, wire), binary_fragment, counted_bytes(256 - header));
        const piece last = receive_one(h, wire);
        EXPECT_EQ(last.type, binary_message);
        EXPECT_EQ(last.payload.size(), 256u);
        EXPECT_TRUE(wire.empty());
        ASSERT_EQ(queue_receive(h), S_OK);
        EXPECT_EQ(take_action(h, receive_queue).action, receive_from_network);  // no empty piece
    });
}

TEST(receiving, R3_message_only_with_fin_and_the_last_byte) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes wire = wire_to(side, 2, text_bytes("whole"), false);
        expect_piece(receive_one(h, wire), binary_fragment, text_bytes("whole"));  // no FIN
        wire = wire_to(side, 0, text_bytes("last"));
        bytes all_but_one(wire.begin(), wire.end() - 1);
        expect_piece(receive_one(h, all_but_one), binary_fragment, text_bytes("las"));  // not the last byte
        bytes one{wire.back()};
        expect_piece(receive_one(h, one), binary_message, text_bytes("t"));
    });
}

TEST(receiving, R3_an_empty_final_frame_is_a_message) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        for (const unsigned op : {1u, 2u}) {
            bytes wire =
                wire_to(side, op, {}) + wire_to(side, op, text_bytes("a"), false) + wire_to(side, 0, {});
            const auto message = op == 1 ? text_message : binary_message;
            expect_piece(receive_one(h, wire), message, {});
            expect_piece(receive_one(h, wire), op == 1 ? text_fragment : binary_fragment, text_bytes("a"));
            expect_piece(receive_one(h, wire), message, {});
        }
    });
}

TEST(receiving, R3_an_empty_frame_that_ends_nothing_is_passed_over) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h, tag(1)), S_OK);
        feed(h, wire_to(side, 1, {}, false) + wire_to(side, 0, {}, false));
        feed(h,
             wire_to(side, 0, text_bytes("x"), false) + wire_to(side, 0, {}, false) + wire_to(side, 0, {}));
        expect_indication(h, text_fragment, text_bytes("x"), tag(1));
        bytes none;
        expect_piece(receive_one(h, none), text_message, {});
    });
}

TEST(receiving, R4_application_buffer_smaller_than_the_data) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes payload = counted_bytes(50);
        std::array<BYTE, 24> own{};
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = own.data();
        buffer.Data.ulBufferLength = 20;
        bytes wire = wire_to(side, 2, payload);
        bytes heard;
        for (const std::size_t size : {20u, 20u, 10u}) {
            ASSERT_EQ(WebSocketReceive(h, &buffer, tag(1)), S_OK);
            if (!wire.empty()) feed(h, wire);
            wire.clear();
            const taken got = expect_action(h, receive_queue, indicate_receive, 1);
            EXPECT_EQ(got.type, size == 10 ? binary_message : binary_fragment);
            EXPECT_EQ(got.buffers[0].Data.pbBuffer, own.data());
            EXPECT_EQ(got.buffers[0].Data.ulBufferLength, size);
            heard += got.octets();
            complete(h, got);
        }
        EXPECT_EQ(heard, payload);
        for (std::size_t i = 20; i < own.size(); ++i) EXPECT_EQ(own[i], 0);  // never beyond its length
        // What is left goes to a receive without a buffer just as well.
        wire = wire_to(side, 2, payload);
        buffer.Data.ulBufferLength = 7;
        ASSERT_EQ(WebSocketReceive(h, &buffer, nullptr), S_OK);
        expect_piece(receive_queued(h, wire), binary_fragment, bytes(payload.begin(), payload.begin() + 7));
        expect_piece(receive_one(h, wire), binary_message, bytes(payload.begin() + 7, payload.end()));
    });
}

TEST(receiving, R5_characters_may_be_cut_by_pieces_and_frames) {
    const bytes euro = octets({0xe2, 0x82, 0xac});
    on_both_sides([&](role side) {
        const handle h = open_handle(side);
        bytes wire = wire_to(side, 1, bytes{euro[0]}, false) + wire_to(side, 9, {}) +
                     wire_to(side, 0, bytes{euro[1]}, false) + wire_to(side, 0, bytes{euro[2]});
        expect_piece(receive_one(h, wire), text_fragment, {euro[0]});  // nothing is held back
        expect_piece(receive_one(h, wire), text_fragment, {euro[1]});
        expect_piece(receive_one(h, wire), text_message, {euro[2]});
        // Binary is anything.
        wire = wire_to(side, 2, octets({0xff, 0xfe}));
        expect_piece(receive_one(h, wire), binary_message, octets({0xff, 0xfe}));
    });
}

TEST(receiving, R5_a_bad_byte_fails_and_its_piece_is_not_delivered) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes wire = wire_to(side, 1, text_bytes("good"), false);
        expect_piece(receive_one(h, wire), text_fragment, text_bytes("good"));
        wire = wire_to(side, 0, text_bytes("bad \xc0 byte"), false);
        const piece bad = receive_one(h, wire);
        EXPECT_EQ(bad.result, E_INVALID_PROTOCOL_FORMAT);
        EXPECT_TRUE(bad.payload.empty());
    });
}

TEST(receiving, R5_a_message_may_not_end_inside_a_character) {
    on_both_sides([](role side) {
        for (const bool empty_end : {false, true}) {
            const handle h = open_handle(side);
            bytes wire = wire_to(side, 1, octets({0x61, 0xe2, 0x82}), !empty_end);
            if (empty_end) {
                expect_piece(receive_one(h, wire), text_fragment, octets({0x61, 0xe2, 0x82}));
                wire = wire_to(side, 0, {});
            }
            EXPECT_EQ(receive_one(h, wire).result, E_INVALID_PROTOCOL_FORMAT);
        }
    });
}

TEST(receiving, R5_the_check_can_be_disabled) {
    on_both_sides([](role side) {
        property_list properties;
        const handle h = open_handle(side, properties.disable_utf8());
        const bytes bad = octets({0x61, 0xff, 0xe2});
        bytes wire = wire_to(side, 1, bad);
        expect_piece(receive_one(h, wire), text_message, bad);
    });
}

TEST(receiving, R6_a_ping_is_answered_and_never_indicated) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{125}}) {
            ASSERT_EQ(queue_receive(h, tag(size)), S_OK);
            feed(h, wire_to(side, 9, counted_bytes(size)));
            expect_pong(h, side, receive_queue, counted_bytes(size));
            // The receive is still there.
            feed(h, wire_to(side, 1, text_bytes("x")));
            expect_indication(h, text_message, text_bytes("x"), tag(size));
        }
    });
}

TEST(receiving, R7_a_pong_is_indicated_and_consumes_the_receive) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        // Nobody asked for the first; the second answers a ping: both look the same.
        bytes wire = wire_to(side, 10, counted_bytes(125));
        piece got = receive_one(h, wire, tag(1));
        expect_piece(got, ping_pong, counted_bytes(125));
        EXPECT_EQ(got.context, tag(1));
        expect_no_action(h, receive_queue);
        ASSERT_EQ(queue_bare(h, ping_pong), S_OK);
        send_all(h);
        wire = wire_to(side, 10, {});
        got = receive_one(h, wire, tag(2));
        expect_piece(got, ping_pong, {});
        EXPECT_EQ(got.context, tag(2));
        expect_no_action(h, receive_queue);
    });
}

TEST(receiving, R8_a_close_is_indicated_with_status_and_reason) {
    on_both_sides([](role side) {
        for (const std::string_view reason : {std::string_view{}, std::string_view{"going away"}}) {
            const handle h = open_handle(side);
            bytes wire = wire_to(side, 8, octets({0x03, 0xe9}) + text_bytes(reason));
            const piece got = receive_one(h, wire);
            expect_piece(got, close_type, text_bytes(reason));
            EXPECT_EQ(got.status, 1001);
            EXPECT_FALSE(got.null_pointer);  // NETT expects "" and not null
        }
    });
}

TEST(receiving, R8_a_close_without_a_body_has_status_1005) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        bytes wire = wire_to(side, 8, {});
        const piece got = receive_one(h, wire);
        expect_piece(got, close_type, {});
        EXPECT_EQ(got.status, WEB_SOCKET_EMPTY_CLOSE_STATUS);
        EXPECT_TRUE(got.null_pointer);
    });
}

TEST(receiving, R8_bytes_behind_a_close_are_ignored) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        ASSERT_EQ(queue_receive(h), S_OK);
        ASSERT_EQ(queue_receive(h, tag(2)), S_OK);
        feed(h, wire_to(side, 8, {}) + wire_to(side, 9, {}) + octets({0xff, 0xff}));
        expect_indication(h, close_type, {});
        feed(h, wire_to(side, 1, text_bytes("late")) + octets({0xff}));
        const taken read = expect_action(h, receive_queue, receive_from_network, 1);
        feed(h, read, {});
        expect_empty_indication(h, tag(2));
        expect_no_action(h, all_queues);
    });
}

TEST(receiving, R9_control_frames_do_not_disturb_a_message) {
    on_both_sides([](role side) {
        const handle h = open_handle(side);
        const bytes euro = octets({0xe2, 0x82, 0xac});
        bytes wire = wire_to(side, 1, {euro[0]}, false) + wire_to(side, 9, text_bytes("ping")) +
                     wire_to(side, 10, text_bytes("pong")) + wire_to(side, 0, {euro[1]}, false) +
                     wire_to(side, 9, {}) + wire_to(side, 0, {euro[2]});
        expect_piece(receive_one(h, wire), text_fragment, {euro[0]});
        piece got = receive_one(h, wire);
        expect_piece(got, ping_pong, text_bytes("pong"));
        expect_frame(side, got.answered, 10, text_bytes("ping"));
        expect_piece(receive_one(h, wire), text_fragment, {euro[1]});
        got = receive_one(h, wire);
        expect_piece(got, text_message, {euro[2]});
        expect_frame(side, got.answered, 10, {});
    });
}

// The largest control frames, at every place of the smallest buffer.
TEST(receiving, R10_256_bytes_hold_any_control_frame_beside_leftovers) {
    on_both_sides([](role side) {
        for (std::size_t before = 1; before <= 256; ++before) {
            property_list properties;
            const handle h = open_handle(side, properties.receive_buffer(256));
            bytes wire = wire_to(side, 2, counted_bytes(before)) + wire_to(side, 9, counted_bytes(125)) +
                         wire_to(side, 10, counted_bytes(125, 1)) +
                         wire_to(side, 8, octets({0x03, 0xe8}) + bytes(123, std::byte{'r'}));
            bytes heard;
            piece got;
            do {
                got = receive_one(h, wire);
                ASSERT_EQ(got.result, S_OK);
                heard += got.payload;
            } while (got.type == binary_fragment);
            ASSERT_EQ(heard, counted_bytes(before)) << before;
            got = receive_one(h, wire);
            ASSERT_EQ(got.type, ping_pong) << before;
            ASSERT_EQ(got.payload, counted_bytes(125, 1)) << before;
            expect_frame(side, got.answered, 10, counted_bytes(125));
            got = receive_one(h, wire);
            ASSERT_EQ(got.type, close_type) << before;
            ASSERT_EQ(got.payload, bytes(123, std::byte{'r'})) << before;
        }
    });
}

}  // namespace
}  // namespace wspc::test
