// Checking many images at once, with all in their depots that they need: index, judge, close.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jireloc/check.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc {

// One file of a run.
struct CheckedImage {
  std::string path;                      // where it lies here
  std::string recorded;                  // as recorded paths spell it
  bool input = false;                    // asked for; false: an image in the depots that those may need
  std::optional<size_t> number;          // in the ImageSet; nothing where the header cannot be read
  std::shared_ptr<const Error> problem;  // it cannot even be opened
  bool is_unknown = false;               // its header could not be looked at; what it provides is not known
  ImageReport report;
};

struct DepotCheckOptions {
  // What holds for all images. A prefix that is not expected is that of most images of a compiled/vX.Y;
  // proofs, presences, system modules, broken aliases and, with `load_path` below, load paths are found.
  CheckContext context;
  // The load path of the sessions of that Julia version ("" where it is not known); null: none is known.
  std::function<LoadPath(const std::string& julia_version)> load_path = nullptr;
  // Opens an image for reading; null: as open_file does.
  std::function<std::unique_ptr<ByteSource>(const std::string& path)> open = nullptr;
  int jobs = 1, most_jobs = 1;  // threads, to begin with and at most while they wait for files
  std::function<void(const Error&)> problem = nullptr;              // said of a depot; null: not said
  std::function<void(size_t done, size_t all)> progress = nullptr;  // by one thread at a time
};

class DepotCheck {
 public:
  explicit DepotCheck(DepotCheckOptions options);
  ~DepotCheck();

  // An image to be judged, or what could not be opened.
  void add(std::string path, std::string recorded, std::optional<Error> problem = std::nullopt);
  // Looks for the images in the depots that those need, and at the headers of all; then judges them. Each is
  // to be called once.
  void index();
  void judge();

  // Those that were added in their order, then those of the depots; their reports after judge().
  const std::vector<std::unique_ptr<CheckedImage>>& images() const { return images_; }
  // By place in images(): the places of those that provide, in the build asked for, a module that it
  // requires. Each once, in ascending order.
  std::vector<std::vector<size_t>> needs() const;
  const CheckContext& context() const { return options_.context; }
  // The same for a package that images of the folder "v1.10" would be loaded for; empty: of any.
  CheckContext context_of(const std::string& version_folder) const;
  // By version folder: names of manifests and environments, and the rules, differ.
  const std::map<std::string, std::shared_ptr<const LoadPath>>& load_paths() const { return load_paths_; }

 private:
  void find_broken_aliases();
  void collect_depots();
  void index_images();
  void read_load_paths();
  void judge_one(CheckedImage& image) const;
  std::optional<Prefix> expected_prefix(const std::string& version_folder) const;
  std::string version_of(const std::string& version_folder) const;

  DepotCheckOptions options_;
  std::map<std::string, std::shared_ptr<const LoadPath>> load_paths_;
  std::vector<std::unique_ptr<CheckedImage>> images_;
  ImageSet set_;
  std::unique_ptr<ProofCache> proofs_;
  std::unique_ptr<PresenceCache> presences_;
};

// Judges every image below DEPOT/compiled, in the order of their paths, and gives each to `sink`. A depot
// path in the context stays as it is; without one it is the depot alone. Throws Error (io) where
// DEPOT/compiled is no folder; what is wrong below it is in the reports.
void check_depot(const std::string& depot, const CheckContext& context,
                 const std::function<void(const ImageReport&)>& sink);

}  // namespace jireloc
