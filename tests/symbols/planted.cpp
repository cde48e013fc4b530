// SPDX-License-Identifier: Apache-2.0
// A library that does everything that wspc's libraries must not: shows that the check sees it.
#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <thread>

namespace planted {

int known(char* to, const char* from, std::size_t size) {
    std::memcpy(to, from, size);
    return 0;
}

int sockets() { return socket(AF_INET, SOCK_STREAM, 0) + epoll_create1(0); }

long files(char* to) {
    const int file = open("/dev/null", O_RDONLY);
    return read(file, to, 1) + close(file);
}

void logging() { std::fprintf(stderr, "%d", errno); }

long clocks() { return std::time(nullptr) + std::chrono::steady_clock::now().time_since_epoch().count(); }

void threads(void* (*run)(void*)) {
    pthread_t thread;
    pthread_create(&thread, nullptr, run, nullptr);
    std::thread([] {}).join();
}

int* exceptions(int size) {
    if (size < 0) throw std::length_error("negative");
    return new int[static_cast<std::size_t>(size)];
}

void* memory(std::size_t size) {
    if (std::getenv("PLANTED") == nullptr) return std::malloc(size);
    return mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

long system_call() { return syscall(SYS_gettid); }

}  // namespace planted
