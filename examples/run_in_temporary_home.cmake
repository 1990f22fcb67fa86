# cmake -DEXPECT=regex -P run_in_temporary_home.cmake -- COMMAND [ARGUMENT]...
# Runs COMMAND in a fresh home directory, in a folder of it that holds one file, and compares what it
# prints.
set(command "")
set(after_dashes FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(after_dashes)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(after_dashes TRUE)
  endif()
endforeach()

execute_process(COMMAND mktemp -d OUTPUT_VARIABLE home OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(MAKE_DIRECTORY ${home}/project)
file(WRITE ${home}/project/file "from the project\n")
execute_process(
  COMMAND env -u XDG_STATE_HOME -u XDG_CACHE_HOME -u XDG_CONFIG_HOME -u RE_CONFIG RE_AGENT_IDLE=1 HOME=${home} ${command}
  WORKING_DIRECTORY ${home}/project
  INPUT_FILE /dev/null OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE result)
file(REMOVE_RECURSE ${home})
if(NOT result EQUAL 0 OR NOT output MATCHES "${EXPECT}")
  message(FATAL_ERROR "result ${result}\n--- output\n${output}\n--- errors\n${errors}\n--- expected\n${EXPECT}")
endif()
