// SPDX-License-Identifier: Apache-2.0
// The program: its subcommands, their arguments, and how errors end it.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <initializer_list>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <wspc/handshake.hpp>
#include <wspc/utf8.hpp>

#include "conformance.hpp"
#include "connect.hpp"
#include "demo.hpp"
#include "kernels.hpp"
#include "problem.hpp"
#include "server.hpp"

namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 all went well, 1 the conversation failed, 2 wrong arguments, 3 no connection or no\n"
    "port, 4 the server refused the handshake.";

// A check for CLI11: empty if the text is as it must be.
using validator = std::function<std::string(const std::string&)>;

// What the handshake would say to this offer, before anybody is connected to.
std::string check_offer(const wspc::client_offer& wanted, const std::string& text) {
    std::array<char, 4096> storage;
    const wspc::client_request asked = wspc::make_request(wanted, storage);
    return asked ? std::string{} : fmt::format("{}: {}", text, wspc::text(asked.code));
}

std::string check_origin(const std::string& text) {
    if (text.empty()) return "an origin is not empty";
    return check_offer({.host = "localhost", .origin = text}, text);
}

std::string check_protocol(const std::string& text) {
    const std::array<std::string_view, 1> protocols{text};
    return check_offer({.host = "localhost", .protocols = protocols}, text);
}

bool is_utf8(const std::string& text) { return wspc::is_utf8(std::as_bytes(std::span{text})); }

// The body of a control frame, or what is left of it (RFC 6455 5.5).
validator at_most(std::size_t size) {
    return [size](const std::string& text) {
        return text.size() <= size ? std::string{} : fmt::format("too long: at most {} bytes", size);
    };
}

// More than a day is a mistake, and what no clock can count to would overflow.
std::string check_seconds(const std::string& text) {
    constexpr double most = 86'400;
    double seconds = 0;
    const bool fits = CLI::detail::lexical_cast(text, seconds) && seconds >= 0 && seconds <= most;
    return fits ? std::string{} : fmt::format("{} is not a number from 0 to {}", text, most);
}

// Without it a negative number would become one of the largest that there are.
std::string check_no_sign(const std::string& text) {
    return text.find('-') == text.npos ? std::string{} : text + " is negative";
}

// CLI11 takes an empty text for 0, and the resolver an empty host for every address of this machine.
void refuse_empty(CLI::App& command, std::initializer_list<const char*> names) {
    for (const char* const name : names)
        command.get_option(name)->check(
            [](const std::string& text) { return text.empty() ? "is empty" : std::string{}; });
}

void add_serve(CLI::App& app, tool::serve_options& options) {
    CLI::App* const serve = app.add_subcommand("serve", "Echo every message, until SIGINT or SIGTERM");
    serve->add_option("--host", options.host, "Name or address to listen on")->capture_default_str();
    serve->add_option("--port", options.port, "TCP port; 0 takes any that is free")->capture_default_str();
    serve->add_option("--threads", options.threads, "Threads, each with its own event loop")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    serve
        ->add_option(
            "--origin", options.origins,
            "Let pages of this origin connect, e.g. https://example.com; may be repeated. Pages of this "
            "server and programs that are no browsers always may.")
        ->check(check_origin)
        ->allow_extra_args(false);
    serve->add_option("--protocol", options.protocols, "Accept this sub-protocol; may be repeated")
        ->check(check_protocol)
        ->allow_extra_args(false);
    serve->add_option("--max-message", options.max_message, "Bytes of the largest message")
        ->transform(CLI::AsSizeValue(false))
        ->transform(CLI::Validator{check_no_sign, {}})  // runs before the one above
        ->capture_default_str();
    serve
        ->add_option("--max-connections", options.max_connections,
                     "Connections at once, in any state; more are refused with 503")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000'000}))
        ->capture_default_str();
    serve->add_option_function<unsigned>(
        "--handshake-timeout", [&](unsigned s) { options.handshake_timeout = std::chrono::seconds{s}; },
        "Seconds for the opening handshake (default 10)");
    serve->add_option_function<unsigned>(
        "--close-timeout", [&](unsigned s) { options.close_timeout = std::chrono::seconds{s}; },
        "Seconds for the closing handshake (default 5)");
    serve->add_option_function<unsigned>(
        "--stall-timeout", [&](unsigned s) { options.stall_timeout = std::chrono::seconds{s}; },
        "Seconds for a peer to take the answers to what was read at once (default 60)");
    refuse_empty(*serve, {"--host", "--port", "--handshake-timeout", "--close-timeout", "--stall-timeout"});
    serve->footer(
        "Prints `listening on ws://HOST:PORT/` first. A browser that opens http://HOST:PORT/ gets a page to "
        "try it "
        "out.\nOn a signal every client is told Close 1001, and a second signal ends the program at once.");
}

