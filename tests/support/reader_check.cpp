// SPDX-License-Identifier: Apache-2.0
#include "support/reader_check.hpp"

#include <wspc/message_assembler.hpp>

namespace wspc::test {
namespace {

// A reader whose calls are counted, whose offset is watched and whose messages are joined.
class watched_reader {
public:
    watched_reader(const configuration& c, const transform* incoming, std::size_t most_calls)
        : reader_{c.receiver, c.options, incoming}, calls_left_{most_calls} {}

    received receive(std::span<std::byte> bytes, const batch_memory& batch) {
        if (!may_call()) return {{}, bytes.size()};
        const received got = reader_.receive(bytes, batch);
        watch(got.consumed);
        for (const event& e : got.events) join(e);
        return got;
    }

    received_one receive_one(std::span<std::byte> bytes, std::span<std::byte> room) {
        if (!may_call()) return {{}, bytes.size()};
        const received_one got = reader_.receive_one(bytes, room);
        watch(got.consumed);
        join(got.event);
        return got;
    }

    [[nodiscard]] const message_reader& reader() const { return reader_; }
    [[nodiscard]] const std::vector<told>& messages() const { return messages_; }
    [[nodiscard]] const std::string& broken() const { return broken_; }

private:
    bool may_call() {
        if (calls_left_ == 0) broken_ = "calls without end";
        return calls_left_ != 0 && calls_left_-- != 0;
    }

    void watch(std::size_t consumed) {
        consumed_ += consumed;
        const bool stopped = reader_.closed() || reader_.failed();
        if (!stopped && reader_.offset() != consumed_) broken_ = "offset() does not count what was consumed";
    }

    void join(const event& e) {
        const assembled got = assembler_.add(e);
        if (got.code != error::none) broken_ = "the assembler fails";
        if (!got.complete) return;
        messages_.push_back({.kind = event_kind::data,
                             .payload = to_bytes(got.bytes),
                             .op = got.op,
                             .first = true,
                             .last = true,
                             .rsv = got.rsv});
    }

    message_reader reader_;
    message_assembler assembler_{heap_memory()};
    std::vector<told> messages_;
    std::uint64_t consumed_ = 0;
    std::size_t calls_left_;
    std::string broken_;
};

// How many octets have been fed with the piece that holds the one at `offset`.
std::size_t fed_by_piece(const split& cuts, std::size_t size, std::uint64_t offset) {
    for (const std::size_t cut : cuts)
        if (cut > offset) return cut;
    return size;
}

}  // namespace

reference_options configuration::reference() const {
    reference_options made{.receiver = receiver,
                           .limits = options.limits,
                           .check_utf8 = options.check_utf8,
                           .any_masking = options.any_masking,
                           .allowed_rsv = options.allowed_rsv};
    if (transformed) test_transform{*transformed}.describe(made);
    return made;
}

event_log expected_events(const bytes& stream, const configuration& c) {
    return decode_reference(stream, c.reference());
}

std::string fault(const bytes& stream, const configuration& c, const event_log& expected, const split& cuts,
                  const manner& how) {
    if (!expected.broken().empty()) return "the reference decoder: " + expected.broken();
    test_transform restoring{c.transformed.value_or(transform_kind::flip)};
    const transform incoming = restoring.get();
    // A call takes an octet, or tells one of the at most two octets that a transform makes of one, or ends a
    // piece of the stream.
    const std::size_t most_calls = 3 * stream.size() + 2 * cuts.size() + 16;
    watched_reader watched{c, c.transformed ? &incoming : nullptr, most_calls};
    const message_reader& reader = watched.reader();
    const outcome got = feed(watched, stream, cuts, how);

    if (!got.broken.empty()) return got.broken;
    if (!watched.broken().empty()) return watched.broken();
    if (std::string different = difference(expected, got.log); !different.empty()) return different;
    if (watched.messages() != got.log.messages()) return "the assembler gives other messages";
    if (restoring.idle_calls() != 0) return "a transform was called in vain";
    if (reader.failed() != expected.failed()) return "failed() is not what was told";
    const bool closed = !expected.events().empty() && expected.events().back().kind == event_kind::close;
    if (reader.closed() != closed) return "closed() is not what was told";
    if (!closed && !expected.failed() && reader.offset() != stream.size())
        return "offset() is not what was fed";
    if (!expected.failed()) return {};
    if (reader.offset() != expected.failed().offset) return "offset() is not that of the failure";
    // What a transform makes of a frame may be wrong before the frame's end, where its faults are put.
    if (!c.transformed && !how.carry &&
        got.fed_at_failure != fed_by_piece(cuts, stream.size(), expected.failed().offset))
        return "failed with " + std::to_string(got.fed_at_failure) + " octets fed\n" + to_string(expected);
    return {};
}

}  // namespace wspc::test
