// From a depot to a bundle: chosen, judged, hashed, written.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>

#include "bundle/file_packer.hpp"
#include "bundle/frames.hpp"
#include "bundle/images_to_pack.hpp"
#include "bundle/listing.hpp"
#include "bundle/selection.hpp"
#include "bundle/since.hpp"
#include "bundle/tar.hpp"
#include "bytes/transaction.hpp"
#include "jireloc/alias.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/paths.hpp"
#include "relocate/judging.hpp"
#include "relocate/linked_tops.hpp"

namespace jireloc {
namespace bundles {
namespace {

using relocating::Inventory;
using relocating::Judging;

// Of contents that are kept from the reading for the tree hash until they are packed, in bytes.
constexpr uint64_t kMostHeld = uint64_t{128} << 20;

class Packing {
 public:
  Packing(const PackOptions& options, const ItemSink& sink, FileSystem& inner)
      : options_(options),
        sink_(sink),
        system_(inner),
        places_(options.mounts, options.depot, options.depot),
        depot_(places_.open_from(system_)),
        spellings_(system_, *depot_, places_.view(), options.depot),
        judging_(options, {}, judged_, system_, places_, depot_),
        packer_(system_, *depot_, held_, judging_.threads, options.level, options.stop) {
    judging_.stop = options.stop;
    judging_.spellings = &spellings_;
    judging_.proofs.hash_by([this](const std::string& folder, const TreeLimits& limits) {
      return is_path_prefix(depot_->path, folder) ? list(folder.substr(depot_->path.size() + 1), limits).hash
                                                  : tree_hash(folder, limits);
    });
    judging_.proofs.know_by(
        [this](const std::string& path, const FileStatus& status) { return content_of(path, status); });
  }

  PackedBundle pack() {
    const std::vector<Error> refused = system_.follow(*depot_, places_.view(), options_.depot);
    require_no_alias();
    manifest_.depot = options_.depot;
    inventory_ = take_inventory(system_, *depot_, options_.grace, options_.jobs);
    inventory_.explain_refused(refused);
    read_headers();
    leave_out();
    judge_depot(judging_, inventory_);
    manifest_.spellings = spellings_.found();
    gather_trees();
    gather_images();
    hash_files();
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
    std::vector<ListedTree*> found(trees.size());
    std::vector<std::optional<BundlePackage>> packages(trees.size());
    for_all(judging_.threads, trees.size(),
            [&](size_t i) { found[i] = tree_of_item(*trees[i], packages[i]); });
    size_t files = 2 * inventory_.images.size();  // with their libraries
    for (const ListedTree* tree : found) files += tree == nullptr ? 0 : tree->files.size();
    manifest_.files.reserve(files);
    for (size_t i = 0; i < trees.size(); ++i) {
      if (found[i] == nullptr) continue;
      std::move(found[i]->files.begin(), found[i]->files.end(), std::back_inserter(manifest_.files));
      trees_.insert(relative(*trees[i]));
      if (packages[i])
        manifest_.packages.push_back(std::move(*packages[i]));
      else
        manifest_.artifacts.push_back(relative(*trees[i]));
    }
    std::sort(manifest_.packages.begin(), manifest_.packages.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    std::sort(manifest_.artifacts.begin(), manifest_.artifacts.end());
  }

  // What belongs to a tree is read when its hash is asked for.
  ListedTree& list(const std::string& tree, const TreeLimits& limits) {
    ListedTree listed = list_tree(system_, *depot_, tree, limits, held_);
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = listed_.try_emplace(tree, std::move(listed));
    // Another folder by that name, or the same by another: what was judged is what is packed.
    if (!is_new && known->second.hash.hash != listed.hash.hash)
      throw Error(ErrorKind::conflict, "it changed while it was packed", depot_->path + "/" + tree);
    return known->second;
  }

  // What is proven is what will be packed, whatever becomes of the file meanwhile.
  std::optional<KnownContent> content_of(const std::string& path, const FileStatus& status) const {
    if (!is_path_prefix(depot_->path, path) || path == depot_->path) return {};
    const auto* held = held_.find(path.substr(depot_->path.size() + 1));
    const bool is_it = held != nullptr && status.is_file() && status.size == held->content.size() &&
                       status.mtime == julia_mtime(held->seconds, held->nanoseconds);
    return is_it ? std::optional(KnownContent{held->content}) : std::nullopt;
  }

  ListedTree& listed(const DepotItem& item) {
    const std::string tree = relative(item);
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = listed_.find(tree); found != listed_.end()) return found->second;
    }
    // Its hash was known by another name of the folder: who knows where its own leads by now.
    ListedTree& now = list(tree, judging_.limits);
    if (!is_as_named(item.path, tree, now.hash, options_.rules))
      throw Error(ErrorKind::conflict, "it changed while it was packed", item.path);
    return now;
  }

  // Null: the item says why it cannot be packed.
  ListedTree* tree_of_item(DepotItem& item, std::optional<BundlePackage>& package) {
    try {
      ListedTree& tree = listed(item);
      if (tree.problem) throw Error(*tree.problem);
      if (item.kind == DepotItemKind::package) package = package_of(item, tree);
      return &tree;
    } catch (const Error& error) {
      give_up(item, error);
      return nullptr;
    }
  }

