// What Julia 1.14 trusts without reading it.
#include <sys/stat.h>

#include "check/subject.hpp"

namespace jireloc::check {
namespace {

// in_package_store (base/loading.jl): by its text, no symbolic link followed.
bool lies_below_packages(const std::string& path, const std::vector<std::string>& depots) {
  for (const std::string& depot : depots) {
    const std::string store = depot.ends_with('/') ? depot + "packages/" : depot + "/packages/";
    if (path.starts_with(store)) return true;
  }
  return false;
}

}  // namespace

bool is_trusted_unread(const Subject& subject, const std::string& path) {
  // 1.14.0-DEV.2851 and later. A version's text does not say the number; the first layout after it is V14.
  if (!subject.file.layout->payload_always_here) return false;
  if (!lies_below_packages(path, subject.context.depots)) return false;
  constexpr mode_t write_bits = 0222;
  struct stat info {};
  return ::stat(subject.actual(path).c_str(), &info) == 0 && !S_ISDIR(info.st_mode) &&
         (info.st_mode & write_bits) == 0;
}

}  // namespace jireloc::check
