// A folder that is removed, with all it holds, when the test is done with it.
#pragma once

#include <string>

namespace jireloc::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const noexcept { return path_; }
  std::string operator/(const std::string& below) const { return path_ + "/" + below; }

 private:
  std::string path_;
};

// Writes a file, its folders made as needed.
void write_file(const std::string& path, const std::string& content);
void make_folders(const std::string& path);
std::string read_whole(const std::string& path);
// Sets a file's modification time (and access time); links are followed.
void set_mtime(const std::string& path, int64_t seconds, int64_t nanoseconds);

}  // namespace jireloc::test
