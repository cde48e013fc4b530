// SPDX-License-Identifier: Apache-2.0
#include <wspc/message_assembler.hpp>

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/guarded_memory.hpp"
#include "support/random.hpp"
#include "support/scale.hpp"

#include <wspc/message_reader.hpp>

namespace wspc::test {
namespace {

// Memory that counts, and fails when it is told to.
class counted_memory {
public:
    [[nodiscard]] memory get() { return {this, grow, release}; }

    ~counted_memory() { EXPECT_TRUE(held_.empty()) << "leaked"; }

    std::size_t grown = 0;    // calls to grow that gave memory
    std::size_t fail_at = 0;  // the call to grow that fails, counted from 1; 0: none
    std::size_t calls = 0;
    std::size_t largest = 0;

    [[nodiscard]] std::size_t held() const { return held_.size(); }

private:
    static std::byte* grow(void* context, std::byte* old, std::size_t used, std::size_t size) noexcept {
        auto& self = *static_cast<counted_memory*>(context);
        if (++self.calls == self.fail_at) return nullptr;
        EXPECT_EQ(old != nullptr, !self.held_.empty());
        if (old != nullptr) {
            EXPECT_EQ(self.held_.count(old), 1u);
            EXPECT_LE(used, self.held_[old]);
        } else {
            EXPECT_EQ(used, 0u);
        }
        // Always moves, so that a pointer that was kept too long shows.
        auto* const made = static_cast<std::byte*>(std::malloc(size));
        if (used != 0) std::memcpy(made, old, used);
        self.held_.erase(old);
        std::free(old);
        self.held_[made] = size;
        ++self.grown;
        self.largest = std::max(self.largest, size);
        return made;
    }

    static void release(void* context, std::byte* bytes, std::size_t size) noexcept {
        auto& self = *static_cast<counted_memory*>(context);
        EXPECT_EQ(self.held_.count(bytes), 1u);
        EXPECT_EQ(self.held_[bytes], size);
        self.held_.erase(bytes);
        std::free(bytes);
    }

