# The library as other programs see it, and what `cmake --install` copies.
#
#   find_package(libre REQUIRED)
#   target_link_libraries(mine PRIVATE libre::libre)
#
# The modules are an inner matter: other programs get one archive made of all their objects and the
# headers of include/libre. bin/re and libexec/libre lie to each other as they do in the build tree.
include(CMakePackageConfigHelpers)

get_property(modules GLOBAL PROPERTY LIBRE_MODULES)
get_property(libraries GLOBAL PROPERTY LIBRE_LIBRARIES)
list(REMOVE_DUPLICATES libraries)

list(TRANSFORM modules REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE objects)
add_library(libre STATIC ${objects})
add_library(libre::libre ALIAS libre)
set_target_properties(libre PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME re)
target_compile_features(libre INTERFACE cxx_std_20)
target_include_directories(libre INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(libre PRIVATE ${libraries})
if(LIBRE_SANITIZE)
  target_link_options(libre INTERFACE -fsanitize=address,undefined)
endif()

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/libre)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/libreConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
configure_package_config_file(cmake/libreConfig.cmake.in ${PROJECT_BINARY_DIR}/libreConfig.cmake
  INSTALL_DESTINATION ${package_directory})

install(TARGETS libre EXPORT libreTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT libreTargets NAMESPACE libre:: DESTINATION ${package_directory})
install(FILES ${PROJECT_BINARY_DIR}/libreConfig.cmake ${PROJECT_BINARY_DIR}/libreConfigVersion.cmake
  DESTINATION ${package_directory})
install(DIRECTORY include/libre DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(TARGETS re RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(TARGETS re-agent libre-forward libre-master RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/libre
  COMPONENT runtime)
# The agent for ARM machines, where it was built (preset agent-aarch64).
install(PROGRAMS ${PROJECT_SOURCE_DIR}/build/agent-aarch64/libexec/libre/re-agent-linux-aarch64
  DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/libre COMPONENT runtime OPTIONAL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/recompute RENAME copyright
  COMPONENT runtime)
install(FILES README.md docs/json.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/recompute
  COMPONENT runtime)
