// Bundles: what of a depot may be cached, as one verified file that unpacks, relocated, anywhere.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/check.hpp"
#include "jireloc/grown_set.hpp"
#include "jireloc/image_files.hpp"
#include "jireloc/real_file_system.hpp"
#include "jireloc/relocate.hpp"

namespace jireloc {

enum class BundleFileKind : uint8_t { file, folder, link };
std::string_view name(BundleFileKind kind) noexcept;  // "file", "folder", "link"

// One thing that a bundle holds, under its path in the depot.
struct BundleFile {
  std::string path;  // "packages/Name/SLUG/src/Name.jl"
  BundleFileKind kind = BundleFileKind::file;
  uint64_t size = 0;         // of files
  mode_t mode = 0;           // permission bits
  int64_t seconds = 0;       // when it was last changed, since the epoch
  uint32_t nanoseconds = 0;  // likewise
  std::string digest = {};   // of files: XXH3-128 of the content, 32 hex digits
  std::string link = {};     // of links: what it leads to
  bool operator==(const BundleFile&) const = default;
};

struct BundlePackage {
  std::string path;  // "packages/Name/SLUG"
  std::string name;
  std::optional<Uuid> uuid;
  std::string version;  // empty where its project file gives none
  std::string tree;     // git tree hash, 40 hex digits
  bool operator==(const BundlePackage&) const = default;
};

struct BundleImage {
  std::string path;     // of the .ji
  std::string library;  // of the native library beside it; empty: there is none
  std::string name;     // of its first module
  Uuid uuid;
  uint64_t build_id_hi = 0, build_id_lo = 0;
  size_t julia = 0;  // number in BundleManifest::julias
  uint8_t flags = 0;
  std::vector<std::string> processors;  // that its native code is for
  std::string clone_targets;            // the same as it records them
  std::vector<std::string> packages;    // folders of the bundle that its sources lie in
  std::vector<size_t> needs;  // numbers in BundleManifest::modules: no image of the bundle provides them
  std::vector<std::string> rests_on;  // images of the bundle, or of those it rests on, that it needs
  bool operator==(const BundleImage&) const = default;
};

// Another bundle, whose content is not packed again, and what of it the images of this one need.
struct BundleBase {
  // A build that they ask for, and the image that provides it.
  struct Build {
    std::string path;  // of its .ji, where it was packed
    RequiredModule module;
    bool operator==(const Build&) const = default;
  };
  std::string sha256;                       // of that bundle
  std::vector<Build> builds = {};           // in the order of their paths
  std::vector<std::string> artifacts = {};  // which image's code names which of them, nobody says
  std::vector<BundleFile> files = {};  // the packages that their sources lie in, as `files` of the manifest
  bool operator==(const BundleBase&) const = default;
};

struct BundleManifest {
  std::string depot;                   // where it was packed
  std::vector<std::string> spellings;  // other names of that depot that images record; sorted
  std::vector<Prefix> julias;          // that made the images
  std::vector<BundlePackage> packages;
  std::vector<std::string> artifacts;  // "artifacts/SHA1"
  std::vector<BundleImage> images;
  std::vector<RequiredModule> modules;  // that images need from outside: Julia's own, for the most part
  std::vector<BundleBase> since;        // bundles that this one rests on
  std::vector<BundleFile> files;        // in the order of the bundle, which is that of their paths' bytes
};

// JSON: the bundle's first entry, and the same read again. Throws Error: bad_value, too_large, with the
// offset in the text. Every name, link and number is looked at there, by the rules that unpacking goes by.
std::string bundle_manifest_text(const BundleManifest& manifest);
BundleManifest parse_bundle_manifest(std::string_view text, const std::string& name_for_messages);

// Why the Julia would not take images of the bundle, by what their headers say: another build, other flags,
// another processor (null: none is known). One reason an image; its path is that of the image.
std::vector<Reason> objections_to(const BundleManifest& manifest, const ExpectedJulia& julia,
                                  const std::shared_ptr<const Processor>& processor);

struct VerifiedBundle {
  BundleManifest manifest;
  uint64_t size = 0;   // of the bundle
  std::string sha256;  // likewise; empty where only the manifest was read
};

struct PackOptions : DepotOptions {
  std::string depot;                       // absolute, without trailing slashes, as Julia sees it
  std::vector<std::string> names = {};     // packages, with all that their images need; empty: all
  std::string project = {};                // likewise: those of its manifest
  bool artifacts = false;                  // take all; else images whose code names one are left out
  int level = 3;                           // of zstd, 1 to 19
  std::string output = {};                 // empty: nothing is written
  std::vector<VerifiedBundle> since = {};  // what these hold is not packed again; it is said to be there
  const std::atomic<bool>* stop = nullptr;
};

struct PackedBundle {
  BundleManifest manifest;
  uint64_t size = 0;   // of the bundle
  std::string sha256;  // of the bundle
};

// Judges what was chosen as prune does, in its place, and packs what is kept: `sink` is told of each package,
// artifact and image (status kept: it is packed). The output is written under a temporary name, synced and
// renamed. The same depot gives the same bytes. Throws Error: io, conflict (a file changed meanwhile), usage
// (a name that nothing in the depot has).
PackedBundle pack_bundle(const PackOptions& options, const ItemSink& sink,
                         FileSystem& system = real_file_system());

// Where a bundle comes from: a stream, read once from its start.
struct BundleSource {
  std::string name;                                   // for messages
  std::function<size_t(char* to, size_t most)> read;  // 0 at the end; throws Error (io)
  // Of all its bytes, where somebody has seen to them before: it is refused (conflict) where they turn out to
  // be others. Empty: nobody has.
  std::string sha256 = {};
  // Reading it never waits for somebody to write, so another thread may read ahead.
  bool is_file = false;
};
// Of all that a source still gives, as hex.
std::string bundle_sha256(const BundleSource& source);
BundleSource bundle_file(const std::string& path);  // throws Error (io)
BundleSource bundle_descriptor(int fd, std::string name);

// Throw Error: truncated, bad_value, bad_checksum, too_large, unsupported, io, with the offset in the bundle.
BundleManifest read_bundle_manifest(const BundleSource& source);
// Reads all of it: every file against the manifest, and that nothing follows.
VerifiedBundle verify_bundle(const BundleSource& source);

// The images that a bundle holds, one after the other in one pass over it.
class BundleImages {
 public:
  // Reads the manifest. An image, or a library, of more than `max_size` bytes is not kept. Throws Error.
  BundleImages(BundleSource source, uint64_t max_size);
  ~BundleImages();
  BundleImages(const BundleImages&) = delete;
  BundleImages& operator=(const BundleImages&) = delete;

