// SPDX-License-Identifier: Apache-2.0
// Programs that call websocket.h in any order, with wrong contexts, wrong capacities and wrong pointers to
// nothing, read what was made up, and delete handles in the middle. Whatever they do, each call answers with
// one of its documented results, and each operation that was taken comes back once.
#pragma once

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "capi/support/actions.hpp"
#include "capi/support/headers.hpp"
#include "finding.hpp"
#include "input.hpp"

namespace wspc::fuzz {

using test::operator+=;

class anarchy {
public:
    explicit anarchy(input& choices) : in_{choices} {}

    void run() {
        for (std::size_t steps = 0; steps < max_steps && in_.left() != 0; ++steps) step();
        for (program& p : programs_) end(p);
    }

private:
    static constexpr std::size_t max_steps = 400;

    struct operation {
        PVOID context;
        exact_copy octets;  // lent for sending, or to be received into
        test::bytes before;
    };
    // One handle, and what is known of it.
    struct program {
        explicit program(bool is_client) : client{is_client} {}

        bool client;
        WEB_SOCKET_HANDLE handle = nullptr;
        std::optional<exact_copy> memory{};
        // Of operations: the oldest first, as they must come back.
        std::deque<operation> sends{};
        std::deque<operation> receives{};
        std::vector<test::taken> outstanding{};
        bool opened = false;
        bool aborted = false;
        test::header_list fields{};  // of its Begin
        test::bytes arriving{};
    };

    static void among(HRESULT result, std::initializer_list<HRESULT> documented, const char* of) {
        if (result == S_OK) return;
        if (std::find(documented.begin(), documented.end(), result) == documented.end())
            finding(std::string{of} + " has an undocumented result");
    }

    void step() {
        program& p = programs_[in_.below(2)];
        switch (in_.below(16)) {
            case 0: return create(p);
            case 1: return begin(p);
            case 2: return p.client ? end_client(p) : end_server(p);
            case 3:
            case 4:
            case 5: return send(p);
            case 6:
            case 7: return receive(p);
            case 8:
                if (!in_.flag()) return shake_hands();
                return abort(p);
            case 9:
                if (in_.below(4) == 0) return remove(p);
                return global_property();
            case 10: return complete_wrongly(p);
            case 11:
            case 12: return complete(p);
            default: ask(p);
        }
    }

    // --- from Create to open

    void create(program& p) {
        if (p.handle != nullptr) return;
        p = program{p.client};
        test::property_list properties;
        constexpr ULONG sizes[] = {0, 15, 16, 17, 255, 256, 257, 300, 1000, 4096};
        ULONG lent = 0;
        for (std::uint64_t left = in_.below(4); left != 0; --left) {
            const auto type =
                test::unlisted<WEB_SOCKET_PROPERTY_TYPE>(static_cast<std::uint32_t>(in_.below(7)));
            if (type == WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE) {
                lent = static_cast<ULONG>(in_.below(9000));
                p.memory.emplace(std::size_t{lent});
            } else if (in_.below(16) == 0) {
                properties.add_raw(type, nullptr, 4);
            } else {
                properties.add(type, in_.one_of(sizes));
            }
        }
        if (p.memory) properties.allocated_buffer(p.memory->bytes().data(), lent);
        WEB_SOCKET_HANDLE made = reinterpret_cast<WEB_SOCKET_HANDLE>(std::uintptr_t{1});
        const HRESULT result = p.client
                                   ? WebSocketCreateClientHandle(properties.data(), properties.size(), &made)
                                   : WebSocketCreateServerHandle(properties.data(), properties.size(), &made);
        among(result, {E_INVALIDARG}, "Create");
        expect((result == S_OK) == (made != nullptr), "a handle after a failure, or none");
        p.handle = made;
    }

    // Header fields, and names, that the input says: separated by the ASCII separators for units.
    [[nodiscard]] std::vector<std::string> strings() {
        const std::span<const std::byte> octets = in_.take(in_.size(200));
        std::vector<std::string> made(1);
        for (const std::byte octet : octets) {
            if (octet == std::byte{0x1f})
                made.emplace_back();
            else
                made.back().push_back(static_cast<char>(octet));
        }
        return made;
    }

    [[nodiscard]] test::header_list hostile_fields(test::header_list fields) {
        const std::vector<std::string> made = strings();
        for (std::size_t i = 0; i + 1 < made.size(); i += 2) {
            if (in_.flag()) fields.remove(made[i]);
            fields.add(made[i], made[i + 1]);
        }
        if (in_.below(16) == 0) fields.add_raw({nullptr, static_cast<ULONG>(in_.below(2)), nullptr, 0});
        return fields;
    }

