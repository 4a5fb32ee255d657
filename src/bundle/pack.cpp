// From a depot to a bundle: chosen, judged, hashed, written.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <mutex>

#include "bundle/frames.hpp"
#include "bundle/names.hpp"
#include "bundle/selection.hpp"
#include "bundle/since.hpp"
#include "bundle/tar.hpp"
#include "bytes/transaction.hpp"
#include "bytes/tree_walk.hpp"
#include "jireloc/alias.hpp"
#include "jireloc/bundle.hpp"
#include "relocate/judging.hpp"
#include "relocate/linked_tops.hpp"

namespace jireloc {
namespace bundles {
namespace {

using relocating::Inventory;
using relocating::Judging;

constexpr size_t kPieceToPack = 256 << 10;

// One file of the depot, read piece by piece.
template <typename Use>
uint64_t read_file(FileSystem& system, const Folder& depot, const std::string& path, Use use) {
  const std::string full = depot.path + "/" + path;
  const int fd = retried(
      [&] { return system.open_beneath(depot.fd(), path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK); });
  const Descriptor file(system, checked(fd, "open", full));
  std::string buffer(kPieceToPack, '\0');
  for (uint64_t size = 0;;) {
    const auto got =
        checked(retried([&] { return system.read(fd, buffer.data(), buffer.size()); }), "read", full);
    if (got == 0) return size;
    size += static_cast<uint64_t>(got);
    use(std::string_view(buffer).substr(0, static_cast<size_t>(got)));
  }
}

std::string link_text(FileSystem& system, int folder, const std::string& name, const std::string& path) {
  std::string text(kLongestPath + 1, '\0');
  const auto size =
      checked(retried([&] { return system.read_link(folder, name.c_str(), text.data(), text.size()); }),
              "readlink", path);
  text.resize(static_cast<size_t>(size));
  return text;
}

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

// What belongs to a package or artifact: what its tree hash speaks of, and the folders on the way there.
class TreeLister {
 public:
  TreeLister(FileSystem& system, const Folder& depot, std::string tree)
      : system_(system), depot_(depot), tree_(std::move(tree)) {}

  std::vector<BundleFile> list() {
    walk_tree(system_, *open_folder_in(system_, depot_, tree_), {}, *this);
    return std::move(files_);
  }

  void folder(int, const std::string&) {}
  void git(const std::string&, mode_t) {}
  void entry(int folder_fd, const std::string& relative, const std::string& name, mode_t type) {
    add_folders(relative);
    const std::string path = tree_ + "/" + join_path(relative, name);
    const std::string full = depot_.path + "/" + path;
    const auto info = find_entry(system_, folder_fd, name, full);
    if (!info) throw Error(ErrorKind::conflict, "it went while it was packed", full);
    if (!S_ISREG(type) && !S_ISLNK(type))
      throw Error(ErrorKind::unsupported, "neither a file nor a link", full);
    BundleFile file = entry_of(path, S_ISLNK(type) ? BundleFileKind::link : BundleFileKind::file, *info);
    if (S_ISLNK(type)) file.link = link_text(system_, folder_fd, name, full);
    require_allowed(file, full);
    files_.push_back(std::move(file));
  }

 private:
  static void require_allowed(const BundleFile& file, const std::string& full) {
    if (const std::string_view why = refused_name(file.path); !why.empty())
      throw Error(ErrorKind::unsupported, fmt::format("no bundle can hold it: {}", why), full);
    if (file.kind != BundleFileKind::link) return;
    if (const std::string_view why = refused_link(file.path, file.link); !why.empty())
      throw Error(ErrorKind::unsupported,
                  fmt::format("no bundle can hold a link to \"{}\": {}", file.link, why), full);
  }

  void add_folders(const std::string& relative) {
    for (size_t end = 0; end <= relative.size(); ++end) {
      if (end != 0) end = std::min(relative.find('/', end), relative.size());
      const std::string path = end == 0 ? tree_ : tree_ + "/" + relative.substr(0, end);
      if (!folders_.insert(path).second) continue;
      const std::string full = depot_.path + "/" + path;
      const auto info = find_entry(system_, depot_.fd(), path, full);
      if (!info || !S_ISDIR(info->st_mode))
        throw Error(ErrorKind::conflict, "it changed while it was packed", full);
      files_.push_back(entry_of(path, BundleFileKind::folder, *info));
    }
  }

