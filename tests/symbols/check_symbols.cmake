# SPDX-License-Identifier: Apache-2.0
# Reads the symbols of a static library and fails if it reaches outside the memory it is given:
#   cmake -DNM=nm -DARCHIVE=libwspc_codec.a -DDEFINES=regex -DUSES=regex \
#         [-DFORBID=regex] [-DALLOW=regex] -P check_symbols.cmake
# DEFINES and USES must each be found, as a defined and as an undefined symbol: a check that looked
# at nothing, or at names in another form, would fail by itself. FORBID adds to what is forbidden and
# ALLOW takes away.
cmake_minimum_required(VERSION 3.25)

# What would make the library do I/O, look at a clock, or know of threads (design: layers). As
# undefined symbols stand: C names as they are, C++ names demangled.
set(forbidden
  # sockets and waiting for them
  "socket(pair)?|bind|listen|accept4?|connect|shutdown|send(to|msg|mmsg|file.*)?|recv(from|msg|mmsg)?"
  "p?select|p?poll|epoll_.*|io_uring_.*|[gs]etsockopt|getaddrinfo|gethostby.*|inet_.*"
  # files and descriptors
  "open(at)?(64)?|fd?open(64)?|fclose|close|p?(read|write)v?(64)?|f(read|write|flush|put[cs]|get[cs])"
  "ioctl|fcntl(64)?|dup[23]?|pipe2?|eventfd.*|f?stat(64|at)?|unlink|rename|mkstemp.*|l?seek(64)?"
  # logging
  "(v?[fsd]?n?printf|__[a-z]*printf_chk)|puts|putchar|perror|v?syslog|std(in|out|err)|abort|std::terminate\\(\\)"
  "std::(c(out|err|log)|basic_(io|o|i|f)stream|ios_base).*|__errno_location"
  # clocks and timers
  "clock(_.*)?|time|gettimeofday|times|[gs]etitimer|timer(fd)?_.*|(u|nano)?sleep|alarm|std::chrono.*"
  # threads and processes
  "pthread_.*|thrd_.*|mtx_.*|cnd_.*|sem_.*|std::(this_)?(thread|mutex|condition_variable|future|promise|async).*"
  "std::__(atomic_)?(future|futex).*|fork|vfork|exec[lv].*|system|posix_spawn.*|signal|sigaction"
  # exceptions, RTTI and hidden allocation
  "__cxa_(throw|rethrow|allocate_exception|begin_catch|end_catch|bad_cast).*|__gxx_personality_v0"
  "_Unwind_Resume|std::__throw_.*|typeinfo for .*|vtable for .*|operator (new|delete).*|__dynamic_cast")
if(FORBID)
  list(APPEND forbidden "${FORBID}")
endif()

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

# One at a time: CMake's regular expressions have room for few groups.
set(found)
foreach(names IN LISTS forbidden)
  set(matching ${used})
  list(FILTER matching INCLUDE REGEX "^(${names})$")
  list(APPEND found ${matching})
endforeach()
if(ALLOW)
  list(FILTER found EXCLUDE REGEX "^(${ALLOW})$")
endif()
if(found)
  list(JOIN found "\n  " found)
  fail("${ARCHIVE} must not use:\n  ${found}\n")
endif()
list(LENGTH used count)
message(STATUS "${count} names used, none of them forbidden")
