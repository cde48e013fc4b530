// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "peers/peers.hpp"

namespace wspc::bench {
namespace {

class blob final : public contender {
public:
    tally receive(source from) override {
        tally done;
        for (auto piece = from.next(buffer_.size); !piece.empty(); piece = from.next(buffer_.size)) {
            std::byte* const to = buffer_.data();
            std::memcpy(to, piece.data(), piece.size());
            std::size_t i = 0;
            constexpr std::uint64_t key = 0xd4c3b2a1d4c3b2a1;
            for (; i + 8 <= piece.size(); i += 8) {
                std::uint64_t word;
                std::memcpy(&word, to + i, 8);
                word ^= key;
                std::memcpy(to + i, &word, 8);
            }
            for (; i < piece.size(); ++i) to[i] ^= static_cast<std::byte>(key >> (8 * (i & 3)));
            done.add(to, piece.size(), true);
        }
        return done;
    }

private:
    receive_buffer buffer_;
};

}  // namespace

std::unique_ptr<contender> make_blob() { return std::make_unique<blob>(); }

}  // namespace wspc::bench
