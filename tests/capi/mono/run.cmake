# SPDX-License-Identifier: Apache-2.0
# Compiles the C# program and runs it with the shared library on its path:
#   cmake -DSOURCES="a.cs;b.cs" -DPROGRAM=echo.exe -DLIBRARY_DIR=folder -P run.cmake
cmake_minimum_required(VERSION 3.25)

find_program(MCS mcs)
find_program(MONO mono)
if(NOT MCS OR NOT MONO)
  message(FATAL_ERROR "mcs and mono were not found: tools/setup installs mono-mcs and mono-runtime")
endif()
execute_process(COMMAND ${MCS} -warnaserror -out:${PROGRAM} ${SOURCES} COMMAND_ERROR_IS_FATAL ANY)
# The runtime looks for websocket.dll, then for libwebsocket.so.
set(ENV{LD_LIBRARY_PATH} ${LIBRARY_DIR})
execute_process(COMMAND ${MONO} ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
