// Rewriting many images: each planned and prepared on the caller's threads, committed in groups, reported one
// by one.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bytes/batch.hpp"
#include "bytes/hard_links.hpp"
#include "bytes/place.hpp"
#include "jireloc/grown_set.hpp"
#include "jireloc/rewrite.hpp"
#include "rewrite/execute.hpp"
#include "rewrite/memory_share.hpp"
#include "rewrite/set_order.hpp"

namespace jireloc::rewriting {

struct BatchOptions {
  RewriteOptions rewrite;
  bool dry_run = false;
  bool break_links = false;
  bool link_libraries = false;
  Durability durability = Durability::batch;
  bool in_order = false;      // images come after those that they rest on: then Strings may be appended
  OutsideNeeds outside = {};  // with in_order
};

// What was found and done in the payload and the native library; numbers by OccurrenceKind.
struct PayloadReport {
  bool looked_into = false;
  PayloadAction action = PayloadAction::relocate;
  PayloadSummary summary = PayloadSummary::unknown;
  std::array<uint64_t, kOccurrenceKinds> found{}, replaced{};
  uint64_t grown_names = 0, grown_constants = 0, dropped_code = 0;
  bool new_identity = false;
  uint64_t payload_size = 0, grown_payload_size = 0;  // where texts grow
  uint64_t free_bits = 0;
  int rank = 0;
  std::array<uint64_t, kPathOutcomes> paths{};  // that the code names, by PathOutcome
  std::vector<PathMapping> former;              // former places that were rewritten too
  std::vector<Occurrence> residue;              // what stays, the first kMostResidue of them, texts cut
  uint64_t residue_count = 0;
};
inline constexpr size_t kMostResidue = 16;

// What became of one image. Complete when `settled`.
struct Outcome {
  std::string path;    // as given
  std::string target;  // where it was written; equal to `path` in place
  RewriteStatus status = RewriteStatus::unchanged;
  std::vector<Reason> reasons, warnings;
  uint64_t paths_changed = 0, mtimes_changed = 0;
  uint64_t sources_proven = 0, sources_unproven = 0, sources_absent = 0;
  std::vector<PathMapping> mappings_used;
  PayloadReport payload;
  uint64_t bytes_written = 0;
  std::atomic<bool> settled{false};
};

// An image, and as far as the caller has opened it already: the file and the folder that it lies in.
struct OpenImage {
  Place place;
  std::unique_ptr<ByteSource> source = {};
  std::shared_ptr<Folder> folder = {};
};

// Thread-safe but for finish().
class BatchRewriter {
 public:
  BatchRewriter(BatchOptions options, const FileView& view, FileSystem& system = real_file_system());

  // Plans and prepares one image and hands it to the group commit. `path` is how it is called in messages,
  // `target` where its .ji goes, in folders that are made; nowhere: in place. Never throws for what is wrong
  // with the image. The outcome is settled at once where nothing is written, else when its group is
  // committed. Below the folders of both places no symbolic link is followed.
  std::shared_ptr<Outcome> rewrite(OpenImage image, const std::string& path, Place target = {});

  // Images with several names are put off until all inputs are known: to be called once, at the end, on one
  // thread. Settles what is left; throws Error (io) if the last sync fails.
  void finish();

 private:
  BatchOptions with_set(BatchOptions options) const;
  struct Deferred {
    std::shared_ptr<Outcome> outcome;
    Place place, target;
    std::string real_path = {};  // of the .ji
  };
  using Members = std::vector<const Deferred*>;  // names of one file, the one to be worked on first
  void work(Deferred item, OpenImage open, const LinkGroup* group, const Members& members);
  Target target_of(const Deferred& item, const ImagePair& image, const std::shared_ptr<Folder>& folder) const;
  void require_no_library_links_outside(const ImagePair& image, const Members& members) const;
  void commit(const std::shared_ptr<Outcome>& outcome, std::vector<std::shared_ptr<Outcome>> linked,
              Transaction transaction);

  PresenceCache presences_;
  GrownSet grown_;
  const BatchOptions options_;
  const FileView& view_;
  FileSystem& system_;
  ProofCache proofs_;
  Batch batch_;
  MemoryBudget memory_;
  std::mutex mutex_;
  HardLinks links_;
  std::vector<std::unique_ptr<Deferred>> deferred_;
};

}  // namespace jireloc::rewriting
