// SPDX-License-Identifier: Apache-2.0
#include <wslay/wslay.h>

#include <cstring>

#include "peers/peers.hpp"

namespace wspc::bench {
namespace {

struct feed {
    source bytes;
    bool ended = false;
};

ssize_t on_recv(uint8_t* to, size_t size, int, void* user) {
    auto* const from = static_cast<feed*>(user);
    const std::size_t got = from->bytes.read(reinterpret_cast<std::byte*>(to), size);
    from->ended = got == 0;
    return got == 0 ? -1 : static_cast<ssize_t>(got);
}

class wslay final : public contender {
public:
    tally receive(source from) override {
        tally done;
        feed input{from};
        const wslay_frame_callbacks callbacks{nullptr, on_recv, nullptr};
        wslay_frame_context_ptr context = nullptr;
        if (wslay_frame_context_init(&context, &callbacks, &input) != 0) return done;
        wslay_frame_iocb frame{};
        std::uint64_t got = 0;  // of the frame's payload
        for (;;) {
            const ssize_t size = wslay_frame_recv(context, &frame);
            // A header that was cut makes it ask again, although there is more to read.
            if (size == WSLAY_ERR_WANT_READ && !input.ended) continue;
            if (size < 0) break;
            got += static_cast<std::uint64_t>(size);
            const bool last = got == frame.payload_length;
            if (last) got = 0;
            done.add(reinterpret_cast<const std::byte*>(frame.data), static_cast<std::size_t>(size), last);
        }
        wslay_frame_context_free(context);
        return tally{done};
    }
};

}  // namespace

std::unique_ptr<contender> make_wslay() { return std::make_unique<wslay>(); }

}  // namespace wspc::bench
