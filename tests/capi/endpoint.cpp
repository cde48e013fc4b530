// SPDX-License-Identifier: Apache-2.0
// What a program does with its handle, and what the handle must answer.
#include <algorithm>
#include <cstring>
#include <utility>

#include "capi/simulation.hpp"

namespace wspc::test {
namespace {

constexpr role opposite(role side) { return side == role::client ? role::server : role::client; }

// Characters of every length, which fragments cut anywhere.
bytes random_text(random_source& random, std::size_t size) {
    constexpr std::string_view characters[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    bytes made;
    while (made.size() < size) {
        const std::string_view next = characters[random.below(4)];
        made += text_bytes(made.size() + next.size() > size ? "z" : next);
    }
    return made;
}

std::size_t random_size(random_source& random) {
    if (random.one_in(400)) return random.between(65'530, 66'000);
    switch (random.below(6)) {
        case 0: return 0;
        case 1: return random.between(120, 130);
        case 2: return random.between(200, 700);
        default: return random.between(1, 40);
    }
}

bool same_octets(const taken& got, const bytes& copy) { return got.octets() == copy; }

}  // namespace

endpoint::endpoint(role side, random_source& random, byte_queue& in, byte_queue& out, journal& log)
    : side_{side}, random_{random}, in_{in}, out_{out}, log_{log} {
    constexpr ULONG receive_sizes[] = {256, 257, 300, 1000, 4096};
    constexpr ULONG send_sizes[] = {16, 17, 64, 200, 4096};
    receive_size_ = receive_sizes[random.below(5)];
    send_size_ = send_sizes[random.below(5)];
    unmasked_ = random.one_in(10);
    property_list properties;
    properties.receive_buffer(receive_size_).send_buffer(send_size_).disable_masking(unmasked_ ? 1 : 0);
    if (random.one_in(2)) {
        const std::size_t offset = random.below(8);
        const ULONG size = receive_size_ + send_size_ + 144;
        memory_.resize(offset + size);
        lent_ = memory_.data() + offset;
        properties.allocated_buffer(lent_, size);
    }
    handle_ = make_handle(side, properties);
}

std::size_t endpoint::frame_size(const plain_frame& frame) const {
    const std::size_t size = frame.payload.size();
    return (size < 126 ? 2 : size < 65'536 ? 4 : 10) + (side_ == role::client ? 4 : 0) + size;
}

bool endpoint::pong_outstanding() const {
    return std::any_of(writes_.begin(), writes_.end(),
                       [](const write& w) { return w.action.context == nullptr; });
}

bool endpoint::send_outstanding() const {
    return sent_.has_value() || std::any_of(writes_.begin(), writes_.end(),
                                            [](const write& w) { return w.action.context != nullptr; });
}

bool endpoint::inside_frame() const {
    return !wire_free() || (handed_out_ != 0 && handed_out_ != frame_size(sends_.front().frame));
}

// Whether the first send is a control frame of which all goes into one action.
bool endpoint::passes_pongs(ULONG capacity) const {
    const planned_send& head = sends_.front();
    if (!head.frame.control() || handed_out_ != 0) return false;
    return masks() ? frame_size(head.frame) <= send_size_ : capacity >= 2 || head.payload.empty();
}

// "WebSocketCreateClientHandle", ALLOCATED_BUFFER: all that the library lends lies in there.
bool endpoint::lies_inside(const WEB_SOCKET_BUFFER& lent) const {
    if (lent_ == nullptr || lent.Data.pbBuffer == nullptr) return true;
    const BYTE* const end = memory_.data() + memory_.size();
    return lent.Data.pbBuffer >= lent_ && lent.Data.pbBuffer + lent.Data.ulBufferLength <= end;
}

// --- sending and receiving

void endpoint::plan_message() {
    const bool text = random_.one_in(2);
    const std::size_t size = random_size(random_);
    const bytes whole = text ? random_text(random_, size) : random_.octets(size);
    std::size_t from = 0;
    const std::size_t parts = random_.one_in(2) ? 1 : random_.between(2, 4);
    for (std::size_t i = 1; i <= parts; ++i) {
        const std::size_t to = i == parts ? size : random_.between(from, size);
        planned_send part;
        part.type =
            i == parts ? (text ? text_message : binary_message) : (text ? text_fragment : binary_fragment);
        part.payload.assign(whole.begin() + static_cast<std::ptrdiff_t>(from),
                            whole.begin() + static_cast<std::ptrdiff_t>(to));
        part.frame = {i != 1 ? 0u : text ? 1u : 2u, i == parts, part.payload};
        unsent_.push_back(std::move(part));
        from = to;
    }
    open_ = 0;
}

void endpoint::queue(planned_send planned) {
    planned.context = next_tag();
    sends_.push_back(std::move(planned));
    planned_send& p = sends_.back();
    WEB_SOCKET_BUFFER buffer = buffer_of(p.payload);
    if (p.frame.op == 8 && !p.frame.payload.empty()) {
        buffer.CloseStatus.usStatus = static_cast<USHORT>(std::to_integer<unsigned>(p.frame.payload[0]) << 8 |
                                                          std::to_integer<unsigned>(p.frame.payload[1]));
    }
    const bool bare = p.frame.payload.empty() && (p.frame.control() || random_.one_in(2));
    const HRESULT result = WebSocketSend(handle_, p.type, bare ? nullptr : &buffer, p.context);
    log_.note(static_cast<std::uint32_t>(result));
    log_.check(result == S_OK, "a legal send is refused");
}

void endpoint::queue_control() {
    planned_send control;
    if (!closing_ && random_.one_in(10)) {
        closing_ = true;
        unsent_.clear();
        control.type = close_type;
        control.frame.op = 8;
        if (random_.one_in(3)) return queue(std::move(control));
        constexpr unsigned statuses[] = {1000, 1001, 1010, 3000, 4999};
        const unsigned status = statuses[random_.below(5)];
        control.payload = random_text(random_, random_.below(124));  // the reason
        control.frame.payload = octets({status >> 8, status & 0xff}) + control.payload;
        return queue(std::move(control));
    }
    const bool ping = random_.one_in(2);
    control.type = ping ? ping_pong : unsolicited_pong;
    control.frame.op = ping ? 9 : 10;
    queue(std::move(control));
}

void endpoint::send() {
    if (closing_ || random_.one_in(4)) return queue_control();
    if (unsent_.empty()) plan_message();
    planned_send next = std::move(unsent_.front());
    unsent_.pop_front();
    open_ = next.frame.fin ? 0 : next.frame.op != 0 ? next.frame.op : open_;
    queue(std::move(next));
}

void endpoint::receive() {
    if (peer_closed_) return;
    planned_receive planned;
    planned.context = next_tag();
    WEB_SOCKET_BUFFER buffer{};
    if (random_.one_in(3)) {
        planned.own = std::make_unique<bytes>(random_.between(1, 300));
        buffer = buffer_of(*planned.own);
    }
    const bool own = planned.own != nullptr;
    const HRESULT result = WebSocketReceive(handle_, own ? &buffer : nullptr, planned.context);
    log_.note(static_cast<std::uint32_t>(result));
    log_.check(result == S_OK, "a legal receive is refused");
    receives_.push_back(std::move(planned));
}

// --- the answers of WebSocketGetAction

bool endpoint::ask(WEB_SOCKET_ACTION_QUEUE queue, ULONG capacity) {
    const taken got = take_action(handle_, queue, capacity);
    log_.note(static_cast<std::uint32_t>(got.result));
    log_.note(static_cast<std::uint64_t>(got.action));
    log_.note(static_cast<std::uint64_t>(got.type));
    log_.note(got.count);
    log_.note(reinterpret_cast<std::uintptr_t>(got.context));
    log_.check(got.result == S_OK, "GetAction fails");
    log_.check((got.action_context == nullptr) == (got.action == no_action), "an action without a context");
    if (!log_.ok()) return false;
    switch (got.action) {
        case WEB_SOCKET_NO_ACTION: answer_nothing(got, queue); return false;
        case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
            log_.check(got.count == 1 || (got.count == 2 && capacity >= 2), "a wrong number of buffers");
            log_.note(got.total());
            got.context == nullptr ? answer_pong(got, queue) : answer_send(got, queue);
            return true;
        case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION: answer_sent(got); return true;
        case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION: answer_receive(got); return true;
        case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION: answer_received(got); return true;
    }
    log_.check(false, "no such action");
    return false;
}

void endpoint::answer_pong(const taken& got, WEB_SOCKET_ACTION_QUEUE queue) {
    log_.check(!aborted_, "a pong behind Abort");
    log_.check(!inside_frame(), "a pong inside a frame");
    log_.check(got.count == 1 && got.type == ping_pong && lies_inside(got.buffers[0]), "a strange pong");
    if (queue == send_queue) log_.check(sends_.empty() || sent_.has_value(), "a pong in front of sends");
    const parsed_frame frame = only_frame(got.octets());
    out_.frames.push_back({10, true, frame.payload});
    pongs_.push_back(frame.payload);
    writes_.push_back({got, got.octets()});
}

void endpoint::answer_send(const taken& got, WEB_SOCKET_ACTION_QUEUE queue) {
    log_.check(!aborted_, "a write behind Abort");
    log_.check(!sends_.empty() && !send_outstanding(), "a second write");
    if (!log_.ok()) return;
    const planned_send& head = sends_.front();
    log_.check(got.context == head.context && got.type == head.type, "another send than the first");
    const std::size_t whole = frame_size(head.frame);
    if (handed_out_ == 0) out_.frames.push_back(head.frame);
    // Two writes at once: only a control frame beside a pong, whole, and only on SEND.
    if (!wire_free())
        log_.check(queue == send_queue && head.frame.control() && got.total() == whole, "two writes at once");
    handed_out_ += got.total();
    log_.check(got.total() != 0 && handed_out_ <= whole, "more octets than the frame has");
    if (masks()) {
        log_.check(got.count == 1 && got.total() <= send_size_ && lies_inside(got.buffers[0]),
                   "a long piece");
    } else if (got.count == 2) {
        log_.check(lies_inside(got.buffers[0]), "a header outside");
        log_.check(got.buffers[1].Data.pbBuffer == as_pbyte(head.payload.data()),
                   "a payload that was copied");
        log_.check(handed_out_ == whole, "a frame in more actions than it needs");
    }
    writes_.push_back({got, got.octets()});
}

void endpoint::answer_sent(const taken& got) {
    log_.check(!sends_.empty() && !send_outstanding(), "a send indicated that is not done");
    if (!log_.ok()) return;
    const planned_send& head = sends_.front();
    log_.check(got.context == head.context && got.type == head.type, "another send indicated");
    log_.check(aborted_ || handed_out_ == frame_size(head.frame), "a send indicated too early");
    log_.check(got.count == got.capacity, "a count that is written");
    sent_ = got;
}

void endpoint::answer_receive(const taken& got) {
    log_.check(!aborted_, "a read behind Abort");
    log_.check(!receives_.empty() && !read_ && !received_, "a second action of the receive side");
    if (!log_.ok()) return;
    log_.check(got.context == receives_.front().context && got.count == 1, "another receive than the first");
    const ULONG length = got.buffers[0].Data.ulBufferLength;
    log_.check(length >= 1 && length <= receive_size_, "a read of a strange size");
    log_.check(lies_inside(got.buffers[0]), "a read outside");
    log_.note(length);
    read_ = got;
}

void endpoint::answer_received(const taken& got) {
    log_.check(!receives_.empty() && !read_ && !received_, "a second action of the receive side");
    if (!log_.ok()) return;
    const planned_receive& head = receives_.front();
    log_.check(got.context == head.context && got.count == 1, "another receive indicated");
    const bool data = static_cast<std::uint32_t>(got.type) - 0x80000000u < 4;
    const WEB_SOCKET_BUFFER& buffer = got.buffers[0];
    if (data && head.own != nullptr) {
        const bool none = buffer.Data.ulBufferLength == 0 && buffer.Data.pbBuffer == nullptr;
        log_.check(none || (buffer.Data.pbBuffer == as_pbyte(head.own->data()) &&
                            buffer.Data.ulBufferLength <= head.own->size()),
                   "data outside the program's buffer");
    } else {
        log_.check(lies_inside(buffer) && buffer.Data.ulBufferLength <= std::max(receive_size_, send_size_),
                   "data outside");
    }
    received_octets_ = got.octets();
    log_.note(buffer.Data.ulBufferLength);
    for (const std::byte octet : received_octets_) log_.note(std::to_integer<unsigned>(octet));
    received_ = got;
}

void endpoint::answer_nothing(const taken& got, WEB_SOCKET_ACTION_QUEUE queue) {
    log_.check(got.type == no_type() && got.count == got.capacity && got.context == nullptr,
               "NO_ACTION writes something");
    if ((queue & receive_queue) != 0)
        log_.check(receives_.empty() || read_ || received_, "NO_ACTION for a queued receive");
    if ((queue & send_queue) == 0 || sends_.empty() || send_outstanding()) return;
    log_.check(pong_outstanding(), "NO_ACTION for a queued send");
    if (queue == send_queue) log_.check(!passes_pongs(got.capacity), "a control frame that waits for a pong");
}

// --- completing

bool endpoint::progress() {
    switch (random_.below(4)) {
        case 0: return write_some();
        case 1: return read_some();
        case 2: return hear();
        default: return finish_sent();
    }
}

// Writes go out in the order in which they were handed out.
bool endpoint::write_some() {
    if (writes_.empty()) return false;
    write& first = writes_.front();
    const std::size_t left = first.octets.size() - first.written;
    const std::size_t room = out_.capacity - std::min(out_.capacity, out_.waiting.size());
    const std::size_t size = std::min(room, left == 0 ? 0 : left - random_.below(left));
    const auto from = first.octets.begin() + static_cast<std::ptrdiff_t>(first.written);
    out_.waiting.insert(out_.waiting.end(), from, from + static_cast<std::ptrdiff_t>(size));
    out_.everything.insert(out_.everything.end(), from, from + static_cast<std::ptrdiff_t>(size));
    first.written += size;
    if (first.written != first.octets.size()) return size != 0;
    log_.check(same_octets(first.action, first.octets), "a write that changes while it is outstanding");
    stale_ = first.action.action_context;
    complete(handle_, first.action);
    writes_.pop_front();
    return true;
}

bool endpoint::read_some() {
    if (!read_ || in_.waiting.empty()) return false;
    const std::size_t most = std::min<std::size_t>(in_.waiting.size(), read_->buffers[0].Data.ulBufferLength);
    const std::size_t size = most - random_.below(most);
    std::memcpy(read_->buffers[0].Data.pbBuffer, in_.waiting.data(), size);
    in_.waiting.erase(in_.waiting.begin(), in_.waiting.begin() + static_cast<std::ptrdiff_t>(size));
    stale_ = read_->action_context;
    complete(handle_, *read_, static_cast<ULONG>(size));
    read_.reset();
    return true;
}

bool endpoint::finish_sent() {
    if (!sent_) return false;
    stale_ = sent_->action_context;
    complete(handle_, *sent_, static_cast<ULONG>(random_.below(3)));
    sent_.reset();
    sends_.pop_front();
    handed_out_ = 0;
    return true;
}

void endpoint::hear_data(WEB_SOCKET_BUFFER_TYPE type, const bytes& payload) {
    const bool last = type == text_message || type == binary_message;
    const unsigned op = type == text_message || type == text_fragment ? 1 : 2;
    log_.check(last || !payload.empty(), "an empty piece");
    if (!message_.has_value()) {
        message_ = heard_.size();
        heard_.push_back({op, false, {}});
    }
    plain_frame& message = heard_[*message_];
    log_.check(message.op == op, "a message of two types");
    message.payload += payload;
    message.fin = last;
    if (last) message_.reset();
}

bool endpoint::hear() {
    if (!received_) return false;
    log_.check(same_octets(*received_, received_octets_), "data that change while they are indicated");
    const auto type = received_->type;
    if (type == close_type) {
        plain_frame close{8, true, {}};
        const unsigned status = received_->status();
        log_.check((status == 1005) == (received_->buffers[0].CloseStatus.pbReason == nullptr),
                   "a reason that is not there, or none that is");
        if (status != 1005) close.payload = octets({status >> 8, status & 0xff}) + received_octets_;
        heard_.push_back(std::move(close));
        peer_closed_ = true;
    } else if (type == ping_pong) {
        heard_.push_back({10, true, received_octets_});
    } else if (type == no_type()) {
        log_.check((aborted_ || cancelled_) && received_->buffers[0].Data.pbBuffer == nullptr,
                   "a receive that brings nothing");
        cancelled_ = false;
    } else {
        hear_data(type, received_octets_);
    }
    stale_ = received_->action_context;
    complete(handle_, *received_, static_cast<ULONG>(random_.below(3)));
    received_.reset();
    receives_.pop_front();
    return true;
}

void endpoint::inject_ping() {
    // In between the frames that this side writes.
    if (inside_frame() || closing_) return;
    const bytes payload = random_.octets(random_.below(126));
    const bytes octets = wire_to(opposite(side_), 9, payload);
    out_.frames.push_back({9, true, payload});
    out_.waiting += octets;
    out_.everything += octets;
}

}  // namespace wspc::test
