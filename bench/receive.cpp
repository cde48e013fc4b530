// SPDX-License-Identifier: Apache-2.0
// Receiving, R1 to R12: wspc against its peers and the limit. One iteration is one stream; compare
// contenders of one run only.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <wspc/connection.hpp>
#include <wspc/message_reader.hpp>

#include "peers/peers.hpp"
#include "program.hpp"
#include "streams.hpp"

namespace wspc::bench {
namespace {

// As a server or a client does it: one buffer, filled by each receive.
template <role Receiver>
class wspc_reader final : public contender {
public:
    tally receive(source from) override {
        tally done;
        message_reader reader{Receiver};
        while (const std::size_t size = from.read(buffer_.data(), buffer_.size)) {
            std::span<std::byte> bytes{buffer_.data(), size};
            while (!bytes.empty()) {
                const received got = reader.receive(bytes, batch_);
                for (const event& e : got.events) done.add(e.bytes.data(), e.bytes.size(), e.last);
                bytes = bytes.subspan(got.consumed);
            }
        }
        return tally{done};
    }

private:
    batch<16> batch_;
    receive_buffer buffer_;
};

// R7: messages wanted in memory of the caller, to where they are copied. Fed in slices that fit into the
// L1 cache, so that what has been unmasked is still there when it is copied.
class wspc_copy final : public contender {
public:
    tally receive(source from) override {
        tally done;
        message_reader reader{role::server};
        std::size_t size = 0;  // of the message so far
        while (const std::size_t fed = from.read(buffer_.data(), buffer_.size)) {
            std::span<std::byte> bytes{buffer_.data(), fed};
            while (!bytes.empty()) {
                const received got = reader.receive(bytes.first(std::min(bytes.size(), slice)), batch_);
                for (const event& e : got.events) {
                    std::memcpy(message_.data() + size, e.bytes.data(), e.bytes.size());
                    size += e.bytes.size();
                    if (!e.last) continue;
                    done.add(message_.data(), size, true);
                    size = 0;
                }
                bytes = bytes.subspan(got.consumed);
            }
        }
        return tally{done};
    }

private:
    static constexpr std::size_t slice = 16u << 10;

