// SPDX-License-Identifier: Apache-2.0
// What the program for the C++ interfaces runs.
#include "drivers.hpp"

namespace conformance {

std::span<const driver_kind> drivers() noexcept {
    static constexpr driver_kind kinds[] = {
        {"batches", make_batches},
        {"single_events", make_single_events},
        {"piece_echo", make_piece_echo},
        {"message_echo", make_message_echo},
        {"connection_pair", make_connection_pair},
    };
    return kinds;
}

std::size_t share_of_splits() noexcept { return 100; }

}  // namespace conformance
