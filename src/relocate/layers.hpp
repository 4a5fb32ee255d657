// The depots behind source and target, Julia's own among them: images and sources there serve what is merged
// or kept, and nothing there is ever written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "relocate/depot_graph.hpp"
#include "relocate/judging.hpp"

namespace jireloc::relocating {

class Layers {
 public:
  // Those of the options that are there and are not the depot itself, nor the target, under whatever names.
  explicit Layers(Judging& judging, const Folder* target = nullptr);

  // Adds the images that these may need: those of the same version folders.
  void add_images(const std::vector<ImageRef>& refs, DepotGraph& graph) const;
  // Whether a path as Julia sees it lies in one of them.
  bool hold(std::string_view path) const;
  // DEPOT_PATH behind the target, as Julia sees it.
  const std::vector<std::string>& paths() const { return paths_; }
  // Sys.STDLIB of the bundled depot for a Julia's version; empty where that depot is not known.
  std::string stdlib(std::string_view julia_version) const;

 private:
  struct Layer {
    std::shared_ptr<Folder> folder;  // null: it could not be opened
    std::string here;
    bool is_bundled;
  };
  void add(const std::string& depot, bool is_bundled);
  bool is_known(const struct stat& info) const;

  Judging& judging_;
  const Folder* target_;
  std::vector<Layer> layers_;
  std::vector<std::string> paths_;
};

}  // namespace jireloc::relocating
