// SPDX-License-Identifier: Apache-2.0
// A handle and the wspc::session that it stands for: the same calls, the same octets and the same
// completions, which must give the same answers.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <vector>

#include <wspc/session.hpp>

#include "capi/scenes.hpp"
#include "support/random.hpp"

namespace wspc::test {

inline session_config config_of(bool disable_utf8) {
    session_config config;
    config.connection.receive.limits = {
        .max_frame = UINT64_MAX, .max_message = UINT64_MAX, .max_fragments = UINT32_MAX};
    config.connection.receive.check_utf8 = !disable_utf8;
    config.connection.closing = close_policy::manual;
    config.connection.check_sent_utf8 = false;
    config.max_queued = UINT64_MAX;
    config.on_short_send = short_send::cancel;
    config.coalesce = false;
    return config;
}

inline HRESULT of_send(error code) {
    if (code == error::none) return S_OK;
    return code == error::closed || code == error::aborted ? E_INVALID_PROTOCOL_OPERATION : E_INVALIDARG;
}

inline HRESULT of_receive(error code) {
    switch (code) {
        case error::none: return S_OK;
        case error::closed:
        case error::aborted:
        case error::unexpected_continuation:
        case error::expected_continuation: return E_INVALID_PROTOCOL_OPERATION;
        default: return E_INVALID_PROTOCOL_FORMAT;
    }
}

inline WEB_SOCKET_BUFFER_TYPE type_of(opcode op, bool fin) {
    switch (op) {
        case opcode::text: return fin ? text_message : text_fragment;
        case opcode::binary: return fin ? binary_message : binary_fragment;
        case opcode::close: return close_type;
        case opcode::ping: return ping_pong;
        default: return unsolicited_pong;
    }
}

// Frames without their masks, the last of which may be cut: keys are random.
inline bytes plain(const bytes& wire) {
    bytes made;
    std::size_t at = 0;
    while (at < wire.size()) {
        const auto octet = [&](std::size_t i) {
            return at + i < wire.size() ? std::to_integer<unsigned>(wire[at + i]) : 0;
        };
        const bool masked = (octet(1) & 0x80) != 0;
        std::uint64_t length = octet(1) & 0x7f;
        const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
        if (extended != 0) length = 0;
        for (std::size_t i = 0; i < extended; ++i) length = length << 8 | octet(2 + i);
        const std::size_t header = 2 + extended;
        for (std::size_t i = 0; i < header; ++i) made.push_back(static_cast<std::byte>(octet(i)));
        std::array<unsigned, 4> key{};
        for (std::size_t i = 0; masked && i < 4; ++i) key[i] = octet(header + i);
        at += header + (masked ? 4 : 0);
        for (std::uint64_t i = 0; i < length && at < wire.size(); ++i, ++at)
            made.push_back(wire[at] ^ static_cast<std::byte>(key[i % 4]));
    }
    return made;
}

class twins {
public:
    twins(role side, random_source& random)
        : side_{side},
          random_{random},
          receive_size_{random.one_in(2) ? 256u : 4096u},
          send_size_{random.one_in(2) ? 16u : 4096u},
          memory_(receive_size_ + send_size_ + session::control_size),
          config_{config_of(random.one_in(4))},
          session_{
              side,
              config_,
              {std::span{memory_}.first(receive_size_), std::span{memory_}.subspan(receive_size_, send_size_),
               std::span{memory_}.subspan(receive_size_ + send_size_)},
              {},
              &keys_} {
        property_list properties;
        properties.receive_buffer(receive_size_).send_buffer(send_size_);
        if (!config_.connection.receive.check_utf8) properties.disable_utf8();
        handle_ = open_handle(side, properties);
    }

    void step() {
        switch (random_.below(10)) {
            case 0:
            case 1: return send();
            case 2: return receive();
            case 3:
            case 4:
            case 5: return ask();
            case 6:
                if (!random_.one_in(40)) return;
                session_.abort();
                return WebSocketAbortHandle(handle_);
            default: return complete_one();
        }
    }