    std::map<std::byte*, std::size_t> held_;
};

event piece(bytes& payload, bool first, bool last, opcode op = opcode::binary) {
    event e;
    e.kind = event_kind::data;
    e.bytes = payload;
    e.op = op;
    e.first = first;
    e.last = last;
    return e;
}

// Adds a message in pieces of `step` bytes; what the last add() gave.
assembled add_in_pieces(message_assembler& to, const bytes& message, std::size_t step) {
    assembled got;
    for (std::size_t at = 0; at < message.size(); at += step) {
        const std::size_t end = std::min(at + step, message.size());
        bytes part(message.begin() + static_cast<std::ptrdiff_t>(at),
                   message.begin() + static_cast<std::ptrdiff_t>(end));
        got = to.add(piece(part, at == 0, end == message.size()));
        EXPECT_EQ(got.complete, end == message.size() && got.code == error::none);
        if (got.code != error::none) return got;
    }
    return got;
}

TEST(message_assembler, joins_pieces_in_the_callers_storage) {
    const guarded_memory memory{100};
    for (std::size_t step : {1u, 2u, 7u, 50u, 99u}) {
        const std::span<std::byte> storage = memory.at_end(100);
        message_assembler assembler{storage};
        for (int i = 0; i < 3; ++i) {
            const bytes message = counted_bytes(100, static_cast<unsigned>(i));
            const assembled got = add_in_pieces(assembler, message, step);
            ASSERT_TRUE(got.complete);
            EXPECT_EQ(got.bytes.data(), storage.data());
            EXPECT_EQ(to_bytes(got.bytes), message);
            EXPECT_EQ(got.op, opcode::binary);
        }
    }
}

TEST(message_assembler, does_not_copy_a_message_that_came_whole) {
    counted_memory source;
    message_assembler assembler{source.get()};
    bytes message = counted_bytes(5000);
    const assembled got = assembler.add(piece(message, true, true, opcode::text));
    EXPECT_TRUE(got.complete);
    EXPECT_EQ(got.bytes.data(), message.data());
    EXPECT_EQ(got.bytes.size(), message.size());
    EXPECT_EQ(got.op, opcode::text);
    EXPECT_EQ(source.calls, 0u);
}

TEST(message_assembler, takes_messages_of_exactly_the_storage_and_drops_larger_ones) {
    std::array<std::byte, 10> storage{};
    message_assembler assembler{storage};
    EXPECT_TRUE(add_in_pieces(assembler, counted_bytes(10), 3).complete);
    EXPECT_EQ(add_in_pieces(assembler, counted_bytes(11), 3).code, error::message_too_big);
    // The rest of the message is ignored, and told once.
    bytes more = counted_bytes(1);
    for (const bool last : {false, true}) {
        const assembled ignored = assembler.add(piece(more, false, last));
        EXPECT_FALSE(ignored.complete);
        EXPECT_EQ(ignored.code, error::none);
    }
    bytes whole = counted_bytes(11);
    EXPECT_EQ(assembler.add(piece(whole, true, true)).code, error::message_too_big);
    EXPECT_TRUE(add_in_pieces(assembler, counted_bytes(10), 1).complete);
}

TEST(message_assembler, without_storage_takes_only_empty_messages) {
    message_assembler assembler{std::span<std::byte>{}};
    bytes none;
    EXPECT_TRUE(assembler.add(piece(none, true, true)).complete);
    EXPECT_FALSE(assembler.add(piece(none, true, false)).complete);
    EXPECT_TRUE(assembler.add(piece(none, false, true)).complete);
    bytes one = counted_bytes(1);
    EXPECT_EQ(assembler.add(piece(one, true, false)).code, error::message_too_big);
}

TEST(message_assembler, without_a_source_of_memory_takes_only_what_came_whole) {
    message_assembler assembler{memory{}};
    bytes one = counted_bytes(1);
    EXPECT_TRUE(assembler.add(piece(one, true, true)).complete);
    EXPECT_EQ(assembler.add(piece(one, true, false)).code, error::no_memory);
}

TEST(message_assembler, ignores_everything_but_data) {
    std::array<std::byte, 10> storage{};
    message_assembler assembler{storage};
    bytes part = counted_bytes(4);
    (void)assembler.add(piece(part, true, false));
    for (const event_kind kind : {event_kind::ping, event_kind::pong, event_kind::close, event_kind::none}) {
        bytes other = counted_bytes(50);
        event e = piece(other, true, true);
        e.kind = kind;
        const assembled got = assembler.add(e);
        EXPECT_FALSE(got.complete);
        EXPECT_EQ(got.code, error::none);
    }
    const assembled got = assembler.add(piece(part, false, true));
    ASSERT_TRUE(got.complete);
    EXPECT_EQ(to_bytes(got.bytes), part + part);
}

TEST(message_assembler, doubles_its_memory_with_the_bytes_that_arrived) {
    counted_memory source;
    {
        message_assembler assembler{source.get()};
        const bytes message = counted_bytes(1'000'000);
        const assembled got = add_in_pieces(assembler, message, 1000);
        ASSERT_TRUE(got.complete);
        EXPECT_EQ(to_bytes(got.bytes), message);
        EXPECT_LE(source.grown, 10u);
        EXPECT_LE(source.largest, 2'000'000u);
        // The memory stays for the next message.
        const std::size_t grown = source.grown;
        EXPECT_TRUE(add_in_pieces(assembler, message, 5000).complete);
        EXPECT_EQ(source.grown, grown);
        EXPECT_EQ(source.held(), 1u);
        assembler.release();
        EXPECT_EQ(source.held(), 0u);
        EXPECT_TRUE(add_in_pieces(assembler, message, 5000).complete);
    }
    EXPECT_EQ(source.held(), 0u);
}

TEST(message_assembler, takes_no_memory_for_a_length_that_was_only_declared) {
    counted_memory source;
    message_assembler assembler{source.get(), UINT64_MAX};
    reader_options options;
    options.limits = {UINT64_MAX, UINT64_MAX, UINT32_MAX};
    message_reader reader{role::client, options};
    // 15 octets of input that declare 2^63 - 1.
    bytes stream = octets({0x82, 0x7f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5});
    batch<> memory;
    const received got = reader.receive(stream, memory);
    ASSERT_EQ(got.events.size(), 1u);
    EXPECT_FALSE(assembler.add(got.events[0]).complete);
    EXPECT_EQ(source.grown, 1u);
    EXPECT_LE(source.largest, 4096u);
}

TEST(message_assembler, holds_its_limit_whatever_memory_there_is) {
    counted_memory source;
    message_assembler assembler{source.get(), 10'000};
    EXPECT_TRUE(add_in_pieces(assembler, counted_bytes(10'000), 999).complete);
    EXPECT_EQ(add_in_pieces(assembler, counted_bytes(10'001), 999).code, error::message_too_big);
    bytes whole = counted_bytes(10'001);
    EXPECT_EQ(assembler.add(piece(whole, true, true)).code, error::message_too_big);
    EXPECT_TRUE(add_in_pieces(assembler, counted_bytes(10'000), 3333).complete);
    EXPECT_EQ(source.largest, 10'000u) << "doubling stops at the limit";
}

TEST(message_assembler, takes_16_mebibytes_unless_it_is_told_another_limit) {
    message_assembler assembler{heap_memory()};
    bytes message((16u << 20) + 1);
    EXPECT_EQ(assembler.add(piece(message, true, true)).code, error::message_too_big);
    message.pop_back();
    EXPECT_TRUE(assembler.add(piece(message, true, true)).complete);
}

TEST(message_assembler, ignores_the_rest_of_a_message_whose_beginning_it_was_not_given) {
    counted_memory source;
    message_assembler assembler{source.get()};
    bytes tail = counted_bytes(10);
    EXPECT_FALSE(assembler.add(piece(tail, false, true)).complete);
    EXPECT_TRUE(add_in_pieces(assembler, counted_bytes(10), 3).complete);
}

TEST(message_assembler, hands_on_the_reserved_bits) {
    counted_memory source;
    message_assembler assembler{source.get()};
    bytes payload = counted_bytes(3);
    event marked = piece(payload, true, false);
    marked.rsv = rsv2;
    EXPECT_EQ(assembler.add(marked).rsv, rsv2);
    marked.first = false;
    marked.last = true;
    EXPECT_EQ(assembler.add(marked).rsv, rsv2);
}

TEST(message_assembler, survives_every_growth_that_fails) {
    const bytes message = counted_bytes(100'000);
    std::size_t growths = 0;
    {
        counted_memory source;
        message_assembler assembler{source.get()};
        (void)add_in_pieces(assembler, message, 500);
        growths = source.grown;
    }
    ASSERT_GE(growths, 5u);
    for (std::size_t fail_at = 1; fail_at <= growths; ++fail_at) {
        counted_memory source;
        source.fail_at = fail_at;
        message_assembler assembler{source.get()};
        EXPECT_EQ(add_in_pieces(assembler, message, 500).code, error::no_memory) << fail_at;
        bytes rest = counted_bytes(10);
        const assembled ignored = assembler.add(piece(rest, false, true));
        EXPECT_FALSE(ignored.complete);
        EXPECT_EQ(ignored.code, error::none);
        const assembled got = add_in_pieces(assembler, message, 500);
        ASSERT_TRUE(got.complete) << fail_at;
        EXPECT_EQ(to_bytes(got.bytes), message);
    }
}

TEST(message_assembler, drops_what_it_has_when_it_is_released_inside_a_message) {
    counted_memory source;
    message_assembler assembler{source.get()};
    bytes part = counted_bytes(10);
    (void)assembler.add(piece(part, true, false));
    assembler.release();
    EXPECT_EQ(source.held(), 0u);
    EXPECT_FALSE(assembler.add(piece(part, false, true)).complete);
    EXPECT_TRUE(add_in_pieces(assembler, counted_bytes(20), 10).complete);
}

TEST(message_assembler, works_on_the_heap) {
    message_assembler assembler{heap_memory()};
    random_source random{5};
    for (std::size_t i = 0; i < scaled(50); ++i) {
        const bytes message = random.octets(random.between(2, 100'000));
        const assembled got = add_in_pieces(assembler, message, random.between(1, message.size() - 1));
        ASSERT_TRUE(got.complete);
        ASSERT_EQ(to_bytes(got.bytes), message);
    }
}

}  // namespace
}  // namespace wspc::test
