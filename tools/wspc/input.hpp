// SPDX-License-Identifier: Apache-2.0
// Standard input, line by line, in the same event loop as the socket.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include <asio/posix/basic_stream_descriptor.hpp>

#include "net.hpp"

namespace tool {

class line_input {
public:
    explicit line_input(asio::io_context& context);

    std::function<void(std::string_view line)> on_line;  // without its end
    // A chunk has been read and all its lines were told: call next() to read on.
    std::function<void()> on_chunk;
    std::function<void()> on_end;

    void next();
    // Whether there is something to read that has not been read.
    [[nodiscard]] bool left();

private:
    void take(std::string_view chunk);

    asio::posix::basic_stream_descriptor<executor> descriptor_;
    std::array<char, 64 * 1024> chunk_;
    std::string line_;  // that has begun but not ended
};

}  // namespace tool