    void check_wires() const { EXPECT_EQ(plain(session_wire_), plain(handle_wire_)); }
    [[nodiscard]] std::size_t octets() const { return session_wire_.size(); }

private:
    struct sending {
        bytes payload;
        send_operation operation;
    };
    struct receiving {
        bytes of_session;
        bytes of_handle;
        receive_operation operation;
    };
    struct outstanding {
        action of_session;
        taken of_handle;
    };

    void send() {
        constexpr opcode ops[] = {opcode::text, opcode::text, opcode::binary, opcode::binary,
                                  opcode::ping, opcode::pong, opcode::close};
        constexpr std::uint16_t codes[] = {1000, 1005, 999, 1006, 1010, 3000, 4999, 5000};
        sending& s = sends_.emplace_back();
        s.operation.op = ops[random_.below(random_.one_in(12) ? 7 : 6)];
        const bool data = s.operation.op == opcode::text || s.operation.op == opcode::binary;
        s.operation.fin = !data || random_.one_in(2);
        if (data) s.payload = random_.octets(random_.one_in(50) ? 70'000 : random_.below(300));
        bool bare = !data;
        if (s.operation.op == opcode::close && random_.one_in(2)) {
            bare = false;
            s.payload = random_.octets(random_.below(126));  // 124 and 125 are too many
            s.operation.close_code = codes[random_.below(8)];
        }
        s.operation.payload = s.payload;
        s.operation.context = tag(++tags_);
        WEB_SOCKET_BUFFER buffer = buffer_of(s.payload);
        if (!data) buffer.CloseStatus.usStatus = s.operation.close_code;
        const HRESULT result = WebSocketSend(handle_, type_of(s.operation.op, s.operation.fin),
                                             bare ? nullptr : &buffer, s.operation.context);
        const error code = session_.send(s.operation);
        ASSERT_EQ(result, of_send(code)) << text(code);
    }

    void receive() {
        receiving& r = receives_.emplace_back();
        const bool own = random_.one_in(2);
        if (own) {
            r.of_session.resize(random_.between(1, 200));
            r.of_handle = r.of_session;
            r.operation.into = r.of_session;
        }
        r.operation.context = tag(++tags_);
        WEB_SOCKET_BUFFER buffer = buffer_of(r.of_handle);
        const HRESULT result = WebSocketReceive(handle_, own ? &buffer : nullptr, r.operation.context);
        const error code = session_.receive(r.operation);
        ASSERT_EQ(result, of_receive(code)) << text(code);
    }

    void ask() {
        const auto queue = static_cast<action_queue>(random_.between(1, 3));
        std::array<std::span<const std::byte>, 2> room;
        const ULONG capacity = static_cast<ULONG>(random_.between(1, 2));
        const taken got = take_action(handle_, static_cast<WEB_SOCKET_ACTION_QUEUE>(queue), capacity);
        const action wanted = session_.next(queue, std::span{room}.first(capacity));
        ASSERT_EQ(got.result, of_receive(wanted.code)) << text(wanted.code);
        switch (wanted.kind) {
            case action_kind::none: ASSERT_EQ(got.action, no_action); return;
            case action_kind::send: ASSERT_NO_FATAL_FAILURE(compare_send(wanted, got)); break;
            case action_kind::sent:
                ASSERT_EQ(got.action, indicate_send);
                ASSERT_EQ(got.context, wanted.sending->context);
                ASSERT_EQ(got.type, type_of(wanted.sending->op, wanted.sending->fin));
                break;
            case action_kind::receive:
                ASSERT_EQ(got.action, receive_from_network);
                ASSERT_EQ(got.context, wanted.receiving->context);
                ASSERT_EQ(got.total(), wanted.into.size());
                break;
            case action_kind::received: ASSERT_NO_FATAL_FAILURE(compare_received(wanted, got)); break;
            case action_kind::disconnect: FAIL() << "never with close_policy::manual";
        }
        outstanding_.push_back({wanted, got});
    }

    void compare_send(const action& wanted, const taken& got) {
        ASSERT_EQ(got.action, send_to_network);
        ASSERT_EQ(got.count, wanted.buffers.size());
        ASSERT_EQ(got.context, wanted.sending == nullptr ? nullptr : wanted.sending->context);
        for (std::size_t i = 0; i < wanted.buffers.size(); ++i) {
            ASSERT_EQ(got.buffers[i].Data.ulBufferLength, wanted.buffers[i].size());
            const bytes octets = to_bytes(wanted.buffers[i]);
            ASSERT_TRUE(side_ == role::client || got.octets(i) == octets);
            session_wire_ += octets;
            handle_wire_ += got.octets(i);
        }
    }

    void compare_received(const action& wanted, const taken& got) {
        ASSERT_EQ(got.action, indicate_receive);
        ASSERT_EQ(got.count, 1u);
        ASSERT_EQ(got.context, wanted.receiving->context);
        const event& e = wanted.receiving->event;
        ASSERT_EQ(got.octets(0), to_bytes(e.bytes));
        switch (e.kind) {
            case event_kind::data: ASSERT_EQ(got.type, type_of(e.op, e.last)); return;
            case event_kind::pong: ASSERT_EQ(got.type, ping_pong); return;
            case event_kind::close:
                ASSERT_EQ(got.type, close_type);
                ASSERT_EQ(got.status(), e.code);
                return;
            default: ASSERT_EQ(got.type, no_type());
        }
    }

    void complete_one() {
        if (outstanding_.empty()) return;
        const std::size_t which = random_.below(outstanding_.size());
        const auto at = outstanding_.begin() + static_cast<std::ptrdiff_t>(which);
        const outstanding o = *at;
        outstanding_.erase(at);
        std::size_t moved = random_.below(4);
        if (o.of_session.kind == action_kind::send) {
            moved = o.of_handle.total();
            if (random_.one_in(20)) moved = random_.below(moved + 2);
        } else if (o.of_session.kind == action_kind::receive) {
            refill();
            moved = random_.one_in(25)
                        ? 0
                        : random_.between(1, std::min(incoming_.size(), o.of_session.into.size()));
            if (moved != 0) {
                std::memcpy(o.of_session.into.data(), incoming_.data(), moved);
                std::memcpy(o.of_handle.buffers[0].Data.pbBuffer, incoming_.data(), moved);
                incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<std::ptrdiff_t>(moved));
            }
            if (random_.one_in(200)) moved = o.of_session.into.size() + 1;
        }
        session_.complete(o.of_session, moved);
        complete(handle_, o.of_handle, static_cast<ULONG>(moved));
    }

