# With LIBRE_PCH (on in the presets dev and release) the heavy headers are parsed once for each set of
# compiler flags instead of once for each file: about one second of every file. A file must still
# include what it uses; the preset tidy builds without, and so finds what does not.
#
#   libre_common_headers(target [FROM other])   its own, or those of a target with the same flags
set(LIBRE_COMMON_HEADERS
  <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <set> <string>
  <string_view> <thread> <variant> <vector> <fmt/format.h>)

function(libre_common_headers target)
  cmake_parse_arguments(ARG "" "FROM" "ALSO" ${ARGN})
  if(NOT LIBRE_PCH)
    return()
  endif()
  if(ARG_FROM)
    target_precompile_headers(${target} REUSE_FROM ${ARG_FROM})
  else()
    target_precompile_headers(${target} PRIVATE ${LIBRE_COMMON_HEADERS} ${ARG_ALSO})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${target} PRIVATE -fpch-preprocess)  # lets ccache see through it
    endif()
  endif()
endfunction()

# With LIBRE_UNITY (on in the same presets) several files of a target are compiled as one, which saves
# most of the time: their templates are instantiated once. So names in anonymous namespaces must differ
# within a target. The files that define the JSON of types come first, because a template has to be
# specialised before it is used.
function(libre_described_first variable)
  set(described ${${variable}})
  set(others ${${variable}})
  list(FILTER described INCLUDE REGEX "/[a-z_]*messages\\.cpp$")
  list(FILTER others EXCLUDE REGEX "/[a-z_]*messages\\.cpp$")
  set(${variable} ${described} ${others} PARENT_SCOPE)
endfunction()

set(CMAKE_UNITY_BUILD ${LIBRE_UNITY})

if(LIBRE_PCH)
  # ccache gives up on such files unless it is told that their macros do not matter.
  if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache$")
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ccache)
  endif()
  # The headers as the modules share them. Debian's fmt::fmt brings a macro of its own.
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/common_headers.cpp CONTENT "")
  add_library(libre_headers OBJECT ${CMAKE_BINARY_DIR}/common_headers.cpp)
  set_target_properties(libre_headers PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_features(libre_headers PRIVATE cxx_std_20)
  target_link_libraries(libre_headers PRIVATE libre_warnings libre_sanitizers fmt::fmt)
  libre_common_headers(libre_headers)
endif()
