// SPDX-License-Identifier: Apache-2.0
// A client and a server that do to each other everything there is to do, from Create to Delete: for
// tests that look at each action, or let calls fail.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "capi/support/handles.hpp"

namespace wspc::test {

class conversation {
public:
    // Every call of the API goes through this one: it calls, and may call again.
    using call = std::function<HRESULT()>;
    using caller = std::function<HRESULT(const call&)>;
    // Sees each action before it is performed.
    using observer = std::function<void(role, const taken&)>;

    property_list of_client{};
    property_list of_server{};
    ULONG capacity = 2;
    caller through = [](const call& f) { return f(); };
    observer see = [](role, const taken&) {};

    // Returns what was heard and indicated on both sides, in order; ends early if a call fails.
    [[nodiscard]] std::vector<std::string> hold();
    // The same, without Abort and Delete: up to the answered Close, or to a call that fails.
    [[nodiscard]] std::vector<std::string> hold_open();
    void finish();

    // Whether these octets are those of a send, or the memory of a receive.
    [[nodiscard]] bool is_applications(const void* at) const;

private:
    struct end {
        WEB_SOCKET_HANDLE handle = nullptr;
        std::optional<taken> read{};  // outstanding
        bytes incoming{};
        bytes own_memory = bytes(100);
        bytes message{};  // the pieces so far
        unsigned receives = 0;
        unsigned sends = 0;
        bool closed = false;
    };

    [[nodiscard]] end& at(role side) { return side == role::client ? client_ : server_; }
    [[nodiscard]] end& peer(role side) { return side == role::client ? server_ : client_; }
    [[nodiscard]] bool run(const call& f);  // whether it returned S_OK
    [[nodiscard]] bool shake_hands();
    [[nodiscard]] bool send(role from, WEB_SOCKET_BUFFER_TYPE type, bytes payload);
    [[nodiscard]] bool receive(role to);
    [[nodiscard]] bool pump();
    [[nodiscard]] bool step(role side, bool& moved);
    void perform_receive(role side, const taken& got);
    [[nodiscard]] bool talk();
    [[nodiscard]] bool close();
    void note(role side, const std::string& what);

    end client_;
    end server_;
    std::deque<bytes> payloads_;
    std::vector<std::string> transcript_;
};

}  // namespace wspc::test
