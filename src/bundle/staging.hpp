// Where a bundle is unpacked until all of it was verified: a folder under a temporary name inside of the
// depot that it is for, so that what is in it can be linked into place.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/temporaries.hpp"
#include "jireloc/bundle.hpp"
#include "relocate/run_mark.hpp"

namespace jireloc::bundles {

class Staging {
 public:
  // `depot`: open. Removes what killed runs have left there. Throws Error: conflict (the depot is locked),
  // io.
  Staging(FileSystem& system, std::shared_ptr<Folder> depot, const RelocateOptions& options);
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  // Removes it with all that it holds.
  ~Staging();

  std::string path() const { return folder_->path; }

  // In the order of the bundle. The times of folders are set by finish().
  void begin(const BundleFile& file);
  void data(std::string_view piece);
  void end(const BundleFile& file);
  void finish();

 private:
  void make_folders_above(const std::string& path);
  void set_times(const BundleFile& file);
  std::string full(const std::string& path) const { return folder_->path + "/" + path; }

  FileSystem& system_;
  const std::shared_ptr<Folder> depot_;
  // Of what will be in the depot, so that it can be moved there as it is; all lies in a folder that is
  // nobody else's.
  const mode_t file_mode_, folder_mode_;
  std::optional<RunMark> mark_;
  std::string name_;
  LiveTemporary live_;
  std::shared_ptr<Folder> folder_;
  std::string made_;  // the last folder that was made above images
  Descriptor open_file_;
  std::string open_path_;  // for messages
  std::vector<BundleFile> folders_;
};

}  // namespace jireloc::bundles
