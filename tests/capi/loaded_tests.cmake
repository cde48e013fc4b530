# SPDX-License-Identifier: Apache-2.0
# The same tests in a program that is linked to neither library and finds the shared one at run time, by
# its name. Included last: it takes the objects of all that runs with the shared library.
if(NOT WSPC_BUILD_SHARED)
  return()
endif()

set(objects)
foreach(target IN ITEMS test_capi_objects test_capi_function_objects test_capi_queue_objects)
  if(TARGET ${target})
    list(APPEND objects $<TARGET_OBJECTS:${target}>)
  endif()
endforeach()
if(WIN32)
  list(APPEND objects void_results_test.cpp)
endif()

set(support ${CMAKE_DL_LIBS})
if(TARGET wspc_test_capi_support)
  list(APPEND support wspc_test_capi_support)
endif()
wspc_test(capi.loaded SOURCES load_dll.cpp ${objects} LIBRARIES ${support})
target_include_directories(test_capi_loaded PRIVATE ${PROJECT_SOURCE_DIR}/engine/capi/include)
# Where dlopen looks; Windows looks beside the program.
set_target_properties(test_capi_loaded PROPERTIES BUILD_RPATH $<TARGET_FILE_DIR:wspc_websocket_shared>)
# Not linked, so nothing else would have the program made again, and the DLL copied, after the DLL.
add_dependencies(test_capi_loaded wspc_websocket_shared)
set_target_properties(test_capi_loaded PROPERTIES LINK_DEPENDS $<TARGET_FILE:wspc_websocket_shared>)
wspc_copy_dll(test_capi_loaded)
