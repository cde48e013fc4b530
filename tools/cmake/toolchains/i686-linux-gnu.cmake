# SPDX-License-Identifier: Apache-2.0
# Debian's cross compiler for x86 with 32-bit addresses, and an emulator for its programs: not every 64-bit
# system runs them.
set(CMAKE_SYSTEM_PROCESSOR i686)
set(WSPC_TRIPLET i686-linux-gnu)
set(WSPC_EMULATOR qemu-i386-static)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
# Debian's libraries lie in a folder of another name.
set(CMAKE_LIBRARY_ARCHITECTURE i386-linux-gnu)

# In programs that load their libraries this emulator loses the child of a fork, in glibc's part of it.
set(OPENSSL_USE_STATIC_LIBS ON)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
