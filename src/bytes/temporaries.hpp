// Names of temporary files, and a register of those that exist, so that a signal handler can remove them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jireloc {

// A fresh name for a temporary entry: ".jireloc-PID-N", unique in this process. It begins with neither a slug
// nor a package name: Julia up to 1.8 loads any file whose name begins with the slug (base/loading.jl:
// find_all_in_cache_path), and counts it among the ten it keeps.
std::string temporary_name();
// Whether `name` has that form, whoever made it.
bool is_temporary_name(std::string_view name) noexcept;

// One registered temporary file; taken off the register when destroyed. Does not remove the file.
// `folder` must stay open until then; `name` must come from temporary_name().
class LiveTemporary {
 public:
  LiveTemporary() = default;
  LiveTemporary(int folder, std::string_view name);
  LiveTemporary(LiveTemporary&& other) noexcept;
  LiveTemporary& operator=(LiveTemporary&& other) noexcept;
  ~LiveTemporary() { release(); }
  void release() noexcept;

 private:
  void* slot_ = nullptr;
};

// Unlinks every temporary file that this process has registered. Async-signal-safe; meant for a handler of
// SIGINT or SIGTERM that ends the process right after (with _exit): a transaction that goes on would find its
// files gone and fail. A child of fork() removes nothing of its parent's.
void remove_live_temporaries() noexcept;

}  // namespace jireloc
