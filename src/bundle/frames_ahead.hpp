// Frames of a bundle, unpacked on threads of their own while those before them are used.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bundle/frames.hpp"
#include "bytes/page_buffer.hpp"

namespace jireloc::bundles {

class FramesAhead {
 public:
  struct Unpacked {
    bytes::PageBuffer bytes{kFrame};
    uint32_t size = 0;
    std::string packed;
  };

  // The source, which must outlive this, is read by this alone until next() gives null.
  FramesAhead(const BundleSource& source, int threads);
  ~FramesAhead();  // waits for the source's read() to return
  FramesAhead(const FramesAhead&) = delete;
  FramesAhead& operator=(const FramesAhead&) = delete;

  // The next frame. Null where what follows is not a whole frame of at most kFrame bytes that holds: whoever
  // reads on begins with left(), and will find out. Throws what the source throws, when its turn comes.
  std::shared_ptr<Unpacked> next();
  // One that is used no more: its memory is, unless somebody else has it.
  void take_back(std::shared_ptr<Unpacked> frame);
  // What was read of the source behind the last frame that was given. Once, behind null.
  std::string left();

 private:
  enum class State { being_unpacked, ready, refused };
  struct Slot {
    std::shared_ptr<Unpacked> frame;
    State state = State::being_unpacked;
  };

  void run();
  // Null: nothing follows that could be had.
  Slot* take_packed();
  bool has_refused() const;
  // Of the frame that comes next; 0: there is none that could be had whole.
  size_t packed_size();
  bool refill();
  std::shared_ptr<Unpacked> empty();
  void end();

  const BundleSource& source_;
  const uint64_t most_ahead_;

  std::mutex source_mutex_;
  std::string packed_;  // what was read
  size_t at_ = 0;       // of that, where the next frame begins
  std::exception_ptr unread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t taken_ = 0, given_ = 0;  // frames
  std::map<uint64_t, Slot> slots_;  // of frames that were taken and not given, by number
  std::vector<std::shared_ptr<Unpacked>> idle_;
  std::exception_ptr failure_;
  bool is_over_ = false, is_unwanted_ = false;  // nothing more can be taken; nobody asks for more
  std::vector<std::thread> threads_;            // the last: they use all others
};

}  // namespace jireloc::bundles