    struct names {
        std::vector<std::string> text;
        std::vector<PCSTR> pointers;
    };
    [[nodiscard]] names some_names() {
        static constexpr const char* usual[] = {"chat", "superchat", "x; a=1", "permessage-deflate", "x"};
        names made;
        if (in_.flag()) made.text = strings();
        for (std::uint64_t left = in_.below(3); left != 0; --left) made.text.emplace_back(in_.one_of(usual));
        for (const std::string& name : made.text) made.pointers.push_back(name.c_str());
        if (in_.below(32) == 0) made.pointers.push_back(nullptr);
        return made;
    }

    void begin(program& p) {
        names protocols = some_names();
        names extensions = some_names();
        test::header_list fields = hostile_fields(p.client ? test::header_list{} : request());
        WEB_SOCKET_HTTP_HEADER* list = nullptr;
        ULONG count = 77;
        HRESULT result = S_OK;
        if (in_.below(16) == 0 ? !p.client : p.client) {
            result = WebSocketBeginClientHandshake(
                p.handle, protocols.pointers.data(), static_cast<ULONG>(protocols.pointers.size()),
                extensions.pointers.data(), static_cast<ULONG>(extensions.pointers.size()), fields.data(),
                fields.size(), &list, &count);
            among(result, {E_INVALIDARG, E_INVALID_PROTOCOL_OPERATION}, "BeginClientHandshake");
        } else {
            result = WebSocketBeginServerHandshake(
                p.handle, protocols.pointers.empty() ? nullptr : protocols.pointers.front(),
                extensions.pointers.data(), static_cast<ULONG>(extensions.pointers.size()), fields.data(),
                fields.size(), &list, &count);
            among(result,
                  {E_INVALIDARG, E_INVALID_PROTOCOL_OPERATION, E_INVALID_PROTOCOL_FORMAT,
                   E_PROTOCOL_VERSION_NOT_SUPPORTED, E_SUBPROTOCOL_NOT_SUPPORTED,
                   E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED},
                  "BeginServerHandshake");
        }
        expect((result == S_OK) == (list != nullptr) && (list != nullptr || count == 0),
               "fields after a failure, or none");
        if (result != S_OK) return;
        p.fields = test::header_list{list, count};
        for (const auto& [name, value] : test::to_text(list, count))
            for (const char c : name + value) expect(c >= ' ' && c < 0x7f, "a field could end early");
    }

    // What the client began with, or a request that is good.
    [[nodiscard]] test::header_list request() {
        test::header_list fields = programs_[0].fields;
        if (fields.size() == 0) return test::good_request();
        return fields.add("Host", "h");
    }

    void end_client(program& p) {
        test::header_list fields = hostile_fields(programs_[1].fields);
        std::array<ULONG, 3> selected{};
        ULONG room = static_cast<ULONG>(in_.below(4));
        ULONG protocol = 0;
        const HRESULT result = WebSocketEndClientHandshake(
            p.handle, fields.data(), fields.size(), selected.data(), &room, in_.flag() ? &protocol : nullptr);
        among(result,
              {E_INVALIDARG, E_INVALID_PROTOCOL_OPERATION, E_INVALID_PROTOCOL_FORMAT,
               E_SUBPROTOCOL_NOT_SUPPORTED, E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED, test::insufficient_buffer()},
              "EndClientHandshake");
        if (result == S_OK) p.opened = true;
    }

    void end_server(program& p) {
        const HRESULT result = WebSocketEndServerHandshake(p.handle);
        among(result, {E_INVALIDARG, E_INVALID_PROTOCOL_OPERATION}, "EndServerHandshake");
        if (result == S_OK) p.opened = true;
    }

    // Both, as they should: without it few inputs came further.
    void shake_hands() {
        for (program& p : programs_) {
            if (p.opened) continue;
            remove(p);
            create(p);
        }
        if (programs_[0].handle == nullptr || programs_[1].handle == nullptr) return;
        if (programs_[0].opened || programs_[1].opened) return;
        test::shake_hands(programs_[0].handle, programs_[1].handle);
        for (program& p : programs_) p.opened = true;
    }

    void global_property() {
        const auto type = test::unlisted<WEB_SOCKET_PROPERTY_TYPE>(static_cast<std::uint32_t>(in_.below(8)));
        ULONG size = static_cast<ULONG>(in_.below(9));
        const exact_copy value{std::size_t{size}};
        among(WebSocketGetGlobalProperty(type, value.bytes().data(), &size),
              {E_INVALIDARG, test::insufficient_buffer()}, "GetGlobalProperty");
    }

    // --- operations

