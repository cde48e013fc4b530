// SPDX-License-Identifier: Apache-2.0
// Compiled as C++17. Its manual offers concurrency::none, the stubs for logs, and the iostream transport
// to programs that do their own I/O.
#include "peers/websocketpp_server.hpp"

#include <cstring>

#include <websocketpp/concurrency/none.hpp>
#include <websocketpp/config/core.hpp>
#include <websocketpp/logger/stub.hpp>
#include <websocketpp/random/none.hpp>
#include <websocketpp/server.hpp>

namespace wspc::bench {
namespace {

constexpr char handshake[] =
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

struct quiet : websocketpp::config::core {
    using type = quiet;
    using concurrency_type = websocketpp::concurrency::none;
    using elog_type = websocketpp::log::stub;
    using alog_type = websocketpp::log::stub;
    using rng_type = websocketpp::random::none::int_generator<std::uint32_t>;

    struct transport_config : websocketpp::config::core::transport_config {
        using concurrency_type = type::concurrency_type;
        using elog_type = type::elog_type;
        using alog_type = type::alog_type;
        static bool const enable_multithreading = false;
    };
    using transport_type = websocketpp::transport::iostream::endpoint<transport_config>;
};
using server = websocketpp::server<quiet>;

}  // namespace

struct websocketpp_server::state {
    server endpoint;
    server::connection_ptr peer;
};

websocketpp_server::websocketpp_server(on_message tell, void* context) : state_{new state} {
    state_->endpoint.set_write_handler(
        [](websocketpp::connection_hdl, char const*, size_t) { return websocketpp::lib::error_code{}; });
    state_->endpoint.set_message_handler(
        [tell, context](websocketpp::connection_hdl, const server::message_ptr& message) {
            const std::string& payload = message->get_payload();
            tell(context, payload.data(), payload.size());
        });
}

websocketpp_server::~websocketpp_server() = default;

void websocketpp_server::open() {
    state_->peer = state_->endpoint.get_connection();
    state_->peer->start();
    read(handshake, sizeof handshake - 1);
}

void websocketpp_server::read(const char* bytes, std::size_t size) { state_->peer->read_all(bytes, size); }

}  // namespace wspc::bench
