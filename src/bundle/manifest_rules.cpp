#include "bundle/manifest_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bundle/names.hpp"
#include "jireloc/path_map.hpp"

namespace jireloc::bundles {
namespace {

constexpr size_t kMostFiles = 5'000'000;
constexpr size_t kMostSpellings = 100;

bool has_file(const std::vector<BundleFile>& files, std::string_view path, BundleFileKind kind) {
  const auto found =
      std::lower_bound(files.begin(), files.end(), path,
                       [](const BundleFile& file, std::string_view wanted) { return file.path < wanted; });
  return found != files.end() && found->path == path && found->kind == kind;
}

// What lies in a tree lies in a folder that the bundle holds; images are files, and their folders go
// without saying.
std::string refused_place(const BundleFile& file, const std::vector<BundleFile>& before) {
  const std::string_view tree = tree_of(file.path);
  const bool is_top = tree == file.path;
  if (tree.empty() ? file.kind != BundleFileKind::file : is_top && file.kind != BundleFileKind::folder)
    return file.path + " is of a kind that does not belong there";
  const std::string_view folder = std::string_view(file.path).substr(0, file.path.rfind('/'));
  if (!tree.empty() && !is_top && !has_file(before, folder, BundleFileKind::folder))
    return file.path + " lies in no folder of the bundle";
  return {};
}

std::string refused_spellings(BundleManifest& manifest) {
  std::vector<std::string>& names = manifest.spellings;
  if (names.size() > kMostSpellings) return fmt::format("more than {} spellings", kMostSpellings);
  std::sort(names.begin(), names.end());
  for (size_t i = 0; i <= names.size(); ++i) {
    const std::string& name = i == names.size() ? manifest.depot : names[i];
    if (!name.starts_with('/') || name.size() > kLongestPath || name.find('\0') != std::string::npos ||
        name.size() < 2 || name.ends_with('/'))
      return "the depot that it was packed from is no absolute path without a slash at its end";
    // Of two such names it is not said which part of a path belongs to the depot.
    for (size_t k = 0; k < std::min(i, names.size()); ++k)
      if (is_path_prefix(names[k], name) || is_path_prefix(name, names[k]))
        return fmt::format("two names of one depot, one inside of the other: {} and {}", names[k], name);
  }
  return {};
}

class Lists {
 public:
  explicit Lists(const BundleManifest& manifest) : manifest_(manifest) {}

  std::string refused() {
    for (const BundlePackage& package : manifest_.packages) require(package.path, BundleFileKind::folder);
    for (const std::string& artifact : manifest_.artifacts) require(artifact, BundleFileKind::folder);
    for (const BundleImage& image : manifest_.images) require_image(image);
    for (const BundleFile& file : manifest_.files) trees_.insert(tree_of(file.path));
    for (const BundleBase& base : manifest_.since) require_base(base);
    return std::move(why_);
  }

 private:
  void require_image(const BundleImage& image) {
    require(image.path, BundleFileKind::file);
    if (!image.library.empty()) require(image.library, BundleFileKind::file);
    for (const size_t need : image.needs)
      if (need >= manifest_.modules.size()) refuse(image.path + " needs a module that it does not list");
    if (image.julia >= manifest_.julias.size()) refuse(image.path + " is of a Julia that it does not list");
  }

  // What is staged besides the bundle's own files is no file of it, nor of two bases.
  void require_base(const BundleBase& base) {
    if (base.sha256.size() != 64) refuse("a bundle that it rests on has no SHA-256");
    std::set<std::string_view> trees;
    for (const BundleFile& file : base.files) {
      const std::string_view tree = tree_of(file.path);
      if (!tree.starts_with("packages/")) refuse(file.path + " is no file of a package that it may rest on");
      trees.insert(tree);
    }
    for (const std::string_view tree : trees)
      if (!trees_.insert(tree).second) refuse(fmt::format("{} is there twice, once to rest on", tree));
    for (const BundleBase::Build& build : base.builds)
      if (!refused_name(build.path).empty() || !build.path.starts_with("compiled/") ||
          !build.path.ends_with(".ji"))
        refuse(fmt::format("\"{}\" is no image that it may rest on", build.path));
    for (const std::string& artifact : base.artifacts)
      if (!refused_name(artifact).empty() || !artifact.starts_with("artifacts/") ||
          tree_of(artifact) != artifact)
        refuse(fmt::format("\"{}\" is no artifact that it may rest on", artifact));
  }

  void require(const std::string& path, BundleFileKind kind) {
    if (!has_file(manifest_.files, path, kind))
      refuse(fmt::format("it lists {}, which is no {} of it", path, name(kind)));
  }

  void refuse(std::string why) {
    if (why_.empty()) why_ = std::move(why);
  }

  const BundleManifest& manifest_;
  std::set<std::string_view> trees_;
  std::string why_;
};

}  // namespace

// A bundle's files come in the order of their paths, so none comes twice, and a folder comes before what is
// in it.
std::string refused_file(const BundleFile& file, const std::vector<BundleFile>& before) {
  if (before.size() == kMostFiles) return fmt::format("more than {} files", kMostFiles);
  if (const std::string_view why = refused_name(file.path); !why.empty())
    return fmt::format("\"{}\" cannot be the name of a file: {}", file.path, why);
  if (!before.empty() && before.back().path >= file.path)
    return fmt::format("{} is out of order, or there twice", file.path);
  if (file.kind == BundleFileKind::link)
    if (const std::string_view why = refused_link(file.path, file.link); !why.empty())
      return fmt::format("the link {} to \"{}\" is refused: {}", file.path, file.link, why);
  if (file.kind == BundleFileKind::file ? file.digest.size() != 32 : file.size != 0)
    return file.path + " has no digest, or is no file and has a size";
  return refused_place(file, before);
}

std::string refused_manifest(BundleManifest& manifest) {
  if (std::string why = refused_spellings(manifest); !why.empty()) return why;
  return Lists(manifest).refused();
}

}  // namespace jireloc::bundles
