# Special instructions only where they are meant: each kernel's file alone is compiled with them. Files of another
# architecture compile to nothing.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|amd64")
  set(crc32c_flags_sse42 -msse4.2)
  set(crc32c_flags_sse42_pclmul -msse4.2 -mpclmul)
  set(crc32c_flags_avx512 -msse4.2 -mpclmul -mavx512f -mavx512vl -mavx512bw -mavx512dq -mvpclmulqdq)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's own intrinsics pass registers that are undefined on purpose (GCC bug 105593).
    list(APPEND crc32c_flags_avx512 -Wno-maybe-uninitialized)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(crc32c_flags_armv8 -march=armv8-a+crc+crypto)
endif()
foreach(kernel sse42 sse42_pclmul avx512 armv8)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/crc32c/kernel_${kernel}.cpp
    PROPERTIES COMPILE_OPTIONS "${crc32c_flags_${kernel}}" SKIP_PRECOMPILE_HEADERS ON)
endforeach()
