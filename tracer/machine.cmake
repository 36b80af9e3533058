# SPDX-License-Identifier: GPL-2.0-or-later
# What is written for one machine is named after it: takes the files of other
# machines out of a list of sources.
function(vfsrun_machine_sources list)
  set(sources ${${list}})
  foreach(machine x86_64 aarch64)
    if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL machine)
      list(FILTER sources EXCLUDE REGEX "_${machine}\\.(cc|S)$")
    endif()
  endforeach()
  set(${list} ${sources} PARENT_SCOPE)
endfunction()
