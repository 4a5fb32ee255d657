#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/output.hpp"

namespace jireloc::cli {

using std::chrono::steady_clock;

namespace {

// In the largest unit that leaves something to read: "1 h 05 min", "3 min 20 s", "8 s".
std::string time_left(double seconds) {
  const auto whole = static_cast<uint64_t>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string pace(uint64_t done, uint64_t total, double seconds) {
  constexpr double kTooEarly = 2, kLongest = 1000 * 3600.0;
  if (seconds < kTooEarly || done == 0) return "";
  const double rate = static_cast<double>(done) / seconds;
  std::string text = rate >= 10 ? fmt::format(", {:.0f}/s", rate) : fmt::format(", {:.1f}/s", rate);
  const double left = static_cast<double>(total - std::min(done, total)) / rate;
  if (total > done && left < kLongest) text += fmt::format(", {} left", time_left(left));
  return text;
}

}  // namespace

std::string progress_line(const std::string& things, uint64_t done, uint64_t total, uint64_t failed,
                          std::chrono::duration<double> elapsed) {
  std::string text;
  if (total == 0) {
    text = fmt::format("{} {}", done, things);
  } else {
    constexpr uint64_t width = 30;
    const uint64_t filled = std::min(width, done * width / total);
    text = fmt::format("[{:#<{}}{:.<{}}] {}/{} {}", "", filled, "", width - filled, done, total, things);
  }
  text += pace(done, total, elapsed.count());
  if (failed != 0) text += fmt::format(", {} failed", failed);
  return text;
}

// The first line comes late: runs that are over at once show none.
Progress::Progress(std::string things, uint64_t total)
    : things_(std::move(things)),
      total_(total),
      shown_(Console::instance().shows_progress()),
      begun_(shown_ ? steady_clock::now() : steady_clock::time_point()),
      drawn_(begun_ + std::chrono::milliseconds(200)) {}

void Progress::advance(ExitStatus status) {
  ++done_;
  if (status == ExitStatus::failed) ++failed_;
  if (host_ != nullptr) return host_->progress(things_, done_, total_, failed_);
  if (!shown_) return;
  const auto now = steady_clock::now();
  if (now < drawn_ + std::chrono::milliseconds(100)) return;
  drawn_ = now;
  Console::instance().progress(progress_line(things_, done_, total_, failed_, now - begun_));
}

void Progress::finish() {
  if (shown_) Console::instance().progress({});
}

}  // namespace jireloc::cli
