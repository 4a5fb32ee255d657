// Frames of a bundle, unpacked on a thread of their own while those before them are used.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
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
    Frame frame;
  };

  // The source is read by this alone until next() gives null. `sha` and `digest` are told of each frame that
  // is given; nobody else may use them until then. All must outlive this.
  FramesAhead(const BundleSource& source, Sha256& sha, bytes::Digest& digest);
  ~FramesAhead();  // waits for the source's read() to return
  FramesAhead(const FramesAhead&) = delete;
  FramesAhead& operator=(const FramesAhead&) = delete;

  // The next frame. Null where what follows is not a whole frame of at most kFrame bytes that holds: whoever
  // reads on begins with left(), and will find out. Throws what the source throws, when its turn comes.
  std::unique_ptr<Unpacked> next();
  // One that is used no more: its memory is.
  void take_back(std::unique_ptr<Unpacked> frame);
  // What was read of the source behind the last frame that was given. Once, behind null.
  std::string left();

 private:
  void run();
  std::unique_ptr<Unpacked> unpack_next();
  // Of the frame that comes next; 0: there is none that could be had whole.
  size_t packed_size();
  bool refill();
  std::unique_ptr<Unpacked> empty();
  bool put(std::unique_ptr<Unpacked> frame);

  const BundleSource& source_;
  Sha256& sha_;
  bytes::Digest& digest_;
  std::unique_ptr<ZSTD_DCtx_s, size_t (*)(ZSTD_DCtx_s*)> context_;
  std::string packed_;  // what was read
  size_t at_ = 0;       // of that, where the next frame begins
  std::exception_ptr unread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Unpacked>> ready_;
  std::vector<std::unique_ptr<Unpacked>> idle_;
  std::exception_ptr failure_;
  bool is_done_ = false, is_unwanted_ = false;
  std::thread thread_;  // the last: it uses all others
};

}  // namespace jireloc::bundles
