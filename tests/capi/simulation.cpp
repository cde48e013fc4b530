// SPDX-License-Identifier: Apache-2.0
#include "capi/simulation.hpp"

namespace wspc::test {

std::vector<plain_frame> as_heard(const std::vector<plain_frame>& frames) {
    std::vector<plain_frame> made;
    constexpr std::size_t none = SIZE_MAX;
    std::size_t open = none;
    unsigned op = 0;
    for (const plain_frame& frame : frames) {
        if (frame.control()) {
            if (frame.op != 9) made.push_back(frame);
            if (frame.op == 8) return made;
            continue;
        }
        if (frame.op != 0) op = frame.op;
        // Empty frames that end nothing are passed over.
        if (frame.payload.empty() && !frame.fin) continue;
        if (open == none) {
            open = made.size();
            made.push_back({op, false, {}});
        }
        made[open].payload += frame.payload;
        made[open].fin = frame.fin;
        if (frame.fin) open = none;
    }
    return made;
}

// --- the end

bool endpoint::settle() {
    bool moved = false;
    while (write_some() || read_some() || hear() || finish_sent()) moved = true;
    if (receives_.empty() && !peer_closed_ && log_.ok()) receive();
    return (log_.ok() && ask(all_queues, static_cast<ULONG>(random_.between(1, 2)))) || moved;
}

void endpoint::cancel_receives() {
    while (log_.ok() && !receives_.empty()) {
        if (read_) {
            complete(handle_, *read_, 0);
            read_.reset();
            cancelled_ = true;
        }
        if (!hear() && !ask(receive_queue, 1)) return log_.check(false, "a receive that does not end");
    }
}

void endpoint::abort_and_drain() {
    WebSocketAbortHandle(handle_);
    aborted_ = true;
    const bool outstanding = read_.has_value() || received_.has_value();
    // Its owner has it, so nothing of that side is indicated meanwhile.
    if (outstanding) log_.check(!ask(receive_queue, 1), "an indication beside an outstanding action");
    for (const write& w : writes_) complete(handle_, w.action, static_cast<ULONG>(random_.below(9)));
    writes_.clear();
    if (read_) complete(handle_, *read_, static_cast<ULONG>(random_.below(9)));
    read_.reset();
    while (log_.ok()) {
        // Without choices left all queues are asked, or this would not end.
        const bool asked = ask(!random_.one_in(2)  ? all_queues
                               : random_.one_in(2) ? send_queue
                                                   : receive_queue,
                               2);
        const bool done = hear() || finish_sent();
        if (!asked && !done && sends_.empty() && receives_.empty()) break;
    }
    log_.check(!ask(all_queues, 2), "an action behind the end");
}

void endpoint::check_end(const endpoint& peer) const {
    log_.check(sends_.empty() && writes_.empty(), "a send that does not end");
    log_.check(in_.waiting.empty() || peer_closed_, "octets that are never read");
    std::vector<plain_frame> wire;
    for (const parsed_frame& f : parse_frames(out_.everything)) {
        log_.check(f.key.has_value() == (side_ == role::client), "a mask on the wrong side");
        wire.push_back({f.op, f.fin, f.payload});
    }
    log_.check(wire == out_.frames, "other frames on the wire than were sent");
    log_.check(heard_ == as_heard(in_.frames), "something else is heard than was sent");
    // Each pong answers a ping, in order; the newest ping has its pong.
    std::size_t at = 0;
    std::vector<bytes> pings;
    for (const plain_frame& f : in_.frames)
        if (f.op == 9) pings.push_back(f.payload);
    for (const bytes& pong : pongs_) {
        while (at < pings.size() && pings[at] != pong) ++at;
        log_.check(at++ < pings.size(), "a pong for no ping");
    }
    if (!peer.closing_ && !pings.empty())
        log_.check(!pongs_.empty() && pongs_.back() == pings.back(), "the newest ping has no pong");
}

outcome simulate(random_source random, random_source* illegal) {
    journal log;
    byte_queue to_client;
    byte_queue to_server;
    for (byte_queue* queue : {&to_client, &to_server})
        queue->capacity = random.one_in(3) ? random.between(1, 20) : random.between(20, 3000);
    endpoint client{role::client, random, to_client, to_server, log};
    endpoint server{role::server, random, to_server, to_client, log};
    shake_hands(client.get(), server.get());
    const std::size_t steps = random.between(10, 160);
    for (std::size_t i = 0; i < steps && log.ok(); ++i) {
        endpoint& end = random.one_in(2) ? client : server;
        if (illegal != nullptr && illegal->one_in(3)) end.call_illegally(*illegal);
        constexpr WEB_SOCKET_ACTION_QUEUE queues[] = {send_queue, receive_queue, all_queues};
        switch (random.below(12)) {
            case 0:
            case 1: end.send(); break;
            case 2: end.receive(); break;
            case 3:
                if (random.one_in(4)) end.inject_ping();
                break;
            case 4:
            case 5:
            case 6: {
                const WEB_SOCKET_ACTION_QUEUE queue = queues[random.below(3)];
                end.ask(queue, static_cast<ULONG>(random.between(1, 3)));
                break;
            }
            default: end.progress();
        }
    }
    if (random.one_in(5) && log.ok()) {
        client.abort_and_drain();
        server.abort_and_drain();
        return {log.fault, log.answers, {}};
    }
    to_client.capacity = to_server.capacity = 1'000'000;
    int quiet = 0;
    while (log.ok() && quiet < 3) {
        if (illegal != nullptr && illegal->one_in(3))
            (illegal->one_in(2) ? client : server).call_illegally(*illegal);
        const bool first = client.settle();
        const bool second = server.settle();
        quiet = first || second ? 0 : quiet + 1;
    }
    client.cancel_receives();
    server.cancel_receives();
    client.check_end(server);
    server.check_end(client);
    return {log.fault, log.answers, {to_client.frames, to_server.frames}};
}

}  // namespace wspc::test
