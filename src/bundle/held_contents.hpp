// Contents of files that are kept in memory from one reading to the next use.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bytes/page_buffer.hpp"

namespace jireloc::bundles {

// For several threads. What it gives out lives as long as it does.
class HeldContents {
 public:
  // `room`: for contents, in bytes.
  explicit HeldContents(uint64_t room) : room_(room) {}

  // Where a content of that size goes; null where there is no room. What is not told of below is lost room.
  char* place_for(size_t size);

  struct File {
    std::string_view content;
    std::string digest;   // as a bundle lists it
    int64_t seconds = 0;  // mtime when it was read
    uint32_t nanoseconds = 0;
  };
  // The content of a file by its path in the depot; the first one told counts.
  void add(const std::string& path, File file);
  // Null where it is not kept.
  const File* find(const std::string& path) const;

 private:
  mutable std::mutex mutex_;
  uint64_t room_;
  std::vector<std::unique_ptr<bytes::PageBuffer>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;  // in the last block
  std::unordered_map<std::string, File> files_;
};

}  // namespace jireloc::bundles