    void send(program& p) {
        constexpr std::uint32_t types[] = {0x80000000, 0x80000001, 0x80000002, 0x80000003, 0x80000004,
                                           0x80000005, 0x80000006, 0x80000007, 0};
        const auto type = test::unlisted<WEB_SOCKET_BUFFER_TYPE>(in_.one_of(types));
        operation made{test::tag(++tags_), exact_copy{in_.take(in_.size(3000))}, {}};
        made.before = test::to_bytes(made.octets.bytes());
        WEB_SOCKET_BUFFER buffer = test::buffer_of({});
        buffer.Data.pbBuffer = test::as_pbyte(made.octets.bytes().data());
        buffer.Data.ulBufferLength = static_cast<ULONG>(made.octets.size());
        if (in_.below(16) == 0) buffer.Data.pbBuffer = nullptr;
        constexpr USHORT statuses[] = {1000, 1005, 1006, 999, 3000, 5000};
        if (type == test::close_type) buffer.CloseStatus.usStatus = in_.one_of(statuses);
        const HRESULT result =
            WebSocketSend(p.handle, type, in_.below(4) == 0 ? nullptr : &buffer, made.context);
        among(result, {E_INVALIDARG, E_INVALID_PROTOCOL_OPERATION}, "Send");
        if (result != S_OK) return;
        expect(!p.aborted, "a send behind Abort is taken");
        p.opened = true;
        p.sends.push_back(std::move(made));
    }

    void receive(program& p) {
        operation made{test::tag(++tags_), exact_copy{static_cast<std::size_t>(in_.below(300))}, {}};
        WEB_SOCKET_BUFFER buffer{};
        buffer.Data.pbBuffer = test::as_pbyte(made.octets.bytes().data());
        buffer.Data.ulBufferLength = static_cast<ULONG>(made.octets.size());
        const HRESULT result = WebSocketReceive(p.handle, in_.flag() ? &buffer : nullptr, made.context);
        among(result, {E_INVALIDARG, E_INVALID_PROTOCOL_OPERATION, E_INVALID_PROTOCOL_FORMAT}, "Receive");
        if (result != S_OK) return;
        expect(!p.aborted, "a receive behind Abort is taken");
        p.opened = true;
        p.receives.push_back(std::move(made));
    }

    void abort(program& p) {
        WebSocketAbortHandle(p.handle);
        p.aborted = p.opened;
    }

    void remove(program& p) {
        WebSocketDeleteHandle(p.handle);
        p = program{p.client};
    }

    // --- actions

    // False if there is nothing to do.
    bool ask(program& p) {
        const auto queue = test::unlisted<WEB_SOCKET_ACTION_QUEUE>(
            in_.below(16) == 0 ? in_.octet() : static_cast<std::uint32_t>(in_.between(1, 3)));
        return take(p, queue, static_cast<ULONG>(in_.below(4)));
    }

    bool take(program& p, WEB_SOCKET_ACTION_QUEUE queue, ULONG capacity) {
        const test::taken got = test::take_action(p.handle, queue, capacity);
        among(got.result, {E_INVALIDARG, E_INVALID_PROTOCOL_OPERATION, E_INVALID_PROTOCOL_FORMAT},
              "GetAction");
        if (got.result != S_OK) {
            expect(got.count == 0 && got.action == test::no_action && got.action_context == nullptr &&
                       got.context == nullptr && got.type == test::no_type() && got.untouched_from(0),
                   "a failing GetAction says something");
            return false;
        }
        p.opened = true;
        expect((got.action_context == nullptr) == (got.action == test::no_action),
               "an action without context");
        expect(got.untouched_from(std::max<ULONG>(got.used(), 0)), "buffers beyond the count");
        switch (got.action) {
            case WEB_SOCKET_NO_ACTION:
                expect(got.count == capacity && got.context == nullptr, "NO_ACTION says something");
                return false;
            case WEB_SOCKET_SEND_TO_NETWORK_ACTION: check_write(p, got); break;
            case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
                expect(!p.aborted && !receiving(p), "a read behind Abort, or beside another");
                expect(got.count == 1 && got.total() != 0, "a read of nothing");
                expect(got.context == oldest(p.receives), "another receive than the oldest");
                break;
            case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: check_sent(p, got); break;
            case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
                expect(got.count == 1 && !receiving(p), "an indication beside another action of its side");
                expect(got.context == oldest(p.receives), "another receive than the oldest comes back");
                static_cast<void>(got.octets());  // all of it can be read
                p.receives.pop_front();
                break;
        }
        for (const test::taken& other : p.outstanding)
            expect(other.action_context != got.action_context, "a context that is outstanding");
        p.outstanding.push_back(got);
        return true;
    }

