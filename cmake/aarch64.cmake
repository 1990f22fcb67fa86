# Debian's cross compiler, for the agent only (preset agent-aarch64). Debian's headers are the same for
# all processors; the static libraries are unpacked by scripts/install-dependencies --aarch64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# Behind the compiler's own: the C library's headers do differ.
set(CMAKE_CXX_FLAGS_INIT "-idirafter /usr/include")
set(CMAKE_LIBRARY_PATH ${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-libraries/usr/lib/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