  BundlePackage package_of(const DepotItem& item, const ListedTree& tree) const {
    BundlePackage package;
    package.path = tree.files.front().path;
    package.name = package.path.substr(9, package.path.rfind('/') - 9);
    package.tree = sha1_text(tree.hash.hash);
    for (const char* file : {"/JuliaProject.toml", "/Project.toml"}) {
      const auto text = project_text(item, file);
      if (!text) continue;
      const TomlTable project = parse_toml(*text, item.path + file, kProjectLimits);
      package.version = text_in(project, "version");
      package.uuid = Uuid::parse(text_in(project, "uuid"));
      break;
    }
    return package;
  }

  std::optional<std::string> project_text(const DepotItem& item, const std::string& file) const {
    if (const auto* held = held_.find(relative(item) + file)) return std::string(held->content);
    if (!file_status(item.path + file).is_file()) return {};
    return read_small_file(item.path + file);
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

  void gather_images() {
    std::map<std::string, DepotItem*> kept;
    for (DepotItem& item : items_)
      if (is_packed(item) && item.kind == DepotItemKind::image) kept[relative(item)] = &item;
    require_headers(kept);
    ImagesToPack images(headers_, std::move(kept), trees_);
    images.drop_incomplete();
    const auto trees = static_cast<std::ptrdiff_t>(manifest_.files.size());
    images.add_to(manifest_, [this](const std::string& path) { return list_file(system_, *depot_, path); });
    // Before packages, as a rule in their order then.
    std::rotate(manifest_.files.begin(), manifest_.files.begin() + trees, manifest_.files.end());
  }

  // One that could be judged and whose header could not be read before would be left out unsaid.
  void require_headers(const std::map<std::string, DepotItem*>& kept) {
    std::set<std::string> known;
    for (const HeaderFacts& facts : headers_) known.insert(facts.ref.relative());
    for (const auto& image : inventory_.images)
      if (kept.contains(image.relative()) && !known.contains(image.relative()) &&
          read_header(system_, *depot_, image))
        throw Error(ErrorKind::conflict, "it could not be read at first, and now can be; pack again",
                    depot_->path + "/" + image.relative());
  }

  void hash_files() {
    const auto is_before = [](const BundleFile& a, const BundleFile& b) { return a.path < b.path; };
    if (!std::is_sorted(manifest_.files.begin(), manifest_.files.end(), is_before))
      std::sort(manifest_.files.begin(), manifest_.files.end(), is_before);
    // What other bundles hold is known by its digest alone.
    const bool rests_on_none = options_.since.empty();
    packer_.hash(manifest_.files, !options_.output.empty() && rests_on_none, [&] {
      if (rests_on_none) make_manifest();
    });
    if (rests_on_none) return;
    leave_out_bases();
    make_manifest();
  }

  void leave_out_bases() {
    const std::set<std::string> known = leave_out_known(manifest_, options_.since);
    for (DepotItem& item : items_)
      if (is_packed(item) && known.contains(relative(item))) item.status = DepotItemStatus::already_there;
  }

  // The bundle's first entry. What unpacking would refuse is not written.
  void make_manifest() {
    const std::string text = bundle_manifest_text(manifest_);
    Threads threads(std::min(judging_.threads.first, 2));
    for_all(threads, 2, [&](size_t i) {
      if (i == 0)
        static_cast<void>(parse_bundle_manifest(text, options_.output));
      else if (!options_.output.empty())
        pack_manifest(text);
    });
  }

  void pack_manifest(const std::string& text) {
    const std::string entry =
        tar_header(manifest_entry(text.size())) + text + std::string(padding_of(text.size()), '\0');
    FrameCompressor compressor(options_.level);
    for (size_t at = 0; at < entry.size(); at += kFrame)
      manifest_frames_.push_back(compressor.pack(std::string_view(entry).substr(at, kFrame)));
  }

  PackedBundle write() {
    PackedBundle result;
    result.manifest = std::move(manifest_);
    if (options_.output.empty()) return result;
    Transaction transaction(system_);
    NewFile& out = transaction.create(options_.output);
    FrameWriter frames([&](std::string_view packed) { out.write(packed); }, options_.level);
    for (const PackedFrame& frame : manifest_frames_) frames.put(frame);
    packer_.write(result.manifest.files, frames);
    frames.write(tar_end());
    frames.finish();
    transaction.commit(Durability::full);
    result.size = frames.size();
    result.sha256 = frames.sha256();
    return result;
  }

  const PackOptions& options_;
  const ItemSink& sink_;
  relocating::LinkedTops system_;
  const relocating::DepotPlaces places_;
  const std::shared_ptr<Folder> depot_;
  HeldContents held_{kMostHeld};
  std::vector<DepotItem> items_;
  const ItemSink judged_ = [this](const DepotItem& item) { items_.push_back(item); };
  relocating::Spellings spellings_;
  Judging judging_;
  Inventory inventory_;
  std::vector<HeaderFacts> headers_;
  std::mutex mutex_;
  std::map<std::string, ListedTree> listed_;  // by their paths in the depot
  std::set<std::string> trees_;
  BundleManifest manifest_;
  std::vector<PackedFrame> manifest_frames_;
  FilePacker packer_;
};

}  // namespace
}  // namespace bundles

PackedBundle pack_bundle(const PackOptions& options, const ItemSink& sink, FileSystem& system) {
  return bundles::Packing(options, sink, system).pack();
}

}  // namespace jireloc
