// SPDX-License-Identifier: Apache-2.0
// What ends the program: one sentence for its user, and the exit code for scripts.
#pragma once

#include <stdexcept>
#include <string>

namespace tool {

enum class exit_code : int {
    ok = 0,
    failed = 1,       // the conversation did not go as it should
    usage = 2,        // arguments, a URL or a file that cannot be used
    unreachable = 3,  // no connection, or no port to listen on
    refused = 4,      // the server did not accept the opening handshake
};

class problem : public std::runtime_error {
public:
    problem(exit_code code, const std::string& what) : std::runtime_error{what}, code_{code} {}

    [[nodiscard]] int code() const noexcept { return static_cast<int>(code_); }

private:
    exit_code code_;
};

}  // namespace tool
