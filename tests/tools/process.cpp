// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <tuple>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace wspc::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error{what}; }

}  // namespace

void eventually(const char* what, const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{patience_seconds};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) fail(std::string{"in vain waited for "} + what);
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

process::process(const std::vector<std::string>& arguments, const variables& environment) {
    int in[2];
    int out[2];
    int err[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) fail("pipe");
    // A child that is gone already must not end the test that writes to it.
    std::signal(SIGPIPE, SIG_IGN);
    std::vector<char*> argv;
    for (const std::string& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
    argv.push_back(nullptr);
    id_ = fork();
    if (id_ < 0) fail("fork");
    if (id_ == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        // What nohup and background jobs ignore, a script that inherits it cannot trap.
        for (const int number : {SIGPIPE, SIGINT, SIGHUP}) std::signal(number, SIG_DFL);
        // A test that is killed for hanging must leave nothing behind.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
        execv(argv[0], argv.data());
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    in_ = in[1];
    out_ = out[0];
    err_ = err[0];
}

process::~process() {
    if (id_ > 0) {
        kill(id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    for (const int each : {in_, out_, err_})
        if (each >= 0) close(each);
}

void process::write(std::string_view input) {
    while (!input.empty()) {
        const ssize_t size = ::write(in_, input.data(), input.size());
        if (size < 0) return;  // it has ended; its exit code says why
        input.remove_prefix(static_cast<std::size_t>(size));
    }
}

void process::close_input() {
    if (in_ >= 0) close(in_);
    in_ = -1;
}

bool process::read_more() {
    pollfd waiting[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
    if (out_ < 0 && err_ < 0) return false;
    if (poll(waiting, 2, patience_seconds * 1000) <= 0) fail("the program neither said anything nor ended");
    char chunk[64 * 1024];
    const std::tuple<int*, std::string*, short> streams[] = {{&out_, &out_text_, waiting[0].revents},
                                                             {&err_, &err_text_, waiting[1].revents}};
    for (const auto& [descriptor, text, ready] : streams) {
        if (*descriptor < 0 || ready == 0) continue;
        const ssize_t size = read(*descriptor, chunk, sizeof chunk);
        if (size > 0) {
            text->append(chunk, static_cast<std::size_t>(size));
        } else {
            close(*descriptor);
            *descriptor = -1;
        }
    }
    return true;
}

std::string process::line() {
    while (out_text_.find('\n') == out_text_.npos)
        if (!read_more()) fail("the program ended without another line: " + err_text_);
    const std::size_t end = out_text_.find('\n');
    const std::string line = out_text_.substr(0, end);
    out_text_.erase(0, end + 1);
    return line;
}

void process::signal(int number) const { kill(id_, number); }

outcome process::wait() {
    close_input();
    while (read_more()) continue;
    int status = 0;
    if (waitpid(id_, &status, 0) != id_) fail("waitpid");
    id_ = -1;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, out_text_, err_text_};
}

outcome run_tool(const std::vector<std::string>& arguments, std::string_view input) {
    std::vector<std::string> all{WSPC_TOOL};
    all.insert(all.end(), arguments.begin(), arguments.end());
    process tool{all};
    tool.write(input);
    return tool.wait();
}

namespace {

std::vector<std::string> serve_arguments(const std::vector<std::string>& options) {
    std::vector<std::string> all{WSPC_TOOL, "serve", "--port", "0"};
    all.insert(all.end(), options.begin(), options.end());
    return all;
}

}  // namespace

echo_server::echo_server(const std::vector<std::string>& options, const process::variables& environment)
    : process_{serve_arguments(options), environment} {
    const std::string line = process_.line();
    constexpr std::string_view words = "listening on ";
    if (!line.starts_with(words)) fail("the server said: " + line);
    url_ = line.substr(words.size());
    port_ = static_cast<std::uint16_t>(std::stoul(url_.substr(url_.rfind(':') + 1)));
}

void echo_server::ask_to_stop() const { process_.signal(SIGTERM); }

outcome echo_server::stop() {
    ask_to_stop();
    return process_.wait();
}

std::uint64_t echo_server::status(std::string_view name) const {
    std::ifstream file{"/proc/" + std::to_string(id()) + "/status"};
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name)) return std::stoull(line.substr(name.size() + 1));
    fail("/proc/PID/status has no such value");
}

bool echo_server::asleep() const {
    for (const auto& each : std::filesystem::directory_iterator{"/proc/" + std::to_string(id()) + "/task"}) {
        std::ifstream file{each.path() / "stat"};
        std::string stat;
        std::getline(file, stat);
        // proc(5): the state stands behind the name, which may hold anything but ends with the last ")".
        const std::size_t name_end = stat.rfind(')');
        if (name_end == stat.npos || stat.substr(name_end + 2, 1) != "S") return false;
    }
    return true;
}

}  // namespace wspc::test
