// SPDX-License-Identifier: Apache-2.0
#include "input.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "problem.hpp"

namespace tool {
namespace {

// Asio makes the descriptors that it waits for non-blocking, and that is a property of what they
// refer to: our standard output, and the shell behind us, often share it with standard input. So a
// terminal or a pipe is opened anew. A file has a position that must be kept, and knows no waiting.
int own_input() {
    int descriptor = -1;
    if (lseek(STDIN_FILENO, 0, SEEK_CUR) < 0)
        descriptor = ::open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) descriptor = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (descriptor < 0) throw problem{exit_code::usage, "standard input cannot be read"};
    return descriptor;
}

}  // namespace

line_input::line_input(asio::io_context& context) : descriptor_{context, own_input()} {}

void line_input::next() {
    descriptor_.async_read_some(
        asio::buffer(chunk_), [this](const asio::error_code& failed, std::size_t size) {
            if (failed == asio::error::operation_aborted) return;
            if (!failed) {
                take({chunk_.data(), size});
                return on_chunk();
            }
            if (failed != asio::error::eof)
                throw problem{exit_code::usage, "standard input cannot be read: " + failed.message()};
            // The last line may lack its end.
            if (!line_.empty()) on_line(line_);
            line_.clear();
            on_end();
        });
}

bool line_input::left() {
    int size = 0;
    return ::ioctl(descriptor_.native_handle(), FIONREAD, &size) == 0 && size > 0;
}

void line_input::take(std::string_view chunk) {
    for (;;) {
        const std::size_t end = chunk.find('\n');
        if (end == chunk.npos) break;
        line_ += chunk.substr(0, end);
        if (line_.ends_with('\r')) line_.pop_back();
        on_line(line_);
        line_.clear();
        chunk.remove_prefix(end + 1);
    }
    line_ += chunk;
}

}  // namespace tool