  FileSystem& system_;
  const Folder& depot_;
  const std::string tree_;
  std::set<std::string> folders_;
  std::vector<BundleFile> files_;
};

class Packing {
 public:
  Packing(const PackOptions& options, const ItemSink& sink, FileSystem& inner)
      : options_(options),
        sink_(sink),
        system_(inner),
        places_(options.mounts, options.depot, options.depot),
        depot_(places_.open_from(system_)),
        spellings_(system_, *depot_, places_.view(), options.depot),
        judging_(options, {}, judged_, system_, places_, depot_) {
    judging_.stop = options.stop;
    judging_.spellings = &spellings_;
  }

  PackedBundle pack() {
    const std::vector<Error> refused = system_.follow(*depot_, places_.view(), options_.depot);
    require_no_alias();
    manifest_.depot = options_.depot;
    inventory_ = take_inventory(system_, *depot_, options_.grace);
    inventory_.explain_refused(refused);
    read_headers();
    leave_out();
    judge_depot(judging_, inventory_);
    manifest_.spellings = spellings_.found();
    gather_trees();
    gather_images();
    hash_files();
    leave_out_bases();
    for (DepotItem& item : items_) sink_(item);
    return write();
  }

 private:
  void require_no_alias() {
    if (const auto alias = recorded_alias(options_.depot, places_.view(), system_))
      throw Error(ErrorKind::unsupported,
                  fmt::format("code of its images may go through its alias {}, which no bundle can hold",
                              alias->path),
                  depot_->path);
  }

  void read_headers() {
    std::vector<std::optional<HeaderFacts>> found(inventory_.images.size());
    for_all(judging_.threads, found.size(),
            [&](size_t i) { found[i] = read_header(system_, *depot_, inventory_.images[i]); });
    for (auto& facts : found)
      if (facts) headers_.push_back(std::move(*facts));
  }

  // What is not chosen will not be there, and so will not be whatever else lies in the depot.
  void leave_out() {
    std::set<std::string> left_out;
    choose(options_, headers_, inventory_, left_out);
    for (const std::string& tree : left_out) judging_.unusable_packages[tree] = {"it was not chosen"};
    if (!options_.artifacts) {
      for (const auto& tree : inventory_.artifacts)
        judging_.unusable_packages[tree.relative()] = {"artifacts were not asked for"};
      inventory_.artifacts.clear();
    }
    inventory_.leftovers.clear();
    judging_.left_behind = [this](std::string_view tail) -> std::string {
      if (tail.starts_with("packages/") || tail.starts_with("artifacts/")) return {};
      const std::string path(tail);
      return find_entry(system_, depot_->fd(), path, depot_->path + "/" + path) ? "no bundle holds" : "";
    };
  }

  std::string relative(const DepotItem& item) const { return item.path.substr(depot_->path.size() + 1); }
  // What is kept for another reason than that all is well is somebody's work in progress.
  static bool is_packed(const DepotItem& item) {
    return item.status == DepotItemStatus::kept && item.reasons.empty();
  }

