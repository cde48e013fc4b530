// SPDX-License-Identifier: Apache-2.0
// `wspc connect`: talks to any WebSocket server from a terminal or a script.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client.hpp"

namespace tool {

struct connect_options {
    client_options client;
    std::string url;
    std::vector<std::string> texts;   // instead of standard input
    std::string file;                 // its bytes are one binary message; instead of standard input
    bool binary = false;              // send lines and texts as binary
    std::optional<std::string> ping;  // payload
    std::uint16_t close_code = 1000;
    std::string close_reason;
    std::uint64_t expect = 0;  // messages to wait for before closing
    std::string output;        // file for the bytes of messages
    bool trace = false;
};

int connect(const connect_options& options);

}  // namespace tool
