// Whose depot is it?
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bytes/file_io.hpp"

namespace jireloc {

// Opens a depot. For root, links on the way count: one that belongs to a user to whom what it leads to does
// not belong could make root publish, or remove, what is somebody else's. Error (unsupported) then, naming
// the link. Links of root's are fine, and so is everything for other users, who have their own rights only.
std::shared_ptr<Folder> open_depot(FileSystem& system, const std::string& path);

// The rule for links that were followed on the way by other means, as in Julia's world behind mounts.
void require_own_links(FileSystem& system, const std::vector<std::string>& links, const Folder& folder);

// The same check for whoever asks, all of it from / downwards, component by component.
std::shared_ptr<Folder> open_through_own_links(FileSystem& system, const std::string& path);

// For links inside of a depot, which lead all that a run reads and writes to another place: each that is
// followed, and what they lead to, must belong to root or to the user who runs. Error (unsupported) else.
void require_root_or_runner(const struct stat& info, const std::string& link);
std::shared_ptr<Folder> open_through_links_of_root_or_runner(FileSystem& system, const std::string& path);

}  // namespace jireloc
