// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 text (RFC 9112) to and from the values of the opening handshake: start line and headers
// only, no bodies, no sockets, no allocation. Every byte behind the blank line stays the caller's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <wspc/error.hpp>
#include <wspc/handshake.hpp>
#include <wspc/url.hpp>

namespace wspc {
inline namespace v0 {

// What a peer may make us hold and work through; both inclusive.
struct http_limits {
    // Against endless start lines, values, blanks and interim responses: the bytes of everything up
    // to the blank line, in all. http_headers_too_large.
    std::size_t bytes = 16 * 1024;
    // Against floods of tiny headers, which make every later look-up slow: http_too_many_headers.
    std::size_t headers = 100;
};

// Where a reader keeps what arrived; its sizes are the limits.
struct http_memory {
    std::span<char> text;
    std::span<header> headers;
};

// Memory for one reader at a time; one per connection that is still in its handshake.
template <http_limits limits = http_limits{}>
class http_storage {
public:
    http_storage() noexcept {}  // NOLINT: the text is written before it is read
    http_storage(const http_storage&) = delete;
    http_storage& operator=(const http_storage&) = delete;

    // NOLINTNEXTLINE: stands for its memory
    [[nodiscard]] operator http_memory() & noexcept { return {text_, headers_}; }
    operator http_memory() && = delete;  // its memory would be gone at once

private:
    std::array<char, limits.bytes> text_;
    std::array<header, limits.headers> headers_;
};

enum class read_status : std::uint8_t {
    need_more,  // all bytes were taken, and the blank line is not among them
    complete,   // value() is there
    failed,     // `code` says why; sticky
};

// What one call to read() did.
struct [[nodiscard]] http_progress {
    read_status status = read_status::need_more;
    error code = error::none;
    // Bytes taken from the front of what was fed; 0 after a failure. Once complete, the rest is the
    // caller's, untouched: frames, or the body of a response other than 101.
    std::size_t consumed = 0;
};

// What both readers share: one head at a time, parsed once as it arrives, however it is split.
class http_reader {
public:
    http_reader(const http_reader&) = delete;
    http_reader& operator=(const http_reader&) = delete;
    http_reader(http_reader&&) noexcept = default;
    http_reader& operator=(http_reader&&) noexcept = default;
    ~http_reader() = default;

    // Takes bytes that arrived up to the blank line. Work is linear in the bytes, also in pieces of
    // one. Errors: http_malformed, http_version_unsupported (any HTTP/x.y but HTTP/1.x),
    // http_headers_too_large, http_too_many_headers; requests:
    // http_body_unexpected, method_not_get (a body, too); responses: http_version_too_old for a 101 below
    // HTTP/1.1.
    [[nodiscard]] http_progress read(std::span<const std::byte> bytes) noexcept;

    // Starts anew in the same memory: what value() gave is gone.
    void reset() noexcept;

protected:
    enum class kind : std::uint8_t { request, response };
    // Which byte of which line comes next (RFC 9112 2.1, 2.2).
    enum class position : std::uint8_t {
        before,
        before_cr,
        inside,
        inside_cr,
        line_start,
        last_cr,
        end,
        broken
    };
    struct callbacks;

    http_reader(kind what, http_memory memory) noexcept;

    [[nodiscard]] std::size_t scan(std::span<const std::byte> bytes) noexcept;
    [[nodiscard]] position step(unsigned char byte) noexcept;
    [[nodiscard]] position begin_header(unsigned char byte) noexcept;
    [[nodiscard]] error parse(std::span<const std::byte> bytes) noexcept;
    [[nodiscard]] error check_request_line() const noexcept;
    [[nodiscard]] error check_status_line() const noexcept;
    [[nodiscard]] error check_version() const noexcept;
    [[nodiscard]] error check_end() const noexcept;
    [[nodiscard]] bool interim() const noexcept;
    http_progress fail(error why) noexcept;
    void begin() noexcept;

    // Holds an llhttp_t, whose header is not needed to use this one.
    static constexpr std::size_t parser_size = 96;
    alignas(8) std::array<std::byte, parser_size> parser_;
    http_memory memory_;
    std::size_t used_ = 0;     // bytes of memory_.text
    std::size_t headers_ = 0;  // that llhttp reported
    std::size_t names_ended_ = 0;
    std::size_t lines_ = 0;  // that begin a header
    std::string_view method_;
    std::string_view target_;
    std::string_view version_text_;
    std::uint16_t version_ = 0;
    std::uint16_t status_code_ = 0;
    error code_ = error::none;
    kind kind_;
    position position_ = position::before;
    read_status status_ = read_status::need_more;
    bool start_line_ended_ = false;
    bool start_line_checked_ = false;
    bool headers_complete_ = false;
};

//     http_storage<> storage;
//     request_reader reader{storage};
//     auto got = reader.read(bytes);
//     if (got.status == read_status::complete) {
//         auto rest = bytes.subspan(got.consumed);  // frames that came along
//         auto handshake = ... reader.value() ...
//
// A request that has or announces a body is refused (http_body_unexpected, or method_not_get if its
// method is not GET): the bytes behind it could be taken for frames by one party and for a body by another. A
// method that llhttp does not know is http_malformed; the preface of HTTP/2 (RFC 9113 3.4) is
// http_version_unsupported. Several lines or values of a header stay apart, in their order.
class request_reader : public http_reader {
public:
    // `memory` must outlive the reader and what value() gave.
    explicit request_reader(http_memory memory) noexcept : http_reader(kind::request, memory) {}

    // Only once complete. The views lie in `memory`, until reset() or the reader's next user.
    [[nodiscard]] request value() const noexcept {
        return {method_, target_, version_, memory_.headers.first(headers_)};
    }
};

// Skips interim responses (RFC 9110 15.2: 1xx other than 101), which count towards the limit of bytes.
// The body of any other response is left to the caller.
class response_reader : public http_reader {
public:
    explicit response_reader(http_memory memory) noexcept : http_reader(kind::response, memory) {}

    // As request_reader::value().
    [[nodiscard]] response value() const noexcept { return {status_code_, memory_.headers.first(headers_)}; }
};

// What a call that writes text did. Nothing is written unless code is none.
struct [[nodiscard]] http_written {
    std::size_t size = 0;    // bytes written to the front of `out`
    std::size_t needed = 0;  // after no_room: bytes that `out` must have
    error code = error::none;
};

// Writers let nothing through that could end a line or a header early; check_header() has the rules
// for each header (header_name_invalid, header_value_invalid). `more` are headers of the application,
// behind those of the handshake.

// Start line, headers in their order, blank line. The method must be a token and the version 11 (or
// empty and 0: GET of HTTP/1.1), else bad_argument; the target a path and maybe a query as RFC 3986
// writes them, else target_invalid. There must be one Host, host[:port] (host_missing, host_repeated,
// header_value_invalid), and no Content-Length or Transfer-Encoding (http_body_unexpected).
http_written write_request(std::span<std::byte> out, const request& what,
                           std::span<const header> more = {}) noexcept;

// A GET of the resource that the URL names; its Host comes first unless `headers` or `more` have one.
//     const client_request asked = make_request({.host = to.host_header}, storage);
//     write_request(out, to, asked.headers());
http_written write_request(std::span<std::byte> out, const url& to, std::span<const header> headers,
                           std::span<const header> more = {}) noexcept;

// Status line with its usual reason, headers in their order, blank line, body. A status outside 100
// to 599 is a bad_argument, and so is a body for 1xx, 204 and 304, which have none. For the others
// Content-Length is added unless it is there; a different one is http_body_unexpected, as is
// Transfer-Encoding.
http_written write_response(std::span<std::byte> out, const response& what, std::string_view body = {},
                            std::span<const header> more = {}) noexcept;

// The whole answer that refuses a request: reject(status, why) with a sentence of plain text that
// says why as its body. The rules of reject() for `status` hold, except that 304, which has no body
// (RFC 9110 15.4.5), is a bad_argument too.
http_written write_refusal(std::span<std::byte> out, error why, std::uint16_t status = 0,
                           std::span<const header> more = {}) noexcept;

// Bytes that are enough for any refusal without `more`.
inline constexpr std::size_t max_refusal_size = 512;

// The usual reason phrase (RFC 9110 15, RFC 6585), empty for a status that wspc does not know.
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status) noexcept;

}  // namespace v0
}  // namespace wspc