    [[nodiscard]] static PVOID oldest(const std::deque<operation>& of) {
        return of.empty() ? nullptr : of.front().context;
    }
    [[nodiscard]] static bool receiving(const program& p) {
        return std::any_of(p.outstanding.begin(), p.outstanding.end(), [](const test::taken& t) {
            return t.action == test::receive_from_network || t.action == test::indicate_receive;
        });
    }
    [[nodiscard]] static bool sending(const program& p) {
        return std::any_of(p.outstanding.begin(), p.outstanding.end(), [](const test::taken& t) {
            return t.action == test::indicate_send ||
                   (t.action == test::send_to_network && t.context != nullptr);
        });
    }

    static void check_write(const program& p, const test::taken& got) {
        expect(!p.aborted, "a write behind Abort");
        expect(got.count >= 1 && got.count <= std::min<ULONG>(got.capacity, 2) && got.total() != 0,
               "a wrong number of buffers");
        static_cast<void>(got.octets());  // all of it can be read
        if (got.context == nullptr) return;
        expect(!sending(p), "two writes of sends at once");
        expect(got.context == oldest(p.sends), "another send than the oldest");
    }

    static void check_sent(program& p, const test::taken& got) {
        expect(!sending(p), "an indication beside another action of its side");
        expect(got.context == oldest(p.sends), "another send than the oldest comes back");
        const operation& done = p.sends.front();
        expect(std::equal(done.before.begin(), done.before.end(), done.octets.bytes().begin()),
               "a payload was modified");
        p.sends.pop_front();
    }

    void complete(program& p) {
        if (p.outstanding.empty()) return;
        const std::size_t which = static_cast<std::size_t>(in_.below(p.outstanding.size()));
        const test::taken done = p.outstanding[which];
        p.outstanding.erase(p.outstanding.begin() + static_cast<std::ptrdiff_t>(which));
        ULONG moved = static_cast<ULONG>(in_.below(3));
        if (done.action == test::send_to_network) {
            programs_[p.client ? 1 : 0].arriving += done.octets();
            moved = in_.below(16) == 0 ? static_cast<ULONG>(in_.below(9000)) : done.total();
        } else if (done.action == test::receive_from_network) {
            moved = read(p, done.buffers[0]);
            // As if a program had written beyond what it was lent.
            if (in_.below(64) == 1) moved = done.total() + 1, p.aborted = true;
        }
        WebSocketCompleteAction(p.handle, done.action_context, moved);
    }

    // What the other has sent, or what the input says.
    [[nodiscard]] ULONG read(program& p, const WEB_SOCKET_BUFFER& into) {
        if (p.arriving.empty() || in_.below(8) == 0) p.arriving += test::to_bytes(in_.take(in_.size(1000)));
        const std::size_t most = std::min<std::size_t>(p.arriving.size(), into.Data.ulBufferLength);
        const std::size_t size = in_.flag() ? most : std::min(most, in_.size(4096));
        std::memset(into.Data.pbBuffer, test::poison, into.Data.ulBufferLength);
        if (size != 0) std::memcpy(into.Data.pbBuffer, p.arriving.data(), size);
        p.arriving.erase(p.arriving.begin(), p.arriving.begin() + static_cast<std::ptrdiff_t>(size));
        return static_cast<ULONG>(size);
    }

    // A context that is of another handle, of nothing, or of nobody.
    void complete_wrongly(program& p) {
        const program& other = programs_[p.client ? 1 : 0];
        PVOID context = nullptr;
        if (in_.flag()) context = reinterpret_cast<PVOID>(static_cast<std::uintptr_t>(in_.octet()));
        if (in_.flag() && !other.outstanding.empty()) context = other.outstanding.front().action_context;
        WebSocketCompleteAction(p.handle, context, in_.octet());
    }

    // Everything comes back, and then there is nothing more.
    void end(program& p) {
        if (p.handle != nullptr && p.opened) {
            abort(p);
            for (const test::taken& t : p.outstanding) WebSocketCompleteAction(p.handle, t.action_context, 1);
            p.outstanding.clear();
            step_limit limit{p.sends.size() + p.receives.size() + 1};
            for (; take(p, test::all_queues, 2); limit.step()) {
                WebSocketCompleteAction(p.handle, p.outstanding.front().action_context, 0);
                p.outstanding.clear();
            }
            expect(p.sends.empty() && p.receives.empty(), "an operation does not come back");
        }
        remove(p);
    }

    input& in_;
    std::array<program, 2> programs_{program{true}, program{false}};
    std::uintptr_t tags_ = 0;
};

}  // namespace wspc::fuzz
