// Folders whose names an earlier run has listed and nobody has changed since: they need not be listed again.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bytes/folders.hpp"
#include "relocate/marks.hpp"

namespace jireloc::relocating {

// What a folder of a depot holds. Whoever puts something into it, takes something out or gives something
// another name or kind changes its mark.
struct ProvenFolder {
  std::string relative;  // "packages/Name", "compiled/vX.Y/Name"
  std::string entries;   // for each its type, as in FolderEntry, its name and a zero
  Mark mark;
  bool operator==(const ProvenFolder&) const = default;
};

// Those of one depot. For several threads, but for the calls that say otherwise. Only folders that no run
// writes its own files into are known: such a record would never stay true.
class KnownFolders {
 public:
  // Whether a file, by its path in the depot, is known to be the one of an earlier run, and not empty.
  using KnowsFile = std::function<bool(const std::string& relative)>;

  // `before`: what the record says; it must stay where it is.
  KnownFolders(const Marker& marker, const std::vector<ProvenFolder>& before, KnowsFile knows_file = {});

  // The names in a folder of the depot as the record has them; nothing where they may be others now.
  std::optional<std::vector<FolderEntry>> find(const Folder& depot, const std::string& relative);
  // Of a file that such a folder names as a regular one.
  bool knows_file(const std::string& relative) const { return knows_file_ && knows_file_(relative); }
  // Lists it, for the record. Throws Error as list_folder does.
  std::vector<FolderEntry> list(FileSystem& system, const Folder& folder, const std::string& relative);

  // For one thread: what this run has found, in order; and whether the record says the same.
  std::vector<ProvenFolder> now() const;
  bool is_as_before() const;

 private:
  void note(const std::string& relative, const MarkTaken& taken, const std::vector<FolderEntry>& entries);

  const Marker& marker_;
  const std::vector<ProvenFolder>& before_;
  const KnowsFile knows_file_;
  std::unordered_map<std::string_view, uint32_t> numbers_;  // by path
  std::vector<std::atomic<bool>> kept_;                     // of before_: whether this run has found them so

  mutable std::mutex mutex_;
  std::unordered_map<std::string, ProvenFolder> new_;  // by path
};

}  // namespace jireloc::relocating
