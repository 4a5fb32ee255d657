#include "cli/name_list.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "cli/host.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {

NameList::NameList(const std::string& file, bool null_separated)
    : name_(file == "-" ? "standard input" : file), end_of_name_(null_separated ? '\0' : '\n') {
  if (file == "-") refuse_in_host("--files-from -");
  const int descriptor =
      file == "-" ? ::fcntl(0, F_DUPFD_CLOEXEC, 3) : ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw Error::system(errno, "open", name_);
  file_.reset(::fdopen(descriptor, "r"));
  if (!file_) {
    ::close(descriptor);
    throw Error::system(errno, "fdopen", name_);
  }
}

std::optional<std::string> NameList::next() {
  std::string name;
  while (true) {
    char* line = nullptr;
    size_t capacity = 0;
    errno = 0;
    const ssize_t length = ::getdelim(&line, &capacity, end_of_name_, file_.get());
    const std::unique_ptr<char, decltype(&std::free)> owner(line, &std::free);
    if (length < 0) {
      if (std::ferror(file_.get()) != 0 || errno == ENOMEM) throw Error::system(errno, "read", name_);
      return {};
    }
    name.assign(line, static_cast<size_t>(length));
    if (name.back() == end_of_name_) name.pop_back();
    if (!name.empty()) return name;
  }
}

}  // namespace jireloc::cli
