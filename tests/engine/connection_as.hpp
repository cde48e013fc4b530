// SPDX-License-Identifier: Apache-2.0
// A connection of either role, with keys that are known and its peer's ears.
#pragma once

#include <cstring>
#include <span>

#include <gtest/gtest.h>

#include <wspc/connection.hpp>

#include "support/bytes.hpp"
#include "support/event_log.hpp"
#include "support/wire_frame.hpp"

namespace wspc::test {

// Keys that count up, so that every key is known and none comes twice.
struct counting_source {
    std::uint32_t next = 1;
    bool failing = false;
    std::size_t calls = 0;

    static bool fill(void* context, std::span<std::byte> to) noexcept {
        auto* const self = static_cast<counting_source*>(context);
        ++self->calls;
        if (self->failing) return false;
        for (std::size_t i = 0; i + 4 <= to.size(); i += 4) {
            std::memcpy(to.data() + i, &self->next, 4);
            ++self->next;
        }
        return true;
    }
    [[nodiscard]] wspc::random_source source() { return {this, fill}; }
};

// What was written, read back by the other side.
inline event_log read_back(role sender, std::span<const std::byte> written) {
    bytes copy = to_bytes(written);
    message_reader reader{sender == role::client ? role::server : role::client};
    event_log log;
    std::span<std::byte> rest{copy};
    while (!rest.empty()) {
        const received_one got = reader.receive_one(rest);
        log.add(got.event);
        rest = rest.subspan(got.consumed);
    }
    EXPECT_EQ(log.broken(), "");
    return log;
}

class connection_as : public testing::TestWithParam<role> {
protected:
    [[nodiscard]] connection make(const connection_config& config = default_connection_config) {
        return connection{GetParam(), config, {}, &keys_};
    }
    [[nodiscard]] bytes from_peer(unsigned op, const bytes& payload, bool fin = true) const {
        return wire_to(GetParam(), op, payload, fin);
    }
    // Feeds all of `fed`, writes what is pending after each call, and echoes data if asked to.
    bytes feed(connection& subject, bytes fed, bool echo = false) {
        bytes written;
        std::span<std::byte> rest{fed};
        while (!rest.empty()) {
            const received got = subject.receive(rest, batch_);
            for (const event& e : got.events) {
                log_.add(e);
                if (echo && e.kind == event_kind::data) append(written, subject.write(out_, e));
            }
            rest = rest.subspan(got.consumed);
            append(written, subject.write_pending(out_));
        }
        return written;
    }
    void append(bytes& to, const write_result& result) {
        EXPECT_EQ(result.code, error::none);
        to.insert(to.end(), out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(result.size));
    }
    [[nodiscard]] event_log told_to_peer(std::span<const std::byte> written) const {
        return read_back(GetParam(), written);
    }

    counting_source source_;
    masking_keys keys_{source_.source()};
    batch<16> batch_;
    event_log log_;
    bytes out_ = bytes(1 << 20);
};

}  // namespace wspc::test
