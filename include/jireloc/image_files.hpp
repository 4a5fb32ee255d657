// From names to the images that they mean: files, and folders with all images below them.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/byte_source.hpp"
#include "jireloc/error.hpp"
#include "jireloc/place.hpp"

namespace jireloc {

struct Folder;  // an open one
class FolderWalk;

// A folder that was named, and how many images were found below it.
struct FolderTally {
  explicit FolderTally(std::string name) : path(std::move(name)) {}
  std::string path;
  std::atomic<uint64_t> images{0};
};

// An image that lies in no file of its own, and the native library that lies beside it.
struct ImageBytes {
  std::string image;
  std::optional<std::string> library = {};
};

// A file that may be an image, or a name that could not be followed.
struct ImageCandidate {
  std::string path;               // as given, or as given for the folder plus what was found below it
  std::optional<Error> problem;   // set: there is nothing to open
  FolderTally* folder = nullptr;  // null for files given by name
  Place place;                    // of `path`; nowhere for files given by name, until they are opened
  bool by_slug = false;           // found by a name SLUG_*, without .ji (Julia <= 1.8 loads such files)
  bool compressed = false;        // .ji.zst
  // Of one that lies in no file; what is opened of the candidate must not outlive it then.
  std::shared_ptr<const ImageBytes> bytes = {};
  uint64_t number = 0;  // of those that an ImageFiles gave, from 0
};

struct OpenedImage {
  std::unique_ptr<ByteSource> source;  // null: not an image
  Place place;
  std::shared_ptr<Folder> folder;  // that it lies in
  std::string remark;              // where there is no source: what to say of it, once; may be empty
};

// Gives the candidates one after the other, folders recursively, names of a folder in byte order. In folders:
// *.ji, below compiled/v1.0 to v1.8 also files named SLUG_*, with `compressed` also *.ji.zst. Symbolic links
// are followed where they are given by name, not in recursion.
class ImageFiles {
 public:
  // `next_name` gives files and folders, nothing at the end. `compressed`: *.ji.zst too; such an image may
  // have at most `max_size` bytes.
  ImageFiles(std::function<std::optional<std::string>()> next_name, bool compressed, uint64_t max_size);
  ~ImageFiles();
  ImageFiles(const ImageFiles&) = delete;
  ImageFiles& operator=(const ImageFiles&) = delete;

  // The next candidate; empty at the end. For one thread. Throws what `next_name` throws.
  std::optional<ImageCandidate> next();

  // Opens it. Throws Error: io, too_large; not_a_cache_file and empty_file where the file was given by name;
  // not_a_cache_file also where Julia looks for images (compiled/vX.Y/Name). Elsewhere in folders these are
  // remarks, and an empty file is one everywhere. For any thread.
  OpenedImage open(const ImageCandidate& candidate) const;

  // To be asked at the end: the folders that were given and in which no image was found. Each has to be said.
  std::vector<std::string> folders_without_images() const;

 private:
  void begin_folder(std::string path);
  std::optional<ImageCandidate> next_found();
  std::optional<ImageCandidate> next_in_folder();

  const std::function<std::optional<std::string>()> next_name_;
  const bool compressed_;
  const uint64_t max_size_;
  uint64_t given_so_far_ = 0;
  std::deque<FolderTally> folders_;
  std::shared_ptr<GivenFolder> given_;  // folders_.back()
  std::unique_ptr<FolderWalk> walk_;    // of that
};

// Opens the native library beside an image, in the folder that this was found in, below which no symbolic
// link is followed. Throws Error (io, unsupported).
std::unique_ptr<ByteSource> open_beside(const ImageCandidate& candidate, const std::string& library);

}  // namespace jireloc
