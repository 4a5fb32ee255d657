#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/host.hpp"
#include "cli/printable.hpp"
#include "cli/reasons.hpp"
#include "cli/signals.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t flush_at = 64 << 10;
constexpr std::string_view erase_line = "\r\x1b[K";

}  // namespace

int write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

Output::Output(int descriptor) : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1) {}

void Output::write(std::string_view text) {
  if (muted_) return;
  buffer_ += text;
  if (buffer_.size() >= flush_at || (terminal_ && text.find('\n') != std::string_view::npos)) flush();
}

void Output::flush() {
  const std::string pending = std::move(buffer_);
  buffer_.clear();  // given up on failure: a second flush on the way out must not fail again
  if (text_ != nullptr) {
    *text_ += pending;
    return;
  }
  const int failure = write_all(descriptor_, pending);
  if (failure == EPIPE) end_by_closed_pipe();
  if (failure != 0) throw Error::system(failure, "write", "standard output");
}

Console& Console::instance() {
  static Console console;
  return console;
}

Console::Console() {
  const char* terminal = std::getenv("TERM");
  progress_allowed_ = ::isatty(2) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

void Console::forbid_progress() noexcept {
  if (current_host() == nullptr) progress_allowed_ = false;
}

void Console::lines(std::string_view text) {
  if (text.empty()) return;
  if (Host* host = current_host()) return host->lines(text);
  const std::lock_guard lock(mutex_);
  if (progress_shown_) write_all(2, erase_line);
  progress_shown_ = false;
  write_all(2, text);  // where standard error is gone there is nowhere left to say so
}

void Console::progress(std::string_view text) {
  if (current_host() != nullptr) return;
  const std::lock_guard lock(mutex_);
  if (!progress_allowed_ || (text.empty() && !progress_shown_)) return;
  write_all(2, std::string(erase_line) + std::string(text));
  progress_shown_ = !text.empty();
}

std::string message_line(std::string_view file, std::string_view sentence) {
  std::string line = "jireloc: ";
  if (!file.empty()) line += printable(file) + ": ";
  return line + printable(sentence) + "\n";
}

std::string error_line(const Error& error) {
  return message_line(error.file(), sentence(error.reason()));
}

void reserve_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // Read-only for 1 and 2 and write-only for 0, so that using them fails as it would on a closed one.
    const int opened = ::open("/dev/null", (descriptor == 0 ? O_WRONLY : O_RDONLY));
    if (opened != descriptor) std::abort();
  }
}

}  // namespace jireloc::cli
