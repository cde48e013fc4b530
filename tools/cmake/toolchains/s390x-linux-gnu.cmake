# SPDX-License-Identifier: Apache-2.0
# Debian's cross compiler for s390x, the one big-endian machine it has, and an emulator for its programs.
set(CMAKE_SYSTEM_PROCESSOR s390x)
set(WSPC_TRIPLET s390x-linux-gnu)
set(WSPC_EMULATOR qemu-s390x-static)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
