// SPDX-License-Identifier: Apache-2.0
// HTTP text of the handshake: every split reads the same and leaves the same behind, plain heads are answered
// as a model answers them, limits hold, what is written reads back, and a URL that is accepted is the same
// when it has been written down again.
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wspc/http.hpp>

#include "fields.hpp"
#include "finding.hpp"
#include "head_model.hpp"
#include "input.hpp"

namespace wspc::fuzz {
namespace {

// Everything that a reader said, copied out of its memory.
struct outcome {
    read_status status = read_status::need_more;
    error code = error::none;
    std::size_t consumed = 0;
    std::string method{};
    std::string target{};
    unsigned version = 0;
    unsigned status_code = 0;
    std::vector<std::pair<std::string, std::string>> headers{};

    friend bool operator==(const outcome&, const outcome&) = default;
};

void copy_fields(outcome& to, std::span<const header> from) {
    for (const header& each : from) to.headers.emplace_back(each.name, each.value);
}

void copy_value(outcome& to, const request_reader& from) {
    const request value = from.value();
    to.method = value.method;
    to.target = value.target;
    to.version = value.version;
    copy_fields(to, value.headers);
}

void copy_value(outcome& to, const response_reader& from) {
    to.status_code = from.value().status;
    copy_fields(to, from.value().headers);
}

// Where a reader keeps what it reads: exactly as much as the limits say.
struct memory_of {
    explicit memory_of(http_limits limits) : text{limits.bytes}, headers(limits.headers) {}

    [[nodiscard]] http_memory get() {
        return {{reinterpret_cast<char*>(text.bytes().data()), text.size()}, headers};
    }

