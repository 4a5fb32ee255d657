// Rewriting many images: each planned and prepared on the caller's threads, committed in groups, reported one
// by one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "jireloc/durability.hpp"
#include "jireloc/image_files.hpp"
#include "jireloc/image_order.hpp"
#include "jireloc/real_file_system.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc {

struct BatchOptions {
  RewriteOptions rewrite;
  std::string output_folder = {};  // images go below it; made where it is not there; empty: in place
  bool dry_run = false;
  bool break_links = false;     // rewrite files that have hard links outside of the batch
  bool link_libraries = false;  // elsewhere, libraries that do not change are hard links to the old ones
  Durability durability = Durability::batch;
  bool in_order = false;  // images come after those that they rest on: then constants may grow
};

// Whether texts may grow: a NEW is longer than its OLD, and no alias stands for it. Then images that rest on
// each other should come in order (image_order.hpp).
bool may_grow(const RewriteOptions& options);

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
struct RewriteOutcome : RewriteFindings {
  std::string path;       // as given
  std::string target;     // where it was written; equal to `path` in place
  PayloadReport payload;  // mappings_used: a path in the payload matched, too
  uint64_t bytes_written = 0;
  std::atomic<bool> settled{false};
};

// Thread-safe but for finish().
class BatchRewriter {
 public:
  // Throws Error (io) where the output folder cannot be made.
  BatchRewriter(BatchOptions options, const FileView& view, FileSystem& system = real_file_system());
  ~BatchRewriter();
  BatchRewriter(const BatchRewriter&) = delete;
  BatchRewriter& operator=(const BatchRewriter&) = delete;

  // To be called first, with `in_order` and in place: images that others outside of these need in the build
  // that they are now are left alone instead of growing under a new one. Looked at are all images of their
  // Julias in the depots that they lie in, and in the `depots` of the options.
  void heed_outside(const OrderedImages& images);

  // To be called for each input that goes below the output folder, in their order, before its image is
  // rewritten: of several that go to one place the first has it, in whatever order they are rewritten. For
  // one thread at a time.
  void announce(const std::string& output, uint64_t number);

  // Plans and prepares one image and hands it to the group commit. `path` is how it is called in messages,
  // `output` where its .ji goes below the output folder, in folders that are made. What is wrong with the
  // image is a status. The outcome is settled at once where nothing is written, else when its group is
  // committed. Below the folders of both places no symbolic link is followed. Fails (conflict) where another
  // image goes to the same place. Of names of one file, the outcome of the lowest `number` says what was
  // found and done, those of the others only how it ended.
  std::shared_ptr<RewriteOutcome> rewrite(OpenedImage image, const std::string& path,
                                          const std::string& output = {}, uint64_t number = 0);

  // Images with several names, and those whose place another one may have, are put off until all inputs are
  // known: to be called once, at the end, on one thread. Settles what is left; throws Error (io) if the last
  // sync fails.
  void finish();

 private:
  class Work;
  const std::unique_ptr<Work> work_;
};

}  // namespace jireloc
