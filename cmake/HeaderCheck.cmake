# Every public header must compile alone: one source file for each, which includes nothing else.
# That the target builds is the test.
function(libre_check_headers)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include
    ${PROJECT_SOURCE_DIR}/include/libre/*.hpp)
  foreach(header ${headers})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <${header}>\n")
    list(APPEND sources ${source})
  endforeach()
  add_library(libre_public_headers OBJECT ${sources})
  set_target_properties(libre_public_headers PROPERTIES UNITY_BUILD OFF)  # alone
  target_compile_features(libre_public_headers PRIVATE cxx_std_20)
  target_include_directories(libre_public_headers PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(libre_public_headers PRIVATE libre_warnings)
endfunction()
