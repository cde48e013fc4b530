// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "peers/peers.hpp"
#include "peers/websocketpp_server.hpp"

namespace wspc::bench {
namespace {

class websocketpp final : public contender {
public:
    tally receive(source from) override {
        done_ = {};
        server_.open();
        while (const std::size_t size = from.read(buffer_.data(), buffer_.size))
            server_.read(reinterpret_cast<const char*>(buffer_.data()), size);
        return done_;
    }

private:
    static void on_message(void* self, const char* payload, std::size_t size) {
        static_cast<websocketpp*>(self)->done_.add(reinterpret_cast<const std::byte*>(payload), size, true);
    }

    tally done_;
    websocketpp_server server_{on_message, this};
    receive_buffer buffer_;
};

}  // namespace

std::unique_ptr<contender> make_websocketpp() { return std::make_unique<websocketpp>(); }

}  // namespace wspc::bench
