// Where a bundle is unpacked until all of it was verified: a folder under a temporary name inside of the
// depot that it is for, so that what is in it can be linked into place.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/temporaries.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/in_order.hpp"
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

  // In the order of the bundle, all on one thread: folders and links are made, and the folder for a file.
  // The times of folders are set by finish().
  void make_place(const BundleFile& file);
  struct Made {
    struct stat info;  // of before its times were set
    bool is_as_told;  // else the file system has made something else of it, and has not said so: its size, or
                      // whether it may be executed
  };
  // The whole of a file whose place was made: on any thread, files in any order.
  Made write(const BundleFile& file, std::string_view content) const;
  // On several threads.
  void finish(Threads threads) const;

  // A file that is written piece by piece.
  class Open {
   public:
    Open(const Staging& staging, const BundleFile& file);
    void write(std::string_view piece);
    Made close();

   private:
    const Staging& staging_;
    const BundleFile& file_;
    const std::string path_;  // for messages
    Descriptor descriptor_;
  };

  // As it will be in the depot, whatever the process's umask.
  mode_t mode_of(const BundleFile& file) const;

 private:
  void make_folders_above(const std::string& path);
  void set_times(const BundleFile& file) const;
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
  std::vector<BundleFile> folders_;
};

}  // namespace jireloc::bundles
