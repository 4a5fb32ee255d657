#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace jireloc::test {

namespace fs = std::filesystem;

TempFolder::TempFolder(Where where) {
  const fs::path memory = "/dev/shm";
  const bool in_memory = where == Where::memory && ::access(memory.c_str(), W_OK) == 0;
  std::string pattern = ((in_memory ? memory : fs::temp_directory_path()) / "jireloc-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> TempFolder::names(std::string_view folder) const {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(path_) / folder)) {
    found.push_back(entry.path().filename().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void make_folders(const std::string& path) {
  fs::create_directories(path);
}

void write_file(const std::string& path, std::string_view content) {
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty()) make_folders(folder.string());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!out.flush()) throw std::runtime_error("writing " + path);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("opening " + path);
  // By pieces: a stream's iterators take a byte at a time, which was half the time of the faults under ASan.
  std::string content;
  std::error_code unknown;
  if (const auto size = fs::file_size(path, unknown); !unknown) content.reserve(size);
  char piece[1 << 15];
  while (in.read(piece, sizeof piece), in.gcount() > 0)
    content.append(piece, static_cast<size_t>(in.gcount()));
  return content;
}

void set_mtime(const std::string& path, int64_t seconds, int64_t nanoseconds) {
  const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
    throw std::runtime_error("utimensat failed: " + path);
}

}  // namespace jireloc::test
