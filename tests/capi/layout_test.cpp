// SPDX-License-Identifier: Apache-2.0
// What programs compiled elsewhere, and in other languages, take for granted: values, widths, offsets,
// names and signatures (sections 1 and 13).
#include <websocket.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include "capi/support/handles.hpp"
#include "capi/support/names_in_c.h"

namespace wspc::test {
namespace {

// The numbers, not the header's own macros: that is what other languages have.
constexpr HRESULT value(std::uint32_t bits) { return static_cast<HRESULT>(bits); }

TEST(layout, S1_1_actions_and_queues_have_their_values) {
    EXPECT_EQ(WEB_SOCKET_NO_ACTION, 0u);
    EXPECT_EQ(WEB_SOCKET_SEND_TO_NETWORK_ACTION, 1u);
    EXPECT_EQ(WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION, 2u);
    EXPECT_EQ(WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION, 3u);
    EXPECT_EQ(WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION, 4u);
    EXPECT_EQ(WEB_SOCKET_SEND_ACTION_QUEUE, 1u);
    EXPECT_EQ(WEB_SOCKET_RECEIVE_ACTION_QUEUE, 2u);
    EXPECT_EQ(WEB_SOCKET_ALL_ACTION_QUEUE, 3u);
}

TEST(layout, S1_1_properties_have_their_values) {
    EXPECT_EQ(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, 0u);
    EXPECT_EQ(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, 1u);
    EXPECT_EQ(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, 2u);
    EXPECT_EQ(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, 3u);
    EXPECT_EQ(WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE, 4u);
    EXPECT_EQ(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, 5u);
    EXPECT_EQ(WEB_SOCKET_SUPPORTED_VERSIONS_PROPERTY_TYPE, 6u);
}

// winhttp.h has binary first and counts from 0; a program that mixes them up sends the wrong opcode.
TEST(layout, S1_1_text_comes_before_binary) {
    EXPECT_EQ(WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, 0x80000000u);
    EXPECT_EQ(WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE, 0x80000001u);
    EXPECT_EQ(WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, 0x80000002u);
    EXPECT_EQ(WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE, 0x80000003u);
    EXPECT_EQ(WEB_SOCKET_CLOSE_BUFFER_TYPE, 0x80000004u);
    EXPECT_EQ(WEB_SOCKET_PING_PONG_BUFFER_TYPE, 0x80000005u);
    EXPECT_EQ(WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE, 0x80000006u);
}

TEST(layout, S1_2_widths_are_those_of_windows) {
    EXPECT_EQ(sizeof(ULONG), 4u);
    EXPECT_EQ(sizeof(DWORD), 4u);
    EXPECT_EQ(sizeof(USHORT), 2u);
    EXPECT_EQ(sizeof(BOOL), 4u);
    EXPECT_EQ(sizeof(HRESULT), 4u);
    EXPECT_TRUE(std::is_signed_v<HRESULT>);
    EXPECT_TRUE(std::is_unsigned_v<ULONG>);
    EXPECT_EQ(sizeof(WEB_SOCKET_ACTION), 4u);
    EXPECT_EQ(sizeof(WEB_SOCKET_ACTION_QUEUE), 4u);
    EXPECT_EQ(sizeof(WEB_SOCKET_BUFFER_TYPE), 4u);
    EXPECT_EQ(sizeof(WEB_SOCKET_CLOSE_STATUS), 4u);
    EXPECT_EQ(sizeof(WEB_SOCKET_PROPERTY_TYPE), 4u);
}

// A word is 8 bytes where the rule gives its numbers, and 4 on 32-bit systems.
TEST(layout, S1_2_layouts_are_those_of_windows) {
    constexpr std::size_t word = sizeof(void*);
    EXPECT_EQ(sizeof(WEB_SOCKET_BUFFER), word + 8);
    EXPECT_EQ(offsetof(WEB_SOCKET_BUFFER, Data.pbBuffer), 0u);
    EXPECT_EQ(offsetof(WEB_SOCKET_BUFFER, Data.ulBufferLength), word);
    EXPECT_EQ(offsetof(WEB_SOCKET_BUFFER, CloseStatus.usStatus), word + 4);
    EXPECT_EQ(sizeof(WEB_SOCKET_HTTP_HEADER), 4 * word);
    EXPECT_EQ(offsetof(WEB_SOCKET_HTTP_HEADER, pcName), 0u);
    EXPECT_EQ(offsetof(WEB_SOCKET_HTTP_HEADER, ulNameLength), word);
    EXPECT_EQ(offsetof(WEB_SOCKET_HTTP_HEADER, pcValue), 2 * word);
    EXPECT_EQ(offsetof(WEB_SOCKET_HTTP_HEADER, ulValueLength), 3 * word);
    EXPECT_EQ(sizeof(WEB_SOCKET_PROPERTY), 3 * word);
    EXPECT_EQ(offsetof(WEB_SOCKET_PROPERTY, Type), 0u);
    EXPECT_EQ(offsetof(WEB_SOCKET_PROPERTY, pvValue), word);
    EXPECT_EQ(offsetof(WEB_SOCKET_PROPERTY, ulValueSize), 2 * word);
}

TEST(layout, S1_3_data_and_close_status_overlap) {
    EXPECT_EQ(offsetof(WEB_SOCKET_BUFFER, CloseStatus.pbReason), offsetof(WEB_SOCKET_BUFFER, Data.pbBuffer));
    EXPECT_EQ(offsetof(WEB_SOCKET_BUFFER, CloseStatus.ulReasonLength),
              offsetof(WEB_SOCKET_BUFFER, Data.ulBufferLength));
}

// The octets of a Close that is to be sent are where either arm has its pointer and length.
TEST(layout, S1_3_a_close_to_the_network_is_read_through_either_arm) {
    const handle server = open_handle(role::server);
    ASSERT_EQ(queue_close(server, 1000), S_OK);
    const taken got = expect_action(server, send_queue, send_to_network);
    EXPECT_EQ(got.type, close_type);
    EXPECT_EQ(got.buffers[0].CloseStatus.pbReason, got.buffers[0].Data.pbBuffer);
    EXPECT_EQ(got.buffers[0].CloseStatus.ulReasonLength, 4u);
    EXPECT_EQ(got.octets(0), octets({0x88, 0x02, 0x03, 0xe8}));
}

TEST(layout, S1_4_the_handle_is_a_distinct_pointer_type) {
    EXPECT_TRUE(std::is_pointer_v<WEB_SOCKET_HANDLE>);
    EXPECT_FALSE((std::is_same_v<WEB_SOCKET_HANDLE, PVOID>));
    EXPECT_TRUE((std::is_same_v<WEB_SOCKET_HANDLE, struct WEB_SOCKET_HANDLE__*>));
}

TEST(layout, S1_4_no_handle_is_null_or_minus_one) {
    for (const role side : {role::client, role::server}) {
        const handle made = make_handle(side);
        EXPECT_NE(static_cast<WEB_SOCKET_HANDLE>(made), nullptr);
        EXPECT_NE(reinterpret_cast<std::intptr_t>(static_cast<WEB_SOCKET_HANDLE>(made)), -1);
    }
}

TEST(layout, S1_5_properties_are_const_pointers_that_nothing_is_written_through) {
    using create = HRESULT(WINAPI*)(WEB_SOCKET_PROPERTY*, ULONG, WEB_SOCKET_HANDLE*);
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketCreateClientHandle), create>));
    property_list given;
    given.receive_buffer(512).send_buffer(300).disable_masking(7).disable_utf8(-1);
    bytes before(given.size() * sizeof(WEB_SOCKET_PROPERTY));
    std::memcpy(before.data(), given.data(), before.size());
    ASSERT_EQ(create_result(role::client, given), S_OK);
    EXPECT_EQ(std::memcmp(before.data(), given.data(), before.size()), 0);
    EXPECT_EQ(*static_cast<const ULONG*>(given[0].pvValue), 512u);
    EXPECT_EQ(*static_cast<const BOOL*>(given[2].pvValue), 7);
}

