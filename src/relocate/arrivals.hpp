// In which order images came into a depot: for --max-per-package. File times will not do, for whoever made an
// image chose them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bytes/folders.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {

// The record is a text file in the depot's folder "compiled": one path below that folder a line, the newest
// last.
inline constexpr const char* kArrivalsFile = ".jireloc-order";

class Arrivals {
 public:
  // From the text of a record. What is no path of an image is passed over, of a path that comes twice the
  // later line counts. A text of another kind records nothing.
  static Arrivals parse(std::string_view text);
  // From a depot; nothing is recorded where there is no such file, or one that is no regular file or too
  // large. Throws Error (io) where it cannot be read.
  static Arrivals read(FileSystem& system, const Folder& depot);

  // The place of an image ("compiled/vX.Y/Name/FILE.ji") in the order, from 1; 0: not recorded, older than
  // all.
  size_t rank(const std::string& relative) const;
  // These came now, in this order.
  void add(const std::vector<std::string>& images);
  // Images ("compiled/…") that are no longer there are forgotten.
  void keep_only(const std::function<bool(const std::string& image)>& is_there);
  size_t size() const { return ranks_.size(); }
  std::string text() const;

 private:
  std::unordered_map<std::string, size_t> ranks_;  // by the path below "compiled"
  size_t last_ = 0;
};

// Adds what this run has merged to the record at the target.
void record_arrivals(Run& run);

}  // namespace jireloc::relocating
