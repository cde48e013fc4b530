# SPDX-License-Identifier: Apache-2.0
# Compiles SOURCE as LANGUAGE with OPTIONS (separated by commas) under -pedantic. In C11 the header
# draws one kind of warning, for enumerators that an int cannot hold, which are Windows' values; that
# kind must be there, and nothing else may be.
cmake_minimum_required(VERSION 3.25)

string(REPLACE "," ";" OPTIONS "${OPTIONS}")
set(warnings -Wall -Wextra -pedantic)
if(LANGUAGE STREQUAL "CXX")
  list(APPEND warnings -Wold-style-cast -Wconversion)
  set(language c++)
else()
  set(language c)
endif()
# Messages in English, and on one line each.
set(ENV{LC_ALL} C)
execute_process(COMMAND ${COMPILER} -x ${language} ${OPTIONS} ${warnings} -I${INCLUDE} -fsyntax-only ${SOURCE}
  ERROR_VARIABLE messages RESULT_VARIABLE result)
string(REPLACE ";" "," messages "${messages}")
string(REPLACE "\n" ";" lines "${messages}")
list(FILTER lines INCLUDE REGEX "(warning|error): ")

set(expected ${lines})
list(FILTER expected INCLUDE REGEX "restricts enumerator values to range of .int")
list(LENGTH expected count)
# The seven types of buffers.
if(LANGUAGE STREQUAL "C" AND result EQUAL 0 AND NOT count EQUAL 7)
  message(FATAL_ERROR "${count} enumerators are said to be too large for C11, not 7: was anything checked?\n${messages}")
endif()
list(FILTER lines EXCLUDE REGEX "restricts enumerator values to range of .int")
if(lines OR NOT result EQUAL 0)
  message(NOTICE "unexpected, exit ${result}:\n${messages}")
  message(FATAL_ERROR "websocket.h does not compile cleanly")
endif()
message(STATUS "compiled cleanly")
