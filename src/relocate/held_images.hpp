// Images of a depot whose content is in memory, and nowhere on the disk.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "jireloc/byte_source.hpp"
#include "jireloc/payload_audit.hpp"
#include "relocate/inventory.hpp"

namespace jireloc::relocating {

class HeldImages {
 public:
  // "compiled/vX.Y/Name/SLUG_SLUG.ji", or the native library beside one, with its content, which must outlive
  // this and not be empty. `status` is what stat would say of it if it lay in the depot.
  void add(const std::string& relative, std::string_view content, const struct stat& status);

  // Null where it is not held. `name` is for messages.
  std::unique_ptr<ByteSource> open(std::string_view relative, std::string name) const;
  // Puts them among those that were found on the disk.
  void add_to(Inventory& inventory) const;
  // For who asks whether a path is there: as it was before the step, `depot` has them and their folders.
  void note_in(PresenceCache& presences, const std::string& depot) const;

 private:
  struct Held {
    std::string_view content;
    struct stat status;
  };
  std::map<std::string, Held, std::less<>> files_;
};

// What `held` (null: nothing is) has of the depot; else as open_in_depot.
std::unique_ptr<ByteSource> open_held_or_in_depot(const HeldImages* held, FileSystem& system,
                                                  const Folder& depot, const std::string& relative,
                                                  uint64_t largest_in_memory);

}  // namespace jireloc::relocating
