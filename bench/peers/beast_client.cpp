// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "peers/peers.hpp"

namespace wspc::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

// A SyncStream that answers the handshake and counts what is written afterwards.
class sink {
public:
    using executor_type = asio::io_context::executor_type;

    explicit sink(asio::io_context& context) : executor_{context.get_executor()} {}

    executor_type get_executor() const noexcept { return executor_; }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, beast::error_code& failed) {
        const asio::mutable_buffer to = *asio::buffer_sequence_begin(buffers);
        const std::size_t size = asio::buffer_copy(to, asio::buffer(response_));
        failed = size == 0 ? beast::error_code{asio::error::eof} : beast::error_code{};
        response_.erase(0, size);
        return size;
    }
    template <class Buffers>
    std::size_t read_some(const Buffers& buffers) {
        beast::error_code failed;
        return read_some(buffers, failed);
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, beast::error_code& failed) {
        failed = {};
        if (!open) answer(beast::buffers_to_string(buffers));
        if (kept != nullptr) keep_all(buffers);
        const std::size_t size = asio::buffer_size(buffers);
        written += size;
        return size;
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers) {
        beast::error_code failed;
        return write_some(buffers, failed);
    }

    std::size_t written = 0;
    bool open = false;
    std::vector<std::byte>* kept = nullptr;  // where what is written goes while it is checked

private:
    template <class Buffers>
    [[gnu::cold, gnu::noinline]] void keep_all(const Buffers& buffers) {
        const std::size_t size = kept->size();
        kept->resize(size + asio::buffer_size(buffers));
        asio::buffer_copy(asio::buffer(kept->data() + size, kept->size() - size), buffers);
    }

    // The request may come in pieces.
    void answer(std::string_view piece) {
        request_ += piece;
        constexpr std::string_view name = "Sec-WebSocket-Key: ";
        const std::size_t at = request_.find(name);
        if (at == std::string::npos || request_.find("\r\n\r\n") == std::string::npos) return;
        accept_text accept;
        beast_accept(accept, std::string_view{request_}.substr(at + name.size(), 24));
        response_ =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            std::string{accept.data(), accept.size()} + "\r\n\r\n";
        open = true;
    }

    executor_type executor_;
    std::string request_;
    std::string response_;
};

void teardown(beast::role_type, sink&, beast::error_code&) {}

class beast_client final : public sender {
public:
    beast_client() {
        stream_.auto_fragment(false);
        stream_.binary(true);
        stream_.write_buffer_bytes(64u << 10);
        stream_.handshake("x", "/");
        stream_.next_layer().written = 0;
    }

    std::size_t send(std::span<const std::byte> payload) override {
        const std::size_t before = stream_.next_layer().written;
        beast::error_code failed;
        stream_.write(asio::buffer(payload.data(), payload.size()), failed);
        return failed ? 0 : stream_.next_layer().written - before;
    }

    std::vector<std::byte> frame_of(std::span<const std::byte> payload) override {
        std::vector<std::byte> frame;
        stream_.next_layer().kept = &frame;
        (void)send(payload);
        stream_.next_layer().kept = nullptr;
        return frame;
    }

private:
    asio::io_context context_;
    beast::websocket::stream<sink, false> stream_{context_};
};

}  // namespace

std::unique_ptr<sender> make_beast_client() { return std::make_unique<beast_client>(); }

void beast_accept(accept_text& to, std::string_view key) {
    beast::websocket::detail::sec_ws_accept_type made;
    beast::websocket::detail::make_sec_ws_accept(made, beast::string_view{key.data(), key.size()});
    std::copy_n(made.data(), to.size(), to.data());
}

}  // namespace wspc::bench
