# Builds for aarch64 with Debian's cross compiler and the libraries that tools/packaging/sysroot unpacked:
#   cmake --toolchain tools/packaging/aarch64.cmake -DJIRELOC_SYSROOT=FOLDER …
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES JIRELOC_SYSROOT)
set(CMAKE_FIND_ROOT_PATH ${JIRELOC_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${JIRELOC_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${JIRELOC_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${JIRELOC_SYSROOT})
# What stands below usr/include there are these libraries alone; those of C and C++ are the compiler's.
include_directories(SYSTEM ${JIRELOC_SYSROOT}/usr/include ${JIRELOC_SYSROOT}/usr/include/aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
# GCC 12 warns of std::string's own moves (GCC bug 105651).
add_compile_options(-Wno-array-bounds -Wno-restrict -Wno-stringop-overflow)
