# SPDX-License-Identifier: Apache-2.0
# What Debian's cross compilers for Linux share; the file of each architecture sets CMAKE_SYSTEM_PROCESSOR,
# WSPC_TRIPLET (of the compiler) and WSPC_EMULATOR, and includes this one. The libraries of the target are
# unpacked by `tools/setup ci` below build/sysroot; nothing is looked for among this machine's own.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${WSPC_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${WSPC_TRIPLET}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${WSPC_TRIPLET})

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH wspc_root)
cmake_path(GET wspc_root PARENT_PATH wspc_root)
cmake_path(GET wspc_root PARENT_PATH wspc_root)
set(CMAKE_FIND_ROOT_PATH ${wspc_root}/build/sysroot/${CMAKE_SYSTEM_PROCESSOR} /usr/${WSPC_TRIPLET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(CMAKE_CROSSCOMPILING_EMULATOR ${WSPC_EMULATOR} -L /usr/${WSPC_TRIPLET})
