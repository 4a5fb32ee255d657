#include "cli/host.hpp"

#include <fmt/format.h>

#include "cli/command_line.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

thread_local Host* host_of_thread = nullptr;

}  // namespace

Host* current_host() noexcept {
  return host_of_thread;
}

HostScope::HostScope(Host* host) noexcept : before_(host_of_thread) {
  host_of_thread = host;
}

HostScope::~HostScope() {
  host_of_thread = before_;
}

void stop_if_asked(const Host* host) {
  if (host != nullptr && host->stop().load()) throw Error(ErrorKind::interrupted, "interrupted");
}

void refuse_in_host(std::string_view option) {
  if (current_host() != nullptr)
    usage_error(
        fmt::format("{}: it is for the program alone: it would change the process that calls", option));
}

}  // namespace jireloc::cli
