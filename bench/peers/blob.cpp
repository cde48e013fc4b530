// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "peers/peers.hpp"

namespace wspc::bench {
namespace {

class blob final : public contender {
public:
    tally receive(source from) override {
        tally done;
        std::byte* const to = buffer_.data();
        while (const std::size_t size = from.read(to, buffer_.size)) {
            std::size_t i = 0;
            constexpr std::uint64_t key = 0xd4c3b2a1d4c3b2a1;
            for (; i + 8 <= size; i += 8) {
                std::uint64_t word;
                std::memcpy(&word, to + i, 8);
                word ^= key;
                std::memcpy(to + i, &word, 8);
            }
            for (; i < size; ++i) to[i] ^= static_cast<std::byte>(key >> (8 * (i & 3)));
            done.add(to, size, true);
        }
        return tally{done};
    }

private:
    receive_buffer buffer_;
};

}  // namespace

std::unique_ptr<contender> make_blob() { return std::make_unique<blob>(); }

}  // namespace wspc::bench
