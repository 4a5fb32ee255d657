#include "depot_maker/environment.hpp"

#include <fmt/format.h>

#include <boost/filesystem/operations.hpp>
#include <map>

#include "depot_maker/package_files.hpp"

namespace depot_maker {
namespace {

std::string manifest_entry(const PackagePlan& package, const jireloc::Sha1& tree,
                           const std::vector<PackagePlan>& packages, bool nested) {
  std::string text = fmt::format("\n[[{}{}]]\n", nested ? "deps." : "", package.name);
  if (!package.dependencies.empty()) {
    std::string names;
    for (const uint32_t number : package.dependencies)
      names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", packages[number].name);
    text += fmt::format("deps = [{}]\n", names);
  }
  return text + fmt::format("git-tree-sha1 = \"{}\"\nuuid = \"{}\"\nversion = \"{}\"\n",
                            jireloc::sha1_text(tree), package.uuid.text(), package.version);
}

}  // namespace

void write_environment(const std::string& depot, const std::string& name,
                       const std::vector<PackagePlan>& packages, const std::vector<jireloc::Sha1>& trees,
                       size_t family, const jireloc::JuliaVersion& version) {
  // Manifests of format 2 are read by 1.6.2 and later.
  const bool nested = version >= jireloc::JuliaVersion{1, 7, 0, {}};
  std::map<std::string, size_t> by_name;
  for (size_t number = 0; number < packages.size(); ++number)
    if (packages[number].family == family) by_name[packages[number].name] = number;
  std::string project = "[deps]\n", manifest;
  if (nested)
    manifest = fmt::format("julia_version = \"{}.{}.{}\"\nmanifest_format = \"2.0\"\n", version.major,
                           version.minor, version.patch);
  for (const auto& [package, number] : by_name) {
    project += fmt::format("{} = \"{}\"\n", package, packages[number].uuid.text());
    manifest += manifest_entry(packages[number], trees[number], packages, nested);
  }
  const std::string folder = depot + "/environments/" + name;
  boost::filesystem::create_directories(folder);
  write_file(folder + "/Project.toml", project);
  write_file(folder + "/Manifest.toml", manifest);
}

}  // namespace depot_maker
