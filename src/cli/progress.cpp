#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.hpp"

namespace jireloc::cli {

using std::chrono::steady_clock;

// The first line comes late: runs that are over at once show none.
Progress::Progress(std::string things, uint64_t total)
    : things_(std::move(things)),
      total_(total),
      drawn_(steady_clock::now() + std::chrono::milliseconds(200)),
      shown_(Console::instance().shows_progress()) {}

void Progress::advance(ExitStatus status) {
  ++done_;
  if (status == ExitStatus::failed) ++failed_;
  if (!shown_) return;
  const auto now = steady_clock::now();
  if (now < drawn_ + std::chrono::milliseconds(100)) return;
  drawn_ = now;
  Console::instance().progress(line());
}

std::string Progress::line() const {
  std::string text;
  if (total_ == 0) {
    text = fmt::format("{} {}", done_, things_);
  } else {
    constexpr uint64_t width = 30;
    const uint64_t filled = std::min(width, done_ * width / total_);
    text = fmt::format("[{:#<{}}{:.<{}}] {}/{} {}", "", filled, "", width - filled, done_, total_, things_);
  }
  if (failed_ != 0) text += fmt::format(", {} failed", failed_);
  return text;
}

void Progress::finish() {
  if (shown_) Console::instance().progress({});
}

}  // namespace jireloc::cli
