// Proof that a source is the one that an image was compiled from. Nothing is made fresh again without it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "jireloc/cache_file.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/reason.hpp"
#include "jireloc/tree_hash.hpp"

namespace jireloc {

struct Proof {
  enum class How {
    none,          // nothing proves it: `reason` says what was tried
    stored_text,   // the source text stored in the image equals the file byte for byte
    content_hash,  // recorded size and CRC-32C equal the file's (1.11 and later)
    tree_slug,     // the package folder's git tree hash gives its folder name
    old_file,      // the recorded mtime is that of the file at the old place, and both files are equal
  };
  How how = How::none;
  bool absent = false;   // nothing is at the new place
  bool unknown = false;  // something could not be looked at: neither proved nor disproved
  std::string reason;    // a sentence for people where how is none
  Fix fix = {};          // what would help to look at it
  bool proven() const noexcept { return how != How::none; }
};
std::string_view name(Proof::How how) noexcept;  // "stored-text", ...

// What is known of a file's content without reading it now.
struct KnownContent {
  std::optional<std::string_view> bytes;  // nothing: only what follows is known
  Sha1 blob{};                            // git's
  uint32_t crc32c = 0;
};

// What several proofs of one run share: the tree hash of each package folder, computed once. May be used from
// many threads; two that ask for one folder at a time wait for one computation.
class ProofCache {
 public:
  // A folder beyond the limits has no hash.
  ProofCache(const TreeLimits& limits = {});  // NOLINT(google-explicit-constructor)
  ~ProofCache();
  ProofCache(const ProofCache&) = delete;
  ProofCache& operator=(const ProofCache&) = delete;

  struct Tree {
    std::optional<TreeHash> hash;
    // Why there is none. Where that is no disproof (see is_disproof) it says nothing of the folder.
    Reason problem = {};
  };
  // The tree hash of a folder as it was when first asked for.
  const Tree& tree(const std::string& actual_folder);
  // How folders are hashed from now on, instead of by tree_hash. Before the first is asked for.
  using Hash = std::function<TreeHash(const std::string& actual_folder, const TreeLimits& limits)>;
  void hash_by(Hash hash);
  // Who knows contents of files that need not be read then: of the one at a path, which has that status now;
  // nothing where it is not known. Bytes live as long as the cache. May be called by several threads at once.
  // Before the first is asked for.
  using Contents =
      std::function<std::optional<KnownContent>(const std::string& actual_path, const FileStatus& status)>;
  void know_by(Contents contents);
  std::optional<KnownContent> content(const std::string& actual_path, const FileStatus& status) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether DEPOT/packages/Name/SLUG holds what its name says: version_slug(uuid, tree hash) is SLUG, in its
// length (5 or 4). Nothing where the folder cannot be hashed (`problem` says why).
struct FolderVerdict {
  std::optional<bool> unmodified;
  std::string tree_sha1;  // 40 hex digits where it was computed
  Reason problem = {};    // as in Tree
};
FolderVerdict judge_package_folder(const std::string& actual_folder, std::string_view slug, const Uuid& uuid,
                                   ProofCache& cache);

// The UUID of the package that a folder belongs to: of the image's worklist module of that name, else what
// the folder's own project file says. `folder` as it lies on disk. Throws Error where that file cannot be
// read.
std::optional<Uuid> package_uuid(const CacheFile& file, const PackageFolder& folder);

// Tries the four proofs in the order of Proof::How for `dependency` (a file of `file`, not a require entry).
//  actual_path      the file to judge, where it lies now
//  old_actual_path  the file at the place recorded, where that is another and can be looked at; else nothing
// The package folder is taken from actual_path (…/packages/Name/SLUG/…) and its UUID from the image's
// worklist, or from the folder's Project.toml where another package's file is recorded. Directories are
// proven by content_hash, tree_slug, or not at all. `file` must have been read with ReadDepth::all. Throws
// nothing for files that cannot be read: the proof is unknown then, and `reason` says why.
Proof prove(const CacheFile& file, const Dependency& dependency, const std::string& actual_path,
            const std::optional<std::string>& old_actual_path, ProofCache& cache);
// The same where actual_path has been looked at already.
Proof prove(const CacheFile& file, const Dependency& dependency, const std::string& actual_path,
            const FileStatus& status, const std::optional<std::string>& old_actual_path, ProofCache& cache);

// CRC-32C as Julia records it: of a file's bytes, or of a directory's entry names, sorted and joined without
// separator (base/loading.jl: _include_dependency). Throws Error (io).
uint32_t content_crc(const std::string& actual_path, bool is_directory);
// The same of what has that status now; a file whose content the cache knows is not read. `cache` may be
// null.
uint32_t content_crc(const std::string& actual_path, const FileStatus& status, const ProofCache* cache);

// The rule of base/loading.jl for the recorded time (ji-format 6.2), strictest form: exactly the file's
// mtime.
bool mtime_is_recorded(const FileStatus& status, double recorded) noexcept;

}  // namespace jireloc
