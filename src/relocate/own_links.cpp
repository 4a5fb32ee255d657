#include "relocate/own_links.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <optional>
#include <utility>
#include <vector>

namespace jireloc {

namespace {

constexpr int kMostLinks = 40;  // the kernel's own limit

struct Step {
  std::string name;  // a component; or what follows is the end of a link's text
  std::optional<uid_t> link_owner = {};
  std::string link = {};
};

void require_owner(const std::string& link, uid_t link_owner, uid_t owner) {
  if (link_owner == 0 || link_owner == owner) return;
  throw Error(ErrorKind::unsupported,
              fmt::format("a symbolic link of user {} to what belongs to user {}: root would do there what "
                          "that user may not; name the place itself, or become the user",
                          link_owner, owner),
              link, {}, fix::Choose{Setting::user});
}

class LinkWalk {
 public:
  enum class Rule { one_owner, root_or_runner };
  LinkWalk(FileSystem& system, const std::string& path, Rule rule = Rule::one_owner)
      : system_(system), path_(path), rule_(rule) {}

  std::shared_ptr<Folder> run() {
    go_to_root();
    add(path_);
    while (!steps_.empty()) {
      const Step step = std::move(steps_.back());
      steps_.pop_back();
      if (step.link_owner) {
        if (rule_ == Rule::one_owner) require_one_owner(step);
      } else if (!step.name.empty() && step.name != ".") {
        enter(step.name);
      }
    }
    auto folder = as_folder();
    if (rule_ == Rule::root_or_runner) require_root_or_runner(stat_of(system_, folder->fd(), path_), path_);
    return folder;
  }

 private:
  void go_to_root() {
    at_ = Descriptor(system_,
                     checked(retried([&] { return system_.open(AT_FDCWD, "/", kPath); }), "open", path_));
    here_.clear();
  }

  // The components of a path come next.
  void add(const std::string& text) {
    std::vector<Step> parts;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find('/', begin), text.size());
      parts.push_back({text.substr(begin, end - begin)});
      begin = end + 1;
    }
    steps_.insert(steps_.end(), parts.rbegin(), parts.rend());
  }

  void enter(const std::string& name) {
    const std::string full = here_ + "/" + name;
    Descriptor next(
        system_, checked(retried([&] { return system_.open(at_.get(), name.c_str(), kPath | O_NOFOLLOW); }),
                         "open", full));
    const struct stat info = stat_of(system_, next.get(), full);
    if (S_ISLNK(info.st_mode) && rule_ == Rule::root_or_runner) require_root_or_runner(info, full);
    if (S_ISLNK(info.st_mode)) return follow(next.get(), full, info.st_uid);
    at_ = std::move(next);
    here_ = full;
  }

  void follow(int link, const std::string& full, uid_t owner) {
    if (++links_ > kMostLinks) throw Error::system(ELOOP, "open", path_);
    std::vector<char> text(PATH_MAX + 1);
    const ssize_t length = checked(
        retried([&] { return system_.read_link(link, "", text.data(), PATH_MAX); }), "readlink", full);
    const std::string target(text.data(), static_cast<size_t>(length));
    steps_.push_back({"", owner, full});
    if (target.starts_with('/')) go_to_root();
    add(target);
  }

  void require_one_owner(const Step& step) {
    require_owner(step.link, *step.link_owner, stat_of(system_, at_.get(), here_).st_uid);
  }

  std::shared_ptr<Folder> as_folder() {
    auto folder = std::make_shared<Folder>();
    folder->path = path_;
    constexpr int kFlags = O_RDONLY | O_DIRECTORY;
    folder->descriptor = Descriptor(
        system_, checked(retried([&] { return system_.open(at_.get(), ".", kFlags); }), "open", path_));
    folder->device = stat_of(system_, folder->fd(), path_).st_dev;
    return folder;
  }

  static constexpr int kPath = O_PATH;
  FileSystem& system_;
  const std::string path_;
  const Rule rule_;
  Descriptor at_;
  std::string here_;         // for messages: the way to at_
  std::vector<Step> steps_;  // the next one last
  int links_ = 0;
};

}  // namespace

std::shared_ptr<Folder> open_depot(FileSystem& system, const std::string& path) {
  return ::geteuid() == 0 ? open_through_own_links(system, path) : open_folder(system, path);
}

void require_own_links(FileSystem& system, const std::vector<std::string>& links, const Folder& folder) {
  if (links.empty() || ::geteuid() != 0) return;
  const uid_t owner = stat_of(system, folder.fd(), folder.path).st_uid;
  for (const std::string& link : links)
    if (const auto info = find_entry(system, AT_FDCWD, link, link)) require_owner(link, info->st_uid, owner);
}

void require_root_or_runner(const struct stat& info, const std::string& link) {
  if (info.st_uid == 0 || info.st_uid == ::geteuid()) return;
  throw Error(ErrorKind::unsupported,
              fmt::format("{} belongs to user {}; links inside of a depot are followed only where they, and "
                          "what they lead to, belong to root or to the user who runs this",
                          S_ISLNK(info.st_mode) ? "this symbolic link" : "what this symbolic link leads to",
                          info.st_uid),
              link);
}

std::shared_ptr<Folder> open_through_links_of_root_or_runner(FileSystem& system, const std::string& path) {
  return LinkWalk(system, path, LinkWalk::Rule::root_or_runner).run();
}

std::shared_ptr<Folder> open_through_own_links(FileSystem& system, const std::string& path) {
  return LinkWalk(system, path).run();
}

}  // namespace jireloc
