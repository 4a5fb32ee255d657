// The index of a folder of bundles.
#include "jireloc/bundle_index.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bundle/members.hpp"
#include "bytes/folders.hpp"
#include "bytes/transaction.hpp"
#include "relocate/depot_lock.hpp"

namespace jireloc {
namespace bundles {

void each_member(auto& use, Is<IndexedBundle> auto& bundle) {
  use.raw("file", bundle.file);
  use.number("size", bundle.size);
  use.text("sha256", bundle.sha256);
  use.texts("since", bundle.since);
  use.records("julias", bundle.manifest.julias);
  use.records("packages", bundle.manifest.packages);
  use.records("images", bundle.manifest.images);
  use.records("modules", bundle.manifest.modules);
}

namespace {

constexpr uint64_t kLargestIndex = uint64_t{512} << 20;

// It is read from a folder that others may write to: of what it names nothing lies elsewhere.
std::string refused_entry(const IndexedBundle& bundle) {
  if (!bundle.file.ends_with(kBundleSuffix) ||
      bundle.file.find_first_of(std::string_view("/\0", 2)) != bundle.file.npos)
    return fmt::format("\"{}\" is no name of a bundle", bundle.file);
  if (bundle.sha256.size() != 64) return bundle.file + " has no SHA-256";
  for (const BundleImage& image : bundle.manifest.images)
    if (image.julia >= bundle.manifest.julias.size())
      return fmt::format("{}: {} is of a Julia that it does not list", bundle.file, image.path);
  return {};
}

}  // namespace

void each_member(auto& use, Is<BundleIndex> auto& index) {
  use.schema("jireloc/bundle-index/1");
  use.records("bundles", index.bundles, [](const IndexedBundle& bundle, const auto& reader) {
    if (const std::string why = refused_entry(bundle); !why.empty()) reader.fail(why);
  });
}

namespace {

IndexedBundle entry_for(const std::string& folder, const std::string& file) {
  VerifiedBundle bundle = verify_bundle(bundle_file(folder + "/" + file));
  IndexedBundle entry{file, bundle.size, bundle.sha256, {}, {}};
  for (const BundleBase& base : bundle.manifest.since) entry.since.push_back(base.sha256);
  entry.manifest.julias = std::move(bundle.manifest.julias);
  entry.manifest.packages = std::move(bundle.manifest.packages);
  entry.manifest.images = std::move(bundle.manifest.images);
  entry.manifest.modules = std::move(bundle.manifest.modules);
  return entry;
}

// What an index of before still says rightly, as far as names and sizes tell.
BundleIndex listed_before(const std::string& folder, const std::string& renewed) {
  if (renewed.empty()) return {};
  try {
    return read_bundle_index(folder);
  } catch (const Error&) {
    return {};  // it is not there, or is none: all are read
  }
}

class Updating {
 public:
  Updating(std::string folder, const std::string& renewed)
      : folder_(std::move(folder)), renewed_(renewed), before_(listed_before(folder_, renewed)) {}

  void add(const std::string& file) {
    try {
      result_.index.bundles.push_back(entry_of(file));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      result_.problems.push_back(error);
    }
  }
  IndexUpdate take() { return std::move(result_); }

 private:
  IndexedBundle entry_of(const std::string& file) {
    const auto known = std::find_if(before_.bundles.begin(), before_.bundles.end(),
                                    [&](const IndexedBundle& bundle) { return bundle.file == file; });
    const auto there = file_status(folder_ + "/" + file);
    if (known != before_.bundles.end() && file != renewed_ && there.is_file() && there.size == known->size)
      return *known;
    return entry_for(folder_, file);
  }

  const std::string folder_;
  const std::string& renewed_;
  const BundleIndex before_;
  IndexUpdate result_;
};

}  // namespace
}  // namespace bundles

std::string bundle_index_text(const BundleIndex& index) {
  return bundles::RecordWriter::text_of(index, ",\n") + "\n";
}

BundleIndex parse_bundle_index(std::string_view text, const std::string& name_for_messages) {
  BundleIndex index;
  bundles::RecordReader reader(text, name_for_messages, "the index of bundles");
  reader.read_whole(index);
  return index;
}

BundleIndex read_bundle_index(const std::string& folder) {
  const std::string path = fmt::format("{}/{}", folder, kBundleIndexName);
  return parse_bundle_index(read_small_file(path, bundles::kLargestIndex), path);
}

IndexUpdate update_bundle_index(const std::string& folder, const std::string& renewed, FileSystem& system) {
  const auto opened = open_folder(system, folder);
  const DepotLock lock(system, *opened, {kWhileAtWork, {}, {}});
  bundles::Updating updating(folder, renewed);
  for (const FolderEntry& entry : list_folder(system, opened->fd(), opened->path))
    if (entry.name.ends_with(kBundleSuffix)) updating.add(entry.name);
  IndexUpdate update = updating.take();
  Transaction transaction(system);
  transaction.create_in(opened, kBundleIndexName).write(bundle_index_text(update.index));
  transaction.commit(Durability::full);
  return update;
}

}  // namespace jireloc
