#include "bundle/listing.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "bundle/names.hpp"
#include "bytes/digest.hpp"
#include "depot/tree_hasher.hpp"
#include "jireloc/paths.hpp"
#include "jireloc/proof.hpp"
#include "relocate/judge_tree.hpp"

namespace jireloc::bundles {
namespace {

BundleFile entry_of(const std::string& path, BundleFileKind kind, const struct stat& info) {
  BundleFile file;
  file.path = path;
  file.kind = kind;
  file.size = kind == BundleFileKind::file ? static_cast<uint64_t>(info.st_size) : 0;
  file.mode = kind == BundleFileKind::link ? 0777 : info.st_mode & 0777;
  file.seconds = info.st_mtim.tv_sec;
  file.nanoseconds = static_cast<uint32_t>(info.st_mtim.tv_nsec);
  return file;
}

void require_allowed(const BundleFile& file, const std::string& full) {
  if (const std::string_view why = refused_name(file.path); !why.empty())
    throw Error(ErrorKind::unsupported, fmt::format("no bundle can hold it: {}", why), full);
  if (file.kind != BundleFileKind::link) return;
  if (const std::string_view why = refused_link(file.path, file.link); !why.empty())
    throw Error(ErrorKind::unsupported,
                fmt::format("no bundle can hold a link to \"{}\": {}", file.link, why), full);
}

class TreeLister final : public TreeReading {
 public:
  TreeLister(std::string depot, std::string tree, HeldContents& held, ListedTree& listed)
      : depot_(std::move(depot)), tree_(std::move(tree)), held_(held), listed_(listed) {}

  void folder(const std::string& path, const struct stat& info) override {
    end_file();
    while (!folders_.empty() && !is_path_prefix(folders_.back().path, in_depot(path))) folders_.pop_back();
    folders_.push_back(entry_of(in_depot(path), BundleFileKind::folder, info));
    listed_folders_ = std::min(listed_folders_, folders_.size() - 1);
  }

  void file(const std::string& path, const struct stat& info) override {
    add(entry_of(in_depot(path), BundleFileKind::file, info));
    digest_ = {};
    is_in_file_ = true;
    content_ = next_ = held_.place_for(listed_.files.back().size);
  }

  void content(std::string_view piece) override {
    digest_.add(piece);
    if (next_ == nullptr) return;
    std::memcpy(next_, piece.data(), piece.size());
    next_ += piece.size();
  }

  void link(const std::string& path, const struct stat& info, std::string_view text) override {
    BundleFile file = entry_of(in_depot(path), BundleFileKind::link, info);
    file.link = text;
    add(std::move(file));
  }

  void end_file() {
    if (!std::exchange(is_in_file_, false)) return;
    BundleFile& file = listed_.files.back();
    file.digest = digest_.text();
    if (content_ != nullptr)
      held_.add(file.path, {{content_, file.size}, file.digest, file.seconds, file.nanoseconds});
  }

 private:
  std::string in_depot(const std::string& path) const { return path.empty() ? tree_ : tree_ + "/" + path; }

  // A folder is listed with the first thing in it: without one it is no part of the tree.
  void add(BundleFile entry) {
    end_file();
    for (; listed_folders_ < folders_.size(); ++listed_folders_)
      listed_.files.push_back(folders_[listed_folders_]);
    try {
      if (!listed_.problem) require_allowed(entry, depot_ + "/" + entry.path);
    } catch (const Error& error) {
      listed_.problem = error;
    }
    listed_.files.push_back(std::move(entry));
  }

  const std::string depot_, tree_;
  HeldContents& held_;
  ListedTree& listed_;
  std::vector<BundleFile> folders_;  // those that hold the current one, and itself
  size_t listed_folders_ = 0;        // so many of them are listed
  bool is_in_file_ = false;
  bytes::Digest digest_;     // of the file
  char* content_ = nullptr;  // where it is kept; null: it is not
  char* next_ = nullptr;     // where it goes on
};

}  // namespace

ListedTree list_tree(FileSystem& system, const Folder& depot, const std::string& tree,
                     const TreeLimits& limits, HeldContents& held) {
  ListedTree listed;
  TreeLister lister(depot.path, tree, held, listed);
  listed.hash = tree_hash(system, *open_folder_in(system, depot, tree), limits, &lister);
  lister.end_file();
  return listed;
}

bool is_as_named(const std::string& folder, const std::string& tree, const TreeHash& hash,
                 const DepotRules& rules) {
  ProofCache known;
  known.hash_by([&](const std::string&, const TreeLimits&) { return hash; });
  const size_t slash = tree.rfind('/'), name = tree.find('/') + 1;
  const std::string own = tree.substr(slash + 1);
  return (tree.starts_with("artifacts/")
              ? relocating::judge_artifact(folder, own, known)
              : relocating::judge_package(folder, tree.substr(name, slash - name), own, rules, known))
      .empty();
}

BundleFile list_file(FileSystem& system, const Folder& depot, const std::string& path) {
  const std::string full = depot.path + "/" + path;
  if (const std::string_view why = refused_name(path); !why.empty())
    throw Error(ErrorKind::unsupported, fmt::format("no bundle can hold it: {}", why), full);
  const auto info = find_entry(system, depot.fd(), path, full);
  if (!info || !S_ISREG(info->st_mode))
    throw Error(ErrorKind::conflict, "it changed while it was packed", full);
  return entry_of(path, BundleFileKind::file, *info);
}

}  // namespace jireloc::bundles
