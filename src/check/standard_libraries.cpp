#include "check/standard_libraries.hpp"

#include <algorithm>
#include <iterator>

namespace jireloc::check {
namespace {

constexpr std::string_view names[] = {
    "ArgTools",
    "Artifacts",
    "Base64",
    "CRC32c",
    "Compiler",
    "CompilerSupportLibraries_jll",
    "Dates",
    "DelimitedFiles",
    "Distributed",
    "Downloads",
    "FileWatching",
    "Future",
    "GMP_jll",
    "InteractiveUtils",
    "JuliaSyntaxHighlighting",
    "LLD_jll",
    "LLVMLibUnwind_jll",
    "LazyArtifacts",
    "LibCURL",
    "LibCURL_jll",
    "LibGit2",
    "LibGit2_jll",
    "LibSSH2_jll",
    "LibUV_jll",
    "LibUnwind_jll",
    "Libdl",
    "LinearAlgebra",
    "Logging",
    "MPFR_jll",
    "Markdown",
    "MbedTLS_jll",
    "Mmap",
    "MozillaCACerts_jll",
    "NetworkOptions",
    "OldPkg",
    "OpenBLAS_jll",
    "OpenLibm_jll",
    "OpenSSL_jll",
    "PCRE2_jll",
    "Pkg",
    "Printf",
    "Profile",
    "REPL",
    "Random",
    "SHA",
    "Serialization",
    "SharedArrays",
    "Sockets",
    "SparseArrays",
    "Statistics",
    "StyledStrings",
    "SuiteSparse",
    "SuiteSparse_jll",
    "TOML",
    "Tar",
    "Test",
    "UUIDs",
    "Unicode",
    "Zlib_jll",
    "Zstd_jll",
    "dSFMT_jll",
    "libLLVM_jll",
    "libblastrampoline_jll",
    "nghttp2_jll",
    "p7zip_jll",
};

}  // namespace

bool is_standard_library(std::string_view name) noexcept {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace jireloc::check
