#include "bundle/since.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "bundle/names.hpp"
#include "bundle/selection.hpp"
#include "bytes/digest.hpp"
#include "bytes/folders.hpp"

namespace jireloc::bundles {
namespace {

using Files = std::map<std::string_view, const BundleFile*>;

Files files_by_path(const BundleManifest& manifest) {
  Files files;
  for (const BundleFile& file : manifest.files) files.emplace(file.path, &file);
  return files;
}

// What one bundle has of a manifest, and what of that the rest of the manifest needs.
class Known {
 public:
  Known(const BundleManifest& manifest, const VerifiedBundle& base) : theirs_(files_by_path(base.manifest)) {
    std::set<std::string_view> differing;
    for (const BundleFile& file : manifest.files)
      if (!has(file)) differing.insert(tree_or_path(file.path));
    for (const BundleFile& file : manifest.files)
      if (const auto whole = tree_or_path(file.path); !differing.contains(whole)) known_.emplace(whole);
    for (const BundleImage& image : manifest.images)
      if (!has(image)) {
        known_.erase(image.path);
        known_.erase(image.library);
      }
  }

  bool has(const std::string& tree_or_file) const { return known_.contains(tree_or_file); }
  bool has(const BundleImage& image) const {
    return has(image.path) && (image.library.empty() || has(image.library));
  }
  const std::set<std::string>& all() const { return known_; }

 private:
  static std::string_view tree_or_path(std::string_view path) {
    const std::string_view tree = tree_of(path);
    return tree.empty() ? path : tree;
  }
  bool has(const BundleFile& file) const {
    const auto found = theirs_.find(file.path);
    return found != theirs_.end() && *found->second == file;
  }

  const Files theirs_;
  std::set<std::string> known_;
};

class Needs {
 public:
  Needs(const BundleManifest& manifest, const std::set<std::string>& left_out) {
    for (const BundleImage& image : manifest.images) {
      if (left_out.contains(image.path)) continue;
      any_ = true;
      images_.insert(image.rests_on.begin(), image.rests_on.end());
      packages_.insert(image.packages.begin(), image.packages.end());
    }
  }

  // What of it the base has and no earlier one had.
  BundleBase of(const BundleManifest& manifest, const Known& known, const std::string& sha256,
                std::set<std::string>& settled) const {
    BundleBase base;
    base.sha256 = sha256;
    const auto is_ours = [&](const std::string& path) {
      return known.has(path) && settled.insert(path).second;
    };
    for (const BundleImage& image : manifest.images)
      if (images_.contains(image.path) && known.has(image) && is_ours(image.path))
        base.builds.push_back({image.path, {image.name, image.uuid, image.build_id_hi, image.build_id_lo}});
    for (const std::string& artifact : manifest.artifacts)
      if (any_ && is_ours(artifact)) base.artifacts.push_back(artifact);
    std::set<std::string, std::less<>> packages;
    for (const std::string& package : packages_)
      if (is_ours(package)) packages.insert(package);
    for (const BundleFile& file : manifest.files)
      if (packages.contains(tree_of(file.path))) base.files.push_back(file);
    return base;
  }

 private:
  bool any_ = false;
  std::set<std::string> images_, packages_;
};

void erase_known(BundleManifest& manifest, const std::set<std::string>& left_out) {
  const auto is_out = [&](const std::string& path) { return left_out.contains(path); };
  std::erase_if(manifest.packages, [&](const BundlePackage& package) { return is_out(package.path); });
  std::erase_if(manifest.artifacts, is_out);
  std::erase_if(manifest.images, [&](const BundleImage& image) { return is_out(image.path); });
  std::erase_if(manifest.files, [&](const BundleFile& file) {
    const std::string_view tree = tree_of(file.path);
    return is_out(tree.empty() ? file.path : std::string(tree));
  });
}

// Whether the target has it.
bool is_there(FileSystem& system, const Folder& depot, const std::string& path) {
  struct stat info {};
  const int fd = retried([&] { return system.open_beneath(depot.fd(), path.c_str(), O_PATH | O_NOFOLLOW); });
  const Descriptor entry(system, fd);
  return fd >= 0 && ::fstat(fd, &info) == 0;
}

// The builds that images of a folder of the depot provide.
class Builds {
 public:
  Builds(FileSystem& system, const Folder& depot) : system_(system), depot_(depot) {}

  enum class Found { none, other_identity, same };
  Found find(const std::string& folder, const RequiredModule& wanted) {
    Found found = Found::none;
    for (const RequiredModule& module : in(folder)) {
      if (module == wanted) return Found::same;
      if (module.name == wanted.name && module.uuid == wanted.uuid &&
          module.build_id_lo == wanted.build_id_lo)
        found = Found::other_identity;
    }
    return found;
  }

 private:
  const std::vector<RequiredModule>& in(const std::string& folder) {
    const auto [place, is_new] = by_folder_.try_emplace(folder);
    if (is_new) read(folder, place->second);
    return place->second;
  }

