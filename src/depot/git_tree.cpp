// libcrypto's SHA1_Update is marked deprecated for new uses of the hash; git's trees are an old one.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "depot/git_tree.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "bytes/tree_walk.hpp"
#include "depot/julia_string.hpp"

namespace jireloc {
namespace {

// Paths of what is outside of a tree that are named.
constexpr size_t most_named = 3;
// As git spells them.
constexpr std::string_view kNormal = "100644", kExecutable = "100755", kLink = "120000", kDirectory = "40000";

Sha1 stated_blob(std::string_view content, uint64_t stated_size) {
  GitObject object;
  object.start("blob", stated_size);
  object.add(content);
  return object.finish();
}

}  // namespace

// The plain functions and not EVP: setting up a digest costs as much there as hashing a small source, and
// only what is called here gets into a static build.
GitObject::GitObject() : state_(std::make_unique<SHA_CTX>()) {}
GitObject::~GitObject() = default;

void GitObject::start(std::string_view type, uint64_t size) {
  SHA1_Init(state_.get());
  add(fmt::format("{} {}", type, size));
  add(std::string_view("\0", 1));
}

void GitObject::add(std::string_view bytes) {
  SHA1_Update(state_.get(), bytes.data(), bytes.size());
}

Sha1 GitObject::finish() {
  Sha1 hash;
  SHA1_Final(hash.data(), state_.get());
  return hash;
}

Sha1 git_blob(std::string_view content) {
  return stated_blob(content, content.size());
}

// Git's order: folders as if their name ended in a slash.
bool GitTree::is_before(const Entry& a, const Entry& b) noexcept {
  const size_t common = std::min(a.name.size(), b.name.size());
  if (const int order = std::memcmp(a.name.data(), b.name.data(), common); order != 0) return order < 0;
  const auto next = [common](const Entry& entry) -> int {
    if (entry.name.size() > common) return static_cast<unsigned char>(entry.name[common]);
    return entry.mode == kDirectory ? '/' : -1;
  };
  return next(a) < next(b);
}

bool GitTree::differs(const Open& folder) {
  return std::any_of(folder.entries.begin(), folder.entries.end(),
                     [](const Entry& entry) { return entry.hash != entry.quirk; });
}

size_t GitTree::add_folder(size_t parent, const std::string& name) {
  const Open& above = folders_[parent];
  Open folder{join_path(above.relative, name), parent, above.depth + 1};
  depth_ = std::max(depth_, folder.depth);
  ++entries_;
  folders_.push_back(std::move(folder));
  return folders_.size() - 1;
}

void GitTree::add(size_t folder, Entry entry) {
  ++entries_;
  ++total_.files;
  folders_[folder].entries.push_back(std::move(entry));
  folders_[folder].has_files = true;
}

void GitTree::add_file(size_t folder, std::string name, bool is_executable, const Sha1& blob, uint64_t size) {
  add(folder, {std::move(name), is_executable ? kExecutable : kNormal, blob, blob});
  total_.bytes += size;
}

void GitTree::add_link(size_t folder, std::string name, std::string_view text) {
  const Sha1 blob = git_blob(text);
  const size_t characters = julia_length(text);
  add(folder,
      {std::move(name), kLink, blob, characters == text.size() ? blob : stated_blob(text, characters)});
  total_.bytes += text.size();
}

void GitTree::add_git(size_t folder, bool is_folder) {
  (is_folder ? folders_[folder].has_git_folder : folders_[folder].has_files) = true;
  total_.outside.git = true;
  note_outside(join_path(folders_[folder].relative, ".git"));
}

// A finished folder becomes an entry of the one that holds it.
void GitTree::hand_up(size_t number, const std::function<bool(const std::string&)>& has_files) {
  Open& folder = folders_[number];
  if (folder.has_git_folder && !folder.has_files)
    folder.has_files = has_files && has_files(join_path(folder.relative, ".git"));
  if (!folder.has_files) return;
  Entry entry;
  entry.name = split_path(folder.relative).name;
  entry.mode = kDirectory;
  entry.hash = tree_object(folder, &Entry::hash);
  entry.quirk = differs(folder) ? tree_object(folder, &Entry::quirk) : entry.hash;
  folder.entries = {};
  folders_[folder.parent].entries.push_back(std::move(entry));
  folders_[folder.parent].has_files = true;
}

void GitTree::note_outside(const std::string& relative) {
  ++total_.outside.count;
  if (total_.outside.first.size() < most_named) total_.outside.first.push_back(relative);
}

void GitTree::note_empty_folders() {
  for (size_t i = 1; i < folders_.size(); ++i) {
    const Open& folder = folders_[i];
    if (!folder.has_files && !folder.has_git_folder &&
        (folder.parent == 0 || folders_[folder.parent].has_files))
      note_outside(folder.relative);
  }
}

Sha1 GitTree::tree_object(Open& folder, Sha1 Entry::*hash) {
  std::sort(folder.entries.begin(), folder.entries.end(), is_before);
  uint64_t size = 0;
  for (const Entry& entry : folder.entries) size += entry.mode.size() + 1 + entry.name.size() + 1 + 20;
  object_.start("tree", size);
  std::string line;
  for (const Entry& entry : folder.entries) {
    line.assign(entry.mode).append(1, ' ').append(entry.name).append(1, '\0');
    line.append(reinterpret_cast<const char*>((entry.*hash).data()), 20);
    object_.add(line);
  }
  return object_.finish();
}

TreeHash GitTree::finish(const std::function<bool(const std::string& relative)>& has_files) {
  for (size_t i = folders_.size() - 1; i > 0; --i) hand_up(i, has_files);
  note_empty_folders();
  Open& root = folders_.front();
  total_.hash = tree_object(root, &Entry::hash);
  if (differs(root)) total_.quirk = tree_object(root, &Entry::quirk);
  return std::move(total_);
}

}  // namespace jireloc
