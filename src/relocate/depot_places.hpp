// The depots of a step in both worlds: how Julia sees them, and where they lie here.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bytes/folders.hpp"
#include "jireloc/grown_set.hpp"
#include "jireloc/mount_view.hpp"
#include "jireloc/proof.hpp"
#include "jireloc/relocate.hpp"
#include "jireloc/tree_hash.hpp"

namespace jireloc::relocating {

class HeldImages;

// A source that lies elsewhere than where Julia saw it.
struct Staged {
  std::string here = {};                    // empty: there is none
  std::vector<std::string> spellings = {};  // other names of it that images record
  GrownSet* grown = nullptr;                // what grew in earlier runs into the target; null: nobody says
  // Tree hashes of what this process has written there, by "packages/Name/SLUG" and "artifacts/SHA1".
  std::map<std::string, TreeHash> trees = {};
  const HeldImages* images = nullptr;  // that do not lie there; null: all do
  ProofCache::Contents contents = {};  // who knows what files contain; empty: nobody does
};

// What images record, and what maps, proofs and verdicts speak of, are paths as Julia sees them (`from`, `to`
// of the options); what is opened, locked, renamed and reported lies here. Without mounts both are the same.
class DepotPlaces {
 public:
  // Absolute paths as Julia sees them, without trailing slashes; one path twice for a depot in place. Throws
  // Error: usage (something inside of a depot is mounted by itself), io.
  DepotPlaces(const std::vector<Mount>& mounts, const std::string& from, const std::string& to);
  // The source lies in a folder here, whatever lies where Julia saw it, by any of its names; `to` lies where
  // its name says, and may be the same name.
  DepotPlaces(const std::string& from, const std::string& to, const Staged& staged);

  // What is at the target's place, before what is only in the source.
  const FileView& view() const { return *view_; }
  // What was there before the step.
  const FileView& source_view() const { return source_view_ ? *source_view_ : *view_; }
  const std::string& from_seen() const { return from_.seen; }
  const std::string& to_seen() const { return to_.seen; }
  // Other names of the source, where it is a staged one: nothing here tells them.
  const std::vector<std::string>& spellings() const { return spellings_; }
  const std::string& from_here() const { return from_.here; }
  const std::string& to_here() const { return to_.here; }

  // Opens a depot where it lies; see open_depot for links of others on the way, in Julia's world too.
  std::shared_ptr<Folder> open_from(FileSystem& system) const { return open(system, from_); }
  std::shared_ptr<Folder> open_to(FileSystem& system) const { return open(system, to_); }

  // How Julia sees what lies in one of the depots; any other path as it is.
  std::string seen(const std::string& here) const;
  // The same sink, with DepotItem::seen and target_seen filled in.
  ItemSink naming(const ItemSink& sink) const;

 private:
  struct Place {
    std::string seen, here;
    std::vector<std::string> links;  // followed on the way, by their places here
  };
  static std::shared_ptr<Folder> open(FileSystem& system, const Place& place);
  Place place_of(const MountView& view, const std::string& seen) const;

  std::unique_ptr<FileView> view_, source_view_;  // the second where it differs
  Place from_, to_;
  std::vector<std::string> spellings_;
  bool is_plain_;
};

// Throws Error (usage, with that message) where `inner` is `outer` or lies inside it, whatever their names
// are.
void require_outside(FileSystem& system, const Folder& inner, const Folder& outer,
                     const std::string& message);
// Throws Error (usage) where both folders are one, or one lies inside the other, whatever their names are.
void require_two_depots(FileSystem& system, const Folder& from, const Folder& to);

}  // namespace jireloc::relocating
