#include "relocate/known_folders.hpp"

#include <dirent.h>

#include <algorithm>
#include <utility>

namespace jireloc::relocating {
namespace {

// Below packages, and below the versions of compiled: what lies above is where runs keep what is theirs.
bool is_lasting_place(std::string_view relative) {
  const auto slashes = std::count(relative.begin(), relative.end(), '/');
  return slashes == (relative.starts_with("compiled/") ? 2 : 1);
}

std::string text_of(const std::vector<FolderEntry>& entries) {
  std::string text;
  for (const FolderEntry& entry : entries) {
    text += static_cast<char>(entry.type);
    text.append(entry.name).append(1, '\0');
  }
  return text;
}

std::vector<FolderEntry> entries_in(const std::string& text) {
  std::vector<FolderEntry> entries;
  for (size_t at = 0; at < text.size(); at = text.find('\0', at + 1) + 1)
    entries.push_back({text.c_str() + at + 1, static_cast<unsigned char>(text[at])});
  return entries;
}

}  // namespace

KnownFolders::KnownFolders(const Marker& marker, const std::vector<ProvenFolder>& before,
                           KnowsFile knows_file)
    : marker_(marker), before_(before), knows_file_(std::move(knows_file)), kept_(before.size()) {
  for (uint32_t i = 0; i < before.size(); ++i) numbers_.emplace(before[i].relative, i);
}

std::vector<FolderEntry> KnownFolders::list(FileSystem& system, const Folder& folder,
                                            const std::string& relative) {
  const MarkTaken taken = is_lasting_place(relative) ? marker_.of_folder(folder) : MarkTaken{{}, false};
  std::vector<FolderEntry> entries = list_folder(system, folder.fd(), folder.path);
  const bool has_types = std::none_of(entries.begin(), entries.end(),
                                      [](const FolderEntry& entry) { return entry.type == DT_UNKNOWN; });
  if (taken.is_lasting && has_types) note(relative, taken, entries);
  return entries;
}

std::optional<std::vector<FolderEntry>> KnownFolders::find(const Folder& depot, const std::string& relative) {
  const auto number = numbers_.find(relative);
  if (number == numbers_.end()) return {};
  const ProvenFolder& folder = before_[number->second];
  if (marker_.of_folder(depot, relative) != folder.mark) return {};
  kept_[number->second] = true;
  return entries_in(folder.entries);
}

void KnownFolders::note(const std::string& relative, const MarkTaken& taken,
                        const std::vector<FolderEntry>& entries) {
  const std::lock_guard lock(mutex_);
  new_.insert_or_assign(relative, ProvenFolder{relative, text_of(entries), taken.mark});
}

std::vector<ProvenFolder> KnownFolders::now() const {
  std::vector<ProvenFolder> folders;
  for (size_t i = 0; i < before_.size(); ++i)
    if (kept_[i] && !new_.contains(before_[i].relative)) folders.push_back(before_[i]);
  for (const auto& [relative, folder] : new_) folders.push_back(folder);
  std::sort(folders.begin(), folders.end(),
            [](const ProvenFolder& a, const ProvenFolder& b) { return a.relative < b.relative; });
  return folders;
}

bool KnownFolders::is_as_before() const {
  return new_.empty() &&
         std::all_of(kept_.begin(), kept_.end(), [](const auto& kept) { return kept.load(); });
}

}  // namespace jireloc::relocating
