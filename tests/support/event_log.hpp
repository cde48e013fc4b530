// SPDX-License-Identifier: Apache-2.0
// What a reader told, in the form that must not depend on how its bytes were cut: neighbouring
// pieces of a message are joined.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wspc/event.hpp>

#include "support/bytes.hpp"

namespace wspc::test {

// An event with bytes of its own.
struct told {
    event_kind kind = event_kind::none;
    bytes payload{};
    opcode op = opcode::continuation;  // data only
    bool first = false;
    bool last = false;
    std::uint16_t code = 0;  // close only
    std::uint8_t rsv = 0;

    friend bool operator==(const told&, const told&) = default;
};

class event_log {
public:
    // Takes the next event, and notes in broken() whatever no reader may tell.
    void add(const event& e);

    // Everything but the failure.
    [[nodiscard]] const std::vector<told>& events() const { return events_; }
    [[nodiscard]] const failure& failed() const { return failed_; }

    // Complete messages only, whatever came between their pieces.
    [[nodiscard]] std::vector<told> messages() const;

    // The first breach of what events promise (event.hpp); empty if there was none.
    [[nodiscard]] const std::string& broken() const { return broken_; }

private:
    void breach(const char* what) {
        if (broken_.empty()) broken_ = what;
    }
    void add_data(const event& e);

    std::vector<told> events_;
    failure failed_;
    std::string broken_;
    opcode open_ = opcode::continuation;
    std::uint8_t rsv_ = 0;
    bool joins_ = false;  // the next piece of data belongs to the last event
};

[[nodiscard]] std::string to_string(const told& event);
[[nodiscard]] std::string to_string(const event_log& log);

// What is wrong with `got`, given what the same bytes must tell; empty if nothing is. If they fail,
// `got` may lack some or all of the bytes just before the failure (design: Splits), and nothing else.
[[nodiscard]] std::string difference(const event_log& expected, const event_log& got);

}  // namespace wspc::test