// NAME: VALUE, as in HTTP.
std::string add_header(tool::client_options& options, const std::string& text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos) return "a header is written NAME: VALUE";
    const std::size_t value = text.find_first_not_of(' ', colon + 1);
    options.headers.emplace_back(text.substr(0, colon),
                                 value == text.npos ? std::string{} : text.substr(value));
    const auto& [name, given] = options.headers.back();
    const wspc::error why = wspc::check_header({name, given});
    return why == wspc::error::none ? std::string{} : std::string{wspc::text(why)};
}

struct connect_arguments {
    tool::connect_options options;
    std::vector<std::string> headers;
    std::string conformance_url;
    std::string agent = "wspc";
};

void add_connect(CLI::App& app, connect_arguments& given) {
    tool::connect_options& options = given.options;
    CLI::App* const connect =
        app.add_subcommand("connect", "Send lines of standard input and print what comes back");
    CLI::Option* const url = connect->add_option("URL", options.url, "ws://host[:port]/path");
    connect->add_option("--text", options.texts, "Send this text instead of standard input; may be repeated")
        ->allow_extra_args(false);
    connect
        ->add_option("--file", options.file, "Send this file as one binary message instead of standard input")
        ->check(CLI::ExistingFile);
    connect->add_flag("--binary", options.binary, "Send lines and texts as binary messages");
    connect
        ->add_option("--ping", options.ping,
                     "Send a ping with this payload, at most 125 bytes, and wait for its pong; reads no "
                     "standard input")
        ->check(at_most(wspc::max_control_payload));
    connect->add_option("--expect", options.expect, "Wait for so many messages before closing")
        ->check(check_no_sign);
    connect->add_option("--output", options.output,
                        "Write the bytes of messages to this file instead of printing them");
    connect->add_option("--close", options.close_code, "Close with this code")
        ->check([](const std::string& text) {
            unsigned long code = 0;
            const bool fits = CLI::detail::lexical_cast(text, code) && code < 65536;
            return fits && wspc::is_close_code(static_cast<std::uint16_t>(code))
                       ? std::string{}
                       : text + " is no code for a Close";
        })
        ->capture_default_str();
    connect->add_option("--reason", options.close_reason, "Close with this reason, at most 123 bytes")
        ->check(at_most(wspc::max_control_payload - 2))
        ->check(
            [](const std::string& text) { return is_utf8(text) ? std::string{} : "a reason must be UTF-8"; });
    connect->add_option("--origin", options.client.origin, "Send this Origin")->check(check_origin);
    connect->add_option("--protocol", options.client.protocols, "Offer this sub-protocol; may be repeated")
        ->check(check_protocol)
        ->allow_extra_args(false);
    connect
        ->add_option("--header", given.headers, "Send this header too, as \"Name: value\"; may be repeated")
        ->allow_extra_args(false);
    connect->add_option_function<unsigned>(
        "--timeout", [&](unsigned s) { options.client.timeout = std::chrono::seconds{s}; },
        "Seconds for all of the opening, for the closing, and of silence before what --expect and --ping "
        "wait for, or a server that does not read, is given up (default 10)");
    connect->add_flag("--trace", options.trace,
                      "Print both handshakes, every frame and every event to standard error");
    CLI::Option* const suite =
        connect->add_option("--conformance", given.conformance_url,
                            "Be the client under test of the suite that listens at this URL");
    connect->add_option("--agent", given.agent, "Name for the report of the suite")->capture_default_str();
    suite->excludes(url);
    for (const char* const other :
         {"--text", "--file", "--binary", "--ping", "--expect", "--output", "--close", "--reason", "--trace"})
        suite->excludes(other);
    refuse_empty(*connect, {"--expect", "--timeout"});
    connect->footer(
        "At the end of the input it closes and waits for the answer, so that an echo is complete. Text is "
        "printed\n"
        "as it is; of binary messages, their size and their first bytes.");
}

