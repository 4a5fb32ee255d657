// Names of images in the target depot: what is there already, what is free, and what other runs put there.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "relocate/depot_graph.hpp"
#include "relocate/run.hpp"

namespace jireloc::relocating {

// May be asked by several threads; those that ask of images of one folder, which contend for names, are one.
class TargetNames {
 public:
  // The name that an image did not get, and why.
  struct Contest {
    std::string target;
    Reason why;
  };

  // Adds the images of the target that are listed to the graph. `twin_of`: as DepotGraph::add_depot takes it.
  TargetNames(Run& run, DepotGraph& graph, const Inventory& there, DepotGraph::TwinOf twin_of);

  // Adds what of the target is not known yet.
  void add_rest(const Inventory& there);

  // The path of an image in the same folder of the target that has the same build, or that one.
  std::optional<std::string> same_build(const GraphImage& image) const;
  std::optional<std::string> same_build(const GraphImage& image, const RequiredModule& build) const;
  // A path in the target that nothing has: the image's own name, or another one beginning with its slug,
  // which Julia 1.3 and later finds as well. Empty where there is no such name.
  std::string free_name(const GraphImage& image) const;
  void take(const GraphImage& image, const std::string& path);
  // Gives that up again.
  void forget(const GraphImage& image, const std::string& path);
  // Whether a path was taken since the contests were last ended: what is to stand there may not do so yet.
  bool is_coming(const std::string& path) const;

  // The lock of the target, for one thread of this run at a time.
  std::shared_ptr<void> hold_target();
  // While that is held: throws Error (conflict) where something has come into the image's folder that was not
  // known when its name, and images of the same build, were decided on. Another run may have been there.
  void require_known(size_t image);

  // An image could not be put into place because others had come, or (then it has no target) is to be looked
  // at again when another one of the same build is there.
  void contest(size_t image, Contest contest);
  const std::map<size_t, Contest>& contests() const { return contests_; }
  // Ends the contests: gives up those names, and looks what has come into their folders. With that known,
  // perhaps there is nothing left to do for these images, or another name is free.
  std::vector<size_t> look_again();

 private:
  struct Held {
    std::unique_lock<std::mutex> ours;
    DepotLock depots;
  };
  using Build = std::pair<std::string, uint32_t>;  // folder and first module

  void add(const std::vector<ImageRef>& found);
  std::string folder_of(const GraphImage& image) const { return to_ + "/" + image.ref->folder; }
  std::optional<Build> build_in(std::string folder, const GraphImage& image) const;
  std::optional<std::string> find(const std::optional<Build>& build) const;
  std::vector<ImageRef> unknown_images(const std::string& folder) const;

  Run& run_;
  DepotGraph& graph_;
  const DepotGraph::TwinOf twin_of_;
  const std::string to_;
  mutable std::mutex names_mutex_;
  std::set<std::string> taken_, coming_;   // paths
  std::map<Build, std::string> by_build_;  // paths
  std::map<size_t, Contest> contests_;
  std::mutex publish_mutex_;
  std::map<std::string, bool> known_folders_;  // while the lock is held: whether all in them is known
};

}  // namespace jireloc::relocating
