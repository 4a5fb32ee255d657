// From the PATHs of a command line to the cache files that they mean.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/folder_walk.hpp"
#include "cli/command_line.hpp"
#include "cli/name_list.hpp"
#include "jireloc/byte_source.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {

// A PATH that is a folder, and how many images were found below it.
struct FolderTally {
  explicit FolderTally(std::string name) : path(std::move(name)) {}
  std::string path;
  std::atomic<uint64_t> images{0};
};

// A file that may be an image, or a name that could not be followed.
struct Candidate {
  std::string path;               // as given, or as given for the folder plus what was found below it
  std::optional<Error> problem;   // set: there is nothing to open
  FolderTally* folder = nullptr;  // null for files given by name
  Place place;                    // of `path`; nowhere for files given by name, until they are opened
  bool by_slug = false;           // found by a name SLUG_*, without .ji (Julia <= 1.8 loads such files)
  bool compressed = false;        // .ji.zst
};

struct OpenedImage {
  std::unique_ptr<ByteSource> source;  // null: not an image
  Place place;
  std::shared_ptr<Folder> folder;  // that it lies in
  std::string remark;              // where there is no source: what to say of it, once; may be empty
};

// Gives the candidates of a command line one after the other, folders recursively, names of a folder in byte
// order. In folders: *.ji, below compiled/v1.0 to v1.8 also files named SLUG_*, with `compressed` also
// *.ji.zst. Symbolic links are followed where they are given by name, not in recursion.
class Images {
 public:
  Images(const Common& common, bool compressed);

  // The next candidate; empty at the end. For one thread.
  std::optional<Candidate> next();

  // Opens it. Throws Error: io, too_large; not_a_cache_file and empty_file where the file was given by name;
  // not_a_cache_file also where Julia looks for images (compiled/vX.Y/Name). Elsewhere in folders these are
  // remarks, and an empty file is one everywhere. For any thread.
  OpenedImage open(const Candidate& candidate) const;

  // To be asked at the end: the PATHs that are folders in which no image was found. Each has to be said.
  std::vector<std::string> folders_without_images() const;

 private:
  std::optional<std::string> next_name();
  void begin_folder(std::string path);
  std::optional<Candidate> next_in_folder();

  const Common& common_;
  bool compressed_;
  size_t next_path_ = 0;
  std::unique_ptr<NameList> list_;
  std::deque<FolderTally> folders_;
  std::shared_ptr<GivenFolder> given_;  // folders_.back()
  std::unique_ptr<FolderWalk> walk_;    // of that
};

// Says which of the PATHs are folders in which no image was found, unless --quiet is given.
void say_empty_folders(const CommandLine& line, const Images& images);

// Opens the native library beside an image, in the folder that this was found in, below which no symbolic
// link is followed. Throws Error (io, unsupported).
std::unique_ptr<ByteSource> open_beside(const Candidate& candidate, const std::string& library);

// True for file names that Julia 1.0 to 1.8 takes for cache files in `folder` (a whole path) without looking
// at the suffix: five letters or digits and an underscore, below compiled/v1.N/Name.
bool is_slug_candidate(std::string_view folder, std::string_view name) noexcept;

}  // namespace jireloc::cli
