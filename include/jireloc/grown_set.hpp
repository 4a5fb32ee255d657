// Which images of a run have grown under a new identity, and where their texts went: dependents must know.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/payload.hpp"

namespace jireloc {

// Filled in the order of dependencies while images are planned. Thread-safe.
class GrownSet {
 public:
  struct Entry {
    uint64_t checksum = 0;           // the new identity
    std::vector<MovedString> moved;  // sorted by `from`
    // What took the place of the String at `position` of the old payload; null: it stayed.
    const MovedString* find(uint64_t position) const;
  };

  // `before` as it was read; to be called for every image whose plan has a growth.
  void add(const CacheFile& before, const PayloadGrowth& growth);
  // Of an image that a list of required modules names; null where it has not grown under a new identity.
  // Valid as long as the set.
  const Entry* find(const RequiredModule& module) const;

 private:
  struct Less {
    bool operator()(const RequiredModule& a, const RequiredModule& b) const;
  };
  mutable std::mutex mutex_;
  std::map<RequiredModule, Entry, Less> entries_;
};

}  // namespace jireloc
