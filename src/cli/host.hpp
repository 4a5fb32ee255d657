// Commands that run in somebody else's process: what they say goes to that host, and nothing of the process
// itself (signals, standard streams, user, limits) is touched.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace jireloc::cli {

// Its functions may be called from several threads at once.
class Host {
 public:
  virtual ~Host() = default;
  // What the program says on standard error: whole lines.
  virtual void lines(std::string_view text) = 0;
  // So many of the `things` are done; `total` 0: it is not known how many there are.
  virtual void progress(const std::string& things, uint64_t done, uint64_t total, uint64_t failed) = 0;
  // Once true, the command shall end soon: stop_if_asked().
  virtual const std::atomic<bool>& stop() const noexcept = 0;
};

// That of the command which this thread is at work on; null: the program itself.
Host* current_host() noexcept;

// Makes it the host of this thread, as long as it lives.
class HostScope {
 public:
  explicit HostScope(Host* host) noexcept;
  ~HostScope();
  HostScope(const HostScope&) = delete;
  HostScope& operator=(const HostScope&) = delete;

 private:
  Host* const before_;
};

// Throws Error (interrupted) where the host wants an end. `host` may be null.
void stop_if_asked(const Host* host);
// Throws Error (usage) where the command runs in a host, whose process the option would change.
void refuse_in_host(std::string_view option);

}  // namespace jireloc::cli
