// What a BatchRewriter knows of its inputs.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bytes/batch.hpp"
#include "bytes/hard_links.hpp"
#include "bytes/place.hpp"
#include "jireloc/batch_rewrite.hpp"
#include "jireloc/grown_set.hpp"
#include "rewrite/execute.hpp"
#include "rewrite/memory_share.hpp"
#include "rewrite/output_places.hpp"
#include "rewrite/outside_needs.hpp"

namespace jireloc {

class BatchRewriter::Work {
 public:
  Work(BatchOptions options, const FileView& view, FileSystem& system);
  void heed_outside(const OrderedImages& images) {
    read_outside_needs(images, options_.rewrite.depots, view_, outside_);
  }
  void announce(const std::string& output, uint64_t number) { places_.announce(output, number); }
  std::shared_ptr<RewriteOutcome> rewrite(OpenedImage image, const std::string& path,
                                          const std::string& output, uint64_t number);
  void finish();

 private:
  struct Deferred {
    std::shared_ptr<RewriteOutcome> outcome;
    Place place, target;         // target: nowhere in place
    uint64_t number;             // of the input
    bool has_rival = false;      // for the target
    std::string real_path = {};  // of the .ji
  };
  using Members = std::vector<const Deferred*>;  // names of one file, the one to be worked on first
  using Inputs = std::vector<std::unique_ptr<Deferred>>;
  void put_off(Inputs& inputs, Deferred item);
  static Inputs in_order(Inputs inputs);
  void finish_rivals();
  void work(Deferred item, OpenedImage open, const LinkGroup* group, const Members& members);
  rewriting::Target target_of(const Deferred& item, const ImagePair& image,
                              const std::shared_ptr<Folder>& folder);
  void require_no_library_links_outside(const ImagePair& image, const Members& members) const;
  void commit(const std::shared_ptr<RewriteOutcome>& outcome,
              std::vector<std::shared_ptr<RewriteOutcome>> linked, Transaction transaction);

  PresenceCache presences_;
  GrownSet grown_;
  rewriting::OutsideNeeds outside_;
  const BatchOptions options_;
  RewriteOptions rewrite_;  // those, with what is known of the batch
  const FileView& view_;
  FileSystem& system_;
  const std::shared_ptr<GivenFolder> output_;
  FolderMaker output_folders_;
  rewriting::OutputPlaces places_;
  ProofCache proofs_;
  Batch batch_;
  rewriting::MemoryBudget memory_;
  std::mutex mutex_;  // of what follows
  HardLinks links_;
  Inputs linked_, rivals_;  // put off until all inputs are known
};

}  // namespace jireloc