TEST(layout, S1_5_headers_are_const_pointers_that_nothing_is_written_through) {
    const handle server = make_handle(role::server);
    header_list request = good_request();
    request.add("  ", " x ").add("X-Mixed-Case", "\t Value \t");
    const auto before = to_text(request.data(), request.size());
    WEB_SOCKET_HTTP_HEADER* list = nullptr;
    ULONG count = 0;
    (void)WebSocketBeginServerHandshake(server, nullptr, nullptr, 0, request.data(), request.size(), &list,
                                        &count);
    EXPECT_EQ(to_text(request.data(), request.size()), before);
}

TEST(layout, S1_6_three_functions_are_declared_void) {
    EXPECT_TRUE(
        (std::is_same_v<decltype(&WebSocketCompleteAction), VOID(WINAPI*)(WEB_SOCKET_HANDLE, PVOID, ULONG)>));
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketAbortHandle), VOID(WINAPI*)(WEB_SOCKET_HANDLE)>));
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketDeleteHandle), VOID(WINAPI*)(WEB_SOCKET_HANDLE)>));
}

#ifndef _WIN32
#define WSPC_TEST_TEXT_(x) #x
#define WSPC_TEST_TEXT(x) WSPC_TEST_TEXT_(x)
TEST(layout, S1_7_winapi_is_nothing_off_windows) { EXPECT_STREQ(WSPC_TEST_TEXT(WINAPI), ""); }
#else
TEST(layout, S1_7_winapi_is_the_systems) {
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketAbortHandle), void(__stdcall*)(WEB_SOCKET_HANDLE)>));
}
#endif

