// SPDX-License-Identifier: Apache-2.0
#include "demo.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include <wspc/message_assembler.hpp>

#include "client.hpp"
#include "kernels.hpp"
#include "load.hpp"
#include "problem.hpp"
#include "trace.hpp"

namespace tool {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

bool on_terminal() { return isatty(STDOUT_FILENO) != 0; }

void title(std::string_view text) {
    const char* const style = on_terminal() ? "\x1b[1m" : "";
    const char* const plain = on_terminal() ? "\x1b[0m" : "";
    fmt::print("\n{}{}{}\n{:-<{}}\n", style, text, plain, "", text.size());
}

// Something the server said, whole.
struct heard {
    wspc::event_kind kind;
    wspc::opcode op;
    std::uint16_t code;
    std::vector<std::byte> bytes;
};

// One connection whose every frame is printed and whose every answer is compared.
class conversation {
public:
    conversation(const std::string& url, const client_options& options)
        : client_{context_, options, &trace_} {
        client_.on_event = [this](const wspc::event& e) { on_event(e); };
        client_.open(url);
    }

    void send(wspc::opcode op, std::span<const std::byte> payload, bool fin = true) {
        client_.send(op, payload, fin);
    }
    void close(std::uint16_t code, std::string_view reason) { client_.close(code, reason); }

    // Waits for the next thing said, which has to be this.
    void expect_message(wspc::opcode op, std::span<const std::byte> payload);
    void expect_pong(std::span<const std::byte> payload);
    void expect_close(std::uint16_t code);

private:
    void on_event(const wspc::event& e);
    heard next(std::string_view wanted);
    [[noreturn]] void differs(std::string_view wanted, const heard& got);
    void satisfied(std::string_view what) { fmt::print("   ok: {}\n", what); }

