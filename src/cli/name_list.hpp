// --files-from: names read one after the other, never all at once.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace jireloc::cli {

class NameList {
 public:
  // "-" is standard input. Throws Error (io).
  NameList(const std::string& file, bool null_separated);
  // The next name that is not empty; nothing at the end. Throws Error (io).
  std::optional<std::string> next();

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }  // only read from
  };
  std::string name_;
  char end_of_name_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace jireloc::cli
