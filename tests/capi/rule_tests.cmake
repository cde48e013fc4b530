# SPDX-License-Identifier: Apache-2.0
# Tests of the functions one by one, of memory, and of allocations that fail.

# Each rule of rules.txt has a test; the second entry sees that one without is noticed.
find_program(WSPC_PYTHON NAMES python3 python REQUIRED)
set(check_rules ${WSPC_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/../check_rules.py ${CMAKE_CURRENT_SOURCE_DIR}/rules.txt
  ${CMAKE_CURRENT_SOURCE_DIR} --least 100 --named-after "(S[0-9]+|[QMR][0-9]+)(_|$)")
add_test(NAME capi.rules COMMAND ${check_rules})
add_test(NAME capi.rules.planted COMMAND ${check_rules} --plant S4_7_planted)
set_tests_properties(capi.rules.planted PROPERTIES PASS_REGULAR_EXPRESSION "no test for S4_7_planted")

# Without anything of POSIX, and with both libraries.
add_library(test_capi_function_objects OBJECT actions_test.cpp complete_test.cpp create_test.cpp decisions_test.cpp
  handshake_client_test.cpp handshake_server_test.cpp layout_test.cpp memory_test.cpp names_in_c.c own_types.c receive_test.cpp
  sending_test.cpp shapes_test.cpp states_test.cpp)
wspc_test_defaults(test_capi_function_objects)
set_target_properties(test_capi_function_objects PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
set_source_files_properties(names_in_c.c own_types.c PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
target_link_libraries(test_capi_function_objects PRIVATE wspc_test_capi_support wspc_test_main)

wspc_capi_test(functions SOURCES $<TARGET_OBJECTS:test_capi_function_objects>)
set_target_properties(test_capi_functions PROPERTIES LINKER_LANGUAGE CXX)
if(WSPC_BUILD_SHARED)
  wspc_test(capi.functions.shared SOURCES $<TARGET_OBJECTS:test_capi_function_objects>
    LIBRARIES wspc_test_capi_support wspc::websocket_shared)
  set_target_properties(test_capi_functions_shared PROPERTIES LINKER_LANGUAGE CXX)
  wspc_copy_dll(test_capi_functions_shared)
endif()

# With memory that is taken away, which needs mmap.
if(UNIX)
  wspc_capi_test(memory SOURCES memory_posix_test.cpp)
endif()

# Replaces operator new of the whole program, so the library must be in it.
find_package(OpenSSL 3.0 COMPONENTS Crypto)
if(OpenSSL_FOUND)
  wspc_capi_test(allocation SOURCES allocation_test.cpp support/allocation_faults.cpp)
  target_link_libraries(test_capi_allocation PRIVATE OpenSSL::Crypto)
endif()
