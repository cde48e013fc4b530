# SPDX-License-Identifier: Apache-2.0
# Fails unless a shared library shows exactly the names EXPECTED (separated by commas, with their
# versions) and is called libwebsocket.so.1, which is what programs were linked to.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${NM} --dynamic --defined-only --format=posix ${LIBRARY} OUTPUT_VARIABLE listing
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${listing}")
set(shown)
foreach(line IN LISTS lines)
  string(REGEX REPLACE " .*" "" symbol "${line}")
  # The version itself, as one nm of LLVM writes it.
  if(symbol MATCHES "^(.*)@@(.*)$" AND CMAKE_MATCH_1 STREQUAL CMAKE_MATCH_2)
    set(symbol ${CMAKE_MATCH_1})
  endif()
  list(APPEND shown "${symbol}")
endforeach()
string(REPLACE "," ";" expected "${EXPECTED}")

set(surplus ${shown})
list(REMOVE_ITEM surplus ${expected})
set(missing ${expected})
list(REMOVE_ITEM missing ${shown})
if(surplus)
  message(NOTICE "${LIBRARY} shows too much: ${surplus}")
endif()
if(missing)
  message(NOTICE "${LIBRARY} does not show: ${missing}")
endif()
if(surplus OR missing OR NOT SONAME STREQUAL "libwebsocket.so.1")
  message(FATAL_ERROR "the shared library ${SONAME} is not the one that programs were linked to")
endif()
list(LENGTH shown count)
message(STATUS "${SONAME} shows ${count} names, all of them expected and none missing")
