// Two worlds: what Julia sees, and where it lies on this machine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jireloc/file_view.hpp"

namespace jireloc {

// What Julia sees below `seen` lies below `here`. Absolute, without trailing slashes; the root is empty.
struct Mount {
  std::string seen, here;
};

// Paths as Julia sees them, looked up where they lie: in a container's root, a sandbox's upper folder, a
// shared file system that is mounted elsewhere here. The longest matching `seen` counts, at path boundaries;
// what no mount covers lies where its name says. Symbolic links are followed in Julia's world: the target of
// an absolute one is a path as Julia sees it, and `..` never leads out of its root.
class MountView : public FileView {
 public:
  explicit MountView(std::vector<Mount> mounts);
  std::string actual(const std::string& path) const override;

  // Where a path lies, symbolic links not followed.
  std::string here(std::string_view seen) const;
  // The path without symbolic links, as Julia sees it. `links`, where given, gets the places here of those
  // that were followed.
  std::string resolved(const std::string& seen, std::vector<std::string>* links = nullptr) const;
  // Whether a mount other than the root's says where the path lies.
  bool covers(std::string_view seen) const;
  // A place below `seen` that is mounted by itself; null: there is none.
  const Mount* mount_inside(std::string_view seen) const;
  // How Julia sees a path of this machine, by the longest matching `here`; the path itself where no mount
  // covers it.
  std::string seen(std::string_view here) const;

 private:
  bool is_mount_point(std::string_view seen) const;

  std::vector<Mount> by_seen_, by_here_;  // longest first
  bool covers_root_ = false;
};

// Everything below one folder: a container's root, DESTDIR.
class RootView final : public MountView {
 public:
  explicit RootView(std::string root) : MountView({{"", std::move(root)}}) {}
};

}  // namespace jireloc
