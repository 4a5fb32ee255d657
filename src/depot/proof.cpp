#include "jireloc/proof.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/names.hpp"
#include "base/work.hpp"
#include "bytes/folders.hpp"
#include "bytes/reading.hpp"
#include "bytes/windows.hpp"
#include "depot/git_tree.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/environment.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr size_t chunk_size = 256 << 10;

Proof proven(Proof::How how) {
  return {how, false, false, {}};
}
Proof unproven(std::string reason, bool absent = false) {
  return {Proof::How::none, absent, false, std::move(reason)};
}
Proof unknown(std::string reason, Fix fix = {}) {
  return {Proof::How::none, false, true, std::move(reason), std::move(fix)};
}

// Shows a file piece by piece until `use` says false; gives whether it did not.
bool all_of_file(const std::string& path, const std::function<bool(const bytes::Window&)>& use) {
  const auto source = open_file(path);
  return bytes::all_of_windows(*source, bytes::whole(*source), 0, [&](const bytes::Window& window) {
    spend_hashed(window.bytes.size(), path);
    return use(window);
  });
}

Descriptor open_to_read(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
  FileSystem& system = reading_file_system();
  return {system,
          checked(retried([&] { return system.open(AT_FDCWD, path.c_str(), kFlags); }), "open", path)};
}

bool is_known_as(const KnownContent& known, std::string_view text) {
  return known.bytes ? *known.bytes == text : known.blob == git_blob(text);
}

// Nearly every source is proven so: one open, one read that asks for a byte more than there should be, so
// that its end is seen too, and no call more.
bool equals_text(const std::string& path, const FileStatus& status, std::string_view text,
                 const ProofCache& cache) {
  if (status.size != text.size()) return false;
  if (const auto known = cache.content(path, status)) return is_known_as(*known, text);
  const Descriptor file = open_to_read(path);
  const size_t wanted = std::min(chunk_size, text.size() + 1);
  const auto buffer = std::make_unique_for_overwrite<char[]>(wanted);
  while (true) {
    const ssize_t got = checked(
        retried([&] { return reading_file_system().read(file.get(), buffer.get(), wanted); }), "read", path);
    if (got == 0) return text.empty();
    const auto size = static_cast<size_t>(got);
    // The file may have grown since its size was taken.
    if (size > text.size() || text.substr(0, size) != std::string_view(buffer.get(), size)) return false;
    text.remove_prefix(size);
    if (text.empty() && size < wanted) return true;
  }
}

bool equal_files(const std::string& a, const std::string& b) {
  const auto other = open_file(b);
  const FileStatus status = file_status(a);
  if (status.is_unknown()) throw Error::system(status.problem, "stat", a);
  if (status.size != other->size()) return false;
  std::string buffer;
  return all_of_file(a, [&](const bytes::Window& window) {
    if (window.fresh_end > other->size()) return false;
    buffer.resize(window.bytes.size());
    other->read(window.offset, buffer.data(), buffer.size());
    return buffer == window.bytes;
  });
}

uint32_t names_crc(const std::string& path) {
  const std::shared_ptr<Folder> folder = open_folder(reading_file_system(), path);
  uint32_t crc = 0;
  for (const FolderEntry& entry : list_folder(reading_file_system(), folder->fd(), path))
    crc = crc32c::extend(crc, entry.name.data(), entry.name.size());
  return crc;
}

Proof by_content_hash(const Dependency& dependency, const std::string& path, const FileStatus& status,
                      const ProofCache& cache) {
  if (status.size != dependency.fsize) {
    return unproven(fmt::format("its size is {}, recorded is {}", status.size, dependency.fsize));
  }
  const uint32_t crc = content_crc(path, status, &cache);
  if (crc == dependency.hash) return proven(Proof::How::content_hash);
  // What it is stays unsaid, here and elsewhere: an image can name any file, also one that is nobody's
  // business.
  return unproven(fmt::format("its CRC-32C is not {}, which is recorded", hex32(dependency.hash)));
}

// Whether `path` leads to an entry of the folder by plain names alone: no link, "..", or ".git" on the way.
bool is_plainly_below(const std::string& folder, const std::string& path) {
  if (!path.starts_with(folder + "/")) return false;
  for (size_t begin = folder.size() + 1; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = std::string_view(path).substr(begin, end - begin);
    if (name.empty() || name == "." || name == ".." || name == ".git") return false;
    const auto info = find_entry(reading_file_system(), AT_FDCWD, path.substr(0, end), path);
    if (!info || S_ISLNK(info->st_mode)) return false;
    begin = end + 1;
  }
  return true;
}

// Whether the folder's tree hash speaks of what is read at `path`. It does not follow links, and leaves
// `.git` out: a recorded path may lead through either, or climb out with "..".
bool is_hashed_with(const std::string& folder, const std::string& path) {
  if (is_plainly_below(folder, path)) return true;
  const std::string top = resolve_links(folder), target = resolve_links(path);
  return target.starts_with(top + "/") && (target + "/").find("/.git/", top.size()) == std::string::npos;
}

Proof by_tree_slug(const CacheFile& file, const std::string& path, ProofCache& cache) {
  const auto folder = package_folder_of(path);
  if (!folder) return unproven("it lies in no package folder whose name could prove it");
  if (!is_hashed_with(folder->folder, path))
    return unproven(fmt::format("what it leads to is not part of package folder {}", folder->folder));
  const auto uuid = package_uuid(file, *folder);
  if (!uuid) return unproven(fmt::format("the UUID of package folder {} is not known", folder->folder));
  const FolderVerdict verdict = judge_package_folder(folder->folder, folder->slug, *uuid, cache);
  if (!verdict.unmodified) {
    std::string reason =
        fmt::format("package folder {} has no tree hash: {}", folder->folder, verdict.problem.message);
    return is_disproof(verdict.problem.code) ? unproven(std::move(reason))
                                             : unknown(std::move(reason), verdict.problem.fix);
  }
  if (*verdict.unmodified) return proven(Proof::How::tree_slug);
  return unproven(fmt::format("package folder {} is not what its name says (its tree hash gives another)",
                              folder->folder));
}