    // What the peer sends: mostly what it may.
    void refill() {
        while (incoming_.size() < 600) {
            const unsigned kind = static_cast<unsigned>(random_.below(random_.one_in(15) ? 9 : 6));
            const bytes some = random_.octets(random_.below(120));
            const bool fin = random_.one_in(2);
            switch (kind) {
                case 0:
                case 1:
                    incoming_ += wire_to(side_, open_ ? 0 : 2, some, fin);
                    open_ = !fin;
                    break;
                case 2:
                    incoming_ += wire_to(side_, open_ ? 0 : 1, text_bytes("text \xe2\x82\xac"), true),
                        open_ = false;
                    break;
                case 3:
                case 4: incoming_ += wire_to(side_, 9, some); break;
                case 5: incoming_ += wire_to(side_, 10, some); break;
                case 6: incoming_ += wire_to(side_, 8, octets_of_close(some)); break;
                case 7: incoming_ += some; break;  // no frames at all
                default: incoming_ += wire_to(side_, 0, some); break;
            }
        }
    }

    [[nodiscard]] bytes octets_of_close(const bytes& reason) {
        return random_.one_in(2) ? bytes{}
                                 : wspc::test::octets({0x03, 0xe8}) + (random_.one_in(2) ? bytes{} : reason);
    }

    const role side_;
    random_source& random_;
    const ULONG receive_size_;
    const ULONG send_size_;
    std::vector<std::byte> memory_;
    const session_config config_;
    masking_keys keys_;
    std::deque<sending> sends_;  // elements stay where they are
    std::deque<receiving> receives_;
    session session_;
    handle handle_;

    std::uintptr_t tags_ = 0;
    std::vector<outstanding> outstanding_;
    bytes incoming_;
    bool open_ = false;
    bytes session_wire_;
    bytes handle_wire_;
};

}  // namespace wspc::test
