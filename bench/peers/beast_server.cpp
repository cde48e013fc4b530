// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <optional>
#include <string_view>

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

constexpr std::string_view handshake =
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

// A SyncStream over memory: the handshake first, then what `from` hands out.
class memory_stream {
public:
    using executor_type = asio::io_context::executor_type;

    explicit memory_stream(asio::io_context& context) : executor_{context.get_executor()} {}

    executor_type get_executor() const noexcept { return executor_; }

    template <class Buffers>
    std::size_t read_some(const Buffers& buffers, beast::error_code& failed) {
        const asio::mutable_buffer to = *asio::buffer_sequence_begin(buffers);
        std::size_t size = 0;
        if (!greeted_) {
            greeted_ = true;
            size = handshake.copy(static_cast<char*>(to.data()), to.size());
        } else if (from != nullptr) {
            size = from->read(static_cast<std::byte*>(to.data()), to.size());
        }
        failed = size == 0 ? beast::error_code{asio::error::eof} : beast::error_code{};
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
        return asio::buffer_size(buffers);
    }
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers) {
        return asio::buffer_size(buffers);
    }

    source* from = nullptr;

private:
    executor_type executor_;
    bool greeted_ = false;
};

void teardown(beast::role_type, memory_stream&, beast::error_code&) {}

class beast_server final : public contender {
public:
    tally receive(source from) override {
        tally done;
        beast::websocket::stream<memory_stream, false> stream{context_};
        stream.read_message_max(0);
        stream.accept();
        stream.next_layer().from = &from;
        beast::error_code failed;
        for (;;) {
            const std::size_t size = stream.read_some(asio::buffer(buffer_.data(), buffer_.size), failed);
            if (failed) break;
            done.add(buffer_.data(), size, stream.is_message_done());
        }
        return tally{done};
    }

private:
    asio::io_context context_;
    receive_buffer buffer_;
};

}  // namespace

std::unique_ptr<contender> make_beast() { return std::make_unique<beast_server>(); }

}  // namespace wspc::bench