int run_connect(connect_arguments& given) {
    for (const std::string& text : given.headers)
        if (const std::string wrong = add_header(given.options.client, text); !wrong.empty())
            throw tool::problem{tool::exit_code::usage, wrong};
    if (!given.conformance_url.empty())
        return tool::conformance(given.conformance_url, given.agent, given.options.client);
    if (given.options.url.empty())
        throw tool::problem{tool::exit_code::usage, "connect needs a URL; see --help"};
    for (const std::string& text : given.options.texts)
        if (!given.options.binary && !is_utf8(text))
            throw tool::problem{tool::exit_code::usage,
                                "a --text is not UTF-8; with --binary it is sent as it is"};
    return tool::connect(given.options);
}

int run(int argc, char** argv) {
    CLI::App app{"WebSocket echo server, client and demonstration of wspc " WSPC_VERSION};
    app.set_version_flag("--version", WSPC_VERSION);
    app.require_subcommand(1);
    app.footer(exit_codes);

    tool::serve_options serve;
    add_serve(app, serve);
    connect_arguments connect;
    add_connect(app, connect);
    tool::demo_options demo;
    CLI::App* const demo_command =
        app.add_subcommand("demo", "Talk to an echo server, frame by frame, and measure it");
    demo_command->add_option("URL", demo.url, "ws://host[:port]/path")->required();
    demo_command->add_option("--seconds", demo.seconds, "For the measurements; 0 leaves them out")
        ->check(check_seconds)
        ->capture_default_str();
    app.add_subcommand("kernels", "Print which kernels were compiled, are supported, and was chosen");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : static_cast<int>(tool::exit_code::usage);
    }
    if (app.got_subcommand("serve")) return tool::serve(serve);
    if (app.got_subcommand("connect")) return run_connect(connect);
    if (app.got_subcommand("demo")) return tool::demo(demo);
    return tool::print_kernels() ? 0 : static_cast<int>(tool::exit_code::failed);
}

// A descriptor below 3 that is closed would become that of a socket, which then got our output. Standard
// input is empty then; what is written to the others fails, as it would have.
void open_standard_streams() {
    for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(each, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != each)
            std::exit(static_cast<int>(tool::exit_code::failed));
}

// Output that is lost must not look like a success to a script.
int finish(int code) {
    const bool lost = std::ferror(stdout) != 0;
    if (std::fflush(stdout) == 0 && !lost) return code;
    fmt::print(stderr, "wspc: standard output cannot be written\n");
    return code == 0 ? static_cast<int>(tool::exit_code::failed) : code;
}

}  // namespace

int main(int argc, char** argv) {
    open_standard_streams();
    try {
        return finish(run(argc, argv));
    } catch (const tool::problem& why) {
        std::fflush(stdout);
        fmt::print(stderr, "wspc: {}\n", why.what());
        return why.code();
    } catch (const std::exception& why) {
        std::fflush(stdout);
        fmt::print(stderr, "wspc: {}\n", why.what());
        return static_cast<int>(tool::exit_code::failed);
    }
}
