// SPDX-License-Identifier: Apache-2.0
// The peers that are made of the C++ interfaces.
#pragma once

#include <memory>

#include "driver.hpp"

namespace conformance {

std::unique_ptr<driver> make_batches();          // message_reader::receive
std::unique_ptr<driver> make_single_events();    // message_reader::receive_one
std::unique_ptr<driver> make_piece_echo();       // connection; its bytes are read by the test
std::unique_ptr<driver> make_message_echo();     // connection and message_assembler; the same
std::unique_ptr<driver> make_connection_pair();  // connection, answering another connection

}  // namespace conformance
