#include "jireloc/build_facts.hpp"

#include <fmt/core.h>
#include <openssl/opensslv.h>
#include <toml++/impl/version.h>
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <boost/version.hpp>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

namespace jireloc {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#elif defined(__GNUC__)
  return fmt::format("GCC {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "";
#endif
}

std::string architecture() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "";
#endif
}

std::string c_library() {
#ifdef __GLIBC__
  return fmt::format("glibc {}", gnu_get_libc_version());
#else
  return "";
#endif
}

std::vector<std::string> sanitizers() {
  std::vector<std::string> names;
#ifdef __SANITIZE_ADDRESS__
  names.emplace_back("address");
#endif
#ifdef __SANITIZE_THREAD__
  names.emplace_back("thread");
#endif
  return names;
}

// "1_74" is how Boost spells it; a third number, where there is one, is kept.
std::string boost_version() {
  std::string version = BOOST_LIB_VERSION;
  std::replace(version.begin(), version.end(), '_', '.');
  return version;
}

// The number that {fmt} and xxHash have: two digits for each part but the first.
std::string parts_of(unsigned number) {
  return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
}

}  // namespace

BuildFacts build_facts() {
  BuildFacts facts;
  facts.compiler = compiler();
  facts.system = "Linux";
  facts.architecture = architecture();
  facts.c_library = c_library();
#ifdef __OPTIMIZE__
  facts.optimized = true;
#endif
  facts.sanitizers = sanitizers();
  facts.libraries = {{"Boost", boost_version()},
                     {"{fmt}", parts_of(FMT_VERSION)},
                     // Not OpenSSL_version(): linked statically, it draws in libcrypto as a whole, with four megabytes
                     // of ciphers and their tables, which the start of each run pays for.
                     {"OpenSSL", OPENSSL_VERSION_STR},
                     {"toml++", fmt::format("{}.{}.{}", TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)},
                     {"xxHash", parts_of(XXH_versionNumber())},
                     {"Zstandard", ZSTD_versionString()}};
  return facts;
}

}  // namespace jireloc
