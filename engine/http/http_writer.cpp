// SPDX-License-Identifier: Apache-2.0
// Writes requests, responses and refusals. All is checked and measured before the first byte is
// written, so that a failure leaves the caller's memory as it was.
#include <charconv>
#include <cstring>
#include <tuple>

#include <wspc/http.hpp>

#include "authority.hpp"
#include "text.hpp"

namespace wspc {
inline namespace v0 {

namespace {

using fields = std::span<const header>;

struct measure {
    std::size_t size = 0;
    void put(std::string_view text) noexcept { size = saturated_sum(size, text.size()); }
};

struct copy {
    std::byte* at;
    void put(std::string_view text) noexcept {
        if (text.empty()) return;
        std::memcpy(at, text.data(), text.size());
        at += text.size();
    }
};

// `emit` puts the same text into whatever it is given.
template <class Emit>
http_written write_text(std::span<std::byte> out, Emit emit) noexcept {
    measure need;
    emit(need);
    if (need.size > out.size()) return {0, need.size, error::no_room};
    copy to{out.data()};
    emit(to);
    return {need.size, 0, error::none};
}

template <class Sink>
void put_field(Sink& sink, std::string_view name, std::string_view value) noexcept {
    sink.put(name);
    sink.put(": ");
    sink.put(value);
    sink.put("\r\n");
}

template <class Sink>
void put_fields(Sink& sink, fields list) noexcept {
    for (const header& each : list) put_field(sink, each.name, each.value);
}

bool is_content_length(const header& field) noexcept {
    return equal_ignoring_case(field.name, "Content-Length");
}

// `length` is the only value that a Content-Length may have, empty if it may have none.
error check_fields(fields list, std::string_view length, std::size_t& lengths) noexcept {
    for (const header& each : list) {
        if (const error why = check_header(each); why != error::none) return why;
        // RFC 9112 6.3, 11.2: a second opinion on where a body ends is how requests are smuggled.
        if (equal_ignoring_case(each.name, "Transfer-Encoding")) return error::http_body_unexpected;
        if (!is_content_length(each)) continue;
        if (length.empty() || each.value != length || ++lengths > 1) return error::http_body_unexpected;
    }
    return error::none;
}

// RFC 9112 3.2: the Host of a request is there once; empty only when its target has no authority,
// which no ws:// URL lacks.
error check_hosts(fields list, std::size_t& hosts) noexcept {
    for (const header& each : list) {
        if (!equal_ignoring_case(each.name, "Host")) continue;
        if (++hosts > 1) return error::host_repeated;
        if (!parse_authority(each.value)) return error::header_value_invalid;
    }
    return error::none;
}

std::string_view decimal(std::span<char> room, std::size_t value) noexcept {
    const std::to_chars_result end = std::to_chars(room.data(), room.data() + room.size(), value);
    return {room.data(), static_cast<std::size_t>(end.ptr - room.data())};
}

struct resource {
    std::string_view path;
    std::string_view query;
};

// `host` is empty if one of the headers has it.
http_written write_get(std::span<std::byte> out, std::string_view method, resource target,
                       std::string_view host, fields headers, fields more) noexcept {
    // RFC 9112 3.2.1: origin-form.
    if (!target.path.starts_with('/') || !all_or_encoded(target.path, path_query) ||
        !all_or_encoded(target.query, path_query))
        return {0, 0, error::target_invalid};
    std::size_t lengths = 0;
    for (const fields list : {headers, more})
        if (const error why = check_fields(list, {}, lengths); why != error::none) return {0, 0, why};
    return write_text(out, [&](auto& sink) noexcept {
        sink.put(method);
        sink.put(" ");
        sink.put(target.path);
        if (!target.query.empty()) {
            sink.put("?");
            sink.put(target.query);
        }
        sink.put(" HTTP/1.1\r\n");
        if (!host.empty()) put_field(sink, "Host", host);
        put_fields(sink, headers);
        put_fields(sink, more);
        sink.put("\r\n");
    });
}

}  // namespace

http_written write_request(std::span<std::byte> out, const request& what, fields more) noexcept {
    const std::string_view method = what.method.empty() ? "GET" : what.method;
    if (!is_token(method) || (what.version != 0 && what.version != 11)) return {0, 0, error::bad_argument};
    std::size_t hosts = 0;
    for (const fields list : {what.headers, more})
        if (const error why = check_hosts(list, hosts); why != error::none) return {0, 0, why};
    if (hosts == 0) return {0, 0, error::host_missing};
    return write_get(out, method, {what.target, {}}, {}, what.headers, more);
}

http_written write_request(std::span<std::byte> out, const url& to, fields headers, fields more) noexcept {
    std::size_t hosts = 0;
    for (const fields list : {headers, more})
        if (const error why = check_hosts(list, hosts); why != error::none) return {0, 0, why};
    // A url can be filled in by hand; what it says is checked like everything else.
    if (hosts == 0 && !parse_authority(to.host_header))
        return {0, 0, to.host_header.empty() ? error::host_missing : error::header_value_invalid};
    return write_get(out, "GET", {to.path, to.query}, hosts == 0 ? to.host_header : std::string_view{},
                     headers, more);
}

http_written write_response(std::span<std::byte> out, const response& what, std::string_view body,
                            fields more) noexcept {
    if (what.status < 100 || what.status > 599) return {0, 0, error::bad_argument};
    // RFC 9110 6.4.1, 8.6: these never have a body, and all but 304 never a Content-Length.
    const bool bodiless = what.status < 200 || what.status == 204 || what.status == 304;
    if (bodiless && !body.empty()) return {0, 0, error::bad_argument};
    char status_digits[8];
    char length_digits[24];
    const std::string_view status = decimal(status_digits, what.status);
    const std::string_view length = bodiless ? std::string_view{} : decimal(length_digits, body.size());
    std::size_t lengths = 0;
    for (const fields list : {what.headers, more})
        if (const error why = check_fields(list, length, lengths); why != error::none) return {0, 0, why};
    return write_text(out, [&](auto& sink) noexcept {
        sink.put("HTTP/1.1 ");
        sink.put(status);
        sink.put(" ");
        sink.put(reason_phrase(what.status));
        sink.put("\r\n");
        put_fields(sink, what.headers);
        put_fields(sink, more);
        if (!bodiless && lengths == 0) put_field(sink, "Content-Length", length);
        sink.put("\r\n");
        sink.put(body);
    });
}

http_written write_refusal(std::span<std::byte> out, error why, std::uint16_t status, fields more) noexcept {
    const server_reply reply = reject(status, why);
    if (!reply) return {0, 0, reply.code};
    std::array<header, std::tuple_size_v<decltype(reply.fields)> + 1> headers;
    std::size_t count = 0;
    // reject() measures its own, empty body.
    for (const header& each : reply.headers())
        if (!is_content_length(each)) headers[count++] = each;
    headers[count++] = {"Content-Type", "text/plain"};
    // text() promises this much.
    constexpr std::size_t longest = 120;
    char body[longest + 1];
    const std::string_view sentence = front(text(why), longest);
    std::memcpy(body, sentence.data(), sentence.size());
    body[sentence.size()] = '\n';
    return write_response(out, {reply.status, fields{headers}.first(count)}, {body, sentence.size() + 1},
                          more);
}

std::string_view reason_phrase(std::uint16_t status) noexcept {
    switch (status) {
        case 100: return "Continue";
        case 101: return "Switching Protocols";
        case 103: return "Early Hints";
        case 200: return "OK";
        case 204: return "No Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 407: return "Proxy Authentication Required";
        case 408: return "Request Timeout";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 421: return "Misdirected Request";
        case 426: return "Upgrade Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "";  // RFC 9112 4: the reason may be empty
    }
}

}  // namespace v0
}  // namespace wspc
