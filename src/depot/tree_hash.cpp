// libcrypto's SHA1_Update is marked deprecated for new uses of the hash; git's trees are an old one.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "jireloc/tree_hash.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "bytes/folders.hpp"
#include "bytes/reading.hpp"
#include "depot/julia_string.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr int max_depth = 128;
constexpr size_t buffer_size = 256 << 10;

// Folders that stay open while what is below them is read. Deeper ones are closed meanwhile and entered again
// through "..", so that no tree, however deep, takes more descriptors than this and three.
constexpr int held_depth = 2;

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

FileSystem& files() {
  return reading_file_system();
}

Descriptor open_directory(int parent, const std::string& name, int extra_flags, const std::string& path) {
  const int flags = O_RDONLY | O_DIRECTORY | extra_flags;
  return {files(), checked(retried([&] { return files().open(parent, name.c_str(), flags); }), "open", path)};
}

// An open folder on the way down.
class Level {
 public:
  Level(Descriptor folder, const std::string& path, int depth)
      : folder_(std::move(folder)), path_(path), depth_(depth) {}

  int fd() const noexcept { return folder_.get(); }
  const std::string& path() const noexcept { return path_; }
  int depth() const noexcept { return depth_; }

  // Calls use(level) for the folder `name` in this one.
  template <typename Use>
  void enter(const std::string& name, Use use) {
    const std::string below = path_ + "/" + name;
    Level inner(open_directory(folder_.get(), name, O_NOFOLLOW, below), below, depth_ + 1);
    if (depth_ < held_depth) return use(inner);
    const struct stat own = stat_of(files(), folder_.get(), path_);
    folder_.close();
    use(inner);
    folder_ = open_directory(inner.fd(), "..", 0, path_);
    const struct stat now = stat_of(files(), folder_.get(), path_);
    if (own.st_dev != now.st_dev || own.st_ino != now.st_ino)
      throw Error(ErrorKind::io, "was moved while it was read", below);
  }

 private:
  Descriptor folder_;
  const std::string& path_;
  int depth_;
};

std::vector<FolderEntry> entries_of(const Level& level) {
  return list_folder(files(), level.fd(), level.path());
}

unsigned char type_of(const Level& level, const FolderEntry& entry) {
  if (entry.type != DT_UNKNOWN) return entry.type;
  const std::string path = level.path() + "/" + entry.name;
  const auto info = find_entry(files(), level.fd(), entry.name, path);
  if (!info) throw Error::system(ENOENT, "stat", path);
  return static_cast<unsigned char>(IFTODT(info->st_mode));
}

void check_depth(int depth, const std::string& path) {
  if (depth > max_depth) {
    throw Error(ErrorKind::too_large, fmt::format("folders are nested deeper than {} levels", max_depth),
                path);
  }
}

// GitTools.contains_files: looks into .git too.
bool contains_files(Level& level) {
  check_depth(level.depth(), level.path());
  for (const FolderEntry& entry : entries_of(level)) {
    if (type_of(level, entry) != DT_DIR) return true;
    bool found = false;
    level.enter(entry.name, [&](Level& inner) { found = contains_files(inner); });
    if (found) return true;
  }
  return false;
}

class Hasher {
 public:
  TreeHash run(const std::string& directory) {
    Level top(open_directory(AT_FDCWD, directory, 0, directory), directory, 0);
    const Subtree root = tree(top);
    total_.hash = root.hash;
    if (root.quirk != root.hash) total_.quirk = root.quirk;
    return total_;
  }

 private:
  struct Subtree {
    Sha1 hash{}, quirk{};
    bool has_files = false;
  };

  Subtree tree(Level& level) {
    check_depth(level.depth(), level.path());
    std::vector<Entry> entries;
    Subtree result;
    bool has_git_folder = false;
    for (FolderEntry& found : entries_of(level)) {
      const unsigned char type = type_of(level, found);
      if (found.name == ".git") {
        (type == DT_DIR ? has_git_folder : result.has_files) = true;
        continue;
      }
      if (auto entry = hash_entry(level, std::move(found.name), type)) {
        entries.push_back(std::move(*entry));
        result.has_files = true;
      }
    }
    if (has_git_folder && !result.has_files && level.depth() > 0)
      level.enter(".git", [&](Level& git) { result.has_files = contains_files(git); });
    std::sort(entries.begin(), entries.end(), before);
    result.hash = tree_object(entries, &Entry::hash);
    const bool differs =
        std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return e.hash != e.quirk; });
    result.quirk = differs ? tree_object(entries, &Entry::quirk) : result.hash;
    return result;
  }

  std::optional<Entry> hash_entry(Level& level, std::string name, unsigned char type) {
    Entry entry;
    entry.name = std::move(name);
    switch (type) {
      case DT_DIR: {
        Subtree subtree;
        level.enter(entry.name, [&](Level& inner) { subtree = tree(inner); });
        if (!subtree.has_files) return std::nullopt;
        entry.mode = Mode::directory;
        entry.hash = subtree.hash;
        entry.quirk = subtree.quirk;
        return entry;
      }
      case DT_LNK:
        hash_link(level.fd(), entry, level.path());
        return entry;
      case DT_REG:
        hash_file(level.fd(), entry, level.path());
        return entry;
      default:
        throw Error(ErrorKind::unsupported, "a socket, pipe or device has no git tree hash",
                    level.path() + "/" + entry.name);
    }
  }

  void hash_link(int dir_fd, Entry& entry, const std::string& path) {
    char target[4096];
    const ssize_t size =
        checked(retried([&] { return files().read_link(dir_fd, entry.name.c_str(), target, sizeof target); }),
                "readlink", path + "/" + entry.name);
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
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    const int opened = retried([&] { return files().open(dir_fd, entry.name.c_str(), kFlags); });
    if (opened < 0) throw Error::system(-opened, "open", path + "/" + entry.name);
    const Descriptor fd(files(), opened);
    struct stat st {};
    if (const int result = retried([&] { return files().stat(fd.get(), st); }); result < 0)
      throw Error::system(-result, "fstat", path + "/" + entry.name);
    if (!S_ISREG(st.st_mode)) {
      throw Error(ErrorKind::io, "is no longer a regular file", path + "/" + entry.name);
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
      const ssize_t got = retried([&] { return files().read(fd, buffer_.get(), buffer_size); });
      if (got < 0) throw Error::system(static_cast<int>(-got), "read", fmt::format("{}/{}", path, name));
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
