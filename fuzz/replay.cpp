// SPDX-License-Identifier: Apache-2.0
// Stands in for libFuzzer where there is none: gives a target each file that is named, or lies in a directory
// that is named. No file at all is a failure: it would look like success.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

namespace fs = std::filesystem;

// False if there is nothing of that name.
bool add(const fs::path& named, std::vector<fs::path>& files) {
    if (fs::is_directory(named)) {
        for (const fs::directory_entry& entry : fs::directory_iterator{named})
            if (entry.is_regular_file() && entry.path().filename().string().front() != '.')
                files.push_back(entry.path());
        return true;
    }
    files.push_back(named);
    return fs::is_regular_file(named);
}

bool replay(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    const std::vector<char> read{std::istreambuf_iterator<char>{file}, {}};
    if (!file) return false;
    // Memory of exactly this size, as libFuzzer's is.
    const std::unique_ptr<std::uint8_t[]> exact{new std::uint8_t[read.size()]};
    std::copy(read.begin(), read.end(), exact.get());
    LLVMFuzzerTestOneInput(exact.get(), read.size());
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<fs::path> files;
    for (int i = 1; i < argc; ++i) {
        if (add(argv[i], files)) continue;
        std::fprintf(stderr, "%s: no such file or directory\n", argv[i]);
        return 1;
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        // Before it runs, so that the last name is that of the file that ended the program.
        std::printf("%s\n", file.filename().string().c_str());
        std::fflush(stdout);
        if (replay(file)) continue;
        std::fprintf(stderr, "%s: cannot be read\n", file.string().c_str());
        return 1;
    }
    std::printf("replayed %zu files\n", files.size());
    if (!files.empty()) return 0;
    std::fprintf(stderr, "no file to replay\n");
    return 1;
}
