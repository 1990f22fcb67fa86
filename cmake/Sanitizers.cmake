# With LIBRE_SANITIZE every program is large, and Debian's usual linker takes seconds for each: mold takes
# a tenth. The static agent keeps the usual one (cmake/Agent.cmake).
find_program(LIBRE_MOLD mold)
if(LIBRE_MOLD AND LIBRE_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

add_library(libre_sanitizers INTERFACE)
if(LIBRE_SANITIZE)
  target_compile_options(libre_sanitizers INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(libre_sanitizers INTERFACE -fsanitize=address,undefined)
endif()
# For the tests' own code without the checks of each pointer, which take a fifth of the time that it needs to compile. (What
# the library's headers hold is compiled there, too, and of equal functions the linker takes the first one: there it is
# without them as well.)
add_library(libre_test_sanitizers INTERFACE)
target_link_libraries(libre_test_sanitizers INTERFACE libre_sanitizers)
if(LIBRE_SANITIZE)
  target_compile_options(libre_test_sanitizers INTERFACE -fno-sanitize=null,alignment,vptr)
endif()
if(LIBRE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "LIBRE_FUZZ needs clang: -DCMAKE_CXX_COMPILER=clang++")
  endif()
  target_compile_options(libre_sanitizers INTERFACE -fsanitize=fuzzer-no-link)  # coverage
endif()
