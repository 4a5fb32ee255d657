#include "relocate/inventory.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <unordered_set>

#include "base/threads.hpp"
#include "bytes/overlay.hpp"
#include "bytes/temporaries.hpp"
#include "relocate/compilations.hpp"

namespace jireloc::relocating {
namespace {

bool is_library(std::string_view name) {
  return name.ends_with(".so") || name.ends_with(".dylib") || name.ends_with(".dll");
}

std::string stem_of(const std::string& name) {
  return name.substr(0, name.rfind('.'));
}

class Lister {
 public:
  Lister(FileSystem& system, const Folder& depot, std::chrono::seconds grace, KnownFolders* known = nullptr)
      : system_(system), depot_(depot), known_(known), compilations_(system, depot, grace) {}

  std::vector<std::string> package_names() { return folders_in("packages"); }

  Inventory packages(std::span<const std::string> names) {
    for (const std::string& name : names)
      for (const std::string& slug : folders_in("packages/" + name))
        out_.packages.push_back({"packages/" + name, slug});
    return std::move(out_);
  }

  Inventory artifacts() {
    for (const std::string& name : folders_in("artifacts")) out_.artifacts.push_back({"artifacts", name});
    return std::move(out_);
  }

  Inventory images() {
    for (const std::string& version : folders_in("compiled")) list_version("compiled/" + version);
    return std::move(out_);
  }

  // What it has met so far, where nothing else is asked of it.
  Inventory rest() { return std::move(out_); }

  Inventory run(const std::set<std::string>& folders) {
    for (const std::string& folder : folders) list_version(folder);
    return std::move(out_);
  }

  Inventory run_in(std::span<const std::string> folders) {
    for (const std::string& folder : folders) {
      if (const auto entries = known_entries(folder))
        list_images(folder, *entries);
      else if (may_be_folder(folder))
        list_images(folder);
    }
    return std::move(out_);
  }

 private:
  struct Entry {
    std::string name;
    struct stat info;
  };

  // None where not all can be looked at: what is missing from a part of a list would be taken for absent.
  std::vector<Entry> entries_of(const std::string& relative) {
    std::vector<Entry> entries;
    try {
      if (auto known = known_entries(relative)) return std::move(*known);
      const auto folder = open_folder_in(system_, depot_, relative);
      add_status(known_ != nullptr ? known_->list(system_, *folder, relative)
                                   : list_folder(system_, folder->fd(), folder->path),
                 *folder, "", entries);
    } catch (const Error& error) {
      entries.clear();
      if (is_deleted(relative)) return entries;
      const std::string folder = depot_.path + "/" + relative;
      if (error.system_errno() != ENOENT || error.file() != folder)
        out_.problems.emplace_back(error.kind(), error.file() == folder ? error.message() : error.what(),
                                   folder);
    }
    return entries;
  }

