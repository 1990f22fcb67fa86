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
# For the tests' own code: what tests do wrong shows in what they test, and to look for undefined behaviour in them as
# well takes a third of the time that they need to compile.
add_library(libre_test_sanitizers INTERFACE)
if(LIBRE_SANITIZE)
  target_compile_options(libre_test_sanitizers INTERFACE -fsanitize=address -fno-omit-frame-pointer)
  target_link_options(libre_test_sanitizers INTERFACE -fsanitize=address,undefined)
endif()
if(LIBRE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "LIBRE_FUZZ needs clang: -DCMAKE_CXX_COMPILER=clang++")
  endif()
  target_compile_options(libre_sanitizers INTERFACE -fsanitize=fuzzer-no-link)  # coverage
endif()
