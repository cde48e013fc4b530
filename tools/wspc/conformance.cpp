// SPDX-License-Identifier: Apache-2.0
#include "conformance.hpp"

#include <charconv>
#include <cstdio>
#include <functional>

#include <unistd.h>

#include <fmt/format.h>

#include "problem.hpp"

namespace tool {
namespace {

// Beyond what any case takes; a suite that falls silent must not hold us for ever.
constexpr std::chrono::minutes case_limit{5};

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

// Opens one connection and stays until the suite ends it.
void visit(const std::string& url, const client_options& options,
           const std::function<void(client&, const wspc::event&)>& on_event) {
    asio::io_context context{1};
    client visitor{context, options};
    visitor.on_event = [&](const wspc::event& e) { on_event(visitor, e); };
    visitor.open(url);
    if (!run_until(context, case_limit, [&] { return visitor.ended(); }))
        throw problem{exit_code::failed, fmt::format("{}: the suite does not end this case", url)};
}

unsigned case_count(const std::string& base, const client_options& options) {
    std::string text;
    visit(base + "/getCaseCount", options, [&](client&, const wspc::event& e) {
        if (e.kind == wspc::event_kind::data)
            text.append(reinterpret_cast<const char*>(e.bytes.data()), e.bytes.size());
    });
    unsigned count = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failed != std::errc{} || end != text.data() + text.size())
        throw problem{exit_code::failed, fmt::format("{}/getCaseCount answers with no number", base)};
    return count;
}

}  // namespace

int conformance(const std::string& url, const std::string& agent, const client_options& options) {
    const std::string base = url.substr(0, url.find_last_not_of('/') + 1);
    const std::string name = percent_encoded(agent);
    const unsigned count = case_count(base, options);
    const bool on_terminal = isatty(STDOUT_FILENO) != 0;
    for (unsigned i = 1; i <= count; ++i) {
        fmt::print("{}case {} of {}{}", on_terminal ? "\r" : "", i, count, on_terminal ? "" : "\n");
        std::fflush(stdout);
        visit(fmt::format("{}/runCase?case={}&agent={}", base, i, name), options,
              [](client& testee, const wspc::event& e) {
                  if (e.kind == wspc::event_kind::data) testee.echo(e);
              });
    }
    visit(fmt::format("{}/updateReports?agent={}", base, name), options, [](client&, const wspc::event&) {});
    fmt::print("{}{} cases run; the suite has the report\n", on_terminal ? "\n" : "", count);
    return static_cast<int>(exit_code::ok);
}

}  // namespace tool
