# One folder under lib/ is one module.
#
#   libre_module(name
#     DEPENDS  modules whose headers it may include (tests/unit/architecture reads this line)
#     LIBRARIES third-party targets it links
#     CLIENT_ONLY files the agent does not get, because they need libraries the agent must not carry
#     AGENT    the module is part of the agent)
#
# Makes the static library libre_<name> from every .cpp in the folder. A module marked AGENT is
# compiled once more, optimised for size and without sanitizers, into the static agent
# (cmake/Agent.cmake).
set_property(GLOBAL PROPERTY LIBRE_AGENT_SOURCES "")
set_property(GLOBAL PROPERTY LIBRE_AGENT_MODULES "")
set_property(GLOBAL PROPERTY LIBRE_MODULES "")
set_property(GLOBAL PROPERTY LIBRE_LIBRARIES "")

function(libre_module name)
  cmake_parse_arguments(ARG "AGENT" "" "DEPENDS;LIBRARIES;CLIENT_ONLY" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  libre_described_first(sources)
  if(ARG_AGENT)
    set(agent_sources ${sources})
    foreach(file ${ARG_CLIENT_ONLY})
      list(REMOVE_ITEM agent_sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    endforeach()
    set_property(GLOBAL APPEND PROPERTY LIBRE_AGENT_SOURCES ${agent_sources})
    set_property(GLOBAL APPEND PROPERTY LIBRE_AGENT_MODULES libre_${name})
  endif()
  if(LIBRE_AGENT_ONLY)
    add_library(libre_${name} OBJECT EXCLUDE_FROM_ALL ${sources})  # a name, which nobody builds
    return()
  endif()
  add_library(libre_${name} STATIC ${sources})
  set_target_properties(libre_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_compile_features(libre_${name} PUBLIC cxx_std_20)
  target_include_directories(libre_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/lib>)
  target_link_libraries(libre_${name} PRIVATE libre_warnings libre_sanitizers)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(libre_${name} PUBLIC libre_${dependency})
  endforeach()
  target_link_libraries(libre_${name} PRIVATE ${ARG_LIBRARIES})
  libre_common_headers(libre_${name} FROM libre_headers)
  set_property(GLOBAL APPEND PROPERTY LIBRE_MODULES libre_${name})
  set_property(GLOBAL APPEND PROPERTY LIBRE_LIBRARIES ${ARG_LIBRARIES})
endfunction()
