// SPDX-License-Identifier: Apache-2.0
// Makes known numbers of the calls that count_calls.cpp counts.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

// The C library's own names for recv and read in programs that are built with _FORTIFY_SOURCE.
extern "C" ssize_t __recv_chk(int socket, void* to, size_t size, size_t room, int flags);
extern "C" ssize_t __read_chk(int descriptor, void* to, size_t size, size_t room);

int main() {
    int pair[2];
    int pipe_ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(pipe_ends) != 0) return 1;
    char c = 'x';
    iovec part{&c, 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;

    mmsghdr one{message, 0};
    const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    // 7 sends, one of them of 2 bytes, and 8 receives.
    bool ok = send(pair[0], &c, 1, 0) == 1 && sendmsg(pair[0], &message, 0) == 1 &&
              write(pair[0], &c, 1) == 1 && writev(pair[0], &part, 1) == 1;
    ok = ok && recv(pair[1], &c, 1, 0) == 1 && recvmsg(pair[1], &message, 0) == 1 &&
         read(pair[1], &c, 1) == 1 && readv(pair[1], &part, 1) == 1;
    ok = ok && sendto(pair[0], &c, 1, 0, nullptr, 0) == 1 && sendmmsg(pair[0], &one, 1, 0) == 1 &&
         sendfile(pair[0], file, nullptr, 2) == 2;
    ok = ok && recvfrom(pair[1], &c, 1, 0, nullptr, nullptr) == 1 &&
         recvmmsg(pair[1], &one, 1, 0, nullptr) == 1 && __recv_chk(pair[1], &c, 1, 1, 0) == 1 &&
         __read_chk(pair[1], &c, 1, 1) == 1;
    // 2 calls of the other kind.
    ok = ok && write(pipe_ends[1], &c, 1) == 1 && read(pipe_ends[0], &c, 1) == 1;
    // 2 waits, 2 wake-ups: nothing is ready at first, then both are.
    const int epoll = epoll_create1(0);
    epoll_event both[2] = {};
    both[0].events = both[1].events = EPOLLIN;
    ok = ok && epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1], &both[0]) == 0 &&
         epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_ends[0], &both[1]) == 0;
    ok = ok && epoll_wait(epoll, both, 2, 0) == 0;
    ok = ok && send(pair[0], &c, 1, 0) == 1 && write(pipe_ends[1], &c, 1) == 1;
    ok = ok && epoll_wait(epoll, both, 2, 0) == 2;
    return ok ? 0 : 1;
}
