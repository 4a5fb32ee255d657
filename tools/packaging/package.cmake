# Debian packages, by CPack: the program (jireloc) and the library to build on (libjireloc-dev). tools/release makes them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME jireloc)
set(JIRELOC_MAINTAINER "The jireloc maintainers <jireloc@packages.debian.org>" CACHE STRING
  "Name and address in the packages: whoever gives them to others puts theirs")
set(CPACK_PACKAGE_CONTACT "${JIRELOC_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE gzip)  # xz takes ten times as long for a third less
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/tools/packaging/debian_extras.cmake)
set(CPACK_JIRELOC_PACKAGING ${PROJECT_SOURCE_DIR}/tools/packaging)
set(CPACK_JIRELOC_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_JIRELOC_STRIP ${CMAKE_STRIP})

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME jireloc)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "Julia keeps compiled packages in cache files that name, in many places,
the folder they were compiled in. jireloc moves them: it rewrites the paths
in header, payload and native library, proves first that the sources at the
new place are the ones that were compiled, and tells why Julia would reject
an image. It needs no Julia.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libjireloc-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libboost-filesystem-dev, libssl-dev, libxxhash-dev, libzstd-dev")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Headers and static library of jireloc, in C++20: what an image holds, whether
Julia would take it, and how it is moved to another place; with what
find_package and pkg-config look for.")
# What is installed has been built before; what the tests need is not installed.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(CPack)
