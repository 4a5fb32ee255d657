// Several names of one file among the inputs: changed once, linked again after.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace jireloc {

// The names that one inode has among the inputs.
struct LinkGroup {
  dev_t device = 0;
  ino_t inode = 0;
  uint64_t link_count = 0;         // how many names it has in all, when it was last added
  std::vector<std::string> names;  // in the order added; the first is to be worked on

  // Names outside the inputs, which a replacement would leave with the old content.
  uint64_t links_outside() const noexcept {
    return link_count > names.size() ? link_count - names.size() : 0;
  }
};

// Groups inputs by device and inode. Not thread-safe: fill it first.
class HardLinks {
 public:
  // `info` is the stat of `path`, symbolic links followed. A path given twice counts once; so do a symbolic
  // link and its target, if `path` is what follow_links gave.
  void add(const std::string& path, const struct stat& info);
  // In the order of their first names.
  const std::vector<LinkGroup>& groups() const noexcept { return groups_; }
  // The group of a file that was added, or nothing.
  const LinkGroup* find(const struct stat& info) const noexcept;

 private:
  std::vector<LinkGroup> groups_;
  std::map<std::pair<dev_t, ino_t>, size_t> index_;
  std::set<std::pair<size_t, std::string>> known_;  // by group
};

// Throws Error (unsupported) if names outside the inputs would keep the old content, unless `break_links`.
void require_no_links_outside(const LinkGroup& group, bool break_links);

}  // namespace jireloc
