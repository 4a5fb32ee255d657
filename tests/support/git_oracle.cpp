#include "support/git_oracle.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace jireloc::test {
namespace {

namespace fs = std::filesystem;

bool contains_files(const fs::path& path) {
  if (fs::symlink_status(path).type() != fs::file_type::directory) return true;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (contains_files(entry.path())) return true;
  }
  return false;
}

std::string mode_of(const fs::path& path) {
  struct stat st;
  if (::lstat(path.c_str(), &st) != 0) throw std::runtime_error("lstat failed");
  if (S_ISLNK(st.st_mode)) return "120000";
  if (S_ISDIR(st.st_mode)) return "040000";
  return (st.st_mode & 0100) != 0 ? "100755" : "100644";
}

}  // namespace

GitOracle::GitOracle() {
  run("init -q", "");
}

std::string GitOracle::run(const std::string& arguments, const std::string& input) const {
  const std::string in = repository_ / "input", out = repository_ / "output";
  write_file(in, input);
  const std::string command = "cd '" + repository_.path() + "' && GIT_DIR='" + repository_.path() +
                              "/git' git " + arguments + " <'" + in + "' >'" + out + "'";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: git " + arguments);
  return read_whole(out);
}

std::string GitOracle::tree(const std::string& folder) const {
  std::vector<fs::path> blobs, folders;
  std::string listing, numbered;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (path.filename() == ".git" || !contains_files(path)) continue;
    const std::string mode = mode_of(path);
    if (mode == "040000") {
      folders.push_back(path);
      continue;
    }
    // Odd names confuse --stdin-paths: the contents are hashed under numbers.
    const std::string copy = repository_ / ("blob" + std::to_string(blobs.size()));
    fs::remove(copy);
    if (mode == "120000") {
      write_file(copy, fs::read_symlink(path).string());
    } else {
      fs::copy_file(path, copy, fs::copy_options::overwrite_existing);
    }
    numbered += copy + "\n";
    blobs.push_back(path);
  }
  const std::string ids = blobs.empty() ? "" : run("hash-object --no-filters -w --stdin-paths", numbered);
  for (size_t i = 0; i < blobs.size(); ++i) {
    listing +=
        mode_of(blobs[i]) + " blob " + ids.substr(41 * i, 40) + "\t" + blobs[i].filename().string() + '\0';
  }
  for (const fs::path& path : folders) {
    listing += "040000 tree " + tree(path.string()) + "\t" + path.filename().string() + '\0';
  }
  return run("mktree -z", listing).substr(0, 40);
}

}  // namespace jireloc::test
