// Where a file lies.
#pragma once

#include <memory>
#include <string>

namespace jireloc {

class GivenFolder;

// A folder that somebody named, and the way down from it, on which no symbolic link is followed, also where
// one is put in place of a folder meanwhile.
struct Place {
  std::shared_ptr<GivenFolder> top = nullptr;  // null: nowhere
  std::string below = {};                      // a path of plain names

  explicit operator bool() const noexcept { return top != nullptr; }
  std::string name() const;  // the last component of `below`
};

}  // namespace jireloc
