#include "cli/result_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

void write_whole(int descriptor, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw Error::system(errno, "write", path);
    text.remove_prefix(static_cast<size_t>(written));
  }
}

// Beside the file, then renamed: somebody may be looking at the one that is there.
void replace_file(const std::string& path, std::string_view text) {
  const std::string temporary = fmt::format("{}.jireloc-{}", path, ::getpid());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) throw Error::system(errno, "create", path);
  try {
    write_whole(descriptor, text, path);
    if (::fsync(descriptor) != 0 && errno != EINVAL) throw Error::system(errno, "fsync", path);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw Error::system(errno, "rename", path);
  } catch (const Error&) {
    ::close(descriptor);
    ::unlink(temporary.c_str());
    throw;
  }
  ::close(descriptor);
}

}  // namespace

void write_result(const CommandLine& line, Output& out, std::string_view text) {
  const std::string path = line.get("output");
  if (path.empty() || path == "-") return out.write(text);
  replace_file(path, text);
}

}  // namespace jireloc::cli
