// SPDX-License-Identifier: Apache-2.0
// Reads start lines and headers. llhttp does the parsing; around it stands the line discipline of
// RFC 9112, which llhttp 8.1 takes loosely, and which alone decides where HTTP ends and frames begin.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include <llhttp.h>

#include <wspc/http.hpp>

#include "text.hpp"

namespace wspc {
inline namespace v0 {

namespace {

llhttp_t& parser_in(std::byte* storage) noexcept {
    return *std::launder(reinterpret_cast<llhttp_t*>(storage));
}

// Pieces of one element follow each other in the memory of the reader, whatever the splits were.
void extend(std::string_view& element, const char* at, std::size_t size) noexcept {
    const char* begin = element.data() != nullptr ? element.data() : at;
    element = {begin, static_cast<std::size_t>(at + size - begin)};
}

bool is_zero(std::string_view digits) noexcept {
    return digits.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

// What llhttp calls; any answer but 0 makes it stop.
struct http_reader::callbacks {
    static http_reader& reader(llhttp_t* parser) noexcept { return *static_cast<http_reader*>(parser->data); }

    static int on_method(llhttp_t* parser, const char* at, std::size_t size) noexcept {
        extend(reader(parser).method_, at, size);
        return HPE_OK;
    }
    static int on_target(llhttp_t* parser, const char* at, std::size_t size) noexcept {
        extend(reader(parser).target_, at, size);
        return HPE_OK;
    }
    static int on_version(llhttp_t* parser, const char* at, std::size_t size) noexcept {
        extend(reader(parser).version_text_, at, size);
        return HPE_OK;
    }
    static int on_name(llhttp_t* parser, const char* at, std::size_t size) noexcept {
        http_reader& self = reader(parser);
        // A name ends before its value begins: `lines_` was counted from the same bytes, and when both
        // agree there is room.
        if (self.headers_ == self.names_ended_) {
            if (self.headers_ == self.memory_.headers.size()) return HPE_USER;
            self.memory_.headers[self.headers_++] = {};
        }
        extend(self.memory_.headers[self.headers_ - 1].name, at, size);
        return HPE_OK;
    }
    static int on_name_end(llhttp_t* parser) noexcept {
        reader(parser).names_ended_ = reader(parser).headers_;
        return HPE_OK;
    }
    static int on_value(llhttp_t* parser, const char* at, std::size_t size) noexcept {
        http_reader& self = reader(parser);
        if (self.headers_ == 0) return HPE_USER;
        extend(self.memory_.headers[self.headers_ - 1].value, at, size);
        return HPE_OK;
    }
    static int on_value_end(llhttp_t* parser) noexcept {
        http_reader& self = reader(parser);
        if (self.headers_ == 0) return HPE_USER;
        header& last = self.memory_.headers[self.headers_ - 1];
        last.value = trim(last.value);
        return HPE_OK;
    }
    static int on_headers_complete(llhttp_t* parser) noexcept {
        reader(parser).headers_complete_ = true;
        // What follows is not for llhttp, whether or not it believes in the upgrade.
        return HPE_PAUSED;
    }

    static constexpr llhttp_settings_t settings() noexcept {
        llhttp_settings_t all{};
        all.on_method = on_method;
        all.on_url = on_target;
        all.on_version = on_version;
        all.on_header_field = on_name;
        all.on_header_field_complete = on_name_end;
        all.on_header_value = on_value;
        all.on_header_value_complete = on_value_end;
        all.on_headers_complete = on_headers_complete;
        return all;
    }
};

http_reader::http_reader(kind what, http_memory memory) noexcept : memory_{memory}, kind_{what} { begin(); }

void http_reader::reset() noexcept {
    used_ = 0;
    code_ = error::none;
    status_ = read_status::need_more;
    begin();
}

// Before the first head, and behind each interim response, whose bytes stay used.
void http_reader::begin() noexcept {
    static constexpr llhttp_settings_t settings = callbacks::settings();
    static_assert(sizeof(llhttp_t) <= parser_size && alignof(llhttp_t) <= 8);
    llhttp_t* parser = ::new (static_cast<void*>(parser_.data())) llhttp_t;
    llhttp_init(parser, kind_ == kind::request ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
    // RFC 9110 2.5: a version is any two digits. Left to itself, llhttp refuses 1.2, which every
    // HTTP/1.1 recipient has to take; which versions will do is for the handshake to say.
    parser->lenient_flags = LENIENT_VERSION;
    headers_ = names_ended_ = lines_ = 0;
    method_ = target_ = version_text_ = {};
    version_ = status_code_ = 0;
    position_ = position::before;
    start_line_ended_ = start_line_checked_ = headers_complete_ = false;
}

http_progress http_reader::fail(error why) noexcept {
    status_ = read_status::failed;
    code_ = why;
    return {status_, code_, 0};
}

// The order of the checks is that of the octets that decide them, so that every split of the bytes
// gives the same error.
http_progress http_reader::read(std::span<const std::byte> bytes) noexcept {
    if (status_ != read_status::need_more) return {status_, code_, 0};
    std::size_t consumed = 0;
    do {
        const std::size_t room = memory_.text.size() - used_;
        const std::size_t size = scan(bytes.subspan(consumed, std::min(bytes.size() - consumed, room)));
        if (const error why = parse(bytes.subspan(consumed, size)); why != error::none) return fail(why);
        consumed += size;
        if (start_line_ended_ && !start_line_checked_) {
            const error why = kind_ == kind::request ? check_request_line() : check_status_line();
            if (why != error::none) return fail(why);
            start_line_checked_ = true;
        }
        if (position_ == position::broken) return fail(code_ != error::none ? code_ : error::http_malformed);
        if (position_ == position::end) {
            if (const error why = check_end(); why != error::none) return fail(why);
            if (!interim()) {
                status_ = read_status::complete;
                return {status_, error::none, consumed};
            }
            begin();
        }
        if (used_ == memory_.text.size()) return fail(error::http_headers_too_large);
    } while (consumed < bytes.size());
    return {status_, error::none, consumed};
}

// How many of these bytes belong to the head, break no rule of lines and can be parsed at once. Decides where
// the head ends, so that not one byte behind it is looked at.
std::size_t http_reader::scan(std::span<const std::byte> bytes) noexcept {
    std::size_t size = 0;
    while (size < bytes.size()) {
        position_ = step(std::to_integer<unsigned char>(bytes[size]));
        if (position_ == position::broken) break;
        ++size;
        // The start line is judged before anything behind it is read.
        if (position_ == position::end || (start_line_ended_ && !start_line_checked_)) break;
    }
    return size;
}

http_reader::position http_reader::step(unsigned char byte) noexcept {
    switch (position_) {
        case position::before:
            // RFC 9112 2.2: a server ignores empty lines before the request line.
            if (byte == '\r' && kind_ == kind::request) return position::before_cr;
            return byte > ' ' && byte != 0x7f ? position::inside : position::broken;
        case position::before_cr: return byte == '\n' ? position::before : position::broken;
        case position::inside:
            if (byte == '\r') return position::inside_cr;
            // RFC 9110 5.5: CR, LF and NUL are dangerous wherever they stand; no other control
            // character has a meaning in a line either. A bare LF ends no line here, though RFC 9112
            // 2.2 would allow it: two parsers that disagree on it can be played off against each other.
            return (byte >= ' ' && byte != 0x7f) || byte == '\t' ? position::inside : position::broken;
        case position::inside_cr:
            if (byte != '\n') return position::broken;
            start_line_ended_ = true;
            return position::line_start;
        case position::line_start: return byte == '\r' ? position::last_cr : begin_header(byte);
        case position::last_cr: return byte == '\n' ? position::end : position::broken;
        case position::end:
        case position::broken: break;
    }
    return position::broken;
}

http_reader::position http_reader::begin_header(unsigned char byte) noexcept {
    // RFC 9112 5.2: folded lines are rejected, and 2.2: so is a blank behind the start line. A colon
    // would end an empty name.
    if (byte <= ' ' || byte == 0x7f || byte == ':') return position::broken;
    if (lines_ == memory_.headers.size()) {
        code_ = error::http_too_many_headers;
        return position::broken;
    }
    ++lines_;
    return position::inside;
}

// Hands what scan() let through to llhttp, once, where it will stay.
error http_reader::parse(std::span<const std::byte> bytes) noexcept {
    if (bytes.empty()) return error::none;
    char* at = memory_.text.data() + used_;
    std::memcpy(at, bytes.data(), bytes.size());
    used_ += bytes.size();
    llhttp_t& parser = parser_in(parser_.data());
    parser.data = this;  // here, since the reader can have moved
    const llhttp_errno_t code = llhttp_execute(&parser, at, bytes.size());
    if (headers_complete_ != (position_ == position::end)) return error::http_malformed;
    if (code != HPE_OK && !headers_complete_) return error::http_malformed;
    version_ = static_cast<std::uint16_t>(parser.http_major * 10 + parser.http_minor);
    status_code_ = parser.status_code;
    return error::none;
}

// RFC 9112 3: method SP request-target SP HTTP-version. llhttp would take more blanks, RTSP/1.0 and
// the version-less line of HTTP/0.9.
error http_reader::check_request_line() const noexcept {
    constexpr std::string_view name = " HTTP/";
    if (method_.empty() || target_.empty() || version_text_.size() != 3) return error::http_malformed;
    const char* method_end = method_.data() + method_.size();
    const char* target_end = target_.data() + target_.size();
    if (target_.data() != method_end + 1 || std::string_view{target_end, name.size()} != name)
        return error::http_malformed;
    // RFC 9112 3.2: no form of target has a fragment.
    if (target_.find('#') != std::string_view::npos) return error::http_malformed;
    return check_version();
}

// RFC 9112 4: HTTP-version SP three digits. The blank behind them is not asked for when there is no
// reason, since many servers forget it and the end of the line is certain all the same.
error http_reader::check_status_line() const noexcept {
    if (version_text_.size() != 3) return error::http_malformed;
    const char* version_end = version_text_.data() + version_text_.size();
    const std::string_view rest{version_end,
                                static_cast<std::size_t>(memory_.text.data() + used_ - version_end)};
    const std::string_view status = front(behind(rest, 1), 3);
    if (status.size() != 3 || !std::all_of(status.begin(), status.end(), is_digit) || status[0] == '0')
        return error::http_malformed;
    return check_version();
}

// RFC 9112 2.3: the text of another major version follows other rules, or is none.
error http_reader::check_version() const noexcept {
    return version_text_.starts_with('1') ? error::none : error::http_version_unsupported;
}

bool http_reader::interim() const noexcept {
    return kind_ == kind::response && status_code_ < 200 && status_code_ != 101;
}

error http_reader::check_end() const noexcept {
    if (headers_ != lines_) return error::http_malformed;
    if (kind_ == kind::response) {
        // RFC 9110 7.8: Upgrade belongs to HTTP/1.1. RFC 9112 6.3: what follows a 1xx is never its
        // body, whatever its headers say, so they are not looked at.
        const bool too_old = status_code_ == 101 && version_ < 11;
        return too_old ? error::http_version_too_old : error::none;
    }
    // RFC 9112 6.3: these two announce a body. llhttp has seen to it that they are well-formed and
    // that at most one of them is there; it overlooks a Transfer-Encoding without a value.
    for (const header& each : memory_.headers.first(headers_)) {
        const bool announced = equal_ignoring_case(each.name, "Transfer-Encoding") ||
                               (equal_ignoring_case(each.name, "Content-Length") && !is_zero(each.value));
        // What is wrong with a POST is not that it has a body: RFC 9110 15.5.6.
        if (announced) return method_ == "GET" ? error::http_body_unexpected : error::method_not_get;
    }
    return error::none;
}

}  // namespace v0
}  // namespace wspc
