#include "cli/hyperlink.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cctype>

#include "cli/places.hpp"
#include "cli/printable.hpp"

namespace jireloc::cli {
namespace {

// A terminal may show what another machine prints: the name tells it apart.
std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

std::string file_link(std::string_view host, std::string_view path) {
  std::string link = fmt::format("file://{}", host);
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 ||
                                       std::string_view("/-_.~").find(c) != std::string_view::npos);
    link += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return link;
}

std::string linked(std::string_view path, std::string_view shown, bool color) {
  static const bool terminal = ::isatty(1) == 1;
  if (!color || !terminal || path.empty()) return std::string(shown);
  static const std::string host = host_name();
  return fmt::format("\x1b]8;;{}\x1b\\{}\x1b]8;;\x1b\\", file_link(host, paths::absolute(std::string(path))),
                     shown);
}

std::string linked(std::string_view path, bool color) {
  return linked(path, printable(path), color);
}

}  // namespace jireloc::cli
