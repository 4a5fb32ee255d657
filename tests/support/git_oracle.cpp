#include "support/git_oracle.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>
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
  return read_file(out);
}

namespace {

struct Entry {
  std::string mode, name;
  size_t number = 0;  // of a blob, or of a folder in the list of them
};

struct Listed {
  fs::path path;
  size_t depth = 0;
  std::vector<Entry> entries = {};
  std::string id = {};
};

}  // namespace

std::string GitOracle::tree(const std::string& folder) const {
  return trees({folder})[0];
}

std::vector<std::string> GitOracle::trees(const std::vector<std::string>& tops) const {
  std::vector<Listed> folders;  // each behind the one that holds it
  for (const std::string& top : tops) folders.push_back({top});
  size_t blobs = 0, deepest = 0;
  std::string numbered;
  for (size_t k = 0; k < folders.size(); ++k) {
    deepest = std::max(deepest, folders[k].depth);
    for (const auto& entry : fs::directory_iterator(fs::path(folders[k].path))) {
      const fs::path& path = entry.path();
      if (path.filename() == ".git" || !contains_files(path)) continue;
      const std::string mode = mode_of(path);
      const bool is_folder = mode == "040000";
      folders[k].entries.push_back({mode, path.filename().string(), is_folder ? folders.size() : blobs});
      if (is_folder) {
        folders.push_back({path, folders[k].depth + 1});
        continue;
      }
      // Odd names confuse --stdin-paths: the contents are hashed under numbers.
      const std::string copy = repository_ / ("blob" + std::to_string(blobs++));
      fs::remove(copy);
      if (mode == "120000")
        write_file(copy, fs::read_symlink(path).string());
      else
        fs::copy_file(path, copy, fs::copy_options::overwrite_existing);
      numbered += copy + "\n";
    }
  }
  const std::string ids = blobs == 0 ? "" : run("hash-object --no-filters -w --stdin-paths", numbered);
  for (size_t depth = deepest + 1; depth-- > 0;) {
    std::string listing;
    for (const Listed& folder : folders) {
      if (folder.depth != depth) continue;
      for (const Entry& entry : folder.entries) {
        const bool is_folder = entry.mode == "040000";
        listing += entry.mode + (is_folder ? " tree " : " blob ") +
                   (is_folder ? folders[entry.number].id : ids.substr(41 * entry.number, 40)) + "\t" +
                   entry.name + '\0';
      }
      listing += '\0';
    }
    std::istringstream made(run("mktree -z --batch", listing));
    for (Listed& folder : folders)
      if (folder.depth == depth) std::getline(made, folder.id);
  }
  std::vector<std::string> result;
  for (size_t k = 0; k < tops.size(); ++k) result.push_back(folders[k].id);
  return result;
}

}  // namespace jireloc::test
