#include "bundle/frames_ahead.hpp"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace jireloc::bundles {
namespace {

constexpr size_t kMostAhead = 1;
// A frame of kFrame bytes that cannot be compressed has no more, with its headers.
constexpr size_t kMostPacked = kFrame + (kFrame >> 6);
constexpr size_t kLeastRead = 128 << 10;

}  // namespace

FramesAhead::FramesAhead(const BundleSource& source, Sha256& sha, bytes::Digest& digest)
    : source_(source), sha_(sha), digest_(digest), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {
  if (!context_) throw std::bad_alloc();
  thread_ = std::thread([this] { run(); });
}

FramesAhead::~FramesAhead() {
  {
    const std::lock_guard lock(mutex_);
    is_unwanted_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::unique_ptr<FramesAhead::Unpacked> FramesAhead::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || is_done_; });
  if (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return nullptr;
  }
  auto frame = std::move(ready_.front());
  ready_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return frame;
}

void FramesAhead::take_back(std::unique_ptr<Unpacked> frame) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(frame));
}

std::string FramesAhead::left() {
  return std::exchange(packed_, {}).substr(std::exchange(at_, 0));
}

void FramesAhead::run() {
  try {
    while (auto frame = unpack_next())
      if (!put(std::move(frame))) break;
  } catch (...) {
    failure_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  is_done_ = true;
  changed_.notify_all();
}

std::unique_ptr<FramesAhead::Unpacked> FramesAhead::unpack_next() {
  const size_t packed = packed_size();
  if (packed == 0) return nullptr;
  const char* const from = packed_.data() + at_;
  const auto unpacked = ZSTD_getFrameContentSize(from, packed);
  if (unpacked == 0 || unpacked > kFrame) return nullptr;  // also where it is not known
  auto frame = empty();
  if (ZSTD_decompressDCtx(context_.get(), frame->bytes.get(), kFrame, from, packed) != unpacked)
    return nullptr;
  frame->frame = {static_cast<uint32_t>(packed), static_cast<uint32_t>(unpacked)};
  sha_.add({from, packed});
  digest_.add({from, packed});
  at_ += packed;
  return frame;
}

size_t FramesAhead::packed_size() {
  for (;;) {
    const std::string_view there = std::string_view(packed_).substr(at_);
    if (!starts_as_frame(there)) return 0;
    const size_t size = ZSTD_findFrameCompressedSize(there.data(), there.size());
    if (ZSTD_isError(size) == 0) return size;
    if (there.size() > kMostPacked || !refill()) return 0;
  }
}

// As much again as there is: a frame of small blocks is gone through a few times, not once a read. False at
// the end of the source.
bool FramesAhead::refill() {
  if (unread_) std::rethrow_exception(unread_);
  packed_.erase(0, std::exchange(at_, 0));
  const size_t before = packed_.size();
  packed_.resize(before + std::max(before, kLeastRead));
  size_t got = before;
  try {
    while (got < packed_.size()) {
      const size_t some = source_.read(packed_.data() + got, packed_.size() - got);
      if (some == 0) break;
      got += some;
    }
  } catch (...) {
    unread_ = std::current_exception();  // what was read before counts
    if (got == before) throw;
  }
  packed_.resize(got);
  return got != before;
}

std::unique_ptr<FramesAhead::Unpacked> FramesAhead::empty() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto frame = std::move(idle_.back());
      idle_.pop_back();
      return frame;
    }
  }
  return std::make_unique<Unpacked>();
}

// False where nobody wants it any more.
bool FramesAhead::put(std::unique_ptr<Unpacked> frame) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_.size() < kMostAhead || is_unwanted_; });
  if (is_unwanted_) return false;
  ready_.push_back(std::move(frame));
  lock.unlock();
  changed_.notify_all();
  return true;
}

}  // namespace jireloc::bundles
