// Tree hashes, and what any program must do to make them.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "benchmark/helper/modes.hpp"
#include "jireloc/tree_hash.hpp"

namespace bench {
namespace {

struct Totals {
  std::atomic<uint64_t> files{0}, bytes{0};
};

struct Work {
  unsigned jobs = 1;
  std::vector<std::string> folders;
};

Work work_of(std::vector<std::string> arguments) {
  Work work;
  if (arguments.size() > 2 && arguments[0] == "--jobs") {
    work.jobs = static_cast<unsigned>(std::stoul(arguments[1]));
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments == std::vector<std::string>{"-"}) {
    arguments.clear();
    for (std::string line; std::getline(std::cin, line);) arguments.push_back(line);
  }
  work.folders = std::move(arguments);
  return work;
}

// Calls each(index) for every folder, on as many threads as asked for; throws what the first of them threw.
template <class Each>
void for_each_folder(const Work& work, Each each) {
  std::atomic<size_t> next{0};
  std::vector<std::exception_ptr> failures(work.jobs);
  const auto run = [&](size_t thread) {
    try {
      for (size_t index; (index = next++) < work.folders.size();) each(index);
    } catch (...) {
      failures[thread] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (size_t thread = 1; thread < work.jobs; ++thread) threads.emplace_back(run, thread);
    run(0);
  }
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

void print_totals(const Work& work, const Totals& totals, double seconds) {
  fmt::print("{{\"folders\": {}, \"files\": {}, \"bytes\": {}, \"seconds\": {:.6f}}}\n", work.folders.size(),
             totals.files.load(), totals.bytes.load(), seconds);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

// Opens, reads and closes every file below the folder, which is closed too.
void read_all(int folder, Totals& totals) {
  const std::unique_ptr<char[]> names(new char[32768]), content(new char[262144]);
  while (true) {
    const ssize_t size = ::getdents64(folder, names.get(), 32768);
    if (size < 0) fail("getdents64");
    if (size == 0) break;
    for (ssize_t at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(names.get() + at);
      at += entry->d_reclen;
      const std::string name = entry->d_name;
      if (name == "." || name == ".." || entry->d_type == DT_LNK) continue;
      const int opened = ::openat(folder, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
      if (opened < 0) fail(name);
      if (entry->d_type == DT_DIR) {
        read_all(opened, totals);
        continue;
      }
      struct stat status {};
      if (::fstat(opened, &status) != 0) fail(name);
      for (ssize_t rest = status.st_size; rest > 0;) {
        const ssize_t got = ::read(opened, content.get(), 262144);
        if (got <= 0) fail(name);
        rest -= got;
        totals.bytes += static_cast<uint64_t>(got);
      }
      ++totals.files;
      ::close(opened);
    }
  }
  ::close(folder);
}

}  // namespace

void tree_hashes(const std::vector<std::string>& arguments) {
  const Work work = work_of(arguments);
  std::vector<jireloc::TreeHash> trees(work.folders.size());
  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  for_each_folder(work, [&](size_t index) {
    trees[index] = jireloc::tree_hash(work.folders[index]);
    totals.files += trees[index].files;
    totals.bytes += trees[index].bytes;
  });
  const double seconds = seconds_since(begin);
  for (size_t index = 0; index < trees.size(); ++index)
    fmt::print("{} {}\n", jireloc::sha1_text(trees[index].hash), work.folders[index]);
  print_totals(work, totals, seconds);
}

void read_trees(const std::vector<std::string>& arguments) {
  const Work work = work_of(arguments);
  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  for_each_folder(work, [&](size_t index) {
    const int folder = ::open(work.folders[index].c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) fail(work.folders[index]);
    read_all(folder, totals);
  });
  print_totals(work, totals, seconds_since(begin));
}

}  // namespace bench