TEST(layout, S1_8_success_is_exactly_s_ok) {
    EXPECT_EQ(S_OK, 0);
    WEB_SOCKET_HANDLE made = nullptr;
    ASSERT_EQ(WebSocketCreateClientHandle(nullptr, 0, &made), S_OK);
    const handle client{made};
    ASSERT_EQ(WebSocketCreateServerHandle(nullptr, 0, &made), S_OK);
    const handle server{made};
    shake_hands(client, server);  // the four functions of the handshake
    const bytes payload = text_bytes("x");
    EXPECT_EQ(queue_send(client, text_message, payload), S_OK);
    EXPECT_EQ(queue_receive(client), S_OK);
    for (const auto queue : {send_queue, receive_queue, all_queues})
        EXPECT_EQ(take_action(client, queue).result, S_OK);
    ULONG interval = 0;
    ULONG size = sizeof interval;
    EXPECT_EQ(WebSocketGetGlobalProperty(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size),
              S_OK);
}

TEST(error_codes, S1_error_invalid_protocol_operation) {
    EXPECT_EQ(E_INVALID_PROTOCOL_OPERATION, value(0x83760001));
    const handle client = make_handle(role::client);
    EXPECT_EQ(queue_receive(client), value(0x83760001));
}

TEST(error_codes, S1_error_invalid_protocol_format) {
    EXPECT_EQ(E_INVALID_PROTOCOL_FORMAT, value(0x83760002));
    const handle server = open_handle(role::server);
    bytes reserved_bits = octets({0xf1, 0x80});
    EXPECT_EQ(receive_one(server, reserved_bits).result, value(0x83760002));
}

TEST(error_codes, S1_error_extensions_not_supported) {
    EXPECT_EQ(E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED, value(0x83760003));
    EXPECT_EQ(E_UNSUPPORTED_EXTENSION, value(0x83760003));  // as Microsoft's page calls it
}

TEST(error_codes, S1_error_subprotocol_not_supported) {
    EXPECT_EQ(E_SUBPROTOCOL_NOT_SUPPORTED, value(0x83760004));
    EXPECT_EQ(E_UNSUPPORTED_SUBPROTOCOL, value(0x83760004));
}

TEST(error_codes, S1_error_version_not_supported) {
    EXPECT_EQ(E_PROTOCOL_VERSION_NOT_SUPPORTED, value(0x83760005));
}

TEST(error_codes, S1_error_invalidarg_and_outofmemory) {
    EXPECT_EQ(E_INVALIDARG, value(0x80070057));
    EXPECT_EQ(E_OUTOFMEMORY, value(0x8007000e));
    EXPECT_EQ(WebSocketCreateClientHandle(nullptr, 0, nullptr), value(0x80070057));
}

TEST(error_codes, S1_error_insufficient_buffer) {
    EXPECT_EQ(HRESULT_FROM_WIN32(ERROR_INSUFFICIENT_BUFFER), value(0x8007007a));
    ULONG interval = 0;
    ULONG size = sizeof interval - 1;
    EXPECT_EQ(WebSocketGetGlobalProperty(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size),
              value(0x8007007a));
}

TEST(names, S13_constants_have_their_values) {
    EXPECT_EQ(WEB_SOCKET_MAX_CLOSE_REASON_LENGTH, 123);
    EXPECT_EQ(WEB_SOCKET_SUCCESS_CLOSE_STATUS, 1000u);
    EXPECT_EQ(WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS, 1001u);
    EXPECT_EQ(WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS, 1002u);
    EXPECT_EQ(WEB_SOCKET_INVALID_DATA_TYPE_CLOSE_STATUS, 1003u);
    EXPECT_EQ(WEB_SOCKET_EMPTY_CLOSE_STATUS, 1005u);
    EXPECT_EQ(WEB_SOCKET_ABORTED_CLOSE_STATUS, 1006u);
    EXPECT_EQ(WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS, 1007u);
    EXPECT_EQ(WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS, 1008u);
    EXPECT_EQ(WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS, 1009u);
    EXPECT_EQ(WEB_SOCKET_UNSUPPORTED_EXTENSIONS_CLOSE_STATUS, 1010u);
    EXPECT_EQ(WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS, 1011u);
    EXPECT_EQ(WEB_SOCKET_SECURE_HANDSHAKE_ERROR_CLOSE_STATUS, 1015u);
}

