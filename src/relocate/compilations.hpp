// Julias that compile into a depot meanwhile: their locks, and the files that they are about to finish.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/folders.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc::relocating {

// Whether a file is called as Julia's temporary ones are (mktemp: "jl_" and random letters), which a
// compilation renames when it is complete.
bool is_julias_temporary(std::string_view name) noexcept;

class Compilations {
 public:
  // `grace`: what has changed since then may be somebody's work in progress.
  Compilations(FileSystem& system, const Folder& depot, std::chrono::seconds grace);

  bool is_young(const struct stat& info) const noexcept;
  // Who holds a lock ("compiled/vX.Y/Name/SLUG_SLUG.ji.pidfile"), as Julia reads it (FileWatching.Pidfile):
  // nothing where its process is dead on this host, or it is older than Julia itself respects.
  std::optional<std::string> holder(const std::string& relative) const;
  // Who compiles into a folder of images now; nothing: nobody.
  std::optional<std::string> at_work_in(const std::string& folder) const;
  // The same as a reason to leave an image in that folder alone.
  std::optional<Reason> work_beside(const std::string& folder) const;

 private:
  FileSystem& system_;
  const Folder& depot_;
  std::chrono::seconds grace_;
};

}  // namespace jireloc::relocating
