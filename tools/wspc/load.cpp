// SPDX-License-Identifier: Apache-2.0
#include "load.hpp"

#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "client.hpp"
#include "problem.hpp"

namespace tool {
namespace {

constexpr std::chrono::milliseconds tick{100};

// Letters, so that it is good text as well.
std::vector<std::byte> make_payload(std::size_t size) {
    std::vector<std::byte> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>('a' + (i * 7 + i / 26) % 26);
    return payload;
}

class generator {
public:
    generator(const std::string& url, const workload& what) : what_{what}, payload_{make_payload(what.size)} {
        client_.on_event = [this](const wspc::event& e) { on_event(e); };
        client_.open(url);
    }

    throughput run(std::chrono::duration<double> duration,
                   const std::function<void(const throughput&)>& progress);

private:
    void on_event(const wspc::event& e);
    void send() {
        client_.send(what_.op, payload_);
        ++in_flight_;
    }
    void settle();

    const workload& what_;
    std::vector<std::byte> payload_;
    asio::io_context context_{1};
    client_options options_;
    client client_{context_, options_};
    std::size_t position_ = 0;  // in the message that is coming back
    std::uint64_t in_flight_ = 0;
    bool stopping_ = false;
    throughput done_;
};

void generator::on_event(const wspc::event& e) {
    if (e.kind != wspc::event_kind::data) return;
    const bool fits = e.op == what_.op && e.bytes.size() <= payload_.size() - position_;
    if (!fits || std::memcmp(e.bytes.data(), payload_.data() + position_, e.bytes.size()) != 0 ||
        (e.last && position_ + e.bytes.size() != payload_.size()))
        throw problem{exit_code::failed, fmt::format("message {} came back changed", done_.messages + 1)};
    position_ = e.last ? 0 : position_ + e.bytes.size();
    done_.bytes += e.bytes.size();
    if (!e.last) return;
    ++done_.messages;
    --in_flight_;
    // All the messages that one recv brought are replaced in one send, which the client does next.
    if (!stopping_) send();
}

throughput generator::run(std::chrono::duration<double> duration,
                          const std::function<void(const throughput&)>& progress) {
    const steady_clock::time_point begin = steady_clock::now();
    const steady_clock::time_point end = begin + std::chrono::duration_cast<steady_clock::duration>(duration);
    const auto elapsed = [&] { return std::chrono::duration<double>{steady_clock::now() - begin}.count(); };
    for (unsigned i = 0; i < what_.in_flight; ++i) send();
    client_.flush();
    while (steady_clock::now() < end && !client_.ended()) {
        run_until(context_, std::min<steady_clock::duration>(tick, end - steady_clock::now()),
                  [&] { return client_.ended(); });
        done_.seconds = elapsed();
        progress(done_);
    }
    done_.seconds = elapsed();  // also of a duration that had passed before the first tick
    const throughput result = done_;
    settle();
    return result;
}

// Waits for what is still on its way, and closes.
void generator::settle() {
    stopping_ = true;
    if (!run_until(context_, client_.timeout(), [&] { return in_flight_ == 0 || client_.ended(); }) ||
        in_flight_ != 0)
        throw problem{exit_code::failed, fmt::format("{} messages never came back", in_flight_)};
    client_.close();
    run_until(context_, 2 * client_.timeout(), [&] { return client_.ended(); });
    if (!client_.clean()) throw problem{exit_code::failed, "the server hung up without a Close"};
}

}  // namespace

throughput measure(const std::string& url, const workload& what, std::chrono::duration<double> duration,
                   const std::function<void(const throughput&)>& progress) {
    return generator{url, what}.run(duration, progress);
}

}  // namespace tool