TEST(names, S13_functions_have_their_signatures) {
    using H = WEB_SOCKET_HANDLE;
    using headers = WEB_SOCKET_HTTP_HEADER*;
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketCreateServerHandle),
                                HRESULT(WINAPI*)(PWEB_SOCKET_PROPERTY, ULONG, H*)>));
    EXPECT_TRUE((
        std::is_same_v<decltype(&WebSocketBeginClientHandshake),
                       HRESULT(WINAPI*)(H, PCSTR*, ULONG, PCSTR*, ULONG, headers, ULONG, headers*, ULONG*)>));
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketEndClientHandshake),
                                HRESULT(WINAPI*)(H, headers, ULONG, ULONG*, ULONG*, ULONG*)>));
    EXPECT_TRUE(
        (std::is_same_v<decltype(&WebSocketBeginServerHandshake),
                        HRESULT(WINAPI*)(H, PCSTR, PCSTR*, ULONG, headers, ULONG, headers*, ULONG*)>));
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketEndServerHandshake), HRESULT(WINAPI*)(H)>));
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketSend),
                                HRESULT(WINAPI*)(H, WEB_SOCKET_BUFFER_TYPE, WEB_SOCKET_BUFFER*, PVOID)>));
    EXPECT_TRUE(
        (std::is_same_v<decltype(&WebSocketReceive), HRESULT(WINAPI*)(H, WEB_SOCKET_BUFFER*, PVOID)>));
    EXPECT_TRUE(
        (std::is_same_v<decltype(&WebSocketGetAction),
                        HRESULT(WINAPI*)(H, WEB_SOCKET_ACTION_QUEUE, WEB_SOCKET_BUFFER*, ULONG*,
                                         WEB_SOCKET_ACTION*, WEB_SOCKET_BUFFER_TYPE*, PVOID*, PVOID*)>));
    EXPECT_TRUE((std::is_same_v<decltype(&WebSocketGetGlobalProperty),
                                HRESULT(WINAPI*)(WEB_SOCKET_PROPERTY_TYPE, PVOID, ULONG*)>));
}

// names_in_c.c is C11, with every struct and union by its tag. (header.c has every name under -pedantic.)
TEST(names, S13_header_is_c11) {
    EXPECT_EQ(wspc_c_size_of_buffer(), sizeof(WEB_SOCKET_BUFFER));
    EXPECT_EQ(wspc_c_size_of_header(), sizeof(WEB_SOCKET_HTTP_HEADER));
    EXPECT_EQ(wspc_c_size_of_property(), sizeof(WEB_SOCKET_PROPERTY));
    EXPECT_EQ(wspc_c_close_type(), 0x80000004u);
}

#ifndef _WIN32
// own_types.c declares the Windows types itself, under WSPC_HAVE_WINDOWS_TYPES, and then includes the header.
TEST(names, S13_types_are_guarded) { EXPECT_EQ(wspc_c_own_types(), S_OK); }
#endif

TEST(names, S14_16_types_are_those_of_the_sdk) {
    EXPECT_TRUE((std::is_same_v<decltype(WEB_SOCKET_HTTP_HEADER::pcName), PCHAR>));
    EXPECT_TRUE((std::is_same_v<decltype(WEB_SOCKET_HTTP_HEADER::pcValue), PCHAR>));
    EXPECT_TRUE((std::is_same_v<decltype(WEB_SOCKET_HTTP_HEADER::ulNameLength), ULONG>));
    EXPECT_TRUE((std::is_same_v<decltype(WEB_SOCKET_PROPERTY::pvValue), PVOID>));
    EXPECT_TRUE((std::is_same_v<decltype(WEB_SOCKET_PROPERTY::ulValueSize), ULONG>));
    WEB_SOCKET_BUFFER buffer{};
    EXPECT_TRUE((std::is_same_v<decltype(buffer.Data.pbBuffer), PBYTE>));
    EXPECT_TRUE((std::is_same_v<decltype(buffer.CloseStatus.pbReason), PBYTE>));
    EXPECT_TRUE((std::is_same_v<decltype(buffer.CloseStatus.usStatus), USHORT>));
    EXPECT_TRUE((std::is_same_v<std::remove_cv_t<decltype(E_INVALIDARG)>, HRESULT>));
    EXPECT_TRUE((std::is_same_v<std::remove_cv_t<decltype(E_INVALID_PROTOCOL_FORMAT)>, HRESULT>));
    EXPECT_TRUE((std::is_same_v<std::remove_cv_t<decltype(S_OK)>, HRESULT>));
}

TEST(names, S14_16_failed_and_succeeded_look_at_the_sign) {
    EXPECT_TRUE(FAILED(E_OUTOFMEMORY));
    EXPECT_FALSE(FAILED(S_OK));
    EXPECT_TRUE(SUCCEEDED(S_OK));
    EXPECT_FALSE(SUCCEEDED(E_INVALID_PROTOCOL_FORMAT));
}

}  // namespace
}  // namespace wspc::test
