// Heaps of huge pages, each in a process of its own: they are for good.
#include "base/heaps.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>
#include <thread>

using namespace jireloc;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasOtherMalloc = true;
#else
constexpr bool kHasOtherMalloc = false;
#endif
constexpr long kMebibyte = 1 << 20;
constexpr long kUsed = 16 * kMebibyte;
constexpr long kSmallPages = kUsed / 4096;

int status_of(const std::function<bool()>& holds) {
  std::cout.flush();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(holds() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

long faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// That come of memory in pieces as large as an image's; -1: there is not so much.
long faults_of_use() {
  const long before = faults();
  for (long used = 0; used < kUsed; used += kMebibyte / 8) {
    void* const piece = std::malloc(kMebibyte / 8);
    if (piece == nullptr) return -1;
    std::memset(piece, 1, kMebibyte / 8);
  }
  return faults() - before;
}

long faults_in_thread() {
  long of_thread = -1;
  std::thread([&] {
    begin_heap();
    of_thread = faults_of_use();
  }).join();
  return of_thread;
}

bool is_in_huge_pages(long faults) {
  return faults >= 0 && faults < kSmallPages / 2;
}

bool has_huge_pages() {
  std::string modes;
  std::getline(std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"), modes);
  return modes.find("[madvise]") != std::string::npos && ::sysconf(_SC_PAGESIZE) == 4096;
}

}  // namespace

TEST_CASE("memory of whoever asks for huge heaps comes in huge pages, in each thread") {
  if (kHasOtherMalloc || !has_huge_pages()) {
    WARN("this kernel gives no huge pages to whoever asks, or malloc is a sanitizer's");
    return;
  }
  CHECK(status_of([] { return faults_of_use() > kSmallPages / 2; }) == 0);
  CHECK(status_of([] { return faults_in_thread() > kSmallPages / 2; }) == 0);
  CHECK(status_of([] {
          use_huge_heaps();
          return is_in_huge_pages(faults_of_use());
        }) == 0);
  CHECK(status_of([] {
          use_huge_heaps();
          return is_in_huge_pages(faults_in_thread());
        }) == 0);
}

TEST_CASE("where memory is limited, no heap is made larger than it must be") {
  const auto resource = GENERATE(RLIMIT_AS, RLIMIT_DATA);
  CHECK(status_of([&] {
          rlimit limit{};
          ::getrlimit(resource, &limit);
          limit.rlim_cur = 1024UL * 1024 * kMebibyte;
          if (::setrlimit(resource, &limit) != 0) return false;
          const char* const before = static_cast<char*>(::sbrk(0));
          use_huge_heaps();
          begin_heap();
          return static_cast<char*>(::sbrk(0)) - before < kMebibyte;
        }) == 0);
}
