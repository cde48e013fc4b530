// SPDX-License-Identifier: Apache-2.0
// All that must hold when a message_reader reads a stream: it tells what the reference decoder tells,
// however the stream is cut and however it is called. For property tests and fuzz targets.
#pragma once

#include <optional>
#include <string>

#include <wspc/message_reader.hpp>

#include "support/bytes.hpp"
#include "support/event_log.hpp"
#include "support/feeding.hpp"
#include "support/reference_decoder.hpp"
#include "support/transforms.hpp"

namespace wspc::test {

// How to read; the options of a reader and of the reference decoder in one.
struct configuration {
    role receiver = role::server;
    reader_options options{};
    std::optional<transform_kind> transformed{};  // messages with RSV1, if set

    [[nodiscard]] reference_options reference() const;
};

// What the stream must tell.
[[nodiscard]] event_log expected_events(const bytes& stream, const configuration& c);

// The first thing that is wrong with how a reader tells the stream; empty if nothing is.
[[nodiscard]] std::string fault(const bytes& stream, const configuration& c, const event_log& expected,
                                const split& cuts, const manner& how);

}  // namespace wspc::test
