// The images of the depot that is looked at, one level of dependencies after the other: what became of an
// image decides on those that need it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "relocate/depot_graph.hpp"
#include "relocate/judging.hpp"
#include "rewrite/memory_share.hpp"

namespace jireloc::relocating {

// What speaks against an image; or, where it is unknown, what could not be looked at: then nothing is said
// against it, and nothing is done with it.
struct Refusal {
  std::vector<Reason> reasons;
  bool unknown = false;
  Code cause = Code::none;  // as in DepotItem
};
void refuse(DepotItem& item, Refusal refusal);

ImagePair open_image(FileSystem& system, const Folder& depot, const std::string& relative,
                     uint64_t largest_in_memory, const HeldImages* held = nullptr);

class DepotImages {
 public:
  // Judges one image, which was opened and has its native library, if it needs one: what it needs is there.
  using Judge =
      std::function<void(size_t image, DepotItem& item, const ImagePair& pair, uint64_t largest_in_memory)>;

  // `problems`: folders that could not be listed. `known`: which headers need not be read; what is held is
  // the judging's.
  DepotImages(Judging& judging, const std::vector<ImageRef>& refs, const std::vector<Error>& problems,
              KnownHeaders known = {});
  // The folders of another depot that could not be listed: what images need may be in them.
  void add_unreadable(const std::vector<Error>& problems, const Folder& depot);
  // To be called when all that serves our images is in the graph.
  void close();

  DepotGraph& graph() { return graph_; }
  const GraphImage& image(size_t number) { return graph_.images()[number]; }
  DepotItem& item(size_t number) { return items_[number]; }
  bool in_shard(size_t number) { return judging_.shard.has(image(number).uuid); }

  // All of them, dependencies before their dependents; the same by level.
  const std::vector<size_t>& order() const { return order_; }
  std::vector<std::vector<size_t>> levels() const { return graph_.links().levels(order_); }

  // What the images of a level need was decided on in earlier levels. Images of one folder, which may contend
  // for names, are judged in their order, by one thread.
  // `is_settled`, where given, is asked on the calling thread before any is opened: true where the item is
  // final.
  using IsSettled = std::function<bool(size_t image, DepotItem& item)>;
  void judge_level(const std::vector<size_t>& level, const Judge& judge, const IsSettled& is_settled = {});
  void judge_again(size_t number, const Judge& judge);

 private:
  bool is_wanted(size_t number);
  void look_at(size_t number, const Judge& judge);
  void explain_by_overlay(size_t number);
  std::optional<Refusal> missing_dependency(size_t number);
  bool is_served_grown(RequiredModule module);
  Refusal explain_missing(const RequiredModule& module, const std::vector<uint32_t>& providers);

  Judging& judging_;
  DepotGraph graph_;
  rewriting::MemoryBudget memory_;
  std::vector<size_t> order_;
  std::vector<DepotItem> items_;  // of our images
};

}  // namespace jireloc::relocating
