// libcrypto's SHA1_Update is marked deprecated for new uses of the hash; git's trees are an old one.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "jireloc/tree_hash.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "bytes/folders.hpp"
#include "depot/julia_string.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr int max_depth = 128;
constexpr size_t buffer_size = 256 << 10;

class Fd {
 public:
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// The plain functions and not EVP: setting up a digest costs as much there as hashing a small source, and
// only what is called here gets into a static build.
class Sha1Digest {
 public:
  void start(std::string_view type, uint64_t size) {
    SHA1_Init(&state_);
    add(fmt::format("{} {}", type, size));
    add(std::string_view("\0", 1));
  }
  void add(std::string_view bytes) { SHA1_Update(&state_, bytes.data(), bytes.size()); }
  Sha1 finish() {
    Sha1 hash;
    SHA1_Final(hash.data(), &state_);
    return hash;
  }

 private:
  SHA_CTX state_;
};

enum class Mode { normal, executable, link, directory };

std::string_view text(Mode mode) noexcept {
  switch (mode) {
    case Mode::normal:
      return "100644";
    case Mode::executable:
      return "100755";
    case Mode::link:
      return "120000";
    case Mode::directory:
      return "40000";
  }
  return {};
}

struct Entry {
  std::string name;
  Mode mode = Mode::normal;
  Sha1 hash{};
  Sha1 quirk{};
};

// Git's order: folders as if their name ended in a slash.
bool before(const Entry& a, const Entry& b) noexcept {
  const size_t common = std::min(a.name.size(), b.name.size());
  if (const int order = std::memcmp(a.name.data(), b.name.data(), common); order != 0) return order < 0;
  const auto next = [common](const Entry& entry) -> int {
    if (entry.name.size() > common) return static_cast<unsigned char>(entry.name[common]);
    return entry.mode == Mode::directory ? '/' : -1;
  };
  return next(a) < next(b);
}

int open_directory(int parent, const std::string& name, int extra_flags, const std::string& path) {
  const int fd = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | extra_flags);
  if (fd < 0) throw Error::system(errno, "open", path);
  return fd;
}

std::vector<FolderEntry> entries_of(const Fd& directory, const std::string& path) {
  return list_folder(real_file_system(), directory.get(), path);
}