    batch<16> batch_;
    receive_buffer buffer_;
    receive_buffer message_;
};

// R7: received there and unmasked there. A short receive brings the header, and each further one no more
// than the rest of the frame.
class wspc_direct final : public contender {
public:
    tally receive(source from) override {
        tally done;
        message_reader reader{role::server};
        std::size_t size = 0;  // of the message so far
        std::byte head[max_header_size];
        for (;;) {
            const auto left = static_cast<std::size_t>(reader.remaining());
            std::byte* const to = left == 0 ? head : message_.data() + size;
            const std::size_t fed = from.read(to, left == 0 ? sizeof head : left);
            if (fed == 0) return tally{done};
            const received_one got = reader.receive_one({to, fed});
            if (got.event.kind != event_kind::data) continue;
            // The header was shorter: what came with it moves to the front of the message.
            if (left == 0) std::memcpy(message_.data(), got.event.bytes.data(), got.event.bytes.size());
            size += got.event.bytes.size();
            if (!got.event.last) continue;
            done.add(message_.data(), size, true);
            size = 0;
        }
    }

private:
    receive_buffer message_;
};

// R11: each message unmasked where it lies, as receive_one() does it.
class wspc_in_place final : public contender {
public:
    tally receive(source from) override {
        tally done;
        message_reader reader{role::server};
        while (const std::size_t size = from.read(buffer_.data(), buffer_.size)) {
            std::span<std::byte> bytes{buffer_.data(), size};
            while (!bytes.empty()) {
                const received_one got = reader.receive_one(bytes);
                const event& e = got.event;
                if (e.kind == event_kind::data) done.add(e.bytes.data(), e.bytes.size(), e.last);
                bytes = bytes.subspan(got.consumed);
            }
        }
        return tally{done};
    }

private:
    receive_buffer buffer_;
};

// R12: each frame through a connection, and its echo into a buffer. The echo goes to a socket, which reads it
// later: what is read at once is what has arrived, as in R11, but while it is checked.
class connection_echo final : public contender {
public:
    tally receive(source from) override {
        tally done;
        connection server{role::server};
        while (const std::size_t size = from.read(buffer_.data(), buffer_.size)) {
            std::span<std::byte> bytes{buffer_.data(), size};
            while (!bytes.empty()) {
                const received got = server.receive(bytes, batch_);
                for (const event& e : got.events) {
                    const write_result written = server.write({out_.data(), out_.size}, e);
                    const std::byte* const echoed = out_.data() + written - e.bytes.size();
                    done.add(kept != nullptr ? echoed : e.bytes.data(), e.bytes.size(), e.last);
                }
                bytes = bytes.subspan(got.consumed);
            }
        }
        return tally{done};
    }

private:
    batch<16> batch_;
    receive_buffer buffer_;
    receive_buffer out_;
};

// R12: what writing frames of the same sizes costs by itself, of payloads that are at hand as those are that
// have just arrived; text is ASCII, and is checked.
template <opcode op>
class connection_write final : public contender {
public:
    tally receive(source from) override {
        constexpr std::size_t header = 6;  // of the masked frames whose payloads these are
        tally done;
        connection server{role::server};
        for (auto piece = from.next(out_.size); !piece.empty(); piece = from.next(out_.size)) {
            const std::span<const std::byte> payload{payload_.data(), piece.size() - header};
            done.bytes += server.write({out_.data(), out_.size}, op, payload);
        }
        return tally{done};
    }

private:
    receive_buffer payload_;
    receive_buffer out_;
};

// R12: what handing out the frames costs, which is part of R11 and of `write`, and of `echo` once.
class feed final : public contender {
public:
    tally receive(source from) override {
        tally done;
        for (auto piece = from.next(chunk_size); !piece.empty(); piece = from.next(chunk_size))
            done.bytes += piece.size();
        return tally{done};
    }
};

// R9: the octets alone.
class copy final : public contender {
public:
    tally receive(source from) override {
        tally done;
        while (const std::size_t size = from.read(buffer_.data(), buffer_.size))
            done.add(buffer_.data(), size, true);
        return tally{done};
    }

private:
    receive_buffer buffer_;
};

template <class Contender>
std::unique_ptr<contender> make() {
    return std::make_unique<Contender>();
}

struct entry {
    const char* name;
    std::unique_ptr<contender> (*made)();
    bool delivers;  // the messages of the stream
};

constexpr entry blob{"blob", make_blob, false};
constexpr entry wspc_server{"wspc", make<wspc_reader<role::server>>, true};
constexpr entry wspc_client{"wspc", make<wspc_reader<role::client>>, true};
constexpr entry beast{"beast", make_beast, true};
constexpr entry wslay{"wslay", make_wslay, true};
constexpr entry websocketpp{"websocketpp", make_websocketpp, true};

source open(const stream& from) {
    return from.ends.empty() ? source{from.bytes, chunk_size} : source{from.bytes, from.ends, from.by_frames};
}

// What a subject makes of a stream.
delivery read_all(contender& subject, source from) {
    delivery all;
    kept = &all;
    (void)subject.receive(from);
    kept = nullptr;
    return all;
}

// What a stream of short frames without masks says.
delivery read_plain(std::span<const std::byte> bytes) {
    delivery all;
    kept = &all;
    while (!bytes.empty()) {
        const auto size = std::to_integer<std::size_t>(bytes[1]);
        keep(bytes.data() + 2, size, true);
        bytes = bytes.subspan(2 + size);
    }
    kept = nullptr;
    return all;
}

// Whoever delivers other messages than Beast does has not done the work. (Beast reads as a server; what a
// client gets can be read as it lies there.)
bool delivers(contender& subject, const workload& of) {
    for (const stream& s : streams(of)) {
        const delivery wanted = of.receiver == role::client
                                    ? read_plain(s.bytes)
                                    : read_all(*make_beast(), source{s.bytes, chunk_size});
        if (wanted.ends.size() != s.frames || read_all(subject, open(s)) != wanted) return false;
    }
    return true;
}

void run(benchmark::State& state, const workload& of, const entry& who) {
    const std::vector<stream>& all = streams(of);
    const auto subject = who.made();
    // Looked at once, not at each run; and runs that are shorter than all streams go on where the last ended.
    struct kept {
        bool good = true;
        std::size_t next = 0;
    };
    static std::map<std::string, kept> known;
    const auto [found, first] = known.try_emplace(std::string{of.name} + "/" + who.name);
    auto& [good, next] = found->second;
    if (first && who.delivers) good = delivers(*subject, of);
    if (!good) {
        state.SkipWithError("does not deliver the messages of the stream");
        return;
    }
    double frames = 0;
    double bytes = 0;
    for (auto _ : state) {
        const stream& s = all[next];
        next = (next + 1) % all.size();
        tally got = subject->receive(open(s));
        benchmark::DoNotOptimize(got);
        frames += static_cast<double>(s.frames);
        bytes += static_cast<double>(s.bytes.size());
    }
    if (of.how == arrival::octets)
        count_each(state, "per_byte", bytes);
    else
        count_each(state, "per_frame", frames);
    count_bytes(state, bytes);
}

void add(const workload& of, std::initializer_list<entry> contenders) {
    for (const entry& who : contenders)
        benchmark::RegisterBenchmark((std::string{of.name} + "/" + who.name).c_str(),
                                     [&of, who](benchmark::State& s) { run(s, of, who); });
}

constexpr workload in_chunks[] = {
    {"R1/binary/0..125", content::binary, 0, 125},
    {"R2/ascii/0..125", content::ascii, 0, 125},
    {"R3/binary/0", content::binary, 0, 0},
    {"R3/binary/8", content::binary, 8, 8},
    {"R3/binary/16", content::binary, 16, 16},
    {"R3/binary/32", content::binary, 32, 32},
    {"R4/binary/1KiB", content::binary, 1024, 1024},
    {"R4/binary/16KiB", content::binary, 16384, 16384},
    {"R5/ascii/1KiB", content::ascii, 1024, 1024},
    {"R5/ascii/16KiB", content::ascii, 16384, 16384},
    {"R6/chinese/1KiB", content::chinese, 1024, 1024},
    {"R6/latin/1KiB", content::latin, 1024, 1024},
};
constexpr workload into_place{"R7/binary/64KiB", content::binary, 65536, 65536};
constexpr workload in_cuts[] = {
    {"R8/binary/chunks", content::binary, 0, 125, arrival::cuts},
    {"R8/ascii/chunks", content::ascii, 0, 125, arrival::cuts},
};
constexpr workload by_octets[] = {
    {"R9/binary/bytes", content::binary, 0, 125, arrival::octets},
    {"R9/ascii/bytes", content::ascii, 0, 125, arrival::octets},
};
constexpr workload from_server{"R10/binary/client", content::binary, 0, 125, arrival::chunks, role::client};
constexpr workload one_per_call[] = {
    {"R11/binary/0..125", content::binary, 0, 125, arrival::frames},
    {"R11/ascii/0..125", content::ascii, 0, 125, arrival::frames},
    {"R11/binary/16", content::binary, 16, 16, arrival::frames},
    {"R11/ascii/16", content::ascii, 16, 16, arrival::frames},
};
constexpr workload echoed[] = {
    {"R12/binary/0..125", content::binary, 0, 125, arrival::frames},
    {"R12/ascii/0..125", content::ascii, 0, 125, arrival::frames},
    {"R12/binary/16", content::binary, 16, 16, arrival::frames},
    {"R12/ascii/16", content::ascii, 16, 16, arrival::frames},
};

void register_all() {
    for (const workload& w : in_chunks) add(w, {blob, wspc_server, beast, wslay, websocketpp});
    add(into_place,
        {blob, {"wspc_copy", make<wspc_copy>, true}, {"wspc_direct", make<wspc_direct>, true}, beast});
    for (const workload& w : in_cuts) add(w, {wspc_server, beast});
    for (const workload& w : by_octets) add(w, {{"copy", make<copy>, false}, wspc_server, wslay});
    add(from_server, {wspc_client});
    for (const workload& w : one_per_call)
        add(w, {blob, wspc_server, {"in_place", make<wspc_in_place>, true}, beast, wslay});
    for (const workload& w : echoed) {
        const auto write = w.what == content::binary ? make<connection_write<opcode::binary>>
                                                     : make<connection_write<opcode::text>>;
        add(w, {{"echo", make<connection_echo>, true}, {"write", write, false}, {"feed", make<feed>, false}});
    }
}

}  // namespace
}  // namespace wspc::bench

int main(int argc, char** argv) { return wspc::bench::run_program(argc, argv, wspc::bench::register_all); }
