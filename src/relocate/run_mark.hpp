// Which runs are at work in a depot. What a run stages lies there under temporary names while it does not
// hold the depot's lock; the next run must tell it from what a killed one left.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bytes/file_io.hpp"
#include "bytes/temporaries.hpp"

namespace jireloc {

// A file in the depot under a temporary name, locked (flock) as long as the run lasts: the kernel lets go of
// it when the run dies, on network file systems too, where a folder cannot be locked for others to see. All
// that the run stages has a later temporary name.
class RunMark {
 public:
  // To be made with the lock of the depot held, before anything is staged. Throws Error (io).
  RunMark(FileSystem& system, std::shared_ptr<Folder> depot);
  RunMark(const RunMark&) = delete;
  RunMark& operator=(const RunMark&) = delete;
  ~RunMark();

 private:
  void remove() noexcept;

  FileSystem& system_;
  std::shared_ptr<Folder> depot_;
  std::string name_;
  LiveTemporary live_;
  Descriptor file_;
};

// The runs at work in a depot.
class LiveRuns {
 public:
  // Looks at all marks. For as long as the lock of the depot is held, no run begins.
  LiveRuns(FileSystem& system, const Folder& depot);
  // Whether a run has died since the depot was last cleared of what such runs leave.
  bool has_dead() const { return !dead_.empty(); }
  // Removes the marks of the dead: what they have left is cleared.
  void forget_dead() const;
  // Whether a temporary entry may belong to one of them.
  bool made(const std::string& temporary) const;
  // Whether a run that has died since made it.
  bool left_by_dead(const std::string& temporary) const;

 private:
  FileSystem& system_;
  const Folder& depot_;
  std::vector<TemporaryNumber> marks_;
  std::vector<std::string> dead_;  // names of marks
};

}  // namespace jireloc
