# Installs the build tree into a temporary prefix, builds examples/consumer against that, and runs it.
execute_process(COMMAND mktemp -d OUTPUT_VARIABLE world OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  set(output "${output}" PARENT_SCOPE)
  if(NOT result EQUAL 0)
    file(REMOVE_RECURSE ${world})
    string(REPLACE ";" " " line "${ARGN}")
    message(FATAL_ERROR "${line}\nfailed with ${result}:\n${output}")
  endif()
endfunction()

step(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${world}/prefix)
file(GLOB agents ${world}/prefix/libexec/libre/re-agent-linux-*)
if(NOT agents OR NOT EXISTS ${world}/prefix/bin/re
   OR NOT EXISTS ${world}/prefix/libexec/libre/libre-master)
  file(REMOVE_RECURSE ${world})
  message(FATAL_ERROR "the installed tree lacks bin/re, its agent or its master")
endif()
step(${world}/prefix/bin/re --version)
step(${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${world}/build -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${world}/prefix)
step(${CMAKE_COMMAND} --build ${world}/build)
file(MAKE_DIRECTORY ${world}/home)
step(env -u XDG_STATE_HOME -u XDG_CACHE_HOME RE_AGENT_IDLE=1 HOME=${world}/home
  LIBRE_AGENT_DIR=${world}/prefix/libexec/libre ${world}/build/consumer)
file(REMOVE_RECURSE ${world})
if(NOT output MATCHES "^libre [0-9.]+ on ")
  message(FATAL_ERROR "the consumer printed:\n${output}")
endif()
