// Writing stored source texts below a folder.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc::cli {

// The path below the folder for a recorded name: its root, drive, server or @depot becomes a folder name
// ("root", "drive-C", "unc", "depot"). With `windows`, backslashes separate too. Throws Error (bad_value) for
// names with a
// ".." or a NUL byte, and for names that come to nothing.
std::vector<std::string> extraction_path(std::string_view recorded, bool windows);

// A folder to extract to. Whatever the names are, and whatever lies in the folder, nothing outside of it is
// written: every step is taken relative to the folder before, and symbolic links are not followed. What is
// there already is kept if it is equal, else a conflict.
class ExtractionFolder {
 public:
  // Makes the folder if it does not exist (its parent must). Throws Error (io).
  explicit ExtractionFolder(std::string path);
  ~ExtractionFolder();
  ExtractionFolder(const ExtractionFolder&) = delete;
  ExtractionFolder& operator=(const ExtractionFolder&) = delete;

  // Writes all texts of an image; the paths written, in order. Throws Error: bad_value (a name is refused,
  // before anything is written), conflict, io. For any thread.
  std::vector<std::string> extract(const CacheFile& file);

 private:
  void write(const std::vector<std::string>& components, std::string_view text);

  std::string path_;
  int descriptor_ = -1;
  std::mutex mutex_;  // two images may hold the same file
};

}  // namespace jireloc::cli
