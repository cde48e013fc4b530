# SPDX-License-Identifier: Apache-2.0
# How every library, program and test of wspc is compiled.

# Target properties that all of wspc's own targets share.
function(wspc_defaults target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wshadow;-Wold-style-cast>
      $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:${WSPC_WERROR}>>:-Werror>)
  endif()
endfunction()

# wspc_library(codec SOURCES a.cpp ... HEADERS include/wspc/a.hpp ...): target wspc_codec, alias
# wspc::codec. HEADERS are public, relative to include/, installed, and each compiles alone.
function(wspc_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS" ${ARGN})
  add_library(wspc_${name} STATIC ${arg_SOURCES})
  add_library(wspc::${name} ALIAS wspc_${name})
  wspc_defaults(wspc_${name})
  target_sources(wspc_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
  set_target_properties(wspc_${name} PROPERTIES EXPORT_NAME ${name}
    VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  target_compile_options(wspc_${name} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti>)
  if(WSPC_INSTALL)
    wspc_install_library(${name})
  endif()
endfunction()

# A part of the tests: with WSPC_TEST_UNITY its files are compiled as one.
function(wspc_test_defaults target)
  wspc_defaults(${target})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${WSPC_TEST_UNITY} UNITY_BUILD_BATCH_SIZE 0)
endfunction()

# wspc_test(codec.mask SOURCES mask_test.cpp LIBRARIES wspc::codec [KERNELS]): one program and one
# ctest entry; with KERNELS one entry per kernel of this build, skipped where the machine lacks it
# (without WSPC_TEST_EVERY_KERNEL one entry, with the kernel that the machine chooses). Entries of the
# highest COST start first, so that no core waits for a long one at the end.
function(wspc_test name)
  cmake_parse_arguments(arg "KERNELS" "TIMEOUT;COST" "SOURCES;LIBRARIES;DEFINITIONS" ${ARGN})
  string(REPLACE "." "_" target test_${name})
  add_executable(${target} ${arg_SOURCES})
  wspc_test_defaults(${target})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} wspc_test_main)
  target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  if(NOT arg_COST)
    set(arg_COST 0)
  endif()
  set(kernels best)
  if(arg_KERNELS AND WSPC_TEST_EVERY_KERNEL)
    set(kernels ${WSPC_KERNELS})
  endif()
  foreach(kernel IN LISTS kernels)
    if(kernel STREQUAL best)
      set(entry ${name})
      set(environment "")
    else()
      set(entry ${name}.${kernel})
      set(environment WSPC_KERNEL=${kernel})
    endif()
    add_test(NAME ${entry} COMMAND ${target})
    set_tests_properties(${entry} PROPERTIES TIMEOUT ${arg_TIMEOUT} COST ${arg_COST}
      SKIP_RETURN_CODE 77 ENVIRONMENT "${environment}" FIXTURES_REQUIRED "${WSPC_TEST_FIXTURE}")
  endforeach()
endfunction()
