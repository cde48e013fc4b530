// SPDX-License-Identifier: Apache-2.0
// A client and a server that do whatever the API allows, in random order, joined by byte queues of random
// sizes; and a model that knows what each call must answer.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capi/support/actions.hpp"
#include "capi/support/frames.hpp"
#include "capi/support/handles.hpp"
#include "support/random.hpp"

namespace wspc::test {

// A frame as it must stand on the wire, and what is heard of frames.
struct plain_frame {
    unsigned op = 0;
    bool fin = true;
    bytes payload{};

    [[nodiscard]] bool control() const noexcept { return op >= 8; }
    friend bool operator==(const plain_frame&, const plain_frame&) = default;
};

// Frames as the application hears them: whole messages (the last may lack its end), pongs, one Close.
[[nodiscard]] std::vector<plain_frame> as_heard(const std::vector<plain_frame>& frames);

// One direction between the two.
struct byte_queue {
    bytes waiting;
    std::size_t capacity = 1;
    bytes everything;                 // that was ever written
    std::vector<plain_frame> frames;  // which it must consist of
};

// What both ends write down: the first fault, and every answer of the API.
struct journal {
    std::string fault;
    std::vector<std::uint64_t> answers;

    void check(bool good, const char* what) {
        if (!good && fault.empty()) fault = what;
    }
    [[nodiscard]] bool ok() const noexcept { return fault.empty(); }
    void note(std::uint64_t value) { answers.push_back(value); }
};

// One handle, the program around it, and the model of both.
class endpoint {
public:
    endpoint(role side, random_source& random, byte_queue& in, byte_queue& out, journal& log);

    // Random legal calls. `ask` is WebSocketGetAction, `progress` moves bytes and completes actions; both
    // return whether anything happened.
    void send();
    void receive();
    bool ask(WEB_SOCKET_ACTION_QUEUE queue, ULONG capacity);
    bool progress();
    // The peer's ping arrives in between: websocket.h sends none with a payload.
    void inject_ping();
    // A call that must fail and change nothing.
    void call_illegally(random_source& random);

    // Everything that is under way comes to its end; true if anything was.
    bool settle();
    // The reads that are left bring nothing.
    void cancel_receives();
    void abort_and_drain();
    void check_end(const endpoint& peer) const;

    [[nodiscard]] WEB_SOCKET_HANDLE get() const { return handle_; }

private:
    struct planned_send {
        WEB_SOCKET_BUFFER_TYPE type{};
        plain_frame frame;
        bytes payload;  // lent to the API until the send is indicated
        PVOID context = nullptr;
    };
    struct planned_receive {
        std::unique_ptr<bytes> own;  // null: the library's buffer
        PVOID context = nullptr;
    };
    struct write {
        taken action;
        bytes octets;
        std::size_t written = 0;
    };

    [[nodiscard]] bool masks() const { return side_ == role::client && !unmasked_; }
    [[nodiscard]] std::size_t frame_size(const plain_frame& frame) const;
    [[nodiscard]] bool wire_free() const { return writes_.empty(); }
    [[nodiscard]] bool pong_outstanding() const;
    [[nodiscard]] bool send_outstanding() const;
    [[nodiscard]] bool inside_frame() const;
    [[nodiscard]] bool passes_pongs(ULONG capacity) const;
    [[nodiscard]] bool lies_inside(const WEB_SOCKET_BUFFER& lent) const;
    [[nodiscard]] PVOID next_tag() { return tag(++tags_); }

    void plan_message();
    void queue(planned_send planned);
    void queue_control();
    void answer_send(const taken& got, WEB_SOCKET_ACTION_QUEUE queue);
    void answer_pong(const taken& got, WEB_SOCKET_ACTION_QUEUE queue);
    void answer_sent(const taken& got);
    void answer_receive(const taken& got);
    void answer_received(const taken& got);
    void answer_nothing(const taken& got, WEB_SOCKET_ACTION_QUEUE queue);
    bool write_some();
    bool read_some();
    bool hear();
    bool finish_sent();
    void hear_data(WEB_SOCKET_BUFFER_TYPE type, const bytes& payload);
    void refuse_send(WEB_SOCKET_BUFFER_TYPE type, WEB_SOCKET_BUFFER* buffer, HRESULT wanted);
    void refuse_state(random_source& random);
    void refuse_questions(random_source& random);
    void refuse_handshake(random_source& random);

    role side_;
    random_source& random_;
    byte_queue& in_;
    byte_queue& out_;
    journal& log_;
    std::vector<BYTE> memory_;  // empty: the library's own
    BYTE* lent_ = nullptr;
    ULONG receive_size_ = 0;
    ULONG send_size_ = 0;
    bool unmasked_ = false;
    handle handle_;

    std::uintptr_t tags_ = 0;
    std::deque<planned_send> unsent_;  // the fragments of the message at hand
    unsigned open_ = 0;                // opcode of the message that has been begun
    bool closing_ = false;
    bool aborted_ = false;
    bool cancelled_ = false;
    bool peer_closed_ = false;
    std::deque<planned_send> sends_;
    std::size_t handed_out_ = 0;  // octets of the first one's frame
    std::deque<planned_receive> receives_;
    std::deque<write> writes_;
    std::optional<taken> sent_;
    std::optional<taken> read_;
    std::optional<taken> received_;
    bytes received_octets_;
    PVOID stale_ = nullptr;

    std::vector<plain_frame> heard_;
    std::optional<std::size_t> message_;  // the one in heard_ that is not complete
    std::vector<bytes> pongs_;            // that were handed out by themselves
};

struct outcome {
    std::string fault;
    std::vector<std::uint64_t> answers;
    std::array<std::vector<plain_frame>, 2> frames;  // that went to the client, and to the server
};

// A whole life of two handles. With `illegal` there are calls in between, as that one says, that must not
// change anything: all else depends on `random` alone.
[[nodiscard]] outcome simulate(random_source random, random_source* illegal = nullptr);

}  // namespace wspc::test