  void gather_trees() {
    std::vector<DepotItem*> trees;
    for (DepotItem& item : items_)
      if (is_packed(item) && (item.kind == DepotItemKind::package || item.kind == DepotItemKind::artifact))
        trees.push_back(&item);
    for_all(judging_.threads, trees.size(), [&](size_t i) { gather_tree(*trees[i]); });
    std::sort(manifest_.packages.begin(), manifest_.packages.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    std::sort(manifest_.artifacts.begin(), manifest_.artifacts.end());
  }

  void gather_tree(DepotItem& item) {
    try {
      std::vector<BundleFile> files = TreeLister(system_, *depot_, relative(item)).list();
      std::optional<BundlePackage> package;
      if (item.kind == DepotItemKind::package) package = package_of(item);
      const std::lock_guard lock(mutex_);
      for (BundleFile& file : files) manifest_.files.push_back(std::move(file));
      if (package)
        manifest_.packages.push_back(std::move(*package));
      else
        manifest_.artifacts.push_back(relative(item));
      trees_.insert(relative(item));
    } catch (const Error& error) {
      give_up(item, error);
    }
  }

  BundlePackage package_of(const DepotItem& item) {
    BundlePackage package;
    package.path = relative(item);
    package.name = package.path.substr(9, package.path.rfind('/') - 9);
    if (const auto& tree = judging_.proofs.tree(item.path); tree.hash)
      package.tree = sha1_text(tree.hash->hash);
    for (const char* file : {"/JuliaProject.toml", "/Project.toml"}) {
      if (!file_status(item.path + file).is_file()) continue;
      const TomlTable project =
          parse_toml(read_small_file(item.path + file), item.path + file, kProjectLimits);
      package.version = text_in(project, "version");
      package.uuid = Uuid::parse(text_in(project, "uuid"));
      break;
    }
    return package;
  }

  static std::string text_in(const TomlTable& table, const char* key) {
    const auto found = table.find(key);
    const auto* text = found == table.end() ? nullptr : std::get_if<std::string>(&found->second.value);
    return text == nullptr ? std::string() : *text;
  }

  void give_up(DepotItem& item, const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw Error(error);
    item.status = judging_.status_for(error);
    item.reasons.push_back(error.retold(error.what()));
  }

  // Images whose packages are packed, and all images of the depot that they need; the others are said to be
  // left out.
  void gather_images() {
    std::map<std::string, DepotItem*> packed;
    for (DepotItem& item : items_)
      if (is_packed(item) && item.kind == DepotItemKind::image) packed[relative(item)] = &item;
    const Providers providers = providers_of(headers_);
    for (bool more = true; more;) {
      more = false;
      for (const HeaderFacts& facts : headers_) {
        const auto found = packed.find(facts.ref.relative());
        if (found == packed.end()) continue;
        const std::string missing = what_is_missing(facts, providers, packed);
        if (missing.empty()) continue;
        found->second->status = DepotItemStatus::dropped;
        found->second->reasons.push_back({Code::dependency_dropped, missing});
        packed.erase(found);
        more = true;
      }
    }
    for (const HeaderFacts& facts : headers_)
      if (const auto found = packed.find(facts.ref.relative()); found != packed.end())
        add_image(facts, *found->second, providers, packed);
    std::sort(manifest_.images.begin(), manifest_.images.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
  }

  std::string what_is_missing(const HeaderFacts& facts, const Providers& providers,
                              const std::map<std::string, DepotItem*>& packed) const {
    for (const std::string& package : facts.packages)
      if (!trees_.contains(package)) return fmt::format("its package {} is not packed", package);
    for (const RequiredModule& need : facts.needs) {
      const auto [begin, end] = providers.equal_range(key_of(need));
      const auto is_there = [&](const auto& at) {
        return packed.contains(headers_[at.second].ref.relative());
      };
      if (begin != end && std::none_of(begin, end, is_there))
        return fmt::format("{}, which it needs, is not packed", headers_[begin->second].ref.relative());
    }
    return {};
  }

  void add_image(const HeaderFacts& facts, DepotItem& item, const Providers& providers,
                 const std::map<std::string, DepotItem*>& packed) {
    try {
      BundleImage image;
      image.path = facts.ref.relative();
      if (!facts.library.empty()) image.library = facts.ref.folder + "/" + facts.library;
      image.name = facts.provides[0].name;
      image.uuid = facts.provides[0].uuid;
      image.build_id_hi = facts.provides[0].build_id_hi;
      image.build_id_lo = facts.provides[0].build_id_lo;
      image.julia = number_in(manifest_.julias, facts.julia);
      image.flags = facts.flags;
      image.processors = facts.processors;
      image.clone_targets = facts.clone_targets;
      image.packages.assign(facts.packages.begin(), facts.packages.end());
      for (const RequiredModule& need : facts.needs) add_need(need, providers, packed, image);
      for (const std::string& path : {image.path, image.library})
        if (!path.empty()) manifest_.files.push_back(file_at(path));
      manifest_.images.push_back(std::move(image));
    } catch (const Error& error) {
      throw Error(error.in_file(item.path));
    }
  }

  void add_need(const RequiredModule& need, const Providers& providers,
                const std::map<std::string, DepotItem*>& packed, BundleImage& image) {
    const auto [begin, end] = providers.equal_range(key_of(need));
    bool is_inside = false;
    for (auto at = begin; at != end; ++at) {
      const std::string path = headers_[at->second].ref.relative();
      if (!packed.contains(path)) continue;
      image.rests_on.push_back(path);
      is_inside = true;
    }
    if (!is_inside) image.needs.push_back(number_in(manifest_.modules, need));
    std::sort(image.rests_on.begin(), image.rests_on.end());
  }

  template <typename Value>
  static size_t number_in(std::vector<Value>& values, const Value& value) {
    const auto found = std::find(values.begin(), values.end(), value);
    if (found != values.end()) return static_cast<size_t>(found - values.begin());
    values.push_back(value);
    return values.size() - 1;
  }

  BundleFile file_at(const std::string& path) {
    const std::string full = depot_->path + "/" + path;
    if (const std::string_view why = refused_name(path); !why.empty())
      throw Error(ErrorKind::unsupported, fmt::format("no bundle can hold it: {}", why), full);
    const auto info = find_entry(system_, depot_->fd(), path, full);
    if (!info || !S_ISREG(info->st_mode))
      throw Error(ErrorKind::conflict, "it changed while it was packed", full);
    return entry_of(path, BundleFileKind::file, *info);
  }

  void hash_files() {
    std::sort(manifest_.files.begin(), manifest_.files.end(),
              [](const BundleFile& a, const BundleFile& b) { return a.path < b.path; });
    for_all(judging_.threads, manifest_.files.size(), [&](size_t i) {
      BundleFile& file = manifest_.files[i];
      if (file.kind != BundleFileKind::file) return;
      judging_.check_stop();
      bytes::Digest digest;
      const uint64_t size =
          read_file(system_, *depot_, file.path, [&](std::string_view piece) { digest.add(piece); });
      if (size != file.size) changed(file);
      file.digest = digest.text();
    });
  }

  void leave_out_bases() {
    const std::set<std::string> known = leave_out_known(manifest_, options_.since);
    for (DepotItem& item : items_)
      if (is_packed(item) && known.contains(relative(item))) item.status = DepotItemStatus::already_there;
  }

  [[noreturn]] void changed(const BundleFile& file) const {
    throw Error(ErrorKind::conflict,
                "it changed while it was packed; pack again when nobody writes to the depot",
                depot_->path + "/" + file.path);
  }

  PackedBundle write() {
    PackedBundle result;
    const std::string text = bundle_manifest_text(manifest_);
    static_cast<void>(
        parse_bundle_manifest(text, options_.output));  // what unpacking would refuse is not written
    result.manifest = std::move(manifest_);
    if (options_.output.empty()) return result;
    Transaction transaction(system_);
    NewFile& out = transaction.create(options_.output);
    FrameWriter frames([&](std::string_view packed) { out.write(packed); }, options_.level, options_.jobs);
    frames.write(tar_header(manifest_entry(text.size())));
    frames.write(text);
    frames.write(std::string(padding_of(text.size()), '\0'));
    frames.cut();
    for (const BundleFile& file : result.manifest.files) write_file(file, frames);
    frames.write(tar_end());
    frames.finish();
    transaction.commit(Durability::full);
    result.size = frames.size();
    result.sha256 = frames.sha256();
    return result;
  }

  void write_file(const BundleFile& file, FrameWriter& frames) {
    judging_.check_stop();
    frames.write(tar_header(file));
    if (file.kind != BundleFileKind::file) return;
    bytes::Digest digest;
    uint64_t size = 0;
    read_file(system_, *depot_, file.path, [&](std::string_view piece) {
      size += piece.size();
      if (size > file.size) changed(file);
      digest.add(piece);
      frames.write(piece);
    });
    if (size != file.size || digest.text() != file.digest) changed(file);
    frames.write(std::string(padding_of(size), '\0'));
  }

  const PackOptions& options_;
  const ItemSink& sink_;
  relocating::LinkedTops system_;
  const relocating::DepotPlaces places_;
  const std::shared_ptr<Folder> depot_;
  std::vector<DepotItem> items_;
  const ItemSink judged_ = [this](const DepotItem& item) { items_.push_back(item); };
  relocating::Spellings spellings_;
  Judging judging_;
  Inventory inventory_;
  std::vector<HeaderFacts> headers_;
  std::mutex mutex_;
  std::set<std::string> trees_;
  BundleManifest manifest_;
};

}  // namespace
}  // namespace bundles

PackedBundle pack_bundle(const PackOptions& options, const ItemSink& sink, FileSystem& system) {
  return bundles::Packing(options, sink, system).pack();
}

}  // namespace jireloc
