// SPDX-License-Identifier: Apache-2.0
// message_reader alone: everything that was sent is told, in order, and nothing else.
#include <optional>
#include <span>

#include <wspc/event.hpp>
#include <wspc/message_reader.hpp>

#include "drivers.hpp"

namespace conformance {
namespace {

bool lies_in(std::span<const std::byte> part, const std::byte* begin, std::size_t size) {
    return part.empty() || (part.data() >= begin && part.data() + part.size() <= begin + size);
}

void tell(const wspc::event& e, checker& seen) {
    switch (e.kind) {
        case wspc::event_kind::none: return;
        case wspc::event_kind::data: return seen.data(e.op, e.first, e.last, e.bytes);
        case wspc::event_kind::ping: return seen.ping(e.bytes);
        case wspc::event_kind::pong: return seen.pong(e.bytes);
        case wspc::event_kind::close: return seen.close(e.code, e.bytes);
        case wspc::event_kind::failed: return seen.failed({e.failure_code(), e.offset});
    }
}

class codec_driver : public driver {
public:
    view shows() const noexcept override { return view::events; }
    void start(wspc::role self, const test_case&, checker& seen, std::size_t run) override {
        reader_.emplace(self);
        seen_ = &seen;
        run_ = run;
    }
    bool failed_with(const wspc::failure& why) const noexcept override { return reader_->failed() == why; }
    bool closed() const noexcept override { return reader_->closed(); }
    void finish() override {}

protected:
    std::optional<wspc::message_reader> reader_;
    checker* seen_ = nullptr;
    std::size_t run_ = 0;
};

class batches final : public codec_driver {
public:
    void feed(std::span<std::byte> bytes) override {
        // No capacity makes a difference.
        constexpr std::uint32_t capacities[] = {16, 1, 3};
        wspc::batch_memory memory = batch_;
        memory.capacity = capacities[run_ % 3];
        while (!bytes.empty()) {
            const wspc::received got = reader_->receive(bytes, memory);
            for (const wspc::event& e : got.events) {
                if (e.kind == wspc::event_kind::data && !lies_in(e.bytes, bytes.data(), got.consumed) &&
                    !lies_in(e.bytes, memory.scratch, memory.capacity * wspc::scratch_size))
                    return seen_->fault("data outside the fed bytes and the batch");
                tell(e, *seen_);
            }
            if (got.consumed == 0) return seen_->fault("no progress");
            bytes = bytes.subspan(got.consumed);
        }
    }

private:
    wspc::batch<> batch_;
};

class single_events final : public codec_driver {
public:
    void feed(std::span<std::byte> bytes) override {
        while (!bytes.empty()) {
            const wspc::received_one got = reader_->receive_one(bytes);
            if (got.event.kind == wspc::event_kind::data &&
                !lies_in(got.event.bytes, bytes.data(), got.consumed))
                return seen_->fault("data outside the fed bytes");
            tell(got.event, *seen_);
            if (got.consumed == 0) return seen_->fault("no progress");
            if (got.event.kind == wspc::event_kind::none && got.consumed != bytes.size())
                return seen_->fault("no event although bytes are left");
            bytes = bytes.subspan(got.consumed);
        }
    }
};

}  // namespace

std::unique_ptr<driver> make_batches() { return std::make_unique<batches>(); }
std::unique_ptr<driver> make_single_events() { return std::make_unique<single_events>(); }

}  // namespace conformance
