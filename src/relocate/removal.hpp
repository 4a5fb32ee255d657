// The one place in the program where something is removed from a depot.
#pragma once

#include <sys/stat.h>

#include <string>

#include "bytes/folders.hpp"
#include "bytes/transaction.hpp"
#include "jireloc/relocate.hpp"
#include "relocate/sightings.hpp"
#include "relocate/stand_in.hpp"

namespace jireloc::relocating {

// Removes things from one depot.
class Removal {
 public:
  // `target`: the depot that stand-ins lie in; null where nothing stands in for what is removed.
  Removal(FileSystem& system, const Folder& depot, const Folder* target)
      : system_(system), depot_(depot), target_(target) {}

  // What was disproved in this run, or is surplus by the user's rule. `seen`: it, before it was judged; null
  // for leftovers. Removes nothing where that is no longer what is there. The item says how that went: one
  // thing that cannot be removed never ends a run.
  void remove_unfit(DepotItem& item, const std::string& relative, const ItemSight* seen);
  // What stands at the target as well. Throws Error (conflict), and removes nothing, unless that is there as
  // it was verified, and is another file or folder than the one to be removed: by device and inode, for the
  // depots, each folder on the way, and each file. Nothing either where the source holds a file that the
  // target lacks, or is no longer as it was seen.
  void remove_moved(const std::string& relative, DepotItemKind kind, const StandIn& stand_in,
                    const ItemSight* seen);

 private:
  void remove(const std::string& relative, DepotItemKind kind, const StandIn* stand_in,
              const ItemSight* seen);
  // A folder goes with its children first and its project file last, each under its own name: a removal that
  // is killed leaves a part of what was there, which the next run recognises.
  void remove_folder(const std::string& relative, const StandIn* stand_in, const ItemSight* seen);
  void remove_image(const std::string& relative, const StandIn* stand_in, const ItemSight* seen);
  void remove_file(const Folder& folder, const std::string& name, const Sight& seen);
  void put_back(const Folder& folder, const std::string& aside, const std::string& name);
  // The folders above what was removed that hold nothing more; never packages, artifacts or compiled.
  void remove_emptied(const std::string& relative);
  void require_other_place(const std::string& relative, const StandIn& stand_in) const;
  void require_other_library(const struct stat& ours, const StandIn& stand_in, const std::string& path) const;

  FileSystem& system_;
  const Folder& depot_;
  const Folder* target_;
};

// Says in an item why it was not removed.
void not_removed(DepotItem& item, const Error& error);

}  // namespace jireloc::relocating
