// Rewriting images for a new place: what would change (a plan), and the change itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/longer.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/payload.hpp"
#include "jireloc/payload_audit.hpp"
#include "jireloc/proof.hpp"
#include "jireloc/reason.hpp"

namespace jireloc {

// A cache file and the native library beside it, opened for one run.
struct ImagePair {
  std::string path;          // of the .ji, symbolic links followed
  std::string library_path;  // "STEM.so"; empty for images without native code
  std::unique_ptr<ByteSource> ji;
  std::unique_ptr<ByteSource> library;  // null where there is none or it is missing
  CacheFile file;
  Checksums sums;                       // of the .ji
  std::optional<uint32_t> library_crc;  // CRC-32C of the library as it is
};

// Opens and reads both, and computes their checksums. Files up to `largest_in_memory` bytes are read once
// into memory, larger ones are streamed. A missing library is no error here. Throws Error as read_cache_file
// does.
inline constexpr uint64_t kLargestInMemory = uint64_t{4} << 20;
ImagePair open_image(const std::string& path, uint64_t largest_in_memory = kLargestInMemory);

// The same for a .ji that is open already; `path` is only its name. `open_library` is asked for the library
// beside it where the image has one, and throws Error (io, ENOENT) where it is missing.
using OpenLibrary = std::function<std::unique_ptr<ByteSource>(const std::string& path)>;
ImagePair read_image(std::unique_ptr<ByteSource> ji, std::string path, const OpenLibrary& open_library);

// CRC-32C of a whole file, read once.
uint32_t file_crc32c(const ByteSource& source);

enum class MtimePolicy {
  keep,   // recorded times stay as they are
  files,  // the times of the files at their new place, for proven files
};

struct RewriteOptions {
  PathMap map = {};
  MtimePolicy mtime = MtimePolicy::keep;
  PayloadMode payload = PayloadMode::automatic;
  std::vector<PathMapping> aliases = {};  // NEW and a symbolic link that resolves to it, written in its place
  Longer longer = Longer::automatic;      // payloads in which a NEW has no room
  Spelling spelling = Spelling::exact;    // of names that get shorter
  bool keep_code = false;           // constants grow without dropping the code that may have folded them
  const GrownSet* grown = nullptr;  // the images that grew before this one, in the order of dependencies
  std::string infer_to = {};    // where depots that are inferred from the image itself have gone; empty: none
  bool depot_relative = false;  // write paths inside a depot as "@depot/..." where the layout knows that
  std::vector<std::string> depots = {};  // for depot_relative; empty: the NEW of the matching map
  bool force_unproven = false;           // make unproven images fresh all the same
  // Sources of standard libraries that are neither here nor at their new place stay as they are recorded:
  // they are where Julia is.
  bool keep_absent_stdlib = false;
  bool experimental = false;  // rewrite layouts that no real image has shown
  // What the code names (see payload_audit.hpp). Both are in `map` too: a place mapped onto itself stays.
  std::vector<std::string> keep_paths = {};   // places that do not move
  std::vector<PathMapping> moved_paths = {};  // places of which it is not asked what is there
  const FileView* after_view = nullptr;       // how files are found at their new place; null: as before
  bool makes_target = false;                  // what is not there of the new place will be made
  PresenceCache* presences = nullptr;         // null: an image's own
};

enum class RewriteStatus {
  rewritten,
  unchanged,  // nothing to change
  skipped,    // left alone for a reason that is no fault of the file
  failed,     // damaged, or could not be written
};
std::string_view name(RewriteStatus status) noexcept;

// What is said of an image, before and after.
struct RewriteFindings {
  RewriteStatus status = RewriteStatus::unchanged;
  std::vector<Reason> reasons;   // why it is skipped or failed, and findings that do not stop it
  std::vector<Reason> warnings;  // for people; no finding
  uint64_t paths_changed = 0, mtimes_changed = 0;
  uint64_t sources_proven = 0, sources_unproven = 0, sources_absent = 0;
  std::vector<PathMapping> mappings_used;  // those that a header path matched
};

// What rewriting one image comes to. Nothing has been written.
struct RewritePlan : RewriteFindings {
  CacheFile after;  // as it will be; equal to the file where the header does not change
  bool header_changes = false;
  PayloadPlan payload;  // what was found; its patches are empty where the payload stays as it is
  PayloadAction payload_action = PayloadAction::relocate;
  PayloadAudit audit;  // of the paths that the code names; empty where the payload is not looked into
  uint64_t sources_unknown = 0;  // could not be looked at: `failed` where nothing else speaks against it
};

// Decides; the same for a dry run and a real one. `view` tells where files lie. Never throws for what is
// wrong with the image: that is a status. May be called from many threads with one cache.
RewritePlan plan_rewrite(const ImagePair& image, const RewriteOptions& options, const FileView& view,
                         ProofCache& proofs);

}  // namespace jireloc