Proof by_old_file(const Dependency& dependency, const std::string& path,
                  const std::optional<std::string>& old_path) {
  if (!old_path) return unproven("nothing is at the old place to compare with");
  const FileStatus old_status = file_status(*old_path);
  if (old_status.is_unknown()) return unknown(Error::system(old_status.problem, "stat", *old_path).what());
  if (!old_status.is_file()) return unproven("no file is at the old place to compare with");
  if (!mtime_is_recorded(old_status, dependency.mtime)) {
    return unproven("the file at the old place has another mtime than recorded");
  }
  if (!equal_files(path, *old_path)) return unproven("it differs from the file at the old place");
  return proven(Proof::How::old_file);
}

// The same; a file that cannot be read there is no word against the one at the new place.
Proof by_old_file_if_it_can_be_read(const Dependency& dependency, const std::string& path,
                                    const std::optional<std::string>& old_path) {
  try {
    return by_old_file(dependency, path, old_path);
  } catch (const Error& problem) {
    return unknown(problem.what(), problem.reason().fix);
  }
}

Proof prove_existing(const CacheFile& file, const Dependency& dependency, const std::string& path,
                     const FileStatus& status, const std::optional<std::string>& old_path,
                     ProofCache& cache) {
  if (!status.is_file() && !status.is_directory()) return unproven("it is neither a file nor a folder");
  // A text or hash that differs disproves: the image was compiled from something else.
  if (const SourceText* text = file.find_source_text(dependency.path); text != nullptr && status.is_file()) {
    if (equals_text(path, status, file.text(*text), cache)) return proven(Proof::How::stored_text);
    return unproven("it differs from the source text stored in the image");
  }
  if (file.layout->content_tracking && dependency.mtime < 0)
    return by_content_hash(dependency, path, status, cache);
  Proof proof = by_tree_slug(file, path, cache);
  if (proof.proven() || status.is_directory()) return proof;
  Proof old = by_old_file_if_it_can_be_read(dependency, path, old_path);
  if (old.proven()) return old;
  proof.reason += "; " + old.reason;
  proof.unknown = proof.unknown || old.unknown;
  if (std::holds_alternative<std::monostate>(proof.fix)) proof.fix = old.fix;
  return proof;
}

}  // namespace

std::string_view name(Proof::How how) noexcept {
  using enum Proof::How;
  constexpr Named<Proof::How> kNames[] = {{none, "none"},
                                          {stored_text, "stored-text"},
                                          {content_hash, "content-hash"},
                                          {tree_slug, "tree-slug"},
                                          {old_file, "old-file"}};
  return name_in(kNames, how, "none");
}

std::optional<Uuid> package_uuid(const CacheFile& file, const PackageFolder& folder) {
  for (const WorklistModule& module : file.worklist) {
    if (module.name == folder.name && !module.uuid.is_nil()) return module.uuid;
  }
  const auto project = read_project_of(folder.folder, FileView());
  if (!project || project->name != folder.name) return std::nullopt;
  return project->uuid;
}

FolderVerdict judge_package_folder(const std::string& actual_folder, std::string_view slug, const Uuid& uuid,
                                   ProofCache& cache) {
  const ProofCache::Tree& tree = cache.tree(actual_folder);
  if (!tree.hash) return {std::nullopt, {}, tree.problem};
  const auto length = static_cast<int>(slug.size());
  const bool holds = version_slug(uuid, tree.hash->hash, length) == slug ||
                     (tree.hash->quirk && version_slug(uuid, *tree.hash->quirk, length) == slug);
  return {holds, sha1_text(tree.hash->hash)};
}

Proof prove(const CacheFile& file, const Dependency& dependency, const std::string& actual_path,
            const std::optional<std::string>& old_actual_path, ProofCache& cache) {
  return prove(file, dependency, actual_path, file_status(actual_path), old_actual_path, cache);
}

Proof prove(const CacheFile& file, const Dependency& dependency, const std::string& actual_path,
            const FileStatus& status, const std::optional<std::string>& old_actual_path, ProofCache& cache) {
  try {
    if (status.is_unknown()) throw Error::system(status.problem, "stat", actual_path);
    if (status.exists()) return prove_existing(file, dependency, actual_path, status, old_actual_path, cache);
    require_certain_absence(actual_path);
    return unproven("absent", true);
  } catch (const Error& problem) {
    return is_disproof(problem.kind()) ? unproven(problem.what())
                                       : unknown(problem.what(), problem.reason().fix);
  }
}

uint32_t content_crc(const std::string& actual_path, bool is_directory) {
  if (is_directory) return names_crc(actual_path);
  uint32_t crc = 0;
  all_of_file(actual_path, [&crc](const bytes::Window& window) {
    crc = crc32c::extend(crc, window.bytes.data(), window.bytes.size());
    return true;
  });
  return crc;
}

uint32_t content_crc(const std::string& actual_path, const FileStatus& status, const ProofCache* cache) {
  if (cache != nullptr)
    if (const auto known = cache->content(actual_path, status))
      return known->bytes ? crc32c::value(*known->bytes) : known->crc32c;
  return content_crc(actual_path, status.is_directory());
}

bool mtime_is_recorded(const FileStatus& status, double recorded) noexcept {
  return status.exists() && status.mtime == recorded;
}

}  // namespace jireloc