    exact_copy text;
    std::vector<header> headers;
};

template <class Reader>
outcome feed(Reader& reader, std::span<const std::byte> text, cutting cuts) {
    outcome all;
    step_limit limit{text.size() * 16 + 64};
    while (all.status == read_status::need_more && !text.empty()) {
        limit.step();
        const exact_copy piece{text.first(cuts.next(text.size()))};
        const http_progress got = reader.read(piece.bytes());
        expect(got.consumed <= piece.size(), "more octets are consumed than were fed");
        expect(got.status != read_status::need_more || got.consumed == piece.size(),
               "octets are left for no reason");
        expect((got.code != error::none) == (got.status == read_status::failed),
               "a failure without its error");
        all.status = got.status;
        expect_words(got.code);
        all.code = got.code;
        all.consumed = got.status == read_status::failed ? 0 : all.consumed + got.consumed;
        text = text.subspan(piece.size());
    }
    if (all.status == read_status::need_more) return all;
    if (all.status == read_status::complete) copy_value(all, reader);
    // It has said its last word.
    const exact_copy more{octets_of("GET / HTTP/1.1\r\n\r\n")};
    const http_progress again = reader.read(more.bytes());
    expect(again.status == all.status && again.code == all.code && again.consumed == 0,
           "a reader that goes on");
    return all;
}

// That a head which was read is what RFC 9112 2.1 and 5 call one: lines that end with CR LF and hold neither
// elsewhere, the fields in their order, and a blank line.
void expect_head(std::string_view head, const outcome& got) {
    for (std::size_t i = 0; i < head.size(); ++i) {
        const auto c = static_cast<unsigned char>(head[i]);
        const bool ends = c == '\r' && i + 1 < head.size() && head[i + 1] == '\n';
        const bool ended = c == '\n' && i != 0 && head[i - 1] == '\r';
        expect(ends || ended || c == '\t' || (c >= ' ' && c != 0x7f),
               "a head with a bare CR, LF or the like");
    }
    expect(head.ends_with("\r\n\r\n"), "a head without its end");
    head.remove_suffix(4);
    // In front of it: empty lines, or interim responses.
    if (const std::size_t at = head.rfind("\r\n\r\n"); at != std::string_view::npos)
        head.remove_prefix(at + 4);
    while (head.starts_with("\r\n")) head.remove_prefix(2);
    std::vector<std::pair<std::string, std::string>> fields;
    std::string_view start = head.substr(0, head.find("\r\n"));
    for (std::size_t at = start.size(); at < head.size();) {
        const std::string_view rest = head.substr(at + 2);
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        const std::size_t colon = line.find(':');
        expect(colon != std::string_view::npos, "a line that is no field");
        fields.emplace_back(line.substr(0, colon), model::trimmed(line.substr(colon + 1)));
        at += 2 + line.size();
    }
    expect(fields == got.headers, "other fields than stand there");
    if (got.method.empty()) {
        expect(start.starts_with("HTTP/1.") && start.substr(9, 3) == std::to_string(got.status_code),
               "another status line than stands there");
        expect(got.status_code != 101 || start[7] != '0', "HTTP/1.0 switches protocols");
    } else {
        const std::string line = got.method + " " + got.target + " HTTP/1.";
        expect(start.starts_with(line) && start.size() == line.size() + 1,
               "another request line than stands there");
    }
}

void expect_as_modelled(std::string_view text, bool is_request, http_limits limits, const outcome& got) {
    const std::optional<model::plain_head> head = model::parse_plain_head(text, is_request);
    // What is behind an interim response decides.
    if (!head || (head->status >= 100 && head->status < 200 && head->status != 101)) return;
    if (!model::answers(*head, limits).contains(got.code))
        finding("a head is answered with: " + std::string{wspc::text(got.code)});
    if (got.code != error::none) return;
    expect(got.status == read_status::complete && got.consumed == head->size, "a head ends elsewhere");
    expect(!is_request || got.version == head->major * 10 + head->minor, "another version");
}

// The outcome, which is the same whole, cut, octet by octet, and in a reader that has been used before.
template <class Reader>
outcome read_all_ways(std::span<const std::byte> text, const cutting& cuts, http_limits limits = {}) {
    memory_of memory{limits};
    Reader reader{memory.get()};
    const outcome whole = feed(reader, text, cutting{std::vector<std::size_t>{}});
    expect(whole.consumed <= limits.bytes, "more octets than the limit");
    expect(whole.headers.size() <= limits.headers, "more headers than the limit");
    for (const auto& [name, value] : whole.headers) {
        const header each{name, value};
        expect_no_injection({&each, 1});
    }
    if (whole.status == read_status::complete) expect_head(text_of(text.first(whole.consumed)), whole);
    expect_as_modelled(text_of(text), std::is_same_v<Reader, request_reader>, limits, whole);
    reader.reset();
    expect(feed(reader, text, cuts) == whole, "cut in pieces it reads as something else");
    memory_of other{limits};
    Reader fresh{other.get()};
    expect(feed(fresh, text, cutting{{1}}) == whole, "octet by octet it reads as something else");
    return whole;
}

template <class Reader>
outcome read_back(std::span<const std::byte> text, const cutting& cuts) {
    return read_all_ways<Reader>(text, cuts, {.bytes = text.size() + 1, .headers = text.size()});
}

// What `write` writes into exactly as much memory as it asks for, nothing being written into less.
template <class Write>
std::optional<exact_copy> written(const Write& write) {
    const http_written measured = write(std::span<std::byte>{});
    if (measured.code != error::no_room) {
        expect(measured.code != error::none && measured.size == 0, "nothing can be written into nothing");
        return std::nullopt;
    }
    const exact_copy less{measured.needed - 1};
    const http_written tight = write(less.bytes());
    expect(tight.code == error::no_room && tight.size == 0 && tight.needed == measured.needed,
           "room where there is none");
    for (const std::byte each : less.bytes()) expect(each == std::byte{0}, "a failure that writes");
    exact_copy out{measured.needed};
    const http_written done = write(out.bytes());
    expect(done.code == error::none && done.size == measured.needed, "a measure that does not hold");
    return out;
}

std::vector<std::pair<std::string, std::string>> pairs(std::span<const header> first,
                                                       std::span<const header> second) {
    outcome made;
    copy_fields(made, first);
    copy_fields(made, second);
    return made.headers;
}

// --- reading

http_limits small_limits(input& in) {
    if (in.flag()) return {};
    return {.bytes = static_cast<std::size_t>(in.below(400)),
            .headers = static_cast<std::size_t>(in.below(6))};
}

void write_again(const outcome& heard, const cutting& cuts) {
    std::vector<header> headers;
    for (const auto& [name, value] : heard.headers) headers.push_back({name, value});
    expect(!model::has_body(headers), "a request with a body");
    const request what{heard.method, heard.target, 11, headers};
    static_cast<void>(read_request(what));
    const std::optional<exact_copy> text =
        written([&](std::span<std::byte> out) { return write_request(out, what); });
    if (!text) return;
    const outcome again = read_back<request_reader>(text->bytes(), cuts);
    expect(again.status == read_status::complete && again.consumed == text->size(),
           "a request that does not read");
    expect(again.method == heard.method && again.target == heard.target && again.headers == heard.headers,
           "a request that was read changes when it is written");
}

void read_request_text(input& in) {
    const http_limits limits = small_limits(in);
    const cutting cuts{in};
    const outcome got = read_all_ways<request_reader>(in.rest(), cuts, limits);
    if (got.status == read_status::complete) write_again(got, cuts);
}

void read_response_text(input& in) {
    const http_limits limits = small_limits(in);
    const cutting cuts{in};
    const outcome got = read_all_ways<response_reader>(in.rest(), cuts, limits);
    if (got.status != read_status::complete) return;
    expect(got.status_code >= 100 && got.status_code <= 999, "a status of another size");
    expect(got.status_code >= 200 || got.status_code == 101, "an interim response is given");
    std::vector<header> headers;
    for (const auto& [name, value] : got.headers) headers.push_back({name, value});
    static_cast<void>(check_response({static_cast<std::uint16_t>(got.status_code), headers},
                                     "dGhlIHNhbXBsZSBub25jZQ==", {}));
}

// --- writing

void write_request_text(input& in) {
    const std::size_t behind = in.size(3);
    const cutting cuts{in};
    exact_strings kept;
    std::vector<header> fields = kept.add(fields_of(text_of(in.rest())));
    if (fields.empty()) return;
    const request what{fields[0].name, fields[0].value, 11, std::span{fields}.subspan(1)};
    const std::size_t first = std::min(behind, what.headers.size());
    request split = what;
    split.headers = what.headers.first(first);
    const std::span<const header> more = what.headers.subspan(first);
    const error code = model::with_room(write_request({}, split, more).code);
    if (!model::answers_to_writing(what).contains(code))
        finding("writing a request is answered with: " + std::string{wspc::text(code)});
    const std::optional<exact_copy> text =
        written([&](std::span<std::byte> out) { return write_request(out, split, more); });
    if (!text) return;
    const outcome got = read_back<request_reader>(text->bytes(), cuts);
    // A method that llhttp does not know cannot be read.
    if (got.code == error::http_malformed && what.method != "GET" && !what.method.empty()) return;
    if (got.status != read_status::complete)
        finding("a request that does not read: " + std::string{wspc::text(got.code)});
    expect(got.consumed == text->size(), "a request that ends early");
    expect(got.method == (what.method.empty() ? "GET" : what.method) && got.target == what.target &&
               got.version == 11,
           "another request line");
    expect(got.headers == pairs(split.headers, more), "other headers");
}

void write_response_text(input& in) {
    const auto status = static_cast<std::uint16_t>(in.below(700));
    const std::size_t behind = in.size(3);
    const exact_copy body = in.chunk(in.flag() ? in.size(100) : 0);
    const cutting cuts{in};
    exact_strings kept;
    const std::vector<header> fields = kept.add(fields_of(text_of(in.rest())));
    const std::size_t first = std::min(behind, fields.size());
    const response what{status, std::span{fields}.first(first)};
    const std::span<const header> more = std::span{fields}.subspan(first);
    const error code = model::with_room(write_response({}, what, text_of(body.bytes()), more).code);
    if (!model::answers_to_writing({status, fields}, body.size()).contains(code))
        finding("writing a response is answered with: " + std::string{wspc::text(code)});
    const std::optional<exact_copy> text = written(
        [&](std::span<std::byte> out) { return write_response(out, what, text_of(body.bytes()), more); });
    if (!text) return;
    const bool interim = status < 200 && status != 101;
    const outcome got = read_back<response_reader>(text->bytes(), cuts);
    if (interim) return expect(got.status == read_status::need_more, "an interim response is given");
    if (got.status != read_status::complete)
        finding("a response that does not read: " + std::string{wspc::text(got.code)});
    expect(got.status_code == status, "another status");
    expect(text_of(text->bytes()).substr(got.consumed) == text_of(body.bytes()), "another body");
    std::vector<std::pair<std::string, std::string>> wanted = pairs(what.headers, more);
    if (got.headers.size() == wanted.size() + 1)
        wanted.emplace_back("Content-Length", std::to_string(body.size()));
    expect(got.headers == wanted, "other headers");
}

void write_refusal_text(input& in) {
    const auto why = static_cast<error>(in.below(static_cast<std::uint64_t>(error::last_) + 1));
    const auto status = static_cast<std::uint16_t>(in.flag() ? in.below(700) : 0);
    const cutting cuts{in};
    exact_strings kept;
    const std::vector<header> more = kept.add(fields_of(text_of(in.rest())));
    const std::optional<exact_copy> text =
        written([&](std::span<std::byte> out) { return write_refusal(out, why, status, more); });
    if (!text) return;
    expect(!more.empty() || text->size() <= max_refusal_size, "a refusal beyond the size of any");
    const outcome got = read_back<response_reader>(text->bytes(), cuts);
    expect(got.status == read_status::complete, "a refusal that does not read");
    expect(got.status_code == (status != 0 ? status : http_status(why)), "a refusal of another status");
    std::size_t lengths = 0;
    for (const auto& [name, value] : got.headers)
        if (name == "Content-Length" && value == std::to_string(text->size() - got.consumed)) ++lengths;
    expect(lengths == 1, "a refusal whose body has no length");
}

// --- URLs

bool same(const url& a, const url& b) {
    return a.secure == b.secure && a.port == b.port && a.host == b.host && a.host_header == b.host_header &&
           a.path == b.path && a.query == b.query;
}

void read_url(input& in) {
    const cutting cuts{in};
    const exact_copy text{in.rest()};
    const result<url> got = parse_url(text_of(text.bytes()));
    expect_words(got.code);
    if (!got) return;
    const url& to = got.value;
    expect(to.port != 0 && !to.host.empty() && to.path.starts_with('/'), "a URL of nowhere");
    for (const char c : text_of(text.bytes())) expect(c > ' ' && c < 0x7f, "a URL of strange characters");

    std::string resource{to.path};
    if (!to.query.empty()) resource.append("?").append(to.query);
    std::string again = to.secure ? "WSS://" : "ws://";
    again.append(to.host_header).append(resource);
    const result<url> second = parse_url(again);
    expect(second.code == error::none && same(to, second.value), "a URL that changes when it is written");
    const bool fragment = parse_url(again + "#").code == error::url_fragment;
    expect(fragment, "a fragment is let through");

    const std::optional<exact_copy> asked =
        written([&](std::span<std::byte> out) { return write_request(out, to, {}); });
    expect(asked.has_value(), "a URL that is accepted cannot be asked for");
    const outcome heard = read_back<request_reader>(asked->bytes(), cuts);
    expect(heard.status == read_status::complete && heard.method == "GET" && heard.target == resource,
           "another resource is asked for");
    expect(heard.headers.size() == 1 && heard.headers[0].first == "Host" &&
               heard.headers[0].second == to.host_header,
           "another host is asked for");
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::input in{bytes, size};
    switch (in.below(8)) {
        case 0:
        case 1: wspc::fuzz::read_request_text(in); break;
        case 2:
        case 3: wspc::fuzz::read_response_text(in); break;
        case 4: wspc::fuzz::write_request_text(in); break;
        case 5: wspc::fuzz::write_response_text(in); break;
        case 6: wspc::fuzz::write_refusal_text(in); break;
        default: wspc::fuzz::read_url(in);
    }
    return 0;
}
