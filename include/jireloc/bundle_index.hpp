// A folder of bundles as a cache: what each holds, in one file; and which of them a project wants.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/bundle.hpp"
#include "jireloc/environment.hpp"

namespace jireloc {

inline constexpr const char* kBundleIndexName = "jireloc-index.json";
inline constexpr std::string_view kBundleSuffix = ".jlb.tar.zst";

struct IndexedBundle {
  std::string file;  // its name in the folder
  uint64_t size = 0;
  std::string sha256;
  BundleManifest manifest;         // its julias, packages, images and modules; the rest is empty
  std::vector<std::string> since;  // SHA-256 of the bundles that it rests on
};

struct BundleIndex {
  std::vector<IndexedBundle> bundles;  // in the order of their names
};

// JSON, and the same read again. Throws Error (bad_value) with the offset in the text.
std::string bundle_index_text(const BundleIndex& index);
BundleIndex parse_bundle_index(std::string_view text, const std::string& name_for_messages);
// Of a folder. Throws Error (io, too_large, bad_value).
BundleIndex read_bundle_index(const std::string& folder);

struct IndexUpdate {
  BundleIndex index;
  std::vector<Error> problems;  // files that are called like bundles and are none
};
// Makes or brings up to date the index of a folder, under its lock: one entry for each file there whose name
// ends in kBundleSuffix. Each is read and verified; where `renewed` names one of them, only that one and
// those that are not listed with their size. The same bundles give the same bytes. Throws Error (io,
// conflict).
IndexUpdate update_bundle_index(const std::string& folder, const std::string& renewed = {},
                                FileSystem& system = real_file_system());

// What a manifest lists: packages that have a tree hash, in its order.
struct WantedPackages {
  std::vector<ManifestEntry> packages;
  std::string julia_version;  // of the Julia that resolved it; empty where it does not say
};
// `julia_version`: of the Julia that asks, for the manifest's name; may be empty. Throws Error (usage, io,
// bad_value).
WantedPackages wanted_packages(const std::string& project, const std::string& julia_version);

// Which bundles of a folder to take for a project, one after the other.
class BundleChoice {
 public:
  // What nothing is known of is not judged, as in objections_to.
  BundleChoice(BundleIndex index, std::vector<ManifestEntry> wanted, const ExpectedJulia& julia,
               std::shared_ptr<const Processor> processor);

  struct Pick {
    size_t bundle = 0;               // number in index().bundles
    std::vector<std::string> names;  // packages to take of it; empty: all, for others rest on them
  };
  // That which serves most of the packages that none has served; those that it rests on before it. Nothing
  // where no other one would.
  std::optional<Pick> next();
  // What became of it.
  void take(const Pick& pick);
  void pass_over(const Pick& pick, const Reason& reason);

  struct Told {
    ManifestEntry package;
    std::string taken;                // the bundle's file; empty: none fits
    bool has_image = false;           // else its sources came alone
    std::vector<Reason> passed_over;  // why each other bundle that has it does not fit; path: its file
  };
  const std::vector<Told>& told() const { return told_; }
  const BundleIndex& index() const { return index_; }

 private:
  // What a bundle has of a package.
  struct Offer {
    size_t wanted = 0;
    bool has_tree = false, has_image = false;
    bool fits = false;
    Reason objection = {};
  };
  void add_offers(size_t bundle, const ExpectedJulia& julia,
                  const std::shared_ptr<const Processor>& processor);
  std::optional<size_t> best(bool with_image) const;
  std::optional<Pick> base_before(size_t bundle);
  bool serves(size_t bundle, const Offer& offer, bool with_image) const;

  BundleIndex index_;
  std::vector<Told> told_;
  std::vector<std::vector<Offer>> offers_;  // by bundle
  enum class State { open, taken, out };
  std::vector<State> states_;  // likewise
};

}  // namespace jireloc