    asio::io_context context_{1};
    tracer trace_{stdout, "   "};
    client client_;
    wspc::message_assembler whole_{wspc::heap_memory()};
    std::deque<heard> heard_;
};

void conversation::on_event(const wspc::event& e) {
    if (e.kind != wspc::event_kind::data) {
        heard_.push_back({e.kind, e.op, e.code, {e.bytes.begin(), e.bytes.end()}});
        return;
    }
    const wspc::assembled message = whole_.add(e);
    if (message.code != wspc::error::none)
        throw problem{exit_code::failed, std::string{wspc::text(message.code)}};
    if (message.complete)
        heard_.push_back(
            {wspc::event_kind::data, message.op, 0, {message.bytes.begin(), message.bytes.end()}});
}

heard conversation::next(std::string_view wanted) {
    client_.flush();
    const bool came =
        run_until(context_, client_.timeout(), [&] { return !heard_.empty() || client_.ended(); });
    if (!came || heard_.empty())
        throw problem{exit_code::failed, fmt::format("expected {}, but nothing came", wanted)};
    heard first = std::move(heard_.front());
    heard_.pop_front();
    return first;
}

void conversation::differs(std::string_view wanted, const heard& got) {
    std::vector<std::byte> bytes = got.bytes;
    const wspc::event e{
        .bytes = bytes, .kind = got.kind, .op = got.op, .first = true, .last = true, .code = got.code};
    throw problem{exit_code::failed, fmt::format("expected {}, but got: {}", wanted, describe(e))};
}

void conversation::expect_message(wspc::opcode op, std::span<const std::byte> payload) {
    const heard got = next("the message back");
    const bool same = got.kind == wspc::event_kind::data && got.op == op &&
                      got.bytes.size() == payload.size() &&
                      std::equal(payload.begin(), payload.end(), got.bytes.begin());
    if (!same) differs("the message back", got);
    satisfied("the same message came back");
}

void conversation::expect_pong(std::span<const std::byte> payload) {
    const heard got = next("a pong");
    if (got.kind != wspc::event_kind::pong ||
        !std::equal(payload.begin(), payload.end(), got.bytes.begin(), got.bytes.end()))
        differs("a pong with the payload of the ping", got);
    satisfied("the pong carries the payload of the ping");
}

void conversation::expect_close(std::uint16_t code) {
    const heard got = next("a Close");
    if (got.kind != wspc::event_kind::close || got.code != code) differs(fmt::format("Close {}", code), got);
    // RFC 6455 7.1.1: the server closes the TCP connection, and the client waits for that.
    if (!run_until(context_, client_.timeout(), [&] { return client_.ended(); }) || !client_.clean())
        throw problem{exit_code::failed, "the server did not close the connection after the Close"};
    satisfied(fmt::format("closed with {}, then by TCP", code));
}

void talk(const std::string& url) {
    title("Opening handshake");
    fmt::print("   (-> sent, <- received, @ offset of a frame in its direction)\n");
    const client_options options;
    conversation with{url, options};

    title("Text");
    const auto greeting = bytes_of("Gr\u00fc\u00dfe, \u4e16\u754c \U0001f44b");
    with.send(wspc::opcode::text, greeting);
    with.expect_message(wspc::opcode::text, greeting);

    title("Binary, empty and of 70,000 bytes");
    with.send(wspc::opcode::binary, {});
    with.expect_message(wspc::opcode::binary, {});
    std::vector<std::byte> large(70'000);
    for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::byte>(i * 31 >> 3);
    with.send(wspc::opcode::binary, large);
    with.expect_message(wspc::opcode::binary, large);

    title("A text in three fragments, with a ping in between");
    // The cuts go through the middle of characters, as RFC 6455 5.6 allows.
    const auto text = bytes_of("frag\u00adm\u00e9nt\u00e9");
    with.send(wspc::opcode::text, text.first(5), false);
    with.send(wspc::opcode::ping, bytes_of("still there?"));
    with.send(wspc::opcode::continuation, text.subspan(5, 3), false);
    with.send(wspc::opcode::continuation, text.subspan(8), true);
    with.expect_pong(bytes_of("still there?"));
    with.expect_message(wspc::opcode::text, text);

    title("Closing handshake");
    with.close(1000, "that was all");
    with.expect_close(1000);
}

// What a server does about a client that breaks the rules.
void misbehave(const std::string& url) {
    title("A second connection: text that is not UTF-8");
    client_options options;
    options.config.check_sent_utf8 = false;
    conversation with{url, options};
    const std::array<std::byte, 4> wrong{std::byte{'a'}, std::byte{0xc3}, std::byte{0x28}, std::byte{'b'}};
    with.send(wspc::opcode::text, wrong);
    with.expect_close(1007);
}

std::string in_words(const throughput& so_far) {
    return fmt::format("{:>12.0f} messages/s {:>8.3f} GB/s", so_far.messages_per_second(),
                       so_far.bytes_per_second() / 1e9);
}

void race(const std::string& url, double seconds) {
    static constexpr std::array<workload, 5> workloads{{
        {.name = "16 bytes, binary", .op = wspc::opcode::binary, .size = 16, .in_flight = 32},
        {.name = "125 bytes, binary", .op = wspc::opcode::binary, .size = 125, .in_flight = 32},
        {.name = "125 bytes, text", .op = wspc::opcode::text, .size = 125, .in_flight = 32},
        {.name = "1,024 bytes, binary", .op = wspc::opcode::binary, .size = 1024, .in_flight = 32},
        {.name = "65,536 bytes, binary", .op = wspc::opcode::binary, .size = 65536, .in_flight = 8},
    }};
    title("Throughput: one connection, every message echoed and compared");
    for (const workload& each : workloads) {
        const std::string what = fmt::format("   {:<21} {:>2} in flight", each.name, each.in_flight);
        const auto progress = [&](const throughput& so_far) {
            if (!on_terminal()) return;
            fmt::print("\r{}{}\x1b[K", what, in_words(so_far));
            std::fflush(stdout);
        };
        const std::chrono::duration<double> share{seconds / workloads.size()};
        const throughput result = measure(url, each, share, progress);
        fmt::print("{}{}{}{}\n", on_terminal() ? "\r" : "", what, in_words(result),
                   on_terminal() ? "\x1b[K" : "");
        std::fflush(stdout);
    }
}

}  // namespace

int demo(const demo_options& options) {
    title("Kernels");
    const bool kernel_ok = print_kernels("   ");
    talk(options.url);
    misbehave(options.url);
    if (options.seconds > 0) race(options.url, options.seconds);
    if (!kernel_ok) throw problem{exit_code::failed, "the kernel that WSPC_KERNEL asks for did not run"};
    fmt::print("\nok: every answer was the one that RFC 6455 asks for\n");
    return static_cast<int>(exit_code::ok);
}

}  // namespace tool
