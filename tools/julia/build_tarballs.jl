# The recipe by which BinaryBuilder makes libjireloc_jll: the shared library for those who have no package of it. Nobody has
# run it yet (it needs BinaryBuilder and its images); a test holds that Julia can read it.
#
#     julia build_tarballs.jl --verbose x86_64-linux-gnu-cxx11
using BinaryBuilder, Pkg

name = "libjireloc"
version = v"0.1.0"

# The checkout that this file lies in.
sources = [DirectorySource(dirname(dirname(@__DIR__)); target = "jireloc")]

script = raw"""
cd ${WORKSPACE}/srcdir/jireloc
cmake -B build -G Ninja -DCMAKE_TOOLCHAIN_FILE=${CMAKE_TARGET_TOOLCHAIN} -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX=${prefix} -DCMAKE_PREFIX_PATH=${prefix} -DJIRELOC_TESTS=OFF
cmake --build build --parallel ${nproc} --target jireloc_shared
for component in capi capi-dev; do
    cmake --install build --component ${component}
done
install_license LICENSE
"""

# C++20 needs a newer libstdc++ than Julia's; it is linked in, so one build a processor serves all.
platforms = [Platform("x86_64", "linux"; libc = "glibc"), Platform("aarch64", "linux"; libc = "glibc")]

products = [LibraryProduct("libjireloc", :libjireloc)]

dependencies = [
    BuildDependency(PackageSpec(; name = "boost_jll", version = v"1.76.0")),
    BuildDependency("Fmt_jll"),
    BuildDependency("Zstd_jll"),
    BuildDependency("xxHash_jll"),
    BuildDependency("OpenSSL_jll"),
    BuildDependency("tomlplusplus_jll"),
]

build_tarballs(ARGS, name, version, sources, script, platforms, products, dependencies;
               julia_compat = "1.5", preferred_gcc_version = v"12")
