// SPDX-License-Identifier: Apache-2.0
// Sending, S1 to S3, and the handshake's SHA-1, S4. One iteration is all the messages of a workload.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/handshake.hpp>

#include "peers/peers.hpp"
#include "program.hpp"
#include "streams.hpp"

namespace wspc::bench {
namespace {

// Payloads of random sizes, 1 MiB of them: more sizes than a predictor remembers, where they differ.
class messages {
public:
    messages(std::size_t smallest, std::size_t largest) {
        std::mt19937 random{5};
        const std::size_t count = 2 * stream_size / (smallest + largest + 1);
        std::vector<std::size_t> sizes(count);
        std::size_t total = 0;
        for (std::size_t& size : sizes) total += size = smallest + random() % (largest - smallest + 1);
        bytes_ = text_of(content::binary, total);
        const std::span<const std::byte> all = std::as_bytes(std::span{bytes_});
        std::size_t at = 0;
        for (const std::size_t size : sizes) {
            all_.push_back(all.subspan(at, size));
            at += size;
        }
    }
    [[nodiscard]] auto begin() const { return all_.begin(); }
    [[nodiscard]] auto end() const { return all_.end(); }
    [[nodiscard]] std::size_t count() const { return all_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

private:
    std::string bytes_;
    std::vector<std::span<const std::byte>> all_;
};

struct workload_of_sizes {
    const char* name;
    std::size_t smallest;
    std::size_t largest;
};

constexpr workload_of_sizes client_frames[] = {
    {"S1/binary/0..125", 0, 125}, {"S2/binary/1KiB", 1024, 1024}, {"S2/binary/16KiB", 16384, 16384}};

const messages& messages_of(const workload_of_sizes& of) {
    static std::map<std::string_view, messages> made;
    return made.try_emplace(of.name, of.smallest, of.largest).first->second;
}

// Whether the octets are the payload as one binary frame, as `receiver` demands it.
bool is_frame_of(std::span<const std::byte> octets, std::span<const std::byte> payload, role receiver) {
    const decoded_header found = decode_header(octets, {.receiver = receiver});
    if (found.status != decode_status::complete) return false;
    const std::span<const std::byte> sent = octets.subspan(found.size);
    if (!found.header.fin || found.header.op != opcode::binary || found.header.length != payload.size() ||
        sent.size() != payload.size())
        return false;
    for (std::size_t i = 0; i < sent.size(); ++i)
        if ((sent[i] ^ found.header.key[i % 4]) != payload[i]) return false;
    return true;
}

// Sends all messages by `send(payload)`, which gives how many octets went out, once it is seen of each that
// `right(payload)` sends it.
template <class Send, class Right>
void run(benchmark::State& state, const messages& all, const Send& send, const Right& right) {
    for (const auto payload : all) {
        if (right(payload)) continue;
        state.SkipWithError("does not send each message in one frame");
        return;
    }
    for (auto _ : state) {
        for (const auto payload : all) benchmark::DoNotOptimize(send(payload));
        benchmark::ClobberMemory();
    }
    const auto rounds = static_cast<double>(state.iterations());
    count_each(state, "per_message", rounds * static_cast<double>(all.count()));
    count_bytes(state, rounds * static_cast<double>(all.bytes()));
}

// --- S1 and S2

// What a key costs is the difference to `zero_masking`, which draws none.
void send_as_client(benchmark::State& state, const workload_of_sizes& of, bool draws_keys) {
    masking_keys keys;
    connection_config config;
    config.zero_masking = !draws_keys;
    connection client{role::client, config, {}, &keys};
    std::vector<std::byte> out(chunk_size);
    const auto send = [&](std::span<const std::byte> payload) {
        return static_cast<std::size_t>(client.write(out, opcode::binary, payload));
    };
    run(state, messages_of(of), send, [&](std::span<const std::byte> payload) {
        const std::size_t size = send(payload);
        return is_frame_of(std::span{out}.first(size), payload, role::server);
    });
}

void send_by_beast(benchmark::State& state, const workload_of_sizes& of) {
    const auto client = make_beast_client();
    run(
        state, messages_of(of), [&](std::span<const std::byte> payload) { return client->send(payload); },
        [&](std::span<const std::byte> payload) {
            return is_frame_of(client->frame_of(payload), payload, role::server);
        });
}

// --- S3: beside each other, as many as a buffer holds

constexpr workload_of_sizes server_frames{"S3/binary/0..125", 0, 125};
constexpr std::size_t server_header = 2;

// `right(octets, payload)` judges what has been put there.
template <class Put, class Right>
void run_beside(benchmark::State& state, const Put& put, const Right& right) {
    std::vector<std::byte> out(chunk_size);
    std::span<std::byte> left{out};
    const auto send = [&](std::span<const std::byte> payload) {
        if (left.size() < payload.size() + server_header) left = out;
        const std::size_t size = put(left, payload);
        left = left.subspan(size);
        return size;
    };
    run(state, messages_of(server_frames), send, [&](std::span<const std::byte> payload) {
        const std::size_t size = send(payload);
        return right(std::span<const std::byte>{left.data() - size, size}, payload);
    });
}

void write_beside(benchmark::State& state) {
    connection server{role::server};
    run_beside(
        state,
        [&](std::span<std::byte> out, std::span<const std::byte> payload) {
            return static_cast<std::size_t>(server.write(out, opcode::binary, payload));
        },
        [](auto octets, auto payload) { return is_frame_of(octets, payload, role::client); });
}

// The same octets, but for the headers' values.
void copy_beside(benchmark::State& state) {
    run_beside(
        state,
        [](std::span<std::byte> out, std::span<const std::byte> payload) {
            if (!payload.empty()) std::memcpy(out.data() + server_header, payload.data(), payload.size());
            return payload.size() + server_header;
        },
        [](auto octets, auto payload) { return std::ranges::equal(octets.subspan(server_header), payload); });
}

// --- S4

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view answer = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

void count_calls(benchmark::State& state, bool right) {
    if (!right) state.SkipWithError("gives another Sec-WebSocket-Accept than RFC 6455 1.3");
    count_each(state, "per_call", static_cast<double>(state.iterations()));
}

// With all of the response that has the field.
void accept_key(benchmark::State& state) {
    offer from;
    from.key = key;
    std::array<char, 256> storage;
    std::string_view made;
    for (auto _ : state) {
        const server_reply reply = accept(from, {}, storage);
        made = reply ? reply.headers().front().value : std::string_view{};
        benchmark::ClobberMemory();
    }
    count_calls(state, made == answer);
}

void accept_key_by_beast(benchmark::State& state) {
    accept_text made{};
    for (auto _ : state) {
        beast_accept(made, key);
        benchmark::ClobberMemory();
    }
    count_calls(state, std::string_view{made.data(), made.size()} == answer);
}

template <class Run>
void add(const std::string& name, const Run& run) {
    benchmark::RegisterBenchmark(name.c_str(), run);
}

void register_all() {
    for (const workload_of_sizes& of : client_frames) {
        const std::string name = std::string{of.name} + "/";
        add(name + "wspc", [&of](benchmark::State& s) { send_as_client(s, of, true); });
        if (&of == client_frames)
            add(name + "wspc_no_key", [&of](benchmark::State& s) { send_as_client(s, of, false); });
        add(name + "beast", [&of](benchmark::State& s) { send_by_beast(s, of); });
    }
    add("S3/binary/0..125/wspc", write_beside);
    add("S3/binary/0..125/memcpy", copy_beside);
    add("S4/accept/wspc", accept_key);
    add("S4/accept/beast", accept_key_by_beast);
}

}  // namespace
}  // namespace wspc::bench

int main(int argc, char** argv) { return wspc::bench::run_program(argc, argv, wspc::bench::register_all); }
