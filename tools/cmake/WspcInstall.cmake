# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` lays down: libraries, headers, a CMake package and pkg-config files, one
# component for each library, so that a user of the codec needs neither OpenSSL nor its headers.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(WSPC_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/wspc)

# The name of the C++ runtime, which a program in C has to link to by itself.
function(wspc_cxx_runtime result)
  list(JOIN CMAKE_CXX_IMPLICIT_LINK_LIBRARIES ";" implicit)
  string(REGEX MATCH "stdc\\+\\+|c\\+\\+" runtime "${implicit}")
  set(${result} "${runtime}" PARENT_SCOPE)
endfunction()

# The target wspc_<name>, its headers, and its export file; called by wspc_library. TARGETS: if it is
# not that one alone. INCLUDE_SUBDIR: where its headers lie if they are not included as <wspc/...>.
function(wspc_install_library name)
  cmake_parse_arguments(arg "" "INCLUDE_SUBDIR" "TARGETS" ${ARGN})
  if(NOT arg_TARGETS)
    set(arg_TARGETS wspc_${name})
  endif()
  install(TARGETS ${arg_TARGETS} EXPORT wspc-${name}-targets COMPONENT wspc-${name}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT wspc-${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT wspc-${name}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT wspc-${name}
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${arg_INCLUDE_SUBDIR} COMPONENT wspc-${name})
  install(EXPORT wspc-${name}-targets NAMESPACE wspc:: FILE wspc-${name}-targets.cmake
    DESTINATION ${WSPC_CMAKE_DIR} COMPONENT wspc-${name})
  wspc_install_pkg_config(${name} "${arg_INCLUDE_SUBDIR}")
endfunction()

# wspc-<name>.pc. The C++ libraries are static only, so what they need is needed by every user: it
# stands under Requires, and `pkg-config --static` says the same as without. Of the C API there is a
# shared library, which needs nothing else of wspc; what its static one needs is under Libs.private.
function(wspc_install_pkg_config name include_subdir)
  set(description_codec "WebSocket frames and messages, masking and UTF-8, without I/O")
  set(description_engine "WebSocket handshake, connection and session, without I/O")
  set(description_http "HTTP/1.1 text of the WebSocket handshake, without I/O")
  set(description_websocket "The WebSocket Protocol Component API of Windows (websocket.h)")
  set(requires_codec "")
  set(requires_engine "wspc-codec = ${PROJECT_VERSION}, libcrypto >= 3.0")
  set(requires_http "wspc-engine = ${PROJECT_VERSION}")
  set(requires_websocket "")
  set(LIBS "-lwspc_${name}")
  if(WIN32)
    set(requires_engine "wspc-codec = ${PROJECT_VERSION}")
    if(name STREQUAL "engine")
      string(APPEND LIBS " -lbcrypt")
    endif()
  endif()
  set(LIBS_PRIVATE "")
  if(name STREQUAL "websocket")
    set(LIBS "-lwebsocket")
    wspc_cxx_runtime(runtime)
    set(crypto crypto)
    if(WIN32)
      set(crypto bcrypt)
    endif()
    set(LIBS_PRIVATE "-lwspc_engine -lwspc_codec -l${crypto} -l${runtime}")
    if(NOT WSPC_BUILD_SHARED)
      set(LIBS "${LIBS} ${LIBS_PRIVATE}")
      set(LIBS_PRIVATE "")
    endif()
  endif()

  # Relative to the file itself, so that it stays right in a package and after --prefix.
  if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
    set(PREFIX ${CMAKE_INSTALL_PREFIX})
    set(LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
    set(INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  else()
    file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
    string(REGEX REPLACE "/$" "" up "${up}")
    set(PREFIX "\${pcfiledir}/${up}")
    set(LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
    set(INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
  endif()
  if(include_subdir)
    string(APPEND INCLUDEDIR /${include_subdir})
  endif()
  set(NAME ${name})
  set(DESCRIPTION ${description_${name}})
  set(REQUIRES ${requires_${name}})
  configure_file(${PROJECT_SOURCE_DIR}/tools/cmake/wspc.pc.in ${PROJECT_BINARY_DIR}/wspc-${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/wspc-${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT wspc-${name})
endfunction()

# What all components share; called once, after every library is known.
function(wspc_install_package)
  wspc_cxx_runtime(RUNTIME)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/tools/cmake/wspc-config.cmake.in
    ${PROJECT_BINARY_DIR}/wspc-config.cmake INSTALL_DESTINATION ${WSPC_CMAKE_DIR}
    NO_SET_AND_CHECK_MACRO)
  # Before 1.0 a minor version may change anything.
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/wspc-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/wspc-config.cmake ${PROJECT_BINARY_DIR}/wspc-config-version.cmake
    DESTINATION ${WSPC_CMAKE_DIR} COMPONENT wspc-codec)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT wspc-codec)
endfunction()
