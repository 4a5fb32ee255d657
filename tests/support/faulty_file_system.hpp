// Fault injection: one system call of a run fails, or is cut short; every one of them in turn.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "jireloc/error.hpp"
#include "support/forwarding_file_system.hpp"

namespace jireloc::test {

// What happens to the chosen call. A positive number is the errno it fails with.
constexpr int kShortTransfer = -1;

class FaultyFileSystem final : public ForwardingFileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& inner = real_file_system()) : ForwardingFileSystem(inner) {}
  // The `number`th call from here on (from 1) meets `fault`; 0: none does.
  void arm(uint64_t number, int fault);
  uint64_t calls() const noexcept { return calls_; }
  // The call that met the fault, if any did. A short transfer counts only where something could be cut.
  bool fired() const noexcept { return fired_; }
  Call fired_call() const noexcept { return fired_call_; }
  // Descriptors opened and not yet closed.
  int64_t open_descriptors() const noexcept { return open_descriptors_; }

 protected:
  ssize_t around(Call call, size_t* size, const std::function<ssize_t()>& forward) override;

 private:
  uint64_t calls_ = 0, armed_ = 0;
  int fault_ = 0;
  bool fired_ = false;
  Call fired_call_ = Call::open;
  int64_t open_descriptors_ = 0;
};

struct FaultRun {
  bool threw = false;
  ErrorKind kind = ErrorKind::io;
  std::string message;
  int fault = 0;
  Call call = Call::open;
  uint64_t number = 0;
  std::string description() const;
};

struct FaultFigures {
  uint64_t sites = 0;  // calls of the run without a fault
  uint64_t tried = 0;  // faults that fired
  std::map<std::string, uint64_t> by_call;
  uint64_t errors = 0;  // runs that ended with an Error
};

// Runs `prepare`, then `action` with every system call of it failing in turn with ENOSPC, EIO, EACCES, EROFS
// and EINTR, and every transfer cut short; after each of them `check`. EINTR and short transfers must not be
// noticed: that the action succeeded then, and that it closed what it opened, is checked here, with Catch2.
// Each call meets three of them, the next call the other three, and all with JIRELOC_LONG=1. Under ASan,
// where the other build has shown the rest, each of the first sixty meets one, and then every fifth.
FaultFigures try_all_faults(const std::function<void()>& prepare,
                            const std::function<void(FileSystem&)>& action,
                            const std::function<void(const FaultRun&)>& check);
// The same with other faults. Every eighth call, under ASan from the 200th on every sixteenth, meets one of
// them, the next such call the next; with JIRELOC_LONG=1 each call meets all.
FaultFigures try_faults_in_turn(const std::vector<int>& faults, const std::function<void()>& prepare,
                                const std::function<void(FileSystem&)>& action,
                                const std::function<void(const FaultRun&)>& check);

}  // namespace jireloc::test
