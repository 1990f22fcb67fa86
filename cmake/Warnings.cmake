add_library(libre_warnings INTERFACE)
target_compile_options(libre_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>  # not a part of g++'s -Wconversion
  $<$<AND:$<BOOL:${LIBRE_UNITY}>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>  # of a file that includes files
  $<$<BOOL:${LIBRE_WERROR}>:-Werror>)
# g++ 12 sees overflows in std::string and std::optional that are none (GCC bugs 105329, 105651), with
# optimization only. The sanitizers of the preset dev see real ones.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13
    AND NOT LIBRE_SANITIZE)
  target_compile_options(libre_warnings INTERFACE
    -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized)
endif()
