// SPDX-License-Identifier: Apache-2.0
// A program that a test runs, with its standard streams in the test's hands.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace wspc::test {

// How long a test waits for what must happen: a bound against hanging, not a measurement.
inline constexpr int patience_seconds = 120;

// Waits until a condition that another process brings about holds; an exception if it never does.
void eventually(const char* what, const std::function<bool()>& holds);

struct outcome {
    int code = -1;  // 128 + signal if one ended it
    std::string out;
    std::string err;
};

class process {
public:
    using variables = std::vector<std::pair<std::string, std::string>>;

    explicit process(const std::vector<std::string>& arguments, const variables& environment = {});
    ~process();  // ends it, if it has not ended
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    void write(std::string_view input);
    void close_input();
    // The next line of its standard output, without its end.
    [[nodiscard]] std::string line();
    void signal(int number) const;
    // Reads all its output and waits for its end.
    [[nodiscard]] outcome wait();
    [[nodiscard]] pid_t id() const { return id_; }

private:
    bool read_more();  // false once both streams have ended

    pid_t id_ = -1;
    int in_ = -1;
    int out_ = -1;
    int err_ = -1;
    std::string out_text_;
    std::string err_text_;
};

// Runs the tool to its end.
[[nodiscard]] outcome run_tool(const std::vector<std::string>& arguments, std::string_view input = {});

// `wspc serve` on a port of its own.
class echo_server {
public:
    explicit echo_server(const std::vector<std::string>& options = {},
                         const process::variables& environment = {});

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] pid_t id() const { return process_.id(); }
    void ask_to_stop() const;
    // Asks it to stop and waits.
    [[nodiscard]] outcome stop();
    [[nodiscard]] outcome wait() { return process_.wait(); }
    // A value of /proc/PID/status in KiB, such as "VmHWM".
    [[nodiscard]] std::uint64_t status(std::string_view name) const;
    // Whether it waits for something to do: none of its threads runs or could run.
    [[nodiscard]] bool asleep() const;

private:
    process process_;
    std::string url_;
    std::uint16_t port_ = 0;
};

}  // namespace wspc::test
