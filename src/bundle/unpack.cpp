// From a bundle to a depot: staged and verified whole, then merged as relocate merges.
#include <fmt/format.h>
#include <sys/statvfs.h>

#include "bundle/part.hpp"
#include "bundle/reader.hpp"
#include "bundle/since.hpp"
#include "bundle/stage_bundle.hpp"
#include "bundle/staging.hpp"
#include "jireloc/path_map.hpp"
#include "relocate/run.hpp"

namespace jireloc {
namespace bundles {
namespace {

// Names in the target that one depot cannot have: what was packed below one and is wanted above or below it
// has no map that tells the two apart.
void require_place(const std::string& from, const std::string& to) {
  if (from != to && (is_path_prefix(from, to) || is_path_prefix(to, from)))
    throw Error(
        ErrorKind::usage,
        fmt::format("it was packed at {}: the place to unpack it is that, or one that is neither in it nor "
                    "above it, unlike {}",
                    from, to));
}

// Before anything is written: what would not fit ends early.
void require_room(const BundleManifest& manifest, const Folder& depot) {
  uint64_t size = 0;
  for (const BundleFile& file : manifest.files)
    if (__builtin_add_overflow(size, file.size, &size)) size = UINT64_MAX;
  struct statvfs info {};
  if (::fstatvfs(depot.fd(), &info) != 0) return;  // then writing tells
  const uint64_t room = uint64_t{info.f_bavail} * info.f_frsize;
  if (size > room)
    throw Error(ErrorKind::too_large, fmt::format("it unpacks to {} bytes, and {} are free", size, room),
                depot.path);
}

// Items of the staging folder are told by their paths in the bundle.
class InBundle {
 public:
  InBundle(const Staging& staging, std::string bundle, const ItemSink& sink)
      : before_(staging.path() + "/"), bundle_(std::move(bundle) + ":"), sink_(sink) {}

  void operator()(const DepotItem& item) const {
    DepotItem told = item;
    told.seen.clear();
    told.target_seen.clear();
    replace(told.path);
    for (auto* reasons : {&told.reasons, &told.warnings})
      for (Reason& reason : *reasons) {
        replace(reason.message);
        replace(reason.path);
      }
    sink_(told);
  }

 private:
  void replace(std::string& text) const {
    for (size_t at = text.find(before_); at != std::string::npos; at = text.find(before_, at))
      text.replace(at, before_.size(), bundle_);
  }

  const std::string before_, bundle_;
  const ItemSink& sink_;
};

VerifiedBundle unpack(const BundleSource& source, const UnpackOptions& options, const ItemSink& sink,
                      FileSystem& system) {
  BundleReader reader(source, options.relocate.jobs);
  RelocateOptions relocate = options.relocate;
  relocate.from = reader.manifest().depot;
  relocate.hard_links = true;
  const std::vector<std::string> spellings = reader.manifest().spellings;
  require_place(relocate.from, relocate.to);
  for (const std::string& name : spellings) {
    require_place(name, relocate.to);
    relocate.map.add({name, relocate.to});
  }
  const BundlePart part(reader.manifest(), options.names);
  if (options.look) options.look(reader.manifest());
  const auto depot = relocating::make_target(system, relocate);
  require_bases(system, *depot, reader.manifest(), part, options.grown);
  require_room(reader.manifest(), *depot);
  Staging staging(system, depot, relocate);
  StagedTrees trees;
  StagedInMemory memory{{reader.manifest(), part}};
  VerifiedBundle whole =
      stage_bundle(reader, part, staging, memory, trees, {relocate.jobs, relocate.most_jobs}, relocate.stop);
  if (!options.expected_sha256.empty() && options.expected_sha256 != whole.sha256)
    throw Error(ErrorKind::bad_checksum,
                fmt::format("its SHA-256 is {}, and {} was expected", whole.sha256, options.expected_sha256),
                source.name);
  stage_bases(system, *depot, whole.manifest, part, staging);
  staging.finish({relocate.jobs, relocate.most_jobs});
  const InBundle told(staging, source.name, sink);
  relocating::relocate(
      relocate, [&](const DepotItem& item) { told(item); }, system,
      {staging.path(), spellings, options.grown, trees.finish(relocate.limits), &memory.images.images(),
       [&](const std::string&, const FileStatus& status) { return memory.digests.find(status); }});
  return whole;
}

}  // namespace
}  // namespace bundles

VerifiedBundle unpack_bundle(const BundleSource& source, const UnpackOptions& options, const ItemSink& sink,
                             FileSystem& system) {
  return bundles::unpack(source, options, sink, system);
}

}  // namespace jireloc
