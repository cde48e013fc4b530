# SPDX-License-Identifier: Apache-2.0
# Reads the symbols of a static library and fails if it reaches outside the memory it is given:
#   cmake -DNM=nm -DARCHIVE=libwspc_codec.a -DDEFINES=regex -DUSES=regex -DMAY_USE=regex -P check_symbols.cmake
# DEFINES and USES must each be found, as a defined and as an undefined symbol: a check that looked
# at nothing, or at names in another form, would fail by itself. Whatever else the library uses must be
# one of MAY_USE: sockets, files, clocks, threads and allocation need no list, since they are not on it.
cmake_minimum_required(VERSION 3.25)

# What every compiler calls by itself: memory, and the look at the CPU and at statics.
set(language "mem(cpy|move|set|cmp|chr)|bcmp|strlen|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail"
  "__cpu_(model|features2|indicator_init)|__cxa_guard_(acquire|release)|getauxval|__(u|)(div|mod|mul)[a-z]*3")

execute_process(COMMAND ${NM} --demangle ${ARCHIVE} OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
# Semicolons and brackets would end or join the items of a CMake list.
string(REGEX REPLACE "[][;]" "_" listing "${listing}")
string(REPLACE "\n" ";" lines "${listing}")

set(defined)
set(used)
foreach(line IN LISTS lines)
  if(line MATCHES "^ +[Uwv] (.+)$")
    set(symbol ${CMAKE_MATCH_1})
    # glibc's symbol versions are no part of the name.
    string(REGEX REPLACE "@.*$" "" symbol "${symbol}")
    list(APPEND used "${symbol}")
  elseif(line MATCHES "^[0-9a-f]+ [A-Za-z] (.+)$")
    list(APPEND defined "${CMAKE_MATCH_1}")
  endif()
endforeach()
list(REMOVE_DUPLICATES used)
list(SORT used)

# Fails with a text that message() does not wrap.
macro(fail text)
  message(NOTICE "${text}")
  message(FATAL_ERROR "the symbols of the library are not as they should be")
endmacro()

set(known ${defined})
list(FILTER known INCLUDE REGEX "^(${DEFINES})$")
if(NOT known)
  fail("${ARCHIVE} defines nothing like ${DEFINES}: is this the right library?")
endif()
set(known ${used})
list(FILTER known INCLUDE REGEX "^(${USES})$")
if(NOT known)
  list(JOIN used "\n  " used)
  fail("${ARCHIVE} uses nothing like ${USES}. It uses:\n  ${used}")
endif()

# What one object of the library has, another may use. One name at a time, and one pattern at a time:
# CMake's regular expressions have room for few groups.
set(found ${used})
list(REMOVE_ITEM found ${defined})
foreach(names IN LISTS language MAY_USE)
  list(FILTER found EXCLUDE REGEX "^(${names})$")
endforeach()
if(found)
  list(JOIN found "\n  " found)
  fail("${ARCHIVE} must not use:\n  ${found}\n")
endif()
list(LENGTH used count)
message(STATUS "${count} names used, all of them allowed")
