// What the static program has in place of glibc's own, which would load libraries of the system at run time:
// those may be of another glibc, or of none. Users and groups are those of /etc/passwd and /etc/group;
// nothing is loaded.
#include <grp.h>
#include <pwd.h>
#include <sys/types.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace {

using File = std::unique_ptr<FILE, decltype(&std::fclose)>;

File open_list(const char* path) {
  return {std::fopen(path, "re"), std::fclose};
}

bool is_member(const group& entry, const char* user) {
  for (char** member = entry.gr_mem; *member != nullptr; ++member)
    if (std::strcmp(*member, user) == 0) return true;
  return false;
}

}  // namespace

extern "C" {

passwd* getpwnam(const char* name) {
  const File list = open_list("/etc/passwd");
  passwd* entry = nullptr;
  while (list && (entry = fgetpwent(list.get())) != nullptr)
    if (std::strcmp(entry->pw_name, name) == 0) return entry;
  return nullptr;
}

group* getgrnam(const char* name) {
  const File list = open_list("/etc/group");
  group* entry = nullptr;
  while (list && (entry = fgetgrent(list.get())) != nullptr)
    if (std::strcmp(entry->gr_name, name) == 0) return entry;
  return nullptr;
}

int initgroups(const char* user, gid_t own) {
  std::vector<gid_t> groups{own};
  const File list = open_list("/etc/group");
  group* entry = nullptr;
  while (list && (entry = fgetgrent(list.get())) != nullptr)
    if (entry->gr_gid != own && is_member(*entry, user)) groups.push_back(entry->gr_gid);
  return setgroups(groups.size(), groups.data());
}

void* dlopen(const char*, int) noexcept {
  return nullptr;
}
void* dlsym(void*, const char*) noexcept {
  return nullptr;
}
int dlclose(void*) noexcept {
  return -1;
}
char* dlerror() noexcept {
  static char text[] = "a static program loads nothing";
  return text;
}
int dladdr(const void*, void*) noexcept {
  return 0;
}

}  // extern "C"
