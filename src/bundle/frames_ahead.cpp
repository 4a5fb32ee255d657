#include "bundle/frames_ahead.hpp"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/heaps.hpp"

namespace jireloc::bundles {
namespace {

// A frame of kFrame bytes that cannot be compressed has no more, with its headers.
constexpr size_t kMostPacked = kFrame + (kFrame >> 6);
constexpr size_t kLeastRead = 128 << 10;
// More than threads, for these have time while the manifest, which comes first, is parsed.
constexpr uint64_t kMoreThanThreads = 4;

bool unpack_frame(ZSTD_DCtx* context, FramesAhead::Unpacked& frame) {
  const auto size = ZSTD_getFrameContentSize(frame.packed.data(), frame.packed.size());
  if (size == 0 || size > kFrame) return false;  // also where it is not known
  // One of several segments has a window of its own, which a stream may refuse: it decides.
  constexpr unsigned char kSingleSegment = 0x20;  // RFC 8878, Frame_Header_Descriptor
  if ((static_cast<unsigned char>(frame.packed[4]) & kSingleSegment) == 0) return false;
  frame.size = static_cast<uint32_t>(size);
  return ZSTD_decompressDCtx(context, frame.bytes.get(), kFrame, frame.packed.data(), frame.packed.size()) ==
         size;
}

}  // namespace

FramesAhead::FramesAhead(const BundleSource& source, int threads)
    : source_(source), most_ahead_(static_cast<uint64_t>(threads) + kMoreThanThreads) {
  threads_.reserve(static_cast<size_t>(threads));
  // Where the process may have no more threads, one does, or whoever asks does it alone.
  try {
    while (threads_.size() < static_cast<size_t>(threads)) threads_.emplace_back([this] { run(); });
  } catch (const std::exception&) {
    if (threads_.empty()) is_over_ = true;
  }
}

FramesAhead::~FramesAhead() {
  end();
}

void FramesAhead::end() {
  {
    const std::lock_guard lock(mutex_);
    is_unwanted_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::shared_ptr<FramesAhead::Unpacked> FramesAhead::next() {
  std::unique_lock lock(mutex_);
  const auto slot = [this] { return slots_.find(given_); };
  changed_.wait(lock, [&] {
    return slot() == slots_.end() ? is_over_ && given_ == taken_
                                  : slot()->second.state != State::being_unpacked;
  });
  if (const auto found = slot(); found != slots_.end() && found->second.state == State::ready) {
    auto frame = std::move(found->second.frame);
    slots_.erase(found);
    ++given_;
    lock.unlock();
    changed_.notify_all();
    return frame;
  }
  const std::exception_ptr failure = slots_.empty() ? failure_ : nullptr;
  lock.unlock();
  end();
  if (failure) std::rethrow_exception(failure);
  return nullptr;
}

void FramesAhead::take_back(std::shared_ptr<Unpacked> frame) {
  if (frame.use_count() != 1) return;
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(frame));
}

std::string FramesAhead::left() {
  std::string all;
  for (const auto& [number, slot] : slots_) all += slot.frame->packed;
  slots_.clear();
  return all += std::exchange(packed_, {}).substr(std::exchange(at_, 0));
}

// Whatever needs memory was got when the frame was taken: nothing is thrown here.
void FramesAhead::run() {
  begin_heap();
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  while (Slot* const slot = take_packed()) {
    const bool holds = context != nullptr && unpack_frame(context.get(), *slot->frame);
    const std::lock_guard lock(mutex_);
    slot->state = holds ? State::ready : State::refused;
    changed_.notify_all();
    if (!holds) break;
  }
}

bool FramesAhead::has_refused() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const auto& one) { return one.second.state == State::refused; });
}

FramesAhead::Slot* FramesAhead::take_packed() {
  const std::lock_guard source_lock(source_mutex_);
  {
    std::unique_lock lock(mutex_);
    changed_.wait(
        lock, [this] { return taken_ - given_ < most_ahead_ || is_unwanted_ || is_over_ || has_refused(); });
    if (is_unwanted_ || is_over_ || has_refused()) return nullptr;
  }
  std::exception_ptr failure;
  try {
    if (const size_t size = packed_size(); size != 0) {
      auto frame = empty();
      frame->packed.assign(packed_, at_, size);
      const std::lock_guard lock(mutex_);
      Slot& slot = slots_[taken_];
      slot.frame = std::move(frame);
      ++taken_;
      at_ += size;
      return &slot;
    }
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  failure_ = failure;
  changed_.notify_all();
  return nullptr;
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

std::shared_ptr<FramesAhead::Unpacked> FramesAhead::empty() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto frame = std::move(idle_.back());
      idle_.pop_back();
      return frame;
    }
  }
  return std::make_shared<Unpacked>();
}

}  // namespace jireloc::bundles
