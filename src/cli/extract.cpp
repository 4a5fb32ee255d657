#include "cli/extract.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "cli/output.hpp"
#include "jireloc/byte_source.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;

class Descriptor {
 public:
  explicit Descriptor(int descriptor = -1) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void fail(int error, std::string_view call, const std::string& path) {
  // With O_NOFOLLOW these two are how a symbolic link shows.
  if (error == ELOOP || error == ENOTDIR) {
    throw Error(ErrorKind::conflict, "a symbolic link or a file stands where a folder or new file belongs",
                path);
  }
  throw Error::system(error, call, path);
}

Descriptor enter_folder(int parent, const std::string& name, const std::string& path) {
  if (::mkdirat(parent, name.c_str(), 0777) != 0 && errno != EEXIST) fail(errno, "mkdir", path);
  const int opened = ::openat(parent, name.c_str(), folder_flags);
  if (opened < 0) fail(errno, "open", path);
  return Descriptor(opened);
}

// True if the existing file holds just this text.
bool holds(int folder, const std::string& name, std::string_view text, const std::string& path) {
  const int opened = ::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (opened < 0) fail(errno, "open", path);
  const std::unique_ptr<ByteSource> existing = open_descriptor(opened, path);
  return existing->size() == text.size() && existing->read_string(0, text.size()) == text;
}

// Takes the root off a recorded name and says what folder stands for it.
std::string take_root(std::string_view& rest, bool windows) {
  constexpr std::string_view depot = "@depot";
  if (rest.starts_with(depot) &&
      (rest.size() == depot.size() || paths::is_separator(rest[depot.size()], windows))) {
    rest.remove_prefix(depot.size());
    return "depot";
  }
  if (windows && (rest.starts_with("\\\\") || rest.starts_with("//"))) return "unc";
  if (windows && paths::is_windows_path(rest)) {
    std::string name = fmt::format("drive-{}", rest[0]);
    rest.remove_prefix(2);
    return name;
  }
  return !rest.empty() && paths::is_separator(rest[0], windows) ? "root" : "relative";
}

}  // namespace

std::vector<std::string> extraction_path(std::string_view recorded, bool windows) {
  const auto refuse = [&](std::string_view why) {
    throw Error(ErrorKind::bad_value,
                fmt::format("the source name '{}' is not extracted: {}", recorded, why));
  };
  if (recorded.find('\0') != std::string_view::npos) refuse("it holds a NUL byte");
  std::string_view rest = recorded;
  std::vector<std::string> components{take_root(rest, windows)};
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of(windows ? "/\\" : "/"), rest.size());
    const std::string_view component = rest.substr(0, end);
    if (component == "..") refuse("it holds a '..'");
    if (!component.empty() && component != ".") components.emplace_back(component);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (components.size() < 2) refuse("it names no file");
  return components;
}

ExtractionFolder::ExtractionFolder(std::string path) : path_(std::move(path)) {
  if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) throw Error::system(errno, "mkdir", path_);
  // Given by name, so a symbolic link is followed here, and only here.
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) throw Error::system(errno, "open", path_);
}

ExtractionFolder::~ExtractionFolder() {
  ::close(descriptor_);
}

void ExtractionFolder::write(const std::vector<std::string>& components, std::string_view text) {
  Descriptor folder(::fcntl(descriptor_, F_DUPFD_CLOEXEC, 3));
  if (folder.get() < 0) throw Error::system(errno, "dup", path_);
  std::string path = path_;
  for (size_t i = 0; i + 1 < components.size(); ++i) {
    path += "/" + components[i];
    folder = enter_folder(folder.get(), components[i], path);
  }
  const std::string& name = components.back();
  path += "/" + name;
  const Descriptor file(::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0 && errno == EEXIST) {
    if (holds(folder.get(), name, text, path)) return;
    throw Error(ErrorKind::conflict, "exists already, and is not this source text", path);
  }
  if (file.get() < 0) throw Error::system(errno, "create", path);
  try {
    if (const int failure = write_all(file.get(), text)) throw Error::system(failure, "write", path);
  } catch (const Error&) {
    ::unlinkat(folder.get(), name.c_str(), 0);
    throw;
  }
}

std::vector<std::string> ExtractionFolder::extract(const CacheFile& file) {
  const bool windows = paths::is_windows_system(file.prefix.uname);
  std::vector<std::vector<std::string>> places;
  places.reserve(file.source_texts.size());
  for (const SourceText& source : file.source_texts) places.push_back(extraction_path(source.path, windows));
  std::vector<std::string> paths;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < places.size(); ++i) {
    write(places[i], file.text(file.source_texts[i]));
    paths.push_back(fmt::format("{}/{}", path_, fmt::join(places[i], "/")));
  }
  return paths;
}

}  // namespace jireloc::cli
