// SPDX-License-Identifier: Apache-2.0
// For LD_PRELOAD: stands between a program and the C library, and counts.
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "call_counts.hpp"

namespace {

using wspc::test::call_counts;

call_counts* map_counts() {
    const char* const name = std::getenv(wspc::test::counts_variable);
    if (name == nullptr) std::abort();
    const int file = open(name, O_RDWR | O_CLOEXEC);
    void* const mapped = mmap(nullptr, sizeof(call_counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || mapped == MAP_FAILED) std::abort();
    close(file);
    return static_cast<call_counts*>(mapped);
}

call_counts& counts() {
    static call_counts* const mapped = map_counts();
    return *mapped;
}

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_socket(int descriptor) {
    struct stat what {};
    return fstat(descriptor, &what) == 0 && S_ISSOCK(what.st_mode);
}

}  // namespace

extern "C" {

ssize_t recv(int socket, void* to, size_t size, int flags) {
    static const auto real = next<decltype(recv)>("recv");
    ++counts().receives;
    return real(socket, to, size, flags);
}

ssize_t recvmsg(int socket, msghdr* message, int flags) {
    static const auto real = next<decltype(recvmsg)>("recvmsg");
    ++counts().receives;
    return real(socket, message, flags);
}

ssize_t recvfrom(int socket, void* __restrict to, size_t size, int flags, sockaddr* __restrict from,
                 socklen_t* __restrict from_size) {
    static const auto real = next<decltype(recvfrom)>("recvfrom");
    ++counts().receives;
    return real(socket, to, size, flags, from, from_size);
}

int recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
    static const auto real = next<decltype(recvmmsg)>("recvmmsg");
    ++counts().receives;
    return real(socket, messages, count, flags, timeout);
}

// What recv and read become in a program that is built with _FORTIFY_SOURCE.
ssize_t __recv_chk(int socket, void* to, size_t size, size_t, int flags) {
    static const auto real = next<decltype(recv)>("recv");
    ++counts().receives;
    return real(socket, to, size, flags);
}

ssize_t __read_chk(int descriptor, void* to, size_t size, size_t) {
    static const auto real = next<decltype(read)>("read");
    ++(is_socket(descriptor) ? counts().receives : counts().others);
    return real(descriptor, to, size);
}

ssize_t send(int socket, const void* from, size_t size, int flags) {
    static const auto real = next<decltype(send)>("send");
    ++counts().sends;
    return real(socket, from, size, flags);
}

ssize_t sendmsg(int socket, const msghdr* message, int flags) {
    static const auto real = next<decltype(sendmsg)>("sendmsg");
    ++counts().sends;
    return real(socket, message, flags);
}

ssize_t sendto(int socket, const void* from, size_t size, int flags, const sockaddr* to, socklen_t to_size) {
    static const auto real = next<decltype(sendto)>("sendto");
    ++counts().sends;
    return real(socket, from, size, flags, to, to_size);
}

int sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
    static const auto real = next<decltype(sendmmsg)>("sendmmsg");
    ++counts().sends;
    return real(socket, messages, count, flags);
}

ssize_t sendfile(int to, int from, off_t* offset, size_t size) {
    static const auto real = next<decltype(sendfile)>("sendfile");
    ++(is_socket(to) ? counts().sends : counts().others);
    return real(to, from, offset, size);
}

ssize_t read(int descriptor, void* to, size_t size) {
    static const auto real = next<decltype(read)>("read");
    ++(is_socket(descriptor) ? counts().receives : counts().others);
    return real(descriptor, to, size);
}

ssize_t readv(int descriptor, const iovec* parts, int count) {
    static const auto real = next<decltype(readv)>("readv");
    ++(is_socket(descriptor) ? counts().receives : counts().others);
    return real(descriptor, parts, count);
}

ssize_t write(int descriptor, const void* from, size_t size) {
    static const auto real = next<decltype(write)>("write");
    ++(is_socket(descriptor) ? counts().sends : counts().others);
    return real(descriptor, from, size);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
    static const auto real = next<decltype(writev)>("writev");
    ++(is_socket(descriptor) ? counts().sends : counts().others);
    return real(descriptor, parts, count);
}

int epoll_wait(int epoll, epoll_event* events, int size, int timeout) {
    static const auto real = next<decltype(epoll_wait)>("epoll_wait");
    ++counts().waits;
    const int ready = real(epoll, events, size, timeout);
    if (ready > 0) counts().wake_ups += static_cast<unsigned>(ready);
    return ready;
}

}  // extern "C"