  const BundleManifest& manifest() const noexcept;
  // The next image and its library, both verified; its path is that in the bundle. Nothing at the end: then
  // all of the bundle was verified. Throws Error where it is damaged: then nothing follows.
  std::optional<ImageCandidate> next();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

// Whether a file begins as what zstd compresses, and is called by no name of an image (.ji.zst). False where
// it cannot be read.
bool may_be_bundle(const std::string& path);

// A bundle whose files can be looked at as if they lay in a folder: "layer.jlb.tar.zst:packages/Name/…" is a
// path for everything in this library that reads files and takes no FileSystem, while this lives. Of
// compiled, files are there and no folders: nobody is to search them.
class OpenedBundle {
 public:
  // Reads and verifies all of it. Memory: of the manifest, a few frames, and the files that are open. A file
  // of more than `max_size` bytes cannot be opened. Throws Error.
  OpenedBundle(const std::string& path, uint64_t max_size);
  ~OpenedBundle();
  OpenedBundle(const OpenedBundle&) = delete;
  OpenedBundle& operator=(const OpenedBundle&) = delete;

  const BundleManifest& manifest() const noexcept;
  // The paths of its images, in their order.
  std::vector<std::string> images() const;
  bool has(std::string_view path) const;
  // See above.
  std::string place_of(std::string_view path) const;

 private:
  friend class BundledFiles;
  struct State;
  const std::shared_ptr<State> state_;
};

// What Julia would see if the bundles were unpacked where each was packed, and nothing else of those depots.
// Of what several have, the first counts. Everything else is as `base` has it.
class UnpackedView final : public FileView {
 public:
  // All must outlive it.
  UnpackedView(std::vector<const OpenedBundle*> bundles, const FileView& base)
      : bundles_(std::move(bundles)), base_(base) {}
  std::string actual(const std::string& path) const override;

 private:
  const std::vector<const OpenedBundle*> bundles_;
  const FileView& base_;
};

struct UnpackOptions {
  RelocateOptions relocate;  // `to` and the rest; `from` and `mounts` are the bundle's business
  // Called when the manifest was read, before anything is made. It may throw.
  std::function<void(const BundleManifest& manifest)> look = {};
  // Only these packages, with all images of the bundle that theirs need; empty: all. The rest is verified
  // likewise.
  std::vector<std::string> names = {};
  std::string expected_sha256 = {};  // of the bundle; nothing reaches the depot of any other
  // Of bundles that are unpacked one after the other: which of their images have grown. Those of a later one
  // may rest on them.
  GrownSet* grown = nullptr;
};

// One pass over the bundle into a temporary folder inside of the target depot, each file verified on its way;
// when all of it was, it is merged into the depot as relocate merges, and the folder is removed. Throws Error
// as verify_bundle and relocate_depot do, and dependency_missing (the depot has not what the bundle rests
// on): then nothing of the bundle is in the depot but what the sink was told of.
VerifiedBundle unpack_bundle(const BundleSource& source, const UnpackOptions& options, const ItemSink& sink,
                             FileSystem& system = real_file_system());

}  // namespace jireloc