  void read(const std::string& folder, std::vector<RequiredModule>& modules) {
    try {
      const auto opened = open_folder_in(system_, depot_, folder);
      for (const FolderEntry& entry : list_folder(system_, opened->fd(), opened->path))
        if (entry.name.ends_with(".ji"))
          if (const auto facts = read_header(system_, depot_, {folder, entry.name}))
            modules.insert(modules.end(), facts->provides.begin(), facts->provides.end());
    } catch (const Error&) {
      // It is not there, or what is in it cannot be looked at: nothing is found.
    }
  }

  FileSystem& system_;
  const Folder& depot_;
  std::map<std::string, std::vector<RequiredModule>> by_folder_;
};

// What is missing of one base, as words.
class Missing {
 public:
  Missing(FileSystem& system, const Folder& depot, const GrownSet* grown)
      : system_(system), depot_(depot), builds_(system, depot), grown_(grown) {}

  void look_for(const BundleBase& base, const BundlePart& part) {
    for (const BundleFile& file : base.files)
      if (part.has(file) && !is_there(system_, depot_, file.path)) note(std::string(tree_of(file.path)));
    for (const std::string& artifact : base.artifacts)
      if (!is_there(system_, depot_, artifact)) note(artifact);
    for (const BundleBase::Build& build : base.builds)
      if (part.needs(build.path)) look_for(build);
    if (first_.empty()) return;
    throw Error(
        ErrorKind::dependency_missing,
        fmt::format("the bundle rests on another, of SHA-256 {}, and the depot lacks {}{}; {}", base.sha256,
                    first_, count_ > 1 ? fmt::format(" and {} more", count_ - 1) : "",
                    has_grown_ ? "unpack both of them together, that one first" : "unpack that one first"),
        depot_.path);
  }

 private:
  void look_for(const BundleBase::Build& build) {
    const std::string folder = build.path.substr(0, build.path.rfind('/'));
    RequiredModule wanted = build.module;
    if (const auto* grown = grown_ == nullptr ? nullptr : grown_->find(wanted))
      wanted.build_id_hi = grown->checksum;
    const Builds::Found found = builds_.find(folder, wanted);
    if (found == Builds::Found::same) return;
    has_grown_ = has_grown_ || found == Builds::Found::other_identity;
    const std::string which = fmt::format("the build {} of {}", hex64(wanted.build_id_lo), wanted.name);
    note(found == Builds::Found::none ? "an image of " + which
                                      : which + ", whose texts have grown there under a new build id");
  }

  void note(std::string what) {
    if (!noted_.insert(what).second) return;
    if (count_++ == 0) first_ = std::move(what);
  }

  FileSystem& system_;
  const Folder& depot_;
  Builds builds_;
  const GrownSet* grown_;
  std::set<std::string> noted_;
  std::string first_;
  size_t count_ = 0;
  bool has_grown_ = false;
};

void stage_content(FileSystem& system, const Folder& depot, const BundleFile& file, Staging& staging) {
  Staging::Open out(staging, file);
  const std::string full = depot.path + "/" + file.path;
  const int fd = retried(
      [&] { return system.open_beneath(depot.fd(), file.path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK); });
  const Descriptor opened(system, checked(fd, "open", full));
  std::string buffer(256 << 10, '\0');
  bytes::Digest digest;
  uint64_t size = 0;
  while (size <= file.size) {
    const auto got = static_cast<size_t>(
        checked(retried([&] { return system.read(fd, buffer.data(), buffer.size()); }), "read", full));
    if (got == 0) break;
    size += got;
    digest.add(std::string_view(buffer).substr(0, got));
    out.write(std::string_view(buffer).substr(0, got));
  }
  if (size != file.size || digest.text() != file.digest)
    throw Error(ErrorKind::dependency_missing,
                "the bundle rests on this file, and its content is another one than when that was packed",
                full);
  out.close();  // its tree is read to be hashed
}

}  // namespace

std::set<std::string> leave_out_known(BundleManifest& manifest, const std::vector<VerifiedBundle>& bases) {
  std::vector<Known> known;
  std::set<std::string> left_out, settled;
  for (const VerifiedBundle& base : bases) {
    known.emplace_back(manifest, base);
    left_out.insert(known.back().all().begin(), known.back().all().end());
  }
  const Needs needs(manifest, left_out);
  for (size_t i = 0; i < bases.size(); ++i)
    manifest.since.push_back(needs.of(manifest, known[i], bases[i].sha256, settled));
  erase_known(manifest, left_out);
  return left_out;
}

void require_bases(FileSystem& system, const Folder& depot, const BundleManifest& manifest,
                   const BundlePart& part, const GrownSet* grown) {
  for (const BundleBase& base : manifest.since) Missing(system, depot, grown).look_for(base, part);
}

void stage_bases(FileSystem& system, const Folder& depot, const BundleManifest& manifest,
                 const BundlePart& part, Staging& staging) {
  for (const BundleBase& base : manifest.since)
    for (const BundleFile& file : base.files) {
      if (!part.has(file)) continue;
      staging.make_place(file);
      if (file.kind == BundleFileKind::file) stage_content(system, depot, file, staging);
    }
}

}  // namespace jireloc::bundles
