// Git objects of a folder's content, wherever that comes from: read from a disk, or about to be written
// there.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/tree_hash.hpp"

struct SHAstate_st;

namespace jireloc {

// The SHA-1 of one object; then of the next.
class GitObject {
 public:
  GitObject();
  ~GitObject();
  void start(std::string_view type, uint64_t size);
  void add(std::string_view bytes);
  Sha1 finish();

 private:
  std::unique_ptr<SHAstate_st> state_;
};

// Of a file's whole content.
Sha1 git_blob(std::string_view content);

// The tree hash of what it is told, by the rules of tree_hash. Folders are named by numbers: the top is 0.
class GitTree {
 public:
  // A folder in another; gives its number.
  size_t add_folder(size_t parent, const std::string& name);
  void add_file(size_t folder, std::string name, bool is_executable, const Sha1& blob, uint64_t size);
  void add_link(size_t folder, std::string name, std::string_view text);
  // What is named .git there.
  void add_git(size_t folder, bool is_folder);

  uint64_t entries() const noexcept { return entries_; }  // files, links and folders
  uint64_t bytes() const noexcept { return total_.bytes; }
  int depth() const noexcept { return depth_; }  // of the innermost folder; 0: there is only the top

  // Once, at the end. `has_files`: whether the folder .git at a path from the top holds files, at any depth;
  // asked of those beside which there are none.
  TreeHash finish(const std::function<bool(const std::string& relative)>& has_files = {});

 private:
  struct Entry {
    std::string name;
    std::string_view mode;
    Sha1 hash{};
    Sha1 quirk{};
  };
  struct Open {
    std::string relative;  // path from the top
    size_t parent = 0;
    int depth = 0;
    std::vector<Entry> entries = {};
    bool has_files = false, has_git_folder = false;
  };

  static bool is_before(const Entry& a, const Entry& b) noexcept;
  static bool differs(const Open& folder);
  void add(size_t folder, Entry entry);
  void hand_up(size_t number, const std::function<bool(const std::string&)>& has_files);
  void note_outside(const std::string& relative);
  void note_empty_folders();
  Sha1 tree_object(Open& folder, Sha1 Entry::*hash);

  GitObject object_;
  std::vector<Open> folders_{1};  // outer ones before those in them
  uint64_t entries_ = 0;
  int depth_ = 0;
  TreeHash total_;
};

}  // namespace jireloc
