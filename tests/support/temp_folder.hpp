// A folder for one test, and looking at files in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc::test {

// A fresh folder; removed with all its contents when the test ends.
class TempFolder {
 public:
  enum class Where {
    disk,    // below the system's temporary folder
    memory,  // in /dev/shm where there is one: for thousands of folders, which disks are slow to remove
  };
  explicit TempFolder(Where where = Where::disk);
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  // The names in `folder` below it, sorted; "." and ".." left out.
  std::vector<std::string> names(std::string_view folder = {}) const;

 private:
  std::string path_;
};

// Whole files, the folders of what is written made as needed. These fail the test where they cannot.
void write_file(const std::string& path, std::string_view content);
std::string read_file(const std::string& path);
void make_folders(const std::string& path);
// Sets a file's modification time (and access time); links are followed.
void set_mtime(const std::string& path, int64_t seconds, int64_t nanoseconds);

}  // namespace jireloc::test
