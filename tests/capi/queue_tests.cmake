# SPDX-License-Identifier: Apache-2.0
# Tests of the queues: the rules of sending and receiving, any order of calls, many threads.

# Without anything of POSIX, and with both libraries.
add_library(test_capi_queue_objects OBJECT checklist_test.cpp contradictions_test.cpp queues_test.cpp
  receiving_test.cpp sequences_test.cpp tables_test.cpp violations_test.cpp wire_order_test.cpp)
wspc_test_defaults(test_capi_queue_objects)
target_link_libraries(test_capi_queue_objects PRIVATE wspc_test_capi_support wspc_test_main)

wspc_capi_test(queues SOURCES $<TARGET_OBJECTS:test_capi_queue_objects>)
set_target_properties(test_capi_queues PROPERTIES LINKER_LANGUAGE CXX)
if(WSPC_BUILD_SHARED)
  wspc_test(capi.queues.shared SOURCES $<TARGET_OBJECTS:test_capi_queue_objects>
    LIBRARIES wspc_test_capi_support wspc::websocket_shared)
  set_target_properties(test_capi_queues_shared PROPERTIES LINKER_LANGUAGE CXX)
  wspc_copy_dll(test_capi_queues_shared)
endif()

wspc_capi_test(properties SOURCES properties_test.cpp simulation.cpp endpoint.cpp illegal_calls.cpp TIMEOUT 1200)

# Looks at the library from inside as well.
wspc_capi_test(same_as_session SOURCES same_as_session_test.cpp)
target_link_libraries(test_capi_same_as_session PRIVATE wspc::engine)

# Threads that ask again and again. Under Wine this ran for minutes without an end, and why is not known: so it
# says nothing about Windows yet.
if(UNIX)
  find_package(Threads REQUIRED)
  wspc_capi_test(threads SOURCES threads_test.cpp TIMEOUT 1200)
  target_link_libraries(test_capi_threads PRIVATE Threads::Threads)
endif()

# With pages that are locked, which needs mprotect.
if(UNIX)
  wspc_capi_test(unmapped_buffer SOURCES unmapped_buffer_test.cpp)
endif()
