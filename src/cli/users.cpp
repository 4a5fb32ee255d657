#include "cli/users.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

const passwd* user_named(const std::string& name, std::string_view option) {
  const passwd* user = ::getpwnam(name.c_str());
  if (user == nullptr) throw Error(ErrorKind::usage, fmt::format("{}: no such user: {}", option, name));
  return user;
}

}  // namespace

std::pair<uid_t, gid_t> read_owner(const std::string& text, std::string_view option) {
  const size_t colon = text.find(':');
  const passwd* user = user_named(text.substr(0, colon), option);
  if (colon == std::string::npos) return {user->pw_uid, user->pw_gid};
  const group* found = ::getgrnam(text.substr(colon + 1).c_str());
  if (found == nullptr)
    throw Error(ErrorKind::usage, fmt::format("{}: no such group: {}", option, text.substr(colon + 1)));
  return {user->pw_uid, found->gr_gid};
}

void become(const std::string& user_name, std::string_view option) {
  const passwd* user = user_named(user_name, option);
  const auto require = [&](int result, const char* call) {
    if (result != 0) throw Error::system(errno, call, user_name);
  };
  require(::initgroups(user_name.c_str(), user->pw_gid), "initgroups");
  require(::setresgid(user->pw_gid, user->pw_gid, user->pw_gid), "setresgid");
  require(::setresuid(user->pw_uid, user->pw_uid, user->pw_uid), "setresuid");
}

mode_t read_mode(const std::string& text, std::string_view option) {
  char* end = nullptr;
  const unsigned long mode = std::strtoul(text.c_str(), &end, 8);
  if (text.empty() || *end != '\0' || mode > 0777)
    throw Error(ErrorKind::usage, fmt::format("{}: not permission bits: {}", option, text));
  return static_cast<mode_t>(mode);
}

mode_t folder_mode_for(mode_t file_mode) {
  return file_mode | 0700 | ((file_mode & 0444) >> 2);
}

}  // namespace jireloc::cli
