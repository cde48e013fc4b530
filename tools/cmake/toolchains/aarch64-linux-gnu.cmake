# SPDX-License-Identifier: Apache-2.0
# Debian's cross compiler for AArch64, and an emulator for its programs.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(WSPC_TRIPLET aarch64-linux-gnu)
set(WSPC_EMULATOR qemu-aarch64-static)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
