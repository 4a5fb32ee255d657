#include "depot/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <memory>

#include "jireloc/error.hpp"

namespace jireloc {
namespace {

// The functions of libarchive that are used here, found when they are needed: linking it would cost every
// start of the program more than looking into an image does.
struct Library {
  decltype(&archive_read_new) read_new;
  decltype(&archive_read_free) read_free;
  decltype(&archive_read_support_filter_all) support_filters;
  decltype(&archive_read_support_format_tar) support_tar;
  decltype(&archive_read_open_filename) open;
  decltype(&archive_read_next_header) next_header;
  decltype(&archive_read_data) read_data;
  decltype(&archive_error_string) error_string;
  decltype(&archive_entry_pathname) pathname;
  decltype(&archive_entry_filetype) filetype;
};

template <typename Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr)
    throw Error(ErrorKind::unsupported, fmt::format("libarchive.so.13 has no {}", name));
}

Library load_library() {
  void* const loaded = ::dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr)
    throw Error(ErrorKind::unsupported,
                "packed registries are read with libarchive, which is not installed (Debian: libarchive13); "
                "or unpack the registry and name its folder");
  Library library{};
  find(loaded, "archive_read_new", library.read_new);
  find(loaded, "archive_read_free", library.read_free);
  find(loaded, "archive_read_support_filter_all", library.support_filters);
  find(loaded, "archive_read_support_format_tar", library.support_tar);
  find(loaded, "archive_read_open_filename", library.open);
  find(loaded, "archive_read_next_header", library.next_header);
  find(loaded, "archive_read_data", library.read_data);
  find(loaded, "archive_error_string", library.error_string);
  find(loaded, "archive_entry_pathname", library.pathname);
  find(loaded, "archive_entry_filetype", library.filetype);
  return library;
}

const Library& library() {
  static const Library loaded = load_library();
  return loaded;
}

class Reader {
 public:
  Reader(const std::string& path, const ArchiveLimits& limits)
      : path_(path), limits_(limits), archive_(library().read_new(), library().read_free) {
    library().support_filters(archive_.get());
    library().support_tar(archive_.get());
    constexpr size_t block_size = 128 << 10;
    if (library().open(archive_.get(), path.c_str(), block_size) != ARCHIVE_OK) fail();
  }

  // False at the end.
  bool next() {
    const int result = library().next_header(archive_.get(), &entry_);
    if (result == ARCHIVE_EOF) return false;
    if (result < ARCHIVE_WARN) fail();
    if (++entries_ > limits_.most_entries)
      throw Error(ErrorKind::too_large, fmt::format("more than {} entries", limits_.most_entries), path_);
    return true;
  }

  // Empty where it is no regular file.
  std::string name() const {
    const char* text = library().pathname(entry_);
    std::string_view path = text == nullptr || library().filetype(entry_) != AE_IFREG ? "" : text;
    while (path.starts_with("./")) path.remove_prefix(2);
    return std::string(path);
  }

  std::string content() {
    std::string content;
    char buffer[64 << 10];
    for (;;) {
      const la_ssize_t got = library().read_data(archive_.get(), buffer, sizeof buffer);
      if (got < 0) fail();
      if (got == 0) return content;
      content.append(buffer, static_cast<size_t>(got));
      bytes_ += static_cast<uint64_t>(got);
      if (content.size() > limits_.most_bytes_an_entry || bytes_ > limits_.most_bytes)
        throw Error(ErrorKind::too_large, fmt::format("{} is larger than an archive's file may be", name()),
                    path_);
    }
  }

 private:
  [[noreturn]] void fail() const {
    const char* text = library().error_string(archive_.get());
    throw Error(ErrorKind::bad_value, fmt::format("not an archive that can be read: {}", text ? text : "?"),
                path_);
  }

  const std::string& path_;
  const ArchiveLimits& limits_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
  archive_entry* entry_ = nullptr;
  uint64_t entries_ = 0, bytes_ = 0;
};

}  // namespace

void for_each_archived_file(const std::string& path, const std::function<bool(std::string_view)>& wanted,
                            const std::function<void(const std::string&, const std::string&)>& use,
                            const ArchiveLimits& limits) {
  Reader reader(path, limits);
  while (reader.next()) {
    const std::string name = reader.name();
    if (!name.empty() && wanted(name)) use(name, reader.content());
  }
}

}  // namespace jireloc
