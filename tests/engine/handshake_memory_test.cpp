// SPDX-License-Identifier: Apache-2.0
// What memory the handshake touches: none but what it is given, and it allocates nothing. (What libcrypto
// takes for itself is not counted.)
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <wspc/handshake.hpp>

#include "counted_allocations.hpp"

namespace {

using wspc::error;
using wspc::header;

template <class Work>
std::uint64_t allocations_of(Work&& work) {
    const std::uint64_t before = wspc::test::allocations();
    work();
    return wspc::test::allocations() - before;
}

TEST(handshake_memory, allocates_nothing) {
    const std::string_view protocols[]{"chat", "superchat"}, extensions[]{"foo; a=1", "bar"};
    const wspc::client_offer wanted{
        .host = "a", .origin = "http://a", .protocols = protocols, .extensions = extensions};
    std::array<char, 512> storage, answer;
    std::array<error, 4> codes{};
    wspc::origin_verdict verdict{};
    const auto work = [&] {
        const wspc::client_request made = wspc::make_request(wanted, storage);
        const wspc::request request = made.as_request("/");
        const auto offer = wspc::read_request(request);
        verdict = wspc::origin_allowed(offer.value, {});
        const wspc::server_reply reply = wspc::accept(offer.value, {"chat", extensions}, answer);
        const wspc::checked_response checked = wspc::check_response(reply.as_response(), made.key, wanted);
        codes = {made.code, offer.code, reply.code, checked.code};
    };
    work();  // libcrypto reads its configuration at first use
    EXPECT_EQ(allocations_of(work), 0u);
    for (const error code : codes) EXPECT_EQ(code, error::none);
    EXPECT_EQ(verdict, wspc::origin_verdict::allowed);
}

TEST(handshake_memory, allocates_nothing_for_masking_keys) {
    error code{};
    const auto work = [&] {
        wspc::masking_keys keys;
        code = keys.next().code;
    };
    work();
    EXPECT_EQ(allocations_of(work), 0u);
    EXPECT_EQ(code, error::none);
}

// Text that ends where memory ends: one byte more, and the program dies.
class guarded {
public:
    guarded() : page_{static_cast<std::size_t>(sysconf(_SC_PAGESIZE))} {
        void* const memory =
            mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) std::abort();
        begin_ = static_cast<char*>(memory);
        if (mprotect(begin_ + page_, page_, PROT_NONE) != 0) std::abort();
    }
    ~guarded() { munmap(begin_, 2 * page_); }
    guarded(const guarded&) = delete;
    guarded& operator=(const guarded&) = delete;

    std::string_view put(std::string_view text) {
        char* const at = begin_ + page_ - text.size();
        if (!text.empty()) std::memcpy(at, text.data(), text.size());
        return {at, text.size()};
    }
    std::span<char> room(std::size_t size) { return {begin_ + page_ - size, size}; }

private:
    std::size_t page_;
    char* begin_;
};

const std::vector<header> request_fields{
    {"Host", "server%2Dexample.com:8080"},
    {"Upgrade", "h2c, websocket"},
    {"Connection", "keep-alive, Upgrade"},
    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
    {"Sec-WebSocket-Version", "13"},
    {"Origin", "http://[::1]:8080"},
    {"Sec-WebSocket-Protocol", "chat, superchat"},
    {"Sec-WebSocket-Extensions", R"(foo; a="\b\c"; d = e, bar)"},
};
const std::vector<header> response_fields{
    {"Upgrade", "websocket"},
    {"Connection", "Upgrade"},
    {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
    {"Sec-WebSocket-Protocol", "chat"},
    {"Sec-WebSocket-Extensions", R"(foo; a="\b\c"; d = e, bar)"},
};

// Cuts each name and each value of `fields` at every byte, against a guard page; what it says of the
// result is counted.
template <class Read>
std::size_t accepted_cuts(const std::vector<header>& fields, Read&& read) {
    std::size_t accepted = 0;
    guarded memory;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        for (const bool value : {false, true}) {
            const std::string_view whole = value ? fields[i].value : fields[i].name;
            for (std::size_t size = 0; size <= whole.size(); ++size) {
                std::vector<header> cut = fields;
                (value ? cut[i].value : cut[i].name) = memory.put(whole.substr(0, size));
                const error code = read(cut);
                accepted += code == error::none;
                if (size == whole.size()) {
                    EXPECT_EQ(code, error::none);
                }
            }
        }
    }
    return accepted;
}

