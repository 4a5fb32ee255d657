// Names of temporary files, and a register of those that exist, so that a signal handler can remove them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/temporaries.hpp"

namespace jireloc {

// A fresh name for a temporary entry: ".jireloc-PID-N", unique in this process. It begins with neither a slug
// nor a package name: Julia up to 1.8 loads any file whose name begins with the slug (base/loading.jl:
// find_all_in_cache_path), and counts it among the ten it keeps.
std::string temporary_name();
// Whether `name` has that form, whoever made it.
bool is_temporary_name(std::string_view name) noexcept;

// PID and N of such a name; nothing for other names. N grows within a process.
struct TemporaryNumber {
  uint64_t process = 0, number = 0;
};
std::optional<TemporaryNumber> parse_temporary_name(std::string_view name) noexcept;

// Held while something temporary is created. Throws Error (interrupted) once remove_live_temporaries() was
// called.
class CreationGuard {
 public:
  CreationGuard();
  CreationGuard(const CreationGuard&) = delete;
  CreationGuard& operator=(const CreationGuard&) = delete;
  ~CreationGuard();
};

// One registered temporary file, or folder with all it holds; taken off the register when destroyed. Does not
// remove it. `folder` must stay open until then; `name` must come from temporary_name().
class LiveTemporary {
 public:
  enum class Kind { file, tree };
  LiveTemporary() = default;
  LiveTemporary(int folder, std::string_view name, Kind kind = Kind::file);
  LiveTemporary(LiveTemporary&& other) noexcept;
  LiveTemporary& operator=(LiveTemporary&& other) noexcept;
  ~LiveTemporary() { release(); }
  void release() noexcept;

 private:
  void* slot_ = nullptr;
};

// The registered temporary folders of this process. Not for signal handlers.
struct LiveTree {
  int folder = -1;
  std::string name;
};
std::vector<LiveTree> live_trees();

}  // namespace jireloc
