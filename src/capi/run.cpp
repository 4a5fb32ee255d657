#include "capi/run.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <thread>

#include "cli/commands.hpp"
#include "cli/host.hpp"

namespace jireloc::capi {
namespace {

// Signals are for the threads of the caller: one that begins where this lives has all of them blocked.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

// A command at work in a thread of its own, while the caller's thread waits, tells of its progress, and looks
// whether it shall end.
class Run final : public cli::Host {
 public:
  explicit Run(const jireloc_options& options) : options_(options) {}

  jireloc_result* of(const std::vector<std::string>& words) {
    look_at_cancel();
    {
      const SignalsBlocked blocked;
      worker_ = std::thread([this, &words] { work(words); });
    }
    wait();
    worker_.join();
    return result_.release();
  }

  void lines(std::string_view text) override {
    const std::lock_guard lock(mutex_);
    result_->messages += text;
  }
  void progress(const std::string& things, uint64_t done, uint64_t total, uint64_t failed) override {
    const std::lock_guard lock(mutex_);
    things_ = things;
    counts_ = {sizeof counts_, nullptr, done, total, failed};
  }
  const std::atomic<bool>& stop() const noexcept override { return stop_; }

 private:
  void work(const std::vector<std::string>& words) noexcept {
    const cli::HostScope scope(this);
    cli::Output out(result_->json);
    const Result failed(guarded([&]() -> jireloc_result* {
      result_->status = static_cast<int>(cli::run_program(words, out));
      return nullptr;
    }));
    const Result unwritten(guarded([&]() -> jireloc_result* { return out.flush(), nullptr; }));
    if (failed || unwritten) take(failed ? *failed : *unwritten);
    const std::lock_guard lock(mutex_);
    ended_ = true;
    end_.notify_one();
  }

  // What was said before stays.
  void take(const jireloc_result& failed) noexcept {
    result_->status = stop_ && failed.code == name(Code::interrupted) ? JIRELOC_CANCELLED : failed.status;
    try {
      result_->code = failed.code;
      result_->text = failed.text;
      result_->file = failed.file;
    } catch (...) {
    }
  }

  void wait() {
    constexpr std::chrono::milliseconds kMoment{100};
    std::unique_lock lock(mutex_);
    while (!ended_) {
      look_at_cancel();
      if (end_.wait_for(lock, kMoment, [this] { return ended_; })) break;
      tell(lock);
    }
    tell(lock);
  }

  void look_at_cancel() {
    if (options_.cancel != nullptr && options_.cancel->requested) stop_ = true;
  }

  void tell(std::unique_lock<std::mutex>& lock) {
    if (options_.progress == nullptr) return;
    const std::string things = things_;
    jireloc_progress now = counts_;
    now.things = things.c_str();
    lock.unlock();
    const bool shall_end = options_.progress(&now, options_.user) != 0;
    lock.lock();
    if (shall_end) stop_ = true;
  }

  const jireloc_options& options_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // of what follows; the JSON is the worker's alone
  std::condition_variable end_;
  bool ended_ = false;
  std::string things_ = "items";
  jireloc_progress counts_{sizeof counts_, nullptr, 0, 0, 0};
  std::unique_ptr<jireloc_result> result_ = std::make_unique<jireloc_result>();
  std::thread worker_;
};

}  // namespace

jireloc_result* run_command(std::vector<std::string> words, const jireloc_options* options,
                            const std::vector<std::string>& operands) {
  const jireloc_options none;
  const jireloc_options& given = options == nullptr ? none : *options;
  words.insert(words.end(), given.words.begin(), given.words.end());
  words.emplace_back("--");
  words.insert(words.end(), operands.begin(), operands.end());
  return Run(given).of(words);
}

}  // namespace jireloc::capi
