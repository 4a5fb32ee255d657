// Tree hashes: the input makes up a folder on disk, whose hash is held against one computed from the model.
#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "fuzz/targets.hpp"
#include "jireloc/error.hpp"
#include "jireloc/tree_hash.hpp"
#include "support/chooser.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::fuzz {
namespace {

struct Node {
  char kind = 'f';      // f file, x executable, l link, d folder
  std::string content;  // of a file; target of a link
  std::map<std::string, Node> below;
  // As Pkg asks (GitTools.contains_files): what lies in a .git counts.
  bool has_files() const {
    return kind != 'd' || std::any_of(below.begin(), below.end(),
                                      [](const auto& entry) { return entry.second.has_files(); });
  }
};

std::string entry_name(test::ByteChooser& choose) {
  if (choose.one_in(12)) return ".git";
  std::string name = choose.bytes(1 + choose.below(5));
  std::replace(name.begin(), name.end(), '/', 's');
  std::replace(name.begin(), name.end(), '\0', 'n');
  return name == "." || name == ".." ? "dots" : name;
}

Node folder(test::ByteChooser& choose, int depth) {
  Node node{'d', {}, {}};
  for (uint64_t count = choose.below(5); count > 0 && !choose.empty(); --count) {
    const std::string name = entry_name(choose);
    if (depth < 4 && choose.one_in(4)) {
      node.below[name] = folder(choose, depth + 1);
      continue;
    }
    Node entry;
    entry.kind = "fxl"[choose.below(3)];
    entry.content = choose.bytes(choose.below(20));
    if (entry.kind == 'l') {
      // Only ASCII: for others Pkg has a hash of its own.
      for (char& c : entry.content) c = static_cast<char>('a' + static_cast<unsigned char>(c) % 26);
      if (entry.content.empty()) entry.content = "t";
    }
    node.below[name] = entry;
  }
  return node;
}

void write(const Node& node, const std::string& path) {
  if (node.kind == 'd') {
    require(::mkdir(path.c_str(), 0755) == 0, "a folder can be made");
    for (const auto& [name, entry] : node.below) write(entry, path + "/" + name);
  } else if (node.kind == 'l') {
    require(::symlink(node.content.c_str(), path.c_str()) == 0, "a link can be made");
  } else {
    const int fd =
        ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, node.kind == 'x' ? 0755 : 0644);
    require(fd >= 0, "a file can be made");
    const bool whole =
        ::write(fd, node.content.data(), node.content.size()) == static_cast<ssize_t>(node.content.size());
    ::close(fd);
    require(whole, "a file can be written");
  }
}

std::string git_object(const std::string& type, const std::string& content) {
  const std::string whole = type + " " + std::to_string(content.size()) + '\0' + content;
  unsigned char hash[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), hash);
  return {reinterpret_cast<const char*>(hash), sizeof hash};
}

// Git sorts folders as if their names ended in a slash.
std::string model_hash(const Node& node) {
  if (node.kind != 'd') return git_object("blob", node.content);
  std::map<std::string, std::string> lines;
  for (const auto& [name, entry] : node.below) {
    if (name == ".git" || !entry.has_files()) continue;
    const char* mode = entry.kind == 'd'   ? "40000 "
                       : entry.kind == 'x' ? "100755 "
                       : entry.kind == 'l' ? "120000 "
                                           : "100644 ";
    lines[entry.kind == 'd' ? name + "/" : name] = mode + name + '\0' + model_hash(entry);
  }
  std::string content;
  for (const auto& [key, line] : lines) content += line;
  return git_object("tree", content);
}

}  // namespace

void tree(std::string_view data) {
  test::ByteChooser choose(data);
  const Node model = folder(choose, 0);
  const test::TempFolder scratch;
  write(model, scratch / "tree");
  const std::string expected = model_hash(model);
  const Sha1 computed = tree_hash(scratch / "tree").hash;
  require(std::equal(computed.begin(), computed.end(), expected.begin(),
                     [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); }),
          "a folder's hash is git's");
}

}  // namespace jireloc::fuzz
