#include "cli/signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "cli/host.hpp"

namespace jireloc::cli {
namespace {

std::atomic<void (*)()> cleanup_hook{nullptr};

extern "C" void end_by_signal(int signal) {
  ::_exit(128 + signal);
}

void clean_up() {
  // Taken once: two signals in a row must not clean up twice at the same time.
  if (void (*cleanup)() = cleanup_hook.exchange(nullptr)) cleanup();
}

bool is_ignored(int signal) {
  struct sigaction current {};
  return sigaction(signal, nullptr, &current) == 0 && current.sa_handler == SIG_IGN;
}

// A signal ignored by the parent (nohup, background jobs) stays ignored.
sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = end_by_signal;
  sigemptyset(&action.sa_mask);
  const sigset_t set = ending_signals();
  for (int signal : {SIGINT, SIGTERM}) {
    if (sigismember(&set, signal) == 1) sigaction(signal, &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);  // beyond the file size limit write() fails, as on a full disk
}

void call_on_interrupt(void (*cleanup)()) {
  if (current_host() != nullptr) return;  // signals are the host's affair
  cleanup_hook = cleanup;
  const sigset_t set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread([set] {
    int signal = 0;
    while (sigwait(&set, &signal) != 0) {
    }
    clean_up();
    ::_exit(128 + signal);
  }).detach();
}

void end_by_closed_pipe() {
  clean_up();
  (void)std::signal(SIGPIPE, SIG_DFL);  // where this or the next fails, the status says the same
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  (void)::raise(SIGPIPE);
  ::_exit(128 + SIGPIPE);
}

}  // namespace jireloc::cli