TEST(handshake_memory, reads_no_byte_behind_a_request) {
    const std::size_t accepted = accepted_cuts(request_fields, [](const std::vector<header>& fields) {
        const auto offer = wspc::read_request({"GET", "/", 11, fields});
        for (const wspc::extension& e : offer.value.extensions) {
            for (const wspc::extension_parameter& p : e.parameters()) (void)p.is("bc");
        }
        return offer.code;
    });
    // Whole names and values: 16. Names cut short are fields of another name, which only matters
    // for required ones: 6 + 22 + 24 cuts of the optional names. The rest are fronts of lists,
    // hosts and origins that are valid themselves.
    EXPECT_GT(accepted, 16u + 6u + 22u + 24u);
    guarded memory;
    for (const std::string_view text : {"GET", "/chat?a", "http://example.com:80/chat"}) {
        for (std::size_t size = 1; size <= text.size(); ++size) {
            const std::string_view front = memory.put(text.substr(0, size));
            EXPECT_EQ(wspc::read_request({front, "/", 11, request_fields}).code == error::none,
                      front == "GET");
            const bool is_target = front.front() == '/' || size > std::string_view{"http://"}.size();
            EXPECT_EQ(wspc::read_request({"GET", front, 11, request_fields}).code == error::none, is_target)
                << front;
        }
    }
}

TEST(handshake_memory, reads_no_byte_behind_a_response) {
    const std::string_view protocols[]{"chat"}, extensions[]{"foo", "bar"};
    const std::size_t accepted = accepted_cuts(response_fields, [&](const std::vector<header>& fields) {
        return wspc::check_response({101, fields}, "dGhlIHNhbXBsZSBub25jZQ==",
                                    {.protocols = protocols, .extensions = extensions})
            .code;
    });
    EXPECT_GT(accepted, 10u + 22u + 24u);
}

TEST(handshake_memory, writes_no_byte_behind_the_storage) {
    guarded memory;
    const auto offer = wspc::read_request({"GET", "/", 11, request_fields});
    const std::string_view extensions[]{"foo", "bar"};
    const std::size_t needed = wspc::accept(offer.value, {"chat", extensions}, {}).needed;
    EXPECT_EQ(wspc::accept(offer.value, {"chat", extensions}, memory.room(needed)).code, error::none);
    const wspc::client_offer wanted{.host = "a", .origin = "http://a", .extensions = extensions};
    const std::size_t wanted_size = wspc::make_request(wanted, {}).needed;
    EXPECT_EQ(wspc::make_request(wanted, memory.room(wanted_size)).code, error::none);
}

// What a program chose often lies in a buffer of its own: `text` put into a storage, at every place
// where it shares a byte with it and just outside.
template <class Emit>
void overlap_at_every_place(std::string_view text, Emit&& emit) {
    constexpr std::size_t room = 256;
    for (std::size_t at = 0; at + text.size() <= 3 * room; ++at) {
        std::string memory(3 * room, '#');
        memory.replace(at, text.size(), text);
        const std::string before = memory;
        const bool apart = at + text.size() <= room || at >= 2 * room;
        const error code =
            emit(std::string_view{memory}.substr(at, text.size()), std::span{memory}.subspan(room, room));
        ASSERT_EQ(code, apart ? error::none : error::bad_argument) << text << " at " << at;
        if (!apart) {
            ASSERT_EQ(memory, before);
        }
    }
}

TEST(handshake_memory, answers_nothing_from_strings_that_lie_in_the_storage) {
    const auto offer = wspc::read_request({"GET", "/", 11, request_fields});
    ASSERT_EQ(offer.code, error::none);
    overlap_at_every_place("superchat", [&](std::string_view text, std::span<char> storage) {
        const wspc::server_reply reply = wspc::accept(offer.value, {text, {}}, storage);
        EXPECT_EQ(reply.headers().empty(), reply.code != error::none);
        return reply.code;
    });
    overlap_at_every_place("bar; a=1", [&](std::string_view text, std::span<char> storage) {
        const std::string_view chosen[]{"foo", text};
        return wspc::accept(offer.value, {"chat", chosen}, storage).code;
    });
    // The array of views, not what they show.
    std::array<std::string_view, 16> chosen{"foo"};
    const std::span<char> storage{reinterpret_cast<char*>(chosen.data()), sizeof chosen};
    EXPECT_EQ(wspc::accept(offer.value, {"chat", std::span{chosen}.first(1)}, storage).code,
              error::bad_argument);
    EXPECT_EQ(chosen[0], "foo");
}

TEST(handshake_memory, asks_nothing_from_strings_that_lie_in_the_storage) {
    const auto emit = [](auto&& fill) {
        return [fill](std::string_view text, std::span<char> storage) {
            std::array<std::string_view, 2> list{"x", text};
            wspc::client_offer wanted;
            fill(wanted, text, list);
            const wspc::client_request made = wspc::make_request(wanted, storage);
            EXPECT_EQ(made.headers().empty(), made.code != error::none);
            return made.code;
        };
    };
    overlap_at_every_place(
        "a.example:80", emit([](wspc::client_offer& to, std::string_view text, auto&) { to.host = text; }));
    overlap_at_every_place(
        "http://a", emit([](wspc::client_offer& to, std::string_view text, auto&) { to.origin = text; }));
    overlap_at_every_place(
        "chat", emit([](wspc::client_offer& to, std::string_view, auto& list) { to.protocols = list; }));
    overlap_at_every_place(
        "foo; a=1", emit([](wspc::client_offer& to, std::string_view, auto& list) { to.extensions = list; }));
}

}  // namespace
