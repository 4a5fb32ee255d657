#include "jireloc/alias.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "bytes/transaction.hpp"
#include "jireloc/byte_source.hpp"

namespace jireloc {
namespace {

constexpr uint64_t kLongestRecord = 4096;

std::string record_of(const std::string& depot) {
  return fmt::format("{}/{}", depot, kAliasRecord);
}

// Only the folder's owner may put another link in its place, and only the link's owner can.
bool is_safe_link(FileSystem& system, const std::string& actual) {
  const auto info = find_entry(system, AT_FDCWD, actual, actual);
  return info && S_ISLNK(info->st_mode) && (info->st_uid == 0 || info->st_uid == ::geteuid());
}

bool is_safe_folder(FileSystem& system, const std::string& actual) {
  struct stat info {};
  const int found = retried([&] { return system.stat_at(AT_FDCWD, actual.c_str(), info, 0); });
  return found == 0 && S_ISDIR(info.st_mode) && (info.st_mode & S_IWOTH) == 0;
}

bool leads_to(const std::string& alias, const std::string& depot, const FileView& view) {
  return view.status(alias).same_file(view.status(depot));
}

// The places to try, in order.
std::vector<std::string> candidates(const AliasWish& wish) {
  std::vector<std::string> names;
  const auto add_with_numbers = [&](const std::string& stem) {
    for (int k = 2; k <= 9; ++k) names.push_back(fmt::format("{}{}", stem, k));
  };
  if (wish.folder.empty()) {
    names = {"/usr/jl", "/opt/jl", "/jl"};
    add_with_numbers("/usr/jl");
  } else {
    const std::string base = wish.folder == "/" ? "/" : wish.folder + "/";
    names = {base + "jl", base + "j"};
    add_with_numbers(base + "j");
  }
  std::erase_if(names, [&](const std::string& name) { return name.size() > wish.most_bytes; });
  return names;
}

class Chooser {
 public:
  Chooser(FileSystem& system, const AliasWish& wish, const FileView& view)
      : system_(system), wish_(wish), view_(view) {}

  ChosenAlias choose() {
    if (const auto known = recorded_alias(wish_.depot, view_, system_))
      if (known->problem.empty() && known->path.size() <= wish_.most_bytes) return {known->path, false, true};
    const std::vector<std::string> names = candidates(wish_);
    if (names.empty())
      throw Error(ErrorKind::usage,
                  fmt::format("no alias can be made: no link {} has at most {} bytes; name a shorter folder",
                              wish_.folder.empty() ? "at /jl" : "in " + wish_.folder, wish_.most_bytes),
                  {}, {}, fix::Choose{Setting::alias_folder});
    for (const std::string& name : names)
      if (is_safe_link(system_, place_of_link(name, view_)) && is_safe_folder(system_, folder_of(name)) &&
          leads_to(name, wish_.depot, view_))
        return record({name, false, false});
    for (const std::string& name : names)
      if (make(name)) return record({name, !wish_.dry_run, false});
    throw Error(ErrorKind::conflict,
                fmt::format("no alias can be made: {} is not replaced or not to be trusted, and so with the "
                            "other places; name a folder",
                            names[0]),
                {}, {}, fix::Choose{Setting::alias_folder});
  }

 private:
  std::string folder_of(const std::string& name) const {
    const std::string folder = split_path(name).folder;
    return view_.actual(folder);
  }

  bool make(const std::string& name) {
    const std::string actual = place_of_link(name, view_);
    if (!is_safe_folder(system_, folder_of(name)) || find_entry(system_, AT_FDCWD, actual, actual))
      return false;
    if (wish_.dry_run) return true;
    const int made = retried([&] { return system_.symlink(wish_.depot.c_str(), AT_FDCWD, actual.c_str()); });
    // Another run may have been faster, or this user may not write here: the next place then.
    if (made == -EEXIST) return is_safe_link(system_, actual) && leads_to(name, wish_.depot, view_);
    if (made == -EACCES || made == -EPERM || made == -EROFS) return false;
    checked(made, "symlink", actual);
    return true;
  }

  ChosenAlias record(ChosenAlias chosen) {
    if (wish_.dry_run) return chosen;
    const std::string depot = view_.actual(wish_.depot);
    const std::string compiled = depot + "/compiled";
    if (wish_.must_be_recorded) {
      const int made = retried([&] { return system_.make_folder(AT_FDCWD, compiled.c_str(), 0755); });
      if (made != -EEXIST) checked(made, "mkdir", compiled);
    } else if (!file_status(compiled).is_directory()) {
      return chosen;
    }
    Transaction transaction(system_);
    TargetOptions options;
    options.mode = 0644;
    transaction.create(record_of(depot), options).write(chosen.path + "\n");
    transaction.commit(wish_.durability);
    chosen.recorded = true;
    return chosen;
  }

  FileSystem& system_;
  const AliasWish& wish_;
  const FileView& view_;
};

std::string problem_of(FileSystem& system, const std::string& alias, const std::string& depot,
                       const FileView& view) {
  if (!alias.starts_with('/') || alias.size() > kLongestRecord || alias.find('\n') != std::string::npos)
    return fmt::format("{} does not hold the one path of a link", kAliasRecord);
  const std::string actual = place_of_link(alias, view);
  if (!find_entry(system, AT_FDCWD, actual, actual))
    return fmt::format("the alias {} that images here may rest on is gone: ln -s {} {}", alias, depot, alias);
  if (!leads_to(alias, depot, view))
    return fmt::format("the alias {} that images here may rest on does not lead to {}", alias, depot);
  return {};
}

}  // namespace

std::string place_of_link(const std::string& link, const FileView& view) {
  const SplitPath path = split_path(link);
  const std::string folder = view.actual(path.folder);
  return (folder == "/" ? "" : folder) + "/" + path.name;
}

std::optional<RecordedAlias> recorded_alias(const std::string& depot, const FileView& view,
                                            FileSystem& system) {
  const std::string path = place_of_link(record_of(depot), view);
  const auto info = find_entry(system, AT_FDCWD, path, path);
  if (!info) return {};
  if (!S_ISREG(info->st_mode)) return RecordedAlias{{}, fmt::format("{} is no file", kAliasRecord)};
  const auto source = open_file(path);
  std::string text = source->read_string(0, std::min(source->size(), kLongestRecord + 2));
  if (text.ends_with('\n')) text.pop_back();
  RecordedAlias alias{text, problem_of(system, text, depot, view)};
  if (alias.problem.empty() && !is_safe_link(system, place_of_link(text, view)))
    alias.problem = fmt::format("the alias {} is no link of root's or this user's", text);
  return alias;
}

ChosenAlias choose_alias(const AliasWish& wish, const FileView& view, FileSystem& system) {
  return Chooser(system, wish, view).choose();
}

}  // namespace jireloc
