# `cmake --build build/release --target package` makes a .deb for Debian 12: the programs, their manual
# and completions. What other C++ programs link (headers, libre.a) is for `cmake --install` only.
# docs/decisions/0020 says why it is called recompute.
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL runtime)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/package)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME recompute)
set(CPACK_DEBIAN_RUNTIME_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)  # Depends, from the libraries that the programs load
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS "openssh-client")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS "git")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONFLICTS "re")  # Russian Anywhere: another /usr/bin/re
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "the libre authors <libre@localhost>")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
  "run your code on machines that you reach by SSH\n\
 re brings a project to a machine that you reach by SSH, runs it there, watches\n\
 it, and brings the results back. Nothing needs to be installed on that machine.")
# The package is made of what is built already (scripts/package builds it).
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(CPack)
