// What an earlier run has proven and nobody has changed since; and what this run proves, for the next one.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "relocate/proven_record.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {

// Both sides of a package or artifact, before they are judged.
struct TreeSight {
  bool is_lasting = false;
  ProvenTree tree = {};
};

// Both sides of an image, likewise.
struct ImageSight {
  bool is_lasting = false;
  ProvenImage image = {};  // on what it rests is filled in while it is judged
};

// An image of the record.
struct KnownImage {
  uint32_t number;
  std::string target;      // as in ProvenImage
  uint64_t absent_before;  // as in DepotItem
};

// For several threads, but for the calls that say otherwise.
class Proven {
 public:
  // Null where a run keeps no record: it is not to; it writes nothing; what it merges goes from the source or
  // lies there for a part only; or others merge the rest.
  static std::unique_ptr<Proven> of(Run& run);

  // Which of the depots' folders need not be listed.
  KnownFolders& in_source() { return in_source_; }
  KnownFolders& in_target() { return in_target_; }

  // For one thread, before all that follows: when the target's aliases are settled. Throws Error (io).
  void begin();
  // Whether it was the same and sound on both sides, and nobody has touched it since: then it stays in the
  // record. This and what follows throws nothing: what cannot be looked at is not known, and whoever judges
  // it hears why.
  bool knows_tree(const std::string& relative);
  TreeSight look_at_tree(const std::string& relative);
  // It was judged now: sound on both sides, and the same, with nothing else in it.
  void add(TreeSight sight);

  // What the header of an image in the source says, as long as nobody has touched that; null: it is not
  // known.
  const NumberedHeader* header_of(const std::string& relative);
  const HeaderTables& tables() const { return before_.tables; }
  // For one thread. What images are judged by, as a text, when all trees are.
  void begin_images(const std::string& rules);
  // Whether the target has it, sound, and nobody has touched either since, nor what that rests on.
  std::optional<KnownImage> knows_image(const std::string& relative);
  // One that was settled by that stays in the record.
  void keep(const KnownImage& known) { kept_images_[known.number] = true; }
  ImageSight look_at_image(const std::string& relative, const std::string& target);
  // A path here that is looked at for an image; it may be that the image is not recorded for it.
  void note_look(ImageSight& sight, const std::string& path);
  // The target has it, and it is sound there. `file`: what was judged, opened when both had been looked at.
  void add(const ImageSight& sight, const DepotItem& item, const CacheFile& file);

  // For one thread: puts the record into the target, whose lock is held. Throws Error only where the run was
  // interrupted: without a record the next run judges everything, that is all.
  void write();

 private:
  explicit Proven(Run& run);

  bool is_untouched(const ProvenTree& tree) const;
  bool is_untouched(uint32_t image);
  bool is_source_untouched(uint32_t image);
  bool is_target_untouched(uint32_t image);
  bool knows_file_in_source(const std::string& relative);
  bool knows_file_in_target(const std::string& relative);
  bool holds(uint32_t place);
  bool is_as_before() const;
  ProvenRecord whole_record() const;
  void note_own_look(ImageSight& sight, const std::string& path);
  void rest_on_absence(ImageSight& sight, const std::string& package);
  std::optional<Mark> rest_on_place(ImageSight& sight, const std::string& path);
  std::optional<uint32_t> number_of_tree(const std::string& relative) const;
  const ProvenTree& tree(uint32_t number) const;
  std::pair<std::string, std::string_view> tree_of(std::string_view path) const;

  Run& run_;
  const Marker marker_;
  const ProvenRecord before_;
  std::unordered_map<std::string_view, uint32_t> trees_before_, images_before_;  // by path in the source
  std::unordered_map<std::string_view, uint32_t> images_in_target_;              // by path there
  KnownFolders in_source_, in_target_;
  std::vector<std::atomic<bool>> kept_trees_, kept_images_;  // of before_: whether this run has found them so
  // Of before_: whether they are as they were, by one look; 0: nobody has looked.
  std::vector<std::atomic<int8_t>> places_before_, sources_before_, targets_before_;

  mutable std::mutex mutex_;
  // What is new. Numbers of trees and places in it go on where those of before_ end.
  ProvenRecord now_;
  std::unordered_map<std::string, uint32_t> trees_now_, places_now_;  // by path: numbers of new ones
  std::unordered_map<std::string, MarkTaken> taken_;                  // of places
  std::optional<HeaderNumbering> headers_;  // what new images have and those of before_; nothing: none is new
  bool has_new_ = false;                    // or nothing of what was proven before holds now
};

}  // namespace jireloc::relocating
