// SPDX-License-Identifier: Apache-2.0
// What must be seen when a case runs, and the comparison with what is seen, as it is seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>

#include "case.hpp"
#include "stream.hpp"

namespace conformance {

// From where a driver looks at the peer.
enum class view : std::uint8_t {
    events,        // what the peer hears
    piece_echo,    // what it sends: every piece of a message back at once
    message_echo,  // what it sends: messages back when they are complete
    heard_echo,    // the first, through ears that hear nothing behind its Close
    // The same two through websocket.h, which passes over an empty frame at the front of a message.
    handle_echo,
    heard_handle_echo,
};

[[nodiscard]] constexpr bool of_handle(view from) noexcept {
    return from == view::handle_echo || from == view::heard_handle_echo;
}
[[nodiscard]] constexpr bool heard(view from) noexcept {
    return from == view::heard_echo || from == view::heard_handle_echo;
}

// One thing to see. Adjacent pieces of a message are one item, whatever the frames and the splits.
struct item {
    enum class kind : std::uint8_t { data, ping, pong, close, failed };

    kind what;
    std::span<const std::byte> bytes{};
    wspc::opcode op{};
    bool first = false;
    bool last = false;
    // The frame that is at fault: a part of it, even none, may have been delivered.
    bool may_be_cut = false;
    bool may_lack_reason = false;  // close
    std::uint16_t code = 0;        // close
    wspc::failure failure{};       // failed
};

// Spans lie in `s`.
[[nodiscard]] std::vector<item> expected(const test_case& c, const stream& s, view from);

// The same of a peer that no limit stops: all frames of the case, a part of one perhaps at their end.
[[nodiscard]] std::vector<item> expected_without_limits(const test_case& c, const stream& s, view from);

// Walks along the expected items. The first difference stays.
class checker {
public:
    explicit checker(std::span<const item> items) noexcept : items_{items} {}

    void data(wspc::opcode op, bool first, bool last, std::span<const std::byte> bytes);
    void ping(std::span<const std::byte> bytes) { control(item::kind::ping, bytes); }
    void pong(std::span<const std::byte> bytes) { control(item::kind::pong, bytes); }
    // The reason counts for events only: what a peer answers is its own business, as long as it is
    // empty or the same.
    void close(std::uint16_t code, std::span<const std::byte> reason);
    void failed(const wspc::failure& why);
    void finish();

    void fault(std::string what);
    [[nodiscard]] bool ok() const noexcept { return fault_.empty(); }
    [[nodiscard]] const std::string& what() const noexcept { return fault_; }
    // Octets of messages seen so far.
    [[nodiscard]] std::size_t data_octets() const noexcept { return data_octets_; }

private:
    [[nodiscard]] const item* current() const noexcept {
        return at_ < items_.size() ? &items_[at_] : nullptr;
    }
    [[nodiscard]] bool may_leave(const item& i) const noexcept {
        return i.what == item::kind::data && (i.may_be_cut || (seen_ == i.bytes.size() && !i.last && begun_));
    }
    void advance() noexcept;
    const item* take(item::kind what);
    void control(item::kind what, std::span<const std::byte> bytes);

    std::span<const item> items_;
    std::size_t at_ = 0;
    std::size_t seen_ = 0;  // octets of the current item
    std::size_t data_octets_ = 0;
    bool begun_ = false;  // the current item is no beginning, or its first piece was seen
    std::string fault_;
};

}  // namespace conformance
