#include "jireloc/byte_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstring>

#include "bytes/file_io.hpp"
#include "bytes/has_status.hpp"
#include "bytes/reading.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

class MemorySource : public ByteSource {
 public:
  MemorySource(std::string_view bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}
  MemorySource(std::string&& bytes, std::string name)
      : own_(std::move(bytes)), bytes_(own_), name_(std::move(name)) {}
  uint64_t size() const noexcept override { return bytes_.size(); }
  const std::string& name() const noexcept override { return name_; }
  void read(uint64_t offset, char* buffer, size_t size) const override {
    if (offset > bytes_.size() || size > bytes_.size() - offset)
      throw Error(ErrorKind::truncated, fmt::format("{} bytes wanted behind the end", size), name_, offset);
    if (size != 0) std::memcpy(buffer, bytes_.data() + offset, size);
  }
  std::string_view in_memory() const noexcept override { return bytes_; }

 private:
  std::string own_;
  std::string_view bytes_;
  std::string name_;
};

class FileSource : public ByteSource, public HasStatus {
 public:
  FileSource(int fd, std::string name, CloseDescriptor close)
      : system_(reading_file_system()), fd_(fd), name_(std::move(name)), close_(std::move(close)) {
    // Owned from here on, whatever is wrong with it.
    try {
      status_ = stat_of(system_, fd_, name_);
      if (!S_ISREG(status_.st_mode)) throw Error(ErrorKind::unsupported, "is not a regular file", name_);
    } catch (...) {
      give_back();
      throw;
    }
  }
  ~FileSource() override { give_back(); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  uint64_t size() const noexcept override { return static_cast<uint64_t>(status_.st_size); }
  const std::string& name() const noexcept override { return name_; }
  int descriptor() const noexcept override { return fd_; }
  const struct stat& status() const noexcept override { return status_; }
  // pread and not a mapping: a file that somebody truncates meanwhile must be an error, not a SIGBUS.
  void read(uint64_t offset, char* buffer, size_t size) const override {
    while (size > 0) {
      const ssize_t got =
          checked(retried([&] { return system_.read_at(fd_, buffer, size, static_cast<off_t>(offset)); }),
                  "pread", name_);
      if (got == 0)
        throw Error(ErrorKind::truncated, fmt::format("the file ends; {} more bytes were wanted", size),
                    name_, offset);
      buffer += got;
      offset += static_cast<uint64_t>(got);
      size -= static_cast<size_t>(got);
    }
  }

 private:
  void give_back() noexcept { close_ ? close_(fd_) : static_cast<void>(system_.close(fd_)); }

  FileSystem& system_;
  int fd_;
  struct stat status_ {};
  std::string name_;
  CloseDescriptor close_;
};

// A file whose bytes were read when it was opened; its descriptor remains for its metadata.
class LoadedSource : public MemorySource {
 public:
  // `bytes` are all of the file's.
  LoadedSource(std::unique_ptr<ByteSource> file, std::unique_ptr<char[]> bytes)
      : MemorySource(std::string_view(bytes.get(), file->size()), file->name()),
        file_(std::move(file)),
        bytes_(std::move(bytes)) {}
  int descriptor() const noexcept override { return file_->descriptor(); }

 private:
  std::unique_ptr<ByteSource> file_;
  std::unique_ptr<char[]> bytes_;
};

class LoadedFile final : public LoadedSource, public HasStatus {
 public:
  LoadedFile(const struct stat& status, std::unique_ptr<ByteSource> file, std::unique_ptr<char[]> bytes)
      : LoadedSource(std::move(file), std::move(bytes)), status_(status) {}
  const struct stat& status() const noexcept override { return status_; }

 private:
  const struct stat status_;
};

}  // namespace

std::string ByteSource::read_string(uint64_t offset, size_t size) const {
  std::string bytes(size, '\0');
  read(offset, bytes.data(), size);
  return bytes;
}

std::unique_ptr<ByteSource> open_file(const std::string& path) {
  // O_NONBLOCK: a FIFO in place of a file must not block us before we have looked at what it is.
  constexpr int kFlags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
  FileSystem& system = reading_file_system();
  const int fd = checked(retried([&] { return system.open(AT_FDCWD, path.c_str(), kFlags); }), "open", path);
  return open_descriptor(fd, path);
}

std::unique_ptr<ByteSource> load(std::unique_ptr<ByteSource> file, uint64_t largest) {
  if (file->size() == 0 || file->size() > largest || !file->in_memory().empty()) return file;
  auto bytes = std::make_unique_for_overwrite<char[]>(file->size());
  file->read(0, bytes.get(), file->size());
  if (const auto* opened = dynamic_cast<const HasStatus*>(file.get()))
    return std::make_unique<LoadedFile>(opened->status(), std::move(file), std::move(bytes));
  return std::make_unique<LoadedSource>(std::move(file), std::move(bytes));
}

std::unique_ptr<ByteSource> open_descriptor(int fd, std::string name, CloseDescriptor close) {
  return std::make_unique<FileSource>(fd, std::move(name), std::move(close));
}

std::unique_ptr<ByteSource> view_bytes(std::string_view bytes, std::string name) {
  return std::make_unique<MemorySource>(bytes, std::move(name));
}

std::unique_ptr<ByteSource> own_bytes(std::string bytes, std::string name) {
  return std::make_unique<MemorySource>(std::move(bytes), std::move(name));
}

}  // namespace jireloc
