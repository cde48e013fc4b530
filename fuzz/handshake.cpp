// SPDX-License-Identifier: Apache-2.0
// The opening handshake with hostile fields, against a model of what they mean; what a server accepts, its
// client accepts; what a client asks for, its server reads; and nothing that is answered ends a field early.
#include <array>
#include <optional>

#include <wspc/handshake.hpp>

#include "fields.hpp"
#include "finding.hpp"
#include "header_model.hpp"
#include "input.hpp"
#include "request_model.hpp"

namespace wspc::fuzz {
namespace {

constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 1.3
constexpr std::string_view sample_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::vector<model::extension> read(const extension_list& list) {
    std::vector<model::extension> made;
    step_limit limit{1 << 16};
    for (const extension& each : list) {
        limit.step();
        made.push_back({std::string{each.name()}});
        for (const extension_parameter& p : each.parameters()) {
            limit.step();
            std::string value(p.unescape({}), '\0');
            expect(p.unescape(value) == value.size(), "a value of two sizes");
            expect(p.is(value) == p.has_value, "a value that is not itself");
            made.back().parameters.push_back({std::string{p.name}});
            if (p.has_value) made.back().parameters.back().value = value;
        }
    }
    return made;
}

std::vector<std::string> read(const token_list& list) {
    std::vector<std::string> made;
    step_limit limit{1 << 16};
    for (const std::string_view each : list) {
        limit.step();
        expect(list.contains(each), "a list without what is in it");
        made.emplace_back(each);
    }
    return made;
}

bool same(const result<offer>& a, const result<offer>& b) {
    if (a.code != b.code) return false;
    return !a || (a.value.key == b.value.key && a.value.host == b.value.host &&
                  a.value.origin == b.value.origin && read(a.value.protocols) == read(b.value.protocols) &&
                  read(a.value.extensions) == read(b.value.extensions));
}

// Names and values are what C programs want, too.
void expect_terminated(std::span<const header> fields) {
    for (const header& each : fields)
        expect(each.name.data()[each.name.size()] == '\0' && each.value.data()[each.value.size()] == '\0',
               "a string without its NUL");
}

// Memory of exactly the size that is needed, having seen that one octet less will not do.
template <class Make>
std::optional<exact_copy> exact_room(const Make& make) {
    const auto measured = make(std::span<char>{});
    if (measured.code != error::no_room) return std::nullopt;
    expect(measured.needed != 0 && measured.count == 0, "no room for nothing");
    const exact_copy less{measured.needed - 1};
    const auto tight = make(std::span{reinterpret_cast<char*>(less.bytes().data()), less.size()});
    expect(tight.code == error::no_room && tight.needed == measured.needed, "room where there is none");
    return exact_copy{measured.needed};
}

std::span<char> chars_of(const exact_copy& of) {
    return {reinterpret_cast<char*>(of.bytes().data()), of.size()};
}

// --- server

// The client that sent this request hears the answer.
void expect_agreement(const offer& from, const choice& chosen, const server_reply& reply) {
    const std::vector<std::string> protocols = read(from.protocols);
    std::vector<std::string_view> offered_protocols{protocols.begin(), protocols.end()};
    std::vector<std::string_view> offered_extensions;
    for (const extension& each : from.extensions) offered_extensions.push_back(each.text());
    const client_offer wanted{.protocols = offered_protocols, .extensions = offered_extensions};
    const checked_response checked = check_response(reply.as_response(), from.key, wanted);
    if (!checked) finding("the client refuses what its server accepted: " + std::string{text(checked.code)});
    expect(checked.agreed.protocol == chosen.protocol && reply.agreed.protocol == chosen.protocol,
           "another protocol was agreed on");
    expect((checked.protocol == none_offered) == chosen.protocol.empty() &&
               (chosen.protocol.empty() || protocols[checked.protocol] == chosen.protocol),
           "the index of another protocol");
    const std::vector<model::extension> heard = read(checked.agreed.extensions);
    expect(heard == read(reply.agreed.extensions), "the two agree on other extensions");
    expect(heard.size() == chosen.extensions.size(), "another number of extensions was agreed on");
    for (std::size_t i = 0; i < heard.size(); ++i)
        expect(read(extension_list{chosen.extensions[i]}) == std::vector{heard[i]},
               "another extension was agreed on");
}

void take_offer(const offer& from, std::uint64_t which, std::string_view strange) {
    choice chosen;
    const std::vector<std::string> protocols = read(from.protocols);
    if ((which & 1) != 0 && !protocols.empty()) chosen.protocol = protocols[(which >> 8) % protocols.size()];
    std::vector<std::string_view> extensions;
    std::uint64_t mask = which >> 16;
    for (const extension& each : from.extensions) {
        if ((mask & 1) != 0) extensions.push_back(each.text());
        mask = mask >> 1 | mask << 63;
    }
    // What no request said.
    if ((which & 6) == 2) chosen.protocol = strange;
    if ((which & 6) == 4) extensions.push_back(strange);
    chosen.extensions = extensions;

    const auto make = [&](std::span<char> storage) { return accept(from, chosen, storage); };
    const std::optional<exact_copy> storage = exact_room(make);
    if (!storage) return expect(make({}).count == 0, "fields beside an error");
    const server_reply reply = make(chars_of(*storage));
    expect(reply.code == error::none && reply.status == 101, "an acceptance that fails with room");
    expect_no_injection(reply.headers());
    expect_terminated(reply.headers());
    expect_agreement(from, chosen, reply);
}

void expect_refusal(std::uint16_t status, error why) {
    const server_reply reply = reject(status, why);
    if (status != 0 && (status < 300 || status > 599))
        return expect(reply.code == error::bad_argument && reply.count == 0, "a refusal that is none");
    expect(reply.code == error::none && reply.status == (status != 0 ? status : http_status(why)),
           "a refusal with another status");
    expect_no_injection(reply.headers());
    expect(model::names(reply.headers(), "Connection", "close"), "a refusal that keeps the connection");
}

void expect_verdicts(const offer& from) {
    constexpr std::string_view others[] = {"https://example.org", "http://example.com:8080"};
    const std::span<const std::string_view> lists[] = {{}, others, {&from.origin, 1}};
    for (const auto& allowed : lists)
        for (const bool same_origin : {true, false})
            for (const bool secure : {false, true}) {
                const origin_policy policy{allowed, same_origin, secure};
                const std::optional<origin_verdict> wanted = model::judge(from, policy);
                expect(!wanted || origin_allowed(from, policy) == *wanted, "another verdict on an origin");
            }
    expect(from.origin.empty() || from.origin == "null" ||
               origin_allowed(from, {.allowed = {&from.origin, 1}}) == origin_verdict::allowed,
           "an origin that is allowed is refused");
}

void expect_as_modelled(const request& from, const result<offer>& got) {
    expect_words(got.code);
    if (!model::answers(model::items(from)).contains(got.code))
        finding("a request is answered with: " + std::string{text(got.code)});
    if (!got) return expect_refusal(0, got.code);
    const auto only = [&](std::string_view name) {
        const std::vector<std::string_view> all = model::values(from.headers, name);
        return all.empty() ? std::string{} : model::trimmed(all.front());
    };
    expect(got.value.host == model::host_of(from), "another host");
    expect(got.value.key == only("Sec-WebSocket-Key"), "another key");
    expect(got.value.origin == only("Origin"), "another origin");
    expect(read(got.value.protocols) == model::elements(from.headers, "Sec-WebSocket-Protocol"),
           "other protocols");
    expect(read(got.value.extensions) == model::extensions(from.headers), "other extensions");
    expect_verdicts(got.value);
}

void be_server(input& in) {
    constexpr std::uint16_t versions[] = {11, 0, 10, 20};
    const bool has_start = in.flag();
    const std::uint16_t version = in.one_of(versions);
    const std::uint64_t which = in.number();
    const std::string_view text = text_of(in.rest());

    request from{.version = version};
    std::vector<header> fields = fields_of(text);
    if (has_start && !fields.empty()) {
        from.method = fields.front().name;
        from.target = fields.front().value;
        fields.erase(fields.begin());
    } else {
        from.version = 0;
    }
    from.headers = fields;
    const result<offer> got = read_request(from);
    expect_as_modelled(from, got);

    exact_strings kept;
    request copy{kept.add(from.method), kept.add(from.target), from.version, {}};
    const std::vector<header> copied = kept.add(fields);
    copy.headers = copied;
    expect(same(got, read_request(copy)), "views and exact copies give other results");
    if (got) take_offer(got.value, which, fields.back().value);
}

// --- client

bool fill_with_counts(void* context, std::span<std::byte> to) noexcept {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::byte>(i * 11);
    return *static_cast<bool*>(context);
}

void expect_as_modelled(const client_offer& wanted, error code) {
    // Of protocols and extensions, the server that reads them will tell.
    const model::item rules{
        {error::header_value_invalid,
         wanted.host.empty() ? model::verdict::right : model::judge_place(wanted.host)},
        {error::origin_invalid,
         wanted.origin.empty() ? model::verdict::right : model::judge_origin(wanted.origin)},
        {error::protocol_invalid, model::verdict::open},
        {error::extension_invalid, model::verdict::open},
    };
    expect_words(code);
    if (!model::answers({rules}).contains(code))
        finding("a client is answered with: " + std::string{text(code)});
}

void be_client(input& in) {
    const std::uint64_t protocol_count = in.below(4);
    bool has_random = in.below(16) != 1;
    const bool has_origin = in.flag();
    const std::string_view text = text_of(in.rest());

    // Host, Origin, protocols, extensions.
    exact_strings kept;
    std::vector<std::string_view> strings;
    for (const std::string_view each : split(text, record_separator)) strings.push_back(kept.add(each));
    std::span<const std::string_view> left{strings};
    const auto next = [&left] {
        if (left.empty()) return std::string_view{};
        const std::string_view taken = left.front();
        left = left.subspan(1);
        return taken;
    };
    client_offer wanted{.host = next(), .origin = has_origin ? next() : std::string_view{}};
    wanted.protocols = left.first(std::min<std::size_t>(protocol_count, left.size()));
    wanted.extensions = left.subspan(wanted.protocols.size());

    const auto make = [&](std::span<char> storage) {
        return make_request(wanted, storage, {&has_random, fill_with_counts});
    };
    expect_as_modelled(wanted, model::with_room(make({}).code));
    const std::optional<exact_copy> storage = exact_room(make);
    if (!storage) return expect(make({}).count == 0, "fields beside an error");
    const client_request made = make(chars_of(*storage));
    if (!has_random)
        return expect(made.code == error::no_randomness && made.count == 0, "a key out of nothing");
    expect(made.code == error::none, "a request that fails with room");
    expect_no_injection(made.headers());
    expect_terminated(made.headers());

    std::vector<header> fields{made.headers().begin(), made.headers().end()};
    if (wanted.host.empty()) fields.push_back({"Host", "example.com"});
    const result<offer> got = read_request({"GET", "/", 11, fields});
    if (!got) finding("the server refuses what its client asked: " + std::string{wspc::text(got.code)});
    expect(got.value.key == made.key && got.value.origin == wanted.origin, "another key or origin");
    expect(wanted.host.empty() || got.value.host == wanted.host, "another host");
    expect(read(got.value.protocols) ==
               std::vector<std::string>(wanted.protocols.begin(), wanted.protocols.end()),
           "other protocols are read than were offered");
    std::vector<model::extension> extensions;
    for (const std::string_view each : wanted.extensions)
        for (const model::extension& one : read(extension_list{each})) extensions.push_back(one);
    expect(read(got.value.extensions) == extensions, "other extensions are read than were offered");
}

void hear_response(input& in) {
    static constexpr std::string_view protocols[] = {"chat", "superchat"};
    static constexpr std::string_view extensions[] = {"permessage-deflate; client_max_window_bits", "x"};
    constexpr std::uint16_t statuses[] = {101, 0, 200, 426};
    const std::uint16_t status = in.one_of(statuses);
    client_offer wanted;
    if (in.flag()) wanted.protocols = protocols;
    if (in.flag()) wanted.extensions = extensions;
    wanted.protocol_required = in.flag();
    const std::vector<header> fields = fields_of(text_of(in.rest()));
    const checked_response got = check_response({status, fields}, sample_key, wanted);
    const bool good = model::is_response({status, fields}, sample_accept, wanted);
    expect_words(got.code);
    if (!got && good) finding("a good response is refused: " + std::string{text(got.code)});
    expect(!got || good, "a response is accepted that is none");

    exact_strings kept;
    const std::vector<header> copied = kept.add(fields);
    const checked_response other = check_response({status, copied}, sample_key, wanted);
    expect(got.code == other.code && got.protocol == other.protocol &&
               got.agreed.protocol == other.agreed.protocol &&
               read(got.agreed.extensions) == read(other.agreed.extensions),
           "views and exact copies give other results");
    expect(!got || read(got.agreed.extensions) == model::extensions(fields), "other extensions");
}

// Fields that a program adds to those of the handshake.
void add_fields(input& in) {
    const auto status = static_cast<std::uint16_t>(in.below(700));
    expect_refusal(status, static_cast<error>(in.below(static_cast<std::uint64_t>(error::last_) + 1)));
    for (const header& each : fields_of(text_of(in.rest())))
        if (check_header(each) == error::none) expect_no_injection({&each, 1});
}

}  // namespace
}  // namespace wspc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    wspc::fuzz::input in{bytes, size};
    switch (in.below(8)) {
        case 0:
        case 1:
        case 2: wspc::fuzz::be_server(in); break;
        case 3:
        case 4: wspc::fuzz::be_client(in); break;
        case 5:
        case 6: wspc::fuzz::hear_response(in); break;
        default: wspc::fuzz::add_fields(in);
    }
    return 0;
}
