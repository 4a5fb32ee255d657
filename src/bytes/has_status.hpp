// What is known of an open file since it was opened.
#pragma once

#include <sys/stat.h>

namespace jireloc {

// Beside ByteSource, of sources that are open files: saves the call where a status from then will do.
class HasStatus {
 public:
  virtual const struct stat& status() const noexcept = 0;

 protected:
  ~HasStatus() = default;
};

}  // namespace jireloc