  // Nothing where the folder has to be listed: then it is told, too, what cannot be looked at.
  std::optional<std::vector<Entry>> known_entries(const std::string& relative) {
    const auto names = known_ != nullptr ? known_->find(depot_, relative) : std::nullopt;
    if (!names) return {};
    std::vector<Entry> entries;
    std::vector<FolderEntry> others;
    for (const FolderEntry& entry : *names) {
      if (entry.type == DT_REG && known_->knows_file(relative + "/" + entry.name))
        entries.push_back({entry.name, some_file()});
      else
        others.push_back(entry);
    }
    try {
      add_status(others, depot_, relative + "/", entries);
    } catch (const Error&) {
      return {};
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    return entries;
  }

  // Of one that is known counts no more than that it is a file with something in it.
  static struct stat some_file() {
    struct stat info {};
    info.st_mode = S_IFREG;
    info.st_size = 1;
    return info;
  }

  // `below`: what leads to the names from the folder that is open.
  void add_status(const std::vector<FolderEntry>& names, const Folder& folder, const std::string& below,
                  std::vector<Entry>& entries) {
    for (const FolderEntry& entry : names) {
      if (entry.type == DT_DIR) {  // of a folder counts no more
        struct stat info {};
        info.st_mode = S_IFDIR;
        entries.push_back({entry.name, info});
        continue;
      }
      const std::string name = below + entry.name;
      if (const auto info = find_entry(system_, folder.fd(), name, folder.path + "/" + name);
          info && !is_whiteout(system_, folder.fd(), name, *info))
        entries.push_back({entry.name, *info});
    }
  }

  // A link is none, as in folders_in. Why one cannot be looked at is said when it is listed.
  bool may_be_folder(const std::string& relative) {
    try {
      const auto info = find_entry(system_, depot_.fd(), relative, depot_.path + "/" + relative);
      return info && S_ISDIR(info->st_mode);
    } catch (const Error&) {
      return true;
    }
  }

  void list_version(const std::string& images) {
    const std::vector<Entry> entries = entries_of(images);
    list_images(images, entries);
    for (const std::string& name : folders_of(images, entries))
      list_images(fmt::format("{}/{}", images, name));
  }

  // In an overlay whose upper folder this is. Deletes nothing elsewhere.
  bool is_deleted(const std::string& relative) {
    try {
      const auto info = find_entry(system_, depot_.fd(), relative, depot_.path + "/" + relative);
      return info && is_whiteout(system_, depot_.fd(), relative, *info);
    } catch (const Error&) {
      return false;  // the first problem is the one to report
    }
  }

  // Temporary folders of other runs are leftovers, symbolic links are not followed.
  std::vector<std::string> folders_in(const std::string& relative) {
    return folders_of(relative, entries_of(relative));
  }

  std::vector<std::string> folders_of(const std::string& relative, const std::vector<Entry>& entries) {
    std::vector<std::string> names;
    for (const Entry& entry : entries) {
      if (is_temporary_name(entry.name))
        leftover(relative, entry.name, Code::temporary, "left behind by a run of jireloc that was killed");
      else if (S_ISDIR(entry.info.st_mode))
        names.push_back(entry.name);
      else if (S_ISLNK(entry.info.st_mode))
        leftover(relative, entry.name, Code::symbolic_link,
                 "a symbolic link where a folder belongs; it is not followed");
    }
    return names;
  }

  void list_images(const std::string& relative) { list_images(relative, entries_of(relative)); }

  void list_images(const std::string& relative, const std::vector<Entry>& entries) {
    std::set<std::string> stems;
    for (const Entry& entry : entries)
      if (entry.name.ends_with(".ji") && S_ISREG(entry.info.st_mode)) stems.insert(stem_of(entry.name));
    for (const Entry& entry : entries) {
      if (S_ISDIR(entry.info.st_mode)) continue;
      if (is_temporary_name(entry.name)) {
        if (relative.find('/', relative.find('/') + 1) != std::string::npos)
          leftover(relative, entry.name, Code::temporary, "left behind by a run of jireloc that was killed");
      } else if (!S_ISREG(entry.info.st_mode)) {
        leftover(relative, entry.name, Code::not_a_file,
                 "neither a file nor a folder; it is not followed or read");
      } else if (entry.name.ends_with(".ji") && entry.info.st_size == 0) {
        leftover(relative, entry.name, Code::empty_file,
                 "empty: Julia's touch leaves such files beside a removal");
      } else if (entry.name.ends_with(".ji")) {
        out_.images.push_back({relative, entry.name});
      } else if (is_library(entry.name) && !stems.contains(stem_of(entry.name))) {
        leave(relative, entry, Code::orphan_library, "a native library without its cache file");
      } else if (entry.name.ends_with(".pidfile")) {
        note_lock(relative, entry.name);
      } else if (is_julias_temporary(entry.name)) {
        leave(relative, entry, Code::temporary_of_julia, "left behind by a compilation that was killed");
      }
    }
  }

  // What a compilation that goes on would have made, too.
  void leave(const std::string& folder, const Entry& entry, Code code, const std::string& message) {
    if (!compilations_.is_young(entry.info)) return leftover(folder, entry.name, code, message);
    leftover(folder, entry.name, Code::in_progress, message + ", or somebody's work in progress: it is young",
             true);
  }

  void note_lock(const std::string& folder, const std::string& file) {
    const auto holder = compilations_.holder(folder + "/" + file);
    if (!holder) return leftover(folder, file, Code::pidfile, "the lock of a compilation that has ended");
    leftover(folder, file, Code::being_compiled, "the lock of " + *holder + ", which compiles here", true);
  }

  // Once each: a folder of images is listed for its files and for its folders.
  void leftover(const std::string& folder, const std::string& file, Code code, std::string message,
                bool in_progress = false) {
    if (known_leftovers_.insert(folder + "/" + file).second)
      out_.leftovers.push_back({folder, file, code, std::move(message), in_progress});
  }

  FileSystem& system_;
  const Folder& depot_;
  KnownFolders* const known_;
  const Compilations compilations_;
  std::unordered_set<std::string> known_leftovers_;
  Inventory out_;
};

std::span<const std::string> part_of(std::span<const std::string> all, Share share) {
  return all.subspan(share.begin, share.end - share.begin);
}

template <typename T>
void move_behind(std::vector<T>& some, std::vector<T>& more) {
  std::move(more.begin(), more.end(), std::back_inserter(some));
}

Inventory joined(std::vector<Inventory>& parts) {
  Inventory all;
  for (Inventory& part : parts) {
    move_behind(all.packages, part.packages);
    move_behind(all.artifacts, part.artifacts);
    move_behind(all.images, part.images);
    move_behind(all.leftovers, part.leftovers);
    move_behind(all.problems, part.problems);
  }
  return all;
}

}  // namespace

void Inventory::explain_refused(const std::vector<Error>& links) {
  for (Error& problem : problems)
    for (const Error& link : links)
      if (problem.file() == link.file()) problem = link;
}

Inventory take_inventory(FileSystem& system, const Folder& depot, std::chrono::seconds grace, int jobs,
                         KnownFolders* known) {
  const auto lister = [&] { return Lister(system, depot, grace, known); };
  Lister top = lister();
  const std::vector<std::string> names = top.package_names();
  const Shares shares(names.size());
  const size_t count = shares.count();
  std::vector<Inventory> parts(1 + count + 2);  // in the order in which they are told
  parts.front() = top.rest();
  Threads threads(std::min(jobs, static_cast<int>(1 + count)));
  for_all(threads, parts.size() - 1, [&](size_t part) {
    if (part == 0) {
      parts[count + 2] = lister().images();  // the longest first
    } else if (part <= count) {
      parts[part] = lister().packages(part_of(names, shares[part - 1]));
    } else {
      parts[count + 1] = lister().artifacts();
    }
  });
  return joined(parts);
}

Inventory take_image_inventory(FileSystem& system, const Folder& depot,
                               const std::set<std::string>& folders) {
  return Lister(system, depot, kGrace).run(folders);
}

Inventory list_images_in(FileSystem& system, const Folder& depot, const std::set<std::string>& folders,
                         KnownFolders* known, int jobs) {
  const std::vector<std::string> all(folders.begin(), folders.end());
  const Shares shares(all.size());
  std::vector<Inventory> parts(shares.count());
  Threads threads(std::min(jobs, static_cast<int>(parts.size())));
  for_all(threads, parts.size(), [&](size_t part) {
    parts[part] = Lister(system, depot, kGrace, known).run_in(part_of(all, shares[part]));
  });
  return joined(parts);
}

}  // namespace jireloc::relocating
