// SPDX-License-Identifier: Apache-2.0
// Creating and deleting handles, properties, and what holds for all handles (4.1, 4.12, 4.13, 10).
#include <websocket.h>

#include <cstring>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"

namespace wspc::test {
namespace {

// Create with the out parameter holding rubbish before, as a program's uninitialised variable does.
struct created {
    HRESULT result;
    WEB_SOCKET_HANDLE made;
};
created create(role side, WEB_SOCKET_PROPERTY* properties, ULONG count) {
    auto* made = reinterpret_cast<WEB_SOCKET_HANDLE>(std::uintptr_t{0xa5a5a5a5});
    const HRESULT result = side == role::client ? WebSocketCreateClientHandle(properties, count, &made)
                                                : WebSocketCreateServerHandle(properties, count, &made);
    return {result, made};
}

// What GetAction offers to read into and what one masked send action may hold: the effective sizes.
ULONG effective_receive_size(role side, property_list& properties) {
    const handle open = open_handle(side, properties);
    EXPECT_EQ(queue_receive(open), S_OK);
    return expect_action(open, receive_queue, receive_from_network).total();
}
ULONG effective_send_size(property_list& properties) {
    const handle client = open_handle(role::client, properties);
    const bytes large(100'000);
    EXPECT_EQ(queue_send(client, binary_message, large), S_OK);
    return expect_action(client, send_queue, send_to_network).total();
}

TEST(create, S4_1_common_call_has_no_properties) {
    for (const role side : both) {
        const created got = create(side, nullptr, 0);
        EXPECT_EQ(got.result, S_OK);
        EXPECT_NE(got.made, nullptr);
        WebSocketDeleteHandle(got.made);
    }
}

TEST(create, S4_1_common_call_ignores_the_pointer_when_the_count_is_0) {
    for (const role side : both) {
        property_list wrong;
        wrong.add_raw(unlisted<WEB_SOCKET_PROPERTY_TYPE>(99), nullptr, 0);
        const created got = create(side, wrong.data(), 0);
        EXPECT_EQ(got.result, S_OK);
        WebSocketDeleteHandle(got.made);
        const created odd = create(side, reinterpret_cast<WEB_SOCKET_PROPERTY*>(std::uintptr_t{1}), 0);
        EXPECT_EQ(odd.result, S_OK);
        WebSocketDeleteHandle(odd.made);
    }
}

TEST(create, S4_1_failure_leaves_null_in_the_handle) {
    for (const role side : both) {
        property_list wrong;
        wrong.receive_buffer(255);
        const created got = create(side, wrong.data(), wrong.size());
        EXPECT_EQ(got.result, E_INVALIDARG);
        EXPECT_EQ(got.made, nullptr);
        EXPECT_EQ(create(side, nullptr, 1).made, nullptr);
    }
}

TEST(create, S4_1_arguments_that_are_null) {
    EXPECT_EQ(WebSocketCreateClientHandle(nullptr, 0, nullptr), E_INVALIDARG);
    EXPECT_EQ(WebSocketCreateServerHandle(nullptr, 0, nullptr), E_INVALIDARG);
    for (const role side : both) {
        EXPECT_EQ(create(side, nullptr, 1).result, E_INVALIDARG);
        EXPECT_EQ(create(side, nullptr, 1).made, nullptr);
    }
}

TEST(create, S4_1_properties_are_read_during_the_call) {
    for (const role side : both) {
        auto properties = std::make_unique<property_list>();
        ULONG size = 300;
        properties->add_raw(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &size, sizeof size);
        const handle made = make_handle(side, *properties);
        size = 12345;
        properties.reset();
        if (side == role::client)
            open_client(made);
        else
            open_server(made);
        ASSERT_EQ(queue_receive(made), S_OK);
        EXPECT_EQ(expect_action(made, receive_queue, receive_from_network).total(), 300u);
    }
}

// An ALLOCATED_BUFFER that is just large enough for sizes that come behind it.
TEST(create, S4_1_properties_are_read_in_any_order) {
    for (const role side : both) {
        std::vector<char> memory(256 + 16 + 144);
        property_list first;
        first.allocated_buffer(memory.data(), static_cast<ULONG>(memory.size()))
            .send_buffer(16)
            .receive_buffer(256);
        EXPECT_EQ(create_result(side, first), S_OK);
    }
}

TEST(create, S4_1_properties_are_read_and_the_last_of_a_type_wins) {
    for (const role side : both) {
        property_list twice;
        twice.receive_buffer(1024).receive_buffer(300);
        EXPECT_EQ(effective_receive_size(side, twice), 300u);
    }
}

TEST(create, S4_1_wrong_property_size) {
    for (const role side : both) {
        ULONG value = 4096;
        for (const auto type :
             {WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE,
              WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE})
            for (const ULONG size : {0u, 1u, 3u, 5u, 8u}) {
                property_list wrong;
                wrong.add_raw(type, &value, size);
                EXPECT_EQ(create_result(side, wrong), E_INVALIDARG) << type << " " << size;
            }
    }
}

TEST(create, S4_1_wrong_property_value_null) {
    for (const role side : both)
        for (unsigned type = 0; type <= 4; ++type) {
            property_list wrong;
            wrong.add_raw(unlisted<WEB_SOCKET_PROPERTY_TYPE>(type), nullptr, type == 3 ? 65536 : 4);
            EXPECT_EQ(create_result(side, wrong), E_INVALIDARG) << type;
        }
}

TEST(create, S4_1_wrong_property_type) {
    for (const role side : both)
        for (const std::uint32_t type : {5u, 6u, 7u, 0x80000000u, 0xffffffffu}) {  // 5 and 6: global only
            ULONG value = 20000;
            property_list wrong;
            wrong.add_raw(unlisted<WEB_SOCKET_PROPERTY_TYPE>(type), &value, sizeof value);
            EXPECT_EQ(create_result(side, wrong), E_INVALIDARG) << type;
        }
}

TEST(properties, S10_receive_buffer_of_255_is_refused_and_256_accepted) {
    for (const role side : both) {
        property_list small;
        small.receive_buffer(255);
        EXPECT_EQ(create_result(side, small), E_INVALIDARG);
        property_list zero;
        zero.receive_buffer(0);
        EXPECT_EQ(create_result(side, zero), E_INVALIDARG);
        property_list smallest;
        smallest.receive_buffer(256);
        EXPECT_EQ(effective_receive_size(side, smallest), 256u);
    }
}

TEST(properties, S10_receive_buffer_of_1_mib_is_accepted) {
    property_list large;
    large.receive_buffer(1 << 20);
    EXPECT_EQ(effective_receive_size(role::client, large), 1u << 20);
}

TEST(properties, S10_receive_buffer_is_4096_by_default) {
    property_list none;
    EXPECT_EQ(effective_receive_size(role::client, none), 4096u);
    EXPECT_EQ(effective_receive_size(role::server, none), 4096u);
}

// The sum, not each alone: both sizes and 144 bytes must fit a ULONG.
TEST(properties, S10_receive_buffer_has_an_upper_bound) {
    constexpr ULONG most = std::numeric_limits<ULONG>::max();
    for (const role side : both) {
        property_list over;
        over.receive_buffer(most - 16 - 144 + 1).send_buffer(16);
        EXPECT_EQ(create_result(side, over), E_INVALIDARG);
        property_list alone;
        alone.receive_buffer(most);
        EXPECT_EQ(create_result(side, alone), E_INVALIDARG);
    }
}

TEST(properties, S10_send_buffer_of_15_is_refused) {
    for (const role side : both) {
        property_list small;
        small.send_buffer(15);
        EXPECT_EQ(create_result(side, small), E_INVALIDARG);
        property_list zero;
        zero.send_buffer(0);
        EXPECT_EQ(create_result(side, zero), E_INVALIDARG);
    }
}

TEST(properties, S10_send_buffer_of_16_is_accepted) {
    for (const role side : both) {
        property_list smallest;
        smallest.send_buffer(16);
        EXPECT_EQ(create_result(side, smallest), S_OK);
    }
    property_list smallest;
    smallest.send_buffer(16);
    EXPECT_EQ(effective_send_size(smallest), 16u);
}

TEST(properties, S10_send_buffer_has_an_upper_bound) {
    for (const role side : both) {
        property_list over;
        over.send_buffer(std::numeric_limits<ULONG>::max() - 256 - 144 + 1).receive_buffer(256);
        EXPECT_EQ(create_result(side, over), E_INVALIDARG);
    }
}

TEST(properties, S10_send_buffer_of_a_client_is_4096_by_default) {
    property_list none;
    EXPECT_EQ(effective_send_size(none), 4096u);
}

// With the default of 16 a buffer of RBS + 16 + 144 is enough for a server; one byte less is not.
TEST(properties, S10_send_buffer_of_a_server_is_16_by_default) {
    std::vector<char> memory(256 + 16 + 144);
    property_list exact;
    exact.receive_buffer(256).allocated_buffer(memory.data(), 256 + 16 + 144);
    EXPECT_EQ(create_result(role::server, exact), S_OK);
    property_list small;
    small.receive_buffer(256).allocated_buffer(memory.data(), 256 + 16 + 144 - 1);
    EXPECT_EQ(create_result(role::server, small), E_INVALIDARG);
}

// RFC 6455 5.1 demands a mask of clients: the bit is set, and the key is zero.
TEST(properties, S10_disable_masking_gives_a_client_the_zero_key) {
    property_list off;
    off.disable_masking();
    const handle client = open_handle(role::client, off);
    const bytes payload = text_bytes("as it is");
    ASSERT_EQ(queue_send(client, text_message, payload), S_OK);
    const parsed_frame frame = only_frame(send_all(client).wire);
    ASSERT_TRUE(frame.key.has_value());
    EXPECT_EQ(*frame.key, masking_key{});
    EXPECT_EQ(frame.payload, payload);
}

TEST(properties, S10_disable_masking_lets_a_server_accept_both_kinds) {
    property_list off;
    off.disable_masking();
    const handle server = open_handle(role::server, off);
    bytes incoming = wire({.op = 1, .payload = text_bytes("bare")}) +
                     wire({.op = 1, .payload = text_bytes("masked"), .key = usual_key});
    EXPECT_EQ(receive_one(server, incoming).payload, text_bytes("bare"));
    EXPECT_EQ(receive_one(server, incoming).payload, text_bytes("masked"));
}

TEST(properties, S10_disable_masking_is_false_by_default) {
    property_list no;
    no.disable_masking(0);
    for (property_list* list : {&no, static_cast<property_list*>(nullptr)}) {
        property_list none;
        const handle server = open_handle(role::server, list == nullptr ? none : *list);
        bytes incoming = wire({.op = 1, .payload = text_bytes("bare")});
        EXPECT_EQ(receive_one(server, incoming).result, E_INVALID_PROTOCOL_FORMAT);
    }
}

TEST(properties, S10_allocated_buffer_is_a_pointer_to_a_pointer) {
    std::vector<char> memory(8192 + 144 + 4096);
    property_list given;
    given.allocated_buffer(memory.data(), static_cast<ULONG>(memory.size()));
    const handle client = open_handle(role::client, given);
    ASSERT_EQ(queue_receive(client), S_OK);
    const taken read = expect_action(client, receive_queue, receive_from_network);
    const auto* const at = reinterpret_cast<const char*>(read.buffers[0].Data.pbBuffer);
    EXPECT_GE(at, memory.data());
    EXPECT_LE(at + read.total(), memory.data() + memory.size());
}

TEST(properties, S10_disable_utf8_by_any_non_zero_value) {
    for (const BOOL value : {1, -1, 2, 0x100}) {
        property_list off;
        off.disable_utf8(value);
        const handle server = open_handle(role::server, off);
        bytes incoming = wire_to(role::server, 1, octets({0xff, 0xc0}));
        EXPECT_EQ(receive_one(server, incoming).payload, octets({0xff, 0xc0})) << value;
    }
}

TEST(properties, S10_disable_utf8_is_false_by_default) {
    property_list no;
    no.disable_utf8(0);
    property_list none;
    for (property_list* list : {&no, &none}) {
        const handle server = open_handle(role::server, *list);
        bytes incoming = wire_to(role::server, 1, octets({0xff, 0xc0}));
        EXPECT_EQ(receive_one(server, incoming).result, E_INVALID_PROTOCOL_FORMAT);
    }
}

TEST(properties, S10_keepalive_can_only_be_asked_for) {
    ULONG interval = 30000;
    for (const role side : both) {
        property_list given;
        given.add_raw(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, sizeof interval);
        EXPECT_EQ(create_result(side, given), E_INVALIDARG);
    }
    ULONG size = sizeof interval;
    EXPECT_EQ(WebSocketGetGlobalProperty(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size),
              S_OK);
}

TEST(properties, S10_versions_can_only_be_asked_for) {
    ULONG version = 13;
    for (const role side : both) {
        property_list given;
        given.add_raw(WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, &version, sizeof version);
        EXPECT_EQ(create_result(side, given), E_INVALIDARG);
    }
    ULONG size = sizeof version;
    EXPECT_EQ(WebSocketGetGlobalProperty(WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, &version, &size), S_OK);
}

TEST(properties, S10_server_with_larger_send_buffer_lends_the_applications_memory) {
    property_list larger;
    larger.send_buffer(20'000 + 1024);
    const handle server = open_handle(role::server, larger);
    const bytes payload = counted_bytes(20'000);
    ASSERT_EQ(queue_send(server, binary_message, payload), S_OK);
    const taken got = expect_action(server, send_queue, send_to_network);
    ASSERT_EQ(got.count, 2u);
    EXPECT_EQ(got.buffers[1].Data.pbBuffer, as_pbyte(payload.data()));
    EXPECT_EQ(got.buffers[1].Data.ulBufferLength, payload.size());
}

TEST(delete_handle, S4_12_null_is_a_no_op) { WebSocketDeleteHandle(nullptr); }

TEST(delete_handle, S4_12_in_every_state) {
    for (const role side : both) make_handle(side).reset();
    handle begun = make_handle(role::server);
    begin_server(begun);
    begun.reset();
    for (const role side : both) {
        open_handle(side).reset();
        handle aborted = open_handle(side);
        WebSocketAbortHandle(aborted);
        aborted.reset();
    }
}

// Leaks are what AddressSanitizer and the allocation test look for.
TEST(delete_handle, S4_12_with_operations_queued_and_actions_outstanding) {
    for (const role side : both) {
        handle open = open_handle(side);
        const bytes payload = counted_bytes(10'000);
        for (int i = 0; i < 5; ++i) {
            ASSERT_EQ(queue_send(open, binary_message, payload), S_OK);
            ASSERT_EQ(queue_receive(open), S_OK);
        }
        (void)expect_action(open, send_queue, send_to_network);
        (void)expect_action(open, receive_queue, receive_from_network);
        open.reset();
    }
}

TEST(delete_handle, S4_12_an_allocated_buffer_stays_the_applications) {
    std::vector<char> memory(256 + 16 + 144, 'x');
    property_list given;
    given.receive_buffer(256).send_buffer(16).allocated_buffer(memory.data(),
                                                               static_cast<ULONG>(memory.size()));
    open_handle(role::server, given).reset();
    EXPECT_EQ(memory, std::vector<char>(memory.size(), 'x'));
}

TEST(global_property, S4_13_keepalive_is_30000_milliseconds) {
    ULONG interval = 0;
    ULONG size = sizeof interval;
    ASSERT_EQ(WebSocketGetGlobalProperty(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size),
              S_OK);
    EXPECT_EQ(size, 4u);
#ifdef _WIN32
    EXPECT_GE(interval, 15000u);  // the registry may say otherwise than 30000
#else
    EXPECT_EQ(interval, 30000u);
#endif
}

TEST(global_property, S4_13_versions_are_13_alone) {
    ULONG versions[4] = {};
    ULONG size = sizeof versions;
    ASSERT_EQ(WebSocketGetGlobalProperty(WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, versions, &size), S_OK);
    EXPECT_EQ(size, 4u);
    EXPECT_EQ(versions[0], 13u);
    EXPECT_EQ(versions[1], 0u);
}

TEST(global_property, S4_13_sizes_that_are_too_small_are_answered_with_the_size_needed) {
    for (const auto type :
         {WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE})
        for (const ULONG small : {0u, 1u, 3u}) {
            ULONG value = 0xa5a5a5a5;
            ULONG size = small;
            EXPECT_EQ(WebSocketGetGlobalProperty(type, &value, &size), insufficient_buffer());
            EXPECT_EQ(size, 4u);
            EXPECT_EQ(value, 0xa5a5a5a5);
        }
}

TEST(global_property, S4_13_sizes_that_are_too_large_and_an_odd_address_are_fine) {
    for (const auto type :
         {WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE}) {
        alignas(8) char memory[16] = {};
        ULONG size = 15;
        EXPECT_EQ(WebSocketGetGlobalProperty(type, memory + 1, &size), S_OK);
        EXPECT_EQ(size, 4u);
        ULONG value = 0;
        std::memcpy(&value, memory + 1, sizeof value);
        EXPECT_GE(value, 13u);
    }
}

TEST(global_property, S4_13_errors) {
    ULONG value = 0;
    ULONG size = sizeof value;
    for (const std::uint32_t type : {0u, 1u, 2u, 3u, 4u, 7u, 0xffffffffu})
        EXPECT_EQ(WebSocketGetGlobalProperty(unlisted<WEB_SOCKET_PROPERTY_TYPE>(type), &value, &size),
                  E_INVALIDARG)
            << type;
    for (const auto type :
         {WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE}) {
        EXPECT_EQ(WebSocketGetGlobalProperty(type, nullptr, &size), E_INVALIDARG);
        EXPECT_EQ(WebSocketGetGlobalProperty(type, &value, nullptr), E_INVALIDARG);
    }
}

}  // namespace
}  // namespace wspc::test
