# cmake -DFILE=nvml-reader -DLIMIT=bytes -DNEWEST=2.2.5 -P CheckNvmlReader.cmake
#
# NEWEST is the first glibc of the processor: 2.2.5, or 2.17 for aarch64.
file(SIZE "${FILE}" size)
if(size GREATER LIMIT)
  message(FATAL_ERROR "${FILE} has ${size} bytes; the limit is ${LIMIT}")
endif()
execute_process(COMMAND readelf --wide --version-info --dynamic --program-headers "${FILE}"
  OUTPUT_VARIABLE told COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "Shared library: \\[[^]]*\\]" libraries "${told}")
if(NOT libraries STREQUAL "Shared library: [libnvidia-ml.so.1];Shared library: [libc.so.6]")
  message(FATAL_ERROR "${FILE} needs ${libraries}, and not NVML and the C library alone")
endif()
if(told MATCHES "RPATH|RUNPATH|TEXTREL")
  message(FATAL_ERROR "${FILE} has a path of its own, or text that the loader changes")
endif()
string(REGEX MATCHALL "GLIBC[_A-Z]*_[0-9.]+" versions "${told}")
list(REMOVE_DUPLICATES versions)
if(NOT versions STREQUAL "GLIBC_${NEWEST}")
  message(FATAL_ERROR "${FILE} needs ${versions}, and not GLIBC_${NEWEST} alone")
endif()
message(STATUS "${FILE}: ${size} bytes, ${versions}")
