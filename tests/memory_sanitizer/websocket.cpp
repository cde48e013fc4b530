// SPDX-License-Identifier: Apache-2.0
// Two handles of websocket.h, from their creation to the close: fields, lengths and octets that they give
// must be known, and the memory that they lend for reading is forgotten before it is filled.
#include <algorithm>
#include <array>
#include <cstring>

#include <websocket.h>

#include "checks.hpp"

namespace wspc::test {
namespace {

std::span<std::byte> octets_of(const WEB_SOCKET_BUFFER& buffer) {
    all_known(buffer.Data.pbBuffer);
    all_known(buffer.Data.ulBufferLength);
    return {reinterpret_cast<std::byte*>(buffer.Data.pbBuffer), buffer.Data.ulBufferLength};
}

void must_be_known_fields(const WEB_SOCKET_HTTP_HEADER* fields, ULONG count) {
    require(count != 0, "there are fields");
    for (ULONG i = 0; i < count; ++i) {
        must_be_known(std::string_view{fields[i].pcName, fields[i].ulNameLength + std::size_t{1}});
        must_be_known(std::string_view{fields[i].pcValue, fields[i].ulValueLength + std::size_t{1}});
    }
}

class side {
public:
    side() = default;
    side(const side&) = delete;
    side& operator=(const side&) = delete;
    ~side() { WebSocketDeleteHandle(handle); }

    void say(WEB_SOCKET_BUFFER_TYPE type, std::span<const std::byte> payload, USHORT status = 0) {
        WEB_SOCKET_BUFFER buffer;  // of which only what the type has is written
        buffer.Data.pbBuffer = reinterpret_cast<PBYTE>(const_cast<std::byte*>(payload.data()));
        buffer.Data.ulBufferLength = static_cast<ULONG>(payload.size());
        if (type == WEB_SOCKET_CLOSE_BUFFER_TYPE) buffer.CloseStatus.usStatus = status;
        const bool empty = type == WEB_SOCKET_PING_PONG_BUFFER_TYPE;
        require(WebSocketSend(handle, type, empty ? nullptr : &buffer, this) == S_OK, "it can be sent");
    }

    // One action; false if there was nothing to do.
    bool step(side& peer) {
        if (reading_ != nullptr && !peer.sent.empty()) return read(peer.sent);
        std::array<WEB_SOCKET_BUFFER, 2> buffers;
        ULONG count = 2;
        WEB_SOCKET_ACTION action;
        WEB_SOCKET_BUFFER_TYPE type;
        PVOID context, action_context;
        require(WebSocketGetAction(handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers.data(), &count, &action,
                                   &type, &context, &action_context) == S_OK,
                "there is an action");
        all_known(count);
        all_known(action);
        all_known(type);
        all_known(context);
        all_known(action_context);
        ULONG moved = 0;
        switch (action) {
            case WEB_SOCKET_NO_ACTION: return false;
            case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
                for (ULONG i = 0; i < count; ++i) {
                    const std::span<const std::byte> octets = octets_of(buffers[i]);
                    must_be_known(octets);
                    sent.insert(sent.end(), octets.begin(), octets.end());
                    moved += buffers[i].Data.ulBufferLength;
                }
                break;
            case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
                lent_ = octets_of(buffers[0]);
                reading_ = action_context;
                return true;
            case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: break;
            case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
                must_be_known(octets_of(buffers[0]));
                heard += buffers[0].Data.ulBufferLength;
                if (type == WEB_SOCKET_CLOSE_BUFFER_TYPE) {
                    all_known(buffers[0].CloseStatus.usStatus);
                    closed = true;
                }
                break;
        }
        WebSocketCompleteAction(handle, action_context, moved);
        if (action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION && !closed) want();
        return true;
    }

    // By turns into memory of the library's and of the program's.
    void want() {
        WEB_SOCKET_BUFFER buffer;
        buffer.Data.pbBuffer = reinterpret_cast<PBYTE>(into_.all().data());
        buffer.Data.ulBufferLength = static_cast<ULONG>(into_.all().size());
        forget(into_.all());
        own_ = !own_;
        require(WebSocketReceive(handle, own_ ? &buffer : nullptr, nullptr) == S_OK, "it can receive");
    }

    WEB_SOCKET_HANDLE handle = nullptr;
    bytes sent;
    std::size_t heard = 0;
    bool closed = false;

private:
    bool read(bytes& from) {
        const std::size_t size = std::min(from.size(), lent_.size());
        forget(lent_);
        std::copy_n(from.begin(), size, lent_.begin());
        from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(size));
        WebSocketCompleteAction(handle, reading_, static_cast<ULONG>(size));
        reading_ = nullptr;
        return true;
    }

    unknown_memory into_{300};
    std::span<std::byte> lent_;
    PVOID reading_ = nullptr;
    bool own_ = false;
};

void shake_hands(side& client, side& server) {
    PCSTR protocols[] = {"superchat", "chat"};
    PWEB_SOCKET_HTTP_HEADER fields = nullptr;
    ULONG count = 0;
    require(WebSocketBeginClientHandshake(client.handle, protocols, 2, nullptr, 0, nullptr, 0, &fields,
                                          &count) == S_OK,
            "the client asks");
    must_be_known_fields(fields, count);
    std::array<WEB_SOCKET_HTTP_HEADER, 8> request;
    std::copy_n(fields, count, request.begin());
    char name[] = "Host", value[] = "example.com";
    request[count] = {name, sizeof name - 1, value, sizeof value - 1};
    require(WebSocketBeginServerHandshake(server.handle, protocols[1], nullptr, 0, request.data(), count + 1,
                                          &fields, &count) == S_OK,
            "the server answers");
    must_be_known_fields(fields, count);
    ULONG selected;
    require(WebSocketEndClientHandshake(client.handle, fields, count, nullptr, nullptr, &selected) == S_OK,
            "the client takes it");
    require(selected == 1, "both agree on the sub-protocol");
    require(WebSocketEndServerHandshake(server.handle) == S_OK, "the handshake ends");
}

}  // namespace

void drive_websocket() {
    side client, server;
    require(WebSocketCreateClientHandle(nullptr, 0, &client.handle) == S_OK, "a client can be made");
    require(WebSocketCreateServerHandle(nullptr, 0, &server.handle) == S_OK, "a server can be made");
    shake_hands(client, server);
    client.want();
    server.want();
    const auto settle = [&] {
        for (bool more = true; more;) {
            more = client.step(server);
            more = server.step(client) || more;
        }
    };
    std::size_t said = 0;
    for (const std::size_t size : sizes) {
        const bytes text = text_of(size), binary = counted_bytes(size);
        for (side* const from : {&client, &server}) {
            from->say(WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, text);
            from->say(WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE, binary);
            from->say(WEB_SOCKET_PING_PONG_BUFFER_TYPE, {});
            from->say(WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, binary);
        }
        said += 3 * size;
        settle();
    }
    const bytes reason = text_bytes("enough");
    client.say(WEB_SOCKET_CLOSE_BUFFER_TYPE, reason, 1000);
    settle();
    server.say(WEB_SOCKET_CLOSE_BUFFER_TYPE, reason, 1000);
    settle();
    require(client.closed && server.closed, "both have closed");
    require(client.heard == said + reason.size() && server.heard == said + reason.size(),
            "both have heard all");

    ULONG interval, size = sizeof interval;
    require(WebSocketGetGlobalProperty(WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size) == S_OK,
            "there is an interval");
    all_known(interval);
}

}  // namespace wspc::test
