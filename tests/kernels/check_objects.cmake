# SPDX-License-Identifier: Apache-2.0
# Reads the object files of the codec and fails if code for one instruction set could run on a
# machine that lacks it:
#   cmake -DNM=nm -DOBJDUMP=objdump -DOBJECTS="a.o;b.o" -DKERNELS="scalar;avx2" -DX86=ON|OFF -P check_objects.cmake
# 1. A kernel object exports nothing but its table: a function with external or weak linkage may be
#    the copy that the linker keeps for everybody. xsimd's are allowed under the kernel's own name.
# 2. Wide registers appear in the kernels that need them and nowhere else.
# Each look at an object first finds what must be there.
cmake_minimum_required(VERSION 3.25)

function(read_symbols object result)
  execute_process(COMMAND ${NM} ${object} OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "[][;]" "_" listing "${listing}")
  string(REPLACE "\n" ";" listing "${listing}")
  set(${result} "${listing}" PARENT_SCOPE)
endfunction()

set(problems)
foreach(kernel IN LISTS KERNELS)
  set(objects ${OBJECTS})
  list(FILTER objects INCLUDE REGEX "/${kernel}\\.cpp\\.(o|obj)$")
  list(LENGTH objects count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "${count} objects of the kernel ${kernel} among:\n${OBJECTS}")
  endif()
  set(object_${kernel} ${objects})
  read_symbols(${objects} symbols)

  set(tables ${symbols})
  list(FILTER tables INCLUDE REGEX " [DRVG] _?_ZN4wspc2v07kernels[0-9]+${kernel}_tableE$")
  if(NOT tables)
    message(FATAL_ERROR "${objects} does not hold ${kernel}_table: is this the right object?")
  endif()
  set(functions ${symbols})
  list(FILTER functions INCLUDE REGEX " t _?_ZN4wspc2v07kernels.*mask_copy")
  if(NOT functions)
    message(FATAL_ERROR "${objects} shows no function of its own: did nm see its code?")
  endif()

  list(FILTER symbols INCLUDE REGEX "^[0-9a-f]+ +[TWiu] ")
  list(FILTER symbols EXCLUDE REGEX "xsimd_${kernel}")
  # The compiler's own, a move and a return: how 32-bit x86 learns where it is.
  list(FILTER symbols EXCLUDE REGEX " T __x86\\.get_pc_thunk\\.[a-z]+$")
  foreach(symbol IN LISTS symbols)
    list(APPEND problems "${kernel} exports code: ${symbol}")
  endforeach()
endforeach()

# Fills `result` with the wide registers that an object's code names: ymm, zmm.
function(read_registers object result)
  execute_process(COMMAND ${OBJDUMP} -d --no-show-raw-insn ${object} OUTPUT_VARIABLE listing
    COMMAND_ERROR_IS_FATAL ANY)
  # Every look must have seen code at all.
  if(NOT listing MATCHES "[ \t](call|jmp|ret)")
    message(FATAL_ERROR "${object} shows no instruction")
  endif()
  set(found none)
  foreach(register IN ITEMS ymm zmm)
    if(listing MATCHES "%${register}[0-9]")
      list(APPEND found ${register})
    endif()
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

if(X86)
  foreach(object IN LISTS OBJECTS)
    read_registers(${object} found)
    if(object STREQUAL object_avx2)
      set(wanted none ymm)
    elseif(object STREQUAL object_avx512 OR object STREQUAL object_avx512_vbmi)
      # Narrower registers may appear there or not.
      list(REMOVE_ITEM found ymm)
      set(wanted none zmm)
    else()
      set(wanted none)
    endif()
    if(NOT found STREQUAL wanted)
      list(APPEND problems "${object} uses: ${found}, expected: ${wanted}")
    endif()
  endforeach()
endif()

list(LENGTH OBJECTS count)
if(count LESS 8)
  message(FATAL_ERROR "only ${count} objects given: where are the others of the codec?")
endif()
if(problems)
  list(JOIN problems "\n  " problems)
  message(NOTICE "  ${problems}")
  message(FATAL_ERROR "code for one instruction set may run on a machine without it")
endif()
message(STATUS "${count} objects looked at")
