#include "bytes/hard_links.hpp"

#include <fmt/format.h>

#include "jireloc/error.hpp"

namespace jireloc {

void HardLinks::add(const std::string& path, const struct stat& info) {
  const auto [entry, is_new] = index_.try_emplace({info.st_dev, info.st_ino}, groups_.size());
  if (is_new) groups_.push_back({info.st_dev, info.st_ino, 0, {}});
  LinkGroup& group = groups_[entry->second];
  group.link_count = info.st_nlink;
  if (known_.emplace(entry->second, path).second) group.names.push_back(path);
}

const LinkGroup* HardLinks::find(const struct stat& info) const noexcept {
  const auto found = index_.find({info.st_dev, info.st_ino});
  return found == index_.end() ? nullptr : &groups_[found->second];
}

void require_no_links_outside(const LinkGroup& group, bool break_links) {
  if (break_links || group.links_outside() == 0) return;
  throw Error(
      ErrorKind::unsupported,
      fmt::format("{} hard link(s) to this file lie outside the inputs and would keep the old content; "
                  "name them too",
                  group.links_outside()),
      group.names.front(), {}, fix::Choose{Setting::break_links});
}

}  // namespace jireloc
