// SPDX-License-Identifier: Apache-2.0
#include "connect.hpp"

#include <cstdio>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "input.hpp"
#include "problem.hpp"
#include "trace.hpp"

namespace tool {
namespace {

// RFC 6455 5.5: what is left of a control frame behind the code.
constexpr std::size_t max_reason = wspc::max_control_payload - 2;

using file_handle = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

file_handle open_file(const std::string& name, const char* mode) {
    file_handle file{std::fopen(name.c_str(), mode), &std::fclose};
    if (!file) throw problem{exit_code::usage, fmt::format("{} cannot be opened", name)};
    return file;
}

std::vector<std::byte> read_file(const std::string& name) {
    const file_handle file = open_file(name, "rb");
    std::vector<std::byte> bytes;
    std::byte chunk[64 * 1024];
    while (const std::size_t size = std::fread(chunk, 1, sizeof chunk, file.get()))
        bytes.insert(bytes.end(), chunk, chunk + size);
    if (std::ferror(file.get()) != 0) throw problem{exit_code::usage, fmt::format("{} cannot be read", name)};
    return bytes;
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

// One conversation: sends what it was given, prints what comes back, closes when all is said.
class dialogue {
public:
    explicit dialogue(const connect_options& options)
        : options_{options},
          trace_{stderr},
          client_{context_, options.client, options.trace ? &trace_ : nullptr} {
        if (!options.file.empty()) file_ = read_file(options.file);
    }

    int run();

private:
    void check_written(std::FILE* to) const;
    void finish_output();
    void watch();
    void send_given();
    void read_input();
    void close_if_done();
    void on_event(const wspc::event& e);
    void print(const wspc::event& e);
    int verdict();

    const connect_options& options_;
    asio::io_context context_{1};
    tracer trace_;
    client client_;
    std::vector<std::byte> file_;  // what --file names
    file_handle output_{nullptr, &std::fclose};
    std::unique_ptr<line_input> input_;
    std::vector<std::byte> front_;  // of a binary message, for its line
    std::uint64_t size_ = 0;        // of the message at hand
    bool unfinished_ = false;       // its end has not come
    std::uint64_t messages_ = 0;
    std::uint64_t lines_ = 0;
    bool all_said_ = false;
    bool paused_ = false;  // reading of input, until the socket has taken what was read
    bool awaits_pong_ = false;
    bool we_closed_ = false;
    timer silence_{context_};
    std::size_t unsent_ = 0;        // when the silence began
    std::uint16_t close_code_ = 0;  // that the peer sent
    std::string close_reason_;
};

int dialogue::run() {
    client_.on_event = [this](const wspc::event& e) { on_event(e); };
    const std::string protocol = client_.open(options_.url);
    if (!protocol.empty()) fmt::print(stderr, "sub-protocol: {}\n", protocol);
    // Not before there is something to put in the place of what the file holds.
    if (!options_.output.empty()) output_ = open_file(options_.output, "wb");

    if (options_.ping) {
        client_.send(wspc::opcode::ping, bytes_of(*options_.ping));
        awaits_pong_ = true;
    }
    if (!options_.texts.empty() || !options_.file.empty() || options_.ping) {
        send_given();
    } else {
        read_input();
    }
    client_.flush();
    close_if_done();
    run_until(context_, steady_clock::duration::max() / 2, [this] { return client_.ended(); });
    finish_output();
    return verdict();
}

// Neither a server that does not read nor an answer that does not come is waited for for ever: only as
// long as there are events, or what we send is taken.
void dialogue::watch() {
    unsent_ = client_.unsent();
    const bool waits = unsent_ != 0 ? all_said_ || paused_ : all_said_ && !we_closed_;
    if (!waits) {
        silence_.cancel();
        return;
    }
    silence_.expires_after(client_.timeout());
    silence_.async_wait([this](const asio::error_code& cancelled) {
        if (cancelled || client_.ended() || silence_.expiry() > steady_clock::now()) return;
        if (client_.unsent() != unsent_) return watch();
        if (unsent_ != 0) throw problem{exit_code::failed, "the server does not read what we send"};
        we_closed_ = true;
        client_.close(options_.close_code, options_.close_reason);
    });
}

void dialogue::send_given() {
    const wspc::opcode op = options_.binary ? wspc::opcode::binary : wspc::opcode::text;
    for (const std::string& text : options_.texts) client_.send(op, bytes_of(text));
    if (!options_.file.empty()) client_.send(wspc::opcode::binary, file_);
    all_said_ = true;
}

void dialogue::read_input() {
    input_ = std::make_unique<line_input>(context_);
    input_->on_line = [this](std::string_view line) {
        ++lines_;
        if (!options_.binary && !wspc::is_utf8(bytes_of(line)))
            throw problem{exit_code::usage,
                          fmt::format("line {} is not UTF-8; --binary sends it as it is", lines_)};
        client_.send(options_.binary ? wspc::opcode::binary : wspc::opcode::text, bytes_of(line));
    };
    // Reads on once everything has left: what is held stays small, however fast the input.
    input_->on_chunk = [this] {
        client_.flush();
        paused_ = client_.unsent() != 0;
        watch();
        if (!paused_) input_->next();
    };
    input_->on_end = [this] {
        all_said_ = true;
        close_if_done();
    };
    client_.on_drained = [this] {
        if (std::exchange(paused_, false)) input_->next();
    };
    input_->next();
}

void dialogue::close_if_done() {
    if (!all_said_ || awaits_pong_ || we_closed_ || messages_ < options_.expect) return watch();
    we_closed_ = true;
    // A peer that echoes has answered everything before it answers this (RFC 6455 5.5.1).
    client_.close(options_.close_code, options_.close_reason);
    watch();
}

void dialogue::on_event(const wspc::event& e) {
    switch (e.kind) {
        case wspc::event_kind::none:
        case wspc::event_kind::failed: return;  // told by verdict()
        case wspc::event_kind::ping: break;     // answered
        case wspc::event_kind::pong:
            if (std::exchange(awaits_pong_, false)) fmt::print("pong: {}\n", quoted(e.bytes));
            break;
        case wspc::event_kind::close:
            close_code_ = e.code;
            close_reason_.assign(reinterpret_cast<const char*>(e.bytes.data()), e.bytes.size());
            return;
        case wspc::event_kind::data:
            print(e);
            if (e.last) ++messages_;
            break;
    }
    close_if_done();
}

void dialogue::print(const wspc::event& e) {
    if (e.first) {
        size_ = 0;
        front_.clear();
    }
    unfinished_ = !e.last;
    size_ += e.bytes.size();
    if (output_) {
        std::fwrite(e.bytes.data(), 1, e.bytes.size(), output_.get());
        return check_written(output_.get());
    }
    if (e.op == wspc::opcode::text) {
        std::fwrite(e.bytes.data(), 1, e.bytes.size(), stdout);
        if (e.last) std::fputc('\n', stdout);
    } else {
        front_.insert(
            front_.end(), e.bytes.begin(),
            e.bytes.begin() + static_cast<std::ptrdiff_t>(std::min(e.bytes.size(), std::size_t{64})));
        if (e.last) fmt::print("binary, {} bytes: {}\n", size_, hexadecimal(front_, size_));
    }
    if (e.last) check_written(stdout);
}

// Output that is lost must not look like a success to a script.
void dialogue::check_written(std::FILE* to) const {
    if ((to != stdout || std::fflush(to) == 0) && std::ferror(to) == 0) return;
    throw problem{exit_code::failed,
                  fmt::format("{} cannot be written", to == stdout ? "standard output" : options_.output)};
}

void dialogue::finish_output() {
    check_written(stdout);
    if (!output_) return;
    check_written(output_.get());
    // Some file systems tell at the end only.
    if (std::fclose(output_.release()) != 0)
        throw problem{exit_code::failed, fmt::format("{} cannot be written", options_.output)};
}

int dialogue::verdict() {
    if (const wspc::failure why = client_.failed())
        throw problem{exit_code::failed,
                      fmt::format("the server broke the protocol at offset {}: {} ({})", why.offset,
                                  wspc::text(why.code), wspc::section(why.code))};
    const bool ours = client_.clean() && we_closed_ && close_code_ == options_.close_code;
    // In quotation marks: the reason is a stranger's, and the terminal is ours.
    if (client_.close_received() && !ours)
        fmt::print(stderr, "closed by the server{}{}\n",
                   close_code_ == wspc::no_close_code ? " without a code" : fmt::format(": {}", close_code_),
                   close_reason_.empty()
                       ? std::string{}
                       : fmt::format(" {}", quoted(bytes_of(close_reason_), 0, max_reason)));
    // RFC 6455 7.1.4: what the transport does behind a finished closing handshake is of no account.
    if (!client_.clean()) {
        if (!client_.broken().empty())
            throw problem{exit_code::failed, fmt::format("the connection broke: {}", client_.broken())};
        throw problem{exit_code::failed, client_.close_received() ? "the server hung up before all was sent"
                                                                  : "the server hung up without a Close"};
    }
    if (unfinished_) throw problem{exit_code::failed, "the server closed in the middle of a message"};
    if (client_.lost() || (input_ && !all_said_ && input_->left()))
        throw problem{exit_code::failed, "the server closed before all was sent"};
    if (awaits_pong_) throw problem{exit_code::failed, "no pong came"};
    if (messages_ < options_.expect)
        throw problem{exit_code::failed, fmt::format("{} messages came, not {}", messages_, options_.expect)};
    const bool friendly =
        ours || close_code_ == 1000 || close_code_ == 1001 || close_code_ == wspc::no_close_code;
    return static_cast<int>(friendly ? exit_code::ok : exit_code::failed);
}

}  // namespace

int connect(const connect_options& options) { return dialogue{options}.run(); }

}  // namespace tool
