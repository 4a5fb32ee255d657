#include "support/faulty_file_system.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

#include "support/short_run.hpp"

namespace jireloc::test {

void FaultyFileSystem::arm(uint64_t number, int fault) {
  calls_ = 0;
  armed_ = number;
  fault_ = fault;
  fired_ = false;
}

ssize_t FaultyFileSystem::around(Call call, size_t* size, const std::function<ssize_t()>& forward) {
  const bool chosen = ++calls_ == armed_;
  if (!chosen || (fault_ == kShortTransfer && (size == nullptr || *size < 2))) {
    const ssize_t result = forward();
    if (result >= 0 && (call == Call::open || call == Call::open_beneath)) ++open_descriptors_;
    if (call == Call::close) --open_descriptors_;
    return result;
  }
  fired_ = true;
  fired_call_ = call;
  if (fault_ == kShortTransfer) {
    *size = (*size + 1) / 2;
    return forward();
  }
  if (call == Call::close) {  // the kernel frees the descriptor whatever close() says
    --open_descriptors_;
    forward();
  }
  return -fault_;
}

std::string FaultRun::description() const {
  return fmt::format("call {} ({}) met {}; the run {}", number, name(call),
                     fault == kShortTransfer ? "a short transfer" : std::strerror(fault),
                     threw ? "threw: " + message : "succeeded");
}

namespace {

FaultFigures try_faults(const std::function<std::vector<int>(uint64_t)>& faults_of,
                        const std::function<void()>& prepare, const std::function<void(FileSystem&)>& action,
                        const std::function<void(const FaultRun&)>& check) {
  FaultFigures figures;
  const auto run = [&](uint64_t number, int fault) {
    prepare();
    FaultyFileSystem system;
    system.arm(number, fault);
    FaultRun result{.threw = false, .kind = {}, .message = {}, .fault = fault, .call = {}, .number = number};
    try {
      action(system);
    } catch (const Error& error) {
      result.threw = true;
      result.kind = error.kind();
      result.message = error.what();
    }
    if (number == 0) figures.sites = system.calls();
    if (!system.fired() && number != 0) return;
    result.call = system.fired_call();
    INFO(result.description());
    CHECK(system.open_descriptors() == 0);
    if (number == 0 || fault == EINTR || fault == kShortTransfer) CHECK_FALSE(result.threw);
    check(result);
    if (number == 0) return;
    ++figures.tried;
    ++figures.by_call[std::string(name(result.call))];
    if (result.threw) ++figures.errors;
  };
  run(0, 0);
  for (uint64_t number = 1; number <= figures.sites; ++number) {
    for (const int fault : faults_of(number)) run(number, fault);
  }
  return figures;
}

}  // namespace

FaultFigures try_all_faults(const std::function<void()>& prepare,
                            const std::function<void(FileSystem&)>& action,
                            const std::function<void(const FaultRun&)>& check) {
  const std::vector<int> faults = {ENOSPC, EIO, EACCES, EROFS, EINTR, kShortTransfer};
  const size_t each = is_long_run() ? faults.size() : under_asan<size_t>(1, 3);
  constexpr uint64_t kAllBefore = 60;
  const auto step = under_asan<uint64_t>(5, 1);  // no divisor of the number of faults: each has its turn
  const auto faults_of = [&](uint64_t number) {
    std::vector<int> chosen;
    if (number > kAllBefore && number % step != 0) return chosen;
    for (size_t i = 0; i < each; ++i)
      chosen.push_back(faults[(number + i * faults.size() / each) % faults.size()]);
    return chosen;
  };
  return try_faults(faults_of, prepare, action, check);
}

FaultFigures try_faults_in_turn(const std::vector<int>& faults, const std::function<void()>& prepare,
                                const std::function<void(FileSystem&)>& action,
                                const std::function<void(const FaultRun&)>& check) {
  const auto faults_of = [&](uint64_t number) {
    if (is_long_run()) return faults;
    const uint64_t step = number > 200 ? under_asan<uint64_t>(16, 8) : 8;
    return number % step == 0 ? std::vector<int>{faults[number / step % faults.size()]} : std::vector<int>{};
  };
  return try_faults(faults_of, prepare, action, check);
}

}  // namespace jireloc::test