unsigned char type_of(int dir_fd, const FolderEntry& entry, const std::string& path) {
  if (entry.type != DT_UNKNOWN) return entry.type;
  struct stat st;
  if (::fstatat(dir_fd, entry.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    throw Error::system(errno, "stat", path + "/" + entry.name);
  }
  return static_cast<unsigned char>(IFTODT(st.st_mode));
}

void check_depth(int depth, const std::string& path) {
  if (depth > max_depth) {
    throw Error(ErrorKind::too_large, fmt::format("folders are nested deeper than {} levels", max_depth),
                path);
  }
}

// GitTools.contains_files: looks into .git too.
bool contains_files(const Fd& directory, const std::string& path, int depth) {
  check_depth(depth, path);
  for (const FolderEntry& entry : entries_of(directory, path)) {
    if (type_of(directory.get(), entry, path) != DT_DIR) return true;
    const std::string below = path + "/" + entry.name;
    const Fd inner(open_directory(directory.get(), entry.name, O_NOFOLLOW, below));
    if (contains_files(inner, below, depth + 1)) return true;
  }
  return false;
}

class Hasher {
 public:
  TreeHash run(const std::string& directory) {
    const Subtree root = tree(Fd(open_directory(AT_FDCWD, directory, 0, directory)), directory, 0);
    total_.hash = root.hash;
    if (root.quirk != root.hash) total_.quirk = root.quirk;
    return total_;
  }

 private:
  struct Subtree {
    Sha1 hash{}, quirk{};
    bool has_files = false;
  };

  Subtree tree(const Fd& directory, const std::string& path, int depth) {
    check_depth(depth, path);
    std::vector<Entry> entries;
    Subtree result;
    bool has_git_folder = false;
    for (FolderEntry& found : entries_of(directory, path)) {
      const unsigned char type = type_of(directory.get(), found, path);
      if (found.name == ".git") {
        (type == DT_DIR ? has_git_folder : result.has_files) = true;
        continue;
      }
      if (auto entry = hash_entry(directory.get(), std::move(found.name), type, path, depth)) {
        entries.push_back(std::move(*entry));
        result.has_files = true;
      }
    }
    if (has_git_folder && !result.has_files && depth > 0) {
      const std::string git = path + "/.git";
      result.has_files =
          contains_files(Fd(open_directory(directory.get(), ".git", O_NOFOLLOW, git)), git, depth + 1);
    }
    std::sort(entries.begin(), entries.end(), before);
    result.hash = tree_object(entries, &Entry::hash);
    const bool differs =
        std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return e.hash != e.quirk; });
    result.quirk = differs ? tree_object(entries, &Entry::quirk) : result.hash;
    return result;
  }

  std::optional<Entry> hash_entry(int dir_fd, std::string name, unsigned char type, const std::string& path,
                                  int depth) {
    Entry entry;
    entry.name = std::move(name);
    switch (type) {
      case DT_DIR: {
        const std::string below = path + "/" + entry.name;
        const Subtree subtree =
            tree(Fd(open_directory(dir_fd, entry.name, O_NOFOLLOW, below)), below, depth + 1);
        if (!subtree.has_files) return std::nullopt;
        entry.mode = Mode::directory;
        entry.hash = subtree.hash;
        entry.quirk = subtree.quirk;
        return entry;
      }
      case DT_LNK:
        hash_link(dir_fd, entry, path);
        return entry;
      case DT_REG:
        hash_file(dir_fd, entry, path);
        return entry;
      default:
        throw Error(ErrorKind::unsupported, "a socket, pipe or device has no git tree hash",
                    path + "/" + entry.name);
    }
  }

  void hash_link(int dir_fd, Entry& entry, const std::string& path) {
    char target[4096];
    const ssize_t size = ::readlinkat(dir_fd, entry.name.c_str(), target, sizeof target);
    if (size < 0) throw Error::system(errno, "readlink", path + "/" + entry.name);
    const std::string_view text(target, static_cast<size_t>(size));
    entry.mode = Mode::link;
    entry.hash = blob(text, text.size());
    const size_t characters = julia_length(text);
    entry.quirk = characters == text.size() ? entry.hash : blob(text, characters);
    ++total_.files;
    total_.bytes += text.size();
  }

  Sha1 blob(std::string_view content, uint64_t stated_size) {
    digest_.start("blob", stated_size);
    digest_.add(content);
    return digest_.finish();
  }

  void hash_file(int dir_fd, Entry& entry, const std::string& path) {
    // O_NONBLOCK: a pipe put in the file's place must not stop us.
    const Fd fd(
        ::openat(dir_fd, entry.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd.get() < 0) throw Error::system(errno, "open", path + "/" + entry.name);
    struct stat st;
    if (::fstat(fd.get(), &st) != 0) throw Error::system(errno, "stat", path + "/" + entry.name);
    if (!S_ISREG(st.st_mode)) {
      throw Error(ErrorKind::unsupported, "is no longer a regular file", path + "/" + entry.name);
    }
    entry.mode = (st.st_mode & S_IXUSR) != 0 ? Mode::executable : Mode::normal;
    const auto size = static_cast<uint64_t>(st.st_size);
    digest_.start("blob", size);
    if (add_content(fd.get(), size, path, entry.name) != size) {
      throw Error(ErrorKind::io, "changed while it was read", path + "/" + entry.name);
    }
    entry.hash = entry.quirk = digest_.finish();
    ++total_.files;
    total_.bytes += size;
  }

  // Reads to the end, one byte more than expected at most; small files take one call.
  uint64_t add_content(int fd, uint64_t expected, const std::string& path, const std::string& name) {
    uint64_t done = 0;
    while (done < expected) {
      const ssize_t got = ::read(fd, buffer_.get(), buffer_size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw Error::system(errno, "read", fmt::format("{}/{}", path, name));
      if (got == 0) break;
      digest_.add({buffer_.get(), static_cast<size_t>(got)});
      done += static_cast<uint64_t>(got);
    }
    return done;
  }

  Sha1 tree_object(const std::vector<Entry>& entries, Sha1 Entry::*hash) {
    uint64_t size = 0;
    for (const Entry& entry : entries) size += text(entry.mode).size() + 1 + entry.name.size() + 1 + 20;
    digest_.start("tree", size);
    std::string line;
    for (const Entry& entry : entries) {
      line.assign(text(entry.mode)).append(1, ' ').append(entry.name).append(1, '\0');
      line.append(reinterpret_cast<const char*>((entry.*hash).data()), 20);
      digest_.add(line);
    }
    return digest_.finish();
  }

  Sha1Digest digest_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  TreeHash total_;
};

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

TreeHash tree_hash(const std::string& directory) {
  return Hasher().run(directory);
}

std::string sha1_text(const Sha1& hash) {
  std::string text;
  for (const uint8_t byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

std::optional<Sha1> parse_sha1(std::string_view text) noexcept {
  if (text.size() != 40) return std::nullopt;
  Sha1 hash;
  for (size_t i = 0; i < hash.size(); ++i) {
    const int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return hash;
}

}  // namespace jireloc
