# Debian packages, by CPack: the program (jireloc), the shared library of the C API (libjireloc0), and what programs are
# built with, in C and in C++ (libjireloc-dev). tools/release makes them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME jireloc)
set(JIRELOC_MAINTAINER "The jireloc maintainers <jireloc@packages.debian.org>" CACHE STRING
  "Name and address in the packages: whoever gives them to others puts theirs")
set(CPACK_PACKAGE_CONTACT "${JIRELOC_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program dev)
if(TARGET jireloc_shared)
  list(APPEND CPACK_COMPONENTS_ALL capi capi-dev)
endif()
# A package a group; of a component of another name the group is told below.
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} upper)
  string(REPLACE capi-dev dev CPACK_COMPONENT_${upper}_GROUP ${component})
  list(APPEND CPACK_JIRELOC_GROUPS ${CPACK_COMPONENT_${upper}_GROUP})
endforeach()
list(REMOVE_DUPLICATES CPACK_JIRELOC_GROUPS)
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

set(CPACK_DEBIAN_CAPI_PACKAGE_NAME libjireloc0)
set(CPACK_DEBIAN_CAPI_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_CAPI_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_CAPI_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/tools/packaging/libjireloc0/triggers)
set(CPACK_COMPONENT_CAPI_DESCRIPTION "What the commands of jireloc do, as a shared library with an interface in C:
looks into Julia's cache files, judges whether Julia would load them, and
moves them to another place. For programs and for other languages.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libjireloc-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libboost-filesystem-dev, libssl-dev, libxxhash-dev, libzstd-dev")
if(TARGET jireloc_shared)
  string(PREPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libjireloc0 (= ${PROJECT_VERSION}), ")
endif()
set(CPACK_COMPONENT_DEV_DESCRIPTION "Headers and static library of jireloc, in C++20: what an image holds, whether
Julia would take it, and how it is moved to another place; with what
find_package and pkg-config look for; and the header of its interface in C.")
# What is installed has been built before; what the tests need is not installed.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(CPack)
