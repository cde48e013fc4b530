// SPDX-License-Identifier: Apache-2.0
// Files that tests of the tool read and write.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace wspc::test {

// A file that is gone when the test is over.
class scratch_file {
public:
    explicit scratch_file(const std::string& content = {}) {
        std::ofstream{path_, std::ios::binary} << content;
    }
    ~scratch_file() { std::filesystem::remove(path_); }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;

    [[nodiscard]] std::string path() const { return path_; }
    [[nodiscard]] std::string content() const {
        std::ifstream file{path_, std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

private:
    static inline unsigned count_ = 0;
    std::string path_ = std::filesystem::temp_directory_path() /
                        ("wspc_test_" + std::to_string(getpid()) + "_" + std::to_string(count_++));
};

}  // namespace wspc::test
