#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "benchmark/helper/modes.hpp"

namespace bench {
namespace {

double run_milliseconds(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1 /* O_WRONLY */, 0);
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error(command[0] + ": " + std::strerror(failed));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw std::runtime_error(fmt::format("{} failed with status {}", command[0], status));
  return seconds_since(begin) * 1e3;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

void measure_command(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) throw std::runtime_error("measure needs FILE COMMAND...");
  std::vector<char*> command;
  for (size_t k = 1; k < arguments.size(); ++k) command.push_back(const_cast<char*>(arguments[k].c_str()));
  command.push_back(nullptr);
  const auto begin = std::chrono::steady_clock::now();
  pid_t child = 0;
  const int failed = posix_spawnp(&child, command[0], nullptr, nullptr, command.data(), environ);
  if (failed != 0) throw std::runtime_error(arguments[1] + ": " + std::strerror(failed));
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const double wall = seconds_since(begin);
  std::ofstream(arguments[0]) << fmt::format(
      "{{\"wall\": {:.6f}, \"cpu\": {:.6f}, \"peak_rss\": {}, \"status\": {}}}\n", wall,
      seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss * 1024,
      WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

void search_speed(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) throw std::runtime_error("search needs SECONDS PATTERN FILE");
  std::ifstream file(arguments[2], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const double seconds = std::stod(arguments[0]);
  std::vector<double> memmem_speed, read_speed;
  volatile uint64_t sink = 0;
  const auto measure = [&](auto&& once) {
    uint64_t passes = 0;
    const auto begin = std::chrono::steady_clock::now();
    do once(), ++passes;
    while (seconds_since(begin) < seconds);
    return static_cast<double>(bytes.size() * passes) / seconds_since(begin) / 1e9;
  };
  for (int round = 0; round < 7; ++round) {
    memmem_speed.push_back(measure([&] {
      const char* at = bytes.data();
      const char* const end = at + bytes.size();
      while ((at = static_cast<const char*>(::memmem(at, static_cast<size_t>(end - at), arguments[1].data(),
                                                     arguments[1].size()))) != nullptr) {
        ++at;
        sink = sink + 1;
      }
    }));
    read_speed.push_back(measure([&] { sink = sink + read_loop(bytes.data(), bytes.size()); }));
  }
  fmt::print("{{\"bytes\": {}, \"memmem\": [{:.3f}], \"read loop\": [{:.3f}]}}\n", bytes.size(),
             fmt::join(memmem_speed, ", "), fmt::join(read_speed, ", "));
}

void spawn_times(const std::vector<std::string>& arguments) {
  const auto split = std::find(arguments.begin(), arguments.end(), "--");
  if (arguments.size() < 4 || split == arguments.end())
    throw std::runtime_error("spawn needs RUNS A... -- B...");
  const std::vector<std::string> a(arguments.begin() + 1, split), b(split + 1, arguments.end());
  std::vector<double> times_a, times_b;
  for (int run = 0, runs = std::stoi(arguments[0]); run < runs; ++run) {
    times_a.push_back(run_milliseconds(a));
    times_b.push_back(run_milliseconds(b));
  }
  fmt::print("{{\"a\": [{:.4f}], \"b\": [{:.4f}]}}\n", fmt::join(times_a, ", "), fmt::join(times_b, ", "));
}

}  // namespace bench
