# SPDX-License-Identifier: Apache-2.0
# One case of tests/install: see CMakeLists.txt for the variables.
cmake_minimum_required(VERSION 3.25)

function(run)
  list(JOIN ARGV " " command)
  message(STATUS "${command}")
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Configures and builds the consumer in a folder of its own, and runs what it made.
function(build_consumer components)
  set(folder ${WORK}/${CASE})
  file(REMOVE_RECURSE ${folder})
  # As one argument: a list would become several on its way through run().
  list(JOIN components "," joined)
  run(${CMAKE_COMMAND} -S ${CONSUMER} -B ${folder} -G Ninja -DCMAKE_BUILD_TYPE=${CONFIG}
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}
    -DCOMPONENTS=${joined} ${ARGN})
  run(${CMAKE_COMMAND} --build ${folder})
  foreach(component IN LISTS components)
    run(${folder}/use_${component})
    if(component STREQUAL websocket)
      run(${folder}/use_websocket_shared)
    endif()
  endforeach()
endfunction()

set(prefix ${WORK}/installed)
set(all codec engine http)
# Where the C API is built, with a shared library.
if(CAPI)
  list(APPEND all websocket)
endif()

if(CASE STREQUAL tree)
  # Installed in one place and used in another: nothing may remember where it was put first.
  file(REMOVE_RECURSE ${WORK}/first ${prefix})
  foreach(component IN LISTS all)
    run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${WORK}/first --component wspc-${component})
  endforeach()
  file(RENAME ${WORK}/first ${prefix})
  foreach(file IN ITEMS LICENSE THIRD_PARTY.md)
    file(GLOB_RECURSE found ${prefix}/share/*${file})
    if(NOT found)
      message(FATAL_ERROR "${file} was not installed")
    endif()
  endforeach()

elseif(CASE STREQUAL find_package)
  build_consumer("${all}" -DCMAKE_PREFIX_PATH=${prefix})

elseif(CASE STREQUAL find_package_of_a_c_project)
  # Static and shared, by a project that has never heard of C++.
  build_consumer(websocket -DCMAKE_PREFIX_PATH=${prefix} -DLANGUAGES=C)

elseif(CASE STREQUAL find_package_without_openssl)
  build_consumer(codec -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON)

elseif(CASE STREQUAL find_package_of_another_version)
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CONSUMER} -B ${WORK}/${CASE} -G Ninja -DVERSION=9.0
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_COMPILER=${CC} -DCOMPONENTS=codec -DCMAKE_PREFIX_PATH=${prefix}
    RESULT_VARIABLE result ERROR_VARIABLE errors OUTPUT_QUIET)
  if(result EQUAL 0 OR NOT errors MATCHES "requested version +\"9.0\"")
    message(FATAL_ERROR "version 9.0 was not refused:\n${errors}")
  endif()

elseif(CASE STREQUAL no_exceptions_no_rtti)
  build_consumer("${all}" -DCMAKE_PREFIX_PATH=${prefix} "-DCMAKE_CXX_FLAGS=-fno-exceptions -fno-rtti")

elseif(CASE STREQUAL pkg_config)
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${LIBDIR}/pkgconfig)
  file(MAKE_DIRECTORY ${WORK}/${CASE})
  foreach(component IN LISTS all)
    execute_process(COMMAND pkg-config --cflags --libs wspc-${component} OUTPUT_VARIABLE flags
      OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags)
    set(program ${CONSUMER}/codec.cpp)
    if(component STREQUAL engine)
      set(program ${CONSUMER}/echo.cpp)
    elseif(component STREQUAL http)
      set(program ${CONSUMER}/upgrade.cpp)
    endif()
    set(compile ${CXX} -std=c++20)
    if(component STREQUAL websocket)
      # A program in C; the loader is told where the library was installed.
      set(compile ${CC} -std=c11)
      set(program ${C_PROGRAM})
      list(APPEND flags -Wl,-rpath,${prefix}/${LIBDIR})
    endif()
    run(${compile} ${program} ${flags} -o ${WORK}/${CASE}/use_${component})
    run(${WORK}/${CASE}/use_${component})
  endforeach()

elseif(CASE STREQUAL subproject)
  build_consumer("${all}" -DWSPC_SOURCE=${SOURCE} -DWSPC_BUILD_CAPI=${CAPI} -DWSPC_BUILD_SHARED=${CAPI})

elseif(CASE STREQUAL subproject_codec_alone)
  build_consumer(codec -DWSPC_SOURCE=${SOURCE} -DWSPC_BUILD_ENGINE=OFF
    -DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON)

else()
  message(FATAL_ERROR "no case is called ${CASE}")
endif()
